"""--stage 1 and 2 of plan and edit: what is applied after each, and that the second restarts nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.trees.paths import diff_paths, format_path
from tests.cli.test_edit import commit
from tests.cli.test_edit_repositories import applied, copied, edit, files
from tests.cli.tools import migrator

pytestmark = [pytest.mark.kustomize, pytest.mark.helm]

KEPT = "multus-migrator/update-strategy"


def multus(objects: Any) -> Any:
    (found,) = (data for (_, kind, _, _), data in objects.items() if kind == "DaemonSet")
    return found


@pytest.mark.parametrize("layout", ["kustomize-root", "flux-thin-chart"])
def test_edit_writes_the_stages_one_after_the_other(layout: str, tmp_path: Path) -> None:
    """In place, and as post-renderers: three commits of one repository."""
    repo = copied(layout, tmp_path)
    before = multus(applied(tmp_path, layout))
    assert edit(repo, "--stage", "1").code == 0
    one = multus(applied(tmp_path, layout))
    commit(repo, {})
    held = files(repo)
    assert edit(repo).code == 0
    assert files(repo) == held, "planned again without a stage, it is nothing to change"
    assert edit(repo, "--stage", "2").code == 0
    two = multus(applied(tmp_path, layout))
    commit(repo, {})

    assert one["spec"]["updateStrategy"] == {"type": "OnDelete"}
    assert KEPT in one["metadata"]["annotations"]
    assert one["spec"]["template"] != before["spec"]["template"]
    places = {format_path(path).split(".type")[0] for path, _, _ in diff_paths(one, two)}
    assert places <= {
        "metadata.annotations",
        f'metadata.annotations["{KEPT}"]',
        "spec.updateStrategy",
        "spec.updateStrategy.rollingUpdate",
    }
    old = before["spec"].get("updateStrategy") or {}
    assert two["spec"]["updateStrategy"] == {"type": "RollingUpdate", **old}
    again = edit(repo, "--stage", "2")
    assert again.code == 0
    assert "NOTHING TO CHANGE" in again.out


def test_stage_one_is_applied_and_planned_again_it_is_nothing_to_change(tmp_path: Path) -> None:
    repo = copied("kustomize-root", tmp_path)
    edit(repo, "--stage", "1")
    run = migrator("plan", ".", "--node-files", "nodes", "--dry-run", cwd=repo)
    assert run.out.startswith("NOTHING TO CHANGE")
    assert "M29" in run.out
    assert migrator("check", ".", "--node-files", "nodes", cwd=repo).code == 0


def test_a_chart_without_a_value_for_the_strategy_is_a_finding(tmp_path: Path) -> None:
    """What an Application renders cannot be patched, and app-template has no such value (M30)."""
    repo = copied("argo-app-template", tmp_path)
    run = migrator("plan", ".", "--node-files", "nodes", "--stage", "1", "--dry-run", cwd=repo)
    assert run.code == 4
    assert "M30" in run.out
    held = files(repo)
    assert edit(repo, "--stage", "1").code == 4
    assert files(repo) == held
    whole = migrator("plan", ".", "--node-files", "nodes", "--dry-run", cwd=repo)
    assert (whole.code, "M30" in whole.out) == (0, False)


def test_another_stage_is_refused(tmp_path: Path) -> None:
    run = migrator("plan", ".", "--stage", "3", "--dry-run", cwd=tmp_path)
    assert (run.code, "--stage" in run.err) == (64, True)
