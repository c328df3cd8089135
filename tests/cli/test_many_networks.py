"""A whole run where more networks change than are patched: one estate, planned once, looked at from all sides."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.kustomize import replaced
from migrator.model.inputs import MISSING, ObjectRef
from migrator.read.streams import parse_documents
from migrator.trees.paths import diff_paths, put
from tests.builders import ROLE, daemonset
from tests.kustomize.plans import built, kustomize, write
from tests.plan.estates import RULES, nad

from .tools import Run, migrator

pytestmark = [pytest.mark.slow, pytest.mark.kustomize]

NUMBER = 3
NAMES = [f"net-{number}" for number in range(NUMBER)]
STRATEGY = ("spec", "updateStrategy")
FILES = {
    "in/multus.yaml": f"# ours\n{daemonset('--multus-conf-file=auto')}---\n{ROLE}{RULES}",
    "in/nads.yaml": "---\n# one of ours\n".join(
        [*map(nad, NAMES), nad("kept", config='{"type": "bridge"}')]
    ),
    **{
        f"nodes/{node}/etc/cni/multus/net.d/{name}.conf": json.dumps(
            {"cniVersion": "0.3.1", "name": name, "type": "macvlan"}
        )
        for node in ("n1", "n2")
        for name in NAMES
    },
}


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One network more than may be patched, whose config is in files of the nodes, and one that has its own."""
    folder = write(tmp_path_factory.mktemp("estate"), FILES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaced, "MOST_PATCHED", NUMBER - 1)
        yield folder


@pytest.fixture(scope="module")
def run(estate: Path) -> Run:
    return migrator("plan", "in", "--node-files", "nodes", "-o", "out", cwd=estate)


@pytest.fixture(scope="module")
def out(estate: Path, run: Run) -> Path:
    """OUT, which was proved before it was put in place."""
    assert run.code == 0, run.err
    return estate / "out"


def objects(text: str) -> dict[ObjectRef, Any]:
    documents, _ = parse_documents(text.encode(), "objects")
    return {document.ref: document.data for document in documents}


def different(left: dict[ObjectRef, Any], right: dict[ObjectRef, Any]) -> list[Any]:
    assert left.keys() == right.keys()
    return [ref for ref in left if diff_paths(left[ref], right[ref])]


def test_the_report_says_that_they_are_whole_and_why(out: Path) -> None:
    text = (out / "report.md").read_text()
    assert "3 networks are replaced whole instead of patched, since kustomize is slow" in text
    assert "more than 2 patched networks" in text
    assert "`rollback/networks`" in text


def test_verify_says_what_it_held(estate: Path, out: Path) -> None:
    shown = migrator("verify", "out", cwd=estate)
    assert shown.code == 0, shown.err
    assert (
        "3 objects of the base as planned, 3 networks of the rollback alone as planned" in shown.out
    )
    as_json = json.loads(migrator("verify", "out", "--format", "json", cwd=estate).out)
    assert as_json["objects"]["base"] == 6


def test_forward_and_back_gives_the_old_objects(estate: Path, out: Path) -> None:
    """Of the inputs, those that OUT is about."""
    given = objects("---\n".join(text for name, text in FILES.items() if name.startswith("in/")))
    back = built(out / "rollback")
    assert different(back, {ref: given[ref] for ref in back}) == []
    last = built(out / "rollback/stage-2")
    rolling = {ref: put(data, STRATEGY, MISSING) for ref, data in last.items()}
    assert different(rolling, {r: put(data, STRATEGY, MISSING) for r, data in back.items()}) == []


def test_each_stage_has_the_new_networks(out: Path) -> None:
    new = {ref: data for ref, data in built(out).items() if ref.name.startswith("net-")}
    assert len(new) == NUMBER
    for stage in ("stage-1", "stage-2", "rollback/stage-1"):
        staged = built(out / stage)
        assert different(new, {ref: staged[ref] for ref in new}) == []


def test_the_last_stage_is_the_whole_rollback(estate: Path, out: Path) -> None:
    shutil.copytree(out, estate / "edited")
    last = estate / "edited/rollback/stage-2/kustomization.yaml"
    last.write_text(last.read_text().replace("  - ../networks/001\n", ""))
    told = migrator("verify", "edited", cwd=estate)
    assert told.code == 1
    assert "rollback/stage-2: it is not built on what the whole is built on" in told.err


def test_planning_the_build_again_changes_nothing(estate: Path, out: Path) -> None:
    again = (
        "plan",
        "-",
        "--node-files",
        "nodes",
        "-o",
        "again",
        "--dry-run",
        "--detailed-exitcode",
    )
    done = migrator(*again, cwd=estate, stdin=kustomize(out).encode())
    assert done.out.startswith("NOTHING TO CHANGE"), done.out
    # and the old ones are planned as they were
    done = migrator(*again, cwd=estate, stdin=kustomize(out / "rollback").encode())
    assert "3 NetworkAttachmentDefinition" in done.out


def test_a_review_of_the_move_loses_no_network(estate: Path, out: Path) -> None:
    done = migrator("review", "out/rollback", "out", "--format", "json", cwd=estate)
    assert done.code == 0, done.out + done.err


def test_a_cluster_before_the_move_has_the_old_networks(estate: Path, out: Path) -> None:
    """Which the base lacks: one that drifted is told."""
    dump = list(yaml.safe_load_all(kustomize(out / "rollback")))
    told = against(estate, dump)
    assert "Against standard input: as before the rollout" in told
    assert "5 other objects are as planned" in told
    (first,) = [each for each in dump if each["metadata"]["name"] == "net-0"]
    first["spec"] = {"config": "{}"}
    told = against(estate, dump)
    assert "NetworkAttachmentDefinition default/net-0" in told[told.index("Against") :]
    assert "5 other objects are as planned" not in told


def against(estate: Path, dump: list[Any]) -> str:
    stdin = yaml.safe_dump_all(dump).encode()
    return migrator("verify", "out", "--against", "-", cwd=estate, stdin=stdin).out


def test_a_plan_of_a_stage_is_proved_too(estate: Path, out: Path) -> None:
    words = ("--node-files", "nodes", "--stage", "1", "-o", "staged", "-q")
    done = migrator("plan", "in", *words, cwd=estate)
    assert done.code == 0, done.err
    assert different(built(estate / "staged"), built(out / "stage-1")) == []
