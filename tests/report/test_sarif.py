"""SARIF 2.1.0: the published schema, GitHub's limits, and fingerprints that outlive moved lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from migrator.model.inputs import ObjectRef, Source
from migrator.model.plan import Finding, Plan
from migrator.report import safe, sarif
from migrator.report.safe import visible
from tests import builders
from tests.browser import modules
from tests.report import hostile, plans
from tests.report.poison import poisoned

TEXTS = pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
MULTUS = ObjectRef(group="apps", kind="DaemonSet", namespace="kube-system", name="kube-multus-ds")
URI = re.compile(r"(?:file:/)?[A-Za-z0-9._~/%-]+")


def run(plan: Plan) -> dict[str, Any]:
    log = json.loads(sarif.render(plan))
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    return dict(only)


def results(*findings: Finding, **fields: Any) -> list[dict[str, Any]]:
    return list(run(plans.plan(findings=findings, texts=plans.INSTALL, **fields))["results"])


def place(result: dict[str, Any]) -> dict[str, Any]:
    (location,) = result["locations"]
    return dict(location["physicalLocation"])


def schema_errors(plan: Plan) -> list[str]:
    """What the published schema says against the log of a plan."""
    validator = jsonschema.Draft7Validator(json.loads(modules.read(modules.SARIF)))
    return [error.message for error in validator.iter_errors(json.loads(sarif.render(plan)))]


@pytest.mark.parametrize(
    "make",
    [
        plans.ready,
        plans.blocked,
        plans.nothing,
        lambda: replace(plans.blocked(), allowed=frozenset({"P54"})),
        lambda: poisoned(hostile.TEXTS["HTML"]),
        lambda: poisoned(hostile.TEXTS["bell and null"], blocked=True),
    ],
    ids=["ready", "blocked", "nothing", "allowed", "HTML", "control characters"],
)
def test_the_published_schema_accepts_it(make: Callable[[], Plan]) -> None:
    assert schema_errors(make()) == []


def test_the_published_schema_accepts_what_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_MOST", 2)
    assert "invocations" in run(plans.blocked())
    assert schema_errors(plans.blocked()) == []


def test_the_schema_refuses_what_is_wrong() -> None:
    schema = json.loads(modules.read(modules.SARIF))
    log = json.loads(sarif.render(plans.ready()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert list(jsonschema.Draft7Validator(schema).iter_errors(log))


def test_each_result_names_its_rule() -> None:
    found = run(plans.blocked())
    rules = found["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["P54", "P04", "P12", "M05", "P24"]
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_levels_follow_severities_and_what_is_cured_is_left_out() -> None:
    levels = [(r["ruleId"], r["level"]) for r in run(plans.blocked())["results"]]
    assert levels == [
        ("P54", "error"),
        ("P04", "warning"),
        ("P12", "warning"),
        ("P12", "warning"),
        ("M05", "note"),
        ("P24", "warning"),
    ]


def test_a_message_says_what_was_seen_and_what_to_do() -> None:
    (result,) = results(plans.finding("P12", error="exit code 2"))
    assert result["message"]["text"] == (
        "seen of P12; if you skip this: exit code 2. Do: remedy of P12"
    )


@pytest.mark.parametrize(
    ("reference", "link"),
    [
        (
            "PR#1391, multus-cni#1238 and multus-cni#7",
            "https://github.com/k8snetworkplumbingwg/multus-cni/issues/1238",
        ),
        ("pkg/server/server.go", None),
        ("rke2#4146", None),
    ],
    ids=["an issue", "a file", "another project"],
)
def test_a_rule_links_to_the_issue_that_it_comes_from(reference: str, link: str | None) -> None:
    found = run(plans.plan(findings=(plans.finding(reference=reference),)))
    (rule,) = found["tool"]["driver"]["rules"]
    assert rule.get("helpUri") == link
    assert reference in rule["help"]["text"]


def test_the_help_of_a_rule_is_what_to_do_and_its_description_is_why() -> None:
    twice = plans.finding(remedy="set `hostPID` or drop it"), plans.finding(seen="again")
    (rule,) = run(plans.plan(findings=(*twice, *twice)))["tool"]["driver"]["rules"]
    assert rule["fullDescription"]["text"] == "Why of P90."
    assert rule["help"] == {
        "text": "Do: set `hostPID` or drop it\nDo: remedy of P90\nKnown from: a release",
        "markdown": "- **Do:** set `hostPID` or drop it\n- **Do:** remedy of P90\n\n"
        "Known from: a release",
    }


def test_the_help_of_a_rule_with_one_remedy_is_no_list() -> None:
    (rule,) = run(plans.plan(findings=(plans.finding(reference="multus-cni#7"),)))["tool"][
        "driver"
    ]["rules"]
    link = (
        "[multus-cni issue 7](https://redirect.github.com/k8snetworkplumbingwg/multus-cni/issues/7)"
    )
    assert rule["help"]["markdown"] == f"**Do:** remedy of P90\n\nKnown from: {link}"


def test_the_help_of_a_rule_is_short_however_many_remedies_it_has() -> None:
    many = tuple(plans.finding(seen=f"{n}", remedy=f"remedy {n}") for n in range(8))
    (rule,) = run(plans.plan(findings=many))["tool"]["driver"]["rules"]
    assert "remedy 4" in rule["help"]["markdown"] and "remedy 5" not in rule["help"]["markdown"]
    assert "3 more: each finding has its own" in rule["help"]["text"]
    assert "3 more: each finding has its own" in rule["help"]["markdown"]


@TEXTS
def test_a_hostile_remedy_is_harmless_in_the_help_of_its_rule(text: str) -> None:
    (rule,) = run(plans.plan(findings=(plans.finding(remedy=text),)))["tool"]["driver"]["rules"]
    told = rule["help"]["markdown"]
    assert told.startswith(f"**Do:** {safe.md(text)}\n")
    assert visible(told, keep="\n") == told


def test_a_suppressed_finding_says_why() -> None:
    (result,) = results(plans.finding(suppressed="nothing is evicted here"))
    assert result["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "nothing is evicted here"}
    ]


def test_an_allowed_blocker_is_suppressed_too_and_other_findings_are_not() -> None:
    blocker, warning = plans.finding("P54", "blocker"), plans.finding("P12")
    allowed, open_ = results(blocker, warning, allowed=frozenset({"P54", "P12"}))
    assert allowed["suppressions"][0]["justification"] == "allowed with --allow P54"
    assert "suppressions" not in open_


MOVED = {
    "the line": plans.finding(object=MULTUS, source=plans.source(99)),
    "the file": plans.finding(object=MULTUS, source=plans.source(7, "other.yaml")),
    "a line that is told": plans.finding(object=MULTUS, seen="seen of P90"),
    "the remedy": plans.finding(object=MULTUS, remedy="another one"),
}


def mark(result: dict[str, Any]) -> str:
    return str(result["partialFingerprints"]["multusMigratorFinding/v1"])


@pytest.mark.parametrize("moved", MOVED.values(), ids=MOVED)
def test_a_fingerprint_stays_when_something_moves(moved: Finding) -> None:
    (first,), (second,) = results(plans.finding(object=MULTUS)), results(moved)
    assert mark(first) == mark(second)


def test_a_fingerprint_does_not_know_the_lines_that_are_seen() -> None:
    (first,) = results(plans.finding(object=MULTUS, seen="Deployment app/web (nads.yaml:19) asks"))
    (second,) = results(plans.finding(object=MULTUS, seen="Deployment app/web (nads.yaml:23) asks"))
    assert mark(first) == mark(second)


OTHERS = {
    "rule": plans.finding("P91", object=MULTUS),
    "object": plans.finding(object=replace(MULTUS, name="other")),
    "what is seen": plans.finding(object=MULTUS, seen="something else"),
    "no object": plans.finding(),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_fingerprint_tells_findings_apart(other: Finding) -> None:
    first, second = results(plans.finding(object=MULTUS), other)
    assert mark(first) != mark(second)


def test_findings_that_say_the_same_are_still_two() -> None:
    twice = [plans.finding(object=MULTUS, source=plans.source(n)) for n in (1, 2)]
    assert len({mark(result) for result in results(*twice)}) == 2


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("multus.yaml", "multus.yaml"),
        ("./a/../b/multus.yaml", "b/multus.yaml"),
        ("../other/multus.yaml", "../other/multus.yaml"),
        ("a b/c:d#e?.yaml", "a%20b/c%3Ad%23e%3F.yaml"),
        ("größe.yaml", "gr%C3%B6%C3%9Fe.yaml"),
        ("\udcff.yaml", "%FF.yaml"),
        ("\ud800.yaml", "%5Cud800.yaml"),
    ],
    ids=["plain", "normal", "above", "quoted", "UTF-8", "no UTF-8", "no text"],
)
def test_files_are_relative_references(file: str, expected: str) -> None:
    (result,) = results(plans.finding(source=Source(file=file, line=3)))
    artifact = place(result)["artifactLocation"]
    assert artifact["uri"] == expected
    assert artifact["uriBaseId"] == "%SRCROOT%"


def test_a_finding_without_a_place_stands_at_its_object_or_at_multus() -> None:
    (binding,) = (d.ref for d in builders.documents(*plans.INSTALL) if d.ref.kind == "ClusterRole")
    at_object, at_multus = results(
        plans.finding(source=None, object=binding), plans.finding("P91", source=None)
    )
    assert place(at_object)["region"]["startLine"] > 1
    assert place(at_multus)["region"]["startLine"] == 1
    assert place(at_multus)["artifactLocation"]["uri"] == "multus.yaml"


def test_a_finding_about_nothing_that_was_read_still_has_a_place() -> None:
    found = run(plans.plan(findings=(plans.finding(source=None),)))
    assert place(found["results"][0])["artifactLocation"]["uri"] == "-"


def test_github_takes_no_more_results_so_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert sarif._MOST == 25_000
    monkeypatch.setattr(sarif, "_MOST", 250)
    found = run(plans.plan(findings=tuple(plans.finding(seen=str(n)) for n in range(253))))
    assert len(found["results"]) == 250
    (notification,) = found["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("3 more like it")
    fits = run(plans.plan(findings=tuple(plans.finding(seen=str(n)) for n in range(250))))
    assert len(fits["results"]) == 250
    assert "invocations" not in fits


@TEXTS
def test_a_hostile_text_stays_a_text(text: str) -> None:
    shown = sarif.render(poisoned(text, blocked=True))
    found = json.loads(shown)["runs"][0]
    assert len(found["results"]) == 5
    for result in found["results"]:
        message = result["message"]["text"]
        assert visible(message) == message
        assert "](" not in message
        assert URI.fullmatch(place(result)["artifactLocation"]["uri"])
    for line in shown.split("\n"):
        assert visible(line) == line


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert sarif.render(plans.ready()) == sarif.render(plans.ready())
