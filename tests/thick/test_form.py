"""What a thick install must hold, for one source install and one target release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from migrator.model.inputs import CniFile
from migrator.multus.defaults import CONFIG_MAP
from migrator.multus.images import UPSTREAM
from migrator.thick.form import Thick, config_text, thick
from tests.builders import (
    POD,
    TARGETS,
    daemonset,
    install,
    migrated,
    node_file,
    target,
    with_hand_written,
)

CALICO = node_file(
    "10-calico.conflist", json.dumps({"cniVersion": "0.3.1", "name": "k8s-pod-network"})
)


def form(*texts: str, files: tuple[CniFile, ...] = (), **settings: str) -> Thick:
    return thick(install(*texts), files, target(**settings), CONFIG_MAP)


def mounts(found: Thick) -> dict[str, str]:
    """Mount path of the main container -> host path, or the name of the ConfigMap."""
    volumes = {v["name"]: v for v in found.pod["volumes"]}
    return {
        m["mountPath"]: _behind(volumes[m["name"]])
        for m in found.pod["containers"][0]["volumeMounts"]
    }


def _behind(volume: Mapping[str, Any]) -> str:
    return str(volume["hostPath"]["path"] if "hostPath" in volume else volume["configMap"]["name"])


def test_mounts_of_a_plain_install() -> None:
    assert mounts(form(daemonset())) == {
        "/host/etc/cni/net.d": "/etc/cni/net.d",
        "/opt/cni/bin": "/opt/cni/bin",
        "/host/run": "/run",
        "/var/lib/cni/multus": "/var/lib/cni/multus",
        "/var/lib/kubelet": "/var/lib/kubelet",
        "/run/k8s.cni.cncf.io": "/run/k8s.cni.cncf.io",
        "/run/netns": "/run/netns/",
        "/etc/cni/net.d/multus.d": "multus-daemon-config",
        "/hostroot": "/",
        "/etc/cni/multus/net.d": "/etc/cni/multus/net.d",
    }


def test_config_of_a_plain_install() -> None:
    assert form(daemonset("--multus-conf-file=auto"), files=(CALICO,)).config == {
        "chrootDir": "/hostroot",
        "cniVersion": "0.3.1",
        "logLevel": "verbose",
        "logToStderr": True,
        "cniConfigDir": "/host/etc/cni/net.d",
        "multusAutoconfigDir": "/host/etc/cni/net.d",
        "multusConfigFile": "auto",
        "socketDir": "/host/run/multus/",
        "confDir": "/etc/cni/multus/net.d",
        "multusMasterCNI": "10-calico.conflist",
    }


@pytest.mark.parametrize("release", TARGETS)
def test_every_target_has_its_own_tag_and_an_explicit_conf_dir(release: str) -> None:
    found = form(daemonset(), release=release)
    assert found.image == f"{UPSTREAM}:v{release}-thick"
    assert found.pod["initContainers"][0]["image"] == found.image
    assert found.config["confDir"] == "/etc/cni/multus/net.d"


K3S = daemonset(
    mounts="""
    - {name: k3s-conf, mountPath: /host/k3s/net.d/}
    - {name: k3s-bin, mountPath: /host/k3s/bin/}
    """,
    volumes="""
    - {name: k3s-conf, hostPath: {path: /var/lib/rancher/k3s/agent/etc/cni/net.d/}}
    - {name: k3s-bin, hostPath: {path: /var/lib/rancher/k3s/data/cni/}}
    """,
    container="""
    args:
    - --cni-conf-dir=/host/k3s/net.d
    - --multus-autoconfig-dir=/host/k3s/net.d
    - --cni-bin-dir=/host/k3s/bin
    """,
)


def test_paths_of_a_distribution_are_carried_over() -> None:
    found = form(K3S)
    assert mounts(found)["/host/k3s/net.d/"] == "/var/lib/rancher/k3s/agent/etc/cni/net.d"
    assert mounts(found)["/var/lib/rancher/k3s/data/cni"] == "/var/lib/rancher/k3s/data/cni"
    assert "/opt/cni/bin" not in mounts(found)
    assert found.config["binDir"] == "/var/lib/rancher/k3s/data/cni"
    assert found.config["cniConfigDir"] == "/host/k3s/net.d"
    init = found.pod["initContainers"][0]
    assert init["command"][1:] == ["-d", "/host/k3s/bin", "-t", "thick"]
    assert init["volumeMounts"][0]["name"] == "k3s-bin"


def test_a_directory_of_its_own_for_the_primary_is_mounted_too() -> None:
    separate = daemonset(
        "--multus-autoconfig-dir=/host/primary",
        mounts="- {name: primary, mountPath: /host/primary}",
        volumes="- {name: primary, hostPath: {path: /etc/cni/primary.d}}",
    )
    found = form(separate)
    assert mounts(found)["/host/primary"] == "/etc/cni/primary.d"
    assert found.config["multusAutoconfigDir"] == "/host/primary"
    assert found.config["cniConfigDir"] == "/host/etc/cni/net.d"


def test_two_directories_of_plugins_need_cni_path() -> None:
    found = form(daemonset("--additional-bin-dir=/srv/cni"))
    assert mounts(found)["/srv/cni"] == "/srv/cni"
    env = {e["name"]: e.get("value") for e in found.pod["containers"][0]["env"]}
    assert env["CNI_PATH"] == "/opt/cni/bin:/srv/cni"


def test_one_directory_of_plugins_needs_no_cni_path() -> None:
    env = form(daemonset()).pod["containers"][0]["env"]
    assert [variable["name"] for variable in env] == ["MULTUS_NODE_NAME"]


def test_a_log_file_brings_its_directory() -> None:
    found = form(daemonset("--multus-log-file=/var/log/multus/m.log"))
    assert mounts(found)["/var/log/multus"] == "/var/log/multus"


def test_a_cache_directory_of_its_own_is_kept_where_it_is() -> None:
    config = {"cniDir": "/data/multus", "delegates": [{"name": "x", "type": "y"}]}
    found = form(with_hand_written(json.dumps(config)))
    assert mounts(found)["/data/multus"] == "/data/multus"
    assert "/var/lib/cni/multus" not in mounts(found)


@pytest.mark.parametrize(
    ("conf_dir", "mount", "host"),
    [
        ("/etc/own.d", "/etc/own.d", "/etc/own.d"),
        ("/etc/cni/net.d", "/host/etc/cni/net.d", "/etc/cni/net.d"),
    ],
    ids=["own directory: at its own path", "the CNI directory: where it is mounted already"],
)
def test_conf_dir_of_a_hand_written_config(conf_dir: str, mount: str, host: str) -> None:
    config = {"confDir": conf_dir, "delegates": [{"name": "x", "type": "y"}]}
    found = form(with_hand_written(json.dumps(config)))
    assert found.config["confDir"] == mount
    assert mounts(found)[mount] == host
    assert "/etc/cni/multus/net.d" not in mounts(found)


def test_a_volume_of_the_user_with_the_blueprints_name_is_not_merged() -> None:
    taken = daemonset(
        mounts="- {name: hostroot, mountPath: /scratch}",
        volumes="- {name: hostroot, emptyDir: {}}",
    )
    names = {m["mountPath"]: m["name"] for m in form(taken).pod["containers"][0]["volumeMounts"]}
    assert names["/hostroot"] == "hostroot-thick"


def test_a_volume_of_the_user_for_the_same_directory_is_used() -> None:
    named = daemonset(volumes="- {name: my-kubelet, hostPath: {path: /var/lib/kubelet/}}")
    names = {m["mountPath"]: m["name"] for m in form(named).pod["containers"][0]["volumeMounts"]}
    assert names["/var/lib/kubelet"] == "my-kubelet"


def test_a_mount_of_the_user_at_the_blueprints_path_stays() -> None:
    k0s = daemonset(
        mounts="- {name: kubelet, mountPath: /var/lib/kubelet}",
        volumes="- {name: kubelet, hostPath: {path: /var/lib/k0s/kubelet}}",
    )
    names = {m["mountPath"]: m["name"] for m in form(k0s).pod["containers"][0]["volumeMounts"]}
    assert names["/var/lib/kubelet"] == "kubelet"


def test_the_image_that_the_user_states_wins() -> None:
    found = form(daemonset(), image="mirror.example/x:1")
    assert (found.image, found.image_origin) == ("mirror.example/x:1", "stated")


def test_an_unknown_thick_image_leaves_the_old_one_in_the_blueprint() -> None:
    found = form(daemonset(image="bitnami/multus-cni:4.0.2"))
    assert (found.image, found.image_origin) == ("", "vendor")
    assert found.pod["containers"][0]["image"] == "bitnami/multus-cni:4.0.2"


def test_the_primary_that_the_user_states_wins() -> None:
    found = form(daemonset(), files=(CALICO,), primary_cni="20-other.conf")
    assert found.config["multusMasterCNI"] == "20-other.conf"


def test_a_thick_installs_own_config_keeps_its_keys_and_their_order() -> None:
    own = {
        "cniVersion": "1.0.0",
        "metricsPort": 9100,
        "type": "multus",
        "confDir": "/host/etc/cni/net.d",
    }
    texts = [
        text if "daemon-config.json" not in text or '"ConfigMap"' not in text else _config_map(own)
        for text in migrated(daemonset(), to="4.0.2")
    ]
    config = form(*texts).config
    assert list(config)[:3] == ["cniVersion", "metricsPort", "confDir"]
    assert "type" not in config
    assert config["confDir"] == "/host/etc/cni/net.d"
    assert config["multusConfigFile"] == "auto"


def _config_map(config: object) -> str:
    data = {"daemon-config.json": json.dumps(config)}
    metadata = {"name": CONFIG_MAP, "namespace": "kube-system"}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def test_the_config_is_written_as_json_with_a_final_newline() -> None:
    assert config_text({"a": "ü"}) == '{\n    "a": "ü"\n}\n'


@pytest.mark.parametrize(
    ("init", "name"),
    [
        ("", "install-multus-binary"),
        ("initContainers:\n- {name: mine, command: [cp, /multus, /host/opt/cni/bin/multus]}", "mine"),
        ("initContainers:\n- {name: other, command: [sleep, '1']}", "install-multus-binary"),
    ],
    ids=["none: a new one", "the one that copies the binary", "another init container is none"],
)  # fmt: skip
def test_the_installer_keeps_its_name(init: str, name: str) -> None:
    assert form(daemonset(init=init)).pod["initContainers"][0]["name"] == name


def test_the_pod_settings_of_a_daemon() -> None:
    pod = form(daemonset(pod=POD)).pod
    assert {k: v for k, v in pod.items() if not isinstance(v, list)} == {
        "hostNetwork": True,
        "hostPID": True,
        "priorityClassName": "system-node-critical",
        "terminationGracePeriodSeconds": 30,
    }


@pytest.mark.parametrize(
    ("conf_dir", "inside"),
    [
        ("/etc/cni/net.d", "/host/etc/cni/net.d"),
        ("/etc/cni/net.d/multus.d", "/host/etc/cni/net.d/multus.d"),
        ("/etc/cni/net.d2", "/etc/cni/net.d2"),
        ("/etc/cni/nads/", "/etc/cni/nads"),
    ],
    ids=["the CNI directory", "where daemon-config.json would hide it", "a neighbour", "any"],
)
def test_the_conf_dir_is_the_host_s(conf_dir: str, inside: str) -> None:
    found = form(with_hand_written(json.dumps({"confDir": conf_dir})))
    assert found.config["confDir"] == inside
    assert mounts(found)[inside] == conf_dir.rstrip("/")


def test_the_version_is_compared_with_the_file_that_cluster_network_names() -> None:
    hand = with_hand_written(json.dumps({"clusterNetwork": "/etc/cni/net.d/80-old.conf"}))
    old = node_file("80-old.conf", json.dumps({"cniVersion": "0.2.0", "name": "o", "type": "o"}))
    calico = node_file("75-calico.conflist", CALICO.content)  # after 70-multus.conf
    found = form(hand, files=(calico, old))
    assert (found.primary.file, found.config["cniVersion"]) == ("80-old.conf", "0.2.0")


def test_a_volume_gets_a_name_that_is_free() -> None:
    """Volumes of two types under one name would be merged (K2)."""
    taken = "- {name: hostroot, emptyDir: {}}\n- {name: hostroot-thick, emptyDir: {}}"
    assert mounts(form(daemonset(volumes=taken)))["/hostroot"] == "/"
    names = [v["name"] for v in form(daemonset(volumes=taken)).pod["volumes"]]
    assert "hostroot-thick-thick" in names
