"""M17, M19: what Flux calls a folder begins at the root of the repository, wherever one stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.inventory.build import build_inventory
from migrator.plan.planner import make_plan
from tests.builders import ROLE, daemonset, target
from tests.plan.estates import RULES
from tests.read.support import nad, read, write

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
