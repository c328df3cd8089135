"""Which files of a node a command may remove or move: root runs it, and the path is an input's.

A manifest that says ``hostPath: /etc`` and ``--multus-conf-file=/x/passwd`` must not get
``rm -f /etc/passwd`` out of this tool. What may not be a command is told in a sentence.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable
from typing import Final

from migrator.multus.defaults import CONF_DIR
from migrator.multus.platforms import PLATFORMS
from migrator.trees import pods

_PLAIN: Final = re.compile(r"(?:/[A-Za-z0-9._+@][A-Za-z0-9._+@:=,-]*)+")
_CONFIGS: Final = (".conf", ".conflist", ".json", ".old")
_OWN: Final = re.compile(
    r"00-multus\.conf(?:list)?(?:\.cilium_bak)?|multus|multus-shim|multus\.kubeconfig"
)
"""What thin and thick Multus put on a node under a name of their own."""
_CNI_PART: Final = re.compile(r"(?:^|[-_.])(?:cni|multus)(?:$|[-_.])|^net\.d$")
_KNOWN: Final = frozenset(
    {CONF_DIR, *(d for platform in PLATFORMS for d in (*platform.conf_dirs, *platform.bin_dirs))}
)
_WHY: Final = "by hand: it is not a file that CNI is known to keep there, so no command is given"


def is_plain(path: str) -> bool:
    """Whether a path is absolute, leads nowhere upwards, and is a word to any shell as it is."""
    return bool(_PLAIN.fullmatch(path)) and posixpath.normpath(path) == path


def is_cni_directory(path: str) -> bool:
    """Whether CNI keeps files there: a directory of a distribution, or one that its name tells."""
    if not is_plain(path):
        return False
    return path in _KNOWN or any(map(_CNI_PART.search, path.split("/")))


def may_go(path: str, directories: Iterable[str]) -> bool:
    """Whether a command may remove or move a file: below one of the directories of the installs,
    and Multus's own by its name, or a config in a directory of CNI."""
    if not is_plain(path):
        return False
    name = posixpath.basename(path)
    for directory in directories:
        if is_plain(directory) and pods.below(path, directory):
            if _OWN.fullmatch(name):
                return True
            if name.endswith(_CONFIGS) and is_cni_directory(directory):
                return True
    return False


def removal(path: str, directories: Iterable[str]) -> str:
    """The command that removes a file, "" where none may be given."""
    return shlex.join(("rm", path)) if may_go(path, directories) else ""


def restoring(path: str, directories: Iterable[str]) -> str:
    """The command that gives a ``*.old`` file its name back, "" where none may be given."""
    to = path.removesuffix(".old")
    return shlex.join(("mv", path, to)) if may_go(path, directories) else ""


def remove(path: str, directories: Iterable[str]) -> str:
    """What a person has to do to be rid of a file: a command, or a sentence."""
    return removal(path, directories) or f"look at {path}, and remove it ({_WHY})"


def restore(path: str, directories: Iterable[str]) -> str:
    """What a person has to do to give a ``*.old`` file its name back: a command, or a sentence."""
    return restoring(path, directories) or f"take .old off the name of {path} ({_WHY})"
