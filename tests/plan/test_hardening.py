"""What a chart's thick mode lacks: withheld where a daemon runs without and nothing can add it, else planned."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from migrator.inventory.build import build_inventory
from migrator.model.inputs import ObjectRef, Render
from migrator.model.plan import Finding, Plan, Readiness
from migrator.plan.planner import hardened, make_plan
from tests.builders import INIT, ROLE, V4, daemonset, documents, inventory, target
from tests.thick.test_complete import THIN_RULES, Edit, drop_mount, thick_install, with_config

LOGS = {"logFile": "/var/log/multus.log"}
"""A setting that wants a mount, and works without."""


def older(pod: dict[str, Any]) -> None:
    for container in (*pod["containers"], *pod["initContainers"]):
        container["image"] = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.3-thick"


def plan_of(
    texts: tuple[str, ...],
    kind: str = "Application",
    chart: str = "rke2-multus",
    values: str = "",
    beside: str = "",
) -> Plan:
    """The plan of what a chart with these values of its own made: the texts, with the release that asks
    for them, and what is ``beside`` that."""
    group = {"HelmRelease": "helm.toolkit.fluxcd.io"}.get(kind, "argoproj.io")
    release = f"apiVersion: {group}/v2\nkind: {kind}\nmetadata: {{name: meta, namespace: ops}}\n"
    reading = inventory(*texts).reading
    asking, *others = documents(release, *filter(None, [beside]))
    made = [replace(d, source=replace(d.source, file="made")) for d in reading.documents]
    render = Render(
        release=ObjectRef(group=group, kind=kind, namespace="ops", name="meta"),
        source=asking.source,
        name="made",
        chart="",
        chart_name=chart,
        defaults=values,
    )
    whole = replace(reading, documents=(asking, *others, *made), renders=(render,))
    return make_plan(build_inventory(whole), target())


def owned(plan: Plan) -> Finding:
    (found,) = (finding for finding in plan.findings if finding.id == "P54")
    return found


def rules(plan: Plan) -> set[str]:
    return {change.rule for planned in plan.changed for change in planned.changes}


@pytest.mark.parametrize("chart", ["rke2-multus", "another"])
@pytest.mark.parametrize("kind", ["Application", "ApplicationSet"])
def test_what_a_daemon_runs_without_is_withheld(kind: str, chart: str) -> None:
    plan = plan_of(with_config(**LOGS), kind, chart)
    assert (plan.readiness, plan.changed) == (Readiness.NOTHING_TO_CHANGE, ())
    assert (owned(plan).severity, owned(plan).manual) == ("info", False)
    assert "S06 volumes[name=multus-log-dir]" in owned(plan).seen
    assert "S12 spec.template.metadata.annotations" in owned(plan).seen
    assert not plan.blockers


def test_what_it_would_cure_is_a_finding_of_its_own_severity() -> None:
    before = plan_of(with_config(**LOGS), "HelmRelease")
    after = plan_of(with_config(**LOGS))
    found = [[(f.severity, f.cured) for f in p.findings if f.id == "P17"] for p in (before, after)]
    assert found == [[("info", True)], [("warning", False)]]


@pytest.mark.parametrize(
    ("kind", "chart"),
    [("HelmRelease", "rke2-multus"), ("HelmRelease", "another"), ("Application", "app-template")],
    ids=["post-renderers", "of any chart", "values that say all of a pod"],
)
def test_it_is_planned_where_it_has_a_place(kind: str, chart: str) -> None:
    plan = plan_of(with_config(**LOGS), kind, chart)
    assert rules(plan) == {"S06", "S12"}
    assert (owned(plan).severity, plan.blockers) == ("warning", ())


def test_a_complete_one_is_left_alone_without_a_word() -> None:
    plan = plan_of(thick_install())
    assert [finding for finding in plan.findings if finding.id == "P54"] == []
    assert plan.readiness is Readiness.NOTHING_TO_CHANGE


@pytest.mark.parametrize("chart", ["rke2-multus", "another"])
def test_what_a_daemon_needs_and_no_value_says_blocks(chart: str) -> None:
    plan = plan_of(thick_install(drop_mount("/run/netns")), chart=chart)
    assert [finding.id for finding in plan.blockers] == ["P54"]
    assert "for what it needs: S06 containers[name=kube-multus].volumeMounts" in owned(plan).seen
    assert "S06" in rules(plan)


@pytest.mark.parametrize(
    ("chart", "severity"), [("rke2-multus", "warning"), ("another", "blocker")]
)
def test_an_image_is_a_value_of_a_chart_that_is_known(chart: str, severity: str) -> None:
    plan = plan_of(thick_install(older), chart=chart)
    assert "S04" in rules(plan)
    assert owned(plan).severity == severity


def test_an_image_that_is_not_known_is_no_hardening() -> None:
    def foreign(pod: dict[str, Any]) -> None:
        for container in (*pod["containers"], *pod["initContainers"]):
            container["image"] = "registry.example/own/multus-cni:v4.2.3-thick"

    plan = plan_of(thick_install(foreign))
    assert {"M01"} <= {finding.id for finding in plan.blockers}
    assert plan.readiness is Readiness.BLOCKED


def test_a_right_that_is_missing_in_a_file_of_the_user_is_planned_there() -> None:
    """What a chart renders stays; the ClusterRole of its account stands elsewhere."""
    plan = plan_of(thick_install(), beside=ROLE + THIN_RULES)
    assert rules(plan) >= {"S11"}
    assert {p.ref.kind for p in plan.changed} >= {"ClusterRole"}


def test_a_thin_install_of_a_chart_is_planned_whole() -> None:
    plan = plan_of((daemonset(init=INIT % V4),))
    assert {"S03", "S06", "S10", "S12"} <= rules(plan)
    assert owned(plan).severity == "warning"


@pytest.mark.parametrize(
    ("kind", "severity", "said"),
    [
        (
            "HelmRelease",
            "warning",
            "into spec.postRenderers of it, and proves that by rendering; not",
        ),
        (
            "Application",
            "blocker",
            "it has no post-renderers, and the chart's thick mode has other",
        ),
    ],
)
def test_values_that_cannot_switch_it_on_are_named(kind: str, severity: str, said: str) -> None:
    k3s = "config: {cni_conf: {binDir: /var/lib/rancher/k3s/data/cni}}"
    plan = plan_of((daemonset(init=INIT % V4),), kind, values=k3s)
    assert owned(plan).severity == severity
    assert said in owned(plan).remedy
    assert "config.cni_conf.binDir: /var/lib/rancher/k3s/data/cni" in owned(plan).remedy


@pytest.mark.parametrize(
    ("edit", "expected"),
    [(lambda pod: None, set()), (lambda pod: pod.pop("priorityClassName"), {"S10"})],
    ids=["nothing is left", "what it runs without"],
)
def test_the_hardening_is_asked_for_by_the_file_of_a_render(edit: Edit, expected: set[str]) -> None:
    plan = plan_of(thick_install(edit), "HelmRelease")
    assert plan.changed == ()
    assert rules(hardened(plan, ["made"])) == expected
    assert hardened(plan, ["other"]).changed == ()
    assert hardened(plan, []) is plan
