"""INPUT arguments -> streams of bytes: files, folders, standard input, kustomize roots."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import (
    Foreign,
    InputFile,
    KustomizeRoot,
    Language,
    Problem,
    Snapshot,
    Source,
)
from migrator.read import offline
from migrator.read.files import (
    SNAPSHOT,
    digest,
    files_below,
    is_snapshot,
    problem,
    read_bytes,
    read_limited,
    read_manifest,
    refuse_crowd,
    shown,
    unreadable,
)
from migrator.read.kustomization import (
    Kustomization,
    closure,
    kustomization_in,
    outside,
    remotes,
    transforms,
)
from migrator.read.languages import MADE, SUFFIXES, foreign
from migrator.read.names import misnamed
from migrator.read.snapshot import (
    node_files,
    object_files,
    refuse_lost,
    snapshot_around,
    snapshot_of,
)
from migrator.read.streams import Stream

Build = Callable[[Path], str | None]
"""``kustomize build DIR`` -> YAML text, None without a tool; raises MigratorError."""

STDIN: Final = "-"
BUILT: Final = " (built)"
"""Stands after the name of a root: its build is no file."""


class Gathered(Struct, frozen=True, kw_only=True):
    """What the arguments lead to. ``fatal`` problems end the run, ``soft`` ones may be passed
    over where the user says so, and ``unread`` is what was found and cannot be read here: the
    plan says so and goes on. ``snapshots`` are those of ``collect``, and ``nodes`` where they have the
    files of the nodes."""

    streams: tuple[Stream, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    fatal: tuple[Problem, ...] = ()
    soft: tuple[Problem, ...] = ()
    unread: tuple[Problem, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    roots: tuple[KustomizeRoot, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    nodes: tuple[Path, ...] = ()


def gather(
    inputs: Sequence[str], *, stdin: BinaryIO, build: Build | None, fetch: bool = False
) -> Gathered:
    """All inputs in their order; what two of them lead to is read once. With ``fetch``, ``build``
    downloads what a root takes by https."""
    seen: set[str] = set()
    parts = [_gather_one(name, stdin, build, seen, fetch=fetch) for name in dict.fromkeys(inputs)]
    roots = tuple(root for part in parts for root in part.roots)
    snapshots = tuple(snapshot for part in parts for snapshot in part.snapshots)
    second = (*_second_roots(roots), *_second_snapshots(snapshots))
    return Gathered(
        streams=tuple(stream for part in parts for stream in part.streams),
        inputs=tuple(item for part in parts for item in part.inputs),
        fatal=(*(p for part in parts for p in part.fatal), *second),
        soft=tuple(p for part in parts for p in part.soft),
        unread=tuple(p for part in parts for p in part.unread),
        foreign=tuple(file for part in parts for file in part.foreign),
        roots=roots,
        snapshots=snapshots,
        nodes=tuple(folder for part in parts for folder in part.nodes),
    )


def _gather_one(
    name: str, stdin: BinaryIO, build: Build | None, seen: set[str], *, fetch: bool
) -> Gathered:
    path = Path(name)
    if (no_file := misnamed(name)) is not None:
        return Gathered(fatal=(no_file,))
    try:
        if name == STDIN:
            return _standard_input(stdin)
        if (whole := snapshot_around(path)) is not None:
            message = "a part of a snapshot"
            return Gathered(fatal=(problem(path, message, f"give the whole: {shown(whole)}"),))
        if not path.is_dir():
            return _file(path, seen)
        if is_snapshot(path):
            return _snapshot(path, seen)
        root = kustomization_in(path)
        return _folder(path, seen) if root is None else _root(path, root, build, seen, fetch=fetch)
    except InputError as error:
        return Gathered(fatal=error.problems)
    except OSError as error:
        return Gathered(fatal=(unreadable(path, error),))


def _standard_input(stdin: BinaryIO) -> Gathered:
    data = read_limited(stdin, Path(STDIN))
    refuse_crowd(data, Path(STDIN))
    if not data.strip():
        hint = "did the command before the pipe fail?"
        return Gathered(fatal=(problem(Path(STDIN), "standard input is empty", hint),))
    return _streams(Stream(name=STDIN, data=data, origin="stdin", named=True))


def _language(path: Path) -> Language | None:
    return SUFFIXES.get(path.suffix.lower())


def _file(path: Path, seen: set[str]) -> Gathered:
    language = _language(path)
    if language and language is not Language.JINJA:  # a template may be the whole of a manifest
        return Gathered(fatal=(problem(path, f"{language.value} is not read", MADE[language]),))
    if not (real := _first_time(path, seen)):
        return Gathered()
    data = read_manifest(path)
    return _streams(Stream(name=shown(path), data=data, path=path, real=real, named=True))


def _folder(folder: Path, seen: set[str]) -> Gathered:
    streams: list[Stream] = []
    soft: list[Problem] = []
    named: list[Foreign] = []
    found = list(files_below(folder, SUFFIXES))
    manifests = [path for path in found if isinstance(path, Problem) or not _language(path)]
    for path in found:
        if isinstance(path, Problem):
            soft.append(path)
        elif _language(path):
            named += foreign(path)
        elif real := _first_time(path, seen):
            try:
                data = read_manifest(path)
                streams.append(Stream(name=shown(path), data=data, path=path, real=real))
            except InputError as error:
                soft += error.problems
    if manifests or named:
        return _streams(*streams, soft=tuple(soft), foreign=tuple(named))
    hint = "give the folder that holds the manifests, or - for standard input"
    message = "the folder holds no .yaml, .yml or .json file"
    return Gathered(fatal=(problem(folder, message, hint),))


def _snapshot(folder: Path, seen: set[str]) -> Gathered:
    """What ``collect`` wrote: the objects, and the files of the nodes where they were fetched. The
    DaemonSet that fetches them is none of the cluster's."""
    place = folder / SNAPSHOT
    own = read_bytes(place)
    snapshot, counts = snapshot_of(place, own)
    streams: list[Stream] = []
    found = {path: read_manifest(path) for path in object_files(folder)}
    refuse_lost(folder, counts, {path.name: data for path, data in found.items()})
    for path, data in found.items():
        if real := _first_time(path, seen):
            streams.append(Stream(name=shown(path), data=data, path=path, real=real))
    nodes = node_files(folder)
    return Gathered(
        streams=tuple(streams),
        inputs=(
            digest(shown(place), own),
            *(digest(stream.name, stream.data) for stream in streams),
        ),
        snapshots=(snapshot,),
        nodes=(nodes,) if nodes else (),
    )


def _root(
    folder: Path, root: Kustomization, build: Build | None, seen: set[str], *, fetch: bool
) -> Gathered:
    """A kustomize root is its build; one that fetches from elsewhere, or reads outside
    of its folder, is not seen (ruling 10)."""
    if not _first_time(folder, seen):
        return Gathered()
    if root.fields.get("kind") == "Component":
        message = "a kustomize Component, which is built only as a part of a root that lists it"
        hint = "give the root that has it in its components"
        return Gathered(fatal=(problem(root.path, message, hint),))
    members = list(closure(root))
    known = tuple(p for member in members for p in _not_built(member, folder, fetch=fetch))
    refused = known or tuple(offline.problems(folder, fetch=fetch))
    if refused:
        return Gathered(
            unread=refused, inputs=tuple(digest(shown(m.path), m.data) for m in members)
        )
    try:
        built = build(folder) if build else None
    except MigratorError as error:
        source = error.source or Source(file=shown(root.path), line=1)
        return Gathered(fatal=(Problem(source=source, message=error.message, hint=error.hint),))
    if built is None:
        hint = f"install one, or use: kustomize build {shown(folder)} | multus-migrator plan -"
        message = (
            "a kustomize root, and neither kustomize nor a kubectl that is new enough was "
            "found to build it"
        )
        return Gathered(fatal=(problem(root.path, message, hint),))
    data = built.encode("utf-8")
    refuse_crowd(data, folder)
    name = shown(folder) + BUILT
    return Gathered(
        streams=(Stream(name=name, data=data, origin="build", named=True, folder=folder),),
        inputs=(digest(name, data), *(digest(shown(m.path), m.data) for m in members)),
        roots=(
            KustomizeRoot(
                path=shown(folder),
                transforms=tuple(
                    (field, Source(file=shown(root.path), line=line))
                    for field, line in transforms(root)
                ),
            ),
        ),
    )


def _not_built(member: Kustomization, folder: Path, *, fetch: bool) -> Iterator[Problem]:
    """What no build here can do, each with the user's own command for it (ruling 10)."""
    yield from (remote.problem for remote in remotes(member, folder, fetch=fetch))
    yield from (outer.problem for outer in outside(member, folder))


def _second_roots(roots: Sequence[KustomizeRoot]) -> tuple[Problem, ...]:
    hint = "plan them one after the other, or write a kustomization that lists both"
    message = "a second kustomize root"
    return tuple(problem(Path(root.path), message, hint) for root in roots[1:])


def _second_snapshots(snapshots: Sequence[Snapshot]) -> tuple[Problem, ...]:
    hint = "plan them one after the other: each is a cluster at one moment"
    return tuple(
        Problem(source=other.source, message="a second snapshot", hint=hint)
        for other in snapshots[1:]
    )


def _streams(
    *streams: Stream, soft: tuple[Problem, ...] = (), foreign: tuple[Foreign, ...] = ()
) -> Gathered:
    inputs = tuple(digest(stream.name, stream.data) for stream in streams)
    return Gathered(streams=streams, inputs=inputs, soft=soft, foreign=foreign)


def _first_time(path: Path, seen: set[str]) -> str:
    """The path with all links followed, "" where that was seen before."""
    real = os.path.realpath(path)
    if real in seen:
        return ""
    seen.add(real)
    return real
