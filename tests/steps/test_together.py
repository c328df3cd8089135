"""All steps together: no conflicts, nothing of the user's lost, and nothing left to do after."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.plan.planner import make_plan
from tests.builders import (
    INIT,
    POD,
    ROLE,
    TARGETS,
    V4,
    daemonset,
    inventory,
    migrated,
    target,
    v3,
    with_hand_written,
)

NAD = "- {apiGroups: [k8s.cni.cncf.io], resources: ['*'], verbs: ['*']}\n"
DELEGATES = [{"name": "cbr0", "type": "flannel"}, {"name": "mgmt", "type": "macvlan"}]
PREVIEW = daemonset(
    "-cni-version=0.3.1",
    "-multus-log-level=verbose",
    image="ghcr.io/k8snetworkplumbingwg/multus-cni:v3.9.3-thick-amd64",
    command="[/usr/src/multus-cni/bin/multus-daemon]",
)
SOURCES = {
    "v3.4, two architectures": (
        v3("--multus-conf-file=auto", image="nfvpe/multus:v3.4", name="kube-multus-ds-amd64"),
        v3("--multus-conf-file=auto", image="nfvpe/multus:v3.4", name="kube-multus-ds-ppc64le"),
    ),
    "v3.9": (v3("--multus-conf-file=auto", "--cni-version=0.3.1"), ROLE + NAD),
    "v3.9 thick-plugin preview": (PREVIEW,),
    "v4 thin": (daemonset("--multus-conf-file=auto", init=INIT % V4, pod=POD), ROLE + NAD),
    "hand-written config": (with_hand_written(json.dumps({"delegates": DELEGATES})),),
    "extensions/v1beta1": (
        v3("--multus-conf-file=auto", api="extensions/v1beta1").replace(
            "  selector: {matchLabels: {name: multus}}\n", ""
        ),
    ),
    "every flag": (
        daemonset(
            "--additional-bin-dir=/srv/cni",
            "--multus-log-file=/var/log/multus/m.log",
            "--readiness-indicator-file=/run/ready/x",
            "--multus-master-cni-file-name=10-x.conf",
            "--namespace-isolation",
            "--global-namespaces=default",
            "--cni-version=0.3.1",
        ),
    ),
}


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("texts", SOURCES.values(), ids=SOURCES)
def test_the_planned_build_needs_no_further_change(texts: tuple[str, ...], to: str) -> None:
    again = make_plan(inventory(*migrated(*texts, to=to)), target(to))
    assert [(str(c.object), c.path) for o in again.objects for c in o.changes] == []


@pytest.mark.parametrize("old", TARGETS[:3])
def test_an_older_thick_install_is_raised_and_then_complete(old: str) -> None:
    older = migrated(*SOURCES["v4 thin"], to=old)
    first = make_plan(inventory(*older), target("4.3.0"))
    assert first.changed
    again = make_plan(inventory(*migrated(*older, to="4.3.0")), target("4.3.0"))
    assert not again.changed


@pytest.mark.parametrize("texts", SOURCES.values(), ids=SOURCES)
def test_the_build_runs_the_daemon_from_one_image_without_thin_flags(
    texts: tuple[str, ...],
) -> None:
    for data in map(json.loads, migrated(*texts)):
        if data["kind"] == "DaemonSet":
            pod = data["spec"]["template"]["spec"]
            (main,) = pod["containers"]
            assert main["command"] == ["/usr/src/multus-cni/bin/multus-daemon"]
            assert "args" not in main
            assert {c["image"] for c in pod["initContainers"]} == {main["image"]}
            assert _every_mount_has_a_volume(pod)


def _every_mount_has_a_volume(pod: dict[str, Any]) -> bool:
    volumes = [v["name"] for v in pod["volumes"]]
    mounted = {
        m["name"]
        for c in (*pod["containers"], *pod["initContainers"])
        for m in c.get("volumeMounts", [])
    }
    kinds = {len(v) for v in pod["volumes"]}
    return mounted <= set(volumes) and len(volumes) == len(set(volumes)) and kinds == {2}


CUSTOMISED = daemonset(
    "--multus-conf-file=auto",
    pod=POD
    + """\
tolerations: [{key: dedicated, operator: Exists}]
nodeSelector: {role: edge}
affinity: {nodeAffinity: {}}
priorityClassName: mine
imagePullSecrets: [{name: registry}]
dnsPolicy: ClusterFirstWithHostNet
""",
    container="""
    imagePullPolicy: IfNotPresent
    env: [{name: KUBERNETES_SERVICE_HOST, value: 10.0.0.1}]
    resources: {requests: {cpu: 200m, memory: 300Mi}, limits: {memory: 1Gi}}
    livenessProbe: {exec: {command: [ls]}}
    """,
    mounts="- {name: certs, mountPath: /etc/ssl, readOnly: true}",
    volumes="- {name: certs, hostPath: {path: /etc/ssl, type: Directory}}",
    sidecars="- {name: log, image: busybox, command: [tail, -f, /x], args: [y]}",
    init=(INIT % V4) + "- {name: wait, image: busybox, command: [sleep, '1']}\n",
)


def test_everything_that_the_user_customised_survives() -> None:
    before = json.loads(migrated_daemonset(CUSTOMISED, plan=False))
    after = json.loads(migrated_daemonset(CUSTOMISED))
    old, new = before["spec"]["template"]["spec"], after["spec"]["template"]["spec"]
    assert after["metadata"] == before["metadata"]
    assert after["spec"]["selector"] == before["spec"]["selector"]
    for field in ("tolerations", "nodeSelector", "affinity", "priorityClassName"):
        assert new[field] == old[field]
    assert new["imagePullSecrets"] == old["imagePullSecrets"]
    assert new["dnsPolicy"] == old["dnsPolicy"]
    assert new["containers"][1] == old["containers"][1]
    assert new["initContainers"][1] == old["initContainers"][1]
    main, had = new["containers"][0], old["containers"][0]
    assert main["resources"] == had["resources"]
    assert main["livenessProbe"] == had["livenessProbe"]
    assert main["imagePullPolicy"] == had["imagePullPolicy"]
    assert had["env"][0] in main["env"]
    assert had["volumeMounts"][2] in main["volumeMounts"]
    assert old["volumes"][2] in new["volumes"]


def migrated_daemonset(text: str, *, plan: bool = True) -> str:
    texts = (
        migrated(text)
        if plan
        else [json.dumps(dict(d.data)) for d in inventory(text).reading.documents]
    )
    (found,) = [t for t in texts if json.loads(t)["kind"] == "DaemonSet"]
    return found


def test_mounts_of_two_volumes_with_one_name_never_meet() -> None:
    manifest = daemonset(
        mounts="- {name: multus-daemon-config, mountPath: /own}",
        volumes="- {name: multus-daemon-config, configMap: {name: own}}",
    )
    pod = json.loads(migrated_daemonset(manifest))["spec"]["template"]["spec"]
    assert _every_mount_has_a_volume(pod)
    assert {"name": "multus-daemon-config", "configMap": {"name": "own"}} in pod["volumes"]


def _configs(objects: tuple[str, ...]) -> dict[str, str]:
    """DaemonSet -> the ConfigMap that it mounts as the daemon's config."""
    found = {}
    for data in map(json.loads, objects):
        if data["kind"] == "DaemonSet":
            volumes = data["spec"]["template"]["spec"]["volumes"]
            (name,) = [v["configMap"]["name"] for v in volumes if "configMap" in v]
            found[data["metadata"]["name"]] = name
    return found


@pytest.mark.parametrize("release", ["4.2.4", "4.0.2"], ids=["stays", "moves too"])
def test_a_daemons_config_map_is_not_taken_for_another_install(release: str) -> None:
    """A thin install beside a daemon of other settings: both would read one ConfigMap."""
    arm, amd = (f"nodeSelector: {{kubernetes.io/arch: {a}}}\n" for a in ("arm64", "amd64"))
    daemon = migrated(daemonset("--namespace-isolation", name="amd", pod=POD + amd), to=release)
    objects = migrated(daemonset(name="arm", pod=POD + arm), *daemon)
    assert _configs(objects) == {
        "arm": "multus-daemon-config-arm",
        "amd": "multus-daemon-config",
    }
    texts = {
        data["metadata"]["name"]: json.loads(data["data"]["daemon-config.json"])
        for data in map(json.loads, objects)
        if data["kind"] == "ConfigMap"
    }
    assert texts["multus-daemon-config"]["namespaceIsolation"] is True
    assert "namespaceIsolation" not in texts["multus-daemon-config-arm"]
