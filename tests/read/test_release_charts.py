"""Which chart a release means, and what is read where that chart lies among the inputs."""

from __future__ import annotations

import base64
import io
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from migrator.model.errors import MigratorError
from migrator.model.inputs import Document
from migrator.read.lookup import Lookup
from migrator.read.reading import read_inputs
from migrator.read.renders import Tools, file_of
from migrator.tools.charts import ChartCopy
from migrator.tools.helm import Template
from tests.read.test_rendering import (
    CHART,
    FLUX,
    Helm,
    application,
    no_build,
    put,
    read,
    vendored,
)
from tests.tools.charts import packed

REFERENCE = """
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {name: multus}
    spec:
      chartRef: {kind: KIND, name: multus}
"""
REGISTRY = """
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: OCIRepository
    metadata: {name: multus}
    spec: {url: oci://registry.example/multus, ref: REF}
"""
CHART_OBJECT = """
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: HelmChart
    metadata: {name: multus}
    spec: {chart: ./deploy/own, sourceRef: {kind: GitRepository, name: r}}
"""


def charts(folder: Path, files: dict[str, str], *inputs: str) -> list[str]:
    helm = Helm()
    read(put(folder, files), helm, *inputs)
    return [str(asked.chart.relative_to(folder)) for asked in helm.asked]


@pytest.mark.parametrize(
    ("version", "found"), [(">=0.1.0", 1), ("0.2.x", 1), (">=1.0.0", 0), ("^0.3", 0), ("${V}", 0)]
)
def test_a_vendored_chart_of_another_version_is_another_chart(
    tmp_path: Path, version: str, found: int
) -> None:
    files = {"apps/multus.yaml": vendored(version), **CHART}
    assert len(charts(tmp_path, files)) == found


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("{tag: 0.2.0}", 1),
        ("{tag: 0.2.1}", 0),
        ("{semver: '>=0.2'}", 1),
        ("{semver: '>=1', tag: 0.2.0}", 0),
        ("{tag: 0.2.0, digest: 'sha256:abc'}", 0),
    ],
)
def test_the_version_of_a_chart_in_a_registry(tmp_path: Path, ref: str, found: int) -> None:
    """A digest counts before a range, and that before a tag (fluxcd.io, OCIRepository)."""
    text = REFERENCE.replace("KIND", "OCIRepository") + REGISTRY.replace("REF", ref)
    assert len(charts(tmp_path, {"apps/multus.yaml": text, **CHART})) == found


def test_a_reference_to_what_the_inputs_do_not_hold_is_no_chart(tmp_path: Path) -> None:
    """Its name is that of an object, and no name of a chart."""
    text = REFERENCE.replace("KIND", "OCIRepository")
    assert charts(tmp_path, {"apps/multus.yaml": text, **CHART}) == []


def test_a_chart_object_names_a_path(tmp_path: Path) -> None:
    own = {"deploy/own/Chart.yaml": "name: own\nversion: 1.0.0\n"}
    text = REFERENCE.replace("KIND", "HelmChart") + CHART_OBJECT
    assert charts(tmp_path, {"apps/multus.yaml": text, **CHART, **own}) == ["deploy/own"]


@pytest.mark.parametrize("name", ['"a\\0b"', "x" * 5000, "-", "--", "'../multus'"])
@pytest.mark.parametrize("form", ["path", "name"])
def test_odd_names_are_names_of_no_chart(tmp_path: Path, name: str, form: str) -> None:
    text = vendored("1.0.0", name) if form == "name" else FLUX.replace("charts/multus", name)
    assert charts(tmp_path, {"apps/multus.yaml": text, **CHART}) == []


HELD = """
    apiVersion: helm.cattle.io/v1
    kind: HelmChart
    metadata: {name: multus, namespace: kube-system}
    spec: {MORE}
"""


def test_a_chart_that_a_release_holds_itself_is_taken_before_a_vendored_one(tmp_path: Path) -> None:
    """k3s, HelmChart.spec.chartContent, which is broken into lines by some."""
    data = packed({"Chart.yaml": "name: own\nversion: 1.0.0\n"})
    seen: list[bytes] = []

    class Reading(Helm):
        def __call__(self, wanted: Template) -> tuple[str, str]:
            seen.append(wanted.chart.read_bytes())
            return super().__call__(wanted)

    content = base64.encodebytes(data).decode().strip().replace("\n", " ")
    text = HELD.replace("MORE", f"chart: multus, chartContent: {content}")
    found = read(put(tmp_path, {"apps/multus.yaml": text, **CHART}), Reading())
    assert seen == [data]
    assert [(each.chart, each.chart_name) for each in found.renders] == [("", "own")]
    named = HELD.replace("MORE", "chart: multus")
    assert charts(tmp_path, {"apps/multus.yaml": named, **CHART}) == ["charts/multus"]


def test_a_chart_that_a_release_holds_and_that_is_none_is_told(tmp_path: Path) -> None:
    text = HELD.replace("MORE", "chartContent: '%'")
    found = read(put(tmp_path, {"apps/multus.yaml": text}), Helm())
    assert [str(each.message) for each in found.problems] == [
        "HelmChart kube-system/multus cannot be rendered: its chartContent is not base64"
    ]


def test_a_chart_that_a_release_holds_is_not_called_by_where_it_was_unpacked(
    tmp_path: Path,
) -> None:
    def copy(wanted: Template) -> tuple[str, str]:
        ChartCopy(wanted.chart).into(tmp_path)
        raise AssertionError("it is not a packed chart")

    text = HELD.replace("MORE", f"chartContent: {base64.b64encode(b'x').decode()}")
    (problem,) = read(put(tmp_path, {"apps/multus.yaml": text}), copy).problems
    assert "cannot be rendered: its chartContent is not a packed chart: " in str(problem.message)


@pytest.mark.parametrize("path", ["charts/multus", "charts/multus.tgz"])
def test_what_is_said_of_a_chart_names_no_folder_of_this_machine(tmp_path: Path, path: str) -> None:
    def refused(wanted: Template) -> tuple[str, str]:
        raise MigratorError(f"{wanted.chart}/values.yaml is a link")

    put(tmp_path, {"apps/multus.yaml": FLUX.replace("charts/multus", path), **CHART})
    (tmp_path / "charts/multus.tgz").touch()
    (problem,) = read(tmp_path, refused, "apps").problems
    assert str(problem.message) == (
        f"HelmRelease net/multus cannot be rendered: {path}/values.yaml is a link"
    )


def test_a_chart_of_something_else_that_a_release_holds_is_left_alone(tmp_path: Path) -> None:
    text = HELD.replace("MORE", "chartContent: '%'").replace("multus", "web")
    found = read(put(tmp_path, {"apps/web.yaml": text}), Helm())
    assert (found.problems, found.renders) == ((), ())


@pytest.mark.parametrize("path", ["charts/multus-4.1.1.tgz", "charts/odd.tgz"])
def test_a_packed_chart_is_called_what_it_calls_itself(tmp_path: Path, path: str) -> None:
    release = FLUX.replace("charts/multus", path)
    put(tmp_path, {"apps/multus.yaml": release, path: ""})
    (tmp_path / path).write_bytes(
        packed({"Chart.yaml": "name: own\n", "sub/Chart.yaml": "name: x"})
    )
    assert [each.chart_name for each in read(tmp_path, Helm()).renders] == ["own"]
    (tmp_path / path).write_bytes(packed({"a": "b"}))
    names = [each.chart_name for each in read(tmp_path, Helm()).renders]
    assert names == [Path(path).stem], "without one, what its release calls it"


@pytest.mark.parametrize(
    ("spec", "applied"),
    [
        ("install: {crds: Skip}", False),
        ("install: {skipCRDs: true}", False),
        ("install: {crds: Create}", True),
        ("upgrade: {crds: Skip}", True),
        ("helm: {skipCrds: false}", True),
    ],
)
def test_crds_that_flux_does_not_apply_are_not_rendered(
    tmp_path: Path, spec: str, applied: bool
) -> None:
    helm = Helm()
    read(put(tmp_path, {"apps/multus.yaml": f"{FLUX}      {spec}\n", **CHART}), helm)
    assert [each.crds for each in helm.asked] == [applied]


@pytest.mark.parametrize("skipped", ["true", "false"])
def test_crds_that_argo_cd_does_not_apply_are_not_rendered(tmp_path: Path, skipped: str) -> None:
    helm = Helm()
    text = application(f"{{skipCrds: {skipped}}}")
    read(put(tmp_path, {"apps/multus.yaml": text, **CHART}), helm)
    assert [each.crds for each in helm.asked] == [skipped == "false"]


WITHIN = "charts/multus/deploy/app.yaml"
NETWORK = """
    apiVersion: k8s.cni.cncf.io/v1
    kind: NetworkAttachmentDefinition
    metadata: {name: lan}
"""


@pytest.mark.parametrize(
    ("release", "chart", "path"),
    [
        ("app.yaml", "", "."),
        ("deploy/app.yaml", "", "."),
        (WITHIN, "charts/multus/", "charts/multus"),
    ],
)
def test_a_release_that_lies_in_its_own_chart(
    tmp_path: Path, release: str, chart: str, path: str
) -> None:
    """A repository that is a chart, with the Application that installs it."""
    files = {
        release: application("{}", f"path: {path}"),
        f"{chart}Chart.yaml": "name: multus\nversion: 0.2.0\n",
        f"{chart}templates/ds.yaml": "kind: DaemonSet\nname: {{ .x }}  # multus\n",
        f"{chart}deploy/lan.yaml": NETWORK,
    }
    reading = read(put(tmp_path, files), Helm(), ".")
    assert not reading.problems
    assert {d.ref.kind for d in reading.documents} == {
        "Application",
        "DaemonSet",
        "NetworkAttachmentDefinition",
        "ServiceAccount",
    }


def test_renders_of_one_file_have_names_of_their_own(tmp_path: Path) -> None:
    """By them, an edit tells which release made an object."""
    second = FLUX.replace("name: multus,", "name: other,")
    helm = Helm()
    reading = read(put(tmp_path, {"apps/a.yaml": f"{FLUX}    ---{second}", **CHART}), helm)
    file = str(tmp_path / "apps/a.yaml")
    assert [r.name for r in reading.renders] == [f"{file} (rendered 1)", f"{file} (rendered 2)"]
    assert {file_of(render.name) for render in reading.renders} == {file}
    made = [d.source.file for d in reading.documents if d.ref.kind == "DaemonSet"]
    assert made == [render.name for render in reading.renders]


def test_renders_of_one_application_have_names_of_their_own(tmp_path: Path) -> None:
    text = application("{}").replace("source:", "sources:")
    source = textwrap.dedent(text).partition("sources:\n")[2]
    item = textwrap.indent(textwrap.dedent(source), " " * 6)
    values = "  - {repoURL: https://git.example/fleet, ref: values}\n"
    listed = "".join(f"  -{item[3:].rstrip()}\n" for _ in range(2))
    whole = f"{textwrap.dedent(text).partition('  sources:')[0]}  sources:\n{values}{listed}"
    found = read(put(tmp_path, {"apps/a.yaml": whole, **CHART}), Helm())
    names = [each.name.rpartition("/")[2] for each in found.renders]
    assert names == ["a.yaml (rendered)", "a.yaml (rendered, chart 2)"]
    assert {file_of(each.name) for each in found.renders} == {str(tmp_path / "apps/a.yaml")}
    one = whole.replace(listed, listed[: len(listed) // 2])
    found = read(put(tmp_path, {"apps/a.yaml": one, **CHART}), Helm())
    assert [each.name.rpartition("/")[2] for each in found.renders] == ["a.yaml (rendered)"]


def test_items_on_one_line_have_names_of_their_own(tmp_path: Path) -> None:
    one = (
        '{"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "NAME"}, '
        '"spec": {"chart": {"spec": {"chart": "charts/multus", "sourceRef": {"kind": "GitRepository"}}}}}'
    )
    both = ", ".join(one.replace("NAME", name) for name in ("multus", "other"))
    text = f'{{"apiVersion": "v1", "kind": "List", "items": [{both}]}}'
    reading = read(put(tmp_path, {"apps/a.json": text, **CHART}), Helm())
    assert len({render.name for render in reading.renders}) == 2


def test_links_in_a_chart_are_not_looked_into(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("multus\n")
    folder = put(tmp_path / "mine", {"apps/net.yaml": FLUX.replace("multus", "cni"), **CHART})
    (folder / "charts/multus").rename(folder / "charts/cni")
    (folder / "charts/cni/Chart.yaml").write_text("name: cni\nversion: 0.2.0\n")
    (folder / "charts/cni/templates.yaml").symlink_to(tmp_path / "outside")
    helm = Helm()
    read(folder, helm)
    assert helm.asked == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_of_a_chart_that_cannot_be_read_does_not_end_the_run(tmp_path: Path) -> None:
    files = {"apps/net.yaml": FLUX.replace("multus", "cni"), "charts/cni/Chart.yaml": "name: cni\n"}
    folder = put(tmp_path, files)
    (folder / "charts/cni/Chart.yaml").chmod(0)
    assert not read(folder, Helm()).renders


def test_what_all_releases_share_is_looked_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To parse all places of charts for each of 300 releases took half a minute."""
    looked: list[Lookup] = []
    found = Lookup.flux_sources

    def counted(self: Lookup) -> Sequence[Document]:
        looked.append(self)
        return found(self)

    monkeypatch.setattr(Lookup, "flux_sources", counted)
    names = [f"net{number}" for number in range(20)]
    files = {f"apps/{name}.yaml": FLUX.replace("name: multus,", f"name: {name},") for name in names}
    assert len(charts(tmp_path, {**files, **CHART})) == len(names)
    assert len(looked) == 1


def test_a_release_without_a_word_whose_chart_is_one_of_multus(tmp_path: Path) -> None:
    """Nothing else would tell that a chart was passed over: a plan of the networks alone was READY."""
    files = {
        "apps/net.yaml": FLUX.replace("multus", "net").replace(", namespace: net", ""),
        "apps/kustomization.yaml": "namespace: far\nresources: [net.yaml, lan.yaml]\n",
        "apps/lan.yaml": NETWORK,
        "charts/net/Chart.yaml": "name: net\nversion: 0.2.0\n",
        "charts/net/templates/ds.yaml": "image: multus-cni\n",
    }
    helm = Helm()
    reading = read_inputs(
        [
            str(put(tmp_path, files) / "apps/net.yaml"),
            *(str(tmp_path / "apps" / n) for n in ("lan.yaml", "kustomization.yaml")),
        ],
        stdin=io.BytesIO(),
        node_files=None,
        build=None,
        keep_going=False,
        tools=Tools(helm, no_build),
    )
    assert [(asked.release, asked.namespace) for asked in helm.asked] == [("net", "far")]
    assert {d.ref.kind for d in reading.documents} >= {"HelmRelease", "DaemonSet"}


@pytest.mark.parametrize(
    "file", [{"README.md": "works with multus"}, {"values.yaml": "# multus: {}\n"}], ids=str
)
def test_a_chart_that_multus_is_only_spoken_of_in(tmp_path: Path, file: dict[str, str]) -> None:
    files = {
        "apps/web.yaml": FLUX.replace("multus", "web"),
        "apps/lan.yaml": NETWORK,
        "charts/web/Chart.yaml": "name: web\nversion: 0.2.0\n",
        **{f"charts/web/{name}": text for name, text in file.items()},
    }
    assert charts(tmp_path, files) == []
