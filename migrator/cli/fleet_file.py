"""FLEET.yaml: the clusters, and what `plan` is told of each; strictly, every mistake with its line.

defaults:
  target: "4.2.4"
clusters:
  - name: prod-eu
    inputs: [prod-eu/manifests]
    node-files: prod-eu/nodes

What lets a blocker pass, downloads, or says which image runs is no setting: it is typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, get_args

from msgspec import Struct

from migrator.cli import values
from migrator.kustomize.smoke import Wanted
from migrator.live.fleet import is_name
from migrator.model.errors import InputError
from migrator.model.inputs import Problem, Source
from migrator.plan.target import AUTO, stated_target
from migrator.read.chunks import split
from migrator.read.files import read_manifest, shown
from migrator.read.streams import decode, parse_text
from migrator.read.tree import LineTree
from migrator.read.wording import quoted
from migrator.trees.wording import closest

_MOST_TOLD: Final = 100
"""Problems of one file that are looked for."""
_NAMING: Final = "use letters, digits, -, _ and ., at most 100, and no name of a device of Windows"


class Cluster(Struct, frozen=True, kw_only=True):
    """What `plan` is told of one cluster; paths are those of the folder of FLEET.yaml."""

    name: str
    inputs: tuple[str, ...]
    node_files: str | None = None
    target: str = AUTO
    source: str = ""
    primary_cni: str = ""
    nad_config: str = "auto"
    config: str | None = None
    rendered: tuple[str, ...] = ()
    stage: str | None = None
    keep_going: bool = False
    smoke_tests: Wanted = "auto"


_Take = Callable[[Any], Any]
"""A value -> what the record holds. Errors: ValueError with what is wrong."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text: put it into quotes")
    if not value.strip():
        raise ValueError("is empty")
    return value


def _path(value: Any) -> str:
    path = _text(value)
    if path == "-":
        raise ValueError("is standard input, which no fleet reads: give a file")
    if "\0" in path:
        raise ValueError("holds a character that no path has")
    return path


def _paths(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("is no list of paths, or an empty one")
    return tuple(map(_path, value))


def _stated(check: Callable[[str], object]) -> _Take:
    def take(value: Any) -> str:
        text = _text(value)
        check(text)
        return text

    return take


def _one_of(*known: str) -> _Take:
    def take(value: Any) -> str:
        if value not in known:
            raise ValueError(f"is none of {', '.join(known)}")
        return str(value)

    return take


def _stage(value: Any) -> str:
    if isinstance(value, bool) or str(value) not in ("1", "2"):
        raise ValueError("is none of 1, 2")
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


def _renders(value: Any) -> tuple[str, ...]:
    if not isinstance(value, dict) or any("=" in name or not name for name in value):
        raise ValueError("is no map of releases to files")
    return tuple(f"{name}={_path(file)}" for name, file in value.items())


_SETTINGS: Final[Mapping[str, _Take]] = {
    "node-files": _path,
    "target": _stated(stated_target),
    "source": _stated(values.source_release),
    "primary-cni": _stated(values.primary_cni),
    "nad-config": _one_of(*values.STRATEGIES),
    "config": _path,
    "rendered": _renders,
    "stage": _stage,
    "keep-going": _flag,
    "smoke-tests": _one_of(*get_args(Wanted)),
}
_OWN: Final[Mapping[str, _Take]] = {"name": _text, "inputs": _paths}
_TYPED: Final = ("allow", "fetch", "image")
"""Options of the command, for all clusters: no file says them (docs/fleet.md)."""


def read_fleet(path: Path) -> tuple[Cluster, ...]:
    """The clusters in their order. Errors: InputError with one line for each thing that is wrong."""
    file, data = shown(path), read_manifest(path)
    chunks = list(split(data))
    if len(chunks) != 1:
        found = "it is empty" if not chunks else f"it holds {len(chunks)} documents"
        source = Source(file=file, line=chunks[1].line if chunks[1:] else 1)
        hint = "write one: clusters, a list of maps with name and inputs"
        raise InputError((Problem(source=source, message=found, hint=hint),))
    text = decode(chunks[0].data, file=file, line=chunks[0].line, offset=chunks[0].offset)
    parsed = parse_text(text, file=file, line=chunks[0].line)[0][0]
    if parsed.problems:
        raise InputError(parsed.problems)
    reader = _Reader(file)
    clusters = reader.clusters(parsed.value, parsed.lines)
    if reader.problems:
        raise InputError(tuple(islice(reader.problems, _MOST_TOLD)))
    return clusters


class _Reader:
    """Takes what is right, and notes what is not."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.problems: list[Problem] = []

    def _wrong(self, lines: LineTree | None, message: str, hint: str) -> None:
        line = lines.line if lines else 1
        source = Source(file=self._file, line=line)
        self.problems.append(Problem(source=source, message=message, hint=hint))

    def clusters(self, tree: Any, lines: LineTree) -> tuple[Cluster, ...]:
        if not isinstance(tree, dict):
            self._wrong(lines, "it is no map", "write clusters, a list of maps")
            return ()
        for key in tree:
            if key not in ("defaults", "clusters"):
                hint = "known are defaults, clusters"
                self._wrong(lines.child(key), f"unknown key {quoted(key)}", hint)
        where = lines.child("defaults") or lines
        defaults = self._fields("defaults", tree.get("defaults", {}), where, _SETTINGS)
        listed, where = tree.get("clusters"), lines.child("clusters") or lines
        if not isinstance(listed, list) or not listed:
            self._wrong(where, "clusters is no list, or an empty one", "list at least one cluster")
            return ()
        return tuple(self._all(listed, where, defaults))

    def _all(
        self, listed: list[Any], lines: LineTree, defaults: Mapping[str, Any]
    ) -> Iterator[Cluster]:
        seen: dict[str, tuple[str, int]] = {}
        for index, item in enumerate(listed):
            place = lines.child(index) or lines
            fields = self._fields("a cluster", item, place, {**_OWN, **_SETTINGS})
            for key in (k for k in _OWN if isinstance(item, dict) and k not in item):
                self._wrong(place, f"a cluster without {key}", f"add {key}")
            if not _OWN.keys() <= fields.keys():
                continue
            name, at = fields["name"], place.child("name") or place
            if not is_name(name):
                self._wrong(at, f"{quoted(name)} is no name for a folder", _NAMING)
            if name.casefold() in seen:
                first, line = seen[name.casefold()]
                told = f"{name} is the name of another cluster, {first} on line {line}"
                self._wrong(at, told, "give it another: capitals make no other folder everywhere")
            seen.setdefault(name.casefold(), (name, at.line))
            yield Cluster(**{**defaults, **fields})

    def _fields(
        self, what: str, found: Any, lines: LineTree, known: Mapping[str, _Take]
    ) -> dict[str, Any]:
        """The fields of a map by those of the record."""
        if isinstance(found, dict):
            return dict(self._taken(found, lines, known))
        self._wrong(lines, f"{what}: no map", f"known in it are {', '.join(known)}")
        return {}

    def _taken(
        self, found: Mapping[str, Any], lines: LineTree, known: Mapping[str, _Take]
    ) -> Iterator[tuple[str, Any]]:
        for key, value in found.items():
            if key not in known:
                self._wrong(lines.child(key), f"unknown key {quoted(key)}", _meant(key, known))
                continue
            try:
                yield key.replace("-", "_"), known[key](value)
            except ValueError as error:
                self._wrong(lines.child(key), f"{key}: {error}", "see docs/fleet.md")


def _meant(key: str, known: Mapping[str, _Take]) -> str:
    if key in _TYPED:
        return f"no file says it: type --{key}, for all clusters"
    close = closest(key, known)
    return f"did you mean {close}?" if close else f"known are {', '.join(known)}"
