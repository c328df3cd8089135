"""The inputs of a run -> one Reading."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from migrator.model.errors import InputError
from migrator.model.inputs import Document, Foreign, Problem, Reading, Source
from migrator.read.barren import nothing_in
from migrator.read.charts import charts_of
from migrator.read.duplicates import without_fragments
from migrator.read.files import KUSTOMIZATION_NAMES
from migrator.read.gather import Build, gather
from migrator.read.kustomization import load, patch_files, remotes
from migrator.read.languages import playbooks
from migrator.read.nested import nested_roots
from migrator.read.nodedata import Copied
from migrator.read.nodefiles import NOTHING, read_node_files
from migrator.read.placement import placed, placements
from migrator.read.renders import APPLIES, Rendered, Tools, ask_for_renders, joined
from migrator.read.scan import mentions_istio, names_network
from migrator.read.streams import Stream, read_stream
from migrator.read.unbuilt import unbuilt_roots


def read_inputs(
    inputs: Sequence[str],
    *,
    stdin: BinaryIO,
    node_files: str | None,
    build: Build | None,
    keep_going: bool,
    rendered: Mapping[str, str] | None = None,
    tools: Tools | None = None,
    fetch: bool = False,
) -> Reading:
    """Reads all inputs; raises InputError with every problem that was found.

    ``rendered`` are what the user made of releases himself, by their names; ``tools`` render the
    charts of the others, and ``fetch`` lets them and ``build`` download. ``keep_going`` passes over files and documents that cannot be read: they stand in
    ``Reading.problems``. So do, always, those that have no word of the quick scan, and roots that
    fetch from elsewhere. A missing file, a file without any object and a kustomize root that was
    given and cannot be built end the run all the same.
    """
    gathered = gather(inputs, stdin=stdin, build=build, fetch=fetch)
    listed = _kustomizations(gathered.streams)
    whole = [stream for stream in gathered.streams if not _is_listed(stream, listed.patches)]
    documents, broken, mentions = _documents(whole)
    documents, fragments = without_fragments(documents)
    copied, missing = _node_files(node_files, gathered.nodes)
    places = _places(gathered.streams)
    documents = placed(documents, places)
    charts = _charts(documents, gathered.streams, places, rendered or {}, stdin, tools)
    charts = joined((charts, _shared_roots(documents, gathered.streams, build, fetch=fetch)))
    packed = _read_before(charts.charts, rendered or {}, gathered.streams)
    documents = (*(d for d in documents if d.source.file not in packed), *charts.documents)
    broken = (*(p for p in broken if p.source.file not in packed), *charts.broken)
    barren = (nothing_in(stream) for stream in gathered.streams if stream.named)
    fatal = (*gathered.fatal, *missing, *filter(None, barren))
    soft = tuple(dict.fromkeys((*gathered.soft, *listed.problems, *broken, *copied.problems)))
    unread = (*gathered.unread, *charts.problems, *listed.unread)
    unread += tuple(unbuilt_roots(gathered.streams, build))
    related = tuple(problem for problem in soft if problem.related)
    if fatal or (related and not keep_going):
        raise InputError((*fatal, *related))
    return Reading(
        documents=documents,
        inputs=tuple(
            sorted({*gathered.inputs, *copied.inputs, *charts.inputs}, key=lambda item: item.name)
        ),
        problems=tuple(dict.fromkeys((*soft, *unread))),
        fragments=(*_listed_sources(gathered.streams, listed.patches), *fragments),
        root=gathered.roots[0] if gathered.roots else None,
        node_files=copied.node_files,
        mentions=tuple(mention for mention in mentions if mention.file not in packed),
        foreign=(*gathered.foreign, *_playbooks(whole, documents, packed)),
        nested=nested_roots(gathered.streams),
        folders=dict(_folders(gathered.streams)),
        charts=charts_of([s for s in gathered.streams if s.name not in packed]),
        renders=charts.renders,
        snapshot=gathered.snapshots[0] if gathered.snapshots else None,
    )


def _playbooks(
    streams: Sequence[Stream], documents: Iterable[Document], packed: Collection[str]
) -> Iterator[Foreign]:
    held = {document.source.file for document in documents}
    return playbooks(s for s in streams if s.name not in held and s.name not in packed)


def _charts(
    documents: Sequence[Document],
    streams: Sequence[Stream],
    places: Mapping[str, str],
    rendered: Mapping[str, str],
    stdin: BinaryIO,
    tools: Tools | None,
) -> Rendered:
    """What releases render to. Errors: InputError for a release that is not there."""
    if tools is None or not (rendered or ask_for_renders(documents, streams)):
        return Rendered()
    from migrator.read.rendering import render_releases  # a score of modules, for few inputs

    return render_releases(documents, streams, places, rendered, stdin=stdin, tools=tools)


def _shared_roots(
    documents: Sequence[Document], streams: Sequence[Stream], build: Build | None, *, fetch: bool
) -> Rendered:
    """What objects of the inputs make of kustomize roots that are none."""
    if not any(word in stream.data for stream in streams for word in APPLIES):
        return Rendered()
    from migrator.read.shared_roots import shared_roots  # few inputs have such an object

    return shared_roots(documents, streams, build, fetch=fetch)


def _read_before(
    charts: Sequence[Path], rendered: Mapping[str, str], streams: Sequence[Stream]
) -> frozenset[str]:
    """The names of files that are one of the charts or lie in one, or are what the user rendered."""
    whole = {os.path.realpath(file) for file in rendered.values()}
    folders = tuple(f"{chart}/" for chart in charts)
    whole.update(map(str, charts))
    return frozenset(s.name for s in streams if s.real in whole or s.real.startswith(folders))


def _folders(streams: Sequence[Stream]) -> Iterator[tuple[str, str]]:
    for stream in streams:
        if stream.folder is not None:
            yield stream.name, Path(os.path.realpath(stream.folder)).as_posix()
        elif stream.path is not None:
            yield stream.name, Path(stream.real).parent.as_posix()


class _Listed(Struct, frozen=True, kw_only=True):
    """What the kustomization files among the inputs say of other files."""

    patches: frozenset[str]
    problems: tuple[Problem, ...]
    unread: tuple[Problem, ...]


def _kustomizations(streams: Sequence[Stream]) -> _Listed:
    patches: set[str] = set()
    problems: list[Problem] = []
    unread: list[Problem] = []
    for stream in streams:
        if stream.path is None or stream.path.name not in KUSTOMIZATION_NAMES:
            continue
        try:
            kustomization = load(stream.path, stream.data)
        except InputError as error:
            # One that names no patches says nothing about the other files.
            problems += error.problems if b"patch" in stream.data.lower() else ()
            continue
        patches.update(os.path.realpath(path) for path in patch_files(kustomization))
        unread += (
            remote.problem
            for remote in remotes(kustomization, stream.path.parent, fetch=False)
            if names_network(remote.entry.encode())
        )
    return _Listed(patches=frozenset(patches), problems=tuple(problems), unread=tuple(unread))


def _places(streams: Sequence[Stream]) -> Mapping[str, str]:
    """The namespaces that the kustomizations of the inputs give to files, by their names."""
    found = placements(streams)
    return {s.name: found[s.real] for s in streams if s.path and s.real in found}


def _is_listed(stream: Stream, patches: frozenset[str]) -> bool:
    return stream.path is not None and stream.real in patches


def _listed_sources(streams: Sequence[Stream], patches: frozenset[str]) -> tuple[Source, ...]:
    return tuple(Source(file=s.name, line=1) for s in streams if _is_listed(s, patches))


def _documents(
    streams: Sequence[Stream],
) -> tuple[tuple[Document, ...], tuple[Problem, ...], tuple[Source, ...]]:
    """The documents that matter, what cannot be read, and what names Multus without an object.

    Where none does, what the user named himself is parsed whole: a broken file is then the
    likely reason, and is said.
    """
    injected = any(mentions_istio(stream.data) for stream in streams)
    contents = [read_stream(s, everything=False, injected=injected) for s in streams]
    mentions = tuple(place for content in contents for place in content.mentions)
    if not any(content.documents or content.problems for content in contents):
        contents = [read_stream(s, everything=True) for s in streams if s.named]
    return (
        tuple(document for content in contents for document in content.documents),
        tuple(problem for content in contents for problem in content.problems),
        mentions,
    )


def _node_files(given: str | None, collected: Sequence[Path]) -> tuple[Copied, tuple[Problem, ...]]:
    """Those that the user gives, else those of the snapshot."""
    folder = Path(given) if given is not None else next(iter(collected), None)
    if folder is None:
        return NOTHING, ()
    try:
        return read_node_files(folder), ()
    except InputError as error:
        return NOTHING, error.problems
