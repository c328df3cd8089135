"""The catalogue is whole: each pitfall and trap can be asked for, and docs/rules.md says it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrator.catalogue import pitfalls, traps
from migrator.catalogue.pages import all_rules, markdown, page_of, pages
from migrator.checks import RULES
from migrator.cli.explain import explain
from migrator.cli.rules import rules
from migrator.plan.planner import KNOWN_IDS
from migrator.steps import STEPS

STEP_IDS = {rule.id for rule, _ in STEPS}
CHECK_IDS = {rule.id for rule in RULES}
PITFALLS = [f"P{number:02}" for number in range(1, 61)]
TRAPS = [f"K{number}" for number in range(1, 19)]


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_a_pitfall_has_a_check_or_a_change_that_leaves_nothing_to_check(pitfall: str) -> None:
    handling = pitfalls.HANDLING[pitfall]
    assert handling.how.endswith(".")
    assert set(handling.steps) <= STEP_IDS
    if pitfall not in CHECK_IDS:
        reasons = {rule.id: rule.why for rule in pitfalls.WITHOUT_CHECK}
        assert handling.steps and reasons[pitfall]


def test_nothing_is_handled_that_is_no_pitfall() -> None:
    assert list(pitfalls.HANDLING) == PITFALLS
    assert {rule.id for rule in pitfalls.WITHOUT_CHECK}.isdisjoint(CHECK_IDS)


def test_each_trap_says_what_the_overlay_does_about_it() -> None:
    assert [rule.id for rule in traps.RULES] == TRAPS
    assert all(traps.HANDLING[trap].how.endswith(".") for trap in TRAPS)


@pytest.mark.parametrize("id_", [*PITFALLS, *TRAPS, *sorted(STEP_IDS), *sorted(CHECK_IDS)])
def test_every_id_can_be_explained(id_: str) -> None:
    done = CliRunner().invoke(explain, [id_])
    page = page_of(id_)
    assert page is not None
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{id_} ({page.label}): {page.rule.title}\n")
    assert f"Reference: {page.rule.reference}" in done.output


def test_an_explanation_shows_an_example_and_what_is_made_of_it() -> None:
    text = CliRunner().invoke(explain, ["p06"]).output
    assert "mountPath: /host/opt/cni/bin" in text
    assert "cured: /opt/cni/bin of the host is not mounted at the same path" in text
    assert "failed to find plugin" in text
    assert "Left alone:" in text


def test_a_steps_explanation_shows_before_and_after() -> None:
    text = CliRunner().invoke(explain, ["S03"]).output
    assert 'before: ["/thin_entrypoint"]' in text
    assert 'after:  ["/usr/src/multus-cni/bin/multus-daemon"]' in text


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("P66", "P60"), ("S99", "S09"), ("K0", "K10"), ("QQ", "multus-migrator rules")],
)
def test_a_wrong_id_is_an_error_with_a_suggestion(wrong: str, meant: str) -> None:
    done = CliRunner().invoke(explain, [wrong])
    assert done.exit_code == 2, "click's usage error, which the group makes 64"
    assert meant in done.output


def test_rules_is_one_line_for_each_step_and_check() -> None:
    lines = CliRunner().invoke(rules).output.splitlines()
    assert len(lines) == len(all_rules())
    assert lines[0].split()[:2] == ["S01", "step"]
    assert any(re.match(r"P06 +blocker +\S", line) for line in lines)


def test_ids_are_unique_and_well_formed() -> None:
    ids = Counter(page.rule.id for page in pages())
    assert [id_ for id_, count in ids.items() if count > 1] == []
    assert all(re.fullmatch(r"[SMNP]\d\d|K\d{1,2}", id_) for id_ in ids)


def test_what_can_be_suppressed_is_what_checks_yield() -> None:
    assert CHECK_IDS <= KNOWN_IDS
    assert not KNOWN_IDS & STEP_IDS


def test_every_rule_says_what_and_why_and_from_where() -> None:
    for page in pages():
        rule = page.rule
        assert rule.title and rule.why and rule.reference, rule.id
        assert not rule.title.endswith(".") and not rule.why.endswith("."), rule.id


def test_the_documentation_is_what_the_rules_say(checkout: Path) -> None:
    written = (checkout / "docs/rules.md").read_text(encoding="utf-8")
    assert written == markdown(), "run: python -m migrator.catalogue > docs/rules.md"


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    text = markdown()
    anchors = set(re.findall(r'<a id="([a-z0-9]+)"></a>', text))
    assert set(re.findall(r"\]\(#([a-z0-9]+)\)", text)) <= anchors
    assert {page.rule.id.lower() for page in pages()} == anchors
