"""The text of a pull request: what it says, in which order, and that it fits and is led by nobody."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.plan.planner import make_plan
from migrator.report.markdown import PULL_REQUEST
from migrator.report.pull_request import render
from migrator.report.safe import visible
from migrator.report.writer import Context, Request
from tests import builders
from tests.plan.test_hardening import plan_of
from tests.report import hostile, plans
from tests.report.poison import poisoned
from tests.report.test_injection import ALIVE, tokens
from tests.report.test_markdown import large
from tests.report.test_runbook import ROLE, thin_v4

OVERLAY = "multus-migrator plan deploy -o ../multus-thick"
REQUEST = Request(branch="multus-migrator/deploy", base="main", overlay=OVERLAY)
PROOF = "Proved: the edited files were read again."


def body(plan: Any = None, **fields: Any) -> str:
    request = Request(branch=REQUEST.branch, base="main", overlay=OVERLAY, **fields)
    notes = ("multus-thick/ is a component.",)
    return render(plan or plans.ready(), Context(verification=PROOF, request=request, notes=notes))


def in_order(text: str, *parts: str) -> None:
    places = [text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


def test_verdict_changes_networks_proof_merge_way_back_and_runbook_come_in_this_order() -> None:
    text = body()
    in_order(
        text,
        "# READY",
        PROOF,
        "## What changes",
        "## Manual steps",
        "## Changes",
        "## Networks of workloads",
        "- multus-thick/ is a component.",
        "## When it is merged",
        "## The way back",
        "The way back is **two commits**",
        "A `git revert` is the second of them alone.",
        "<details><summary>The runbook",
        f"Its commands are typed in the folder that `{OVERLAY}` writes.",
        "\n## Node by node\n",
        f"</details>\n\nAll that is left out here for length is in `plan.json`, which `{OVERLAY}` writes.",
        "\n\n<!-- multus-migrator: multus-migrator/deploy -->\n",
    )
    assert text.index("two commits") < text.index("revert")
    assert "Roll out as the runbook below says." in text
    assert "`--stage 1` makes two pull requests of it" in text


def test_stage_one_says_what_it_does_and_when_the_other_is_merged() -> None:
    text = body(stage=1, other="multus-migrator/deploy-stage-2")
    in_order(
        text,
        "**This is stage one of two.**",
        "Stage two is the branch `multus-migrator/deploy-stage-2`, on top of this one. "
        "Merge it when every node was moved; `bash rollout.sh status` says so.",
        "two commits",
    )


def test_stage_two_on_top_of_stage_one_says_what_that_leaves() -> None:
    plan = make_plan(
        builders.inventory(builders.daemonset("--multus-conf-file=auto"), builders.ROLE),
        builders.target(stage=2),
        allowed=("P34",),
    )
    text = body(plan, stage=2, other="multus-migrator/deploy")
    assert text.startswith("# Stage two of the migration of Multus to v")
    in_order(
        text,
        '`DaemonSet kube-system/kube-multus-ds` gets its update strategy back: `{"type": "RollingUpdate"}`',
        PROOF,
        "**This is stage two of two. Merge it when every node was moved**, and not before;",
        "Stage one is the branch `multus-migrator/deploy`",
        "two commits",
        "The runbook is in the pull request of stage one.",
    )
    assert "## Changes" not in text


def test_stage_two_by_itself_is_a_report_like_any_other() -> None:
    text = body(stage=2)
    in_order(
        text, "# READY", "## Changes", "**This is stage two of two.", "<details><summary>The ru"
    )


def test_of_a_chart_without_stages_it_promises_none() -> None:
    """What an Application renders cannot be patched (M30), and --stage is refused for it."""
    text = body(plan_of((thin_v4(), ROLE)))
    merged = text[text.index("## When it is merged") : text.rindex("<details>")]
    in_order(
        merged,
        "`Application ops/meta` renders the DaemonSet",
        "verify --pods",
        "## The way back",
        "revert",
    )
    assert "stage" not in merged
    assert "two commits" not in merged
    patched = body(plan_of((thin_v4(), ROLE), kind="HelmRelease"))
    assert "`--stage 1` makes two pull requests of it" in patched


def test_a_branch_with_the_way_back_is_named_before_revert() -> None:
    in_order(body(back="multus-migrator/deploy-back"), "`multus-migrator/deploy-back`", "revert")


@pytest.mark.parametrize("count", [300, 1_500])
def test_it_fits_what_a_host_takes(count: int) -> None:
    text = body(large(count))
    assert len(text) <= PULL_REQUEST
    in_order(text, "# READY", "## The way back", "<!-- multus-migrator:")


def test_where_the_runbook_does_not_fit_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("migrator.report.runbook.render", lambda plan, context: "a box\n" * 9_500)
    text = body()
    assert "a box" not in text
    in_order(text, "It is too long for this place:", f"`{OVERLAY}` writes it, as `runbook.md`")
    assert len(text) <= PULL_REQUEST


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["HTML comment", "references", "mention", "fence", "table", "end of the fold"]
)
def test_nothing_of_a_manifest_is_markup(name: str) -> None:
    shown = body(poisoned(hostile.TEXTS[name]))
    found = tokens(shown)
    assert [t.content for t in found if t.type == "text" and ALIVE.search(t.content)] == []
    comments = [t.content for t in found if t.type == "html_block" and "<!--" in t.content]
    assert comments == ["<!-- multus-migrator: multus-migrator/deploy -->\n"]
    assert all(visible(line) == line for line in shown.split("\n"))


def test_squashed_into_a_commit_nothing_of_a_manifest_is_acted_upon() -> None:
    """There, what is code in Markdown is not."""
    shown = body(poisoned("[skip ci] [ci skip] [no ci] ***NO_CI*** fixes #1 @octocat x@sha256:ab"))
    for sign in ("[skip ci]", "[ci skip]", "[no ci]", "***NO_CI***", "#1", "@octocat"):
        assert sign not in shown
    assert "x@sha256:ab" in shown
