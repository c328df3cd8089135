"""Every change of a move, whole: nothing more, nothing less, and for each install of several."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from migrator.model.inputs import MISSING
from migrator.steps import (
    STEPS,
    command,
    conf_dir,
    crd,
    daemon_config,
    default_networks,
    environment,
    images,
    installer,
    mounts,
    nad_configmap,
    nad_explicit,
    pod_settings,
    resources,
)
from migrator.trees.paths import format_path
from tests.builders import (
    INIT,
    ROLE,
    THICK,
    V3,
    daemonset,
    hand_written,
    intent,
    v3,
    with_hand_written,
)
from tests.plan.estates import cni, nad

from .tools import DAEMONSET, INSTALLER, MAIN, POD, changed

RULES = "- {apiGroups: ['*'], resources: [pods], verbs: [get]}"
AUTO = "--multus-conf-file=auto"
LAST_WORDS = "FallbackToLogsOnError"
CONFIG = """\
{
    "chrootDir": "/hostroot",
    "cniVersion": "0.3.1",
    "logLevel": "verbose",
    "logToStderr": true,
    "cniConfigDir": "/host/etc/cni/net.d",
    "multusAutoconfigDir": "/host/etc/cni/net.d",
    "multusConfigFile": "auto",
    "socketDir": "/host/run/multus/",
    "confDir": "/etc/cni/multus/net.d",
    "binDir": "/srv/cni"
}
"""


def mount(path: str, name: str, **more: Any) -> dict[str, Any]:
    return {f"{MAIN}.volumeMounts[mountPath={path}]": {"name": name, "mountPath": path, **more}}


def volume(name: str, path: str, **more: Any) -> dict[str, Any]:
    return {f"{POD}.volumes[name={name}]": {"name": name, "hostPath": {"path": path, **more}}}


SPREAD = {"mountPropagation": "HostToContainer"}
ITEMS = [{"key": "daemon-config.json", "path": "daemon-config.json"}]
OF_DAEMONSET: dict[str, dict[str, Any]] = {
    "S03": {f"{MAIN}.command": ["/usr/src/multus-cni/bin/multus-daemon"], f"{MAIN}.args": MISSING},
    "S04": {
        f"{MAIN}.image": "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.4-thick",
        f"{INSTALLER}.image": "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.4-thick",
    },
    "S05": {
        f"{INSTALLER}.command": [
            *("/usr/src/multus-cni/bin/install_multus", "-d", "/host/opt/cni/bin", "-t", "thick")
        ],
        f"{INSTALLER}.args": MISSING,
        f"{INSTALLER}.terminationMessagePolicy": LAST_WORDS,
    },
    "S06": {
        **volume("multus-plugin-dir", "/srv/cni"),
        **volume("hostroot", "/"),
        f"{POD}.volumes[name=multus-daemon-config]": {
            "name": "multus-daemon-config",
            "configMap": {"name": "multus-daemon-config", "items": ITEMS},
        },
        **volume("host-run", "/run"),
        **volume("host-var-lib-cni-multus", "/var/lib/cni/multus"),
        **volume("host-var-lib-kubelet", "/var/lib/kubelet"),
        **volume("host-run-k8s-cni-cncf-io", "/run/k8s.cni.cncf.io"),
        **volume("host-run-netns", "/run/netns/"),
        **mount("/opt/cni/bin", "cnibin"),
        **mount("/srv/cni", "multus-plugin-dir"),
        **mount("/host/run", "host-run"),
        **mount("/var/lib/cni/multus", "host-var-lib-cni-multus"),
        **mount("/var/lib/kubelet", "host-var-lib-kubelet", **SPREAD),
        **mount("/run/k8s.cni.cncf.io", "host-run-k8s-cni-cncf-io"),
        **mount("/run/netns", "host-run-netns", **SPREAD),
        **mount("/etc/cni/net.d/multus.d", "multus-daemon-config", readOnly=True),
        **mount("/hostroot", "hostroot", **SPREAD),
        f"{MAIN}.volumeMounts[mountPath=/host/opt/cni/bin]": MISSING,
    },
    "S07": {
        **volume("multus-conf-dir", "/etc/cni/multus/net.d", type="DirectoryOrCreate"),
        **mount("/etc/cni/multus/net.d", "multus-conf-dir"),
    },
    "S08": {
        f"{MAIN}.env[name=MULTUS_NODE_NAME]": {
            "name": "MULTUS_NODE_NAME",
            "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}},
        },
        f"{MAIN}.env[name=CNI_PATH]": {"name": "CNI_PATH", "value": "/opt/cni/bin:/srv/cni"},
    },
    "S09": {f"{MAIN}.resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}},
    "S10": {
        f"{POD}.hostPID": True,
        f"{POD}.priorityClassName": "system-node-critical",
        f"{MAIN}.securityContext": {"privileged": True},
        f"{MAIN}.terminationMessagePolicy": LAST_WORDS,
    },
    "S12": {
        "spec.template.metadata.annotations": {
            "multus-migrator/daemon-config-sha256": hashlib.sha256(CONFIG.encode()).hexdigest()[:16]
        }
    },
}
OF_OTHERS = {
    ("S11", "ClusterRole multus", "rules"): [
        {"apiGroups": ["*"], "resources": ["pods"], "verbs": ["get"]},
        {
            "apiGroups": ["k8s.cni.cncf.io"],
            "resources": ["network-attachment-definitions"],
            "verbs": ["get", "list", "watch"],
        },
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
        {"apiGroups": [""], "resources": ["pods/status"], "verbs": ["update"]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
    ],
    ("S12", "ConfigMap kube-system/multus-daemon-config", ""): {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "multus-daemon-config",
            "namespace": "kube-system",
            "labels": {"app": "multus", "tier": "node"},
        },
        "data": {"daemon-config.json": CONFIG},
    },
}


def test_the_changes_of_an_install_of_v3() -> None:
    source = v3(AUTO, "--additional-bin-dir=/srv/cni", init=INIT % V3)
    given = intent(source, ROLE + RULES)
    found = {
        (rule.id, str(change.object), format_path(change.path)): change.after
        for rule, changes in STEPS
        for change in changes(given)
    }
    expected: dict[tuple[str, str, str], Any] = {
        (rule, DAEMONSET, path): after
        for rule, places in OF_DAEMONSET.items()
        for path, after in places.items()
    }
    assert found == {**expected, **OF_OTHERS}


RUNNING = daemonset(
    image=THICK.replace("4.2.4", "4.1.0"),
    command="[/usr/src/multus-cni/bin/multus-daemon]",
    mounts="- {name: c, mountPath: /etc/cni/net.d/multus.d}",
    volumes="- {name: c, configMap: {name: mine}}",
    name="running",
)
THIN = daemonset(AUTO, init=INIT % V3, name="thin")


@pytest.mark.parametrize(
    "step",
    [
        command,
        conf_dir,
        daemon_config,
        environment,
        images,
        installer,
        mounts,
        pod_settings,
        resources,
    ],
    ids=lambda step: step.RULE.id,
)
def test_a_daemon_that_runs_does_not_stop_the_install_behind_it(step: Any) -> None:
    alone, both = changed(step, THIN), changed(step, RUNNING, THIN)
    thin = "DaemonSet kube-system/thin"
    assert alone[thin]
    assert both[thin].keys() == alone[thin].keys()


def test_each_further_delegate_is_a_nad_of_its_own() -> None:
    delegates = [
        {"name": "cbr0", "type": "flannel"},
        {"name": "mgmt", "type": "macvlan"},
        {"name": "-", "type": "bridge"},
        {"name": "lan", "type": "ipvlan"},
    ]
    config = {"multusNamespace": "infra", "delegates": delegates}
    found = changed(default_networks, with_hand_written(json.dumps(config)))
    assert found == {
        f"NetworkAttachmentDefinition infra/{name}": {
            "": {
                "apiVersion": "k8s.cni.cncf.io/v1",
                "kind": "NetworkAttachmentDefinition",
                "metadata": {"name": name, "namespace": "infra"},
                "spec": {"config": json.dumps(delegate, indent=2) + "\n"},
            }
        }
        for name, delegate in zip(("mgmt", "multus-delegate-2", "lan"), delegates[1:], strict=True)
    }


def test_a_nad_that_is_there_is_not_made_and_the_next_one_is() -> None:
    delegates = [{"name": name, "type": "x"} for name in ("cbr0", "mgmt", "lan")]
    text = with_hand_written(json.dumps({"delegates": delegates}))
    found = changed(default_networks, text, nad("mgmt", "kube-system"))
    assert list(found) == ["NetworkAttachmentDefinition kube-system/lan"]


MACVLAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"}
BRIDGE = {"cniVersion": "0.3.1", "name": "br", "type": "bridge"}


def test_config_maps_of_nads_are_in_the_namespace_of_each_daemonset() -> None:
    files = (cni(MACVLAN, "n1"), cni(BRIDGE, "n1"))
    elsewhere = daemonset(AUTO, name="b").replace("namespace: kube-system", "namespace: cni")
    found = changed(
        nad_configmap,
        *(THIN, elsewhere, nad("lan"), nad("br")),
        files=files,
        nad_config="configmap",
    )
    assert list(found) == [
        f"ConfigMap {namespace}/multus-conf-{plugin}"
        for namespace in ("cni", "kube-system")
        for plugin in ("bridge", "macvlan")
    ]
    assert found["ConfigMap cni/multus-conf-bridge"][""] == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "multus-conf-bridge", "namespace": "cni", "labels": {"app": "multus"}},
        "data": {"br.conf": json.dumps(BRIDGE)},
    }


def test_a_config_map_of_nads_that_is_there_is_not_made_and_the_next_one_is() -> None:
    present = hand_written(json.dumps(BRIDGE), name="multus-conf-bridge")
    present = present.replace("cni-conf.json: |\n    ", "br.conf: '").rstrip("\n") + "'\n"
    found = changed(
        nad_configmap,
        *(THIN, nad("lan"), nad("br"), present),
        files=(cni(MACVLAN, "n1"), cni(BRIDGE, "n1")),
        nad_config="configmap",
    )
    assert list(found) == ["ConfigMap kube-system/multus-conf-macvlan"]


def test_each_nad_gets_its_own_config() -> None:
    files = (cni(MACVLAN, "n1"), cni(BRIDGE, "n1"))
    found = changed(nad_explicit, THIN, nad("none"), nad("lan"), nad("br"), files=files)
    assert {ref: list(paths.values()) for ref, paths in found.items()} == {
        f"NetworkAttachmentDefinition default/{data['name']}": [json.dumps(data, indent=2) + "\n"]
        for data in (MACVLAN, BRIDGE)
    }


OLD_CRD = """\
apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata: {name: %s}
spec:
  group: k8s.cni.cncf.io
  version: v1
  scope: Namespaced
  validation: {openAPIV3Schema: {properties: {spec: {properties: {config: {type: string}}}}}}
  additionalPrinterColumns: [{name: Age, type: date, JSONPath: .metadata.creationTimestamp}]
  subresources: {status: {}}
  preserveUnknownFields: true
"""
CRD = "network-attachment-definitions.k8s.cni.cncf.io"


def test_the_crd_of_v1beta1_is_raised_and_no_other() -> None:
    (only,) = changed(crd, OLD_CRD % "others.example.com", OLD_CRD % CRD, THIN).items()
    assert only[0] == f"CustomResourceDefinition {CRD}"
    versions = only[1].pop("spec.versions")
    assert only[1] == {
        "apiVersion": "apiextensions.k8s.io/v1",
        **dict.fromkeys(
            (
                "spec.version",
                "spec.validation",
                "spec.additionalPrinterColumns",
                "spec.subresources",
                "spec.preserveUnknownFields",
            ),
            MISSING,
        ),
    }
    assert [version["name"] for version in versions] == ["v1"]


def test_no_crd_is_raised_where_nothing_moves() -> None:
    assert changed(crd, OLD_CRD % CRD) == {}
    assert changed(crd, (OLD_CRD % CRD).replace("v1beta1", "v1"), THIN) == {}


def reasons(*texts: str) -> dict[str, str]:
    """Path of a volume or mount -> why it is there."""
    return {format_path(change.path): change.reason for change in mounts.changes(intent(*texts))}


def test_a_volume_says_what_it_is_for_whatever_it_is_called() -> None:
    taken = daemonset(
        AUTO,
        "--multus-log-file=/var/log/m/x.log",
        mounts="- {name: hostroot, mountPath: /scratch}",
        volumes="- {name: hostroot, emptyDir: {}}\n- {name: mine, hostPath: {path: /run}}",
    )
    found = reasons(taken)
    for path, volume in [
        (f"{POD}.volumes[name=hostroot-thick]", "hostroot"),
        (f"{MAIN}.volumeMounts[mountPath=/hostroot]", "hostroot"),
        (f"{MAIN}.volumeMounts[mountPath=/host/run]", "host-run"),
        (f"{MAIN}.volumeMounts[mountPath=/opt/cni/bin]", "cnibin"),
        (f"{MAIN}.volumeMounts[mountPath=/run/netns]", "host-run-netns"),
        (f"{POD}.volumes[name=multus-log-dir]", "multus-log-dir"),
        (f"{POD}.volumes[name=multus-daemon-config]", "multus-daemon-config"),
    ]:
        assert found[path] == mounts.REASONS[volume]


def test_the_second_volume_of_its_kind_says_the_same_as_the_first() -> None:
    (form,) = intent(THIN).forms
    assert mounts.canonical(form, "multus-plugin-targets1") == "multus-plugin-targets"
    assert mounts.canonical(form, "multus-plugin-targets") == "multus-plugin-targets"
    assert mounts.canonical(form, "mine2") == "mine2"
    assert mounts.canonical(form, "mine-thick") == "mine"


@pytest.mark.parametrize(
    "data",
    [{"daemon-config.json": "{}"}, {"other": "{}"}, None],
    ids=["another content", "another key", "no data"],
)
def test_a_config_map_that_is_there_gets_the_key(data: dict[str, str] | None) -> None:
    metadata = {"name": "multus-daemon-config", "namespace": "kube-system"}
    present = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    found = changed(daemon_config, THIN, json.dumps(present))
    (path,) = found["ConfigMap kube-system/multus-daemon-config"]
    assert path == 'data["daemon-config.json"]'
    assert '"chrootDir": "/hostroot"' in found["ConfigMap kube-system/multus-daemon-config"][path]


def test_a_config_map_that_says_the_same_is_left_as_it_is_written() -> None:
    given = intent(THIN)
    text = json.dumps(given.forms[0].config)  # on one line
    metadata = {"name": "multus-daemon-config", "namespace": "kube-system"}
    data = {"daemon-config.json": text}
    present = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    assert list(changed(daemon_config, THIN, json.dumps(present))) == ["DaemonSet kube-system/thin"]
