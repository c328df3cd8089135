"""What helm prints of a chart: which of it post-renderers see."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_MARKER: Final = re.compile(r"^(?=---)", re.MULTILINE)
_SOURCE: Final = re.compile(r"^# Source: \S", re.MULTILINE)
_CRDS: Final = re.compile(r"^# Source: [^/\s]+(?:/charts/[^/\s]+)*/crds/", re.MULTILINE)
_HOOK: Final = re.compile(r"^\s+[\"']?helm\.sh/hook[\"']?\s*:", re.MULTILINE)
_ACTION: Final = re.compile(r"^[ \t]*\{\{.*\}\}[ \t]*\r?(?:\n|\Z)", re.MULTILINE)


class HelmOutput(NamedTuple):
    """YAML documents: those that a chart has in ``crds/``, its hooks, and the ``others``."""

    crds: str
    hooks: str
    others: str


def helm_output(text: str) -> HelmOutput:
    """What ``helm template`` printed, in three parts.

    CRDs are applied before the rest, and hooks by themselves: no post-renderer sees them (helm 3,
    pkg/action/install.go). helm copies the files of ``crds/`` as they are, so a line that is a template
    action alone is no part of them (helm.sh/docs/topics/charts, "Limitations on CRDs"); each has its
    ``# Source`` once, whatever documents it holds.
    """
    crds, hooks, others, within = "", "", "", False
    for part in _MARKER.split(text):
        if _SOURCE.search(part):
            within = _CRDS.search(part) is not None
        if within:
            crds += _ACTION.sub("\n", part)
        elif _HOOK.search(part):
            hooks += part
        else:
            others += part
    return HelmOutput(crds, hooks, others)
