"""The charts of the inputs' releases, rendered: what they make is an input like any other.

A chart is rendered where it is among the user's files and a word of Multus is in it or in its
values; what the user rendered himself is taken as it is (``--rendered RELEASE=FILE``). Nothing is
fetched.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from msgspec.structs import replace

from migrator.model.errors import InputError, MigratorError
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
from migrator.read.files import (
    digest,
    read_bytes,
    read_limited,
    refuse_crowd,
    repository_of,
    shown,
)
from migrator.read.flux_patches import GROUP, patching
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

_RENDERED: Final = re.compile(r" \(rendered(?: \d+)?\)\Z")
"""Stands after the name of the file that has a release: what its chart makes is no file."""

_MARKER: Final = re.compile(r"^(?=---)", re.MULTILINE)
_CRDS: Final = re.compile(r"^# Source: \S*/crds/", re.MULTILINE)
_ACTION: Final = re.compile(r"^[ \t]*\{\{.*\}\}[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_BY_HAND: Final = "render it yourself, and give what comes out with --rendered {name}=FILE"


def file_of(name: str) -> str:
    """The file that has the release, of the name of what its chart makes; of others the name itself."""
    return _RENDERED.sub("", name)


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
    there = {document.ref for document in documents}
    passed_over = tuple(d for d, _ in named.values() if d.ref not in there)
    parts = [Rendered(contents=(Content(passed_over, ()),))]
    asking = list(_asking((*documents, *passed_over), lookup))
    names = _names(release.document for release in asking)
    estate = _Estate.of(lookup, tools) if asking else None
    for release in asking:
        document = release.document
        name = names[id(document)]
        if document.ref not in named and estate:
            parts.append(_of_chart(release, name, estate))
        elif release.root == next(releases(document)).root:  # it is all of an Application
            parts.append(_given(release, name, named[document.ref][1], stdin, tools))
    return Rendered(*(tuple(chain.from_iterable(part)) for part in zip(*parts, strict=True)))


def _asking(documents: Sequence[Document], lookup: Lookup) -> Iterator[Release]:
    """The releases, in input order. A HelmChartConfig is none where its HelmChart is there, which
    takes its values (docs.k3s.io/add-ons/helm)."""
    for document in documents:
        if not _is_laid_over(document, lookup):
            yield from releases(document)


def _is_laid_over(document: Document, lookup: Lookup) -> bool:
    ref = document.ref
    if ref.kind != "HelmChartConfig":
        return False
    namespace = effective_namespace(document)
    return lookup.find("HelmChart", namespace, ref.name, ref.group) is not None


def _names(documents: Iterable[Document]) -> Mapping[int, str]:
    """What the renders of each object (by id) are called; those of one file are numbered, since what they
    make is told apart by nothing else."""
    files: dict[str, dict[int, None]] = {}
    for document in documents:
        files.setdefault(document.source.file, {})[id(document)] = None
    return {
        key: f"{file} (rendered{f' {number}' if len(keys) > 1 else ''})"
        for file, keys in files.items()
        for number, key in enumerate(keys, 1)
    }


class _Estate(NamedTuple):
    """What releases are rendered with: the objects of the inputs, the places that Flux takes charts from,
    its objects that may patch releases, the real folder of each file, and the one that all have in common."""

    lookup: Lookup
    sources: Sequence[Document]
    patches: Sequence[Document]
    folders: Mapping[str, Path]
    common: Path
    tools: Tools

    @staticmethod
    def of(lookup: Lookup, tools: Tools) -> _Estate:
        named = {s.name: folder for s in lookup.streams if (folder := folder_of(s))}
        real = {folder: Path(os.path.realpath(folder)) for folder in set(named.values())}
        common = Path(os.path.commonpath(list(real.values()))) if real else Path()
        folders = {name: real[folder] for name, folder in named.items()}
        patches = lookup.with_words(GROUP.encode(), b"patches")
        return _Estate(lookup, lookup.flux_sources(), patches, folders, common, tools)

    def around(self, document: Document) -> Around | None:
        """Where the file is that has the release, None for what is no file."""
        beside = self.folders.get(document.source.file)
        return Around(beside, repository_of(beside) or self.common) if beside else None


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
        if name in names and any(True for _ in _asking((document,), lookup)):
            yield document


def _given(release: Release, name: str, file: str, stdin: BinaryIO, tools: Tools) -> Rendered:
    """What the user rendered. Errors: InputError where the file cannot be read."""
    data = read_limited(stdin, Path("-")) if file == "-" else read_bytes(Path(file))
    refuse_crowd(data, Path(file))
    text = data.decode("utf-8", "replace")
    known = Rendered(inputs=(digest(file, data),))
    return _read(release, name, known, lambda: _Texts(text, text, None, ReleaseValues()), tools)


def _of_chart(release: Release, name: str, estate: _Estate) -> Rendered:
    """Nothing where its chart is not here, or has nothing to do with Multus."""
    around, tools = estate.around(release.document), estate.tools
    source = chart_source(release, estate.sources)
    chart = around and chart_on_disk(source, around)
    if around and chart and _names_multus(release, chart):

        def render() -> _Texts:
            return _texts(release, chart, around, estate)

        known = Rendered(charts=_read_by_helm(Path(os.path.realpath(chart)), around))
        return _read(release, name, known, render, tools)
    pull = tools.pull
    if pull and not chart and source.remote and _says_multus(release, source):

        def pulled() -> _Texts:
            with pull(source) as packed:
                texts = _texts(release, packed, around, estate)
            return texts._replace(chart=None)

        return _read(release, name, Rendered(), pulled, tools)
    return Rendered()


def _read_by_helm(chart: Path, around: Around) -> tuple[Path, ...]:
    """What of a chart is in its render: all of it, or, where the release itself lies within, and so the
    user keeps manifests beside the chart, what helm makes objects of."""
    if not around.beside.is_relative_to(chart):
        return (chart,)
    own = ("Chart.yaml", "values.yaml", "requirements.yaml", "templates", "crds", "charts")
    return tuple(chart / name for name in own)


def _texts(release: Release, chart: Path, around: Around | None, estate: _Estate) -> _Texts:
    from migrator.tools.helm import Template  # few inputs have a chart to render

    values = release_values(release, estate.lookup, around)
    if around:
        values.unknown += patching(release.document.ref, around.beside, estate.patches)
    texts = estate.tools.render(
        Template(
            chart=chart,
            release=release_name(release),
            namespace=release_namespace(release.document),
            values=tuple(values.texts),
        )
    )
    if texts is None:
        raise MigratorError("no helm is at hand", hint="install it")
    return _Texts(*texts, chart, values)


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
    return any(map(_file_names_multus, chart.rglob("*")))


def _file_names_multus(path: Path) -> bool:
    """A link leads where it will, and helm is not given any (tools/charts.py)."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        return names_multus(read_bytes(path))
    except InputError:  # which whoever renders it is told
        return False


def _read(
    release: Release, name: str, known: Rendered, render: Callable[[], _Texts], tools: Tools
) -> Rendered:
    """``known`` with what ``render`` gives, which is called ``name``, or why that cannot be told."""
    document = release.document
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
