"""The proof of values that switch on a thick mode: what is held against the plan, and what is only told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.gitops.thick_mode import switched, told, unproved, without_config_maps
from migrator.model.plan import Plan, Resolution
from migrator.steps.daemon_config import CHECKSUM
from tests.builders import INIT, ROLE, V4, daemonset
from tests.plan.test_hardening import plan_of
from tests.thick.test_complete import THIN_RULES

NAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: lan, namespace: apps}
spec: {config: '{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}'}
"""
APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: web}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}, annotations: {k8s.v1.cni.cncf.io/networks: apps/lan}}
    spec: {containers: [{name: app, image: "example/app:1"}]}
"""
THIN = (daemonset("--multus-log-level=debug", init=INIT % V4), ROLE + THIN_RULES, NAD, APP)


@cache
def plan() -> Plan:
    return plan_of(THIN)


def again(edit: Callable[[dict[str, Any]], None] = lambda objects: None) -> Plan:
    """The plan of what a chart renders then: what was planned, with its own name of the ConfigMap.
    ``edit`` changes the objects by their kind in place."""
    texts = json.dumps({p.ref.kind: p.desired for p in plan().objects})
    objects: dict[str, Any] = json.loads(texts.replace("multus-daemon-config", "meta-1.2-config"))
    objects |= {"nad": NAD, "app": APP}
    edit(objects)
    return plan_of(tuple(o if isinstance(o, str) else json.dumps(o) for o in objects.values()))


def wrong(found: Plan) -> list[str]:
    return list(unproved(plan(), found, switched(plan())))


def test_the_names_of_the_chart_are_told_and_the_rest_is_proved() -> None:
    assert wrong(again()) == []
    said = told(plan(), again(), switched(plan()))
    assert "each of 2 networks of workloads is attached as was planned" in said
    assert "its config is ConfigMap kube-system/meta-1.2-config, and multus-daemon-config" in said
    assert "it goes without" not in said


def test_what_says_the_same_in_other_words_is_told() -> None:
    def as_planned(objects: dict[str, Any]) -> None:
        text = json.dumps(objects).replace("meta-1.2-config", "multus-daemon-config")
        objects.update(json.loads(text))

    def spelled(objects: dict[str, Any]) -> None:
        as_planned(objects)
        config(objects)
        text = objects["ConfigMap"]["data"]["daemon-config.json"]
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        objects["DaemonSet"]["spec"]["template"]["metadata"]["annotations"] = {CHECKSUM: digest}

    found = again(as_planned)
    assert wrong(found) == []
    assert told(plan(), found, switched(plan())).endswith("It is the plan, object by object")
    found = again(spelled)
    assert wrong(found) == []
    said = told(plan(), found, switched(plan()))
    refs = ("DaemonSet kube-system/kube-multus-ds", "ConfigMap kube-system/multus-daemon-config")
    other = "; ".join(f"{ref} says the same in other words" for ref in refs)
    assert said.endswith(f"not the plan object by object: {other}")


def pod(objects: dict[str, Any]) -> Any:
    return objects["DaemonSet"]["spec"]["template"]["spec"]


def short(objects: dict[str, Any]) -> None:
    pod(objects)["terminationGracePeriodSeconds"] = 10


def other_container(objects: dict[str, Any]) -> None:
    pod(objects)["containers"][0]["name"] = "kube-multus-of-chart"


def test_what_a_daemon_goes_without_is_told() -> None:
    assert wrong(again(short)) == []
    said = told(plan(), again(short), switched(plan()))
    assert said.endswith("; it goes without S10 terminationGracePeriodSeconds")


def test_a_container_of_another_name_is_told() -> None:
    assert wrong(again(other_container)) == []
    said = told(plan(), again(other_container), switched(plan()))
    assert "its container is kube-multus-of-chart, not kube-multus" in said


def other_account(objects: dict[str, Any]) -> None:
    objects["account"] = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "new", "namespace": "kube-system"},
    }


def config(objects: dict[str, Any], **keys: Any) -> None:
    data = objects["ConfigMap"]["data"]
    data["daemon-config.json"] = json.dumps(json.loads(data["daemon-config.json"]) | keys)


def no_right(objects: dict[str, Any]) -> None:
    objects["ClusterRole"]["rules"] = []


def no_socket(objects: dict[str, Any]) -> None:
    main = pod(objects)["containers"][0]
    main["volumeMounts"] = [m for m in main["volumeMounts"] if m["mountPath"] != "/host/run"]


def older(objects: dict[str, Any]) -> None:
    for each in (*pod(objects)["containers"], *pod(objects)["initContainers"]):
        each["image"] = each["image"].replace("v4.2.4", "v4.2.3")


def another_network(objects: dict[str, Any]) -> None:
    objects["nad"] = NAD.replace("eth1", "eth2")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (no_socket, "DaemonSet kube-system/kube-multus-ds: it would be changed again"),
        (no_right, "it would be changed again"),
        (older, "its image is ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.3-thick, planned is"),
        (lambda o: config(o, logLevel="panic"), "logLevel of its daemon-config.json is not what"),
        (lambda o: config(o, binDir="/x"), "binDir of its daemon-config.json is not what was"),
        (lambda o: config(o, namespaceIsolation=True), "lan would not be attached as was planned"),
        (other_account, "ServiceAccount kube-system/new: the chart makes it now"),
        (lambda o: o.pop("ClusterRole"), "the chart does not make it any more"),
        (lambda o: o.pop("DaemonSet"), "the chart does not run it in thick mode"),
        (another_network, "lan would not be attached as was planned"),
    ],
    ids=[
        "a mount that the daemon needs",
        "a right",
        "another image",
        "a setting",
        "a setting more",
        "isolation",
        "an object more",
        "an object less",
        "no daemon",
        "another network",
    ],
)
def test_what_is_not_as_it_was_planned_is_wrong(
    edit: Callable[[dict[str, Any]], None], said: str
) -> None:
    assert [line for line in wrong(again(edit)) if said in line]


def test_what_an_attachment_gets_counts_and_not_where_that_stands() -> None:
    found = again()
    (row, *rows) = found.attachments
    elsewhere = replace(row, before=replace(row.before, where="another place"))
    assert wrong(replace(found, attachments=(elsewhere, *rows))) == []
    lost = replace(row, before=Resolution(error="no such network"))
    assert len(wrong(replace(found, attachments=(lost, *rows)))) == 1
    assert len(wrong(replace(found, attachments=tuple(rows)))) == 1


def test_an_object_that_changes_beside_is_told() -> None:
    def edit(objects: dict[str, Any]) -> None:
        objects["app"] = APP.replace("app:1", "app:2")

    assert wrong(again(edit)) == []
    said = told(plan(), again(edit), switched(plan()))
    assert "Deployment web/app changes, too" in said


def test_the_config_map_of_the_plan_is_not_written_unless_another_reads_it() -> None:
    own = plan()
    assert "ConfigMap" in [p.ref.kind for p in own.objects]
    kept = without_config_maps(own, switched(own))
    assert [p.ref for p in kept.objects] == [p.ref for p in own.objects if p.document]
    other = daemonset("--multus-log-level=debug", init=INIT % V4).replace("kube-multus-ds", "o")
    both = plan_of((*THIN, other))
    shared = [
        replace(i, daemonset=replace(i.daemonset, source=replace(i.daemonset.source, file="o")))
        if i.daemonset.ref.name == "o"
        else i
        for i in both.after.inventory.installs
    ]
    inventory = replace(both.after.inventory, installs=tuple(shared))
    both = replace(both, after=replace(both.after, inventory=inventory))
    assert without_config_maps(both, switched(both)).objects == both.objects


@pytest.mark.parametrize(
    ("kind", "chart"), [("Application", "another"), ("ApplicationSet", "rke2-multus")]
)
def test_other_releases_have_no_values_that_switch_it_on(kind: str, chart: str) -> None:
    assert switched(plan_of(THIN, kind, chart)) == ()
