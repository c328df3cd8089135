"""The verdicts at the command line: their words, exit codes, and what is written. All of it is API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_contract import INSTALL
from tests.cli.tools import migrator, tree
from tests.plan.estates import nad

NAD = nad("lan", config='{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"}')
SHOP = "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\n"
ELSEWHERE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: multus}
spec: {url: "https://github.com/k8snetworkplumbingwg/multus-cni"}
"""


@pytest.mark.parametrize(
    ("text", "arguments", "code", "first", "verdict"),
    [
        pytest.param(INSTALL, (), 0, "READY", "ready", id="ready"),
        pytest.param(NAD, (), 0, "READY IF Multus v4.0.2 thin runs", "ready-if", id="ready if"),
        pytest.param(ELSEWHERE, (), 4, "NOT SEEN WHOLE: 1 problem.", "not-seen-whole", id="unseen"),
        pytest.param(
            ELSEWHERE, ("--allow", "M17"), 0, "READY IF what was not read", "ready-if", id="allowed"
        ),
        pytest.param(
            INSTALL.replace("k8snetworkplumbingwg", "bitnami"),
            (),
            4,
            "BLOCKED by 1 problem.",
            "blocked",
            id="blocked",
        ),
    ],
)
def test_every_command_says_it_first(
    tmp_path: Path, text: str, arguments: tuple[str, ...], code: int, first: str, verdict: str
) -> None:
    (tmp_path / "multus.yaml").write_text(text)
    for command in (("plan", "--no-verify"), ("check",), ("diff",)):
        run = migrator(*command, "multus.yaml", *arguments, cwd=tmp_path)
        assert run.code == code, run.err
        assert run.out.startswith(first)
    out = tmp_path / "multus-thick"
    assert json.loads((out / "plan.json").read_text())["verdict"] == verdict
    title = verdict.replace("-", " ").upper()
    assert (out / "report.md").read_text().startswith(f"# {title}: Multus ")
    assert (out / "runbook.md").read_text().startswith(f"# {title}: runbook ")
    assert (out / "component").exists() == (code == 0)


@pytest.mark.parametrize("command", ["plan", "check", "diff"])
def test_not_found_is_an_error_and_nothing_is_written(tmp_path: Path, command: str) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/shop.yaml").write_text(SHOP)
    before = tree(tmp_path)
    run = migrator(command, "web", cwd=tmp_path)
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("error: NOT FOUND: no Multus DaemonSet")
    assert "in web;" in run.err
    run = migrator(command, "web", "--if-present", cwd=tmp_path)
    assert (run.code, run.err) == (0, "")
    assert run.out == "NOT FOUND: no Multus, NetworkAttachmentDefinition or networks annotation.\n"
    assert tree(tmp_path) == before


def test_if_present_still_writes_the_reports_that_a_pipeline_waits_for(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    run = migrator(
        *("check", "shop.yaml", "--if-present", "--format", "sarif=out.sarif"), cwd=tmp_path
    )
    assert run.code == 0
    (sarif,) = json.loads((tmp_path / "out.sarif").read_text())["runs"]
    assert sarif["results"] == []
    assert sarif["properties"]["verdict"] == "not-found"


def test_if_present_is_no_excuse_for_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "multus.yaml").write_text(INSTALL.replace("k8snetworkplumbingwg", "bitnami"))
    assert migrator("check", "multus.yaml", "--if-present", cwd=tmp_path).code == 4


def test_values_that_name_multus_are_named_where_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("chart:\n  name: multus\n  version: 1.3.0\n")
    run = migrator("plan", ".", cwd=tmp_path)
    assert run.code == 1
    assert "at app.yaml:2: render it first" in run.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "empty: no document is in it", id="empty"),
        pytest.param("# nothing\n---\n", "empty: no document is in it", id="comments"),
        pytest.param("No resources found\n", "text 'No resources found'", id="kubectl"),
        pytest.param(
            'Error from server (NotFound): daemonsets.apps "x" not found\n',
            "text 'Error from server (NotFound)",
            id="kubectl, and a map for YAML",
        ),
    ],
)
def test_an_input_that_holds_nothing_is_an_error_beside_good_ones(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "multus.yaml").write_text(INSTALL)
    (tmp_path / "nads.yaml").write_text(text)
    run = migrator("check", "multus.yaml", "nads.yaml", "--if-present", cwd=tmp_path)
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("error: nads.yaml:1: ") and told in run.err


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("replicas: 2\n", id="values"),
        pytest.param('{"apiVersion": "v1", "kind": "List", "items": []}\n', id="an empty List"),
        pytest.param(SHOP, id="another object"),
    ],
)
def test_an_input_that_holds_something_else_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "multus.yaml").write_text(INSTALL)
    (tmp_path / "other.yaml").write_text(text)
    assert migrator("check", "multus.yaml", "other.yaml", cwd=tmp_path).code == 0
    assert migrator("check", "other.yaml", cwd=tmp_path).code == 1


def test_a_broken_file_that_cannot_matter_is_one_line_and_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "multus.yaml").write_text(INSTALL)
    for name in ("a", "b"):
        (folder / f"{name}.yaml").write_text(
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: {{ .x }}\n"
        )
    run = migrator("check", "all", cwd=tmp_path)
    assert run.code == 0
    assert (
        run.err == "left out, with nothing in them that a plan reads: all/a.yaml:3, all/b.yaml:3\n"
    )


def test_a_broken_file_that_may_matter_is_not_seen_whole(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "multus.yaml").write_text(INSTALL)
    (folder / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .cni }}\n")
    assert migrator("check", "all", cwd=tmp_path).code == 1
    run = migrator("check", "all", "--keep-going", cwd=tmp_path)
    assert run.code == 4
    assert run.out.startswith("NOT SEEN WHOLE")
    assert "M16" in run.out
    run = migrator("check", "all", "--keep-going", "--allow", "M16", cwd=tmp_path)
    assert run.code == 0
    assert run.out.startswith("READY IF what was not read does not matter")


def test_explain_says_what_became_of_a_withdrawn_id(tmp_path: Path) -> None:
    run = migrator("explain", "m07", cwd=tmp_path)
    assert run.code == 0
    assert run.out.startswith("M07 (withdrawn)\n") and "NOT FOUND" in run.out


def test_to_allow_or_suppress_a_withdrawn_id_warns(tmp_path: Path) -> None:
    (tmp_path / "multus.yaml").write_text(INSTALL)
    (tmp_path / "multus-migrator.toml").write_text(
        '[[suppress]]\nid = "M07"\nobject = "*"\nreason = "known"\n'
    )
    run = migrator("check", "multus.yaml", "--allow", "M07", cwd=tmp_path)
    assert run.code == 0
    assert run.err.startswith("--allow M07 does nothing: it was withdrawn.")
    assert "M11" in run.out and "M07 was withdrawn" in " ".join(run.out.split())
