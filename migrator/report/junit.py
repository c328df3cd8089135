"""The findings as JUnit XML: one test case for each object and rule, in a suite for each file.

A blocker that is neither allowed nor suppressed fails; allowed and suppressed ones are skipped
with their reason, and a manual step with what to do; everything else passes, and says in its
output what there is to know.

Skipped is what GitLab and Jenkins have beside passed and failed that is counted, listed and shown
with a message: a property of a test case GitLab does not read, and Jenkins only where it is told to.
A manual step did not fail, and a build must not turn red for it; but a case that passed is one that
nobody opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from migrator.model.inputs import ObjectRef
from migrator.model.plan import Finding, Plan
from migrator.report import environment
from migrator.report.places import place, sources
from migrator.report.safe import visible
from migrator.report.summary import summarise
from migrator.report.writer import ALONE, Context

Key = tuple[str, "ObjectRef | None", str]
"""File, object and rule of a test case; the rule is "" for an object without findings."""


def render(plan: Plan, context: Context = ALONE) -> str:
    """The whole document; it holds only characters that XML 1.0 allows."""
    page: Any = environment.terminal().get_template("machine.txt.j2").module
    return document(str(page.verdict(summarise(plan))), _cases(plan), plan.blockers, plan.allowed)


def document(
    verdict: str,
    cases: Mapping[Key, Sequence[Finding]],
    blockers: Iterable[Finding],
    allowed: frozenset[str],
) -> str:
    """The document of these cases; a case with one of the ``blockers`` fails."""
    page: Any = environment.terminal().get_template("machine.txt.j2").module
    root = Element("testsuites", name=f"multus-migrator: {verdict}")
    blocking = {id(finding) for finding in blockers}
    suites: dict[str, Element] = {}
    for (file, ref, _), findings in cases.items():
        if file not in suites:
            suites[file] = SubElement(root, "testsuite", name=visible(file))
        case = _case(suites[file], ref, findings, page)
        _result(case, findings, [f for f in findings if id(f) in blocking], allowed, page)
    for element in (*suites.values(), root):
        _count(element)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _cases(plan: Plan) -> dict[Key, list[Finding]]:
    """Every object of the plan has a case, so that a file without findings is seen to pass."""
    known = sources(plan)
    cases: dict[Key, list[Finding]] = {}
    for finding in plan.findings:
        file = place(finding, known, plan).file
        cases.setdefault((file, finding.object, finding.id), []).append(finding)
    named = {finding.object for finding in plan.findings}
    for planned in plan.objects:
        if planned.document is not None and planned.ref not in named:
            cases[planned.document.source.file, planned.ref, ""] = []
    return cases


def _case(suite: Element, ref: ObjectRef | None, findings: Sequence[Finding], page: Any) -> Element:
    name = str(page.title(findings[0]) if findings else page.clean())
    where = visible(ref) if ref else suite.get("name", "")
    return SubElement(suite, "testcase", classname=where, name=name)


def _result(
    case: Element,
    findings: Sequence[Finding],
    blocking: Sequence[Finding],
    allowed: frozenset[str],
    page: Any,
) -> None:
    accepted = list(_accepted(findings, allowed, page))
    manual = [f for f in findings if f.manual and not (f.cured or f.suppressed)]
    if blocking:
        failure = SubElement(
            case, "failure", type="blocker", message=str(page.message(blocking[0]))
        )
        failure.text = _lines(blocking, page)
    elif manual:
        told = dict.fromkeys([*(str(page.manual(finding)) for finding in manual), *accepted])
        skipped = SubElement(case, "skipped", message="; ".join(told))
        skipped.text = _lines(findings, page)
    elif accepted and len(accepted) == len(findings):
        SubElement(case, "skipped", message="; ".join(dict.fromkeys(accepted)))
    elif findings:
        SubElement(case, "system-out").text = _lines(findings, page)


def _accepted(findings: Iterable[Finding], allowed: frozenset[str], page: Any) -> Iterator[str]:
    for finding in findings:
        if finding.cured:
            continue
        if finding.suppressed:
            yield str(page.line(finding.suppressed))
        elif finding.severity == "blocker" and finding.id in allowed:
            yield str(page.allowed(finding))


def _lines(findings: Iterable[Finding], page: Any) -> str:
    return "\n".join(str(page.cured(f) if f.cured else page.message(f)) for f in findings)


def _count(element: Element) -> None:
    """The sums that readers expect on suites and on the root."""
    for attribute, path in (
        ("tests", ".//testcase"),
        ("failures", ".//failure"),
        ("skipped", ".//skipped"),
    ):
        element.set(attribute, str(len(element.findall(path))))
