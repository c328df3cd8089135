"""The init container that puts Multus's binary on the host: which one it is, where it writes, and
what else its script does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrator.trees import pods

BIN_MOUNT = "/host/opt/cni/bin"
"""install_multus's own default (cmd/install_multus/main.go v4.0.0 to v4.3.0)."""

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_COPIERS = frozenset({"cp", "install", "mv"})
_AROUND = frozenset({"chmod", "chown", "ls", "mkdir", "rm"})
_NOTHING = frozenset({"", ":", "echo", "exit", "set", "sleep", "sync", "true"})
_NOT_SHIM = frozenset({"multus", "passthru"})
_OWN_DIR = "/usr/src/multus-cni/bin/"
"""Where Multus's images hold what they install: multus, multus-shim, passthru."""


def installer_of(pod: Mapping[str, Any]) -> str:
    """The name of the installing init container, "" if the main one copies the binary."""
    inits = pods.items(pod, "initContainers")
    for chosen in (_runs_install_multus, _copies_multus):
        for container in inits:
            if any(chosen(words) for words in statements(container)):
                return str(container.get("name", ""))
    return ""


def further_installers(pod: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the other init containers that put Multus's binary on the host."""
    first = installer_of(pod)
    return tuple(
        str(container.get("name", ""))
        for container in pods.items(pod, "initContainers")
        if container.get("name", "") != first
        and any(_runs_install_multus(w) or _copies_multus(w) for w in statements(container))
    )


def destination(installer: Mapping[str, Any]) -> str:
    """The directory that the binary is written into, as the init container sees it."""
    for words in statements(installer):
        if _runs_install_multus(words):
            return _dest_dir(words)
    for words in statements(installer):
        if _copies_multus(words):
            *sources, target = _operands(words)
            name = "" if target.endswith("/") else _base(target)
            is_file = name.startswith("multus") or name in map(_base, sources)
            return target.rpartition("/")[0] if is_file else target
    return BIN_MOUNT


def installs_shim(installer: Mapping[str, Any]) -> bool:
    """Whether it puts multus-shim on the host: install_multus of type thick (it knows no default,
    and the last one wins), or a copy of the shim or of the image's whole folder."""
    return any(
        _dest_type(words) == "thick"
        if _runs_install_multus(words)
        else _copies_multus(words) and not set(map(_base, _operands(words)[:-1])) <= _NOT_SHIM
        for words in statements(installer)
    )


def other_work(installer: Mapping[str, Any]) -> tuple[str, ...]:
    """The statements of its script that do not install Multus: install_multus takes the place of
    the whole script, so what they do would be lost."""
    return tuple(
        shlex.join(words)
        for words in statements(installer)
        if not _runs_install_multus(words) and not _is_own(words)
    )


def _is_own(words: Sequence[str]) -> bool:
    program = _base(words[0])
    if program in _NOTHING or _copies_multus(words):
        return True
    return program in _AROUND and any("multus" in _base(word) for word in words[1:])


def statements(container: Mapping[str, Any]) -> Iterator[list[str]]:
    """The words of what a container runs; of a shell script, those of each of its statements."""
    line = pods.words(container, "command") + pods.words(container, "args")
    if not line:
        return
    if _base(line[0]) not in _SHELLS:
        yield line
        return
    script = next((word for word in line[1:] if not word.startswith("-")), "")
    script = re.sub(r"(?m)(^|\s)#.*$", "", script.replace("\\\n", " "))
    for statement in re.split(r"&&|\|\||[;\n|]", script):
        try:
            words = shlex.split(statement)
        except ValueError:
            words = statement.split()
        if words:
            yield words


def _runs_install_multus(words: Sequence[str]) -> bool:
    return _base(words[0]).startswith("install_multus")


def _copies_multus(words: Sequence[str]) -> bool:
    """Whether a statement copies the binary: one of Multus's name, or of its image's folder."""
    operands = _operands(words)
    if _base(words[0]) not in _COPIERS or len(operands) < 2:
        return False
    return any("multus" in _base(s) or s.startswith(_OWN_DIR) for s in operands[:-1])


def _operands(words: Sequence[str]) -> list[str]:
    return [word for word in words[1:] if not word.startswith("-")]


def _dest_dir(words: Sequence[str]) -> str:
    return _option(words, "d", "dest-dir", BIN_MOUNT)


def _dest_type(words: Sequence[str]) -> str:
    return _option(words, "t", "type", "")


def _option(words: Sequence[str], short: str, long: str, default: str) -> str:
    """-d X, -d=X, -dX, --dest-dir X, --dest-dir=X: the last one wins (spf13/pflag)."""
    found = default
    for index, word in enumerate(words[1:], start=1):
        if word in (f"-{short}", f"--{long}"):
            found = words[index + 1] if index + 1 < len(words) else found
        elif word.startswith(f"--{long}="):
            found = word.partition("=")[2]
        elif word.startswith(f"-{short}") and not word.startswith("--"):
            found = word[2:].removeprefix("=")
    return found


def _base(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
