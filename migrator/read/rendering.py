"""The charts of the inputs' releases, rendered: what they make is an input like any other.

A chart is rendered where it is among the user's files and a word of Multus is in it or in its
values; what the user rendered himself is taken as it is (``--rendered RELEASE=FILE``). What applies
upstream's own manifests counts as a release. Nothing is fetched but by what ``Tools`` holds for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import (
    Document,
    ObjectRef,
    Render,
)
from migrator.read import upstream
from migrator.read.applied import applied, rendered, repositories, takes_upstream
from migrator.read.chart_files import chart_on_disk
from migrator.read.chart_renders import Texts, of_chart, problem_of, read_texts
from migrator.read.chart_sources import chart_source
from migrator.read.chunks import each
from migrator.read.estate import Estate
from migrator.read.files import (
    digest,
    problem,
    read_bytes,
    read_limited,
    refuse_crowd,
)
from migrator.read.flux_patches import patching
from migrator.read.lookup import Lookup, objects_with
from migrator.read.namespaces import effective_namespace
from migrator.read.placement import placed
from migrator.read.release_values import ReleaseValues
from migrator.read.releases import Release, releases
from migrator.read.renders import APPLIES, RELEASES, Rendered, Tools, names_upstream
from migrator.read.scan import holds_objects
from migrator.read.streams import Content, Stream, decode, read_stream
from migrator.trees.dig import string

_DOWNLOADED: Final = "download it yourself, and give that with --rendered {name}=FILE"
_DOES_IT_FIT: Final = "see that what was given is what it takes, and that its patches fit that"
_AS_INPUT: Final = "build what is applied, and give that as INPUT in place of the object"


def render_releases(
    documents: Sequence[Document],
    streams: Sequence[Stream],
    places: Mapping[str, str],
    given: Mapping[str, str],
    *,
    stdin: BinaryIO,
    tools: Tools,
) -> Rendered:
    """What the releases of the inputs render to. ``places`` has the namespaces that kustomizations give to
    files, and ``given`` the files that the user rendered by the name of a release.

    Errors: MigratorError for a name that is that of no release; InputError for a file that cannot
    be read.
    """
    lookup = Lookup(documents, streams)
    there = {document.ref for document in documents}
    estate = Estate(lookup)
    named = _named(given, estate)
    unread = placed((*(d for d, _ in named.values()), *_without_a_word(estate)), places)
    passed_over = {d.ref: d for d in unread if d.ref not in there}
    parts = [Rendered(contents=(Content(tuple(passed_over.values()), ()),))]
    everything = (*documents, *passed_over.values())
    sources = repositories(estate.sources)
    applying = [d for d in everything if takes_upstream(d, sources)]
    manifests = {d.ref for d in applying}
    asking = [r for r in _asking(everything, lookup) if r.document.ref not in manifests]
    names = dict(_names((*(release.document for release in asking), *applying)))
    for document in applying:
        file = named[document.ref][1] if document.ref in named else ""
        parts.append(_of_upstream(document, names[id(document)], file, stdin, estate, tools))
    for release in asking:
        document = release.document
        name = names[id(document)]
        if document.ref not in named:
            parts.append(of_chart(release, name, estate, tools))
            names[id(document)] = _next(name) if parts[-1].renders else name
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


def _without_a_word(estate: Estate) -> Iterator[Document]:
    """The objects that the quick scan passed over, and that ask for a chart of Multus which is here, or
    apply upstream's manifests; and the sources of these."""
    if names_upstream(estate.lookup.streams):
        sources = repositories(estate.sources)
        for document in estate.lookup.with_words(*APPLIES):
            if takes_upstream(document, sources):
                yield document
        yield from (d for d in sources if upstream.is_upstream(string(d.data, "spec", "url")))
    for document in estate.lookup.with_words(*RELEASES):
        around = estate.around(document)
        for release in _asking((document,), estate.lookup) if around else ():
            chart = around and chart_on_disk(chart_source(release, estate.sources), around)
            if chart and estate.names_multus(chart):
                yield document


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


def _next(name: str) -> str:
    """What the next render of the same object is called, after that of ``name``: an Application may
    have several charts."""
    first, _, number = name.removesuffix(")").partition(", chart ")
    return f"{first}, chart {int(number or 1) + 1})"


def _named(given: Mapping[str, str], estate: Estate) -> Mapping[ObjectRef, tuple[Document, str]]:
    """The release objects that the user rendered, each with its file."""
    found: dict[ObjectRef, tuple[Document, str]] = {}
    for name, file in given.items():
        fitting = {d.ref: d for d in _called(name, estate)}
        if len(fitting) != 1:
            what = "no release" if not fitting else "more than one release"
            hint = (
                "RELEASE is the name of a HelmRelease, HelmChart, Application or Kustomization over "
                "upstream's repository, or NAMESPACE/NAME"
            )
            raise MigratorError(f"--rendered {name}: {what} of the inputs has that name", hint=hint)
        document = next(iter(fitting.values()))
        found[document.ref] = (document, file)
    return found


def _called(name: str, estate: Estate) -> Iterator[Document]:
    bare, lookup = name.rpartition("/")[2], estate.lookup
    words = (bare.encode(),)
    for document in (*lookup.documents, *objects_with(lookup.streams, words)):
        names = (document.ref.name, f"{effective_namespace(document)}/{document.ref.name}")
        if name in names and (
            any(True for _ in _asking((document,), lookup))
            or takes_upstream(document, repositories(estate.sources))
        ):
            yield document


def _given(release: Release, name: str, file: str, stdin: BinaryIO, tools: Tools) -> Rendered:
    """What the user rendered. Errors: as those of `_text_of`."""
    text, known = _text_of(file, stdin)
    return read_texts(release, name, known, lambda: Texts(text, text, None, ReleaseValues()), tools)


def _text_of(file: str, stdin: BinaryIO) -> tuple[str, Rendered]:
    """Errors: InputError where the file cannot be read, or has no object, or no UTF-8."""
    data = read_limited(stdin, Path("-")) if file == "-" else read_bytes(Path(file))
    refuse_crowd(data, Path(file))
    text = decode(data, file=file)
    if not any(holds_objects(chunk.data) for chunk in each(data)):
        hint = "did the command that wrote it fail?"
        raise InputError((problem(Path(file), "no Kubernetes object is in it", hint),))
    return text, Rendered(inputs=(digest(file, data),))


def _of_upstream(
    document: Document, name: str, file: str, stdin: BinaryIO, estate: Estate, tools: Tools
) -> Rendered:
    """Nothing where upstream's manifests are neither given nor to be downloaded.

    Errors: as those of `_text_of`.
    """
    build = tools.build if file else tools.fetch
    if build is None:
        return Rendered()
    text, known = _text_of(file, stdin) if file else ("", Rendered())
    by_hand = _AS_INPUT
    try:
        found = applied(document, repositories(estate.sources))
        if found is None:
            return Rendered()
        by_hand = _DOES_IT_FIT if text else _DOWNLOADED
        made = rendered(found, build, text)
    except MigratorError as error:
        return known._replace(problems=(problem_of(document, error, by_hand),))
    stream = Stream(name=name, data=made.encode(), origin="build")
    content = read_stream(stream, everything=False)._replace(mentions=())
    around = estate.around(document)
    objects = filter(None, (document, found.repository))
    render = Render(
        release=document.ref,
        source=document.source,
        name=name,
        chart="",
        unknown=tuple(
            unknown
            for each in objects
            for unknown in (patching(each.ref, around.beside, estate.patches) if around else ())
        ),
        manifests=found.taken.urls,
        repository=found.repository.ref if found.repository else None,
    )
    return known._replace(renders=(render,), contents=(content,))
