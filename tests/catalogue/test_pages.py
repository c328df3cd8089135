"""The catalogue is whole: each rule can be asked for, and docs/rules.md says it."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from migrator import checks, steps
from migrator.catalogue import pitfalls
from migrator.catalogue.explained import rules_json
from migrator.catalogue.pages import Page, markdown, pages
from migrator.checks import RULES
from migrator.cli.explain import explain
from migrator.cli.rules import rules
from migrator.model.plan import Rule
from migrator.plan.planner import KNOWN_IDS
from migrator.steps import STEPS

pytestmark = pytest.mark.slow

STEP_IDS = {rule.id for rule, _ in STEPS}
CHECK_IDS = {rule.id for rule in RULES}
PAGES = pages()
IDS = {page.rule.id for page in PAGES}


def _constants(package: ModuleType) -> Iterator[Rule]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        values = vars(importlib.import_module(found.name)).values()
        yield from (value for value in values if isinstance(value, Rule))


@pytest.mark.parametrize("package", [checks, steps], ids=["checks", "steps"])
def test_no_rule_of_a_module_is_forgotten_in_its_tuple(package: ModuleType) -> None:
    assert {rule.id for rule in _constants(package)} <= {page.rule.id for page in PAGES}


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p.rule.id[0] in "PK"], ids=lambda p: p.rule.id
)
def test_a_pitfall_and_a_trap_say_what_the_tool_does_about_it(page: Page) -> None:
    assert page.rule.handling


def test_a_pitfall_without_a_check_is_cured_by_a_step() -> None:
    for rule in pitfalls.RULES:
        assert rule.id not in CHECK_IDS
        assert STEP_IDS & set(re.findall(r"S\d\d", rule.handling)), rule.id


def test_every_id_that_a_rule_speaks_of_is_known() -> None:
    spoken = {
        (page.rule.id, id_)
        for page in PAGES
        for id_ in re.findall(
            r"\b[SMNPK]\d\d?\b", f"{page.rule.title} {page.rule.why} {page.rule.handling}"
        )
    }
    assert [pair for pair in spoken if pair[1] not in IDS] == []


def test_what_is_printed_is_made_from_the_rules(checkout: Path) -> None:
    text = (checkout / "templates/rules.json").read_text(encoding="utf-8")
    assert text == rules_json(), "make docs"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["explain", "P18"], ["rules"]])
def test_what_is_looked_up_loads_nothing_that_plans(words: list[str]) -> None:
    code = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
        "from migrator.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "click" in loaded
    assert "migrator.read.reading" not in done.stderr.split()
    assert not loaded & {
        "ruamel",
        "yaml",
        "deepdiff",
        "jinja2",
        "jsonschema",
        "kubernetes_validate",
    }


@pytest.mark.parametrize("id_", sorted(IDS))
def test_every_id_can_be_explained(id_: str) -> None:
    done = CliRunner().invoke(explain, [id_])
    (page,) = (page for page in PAGES if page.rule.id == id_)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{id_} ({page.label}): {page.rule.title}\n")
    assert f"Reference: {page.rule.reference}" in done.output


def test_an_explanation_shows_an_example_and_what_is_made_of_it() -> None:
    text = CliRunner().invoke(explain, ["p06"]).output
    assert "mountPath: /host/opt/cni/bin" in text
    assert (
        "fixed by this migration: /opt/cni/bin of the host is not mounted at the same path" in text
    )
    assert "failed to find plugin" in text
    assert "Not reported for:" in text


def test_the_lines_that_an_outcome_names_are_lines_of_the_example() -> None:
    text = CliRunner().invoke(explain, ["P60"]).output
    named = [int(line) for line in re.findall(r"manifests\.yaml:(\d+)", text)]
    example = text[text.index("Example:") :].splitlines()[1:]
    assert [example[line - 1].strip() for line in named] == [
        "apiVersion: apiextensions.k8s.io/v1beta1",
        "apiVersion: extensions/v1beta1",
    ]


def test_a_steps_explanation_shows_before_and_after() -> None:
    text = CliRunner().invoke(explain, ["S03"]).output
    assert 'before: ["/thin_entrypoint"]' in text
    assert 'after:  ["/usr/src/multus-cni/bin/multus-daemon"]' in text


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("P011", "P01"), ("S99", "S09"), ("K0", "K10"), ("QQ", "multus-migrator rules")],
)
def test_a_wrong_id_is_an_error_with_a_suggestion(wrong: str, meant: str) -> None:
    done = CliRunner().invoke(explain, [wrong])
    assert done.exit_code == 2, "click's usage error, which the group makes 64"
    assert meant in done.output


def test_rules_is_one_line_for_each_step_and_check() -> None:
    lines = CliRunner().invoke(rules).output.splitlines()
    assert len(lines) == sum(page.kind in ("step", "check") for page in PAGES)
    assert lines[0].split()[:2] == ["S01", "step"]
    assert any(re.match(r"P06 +blocker +\S", line) for line in lines)


def test_ids_are_unique_and_well_formed() -> None:
    ids = Counter(page.rule.id for page in PAGES)
    assert [id_ for id_, count in ids.items() if count > 1] == []
    assert all(re.fullmatch(r"[SMNP]\d\d|K\d{1,2}", id_) for id_ in ids)


def test_what_can_be_suppressed_is_what_checks_yield() -> None:
    assert CHECK_IDS <= KNOWN_IDS
    assert not KNOWN_IDS & STEP_IDS


def test_every_rule_says_what_and_why_and_from_where() -> None:
    for page in PAGES:
        rule = page.rule
        assert rule.title and rule.why and rule.reference, rule.id
        assert not rule.title.endswith(".") and not rule.why.endswith("."), rule.id
        assert rule.handling.endswith(".") or not rule.handling, rule.id


def test_the_documentation_is_what_the_rules_say(checkout: Path) -> None:
    written = (checkout / "docs/rules.md").read_text(encoding="utf-8")
    assert written == markdown(), "run: make docs"


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    text = markdown()
    anchors = set(re.findall(r'<a id="([a-z0-9]+)"></a>', text))
    assert set(re.findall(r"\]\(#([a-z0-9]+)\)", text)) <= anchors
    assert {id_.lower() for id_ in IDS} == anchors
