"""Each rule on its own samples: it speaks up for those that trigger it, and leaves the others.

The samples are in cases/<id>/; they are the examples of ``explain`` and docs/rules.md as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.catalogue.examples import Sample, planned, samples_of
from migrator.catalogue.pages import all_rules, outcome, page_of
from migrator.model.plan import Change, Finding, Plan
from migrator.steps import STEPS

CASES = Path(__file__).parent / "cases"
STEP_IDS = {rule.id for rule, _ in STEPS}
ELSEWHERE = {
    "M10": "a date in multus-migrator.toml: tests/checks/test_suppression.py",
}
SAMPLES = [
    sample for rule in sorted(p.name for p in CASES.iterdir()) for sample in samples_of(rule)
]


def _id(sample: Sample) -> str:
    return f"{sample.rule} {sample.path.stem}: {sample.caption}"


def _changes(plan: Plan, rule: str) -> list[Change]:
    return [c for planned_object in plan.objects for c in planned_object.changes if c.rule == rule]


def _findings(plan: Plan, rule: str) -> list[Finding]:
    return [finding for finding in plan.findings if finding.id == rule]


@pytest.mark.parametrize("sample", SAMPLES, ids=_id)
def test_a_rule_speaks_up_for_its_triggers_only(sample: Sample) -> None:
    plan = planned(sample)
    if sample.rule in STEP_IDS:
        assert bool(_changes(plan, sample.rule)) == sample.triggers
        return
    found = _findings(plan, sample.rule)
    if not sample.triggers:
        assert found == []
        return
    page = page_of(sample.rule)
    assert page is not None
    told = {"cured" if finding.cured else finding.severity for finding in found}
    assert (sample.expect or page.rule.severity) in told


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.triggers], ids=_id)
def test_what_is_told_says_what_was_seen_and_what_to_do(sample: Sample) -> None:
    for finding in _findings(planned(sample), sample.rule):
        assert finding.seen and finding.why and finding.remedy and finding.reference
        assert finding.source is not None or finding.id == "M07"
        assert "\n" not in finding.seen


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.triggers], ids=_id)
def test_an_example_shows_something_and_no_path_of_this_machine(sample: Sample) -> None:
    text = "\n".join(outcome(sample))
    assert text
    assert str(CASES) not in text


@pytest.mark.parametrize("rule", [r.id for r in all_rules() if r.id not in ELSEWHERE])
def test_every_rule_has_a_trigger_and_two_look_alikes(rule: str) -> None:
    samples = samples_of(rule)
    assert [s for s in samples if s.triggers]
    assert len([s for s in samples if not s.triggers]) >= 2


def test_no_folder_is_without_a_rule() -> None:
    known = {rule.id for rule in all_rules()}
    assert {path.name for path in CASES.iterdir()} <= known


@pytest.mark.parametrize("sample", SAMPLES, ids=_id)
def test_every_sample_says_what_it_shows(sample: Sample) -> None:
    assert sample.caption
    assert sample.path.name.startswith(("triggers", "leaves_alone_"))
