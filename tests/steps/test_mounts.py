from __future__ import annotations

import json

import pytest

from migrator.model.inputs import MISSING
from migrator.steps import mounts
from tests.builders import INIT, V4, daemonset, migrated, v3, with_hand_written
from tests.builders import POD as POD_TEXT
from tests.steps.tools import DAEMONSET, MAIN, POD, assert_migrates, assert_unchanged, changed

DELEGATES = json.dumps({"delegates": [{"name": "x", "type": "y"}]})


def mount(path: str) -> str:
    return f"{MAIN}.volumeMounts[mountPath={path}]"


def volume(name: str) -> str:
    return f"{POD}.volumes[name={name}]"


@pytest.mark.parametrize(
    ("path", "name", "host", "spread"),
    [
        ("/host/run", "host-run", "/run", None),
        ("/var/lib/cni/multus", "host-var-lib-cni-multus", "/var/lib/cni/multus", None),
        ("/var/lib/kubelet", "host-var-lib-kubelet", "/var/lib/kubelet", "HostToContainer"),
        ("/run/k8s.cni.cncf.io", "host-run-k8s-cni-cncf-io", "/run/k8s.cni.cncf.io", None),
        ("/run/netns", "host-run-netns", "/run/netns/", "HostToContainer"),
        ("/hostroot", "hostroot", "/", "HostToContainer"),
    ],
)
def test_what_the_daemon_reads_is_mounted(
    path: str, name: str, host: str, spread: str | None
) -> None:
    wanted = {"name": name, "mountPath": path}
    if spread:
        wanted["mountPropagation"] = spread
    after = {volume(name): {"name": name, "hostPath": {"path": host}}, mount(path): wanted}
    assert_migrates(mounts, daemonset(), gives=after)


def test_the_bin_dir_moves_to_its_own_path() -> None:
    after = {
        mount("/opt/cni/bin"): {"name": "cnibin", "mountPath": "/opt/cni/bin"},
        mount("/host/opt/cni/bin"): MISSING,
    }
    assert_migrates(mounts, daemonset(init=INIT % V4), gives=after)


def test_the_config_map_of_a_hand_written_config_is_no_longer_mounted() -> None:
    after = {mount("/tmp/multus-conf"): MISSING, volume("multus-cfg"): MISSING}
    assert_migrates(mounts, with_hand_written(DELEGATES), gives=after)


def test_the_volume_that_v3_1_never_mounted_goes() -> None:
    manifest = v3(volumes="- {name: multus-cfg, configMap: {name: multus-cni-config}}")
    assert_migrates(mounts, manifest, gives={volume("multus-cfg"): MISSING})


@pytest.mark.parametrize(
    ("flags", "bin_dir", "after"),
    [
        (("--restart-crio=true",), "/opt/cni/bin", MISSING),
        (("--cni-bin-dir=/host/opt/cni/bin",), "/usr/libexec/cni", MISSING),
        ((), "/opt/cni/bin", "no change"),
    ],
    ids=["--restart-crio", "CRI-O's bin dir", "neither: it is the user's"],
)
def test_run_that_was_there_to_restart_crio(
    flags: tuple[str, ...], bin_dir: str, after: object
) -> None:
    manifest = v3(
        *flags,
        mounts="- {name: run, mountPath: /run}",
        volumes="- {name: run, hostPath: {path: /run}}",
    ).replace("path: /opt/cni/bin", f"path: {bin_dir}")
    assert_migrates(mounts, manifest, gives={mount("/run"): after})


def test_a_volume_that_the_new_mounts_use_stays_when_its_old_mount_goes() -> None:
    manifest = v3(
        "--restart-crio=true",
        mounts="- {name: run, mountPath: /run}",
        volumes="- {name: run, hostPath: {path: /run}}",
    )
    assert_migrates(
        mounts, manifest, gives={mount("/host/run"): {"name": "run", "mountPath": "/host/run"}}
    )
    assert_unchanged(mounts, manifest, paths=(volume("run"),))


def test_a_mount_without_propagation_gets_only_that() -> None:
    manifest = daemonset(
        mounts="- {name: netns, mountPath: /run/netns, readOnly: true}",
        volumes="- {name: netns, hostPath: {path: /var/run/netns}}",
    )
    after = {f"{mount('/run/netns')}.mountPropagation": "HostToContainer"}
    assert_migrates(mounts, manifest, gives=after)
    assert mount("/run/netns") not in changed(mounts, manifest)[DAEMONSET]


@pytest.mark.parametrize(
    ("own_mount", "own_volume"),
    [
        (
            "- {name: kubelet, mountPath: /var/lib/kubelet, mountPropagation: Bidirectional}",
            "- {name: kubelet, hostPath: {path: /var/lib/k0s/kubelet}}",
        ),
        ("- {name: certs, mountPath: /etc/ssl}", "- {name: certs, hostPath: {path: /etc/ssl}}"),
        ("- {name: extra, mountPath: /extra}", "- {name: extra, configMap: {name: extra}}"),
        ("- {name: scratch, mountPath: /tmp/x}", "- {name: scratch, emptyDir: {}}"),
        ("- {name: cni, mountPath: /also}", ""),
    ],
    ids=["kubelet elsewhere", "own host directory", "own ConfigMap", "emptyDir", "second mount"],
)
def test_mounts_and_volumes_of_the_user_stay(own_mount: str, own_volume: str) -> None:
    manifest = daemonset(mounts=own_mount, volumes=own_volume)
    name = own_mount.split("name: ")[1].split(",")[0]
    path = own_mount.split("mountPath: ")[1].split(",")[0].rstrip("}")
    assert_unchanged(mounts, manifest, paths=(mount(path), volume(name)))


def test_a_config_map_that_a_sidecar_still_mounts_stays() -> None:
    manifest = with_hand_written(
        DELEGATES,
        sidecars="- {name: s, image: x, volumeMounts: [{name: multus-cfg, mountPath: /cfg}]}",
    )
    assert_unchanged(mounts, manifest, paths=(volume("multus-cfg"), f"{POD}.containers[name=s]"))


def test_mounts_of_the_init_container_stay() -> None:
    assert_unchanged(mounts, daemonset(init=INIT % V4), paths=(f"{POD}.initContainers",))


def test_an_unused_volume_of_the_user_stays() -> None:
    manifest = daemonset(volumes="- {name: spare, hostPath: {path: /spare}}")
    assert_unchanged(mounts, manifest, paths=(volume("spare"),))


def test_the_target_itself_stays() -> None:
    assert_unchanged(mounts, *migrated(daemonset(pod=POD_TEXT)))


@pytest.mark.parametrize(
    ("path", "own", "host"),
    [
        ("/hostroot", "/data", "/"),
        ("/host/run", "/data", "/run"),
        ("/var/lib/cni/multus", "/data/cni", "/var/lib/cni/multus"),
        ("/opt/cni/bin", "/usr/libexec/cni", "/opt/cni/bin"),
    ],
)
def test_another_directory_at_the_daemons_path_gives_way(path: str, own: str, host: str) -> None:
    """The thin entrypoint reads none of these: the daemon needs the node's own directory."""
    manifest = daemonset(
        mounts=f"- {{name: own, mountPath: {path}}}",
        volumes=f"- {{name: own, hostPath: {{path: {own}}}}}",
        init=INIT % V4,
    )
    found = changed(mounts, manifest)[DAEMONSET]
    after = found[mount(path)]
    named = found.get(volume(after["name"]), {"hostPath": {"path": "/opt/cni/bin"}})
    assert named["hostPath"]["path"] == host


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/run/netns", "/var/run/netns"),
        ("/var/lib/kubelet", "/var/lib/k0s/kubelet"),
        ("/run/k8s.cni.cncf.io", "/var/run/k8s.cni.cncf.io"),
    ],
    ids=["Talos", "k0s", "the same directory by its link"],
)
def test_a_directory_that_a_distribution_has_elsewhere_stays(path: str, host: str) -> None:
    manifest = daemonset(
        mounts=f"- {{name: own, mountPath: {path}}}",
        volumes=f"- {{name: own, hostPath: {{path: {host}}}}}",
    )
    found = changed(mounts, manifest)[DAEMONSET]
    assert mount(path) not in found
    assert volume("own") not in found


def test_a_read_only_mount_becomes_writable() -> None:
    """The chroot: plugins write their state below it."""
    manifest = daemonset(
        mounts="- {name: own, mountPath: /hostroot, readOnly: true}",
        volumes="- {name: own, hostPath: {path: /}}",
    )
    gives = {f"{mount('/hostroot')}.readOnly": MISSING}
    assert_migrates(mounts, manifest, gives=gives)


def test_var_run_would_hide_what_is_mounted_in_run() -> None:
    manifest = daemonset(
        mounts="- {name: own, mountPath: /var/run}",
        volumes="- {name: own, hostPath: {path: /var/run}}",
    )
    assert_migrates(mounts, manifest, gives={mount("/var/run"): MISSING, volume("own"): MISSING})


def test_the_tree_that_links_lead_into_is_mounted_read_only() -> None:
    bin_dir, tree = "/var/lib/rancher/k3s/data/cni", "/var/lib/rancher/k3s/data"
    manifest = daemonset(init=INIT % V4).replace("path: /opt/cni/bin", f"path: {bin_dir}")
    name = "multus-plugin-targets"
    after = {
        volume(name): {"name": name, "hostPath": {"path": tree}},
        mount(tree): {"name": name, "mountPath": tree, "readOnly": True},
    }
    assert_migrates(mounts, manifest, gives=after)


def test_network_namespaces_are_mounted_once() -> None:
    manifest = daemonset(
        mounts="- {name: netns, mountPath: /var/run/netns}",
        volumes="- {name: netns, hostPath: {path: /var/run/netns}}",
    )
    found = changed(mounts, manifest)[DAEMONSET]
    assert mount("/run/netns") not in found
    assert found[f"{mount('/var/run/netns')}.mountPropagation"] == "HostToContainer"
