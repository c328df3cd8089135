"""The messages of commits: a subject, why, and nothing that a host or a tool acts upon."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from migrator.gitops.commits import Part, Step
from migrator.model.plan import Plan
from migrator.report.commit_messages import messages, title
from migrator.report.safe import message as escaped
from migrator.report.summary import summarise
from tests.report import hostile, plans
from tests.report.poison import poisoned

PROOF = "Proved: the edited files were read again, and they are the plan."


def said(plan: Plan, *steps: Step) -> list[str]:
    objects = frozenset(planned.ref for planned in plan.changed)
    parts = [Part(step=step, objects=objects, files={}) for step in steps]
    return messages(plan, parts, PROOF)


def test_a_subject_a_reason_for_each_change_and_the_proof() -> None:
    (text,) = said(plans.ready(), Step.WHOLE)
    subject, blank, *body = text.splitlines()
    assert subject == "Move Multus from v4.0.2 thin to v4.2.4 thick"
    assert blank == ""
    assert any(re.match(r"- S\d\d ", line) for line in body)
    assert body[-1].startswith("Proved: ") or PROOF.split()[-1] in body[-1]
    assert max(map(len, text.splitlines())) <= 72


@pytest.mark.parametrize(
    ("sources", "subject"),
    [
        (("v3.9.3 thin",), "Move Multus from v3.9.3 thin to v4.2.4 thick"),
        (
            ("v3.9.3 thin", "v4.1.4 thin"),
            "Move Multus from v3.9.3 thin, v4.1.4 thin to v4.2.4 thick",
        ),
        (("v4.1.4 thick",), "Move Multus from v4.1.4 thick to v4.2.4 thick"),
        (("v4.2.4 thick",), "Put right what Multus v4.2.4 thick lacks"),
        ((), "Change the networks of Multus for v4.2.4 thick"),
    ],
    ids=["thin", "two releases", "an older thick", "the same thick", "networks alone"],
)
def test_the_subject_says_what_moves(
    sources: tuple[str, ...], subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = replace(summarise(plans.ready()), sources=sources)
    monkeypatch.setattr("migrator.report.commit_messages.summarise", lambda plan: summary)
    (text,) = said(plans.ready(), Step.WHOLE)
    assert text.splitlines()[0] == subject


def test_the_proof_is_of_the_last_commit() -> None:
    first, second = said(plans.ready(), Step.RIGHTS, Step.DAEMON)
    assert "Commit 1 of 2. Once the last is there: Proved:" in " ".join(first.split())
    assert "Commit 2 of 2. Proved:" in " ".join(second.split())


def test_a_reason_is_told_once_with_the_objects_that_it_is_of() -> None:
    (text,) = said(plans.ready(), Step.WHOLE)
    reasons = re.findall(
        r"^- (S\d\d .*?) \(", " ".join(text.splitlines()).replace(" - ", "\n- "), re.M
    )
    assert len(reasons) == len(set(reasons))


def test_of_stage_two_there_is_no_reason_of_stage_one() -> None:
    (text,) = said(plans.ready(), Step.STAGE_TWO)
    assert text.startswith("Give Multus its update strategy back (stage 2 of 2)\n")
    assert "\n- " not in text


def test_a_title_says_what_the_branch_is_of() -> None:
    assert title("Move Multus\n\nwhy\n", "multus-migrator/clusters-a") == "clusters-a: Move Multus"


ACTED_UPON = re.compile(
    r"(?:^|[^A-Za-z0-9])@\w|#\w|\bGH-\d|\[(?:skip|ci|no ci)\b|\*\*\*NO_CI|://", re.IGNORECASE
)
OWN_LINE = re.compile(r"^(?:[/#>]|[A-Za-z0-9]+-[A-Za-z0-9-]*: )")


@pytest.mark.parametrize("text", [
    *hostile.TEXTS.values(),
    "[skip ci] [ci skip] [skip actions] ***NO_CI***",
    "x\nSigned-off-by: Eve <eve@example.com>\n\nMultus-Migrator-Plan: " + "0" * 64,
    "/approve\n/merge", "# comment", "Fixes: #1, closes #2, GH-3, !4, &5, https://x.example/i/6",
    "a" * 500, "Co-authored-by: x",
])  # fmt: skip
def test_nothing_of_a_manifest_is_acted_upon(text: str) -> None:
    (message,) = said(poisoned(text), Step.WHOLE)
    assert "\x1b" not in message
    for line in message.splitlines():
        assert not ACTED_UPON.search(line), line
        assert not OWN_LINE.match(line), line


@pytest.mark.parametrize(
    "text",
    [
        "the daemon's informers list and watch pods (P34)",
        "image ghcr.io/x/multus-cni@sha256:abc",
        "containers[name=kube-multus].args",
        "100% of nodes, a & b, ~/x, what?!",
        "a - b * c",
    ],
)
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert escaped(text) == text
