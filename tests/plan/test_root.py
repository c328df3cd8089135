"""Which path Argo CD or Flux has to point to, for a kustomize root."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import ROLE, daemonset
from tests.cli.tools import migrator
from tests.plan.estates import RULES

INSTALL = f"{daemonset('--multus-conf-file=auto')}---\n{ROLE}{RULES}"


def _decision(root: Path, kustomization: str) -> dict[str, str]:
    root.mkdir()
    (root / "multus.yaml").write_text(INSTALL)
    (root / "kustomization.yaml").write_text(f"resources: [multus.yaml]\n{kustomization}")
    run = migrator("plan", "root", "-o", "out", cwd=root.parent)
    assert run.code == 0, run.err
    plan = json.loads((root.parent / "out/plan.json").read_text())
    (decision,) = [d for d in plan["decisions"] if "Argo CD" in d["subject"]]
    found: dict[str, str] = decision
    return found


@pytest.mark.kustomize
def test_a_root_with_images_has_to_be_wrapped(tmp_path: Path) -> None:
    images = "images:\n- {name: ghcr.io/k8snetworkplumbingwg/multus-cni, newTag: v4.0.1}\n"
    decision = _decision(tmp_path / "root", images)
    assert "images (kustomization.yaml:2)" in decision["reason"]
    assert "root itself" not in decision["choice"]


@pytest.mark.kustomize
def test_a_root_without_transformers_may_list_the_component(tmp_path: Path) -> None:
    decision = _decision(tmp_path / "root", "commonAnnotations: {team: network}\n")
    assert "added to its components" in decision["choice"]
