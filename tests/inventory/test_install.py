"""Recognising Multus, and reading what its DaemonSet says."""

from __future__ import annotations

import json

import pytest

from migrator.inventory.install import config_at, find_installs
from migrator.model.errors import MigratorError
from migrator.model.inventory import HostPaths, Install
from tests.builders import (
    CONFIG_FLAG,
    INIT,
    POD,
    ROLE,
    V3,
    V4,
    daemonset,
    documents,
    hand_written,
    install,
    inventory,
    migrated,
    v3,
    with_hand_written,
)

DAEMON = "[/usr/src/multus-cni/bin/multus-daemon]"
THICK_IMAGE = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2-thick"
CLUSTER = {"delegates": [{"name": "x", "type": "y"}]}


def kind(found: Install) -> tuple[str, str, bool]:
    return found.mode, found.entrypoint, found.preview


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        pytest.param(daemonset(), ("thin", "pflag", False), id="v4 thin"),
        pytest.param(v3(), ("thin", "shell", False), id="v3"),
        pytest.param(
            v3(command="", image="nfvpe/multus:v3.1"), ("thin", "shell", False), id="v3.1: no command"
        ),
        pytest.param(
            v3(image="mirror.example:5000/infra/multus-cni:v3.8"),
            ("thin", "shell", False),
            id="mirror",
        ),
        pytest.param(
            v3(image="mirror.example/net/cni@sha256:ab"),
            ("thin", "shell", False),
            id="renamed image: the container is named multus",
        ),
        pytest.param(
            daemonset(image="mirror.example/net/cni:1", name="net"),
            ("thin", "pflag", False),
            id="thin_entrypoint is Multus's own, whatever the image",
        ),
        pytest.param(
            daemonset(command=DAEMON, image=THICK_IMAGE), ("thick", "daemon", False), id="thick"
        ),
        pytest.param(
            daemonset("-config=/x.json", command=DAEMON, image=THICK_IMAGE),
            ("thick", "daemon", False),
            id="thick with -config",
        ),
        pytest.param(
            daemonset("-cni-version=0.3.1", command=DAEMON, image=f"{V3}-thick-amd64"),
            ("thin", "goflag", True),
            id="v3.9's thick-plugin manifest is thin",
        ),
        pytest.param(
            daemonset(
                command=DAEMON,
                image=f"{V3}-thick-amd64",
                init="initContainers:\n- {name: g, command: [/bin/generate-kubeconfig]}",
            ),
            ("thin", "goflag", True),
            id="the preview without flags: its second init container gives it away",
        ),
        pytest.param(
            daemonset(image="x/multus-cni:v4.0.2", command="[sh, -c, 'exec /thin_entrypoint']"),
            ("thin", "pflag", False),
            id="in a script",
        ),
        pytest.param(
            daemonset(command="[/my/own]"), ("thin", "unknown", False), id="a program of the user's"
        ),
    ],
)  # fmt: skip
def test_what_is_multus_and_how_it_starts(manifest: str, expected: tuple[str, str, bool]) -> None:
    assert kind(install(manifest)) == expected


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(
            daemonset(
                image="ghcr.io/k8snetworkplumbingwg/multus-dynamic-networks-controller:latest",
                command="[/dynamic-networks-controller]",
            ),
            id="dynamic-networks-controller",
        ),
        pytest.param(
            daemonset(
                image="ghcr.io/k8snetworkplumbingwg/multi-networkpolicy-iptables:latest",
                command="[/usr/bin/multi-networkpolicy-iptables]",
            ),
            id="multi-networkpolicy",
        ),
        pytest.param(
            daemonset(image="cni-plugins:v1", command="[/host/opt/cni/bin/dhcp, daemon]"),
            id="the dhcp daemon",
        ),
        pytest.param(
            daemonset(image="calico/node:v3.26", command="[/entrypoint.sh]").replace(
                "name: kube-multus\n", "name: calico\n"
            ),
            id="another program's entrypoint.sh",
        ),
        pytest.param(
            daemonset(image="multus-exporter:1", command="[/exporter]").replace("/host/", "/mnt/"),
            id="named after Multus, but it touches no directory of the host",
        ),
        pytest.param(
            daemonset().replace("kind: DaemonSet", "kind: Deployment"), id="not a DaemonSet"
        ),
        pytest.param(
            daemonset(api="example.com/v1"), id="a DaemonSet of another API group"
        ),
    ],
)  # fmt: skip
def test_what_looks_like_multus_and_is_not(manifest: str) -> None:
    assert inventory(manifest).installs == ()


def test_multus_beside_a_sidecar_that_stands_first() -> None:
    manifest = daemonset().replace(
        "      - name: kube-multus\n",
        "      - {name: log, image: busybox}\n      - name: kube-multus\n",
    )
    assert install(manifest).container == "kube-multus"


def test_several_installs_come_by_name_wherever_they_stand() -> None:
    names = ["kube-multus-ds-ppc64le", "kube-multus-ds-amd64"]
    found = inventory(*(v3(name=name) for name in names)).installs
    assert [i.daemonset.ref.name for i in found] == sorted(names)


def test_extensions_v1beta1_is_a_daemonset() -> None:
    assert install(v3(api="extensions/v1beta1")).mode == "thin"


@pytest.mark.parametrize(
    ("init", "name"),
    [
        ("", ""),
        (INIT % V4, "install-multus-binary"),
        ("initContainers:\n- {name: a, command: [cp, -f, /bin/multus, /host/opt/cni/bin/]}", "a"),
        ("initContainers:\n- {name: b, command: [sh, -c, 'cp /x/multus /host/opt/cni/bin']}", "b"),
        ("initContainers:\n- {name: c, command: [/bin/generate-kubeconfig, -multus]}", ""),
        ("initContainers:\n- {name: d, command: [cp, /bin/macvlan, /host/opt/cni/bin/]}", ""),
    ],
    ids=["none", "install_multus", "cp", "cp in a script", "kubeconfig", "other plugins"],
)
def test_the_init_container_that_installs_the_binary(init: str, name: str) -> None:
    assert install(daemonset(init=init)).installer == name


PLAIN = HostPaths(
    cni_conf_dir="/etc/cni/net.d",
    cni_conf_mount="/host/etc/cni/net.d",
    autoconfig_dir="/etc/cni/net.d",
    autoconfig_mount="/host/etc/cni/net.d",
    bin_dir="/opt/cni/bin",
    bin_mount="/host/opt/cni/bin",
    conf_dir="/etc/cni/multus/net.d",
)


def test_paths_of_a_plain_install() -> None:
    assert install(daemonset()).paths == PLAIN


def test_paths_are_read_through_the_mounts_without_slashes_at_their_end() -> None:
    text = daemonset().replace("path: /etc/cni/net.d", "path: /srv/agent/etc/cni/net.d/")
    paths = install(text.replace("path: /opt/cni/bin", "path: /srv/bin/")).paths
    assert (paths.cni_conf_dir, paths.bin_dir) == ("/srv/agent/etc/cni/net.d", "/srv/bin")


@pytest.mark.parametrize(
    ("flags", "conf_mount", "autoconfig_mount"),
    [
        ((), "/host/etc/cni/net.d", "/host/etc/cni/net.d"),
        (("--cni-conf-dir=/host/x/",), "/host/x", "/host/x"),
        (("--multus-autoconfig-dir=/host/y",), "/host/etc/cni/net.d", "/host/y"),
    ],
)
def test_flags_move_the_directories(
    flags: tuple[str, ...], conf_mount: str, autoconfig_mount: str
) -> None:
    paths = install(daemonset(*flags)).paths
    assert (paths.cni_conf_mount, paths.autoconfig_mount) == (conf_mount, autoconfig_mount)


@pytest.mark.parametrize(
    "command",
    [
        "[/usr/src/multus-cni/bin/install_multus, -d, /host/bin, -t, thick]",
        "[cp, /usr/src/multus-cni/bin/multus, /host/bin/multus]",
        "[cp, /usr/src/multus-cni/bin/multus, /host/bin]",
        "[sh, -c, 'cp /usr/src/multus-cni/bin/multus /host/bin/multus']",
    ],
)
def test_the_installers_destination_is_the_bin_dir(command: str) -> None:
    init = (
        f"initContainers:\n- name: i\n  command: {command}\n"
        "  volumeMounts: [{name: other, mountPath: /host/bin}]\n"
    )
    text = daemonset(init=init, volumes="- {name: other, hostPath: {path: /srv/cni/bin}}")
    paths = install(text).paths
    assert (paths.bin_mount, paths.bin_dir) == ("/host/bin", "/srv/cni/bin")


def test_flags_carry_the_line_they_stand_on() -> None:
    text = daemonset(container="args:\n- --multus-conf-file=auto\n- --cni-version=0.3.1\n")
    flags = install(text).flags
    lines = text.splitlines()
    assert [lines[f.source.line - 1].strip(" -") for f in flags] == [
        f.raw.strip("-") for f in flags
    ]


def test_a_hand_written_config_is_found_through_mount_and_config_map() -> None:
    found = install(with_hand_written(json.dumps(CLUSTER)))
    assert found.config is not None
    assert (found.config_file, found.config.filename) == (
        "/tmp/multus-conf/70-multus.conf",
        "70-multus.conf",
    )
    assert found.config.data == CLUSTER


@pytest.mark.parametrize(
    ("mount", "items"),
    [
        ("mountPath: /tmp/multus-conf/70-multus.conf, subPath: cni-conf.json", ""),
        ("mountPath: /tmp/multus-conf/70-multus.conf, subPath: 70-multus.conf",
         ", items: [{key: cni-conf.json, path: 70-multus.conf}]"),
        ("mountPath: /tmp", ", items: [{key: cni-conf.json, path: multus-conf/70-multus.conf}]"),
    ],
    ids=["subPath is the key", "subPath of an item", "an item in a folder"],
)  # fmt: skip
def test_other_ways_to_mount_the_config(mount: str, items: str) -> None:
    manifest = v3(
        CONFIG_FLAG,
        mounts=f"- {{name: multus-cfg, {mount}}}",
        volumes=f"- {{name: multus-cfg, configMap: {{name: multus-cni-config{items}}}}}",
    )
    found = install(manifest, hand_written(json.dumps(CLUSTER)))
    assert found.config is not None
    assert found.config.data == CLUSTER


def test_the_config_in_a_projected_volume() -> None:
    part = "{configMap: {name: multus-cni-config, items: [{key: cni-conf.json, path: 70-multus.conf}]}}"
    manifest = v3(
        CONFIG_FLAG,
        mounts="- {name: multus-cfg, mountPath: /tmp/multus-conf}",
        volumes=f"- {{name: multus-cfg, projected: {{sources: [{{secret: {{name: s}}}}, {part}]}}}}",
    )
    found = install(manifest, hand_written(json.dumps(CLUSTER)))
    assert found.config is not None
    assert found.config.data == CLUSTER


@pytest.mark.parametrize(
    "config_map",
    [
        hand_written("{}", name="another"),
        hand_written("{}").replace("namespace: kube-system", "namespace: default"),
        hand_written("{}").replace("cni-conf.json", "other-key"),
    ],
    ids=["another name", "another namespace", "another key"],
)
def test_a_config_map_that_is_not_the_mounted_one(config_map: str) -> None:
    manifest = with_hand_written("{}").split("---\n")[0]
    assert install(manifest, config_map).config is None


def test_an_unmounted_config_map_is_not_read_in_auto_mode() -> None:
    text = with_hand_written("{}").replace(CONFIG_FLAG, "--multus-conf-file=auto")
    assert (install(text).config_file, install(text).config) == ("", None)


def test_conf_dir_of_a_hand_written_config() -> None:
    text = with_hand_written(json.dumps({**CLUSTER, "confDir": "/etc/own.d/"}))
    assert install(text).paths.conf_dir == "/etc/own.d"


def test_a_thick_install_reads_its_own_config() -> None:
    found = install(*migrated(daemonset()))
    assert found.mode == "thick"
    assert found.daemon_config is not None
    assert found.daemon_config.data["confDir"] == "/etc/cni/multus/net.d"
    assert found.paths == PLAIN


def test_a_thick_install_that_reads_a_directory_nothing_mounts_has_no_conf_dir() -> None:
    text = daemonset(command=DAEMON, image=THICK_IMAGE)
    assert install(text).paths.conf_dir == ""


@pytest.mark.parametrize(
    ("edit", "count"),
    [
        (("", ""), 1),
        (("namespace: kube-system}]", "namespace: default}]"), 0),
        (("{kind: ServiceAccount, name: multus", "{kind: ServiceAccount, name: other"), 0),
        (("kind: ClusterRole, name: multus}", "kind: ClusterRole, name: other}"), 0),
    ],
    ids=["bound", "another namespace", "another account", "another role"],
)
def test_cluster_roles_are_those_bound_to_the_account(edit: tuple[str, str], count: int) -> None:
    role = (ROLE + "- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}\n").replace(*edit)
    assert len(install(daemonset(pod=POD), role).cluster_roles) == count


def test_config_at_needs_a_config_map_volume() -> None:
    (document,) = documents(daemonset())
    container = document.data["spec"]["template"]["spec"]["containers"][0]
    assert config_at(document, (document,), container, "/host/opt/cni/bin/x") is None
    assert config_at(document, (document,), container, "/nowhere/x") is None


def test_no_install_in_no_documents() -> None:
    assert find_installs(()) == ()


def test_a_container_without_a_name_is_an_error_with_its_line() -> None:
    text = daemonset().replace("- name: kube-multus\n        image", "- image")
    with pytest.raises(MigratorError) as caught:
        install(text)
    line = next(i for i, t in enumerate(text.splitlines(), start=1) if "- image" in t)
    assert caught.value.lines()[0].startswith(f"multus.yaml:{line}: DaemonSet kube-system/")
