"""What the chart of a release renders to: where it is found, and what of its output is read."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from msgspec.structs import replace

from migrator.model.errors import MigratorError
from migrator.model.inputs import (
    Complaint,
    Document,
    Problem,
    Render,
    Sentence,
)
from migrator.read.chart_files import Around, chart_name, chart_on_disk
from migrator.read.chart_sources import ChartSource, chart_source
from migrator.read.estate import Estate
from migrator.read.files import (
    shown,
)
from migrator.read.flux_patches import patching
from migrator.read.helm_output import helm_output
from migrator.read.post_renderers import post_rendered
from migrator.read.release_values import ReleaseValues, release_values
from migrator.read.releases import Release, release_name, release_namespace
from migrator.read.remotes import is_elsewhere, repository_of_url
from migrator.read.renders import Rendered, Tools
from migrator.read.scan import names_multus
from migrator.read.streams import Content, Stream, read_stream
from migrator.trees.dig import mapping, string
from migrator.trees.wording import listed

_BY_HAND: Final = "render it yourself, and give what comes out with --rendered {name}=FILE"


class Texts(NamedTuple):
    """What a release renders to, twice; the same where the user gave it."""

    first: str
    second: str
    chart: Path | None
    values: ReleaseValues
    name: str = ""
    defaults: str = ""


def of_chart(release: Release, name: str, estate: Estate, tools: Tools) -> Rendered:
    """Nothing where its chart is not here, or has nothing to do with Multus."""
    around = estate.around(release.document)
    source = chart_source(release, estate.sources)
    if content := string(release.document.data, *release.root, "chartContent"):
        return _held(release, name, content, estate, tools)
    chart = around and chart_on_disk(source, around)
    if around and chart and is_elsewhere(source.git, around.remotes):
        return _foreign(release, name, source, around, tools)
    if around and chart and (_says_multus(release) or estate.names_multus(chart)):

        def render() -> Texts:
            called = chart.relative_to(around.top).as_posix()
            texts = _texts(release, chart, called, around, estate, tools)
            return texts._replace(name=chart_name(chart, source))

        known = Rendered(charts=_read_by_helm(Path(os.path.realpath(chart)), around))
        return read_texts(release, name, known, render, tools)
    pull = tools.pull
    if pull and not chart and source.remote and _says_multus(release, source.name, source.url):

        def pulled() -> Texts:
            with pull(source) as packed:
                texts = _texts(release, packed, packed.name, around, estate, tools)
                called = chart_name(packed, source)
            return texts._replace(chart=None, name=called)

        return read_texts(release, name, Rendered(), pulled, tools)
    return Rendered()


def _foreign(
    release: Release, name: str, source: ChartSource, around: Around, tools: Tools
) -> Rendered:
    """A chart in another repository: what lies here at its path is another one."""

    def refused() -> Texts:
        there, here = repository_of_url(source.git), listed(sorted(around.remotes))
        raise MigratorError(
            f"its chart is {source.path} of {there}, and this work tree is {here}",
            hint="where that is a mirror of this, add it as a remote (git remote add)",
        )

    says = _says_multus(release, source.name, source.git)
    return read_texts(release, name, Rendered(), refused, tools) if says else Rendered()


def _held(release: Release, name: str, content: str, estate: Estate, tools: Tools) -> Rendered:
    """A chart that the release holds itself: k3s takes it before all that names one (its
    HelmChart.spec.chartContent, a packed chart in base64)."""
    from migrator.tools.charts import packed_chart  # few inputs hold a chart

    def unpacked() -> Texts:
        try:
            data = base64.b64decode("".join(content.split()), validate=True)
        except ValueError:  # letters beyond ASCII; binascii.Error
            raise MigratorError("its chartContent is not base64") from None
        with packed_chart(data) as packed:
            around = estate.around(release.document)
            texts = _texts(release, packed, "its chartContent", around, estate, tools)
            called = chart_name(packed, chart_source(release, estate.sources))
        return texts._replace(chart=None, name=called)

    return (
        read_texts(release, name, Rendered(), unpacked, tools)
        if _says_multus(release)
        else Rendered()
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
) -> Texts:
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
        raise MigratorError("no helm was found", hint="install it")
    return Texts(*texts, chart, values, defaults=defaults.decode("utf-8", "replace"))


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


def read_texts(
    release: Release, name: str, known: Rendered, render: Callable[[], Texts], tools: Tools
) -> Rendered:
    """``known`` with what ``render`` gives, which is called ``name``, or why that cannot be told."""
    document = release.document
    try:
        texts = render()
        first, second = (
            _content(release, name, text, tools) for text in (texts.first, texts.second)
        )
    except MigratorError as error:
        return known._replace(problems=(problem_of(document, error),))
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


def problem_of(document: Document, error: MigratorError, by_hand: str = _BY_HAND) -> Problem:
    hint = ", or ".join(filter(None, (error.hint, by_hand.format(name=document.ref.name))))
    return Problem(
        source=error.source or document.source,
        message=Sentence(f"{document.ref} cannot be rendered", Complaint(f": {error.message}")),
        hint=hint,
    )
