"""The charts of the inputs' releases, rendered: what they make is an input like any other.

A chart is rendered where it is among the user's files and a word of Multus is in it or in its
values; what the user rendered himself is taken as it is (``--rendered RELEASE=FILE``). Nothing is
fetched.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from msgspec.structs import replace

from migrator.model.errors import MigratorError
from migrator.model.inputs import (
    Complaint,
    Document,
    InputFile,
    ObjectRef,
    Problem,
    Render,
    Sentence,
)
from migrator.read.chart_files import Around, chart_on_disk
from migrator.read.chart_sources import ChartSource, chart_source
from migrator.read.config_maps import config_maps
from migrator.read.files import (
    digest,
    read_bytes,
    read_limited,
    refuse_crowd,
    repository_of,
    shown,
)
from migrator.read.lookup import Lookup, objects_with
from migrator.read.namespaces import effective_namespace
from migrator.read.post_renderers import BuildFiles, post_rendered
from migrator.read.release_values import ReleaseValues, release_values
from migrator.read.releases import Release, release_name, release_namespace, releases
from migrator.read.scan import names_multus
from migrator.read.streams import Content, Stream, folder_of, read_stream

if TYPE_CHECKING:
    from migrator.tools.helm import Template

RenderChart = Callable[["Template"], "tuple[str, str] | None"]
"""A chart with its values -> what it renders, twice; None without helm. Raises MigratorError."""

PullChart = Callable[[ChartSource], AbstractContextManager[Path]]
"""Downloads the chart of a source for the time of a block; raises MigratorError."""

RENDERED: Final = " (rendered)"
"""Stands after the name of the file that has a release: what its chart makes is no file."""

_MARKER: Final = re.compile(r"^(?=---)", re.MULTILINE)
_CRDS: Final = re.compile(r"^# Source: \S*/crds/", re.MULTILINE)
_ACTION: Final = re.compile(r"^[ \t]*\{\{.*\}\}[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_BY_HAND: Final = "render it yourself, and give what comes out with --rendered {name}=FILE"


class Tools(NamedTuple):
    """What renders charts, and builds what post-renderers make of that; ``pull`` downloads charts, if
    anything is to be downloaded."""

    render: RenderChart
    build: BuildFiles
    pull: PullChart | None = None


class Rendered(NamedTuple):
    """``contents`` is what was read of ``renders``, and of releases that the user rendered and the
    quick scan passed over. What lies in ``charts`` (folders, links
    followed) is in them, and is to be read nowhere else."""

    renders: tuple[Render, ...] = ()
    contents: tuple[Content, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    charts: tuple[Path, ...] = ()

    @property
    def documents(self) -> Iterator[Document]:
        return (document for content in self.contents for document in content.documents)

    @property
    def broken(self) -> Iterator[Problem]:
        """What of a render is no YAML, or no object."""
        return (problem for content in self.contents for problem in content.problems)


class _Texts(NamedTuple):
    """What a release renders to, twice; the same where the user gave it."""

    first: str
    second: str
    chart: Path | None
    values: ReleaseValues


def render_releases(
    documents: Sequence[Document],
    streams: Sequence[Stream],
    given: Mapping[str, str],
    *,
    stdin: BinaryIO,
    tools: Tools,
) -> Rendered:
    """What the releases of the inputs render to. ``given`` has the files that the user rendered by the
    name of a release.

    Errors: MigratorError for a name that is that of no release; InputError for a file that cannot
    be read.
    """
    lookup = Lookup(documents, streams)
    named = _named(given, lookup)
    parts: list[Rendered] = []
    there = {document.ref for document in documents}
    passed_over = tuple(d for d, _ in named.values() if d.ref not in there)
    parts.append(Rendered(contents=(Content(passed_over, ()),)))
    for document in (*documents, *passed_over):
        for number, release in enumerate(releases(document, config_maps(documents))):
            if document.ref in named and number == 0:
                parts.append(_given(release, named[document.ref][1], stdin, tools))
            elif document.ref not in named:
                parts.append(_of_chart(release, lookup, tools))
    return Rendered(*(tuple(chain.from_iterable(part)) for part in zip(*parts, strict=True)))


def _named(given: Mapping[str, str], lookup: Lookup) -> Mapping[ObjectRef, tuple[Document, str]]:
    """The release objects that the user rendered, each with its file."""
    found: dict[ObjectRef, tuple[Document, str]] = {}
    for name, file in given.items():
        fitting = {d.ref: d for d in _called(name, lookup)}
        if len(fitting) != 1:
            what = "no release" if not fitting else "more than one release"
            hint = (
                "RELEASE is the name of a HelmRelease, HelmChart or Application, or NAMESPACE/NAME"
            )
            raise MigratorError(f"--rendered {name}: {what} of the inputs has that name", hint=hint)
        document = next(iter(fitting.values()))
        found[document.ref] = (document, file)
    return found


def _called(name: str, lookup: Lookup) -> Iterator[Document]:
    bare = name.rpartition("/")[2]
    words = (bare.encode(),)
    for document in (*lookup.documents, *objects_with(lookup.streams, words)):
        names = (document.ref.name, f"{effective_namespace(document)}/{document.ref.name}")
        if name in names and any(True for _ in releases(document)):
            yield document


def _given(release: Release, file: str, stdin: BinaryIO, tools: Tools) -> Rendered:
    """What the user rendered. Errors: InputError where the file cannot be read."""
    data = read_limited(stdin, Path("-")) if file == "-" else read_bytes(Path(file))
    refuse_crowd(data, Path(file))
    text = data.decode("utf-8", "replace")
    known = Rendered(inputs=(digest(file, data),))
    return _read(release, known, lambda: _Texts(text, text, None, ReleaseValues()), tools)


def _of_chart(release: Release, lookup: Lookup, tools: Tools) -> Rendered:
    """Nothing where its chart is not here, or has nothing to do with Multus."""
    around = _around(release.document, lookup.streams)
    source = chart_source(release, lookup.flux_sources())
    chart = around and chart_on_disk(release, source, around)
    if around and chart and _names_multus(release, chart):

        def render() -> _Texts:
            return _texts(release, chart, lookup, around, tools)

        known = Rendered(charts=(Path(os.path.realpath(chart)),))
        return _read(release, known, render, tools)
    pull = tools.pull
    if pull and not chart and source.remote and _says_multus(release, source):

        def pulled() -> _Texts:
            with pull(source) as packed:
                texts = _texts(release, packed, lookup, around, tools)
            return texts._replace(chart=None)

        return _read(release, Rendered(), pulled, tools)
    return Rendered()


def _texts(
    release: Release, chart: Path, lookup: Lookup, around: Around | None, tools: Tools
) -> _Texts:
    from migrator.tools.helm import Template  # few inputs have a chart to render

    values = release_values(release, lookup, around)
    texts = tools.render(
        Template(
            chart=chart,
            release=release_name(release.document),
            namespace=release_namespace(release.document),
            values=tuple(values.texts),
        )
    )
    if texts is None:
        raise MigratorError("no helm is at hand", hint="install it")
    return _Texts(*texts, chart, values)


def _around(document: Document, streams: Sequence[Stream]) -> Around | None:
    """Where the file is that has the release, None for what is no file."""
    folders = {s.name: Path(os.path.realpath(f)) for s in streams if (f := folder_of(s))}
    beside = folders.get(document.source.file)
    if beside is None:
        return None
    common = Path(os.path.commonpath(list(folders.values())))
    return Around(beside, repository_of(beside) or common)


def _says_multus(release: Release, source: ChartSource) -> bool:
    """Whether the release, its values or the name of its chart have a word of Multus."""
    texts = (json.dumps(release.document.data, default=str), source.name, source.url)
    return any(names_multus(text.encode()) for text in texts)


def _names_multus(release: Release, chart: Path) -> bool:
    """Whether the release, its values or its chart have a word of Multus."""
    if names_multus(json.dumps(release.document.data, default=str).encode()):
        return True
    if chart.is_file():
        return False
    files = (path for path in chart.rglob("*") if path.is_file())
    return any(names_multus(read_bytes(path)) for path in files)


def _read(
    release: Release, known: Rendered, render: Callable[[], _Texts], tools: Tools
) -> Rendered:
    """``known`` with what ``render`` gives, or why that cannot be told."""
    document = release.document
    name = document.source.file + RENDERED
    try:
        texts = render()
        first, second = (
            _content(release, name, text, tools) for text in (texts.first, texts.second)
        )
    except MigratorError as error:
        return known._replace(problems=(_problem(release, error),))
    made = Render(
        release=document.ref,
        source=document.source,
        name=name,
        chart=shown(texts.chart) if texts.chart else "",
        values=tuple(texts.values.sources),
        unknown=tuple(texts.values.unknown),
    )
    problems = tuple(_unsteady(release, first, second))
    return known._replace(renders=(made,), contents=(first,), problems=problems)


def _content(release: Release, name: str, text: str, tools: Tools) -> Content:
    """The objects of a render, in the namespace of the release where they name none.

    What comes from ``crds/`` is applied before the rest, and no post-renderer sees it (helm,
    pkg/action/install.go). helm copies those files as they are, so a line that is a template action
    alone is no part of them (helm.sh/docs/topics/charts, "Limitations on CRDs").
    """
    parts = _MARKER.split(text)
    crds = "".join(_ACTION.sub("\n", part) for part in parts if _CRDS.search(part))
    others = "".join(part for part in parts if not _CRDS.search(part))
    made = post_rendered(others, release.document, tools.build)
    between = "" if made.startswith("---") else "---\n"
    data = f"{crds}{between}{made}".encode()
    content = read_stream(Stream(name=name, data=data, origin="build"), everything=False)
    namespace = release_namespace(release.document)
    documents = tuple(
        d if d.ref.namespace else replace(d, placed=namespace) for d in content.documents
    )
    return content._replace(documents=documents, mentions=())


def _unsteady(release: Release, first: Content, second: Content) -> Iterator[Problem]:
    """The objects that differ from one render to the next: random text, the time."""
    others = {document.ref: document.data for document in second.documents}
    for document in first.documents:
        if others.get(document.ref) != document.data:
            message = (
                f"{document.ref} is another one each time that {release.document.ref} is rendered"
            )
            hint = _BY_HAND.format(name=release.document.ref.name)
            yield Problem(source=release.document.source, message=message, hint=hint)


def _problem(release: Release, error: MigratorError) -> Problem:
    document = release.document
    hint = _BY_HAND.format(name=document.ref.name)
    hint = f"{error.hint}, or {hint}" if error.hint else hint
    return Problem(
        source=error.source or document.source,
        message=Sentence(f"{document.ref} cannot be rendered", Complaint(f": {error.message}")),
        hint=hint,
    )
