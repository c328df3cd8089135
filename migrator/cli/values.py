"""What the values of options may be, where FLEET.yaml takes the same ones. Errors: ValueError with the whole
sentence."""

from __future__ import annotations

import re
from typing import Final

from migrator.model.release import Release
from migrator.multus import releases
from migrator.multus.images import is_reference

STRATEGIES: Final = ("auto", "explicit", "configmap", "mount")
"""How a NAD without spec.config gets its configuration."""

_SOURCE: Final = re.compile(r"v?([34]\.\d{1,9}\.\d{1,9})(-thin|-thick)?")
_CNI_FILE: Final = re.compile(r"[^/\s]+\.(conf|conflist|json)")


def source_release(text: str) -> Release | None:
    """The release that --source states, None where it says nothing."""
    if not text:
        return None
    stated = _SOURCE.fullmatch(text)
    if stated is None:
        raise ValueError(f"{text!r} is not a release such as 3.9.3 or 4.0.2-thin")
    return releases.parse(stated[1])


def primary_cni(text: str) -> str:
    """A file name as the daemon looks it up: with another one it finds nothing, and ends."""
    if text and not _CNI_FILE.fullmatch(text):
        raise ValueError(
            f"{text!r} is not the name of a CNI file, such as 10-calico.conflist or 10-flannel.conf: "
            "ls /etc/cni/net.d on a node shows it"
        )
    return text


def image(text: str) -> str:
    """The reference that --image gives, "" where it says nothing."""
    if text and not is_reference(text):
        raise ValueError(
            f"{text!r} is not an image reference such as registry.example/multus-cni:v4.2.4-thick"
        )
    return text
