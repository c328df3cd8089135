"""What kustomize and helm answered in this run of the tests: a build is a function of its bytes.

Half of the builds of the suite are those of bytes that were built before, by another test or on the
other side of a comparison. An answer is kept in a folder of the run, which its processes share, under
a digest of all that the program can see: itself, its words, environment and bounds, and each name, mode
and byte that it can reach. Whatever this module is not sure of is run: a program that is a script (it
may do more than answer), a link, what a kustomization names by an absolute path, plugins, what fails, and
what prints where it lies. Tests marked ``afresh`` start every program.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import msgspec
import yaml

from migrator.tools import bounds
from migrator.tools.charts import reads_clock
from migrator.tools.process import Done

_BUILDS: Final = ("build", "kustomize")
"""The word of kustomize, and of kubectl."""
_KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_PLUGINS: Final = {"generators", "transformers", "validators"}
_CHARTS: Final = {"helmcharts", "helmchartinflationgenerator"}
"""Fields whose files may name others; kustomize takes them in any case (encoding/json)."""
_LARGEST: Final = 16 * 2**20
"""Bytes of all files of a build; to read more takes longer than is gained."""
_CHANCE: Final = re.compile(
    rb"\b(?:rand\w*|uuid\w*|shuffle|htpasswd|bcrypt|encrypt\w*|gen[A-Z]\w*|getHostByName|lookup)\b"
)
"""The functions of templates that answer otherwise each time, or ask others; beside those of the clock."""
_PACKED: Final = b"\x1f\x8b"


class Run(Protocol):
    """As ``process.run``."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        called: str,
        environment: Mapping[str, str],
        seconds: float,
        given: bytes = ...,
    ) -> Done: ...


class _Unsure(Exception):
    """The answer may depend on what the digest does not hold."""


class Memory:
    """``run`` answers as ``start`` does, from ``folder`` where the same was asked before; while ``on`` is
    false it starts each program."""

    def __init__(self, start: Run) -> None:
        self.start = start
        self.folder: Path | None = None
        self.on = True

    def run(
        self,
        command: Sequence[str],
        *,
        called: str,
        environment: Mapping[str, str],
        seconds: float,
        given: bytes = b"",
    ) -> Done:
        place = self._place(command, environment, seconds, given)
        if place is not None and place.exists():
            return msgspec.msgpack.decode(place.read_bytes(), type=Done)
        done = self.start(
            command, called=called, environment=environment, seconds=seconds, given=given
        )
        if place is not None:
            _keep(place, command, done)
        return done

    def _place(
        self, command: Sequence[str], environment: Mapping[str, str], seconds: float, given: bytes
    ) -> Path | None:
        if not self.on or self.folder is None or given:
            return None
        found = key(command, environment, seconds)
        return self.folder / found if found else None


def key(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> str | None:
    """A digest of all that decides the answer, the same wherever the files lie; None where that is
    not known."""
    try:
        if command[1] == "template":
            seen = _of_helm(command, environment)
        elif command[1] in _BUILDS and environment.get("GIT_ALLOW_PROTOCOL") == "none":
            seen = _of_kustomize(command, environment)
        else:
            return None
        allowed = (bounds.BUILD_OUTPUT.value(), bounds.BUILD_MEMORY.value(), seconds)
        whole = (_program(command[0]), seen, allowed, os.environ.get("GOGC"))
        return hashlib.sha256(msgspec.msgpack.encode(whole)).hexdigest()
    except (_Unsure, OSError, yaml.YAMLError, LookupError, ValueError, RecursionError):
        return None


def _keep(place: Path, command: Sequence[str], done: Done) -> None:
    """Errors of a program name folders, and so may what it prints: that is of one place alone."""
    where = os.fsencode(Path(command[-1]).absolute())
    if done.code != 0 or where in done.out + done.err:
        return
    own = place.with_name(f"{place.name}.{os.getpid()}")
    own.write_bytes(msgspec.msgpack.encode(done))
    own.replace(place)


def _program(path: str) -> tuple[str, int, int]:
    with open(path, "rb") as file:  # noqa: PTH123  # cheaper than Path.open
        if file.read(4) != b"\x7fELF":
            raise _Unsure
        about = os.fstat(file.fileno())
    return path, about.st_size, about.st_mtime_ns


def _of_helm(command: Sequence[str], environment: Mapping[str, str]) -> object:
    """helm renders within a folder that was made for it, with the environment's homes in it."""
    room = Path(environment.get("KUBECONFIG", "")).parent
    if not room.is_absolute() or Path(command[-1]).parent != room:
        raise _Unsure
    files = sorted(_tree(room))
    for _, (_, data) in files:
        if data.startswith(_PACKED) or reads_clock(data) or _CHANCE.search(data):
            raise _Unsure
    here = f"{room}/"
    words = [word.replace(here, "") for word in command[1:]]
    around = {name: value.replace(here, "") for name, value in environment.items()}
    if any("/" in word for word in (*words, around.get("TZ", ""))):
        raise _Unsure
    return words, sorted(around.items()), files


def _of_kustomize(command: Sequence[str], environment: Mapping[str, str]) -> object:
    """kustomize reads the kustomization of a root, and the files and roots that it names."""
    *words, last = command[1:]
    start = os.path.abspath(last)  # noqa: PTH100  # Path.absolute leaves .. as it is
    settings = Path(environment.get("HOME", "/"), ".kube", "kuberc")
    if settings.exists():
        raise _Unsure
    seen: dict[str, object] = {}
    todo = [start]
    while todo:
        path = todo.pop()
        name = os.path.relpath(path, start)
        if name in seen:
            continue
        if os.path.realpath(path) != path or ".git" in path.split("/"):
            raise _Unsure
        if os.path.isdir(path):  # noqa: PTH112
            seen[name] = files = dict(_kustomizations(path))
            for data in files.values():
                todo += _named(data, path)
        else:
            seen[name] = _file(path, _LARGEST)
    return words, sorted(environment.items()), sorted(seen.items())


def _kustomizations(folder: str) -> Iterator[tuple[str, bytes]]:
    """Those that kustomize looks for, of which it takes no two."""
    for name in _KUSTOMIZATIONS:
        path = os.path.join(folder, name)  # noqa: PTH118
        if os.path.lexists(path):
            if os.path.realpath(path) != path:
                raise _Unsure
            yield name, _file(path, _LARGEST)[1]


def _named(kustomization: bytes, folder: str) -> Iterator[str]:
    """What is there of all that a kustomization may name: any of its texts, whatever stands before
    the first =, as the files of generators have it."""
    for text in _texts(kustomization):
        if text.casefold() in _PLUGINS | _CHARTS:
            raise _Unsure
        joined = os.path.join(folder, text)  # noqa: PTH118
        path = os.path.normpath(joined)
        if os.path.lexists(path) or os.path.lexists(joined):
            if text.startswith("/") or os.path.realpath(joined) != path:
                raise _Unsure
            yield path


@cache
def _texts(kustomization: bytes) -> frozenset[str]:
    found: set[str] = set()
    for node in yaml.compose_all(kustomization, yaml.CSafeLoader):
        for text in _scalars(node):
            found.update((text, text.partition("=")[2]))
    return frozenset(text for text in found if text and "\n" not in text and "\0" not in text)


def _scalars(node: yaml.Node | None) -> Iterator[str]:
    todo, seen = [node], set[int]()
    while todo:
        if id(node := todo.pop()) in seen:
            continue
        seen.add(id(node))
        match node:
            case yaml.ScalarNode(value=text):
                yield text
            case yaml.SequenceNode(value=items):
                todo += items
            case yaml.MappingNode(value=pairs):
                todo += [each for pair in pairs for each in pair]


def _tree(top: Path) -> Iterator[tuple[str, tuple[int, bytes]]]:
    """All below a folder: the name, and its mode and bytes (b"" of a folder)."""
    left = _LARGEST
    todo = [(str(top), "")]
    while todo:
        path, name = todo.pop()
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            yield name, (mode, b"")
            with os.scandir(path) as entries:
                todo += [(entry.path, f"{name}/{entry.name}") for entry in entries]
        else:
            mode, data = _file(path, left)
            left -= len(data)
            yield name, (mode, data)


def _file(path: str, most: int) -> tuple[int, bytes]:
    """The mode and bytes of a plain file."""
    mode = os.lstat(path).st_mode
    if not stat.S_ISREG(mode):
        raise _Unsure
    with open(path, "rb") as file:  # noqa: PTH123  # cheaper than Path.open
        data = file.read(most + 1)
    if len(data) > most:
        raise _Unsure
    return mode, data
