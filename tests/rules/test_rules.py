"""Each rule on its own cases: it speaks up for those that trigger it, and leaves the others.

The cases are the YAML files beside this one (their format: migrator/catalogue/cases.py), and the
examples of ``explain`` as well. Each is planned once.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from migrator.catalogue.cases import Case, cases_of, read_cases
from migrator.catalogue.examples import changes_of, findings_of, outcome
from migrator.catalogue.pages import pages
from migrator.model.errors import MigratorError
from migrator.model.plan import Finding
from migrator.steps import STEPS
from tests.rules.shared import parameters, planned

FOLDER = Path(__file__).parent
STEP_IDS = {rule.id for rule, _ in STEPS}
SEVERITY = {page.rule.id: page.rule.severity for page in pages() if page.kind in ("step", "check")}
ELSEWHERE = {
    "M30": "a chart of an Application: tests/cli/test_stages.py",
    "M16": "a file that cannot be read: tests/checks/test_unseen.py",
    "M20": "a folder with a root below it: tests/checks/test_unseen.py",
    "P91": "a chart's own files: tests/checks/test_unseen.py",
    "M22": "a file of another language: tests/checks/test_unseen.py",
    "M31": "a snapshot of collect: tests/checks/test_collected.py",
    "M15": "a change of a suppression: tests/live/test_review.py",
    "M10": "a date in multus-migrator.toml: tests/checks/test_suppression.py",
}
FILES = sorted(FOLDER.glob("*.yaml"))
OF_RULE = {path.stem: cases_of(path.stem) for path in FILES}
CASES = [case for cases in OF_RULE.values() for case in cases]


@pytest.mark.parametrize("case", parameters(CASES))
def test_a_rule_speaks_up_for_its_triggers_only(case: Case) -> None:
    plan = planned(case)
    if case.rule in STEP_IDS:
        assert bool(changes_of(plan, case.rule)) == case.triggers
    elif case.triggers:
        found = findings_of(plan, case.rule)
        told = {"cured" if finding.cured else finding.severity for finding in found}
        assert (case.expect or SEVERITY[case.rule]) in told
        for finding in found:
            _says_what_was_seen_and_what_to_do(finding)
    else:
        assert findings_of(plan, case.rule) == []
    assert bool(outcome(plan, case.rule)) == case.triggers


def _says_what_was_seen_and_what_to_do(finding: Finding) -> None:
    assert finding.seen and finding.why and finding.remedy and finding.reference
    assert finding.source is not None
    assert "\n" not in finding.seen


@pytest.mark.parametrize("rule", sorted(SEVERITY.keys() - ELSEWHERE.keys()))
def test_every_rule_has_a_trigger_and_two_look_alikes(rule: str) -> None:
    kinds = Counter(case.triggers for case in OF_RULE.get(rule, ()))
    assert kinds[True] >= 1
    assert kinds[False] >= 2


def test_no_file_is_without_a_rule() -> None:
    assert OF_RULE.keys() <= SEVERITY.keys()


@pytest.mark.parametrize("rule", OF_RULE)
def test_every_case_says_what_it_shows_and_no_two_the_same(rule: str) -> None:
    cases = OF_RULE[rule]
    assert all(case.name for case in cases)
    assert len({case.name for case in cases}) == len(cases)
    shown = Counter(
        json.dumps([c.parts, c.patches, c.manifests, c.options, c.nodes], sort_keys=True)
        for c in cases
    )
    assert max(shown.values()) == 1, "two cases with the same input"
    assert not any(case.expect for case in cases if not case.triggers)


def test_every_base_is_the_base_of_a_case() -> None:
    used = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    lines = [line for line in used.splitlines() if line.lstrip().startswith(("base:", "- "))]
    names = {word.strip("[],") for line in lines for word in line.split()}
    assert {path.stem for path in (FOLDER / "_base").iterdir()} <= names


THICK = """\
base: thick
triggers:
  - name: An image of somebody
"""


def _read(folder: Path, more: str) -> Case:
    path = folder / "P01.yaml"
    path.write_text(THICK + more, encoding="utf-8")
    (case,) = read_cases(path)
    return case


def test_a_difference_is_merged_into_the_base_as_a_patch_is(tmp_path: Path) -> None:
    case = _read(
        tmp_path,
        """\
    daemonset: {metadata: {namespace: null, labels: {app: "1.0"}}}
    pod: {volumes: [{name: cni, hostPath: {path: /etc/cni/net.d}}]}
    container: {image: "example.com/multus:1", command: null}
    manifests: |
      kind: Other
""",
    )
    assert case.text == (
        "apiVersion: apps/v1\n"
        "kind: DaemonSet\n"
        'metadata: {name: kube-multus-ds, labels: {app: "1.0"}}\n'
        "spec:\n"
        "  selector: {matchLabels: {name: multus}}\n"
        "  template:\n"
        "    metadata: {labels: {name: multus}}\n"
        "    spec:\n"
        "      containers:\n"
        "        - name: kube-multus\n"
        "          image: example.com/multus:1\n"
        "      volumes: [{name: cni, hostPath: {path: /etc/cni/net.d}}]\n"
        "---\n"
        "kind: Other\n"
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param("    manifest: x\n", "has manifest; known are", id="a key with a typo"),
        pytest.param("    options: {to: 4.3.0}\n", "has to; known are", id="no such option"),
        pytest.param("    base: []\n    pod: {x: 1}\n", "no DaemonSet", id="nothing to merge into"),
        pytest.param("    name: Twice\n", "twice", id="a key that stands twice"),
    ],
)
def test_what_nobody_would_read_is_an_error(tmp_path: Path, more: str, told: str) -> None:
    with pytest.raises(MigratorError, match=told):
        _read(tmp_path, more)
