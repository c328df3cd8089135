"""M17, M19: what Flux calls a folder begins at the root of the repository, wherever one stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.inventory.build import build_inventory
from migrator.plan.planner import make_plan
from tests.builders import ROLE, daemonset, target
from tests.plan.estates import RULES
from tests.read.support import nad, read, write
from tests.read.test_rendering import Helm, put
from tests.read.test_rendering import read as rendered

INSTALL = f"{daemonset('--multus-conf-file=auto')}---\n{ROLE}{RULES}"
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: multus, namespace: flux-system}
spec:
  path: ./clusters/prod/multus/app
  images: [{name: ghcr.io/k8snetworkplumbingwg/multus-cni, newTag: v4.0.2}]
"""
ELSEWHERE = FLUX.replace("/prod/", "/test/")


def _ids(*inputs: Path, build: str = "") -> list[str]:
    reading = read(*inputs, build=lambda _: build)
    return [f.id for f in make_plan(build_inventory(reading), target()).findings]


@pytest.mark.parametrize(
    "inside", ["", "clusters", "clusters/prod", "clusters/prod/multus", "clusters/prod/multus/app"]
)
def test_the_folder_of_the_call_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    write(tmp_path, {"clusters/prod/multus/app/multus.yaml": INSTALL, "ks.yaml": FLUX})
    monkeypatch.chdir(tmp_path / inside)
    assert "M19" in _ids(Path(), tmp_path / "ks.yaml")


@pytest.mark.parametrize(("flux", "told"), [(FLUX, True), (ELSEWHERE, False)])
def test_a_root_that_is_built_is_the_folder_too(tmp_path: Path, flux: str, told: bool) -> None:
    root = tmp_path / "clusters/prod/multus/app"
    write(root, {"kustomization.yaml": "resources: [m.yaml]\n", "m.yaml": INSTALL})
    write(tmp_path, {"ks.yaml": flux})
    assert ("M19" in _ids(root, tmp_path / "ks.yaml", build=INSTALL)) is told


@pytest.mark.parametrize(("flux", "told"), [(FLUX, False), (ELSEWHERE, True)])
def test_what_was_read_is_not_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flux: str, told: bool
) -> None:
    folder = tmp_path / "clusters/prod/multus"
    write(folder, {"app/nad.yaml": nad(), "ks.yaml": flux})
    monkeypatch.chdir(folder)
    assert ("M17" in _ids(Path())) is told


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: multus, namespace: kube-system}
spec:
  chart: {spec: {chart: charts/multus, sourceRef: {kind: GitRepository, name: flux-system}}}
  values: {tag: VALUE}
"""
APPLIED = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: PATH
"""


def _of_release(folder: Path, applied: str, value: str = "v4.1.4") -> list[str]:
    """The findings on what was rendered for a release that ``applied`` applies."""
    files = {
        "apps/release.yaml": RELEASE.replace("VALUE", value),
        "flux/apps.yaml": applied,
        "charts/multus/Chart.yaml": "name: multus\nversion: 0.1.0\n",
    }
    reading = rendered(put(folder, files), Helm(INSTALL), "apps", "flux")
    assert reading.renders
    found = make_plan(build_inventory(reading), target()).findings
    return [f"{f.id} {f.seen}" for f in found if f.id in ("M19", "P77")]


MERGE = (
    "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: x}, spec: SPEC}"
)


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        ("{patch: '[{op: add, path: /spec/values/tag, value: x}]', target: {kind: HelmRelease}}", True),
        ("{patch: '[{op: add, path: /spec/postRenderers, value: []}]', target: {name: mul.*}}", True),
        (f"{{patch: '{MERGE.replace('name: x', 'name: web').replace('SPEC', '{chart: {}}')}'}}", False),
        (f"{{patch: '{MERGE.replace('SPEC', '{values: {a: 1}}')}', target: {{kind: HelmRelease}}}}", True),
        (f"{{patch: '{MERGE.replace('name: x', 'name: multus').replace('SPEC', '{chart: {}}')}'}}", True),
        ("{patch: '[{op: add, path: /spec/interval, value: 1h}]', target: {kind: HelmRelease}}", False),
        ("{patch: '[{op: add, path: /metadata/labels, value: {}}]', target: {kind: HelmRelease}}", False),
        (f"{{patch: '{MERGE.replace('SPEC', '{install: {crds: Skip}}')}', target: {{kind: HelmRelease}}}}", False),
        ("{patch: '[{op: add, path: /spec/values/tag, value: x}]', target: {kind: Kustomization}}", False),
        ("{patch: '[{op: add, path: /spec/values/tag, value: x}]', target: {name: web}}", False),
        ("{patch: '[{op: add, path: /spec/template, value: x}]', target: {kind: DaemonSet}}", False),
    ],
)  # fmt: skip
def test_patches_of_flux_change_what_a_chart_is_rendered_with(
    tmp_path: Path, patch: str, told: bool
) -> None:
    applied = f"{APPLIED.replace('PATH', './apps')}  patches: [{patch}]\n"
    found = _of_release(tmp_path, applied)
    assert len(found) == told
    for line in found:
        assert line.startswith(
            "P77 HelmRelease kube-system/multus was rendered without the patches of"
        )


@pytest.mark.parametrize("path", ["./other", "./apps"])
def test_what_flux_does_to_other_folders_or_fields_reaches_no_release(
    tmp_path: Path, path: str
) -> None:
    """What helm makes is not what the Kustomization applies: it keeps its image and its namespace."""
    images = "  images: [{name: ghcr.io/k8snetworkplumbingwg/multus-cni, newTag: v4.0.2}]\n"
    applied = f"{APPLIED.replace('PATH', path)}{images}  targetNamespace: flux-system\n"
    assert _of_release(tmp_path, applied) == []


def test_variables_in_the_values_of_a_release_are_told(tmp_path: Path) -> None:
    """The chart may have another object for what they will be."""
    (line,) = _of_release(tmp_path, APPLIED.replace("PATH", "./apps"), "'${MODE:=thin}'")
    assert line.startswith("P77 HelmRelease kube-system/multus was rendered with ${MODE:=thin} as")
