"""The daemon's pod among what the source install mounts already."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.inputs import NodeLink, Source
from migrator.model.release import parse
from migrator.multus.defaults import CONFIG_MAP
from migrator.thick.form import mounted_trees, targets_in
from migrator.thick.socket import lost_in, socket_keys
from tests.builders import daemonset, install, intent

from .test_form import form, mounts


def names(*texts: str) -> dict[str, str]:
    """Mount path of the main container -> name of its volume."""
    return {m["mountPath"]: m["name"] for m in form(*texts).pod["containers"][0]["volumeMounts"]}


def with_mount(name: str, path: str, source: str) -> str:
    return daemonset(
        mounts=f"- {{name: {name}, mountPath: {path}}}",
        volumes=f"- {{name: {name}, {source}}}",
    )


@pytest.mark.parametrize(
    ("path", "source", "kept"),
    [
        ("/run/netns", "hostPath: {path: /var/run/netns}", True),
        ("/run/netns", "hostPath: {path: /var/run/docker/netns}", True),
        ("/run/netns", "emptyDir: {}", False),
        ("/var/lib/kubelet", "hostPath: {path: /data/kubelet}", True),
        ("/hostroot", "hostPath: {path: /}", True),
        ("/hostroot", "hostPath: {path: /srv}", False),
        ("/host/run", "hostPath: {path: /var/run}", True),
        ("/host/run", "hostPath: {path: /tmp}", False),
        ("/etc/cni/net.d/multus.d", "configMap: {name: mine}", True),
        ("/etc/cni/net.d/multus.d", "projected: {sources: []}", True),
        ("/etc/cni/net.d/multus.d", "hostPath: {path: /etc}", False),
    ],
)
def test_a_mount_at_the_blueprint_s_path_stays_where_it_does_the_work(
    path: str, source: str, kept: bool
) -> None:
    assert (names(with_mount("mine", path, source))[path] == "mine") is kept


def test_a_daemon_s_own_directory_is_the_right_one() -> None:
    mount = "- {name: mine, mountPath: /hostroot}"
    thick = daemonset(
        image="ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.0-thick",
        command="[/usr/src/multus-cni/bin/multus-daemon]",
        mounts=mount,
        volumes="- {name: mine, hostPath: {path: /other}}",
    )
    assert names(thick)["/hostroot"] == "mine"


def test_two_mounts_of_one_directory_are_one() -> None:
    found = form(with_mount("mine", "/var/run/netns", "hostPath: {path: /run/netns}"))
    paths = [m["mountPath"] for m in found.pod["containers"][0]["volumeMounts"]]
    assert "/run/netns" not in paths
    assert paths.count("/var/run/netns") == 1
    assert len(paths) == len(set(paths))


def test_each_volume_is_there_once_and_in_use() -> None:
    found = form(daemonset("--additional-bin-dir=/srv/cni", "--multus-log-file=/var/log/m/m.log"))
    volumes = [volume["name"] for volume in found.pod["volumes"]]
    mounted = {
        mount["name"]
        for container in (*found.pod["containers"], *found.pod["initContainers"])
        for mount in container["volumeMounts"]
    }
    assert sorted(volumes) == sorted(mounted)
    assert {"multus-plugin-dir", "multus-log-dir", "cnibin"} <= set(volumes)


def test_a_second_volume_for_a_directory_is_not_made() -> None:
    """The first volume of the user for it counts."""
    twice = "- {name: x, hostPath: {path: /run/}}\n- {name: y, hostPath: {path: /run}}"
    assert names(daemonset(volumes=twice))["/host/run"] == "x"


def test_a_config_map_of_that_name_is_used() -> None:
    """A volume with the blueprint's name is the blueprint's only if it holds the same ConfigMap."""
    same = f"- {{name: multus-daemon-config, configMap: {{name: {CONFIG_MAP}}}}}"
    other = "- {name: multus-daemon-config, configMap: {name: other}}"
    path = "/etc/cni/net.d/multus.d"
    assert names(daemonset(volumes=same))[path] == "multus-daemon-config"
    assert names(daemonset(volumes=other))[path] == "multus-daemon-config-thick"
    assert mounts(form(daemonset(volumes=other)))[path] == CONFIG_MAP


def link(directory: str, target: str) -> NodeLink:
    return NodeLink(
        node="n1",
        directory=directory,
        name="bridge",
        target=target,
        source=Source(file="f", line=1),
    )


def test_plugins_that_are_links_bring_the_tree_of_their_targets() -> None:
    links = [link("/opt/cni/bin", "/srv/store/bin/bridge"), link("/other", "/srv/x/bridge")]
    assert targets_in("/opt/cni/bin", links) == ["/srv/store/bin/bridge"]
    found = mounted_trees(["/opt/cni/bin"], (), links, parse("4.2.4"))
    assert found == ["/srv/store/bin"]
    assert mounted_trees(["/opt/cni/bin", "/srv/store"], (), links, parse("4.2.4")) == []
    assert mounted_trees(["/opt/cni/bin"], (), links, parse("4.0.2")) == []
    assert mounted_trees(["/opt/cni/bin"], (), links[1:], parse("4.2.4")) == []


RUN: dict[str, Any] = {
    "volumes": [
        {"name": "run", "hostPath": {"path": "/run"}},
        {"name": "socket", "hostPath": {"path": "/var/run/multus"}},
        {"name": "more", "hostPath": {"path": "/run/multus/plugins"}},
        {"name": "else", "hostPath": {"path": "/run/multus-cni"}},
    ]
}


def main(*at: tuple[str, str]) -> dict[str, Any]:
    return {"volumeMounts": [{"name": name, "mountPath": path} for name, path in at]}


@pytest.mark.parametrize(
    ("mounted", "settings", "lost"),
    [
        pytest.param([("run", "/host/run")], {}, [], id="nothing lies there"),
        pytest.param([("run", "/host/run"), ("more", "/plugins")], {},
                     [("the mount at /plugins", "/run/multus/plugins")], id="a mount"),
        pytest.param([("run", "/host/run"), ("socket", "/host/run/multus")], {}, [],
                     id="the mount that is emptied is the socket's"),
        pytest.param([("run", "/host/run"), ("socket", "/host/run/multus/"), ("socket", "/x")], {},
                     [], id="a second view of the directory"),
        pytest.param([("run", "/host/run"), ("else", "/x")], {}, [], id="a name that begins alike"),
        pytest.param([("run", "/host/run")], {"logFile": "/host/run/multus/log"},
                     [("logFile", "/run/multus/log")], id="a path of the settings"),
        pytest.param([("run", "/host/run")], {"binDir": "/host/run/multus"},
                     [("binDir", "/run/multus")], id="the directory itself"),
        pytest.param([("run", "/host/run")], {"cniDir": "/host/run/multus-cni", "confDir": 5}, [],
                     id="paths elsewhere, and what is none"),
        pytest.param([("run", "/host/run")],
                     {key: f"/host/run/multus/{key}" for key in
                      ("cniConfigDir", "multusAutoconfigDir", "readinessindicatorfile", "confDir",
                       "cniDir")},
                     [(key, f"/run/multus/{key}") for key in
                      ("cniConfigDir", "multusAutoconfigDir", "readinessindicatorfile", "confDir",
                       "cniDir")], id="each path of the settings"),
    ],
)  # fmt: skip
def test_what_is_lost_where_the_socket_s_directory_is_emptied(
    mounted: list[tuple[str, str]], settings: dict[str, Any], lost: list[tuple[str, str]]
) -> None:
    found = lost_in("/run/multus", "/host/run/multus", RUN, main(*mounted), settings)
    assert list(found) == lost


def test_the_shim_is_told_of_another_directory() -> None:
    planned = {**RUN, "containers": [main(("run", "/host/run"))]}
    usual = {"socketDir": "/host/run/multus/"}
    other = {"socketDir": "/host/run/multus-daemon/", "daemonSocketDir": "/run/multus-daemon/"}
    today, beside = main(("run", "/host/run")), main(("more", "/plugins"))
    settings = {"logFile": "/host/run/multus/log"}
    v4_2, v4_0 = parse("4.2.4"), parse("4.0.2")
    assert socket_keys(planned, RUN, today, {}, v4_2) == usual
    assert socket_keys(planned, RUN, today, settings, v4_2) == other
    assert socket_keys(planned, RUN, beside, {}, v4_2) == other
    assert socket_keys(planned, RUN, beside, settings, v4_0) == usual


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ({"confDir": "/srv/nads/"}, "/srv/nads"),
        ({"confDir": ""}, "/etc/cni/multus/net.d"),
        ({"confDir": 5}, "/etc/cni/multus/net.d"),
        ({}, "/etc/cni/multus/net.d"),
    ],
    ids=["its own", "empty", "no text", "unsaid"],
)
def test_the_conf_dir_of_a_daemon(stated: dict[str, Any], found: str) -> None:
    metadata = {"name": CONFIG_MAP, "namespace": "kube-system"}
    data = {"daemon-config.json": json.dumps({"cniVersion": "0.3.1", **stated})}
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    text = daemonset(
        image="ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.0-thick",
        command="[/usr/src/multus-cni/bin/multus-daemon]",
        mounts="- {name: c, mountPath: /etc/cni/net.d/multus.d}\n"
        "- {name: nads, mountPath: /srv/nads}\n"
        "- {name: usual, mountPath: /etc/cni/multus/net.d}",
        volumes=f"- {{name: c, configMap: {{name: {CONFIG_MAP}}}}}\n"
        "- {name: nads, hostPath: {path: /srv/nads}}\n"
        "- {name: usual, hostPath: {path: /etc/cni/multus/net.d}}",
    )
    (only,) = intent(text, json.dumps(config_map)).forms
    paths = [m["mountPath"] for m in only.pod["containers"][0]["volumeMounts"]]
    assert found in paths
    assert install(text, json.dumps(config_map)).mode == "thick"
