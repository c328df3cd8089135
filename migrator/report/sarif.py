"""The findings as SARIF 2.1.0, for code scanning.

What the move cures is left out: a tool that shows every result would show it as a problem.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from migrator import __version__
from migrator.model.inputs import ObjectRef, Source
from migrator.model.plan import Finding, Plan
from migrator.report import environment
from migrator.report.places import place, sources, uri
from migrator.report.writer import ALONE, Context
from migrator.trees.unseen import json_text
from migrator.trees.wording import sentence

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Final = {"blocker": "error", "warning": "warning", "info": "note"}
_MOST: Final = 25_000
"""GitHub refuses a run with more results."""
_ISSUE: Final = re.compile(r"\bmultus-cni#(\d+)")
_REMEDIES: Final = 5
"""As many as one reads. A rule has one for each object, as a rule the same; each result says its own."""


def render(plan: Plan, context: Context = ALONE) -> str:
    """One run with a result for each finding that is not cured, the worst first. A suppressed or
    allowed one says why."""
    shown = [finding for finding in plan.findings if not finding.cured]
    known = sources(plan)
    properties = {
        "verdict": plan.readiness.value,
        "assumptions": [assumption.value for assumption in plan.assumptions],
    }
    return log(shown, [place(f, known, plan) for f in shown], plan.allowed, properties)


def log(
    shown: Sequence[Finding],
    places: Sequence[Source],
    allowed: frozenset[str],
    properties: Mapping[str, Any],
) -> str:
    """One run with a result for each of the findings, which stand at ``places``."""
    page: Any = environment.terminal().get_template("machine.txt.j2").module
    rules = _rules(shown, page)
    positions = {rule["id"]: index for index, rule in enumerate(rules)}
    marks = _fingerprints(shown)
    results = [
        _result(f, positions[str(page.id(f))], mark, where, allowed, page)
        for f, mark, where in list(zip(shown, marks, places, strict=True))[:_MOST]
    ]
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "multus-migrator",
                "semanticVersion": __version__,
                "rules": rules,
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": properties,
    }
    if len(shown) > _MOST:
        run["invocations"] = [_incomplete(len(shown) - _MOST, page)]
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rules(findings: Iterable[Finding], page: Any) -> list[dict[str, Any]]:
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(str(page.id(finding)), []).append(finding)
    return [_rule(rule_id, members, page) for rule_id, members in grouped.items()]


def _rule(rule_id: str, findings: Sequence[Finding], page: Any) -> dict[str, Any]:
    """What it is, why, and, as its help, what to do."""
    finding = findings[0]
    remedies = list(dict.fromkeys(found.remedy for found in findings if found.remedy))
    markdown: Any = environment.markdown().get_template("sarif.md.j2").module
    issue = _ISSUE.search(finding.reference)
    rule: dict[str, Any] = {
        "id": rule_id,
        "shortDescription": {"text": _plain(page.name(finding))},
        "fullDescription": {"text": _plain(page.line(sentence(finding.why)))},
        "help": {
            "text": _plain(page.help(finding, remedies, _REMEDIES)),
            "markdown": str(markdown.help(finding, remedies, _REMEDIES)),
        },
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
    }
    if issue:
        number = issue[1]
        rule["helpUri"] = f"https://github.com/k8snetworkplumbingwg/multus-cni/issues/{number}"
    return rule


def _result(
    finding: Finding, rule: int, mark: str, where: Source, allowed: frozenset[str], page: Any
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": str(page.id(finding)),
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _plain(page.message(finding))},
        "locations": [_location(finding.object, where, page)],
        "partialFingerprints": {"multusMigratorFinding/v1": mark},
    }
    why = finding.suppressed
    if not why and finding.severity == "blocker" and finding.id in allowed:
        why = page.allowed(finding)
    if why:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": str(page.line(why))}
        ]
    return result


def _location(ref: ObjectRef | None, where: Source, page: Any) -> dict[str, Any]:
    artifact = {"uri": uri(where.file), "uriBaseId": "%SRCROOT%"}
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": {"startLine": max(where.line, 1)},
        }
    }
    if ref is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": str(page.line(ref))}]
    return location


def _plain(text: object) -> str:
    """Text of a message: ``[a](b)`` would be a link in it (SARIF 2.1.0, 3.11.6)."""
    return str(text).replace("](", "] (")


def _fingerprints(findings: Sequence[Finding]) -> list[str]:
    """What a finding is known by when its line moves: its rule, its object, what was seen there
    without line numbers, and, where all this is the same, which one of them it is."""
    seen: dict[tuple[Any, ...], int] = {}
    marks = []
    for finding in findings:
        ref, source = finding.object, finding.source
        where = ref.sort_key if ref else (uri(source.file) if source else "",)
        key = (finding.id, *where, re.sub(r":\d+", "", finding.seen))
        seen[key] = seen.get(key, 0) + 1
        digest = hashlib.sha256(json.dumps([*key, seen[key]]).encode()).hexdigest()
        marks.append(digest[:32])
    return marks


def _incomplete(left: int, page: Any) -> Mapping[str, Any]:
    text = str(page.left(left))
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [{"level": "warning", "message": {"text": text}}],
    }
