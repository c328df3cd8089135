"""The charts of the inputs' releases, rendered: what they make is an input like any other.

A chart is rendered where it is among the user's files and a word of Multus is in it or in its
values; what the user rendered himself is taken as it is (``--rendered RELEASE=FILE``). What applies
upstream's own manifests counts as a release. Nothing is fetched but by what ``Tools`` holds for that.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from msgspec.structs import replace

from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import (
    Complaint,
    Document,
    ObjectRef,
    Problem,
    Render,
    Sentence,
)
from migrator.read import upstream
from migrator.read.applied import applied, rendered, repositories, takes_upstream
from migrator.read.chart_files import Around, chart_name, chart_on_disk
from migrator.read.chart_sources import ChartSource, chart_source
from migrator.read.chunks import each
from migrator.read.estate import Estate
from migrator.read.files import (
    digest,
    problem,
    read_bytes,
    read_limited,
    refuse_crowd,
    shown,
)
from migrator.read.flux_patches import patching
from migrator.read.helm_output import helm_output
from migrator.read.lookup import Lookup, objects_with
from migrator.read.namespaces import effective_namespace
from migrator.read.placement import placed
from migrator.read.post_renderers import post_rendered
from migrator.read.release_values import ReleaseValues, release_values
from migrator.read.releases import Release, release_name, release_namespace, releases
from migrator.read.remotes import is_elsewhere, repository_of_url
from migrator.read.renders import APPLIES, RELEASES, Rendered, Tools, names_upstream
from migrator.read.scan import holds_objects, names_multus
from migrator.read.streams import Content, Stream, decode, read_stream
from migrator.trees.dig import mapping, string
from migrator.trees.wording import listed

_BY_HAND: Final = "render it yourself, and give what comes out with --rendered {name}=FILE"


class _Texts(NamedTuple):
    """What a release renders to, twice; the same where the user gave it."""

    first: str
    second: str
    chart: Path | None
    values: ReleaseValues
    name: str = ""
    defaults: str = ""


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
            parts.append(_of_chart(release, name, estate, tools))
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
    return _read(release, name, known, lambda: _Texts(text, text, None, ReleaseValues()), tools)


def _text_of(file: str, stdin: BinaryIO) -> tuple[str, Rendered]:
    """Errors: InputError where the file cannot be read, or has no object, or no UTF-8."""
    data = read_limited(stdin, Path("-")) if file == "-" else read_bytes(Path(file))
    refuse_crowd(data, Path(file))
    text = decode(data, file=file)
    if not any(holds_objects(chunk.data) for chunk in each(data)):
        hint = "did the command fail that wrote it?"
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
    try:
        found = applied(document, repositories(estate.sources))
        if found is None:
            return Rendered()
        made = rendered(found, build, text)
    except MigratorError as error:
        return known._replace(problems=(_problem(document, error),))
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


def _of_chart(release: Release, name: str, estate: Estate, tools: Tools) -> Rendered:
    """Nothing where its chart is not here, or has nothing to do with Multus."""
    around = estate.around(release.document)
    source = chart_source(release, estate.sources)
    if content := string(release.document.data, *release.root, "chartContent"):
        return _held(release, name, content, estate, tools)
    chart = around and chart_on_disk(source, around)
    if around and chart and is_elsewhere(source.git, around.remotes):
        return _foreign(release, name, source, around, tools)
    if around and chart and (_says_multus(release) or estate.names_multus(chart)):

        def render() -> _Texts:
            called = chart.relative_to(around.top).as_posix()
            texts = _texts(release, chart, called, around, estate, tools)
            return texts._replace(name=chart_name(chart, source))

        known = Rendered(charts=_read_by_helm(Path(os.path.realpath(chart)), around))
        return _read(release, name, known, render, tools)
    pull = tools.pull
    if pull and not chart and source.remote and _says_multus(release, source.name, source.url):

        def pulled() -> _Texts:
            with pull(source) as packed:
                texts = _texts(release, packed, packed.name, around, estate, tools)
                called = chart_name(packed, source)
            return texts._replace(chart=None, name=called)

        return _read(release, name, Rendered(), pulled, tools)
    return Rendered()


def _foreign(
    release: Release, name: str, source: ChartSource, around: Around, tools: Tools
) -> Rendered:
    """A chart in another repository: what lies here at its path is another one."""

    def refused() -> _Texts:
        there, here = repository_of_url(source.git), listed(sorted(around.remotes))
        raise MigratorError(
            f"its chart is {source.path} of {there}, and this work tree is {here}",
            hint="where that is a mirror of this, add it as a remote (git remote add)",
        )

    says = _says_multus(release, source.name, source.git)
    return _read(release, name, Rendered(), refused, tools) if says else Rendered()


def _held(release: Release, name: str, content: str, estate: Estate, tools: Tools) -> Rendered:
    """A chart that the release holds itself: k3s takes it before all that names one (its
    HelmChart.spec.chartContent, a packed chart in base64)."""
    from migrator.tools.charts import packed_chart  # few inputs hold a chart

    def unpacked() -> _Texts:
        try:
            data = base64.b64decode("".join(content.split()), validate=True)
        except ValueError:  # letters beyond ASCII; binascii.Error
            raise MigratorError("its chartContent is no base64") from None
        with packed_chart(data) as packed:
            around = estate.around(release.document)
            texts = _texts(release, packed, "its chartContent", around, estate, tools)
            called = chart_name(packed, chart_source(release, estate.sources))
        return texts._replace(chart=None, name=called)

    return (
        _read(release, name, Rendered(), unpacked, tools) if _says_multus(release) else Rendered()
    )


def _read_by_helm(chart: Path, around: Around) -> tuple[Path, ...]:
    """What of a chart is in its render: all of it, or, where the release itself lies within, and so the
    user keeps manifests beside the chart, what helm makes objects of."""
    if not around.beside.is_relative_to(chart):
        return (chart,)
    own = ("Chart.yaml", "values.yaml", "requirements.yaml", "templates", "crds", "charts")
    return tuple(chart / name for name in own)


def _texts(
    release: Release, chart: Path, called: str, around: Around | None, estate: Estate, tools: Tools
) -> _Texts:
    """What the chart renders to, which is ``called`` so in what is said of it: the same on any machine."""
    from migrator.tools.charts import ChartCopy  # few inputs have a chart to render
    from migrator.tools.helm import KUBE_VERSION, Template

    values = release_values(release, estate.lookup, around)
    if around:
        values.unknown += patching(release.document.ref, around.beside, estate.patches)
    node = mapping(release.document.data, *release.root, "helm")  # of Argo CD
    wanted = Template(
        chart=chart,
        release=release_name(release),
        namespace=string(node, "namespace") or release_namespace(release.document),
        values=tuple(values.texts),
        kube_version=string(node, "kubeVersion") or KUBE_VERSION,
        crds=not _skips_crds(release),
    )
    try:
        texts = tools.render(wanted)
        defaults = ChartCopy(chart).values() if texts else b""
    except MigratorError as error:
        told = values.without_secrets(error.message.replace(str(chart), called))
        if told == error.message:
            raise
        raise MigratorError(told, source=error.source, hint=error.hint) from None
    if texts is None:
        raise MigratorError("no helm is at hand", hint="install it")
    return _Texts(*texts, chart, values, defaults=defaults.decode("utf-8", "replace"))


def _skips_crds(release: Release) -> bool:
    """Whether what is in ``crds/`` is not applied (argo-cd, util/helm; Flux, HelmReleaseSpec.install)."""
    node = mapping(release.document.data, *release.root)
    flux = release.document.ref.kind == "HelmRelease"
    install = mapping(node, "install") if flux else {}
    skipped = install.get("skipCRDs") or mapping(node, "helm").get("skipCrds")
    return skipped is True or string(install, "crds") == "Skip"


def _says_multus(release: Release, *names: str) -> bool:
    """Whether the release, its values or one of the names has a word of Multus."""
    texts = (json.dumps(release.document.data, default=str), *names)
    return any(names_multus(text.encode()) for text in texts)


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
        return known._replace(problems=(_problem(document, error),))
    made = Render(
        release=document.ref,
        source=document.source,
        name=name,
        chart=shown(texts.chart) if texts.chart else "",
        chart_name=texts.name,
        values=tuple(texts.values.sets),
        unknown=tuple(texts.values.unknown),
        defaults=texts.defaults,
    )
    problems = tuple(_unsteady(release, first, second))
    return known._replace(renders=(made,), contents=(first,), problems=problems)


def _content(release: Release, name: str, text: str, tools: Tools) -> Content:
    """The objects of a render, in the namespace of the release where they name none."""
    output = helm_output(text)
    made = post_rendered(output.others, release.document, tools.build)
    data = "".join(map(_begun, (output.crds, output.hooks, made))).encode()
    content = read_stream(Stream(name=name, data=data, origin="build"), everything=False)
    namespace = release_namespace(release.document)
    documents = tuple(
        d if d.ref.namespace else replace(d, placed=namespace) for d in content.documents
    )
    return content._replace(documents=documents, mentions=())


def _begun(text: str) -> str:
    return text if text.startswith("---") or not text.strip() else f"---\n{text}"


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


def _problem(document: Document, error: MigratorError) -> Problem:
    hint = _BY_HAND.format(name=document.ref.name)
    hint = f"{error.hint}, or {hint}" if error.hint else hint
    return Problem(
        source=error.source or document.source,
        message=Sentence(f"{document.ref} cannot be rendered", Complaint(f": {error.message}")),
        hint=hint,
    )
