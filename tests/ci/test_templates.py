"""The files that other people's CI takes: what they may do, and that nothing of a change is a program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator import __version__
from tests.ci.posting import post
from tests.ci.templates import ACTIONS, GITLAB, GUIDE, examples, gitlab_scripts, jobs, loaded, steps
from tests.cli.tools import ROOT
from tests.cluster.test_script import shellcheck
from tests.test_project import TEXTS, project_files

SCRIPTS = sorted((ROOT / ".ci").glob("*.sh"))
GITLAB_JOBS = ("multus-migrator-review", "multus-migrator-note")
SAME = "${{ !cancelled() && github.event.pull_request.head.repo.full_name == github.repository }}"


def test_no_file_names_the_trigger_that_runs_a_fork_with_secrets() -> None:
    word = "pull_request" + "_target"
    texts = [p for p in project_files() if p.suffix in TEXTS | {".sh"}]
    assert ROOT / "action.yml" in texts
    assert [str(p) for p in texts if word in p.read_text(encoding="utf-8")] == []


def _leaves(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield str(key)
            yield from _leaves(value)
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value)
    else:
        yield str(data)


def test_nothing_reads_a_secret() -> None:
    texts = [*(loaded(name) for name in ACTIONS), *examples()]
    assert not [leaf for text in texts for leaf in _leaves(text) if "secrets" in leaf.lower()]


def test_no_expression_is_part_of_a_script() -> None:
    scripts = [step["run"] for step in steps() if "run" in step]
    assert len(scripts) == 3
    assert not [script for script in scripts if "${{" in script]
    assert not [step for step in steps() if "script" in step.get("with", {})]
    assert "$[[" not in (ROOT / GITLAB).read_text(encoding="utf-8")


def test_actions_of_others_are_pinned_by_commit_and_say_their_version() -> None:
    pin = re.compile(r"uses: (?:actions|github)/[a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    own = re.compile(rf"uses: OWNER/multus-migrator(?:/\.ci/comment)?@v{re.escape(__version__)}")
    for name in (*ACTIONS, GUIDE):
        text = (ROOT / name).read_text(encoding="utf-8")
        used = re.findall(r"^[ -]*(uses: .*)$", text, re.MULTILINE)
        assert [line for line in used if not (pin.fullmatch(line) or own.fullmatch(line))] == []
    assert sum("uses" in step for step in steps()) > 8


def test_each_action_of_others_has_one_version() -> None:
    pinned = {step["uses"] for step in steps() if "uses" in step}
    assert len({each.partition("@")[0] for each in pinned}) == len(pinned)


def test_permissions_are_the_least() -> None:
    workflows = [each for each in examples() if isinstance(each, dict) and True in each]
    assert [each["permissions"] for each in workflows] == [{"contents": "read"}, {}]
    assert [each[True] if isinstance(each[True], str) else [*each[True]] for each in workflows] == [
        "pull_request",
        ["workflow_run"],
    ], "YAML takes `on` for true"
    given = {name.split()[0]: job.get("permissions") for name, job in jobs().items()}
    assert given == {
        "review": None,
        "comment": {"actions": "read", "pull-requests": "write"},
        "code-scanning": {"actions": "read", "contents": "read", "security-events": "write"},
    }


def test_a_job_that_may_write_runs_nothing_of_the_change() -> None:
    for job in jobs().values():
        used = [step["uses"].partition("@")[0] for step in job["steps"]]
        writes = {k for k, v in (job.get("permissions") or {}).items() if v == "write"}
        assert not [step for step in job["steps"] if "run" in step]
        assert ("OWNER/multus-migrator/.ci/comment" in used) == (writes == {"pull-requests"})
        assert ("github/codeql-action/upload-sarif" in used) == (writes == {"security-events"})
        assert ("OWNER/multus-migrator" in used) == (not writes)
        if writes == {"pull-requests"}:
            assert len(used) == 1


def test_jobs_of_the_review_that_may_write_are_not_for_forks() -> None:
    beside = [job for job in jobs().values() if job.get("needs") == "review"]
    assert [job["if"] for job in beside] == [SAME, SAME]


def test_no_checkout_keeps_a_token_and_the_review_has_both_parents() -> None:
    found = [step["with"] for step in steps() if "actions/checkout" in step.get("uses", "")]
    assert [each["persist-credentials"] for each in found] == [False, False]
    assert found[0]["fetch-depth"] == 2


def test_the_inputs_are_those_that_the_guide_says() -> None:
    inputs = loaded("action.yml")["inputs"]
    guide = (ROOT / GUIDE).read_text(encoding="utf-8")
    assert {name for name in inputs if f"| `{name}` |" in guide} == set(inputs)
    assert all(each["default"] == "" and each["description"] for each in inputs.values())
    used = {n for s in steps() if "OWNER/multus-migrator@" in s.get("uses", "") for n in s["with"]}
    assert used <= set(inputs)


def test_what_one_action_uploads_the_other_fetches() -> None:
    uploads = [step["with"] for step in steps() if "upload-artifact" in step.get("uses", "")]
    assert [each["name"] for each in uploads] == [post.ARTIFACT, "multus-migrator-sarif"]
    assert uploads[0]["path"].endswith(f"/{post.FILE}")
    (fetched,) = [step["with"] for step in steps() if "download-artifact" in step.get("uses", "")]
    assert fetched["name"] == uploads[1]["name"]
    (scanned,) = [step["with"] for step in steps() if "upload-sarif" in step.get("uses", "")]
    name = Path(uploads[1]["path"]).name
    assert scanned["sarif_file"] == f"{fetched['path']}/{name}"


def test_the_second_workflow_waits_for_the_first_by_its_name() -> None:
    first, second = [each for each in examples() if isinstance(each, dict) and True in each]
    assert second[True]["workflow_run"]["workflows"] == [first["name"]]


def test_gitlab_posts_for_branches_of_the_project_alone() -> None:
    template = loaded(GITLAB)
    review, note = (template[name] for name in GITLAB_JOBS)
    request = '$CI_PIPELINE_SOURCE == "merge_request_event"'
    assert [rule["if"] for rule in review["rules"]] == [request]
    (rule,) = note["rules"]
    assert rule["if"].split(" && ") == [
        request,
        "$MULTUS_REVIEW_TOKEN",
        "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID",
    ]
    assert rule["when"] == "always", "the note says why the review failed"
    assert "TOKEN" not in gitlab_scripts("multus-migrator-review")
    assert review["artifacts"]["when"] == "always"


def test_gitlab_and_the_guide_agree() -> None:
    (included,) = [e for e in examples() if isinstance(e, dict) and "include" in e]
    names = set(included["variables"]) | set(loaded(GITLAB)["variables"])
    used = set(re.findall(r"MULTUS_REVIEW_[A-Z_]+", (ROOT / GUIDE).read_text(encoding="utf-8")))
    assert used == names | {"MULTUS_REVIEW_TOKEN"}
    assert included["variables"]["MULTUS_REVIEW_REF"] == f"v{__version__}"
    assert f"/v{__version__}/{GITLAB}" in included["include"][0]["remote"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_linter_says_nothing_of_a_script(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert re.search(r"^set -eu.* pipefail$", text, re.MULTILINE)
    assert script.stat().st_mode & 0o111
    assert shellcheck(text) == ""


def test_the_linter_says_nothing_of_what_stands_in_yaml() -> None:
    inline = [step["run"] for step in steps() if "run" in step]
    assert shellcheck("\n".join([*inline, *map(gitlab_scripts, GITLAB_JOBS)])) == ""
