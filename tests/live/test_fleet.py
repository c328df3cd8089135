"""Which plans are equal, which blocks, and in which order to go."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from migrator.live.fleet import Blocker, Result, fingerprint, is_name, told
from migrator.model.inputs import Source
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.report.redaction import redacted
from tests.builders import INIT, V3, V4, daemonset, inventory, target


def result(name: str, outcome: Any = "ready", fingerprint: str = "a", **more: Any) -> Result:
    digest = "" if outcome in ("failed", "not-found") else fingerprint * 64
    return Result(name=name, outcome=outcome, fingerprint=digest, **{"changed": 1, **more})


def test_one_of_each_group_goes_first_and_what_blocks_does_not_go() -> None:
    results = [
        result("a1"),
        result("x1", "blocked", "b"),
        result("c1", "ready-if", "c"),
        result("a2"),
        result("f1", "failed"),
        result("c2", "ready-if", "c"),
        result("n1", "nothing-to-change", "d", changed=0),
        result("o1", "not-found"),
        result("x2", "not-seen-whole", "e"),
        result("i1", "ready-if", "f", changed=0),
    ]
    found = told(results, whole=True)
    assert [g.clusters for g in found.groups] == [
        ("x1",),
        ("x2",),
        ("c1", "c2"),
        ("i1",),
        ("a1", "a2"),
        ("n1",),
    ]
    assert found.waves == (("a1", "c1"), ("a2", "c2"))
    assert found.outcome == "blocked"
    assert told(results, whole=False).waves == ()


def test_alone_in_each_group_there_is_one_wave() -> None:
    assert told([result("a"), result("b", fingerprint="b")], whole=True).waves == (("a", "b"),)
    assert told([], whole=True).outcome == "nothing-to-change"


def plan(text: str) -> Plan:
    return redacted(make_plan(inventory(text), target()))


ONE = daemonset("--multus-conf-file=auto", image=V4)


def test_plans_that_differ_in_where_they_come_from_are_equal() -> None:
    first = plan(ONE)
    moved = plan(f"# above\n\n{ONE}")
    assert moved.objects[0].document != first.objects[0].document, "on other lines"
    assert fingerprint(moved) == fingerprint(first)
    findings = tuple(
        replace(f, source=Source(file="b/x.yaml", line=7), seen="on node b-1")
        for f in first.findings
    )
    assert findings
    assert fingerprint(replace(first, findings=findings)) == fingerprint(first)
    assert fingerprint(replace(first, findings=findings[::-1])) == fingerprint(first)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(daemonset("--multus-conf-file=auto", image=V3), id="another image"),
        pytest.param(daemonset("--cni-version=0.4.0", image=V4), id="another flag"),
        pytest.param(ONE.replace("kube-multus-ds", "multus-2"), id="another name"),
    ],
)
def test_plans_that_change_something_else_are_not(other: str) -> None:
    assert fingerprint(plan(other)) != fingerprint(plan(ONE))


def test_an_image_that_stays_is_what_would_run() -> None:
    """With --allow M01 the image of a fork stays, and the first cluster shows nothing of another's."""

    def fork(registry: str) -> Plan:
        image = f"{registry}.example/multus:1"
        return plan(daemonset("--multus-conf-file=auto", image=image, init=INIT % image))

    ours, theirs = fork("a"), fork("b")
    assert [
        c for o in ours.objects for c in o.changes if "a.example" in str((c.before, c.after))
    ] == []
    assert fingerprint(ours) != fingerprint(theirs)
    assert fingerprint(ours) == fingerprint(fork("a"))


def test_blockers_that_read_otherwise_are_told() -> None:
    words = Blocker(id="M16", title="Not read", seen="x.yaml", remedy="give it with --fetch")
    first = result("a", "blocked", blockers=(words,))
    same = result("b", "blocked", blockers=(words,))
    other = result("c", "blocked", blockers=(replace(words, remedy="render it"),))
    (group,) = told([first, same, other], whole=True).groups
    assert group.clusters == ("a", "b", "c")
    assert group.otherwise == ("c",)


def test_plans_that_find_something_else_are_not() -> None:
    first = plan(ONE)
    assert fingerprint(replace(first, findings=first.findings[1:])) != fingerprint(first)
    blocker = replace(first.findings[0], severity="blocker")
    worse = replace(first, findings=(blocker, *first.findings[1:]))
    assert fingerprint(worse) != fingerprint(first)
    allowed = replace(worse, allowed=frozenset({blocker.id}))
    assert fingerprint(allowed) != fingerprint(worse)


def test_names_of_folders() -> None:
    assert all(map(is_name, ("a", "prod-eu_1.x", "A", "a" * 100, "console", "com10", "null")))
    assert not any(map(is_name, ("", ".", "..", "a/b", "a.", "con", "LPT1.x", "a" * 101, "a\n")))
