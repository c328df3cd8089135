from __future__ import annotations

from typing import Any

import pytest

from migrator.model.inputs import MISSING
from migrator.steps import pod_settings
from tests.builders import POD as POD_TEXT
from tests.builders import daemonset, migrated, v3
from tests.steps.tools import MAIN, POD, assert_migrates, assert_unchanged


def test_what_a_daemon_needs_of_its_pod() -> None:
    after: dict[str, Any] = {
        f"{POD}.hostPID": True,
        f"{POD}.priorityClassName": "system-node-critical",
        f"{MAIN}.securityContext": {"privileged": True},
        f"{MAIN}.terminationMessagePolicy": "FallbackToLogsOnError",
    }
    assert_migrates(pod_settings, v3(), gives=after)


@pytest.mark.parametrize("own", ['priorityClassName: ""', "priorityClassName:"])
def test_an_empty_priority_class_is_none(own: str) -> None:
    gives = {f"{POD}.priorityClassName": "system-node-critical"}
    assert_migrates(pod_settings, daemonset(pod=f"{POD_TEXT}{own}\n"), gives=gives)


@pytest.mark.parametrize("own", ["hostNetwork: false\n", "serviceAccountName: multus\n"])
def test_the_host_network_is_a_must(own: str) -> None:
    assert_migrates(pod_settings, daemonset(pod=own), gives={f"{POD}.hostNetwork": True})


@pytest.mark.parametrize(
    ("seconds", "after"), [(10, 30), (29, 30), (0, 30)], ids=["upstream", "just below", "at once"]
)
def test_a_short_grace_period_is_raised(seconds: int, after: int) -> None:
    manifest = daemonset(pod=f"{POD_TEXT}terminationGracePeriodSeconds: {seconds}\n")
    gives = {f"{POD}.terminationGracePeriodSeconds": after}
    assert_migrates(pod_settings, manifest, gives=gives)


@pytest.mark.parametrize("own", ["", "terminationGracePeriodSeconds: 60\n", "terminationGracePeriodSeconds: 30\n"])  # fmt: skip
def test_a_long_enough_grace_period_stays(own: str) -> None:
    manifest = daemonset(pod=POD_TEXT + own)
    assert_unchanged(pod_settings, manifest, paths=(f"{POD}.terminationGracePeriodSeconds",))


def test_privileged_is_set_beside_what_the_user_has() -> None:
    manifest = daemonset(container="securityContext: {seLinuxOptions: {type: spc_t}}")
    assert_migrates(pod_settings, manifest, gives={f"{MAIN}.securityContext.privileged": True})
    assert_unchanged(pod_settings, manifest, paths=(f"{MAIN}.securityContext.seLinuxOptions",))


def test_what_kubernetes_refuses_beside_privileged_goes() -> None:
    manifest = daemonset(container="securityContext: {allowPrivilegeEscalation: false}")
    gives = {
        f"{MAIN}.securityContext.privileged": True,
        f"{MAIN}.securityContext.allowPrivilegeEscalation": MISSING,
    }
    assert_migrates(pod_settings, manifest, gives=gives)


def test_sys_admin_of_the_crio_manifest_goes() -> None:
    manifest = v3(container="securityContext: {privileged: true, capabilities: {add: [SYS_ADMIN]}}")
    gives = {f"{MAIN}.securityContext.capabilities": MISSING}
    assert_migrates(pod_settings, manifest, gives=gives)


def test_other_capabilities_stay() -> None:
    manifest = v3(container="securityContext: {privileged: true, capabilities: {drop: [KILL]}}")
    assert_unchanged(pod_settings, manifest, paths=(f"{MAIN}.securityContext",))


@pytest.mark.parametrize(
    "own",
    [
        "priorityClassName: my-class",
        "tolerations: [{operator: Exists, effect: NoSchedule}]",
        "nodeSelector: {kubernetes.io/arch: amd64}",
        "affinity: {nodeAffinity: {}}",
        "dnsPolicy: ClusterFirstWithHostNet",
        "hostAliases: [{ip: 10.0.0.1, hostnames: [api]}]",
        "imagePullSecrets: [{name: s}]",
        "securityContext: {seLinuxOptions: {type: spc_t}}",
    ],
)
def test_what_the_user_chose_stays(own: str) -> None:
    field = own.split(":")[0]
    assert_unchanged(pod_settings, daemonset(pod=f"{POD_TEXT}{own}\n"), paths=(f"{POD}.{field}",))


def test_sidecars_and_labels_stay() -> None:
    manifest = daemonset(sidecars="- {name: s, image: x}")
    paths = (f"{POD}.containers[name=s]", "metadata", "spec.template.metadata", "spec.selector")
    assert_unchanged(pod_settings, manifest, paths=paths)


def test_the_target_itself_stays() -> None:
    assert_unchanged(pod_settings, *migrated(daemonset()))
