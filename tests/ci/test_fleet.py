"""What docs/fleet.md tells people to run on several machines, as it is written there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.cli.fleets import made, outcomes
from tests.cli.tools import ROOT, migrator, tree
from tests.cluster.api import Api
from tests.cluster.commands import Commands
from tests.cluster.nodes import Nodes
from tests.cluster.server import serving
from tests.cluster.test_script import shellcheck

GUIDE = (ROOT / "docs/fleet.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.S)]
WORKFLOW = next(each for each in EXAMPLES if "jobs" in each)
JOB = next(each for each in EXAMPLES if each.get("kind") == "Job")
(MERGE,) = re.findall(r"^multus-migrator fleet merge /results.*$", GUIDE, re.M)
KINDS = {"a": "thin", "b": "blocked", "c": "gone", "d": "thin"}

pytestmark = [pytest.mark.slow, pytest.mark.kustomize]


def shell(script: str, place: Path, **variables: str) -> int:
    """What a script ends with, whose program is the one of this checkout, run in this process."""
    api = Api()
    no_cluster = Commands(api, Nodes(api, place / "nodes", ()), place, str)

    def ours(words: tuple[str, ...], stdin: str) -> tuple[int, str, str]:
        done = migrator(*words, cwd=place, stdin=stdin.encode())
        return done.code, done.out, done.err

    with serving(no_cluster, place / "bin") as (session, environment):
        session.ours = ours
        done = subprocess.run(
            ["sh", "-e", "-c", script],
            cwd=place,
            env={**environment, **variables},
            capture_output=True,
            text=True,
        )
    shutil.rmtree(place / "bin")
    assert done.stderr == ""
    assert (session.errors, session.calls) == ([], [])
    return done.returncode


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    place = tmp_path_factory.mktemp("whole")
    made(place, KINDS)
    assert migrator("fleet", "fleet.yaml", "-o", "out", cwd=place).code == 4
    return tree(place / "out")


def scripts(job: str) -> list[dict[str, Any]]:
    return [step for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]


def test_the_workflow_makes_what_one_run_would(tmp_path: Path, whole: dict[str, str]) -> None:
    """The artifacts of its two jobs are folders that stay where they are."""
    made(tmp_path, KINDS)
    plan = WORKFLOW["jobs"]["plan"]
    install, run = scripts("plan")
    assert install["run"].startswith("pip install --constraint .multus-migrator/")
    for shard in plan["strategy"]["matrix"]["shard"]:
        (name,) = run["env"]
        assert shell(run["run"], tmp_path, **{name: str(shard)}) == 0
        assert (
            tmp_path / plan["steps"][-1]["with"]["path"].replace("${{ matrix.shard }}", str(shard))
        ).is_dir()
    _, merge, summary = scripts("merge")
    assert shell(merge["run"], tmp_path) == 4
    assert tree(tmp_path / "fleet") == whole
    assert shell(summary["run"], tmp_path, GITHUB_STEP_SUMMARY="summary") == 0
    assert (tmp_path / "summary").read_bytes() == (tmp_path / "fleet/fleet.md").read_bytes()


def test_the_workflow_may_read_and_no_more() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    steps = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
    assert not [step for step in steps if "${{" in step.get("run", "")]
    for step in steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
    uses = re.findall(r"uses: (.*)", GUIDE)
    assert all(
        re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in uses
    )


def test_the_job_is_one_that_kubernetes_takes() -> None:
    kubernetes_validate.validate(JOB, "1.31", strict=True)
    container = JOB["spec"]["template"]["spec"]["containers"][0]
    assert container["args"][0].count("/2") == 1
    assert (JOB["spec"]["completions"], JOB["spec"]["completionMode"]) == (2, "Indexed")


def test_the_job_makes_what_one_run_would(tmp_path: Path, whole: dict[str, str]) -> None:
    """One pod after the other, each with its index, in the folders that the volumes are there."""
    made(tmp_path / "fleet", KINDS)
    container = JOB["spec"]["template"]["spec"]["containers"][0]
    places = {
        mount["mountPath"]: str(tmp_path / mount["name"]) for mount in container["volumeMounts"]
    }

    def here(script: str) -> str:
        return re.sub(r"(?<![\w.])/(fleet|results)(?=/)", lambda found: places[found[0]], script)

    for index in range(JOB["spec"]["completions"]):
        assert shell(here(container["args"][0]), tmp_path, JOB_COMPLETION_INDEX=str(index)) == 0
    assert shell(here(MERGE), tmp_path) == 4
    assert tree(tmp_path / "results/fleet") == whole


def test_the_scripts_are_clean() -> None:
    container = JOB["spec"]["template"]["spec"]["containers"][0]
    texts = [
        container["args"][0],
        MERGE,
        *(s["run"] for job in WORKFLOW["jobs"] for s in scripts(job)),
    ]
    for text in texts:
        assert shellcheck(f"{text}\n", "--shell=sh") == ""


def test_the_sample_says_what_the_page_says(tmp_path: Path) -> None:
    (command,) = re.findall(r"^multus-migrator (fleet samples.*)$", GUIDE, re.M)
    words = command.split()
    words[1] = str(ROOT / words[1])
    run = migrator(*words, cwd=tmp_path)
    shown = re.findall(r"```\n(BLOCKED: .*?)```", GUIDE, re.S)
    assert [run.out] == shown
    assert (run.code, run.err) == (4, "")
    assert outcomes(tmp_path, "fleet")["office"] == "not-found"
