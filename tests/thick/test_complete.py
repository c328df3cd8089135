"""A thick install of the target release that holds all it needs is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from migrator.model.inputs import ObjectRef
from migrator.model.plan import Change, Plan
from migrator.multus.defaults import CONFIG_MAP
from migrator.plan.hardening import all_changes, with_hardening
from migrator.plan.planner import make_plan
from migrator.thick.complete import is_complete, missing_parts
from migrator.thick.form import Thick, thick
from migrator.trees import paths
from tests.builders import (
    INIT,
    POD,
    ROLE,
    TARGETS,
    V4,
    daemonset,
    install,
    intent,
    inventory,
    migrated,
    target,
)
from tests.steps.tools import POD as POD_PATH

Edit = Callable[[dict[str, Any]], None]


@cache
def planned(release: str) -> tuple[str, ...]:
    return migrated(daemonset(init=INIT % V4), to=release)


def thick_install(edit: Edit = lambda pod: None, *, release: str = "4.2.4") -> tuple[str, ...]:
    """A complete thick install; ``edit`` changes its pod spec in place."""
    texts = []
    for text in planned(release):
        data = json.loads(text)
        if data["kind"] == "DaemonSet":
            edit(data["spec"]["template"]["spec"])
        texts.append(json.dumps(data))
    return tuple(texts)


def form(texts: tuple[str, ...], to: str = "4.2.4") -> Thick:
    return thick(install(*texts), (), target(to), CONFIG_MAP)


def complete(texts: tuple[str, ...], to: str = "4.2.4", **settings: str) -> bool:
    return is_complete(form(texts, to), target(to, **settings), needs_conf_dir=True, documents=())


@pytest.mark.parametrize("release", TARGETS)
def test_what_this_program_plans_is_complete(release: str) -> None:
    assert complete(thick_install(release=release), release)


def test_a_thin_install_is_never_complete() -> None:
    assert not complete((daemonset(),))


def test_an_older_thick_release_is_not_complete() -> None:
    assert not complete(thick_install(release="4.0.2"))


def test_a_newer_thick_release_is_never_moved_back() -> None:
    assert complete(thick_install(release="4.3.0"), "4.0.2")


def test_a_stated_image_has_to_be_written() -> None:
    assert not complete(thick_install(), image="mirror.example/x:1")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("snapshot-thick", True),
        ("v4.2.4-thick", True),
        ("v4.2.3-thick", False),
    ],
    ids=["floating: the manifest's shape is the target's", "the target's", "stated, and older"],
)
def test_the_tag_decides_where_it_says_something(tag: str, expected: bool) -> None:
    def retag(pod: dict[str, Any]) -> None:
        for container in (*pod["containers"], *pod["initContainers"]):
            container["image"] = f"ghcr.io/k8snetworkplumbingwg/multus-cni:{tag}"

    assert complete(thick_install(retag)) is expected


def drop_mount(path: str) -> Edit:
    def edit(pod: dict[str, Any]) -> None:
        main = pod["containers"][0]
        main["volumeMounts"] = [m for m in main["volumeMounts"] if m["mountPath"] != path]

    return edit


def read_only(path: str) -> Edit:
    def edit(pod: dict[str, Any]) -> None:
        for mount in pod["containers"][0]["volumeMounts"]:
            if mount["mountPath"] == path:
                mount["readOnly"] = True

    return edit


def drop_propagation(pod: dict[str, Any]) -> None:
    for mount in pod["containers"][0]["volumeMounts"]:
        if mount["mountPath"] == "/run/netns":
            del mount["mountPropagation"]


def wider_propagation(pod: dict[str, Any]) -> None:
    for mount in pod["containers"][0]["volumeMounts"]:
        mount["mountPropagation"] = "Bidirectional"


def drop_env(pod: dict[str, Any]) -> None:
    del pod["containers"][0]["env"]


def with_args(pod: dict[str, Any]) -> None:
    pod["containers"][0]["args"] = ["-config=/etc/cni/net.d/multus.d/daemon-config.json"]


def refuse_token(pod: dict[str, Any]) -> None:
    pod["automountServiceAccountToken"] = False


def another_shim(pod: dict[str, Any]) -> None:
    pod["initContainers"][0]["image"] = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.0-thick"


def with_images(tag: str) -> Edit:
    def edit(pod: dict[str, Any]) -> None:
        for container in (*pod["containers"], *pod["initContainers"]):
            container["image"] = f"mirror.example/k8snetworkplumbingwg/multus-cni:{tag}"

    return edit


def thin_installer(pod: dict[str, Any]) -> None:
    pod["initContainers"][0]["command"] = [
        "cp",
        "/usr/src/multus-cni/bin/multus",
        "/host/opt/cni/bin",
    ]


def other_init(pod: dict[str, Any]) -> None:
    pod["initContainers"].append({"name": "wait", "image": "busybox", "command": ["sleep", "1"]})


def _lacking(texts: tuple[str, ...]) -> tuple[str, ...]:
    found = install(*texts)
    documents = (found.daemonset,)
    return missing_parts(form(texts), target(), needs_conf_dir=True, documents=documents)


@pytest.mark.parametrize(
    ("edit", "lacking"),
    [
        pytest.param(drop_mount("/opt/cni/bin"), "mount /opt/cni/bin", id="P06"),
        pytest.param(drop_mount("/run/netns"), "mount /run/netns", id="P09"),
        pytest.param(drop_mount("/hostroot"), "mount /hostroot", id="P22"),
        pytest.param(drop_mount("/var/lib/cni/multus"), "mount /var/lib/cni/multus", id="P41"),
        pytest.param(drop_propagation, "propagation of /run/netns", id="P09 propagation"),
        pytest.param(read_only("/host/etc/cni/net.d"), "writable /host/etc/cni/net.d", id="conf"),
        pytest.param(read_only("/host/run"), "writable /host/run", id="socket"),
        pytest.param(read_only("/hostroot"), "writable /hostroot", id="chroot"),
        pytest.param(
            read_only("/var/lib/cni/multus"), "writable /var/lib/cni/multus", id="delegates"
        ),
        pytest.param(drop_env, "env MULTUS_NODE_NAME", id="P35"),
        pytest.param(lambda p: p.pop("hostPID"), "hostNetwork and hostPID", id="P36"),
        pytest.param(lambda p: p.pop("hostNetwork"), "hostNetwork and hostPID", id="hostNetwork"),
        pytest.param(lambda p: p["containers"][0].pop("securityContext"), "privileged", id="root"),
        pytest.param(refuse_token, "ServiceAccount token", id="P90"),
        pytest.param(another_shim, "one image for shim and daemon", id="P21"),
        pytest.param(with_images("v4.2.4"), "thick image", id="P30"),
        pytest.param(thin_installer, "installer of multus-shim", id="the thin binary"),
    ],
)
def test_what_a_thick_install_lacks(edit: Edit, lacking: str) -> None:
    texts = thick_install(edit)
    assert _lacking(texts) == (lacking,)
    assert not complete(texts)


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(wider_propagation, id="Bidirectional holds HostToContainer"),
        pytest.param(lambda p: p.pop("priorityClassName"), id="hardening is not a need"),
        pytest.param(lambda p: p["containers"][0].pop("resources"), id="nor are resources"),
        pytest.param(lambda p: p.update(tolerations=[]), id="tolerations are the user's"),
        pytest.param(with_images("${TAG}"), id="a tag that is filled in may be thick"),
        pytest.param(read_only("/opt/cni/bin"), id="plugins are only run"),
        pytest.param(read_only("/var/lib/kubelet"), id="kubelet's socket is only asked"),
        pytest.param(with_args, id="the daemon knows -config"),
        pytest.param(other_init, id="another init container has an image of its own"),
        pytest.param(lambda p: p.pop("initContainers"), id="the shim comes from elsewhere"),
    ],
)
def test_what_is_not_missing(edit: Edit) -> None:
    assert complete(thick_install(edit))


def test_the_conf_dir_is_needed_only_where_a_nad_is_looked_up_in_it() -> None:
    texts = thick_install(drop_mount("/etc/cni/multus/net.d"))
    found = form(texts)
    assert is_complete(found, target(), needs_conf_dir=False, documents=())
    assert not is_complete(found, target(), needs_conf_dir=True, documents=())


@pytest.mark.parametrize("edit", [drop_mount("/opt/cni/bin"), drop_env], ids=["bin dir", "env"])
def test_v4_0_needs_neither_bin_dir_nor_node_name(edit: Edit) -> None:
    assert complete(thick_install(edit, release="4.0.2"), "4.0.2")


def with_config(**keys: Any) -> tuple[str, ...]:
    """A complete thick install with other keys in its daemon-config.json, None for none."""
    texts = []
    for text in thick_install():
        data = json.loads(text)
        if data["kind"] == "ConfigMap":
            config = json.loads(data["data"]["daemon-config.json"]) | keys
            said = {key: value for key, value in config.items() if value is not None}
            data["data"]["daemon-config.json"] = json.dumps(said)
        texts.append(json.dumps(data))
    return tuple(texts)


@pytest.mark.parametrize(
    ("value", "lacking"), [("auto", ()), ("/etc/x.conf", ("multusConfigFile auto",))]
)
def test_a_config_file_of_its_own_is_lacking(value: str, lacking: tuple[str, ...]) -> None:
    assert _lacking(with_config(multusConfigFile=value)) == lacking


def test_a_role_without_a_right_is_lacking() -> None:
    rules = "- {apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch, update, create]}"
    assert _lacking((*thick_install(), ROLE + rules)) == ("rights of the ClusterRole",)
    rules = rules.replace("create", "create, patch")
    assert _lacking((*thick_install(), ROLE + rules)) == ()


THIN_RULES = """\
- {apiGroups: [k8s.cni.cncf.io], resources: ['*'], verbs: ['*']}
- {apiGroups: [''], resources: [pods, pods/status], verbs: [get, update]}
- {apiGroups: ['', events.k8s.io], resources: [events], verbs: [create, patch, update]}
"""
ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: multus, namespace: kube-system}
automountServiceAccountToken: false
"""
NAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: lan, namespace: default}
"""
UNHARDENED = """\
securityContext: {privileged: false}
resources: {limits: {memory: 50Mi, cpu: 100m}}
"""
LEFT = {
    "spec.template.metadata.annotations": "a checksum, which changes nothing that runs",
    f"{POD_PATH}.containers[name=kube-multus].resources.limits": "P23 warns",
    f"{POD_PATH}.containers[name=kube-multus].resources.requests": "P23 warns",
    f"{POD_PATH}.priorityClassName": "P24 warns",
    f"{POD_PATH}.terminationGracePeriodSeconds": "matters after v4.3.0 only",
    f"{POD_PATH}.containers[name=kube-multus].terminationMessagePolicy": "last words",
    f"{POD_PATH}.initContainers[name=install-multus-binary].terminationMessagePolicy": "last words",
    f"{POD_PATH}.containers[name=kube-multus].volumeMounts[mountPath=/host/opt/cni/bin]": "idle",
}
"""What a move changes and a daemon that runs does without, and why it may."""


@cache
def _whole() -> Plan:
    source = daemonset(
        "--multus-conf-file=auto",
        init=INIT % V4,
        pod=POD + "terminationGracePeriodSeconds: 10\n",
        container=UNHARDENED,
    )
    return make_plan(inventory(source, ROLE + THIN_RULES, ACCOUNT, NAD), target())


def _changes() -> dict[str, tuple[ObjectRef, Change]]:
    """Every change of a whole move by its path, but for volumes, which the mounts stand for."""
    return {
        paths.format_path(change.path): (planned.ref, change)
        for planned in _whole().changed
        for change in planned.changes
        if change.path and ".volumes[" not in paths.format_path(change.path)
    }


@pytest.mark.parametrize("path", sorted(_changes()))
def test_what_a_move_changes_is_missed_in_a_thick_install(path: str) -> None:
    """A short cut for installs that are complete must not pass over what a step would cure."""
    ref, change = _changes()[path]
    desired = {planned.ref: planned.desired for planned in _whole().objects}
    desired[ref] = paths.put(desired[ref], change.path, change.before)
    texts = [json.dumps(data) for data in desired.values()]
    plan = make_plan(inventory(*texts, NAD), target())
    assert bool(plan.changed) is (path not in LEFT)
    forced = all_changes(with_hardening(intent(*texts, NAD), ("multus.yaml",)))
    assert forced
    assert all(change.hardening for change in forced) is (path in LEFT)


def test_a_log_that_is_mounted_nowhere_is_hardening_though_it_is_planned() -> None:
    """The daemon runs and logs, if not to the host (P17)."""
    log = {"logFile": "/var/log/multus.log"}
    plan = make_plan(inventory(*with_config(**log)), target())
    changes = [change for planned in plan.changed for change in planned.changes]
    assert {change.rule for change in changes} == {"S06", "S12"}
    assert all(change.hardening for change in changes)


@pytest.mark.parametrize(
    ("config", "hardening"),
    [({"confDir": None}, True), ({"type": "multus"}, False)],
    ids=["a default is said", "a key goes"],
)
def test_a_running_daemon_needs_its_config_where_a_key_changes(
    config: dict[str, str], hardening: bool
) -> None:
    forced = all_changes(with_hardening(intent(*with_config(**config)), ("multus.yaml",)))
    (change,) = (change for change in forced if change.object.kind == "ConfigMap")
    assert change.hardening is hardening
