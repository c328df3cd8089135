"""What the picture of a node says, for installs as users have them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from migrator.model.inputs import MISSING, ItemKey
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.report.html.svg import Mount, Picture, pictures
from migrator.trees.paths import put
from tests import builders
from tests.report import plans


def of(*texts: str, release: str = "") -> Picture:
    """The picture of what the planner makes of one install."""
    (picture,) = pictures(planned(*texts, release=release))
    return picture


def planned(*texts: str, release: str = "") -> Plan:
    return make_plan(builders.inventory(*texts, release=release), builders.target())


def install(**parts: str) -> tuple[str, str]:
    text = builders.daemonset("--multus-conf-file=auto", init=builders.INIT % builders.V4, **parts)
    return text, builders.ROLE + "- {apiGroups: [''], resources: [pods], verbs: [get, update]}\n"


def test_thin_multus_is_run_by_the_runtime_and_reads_the_host() -> None:
    node = of(*install()).before
    assert (node.mode, node.release) == ("thin", "4.0.2")
    assert node.runtime_conf == "/etc/cni/net.d/00-multus.conf"
    assert node.binary == "/opt/cni/bin/multus"
    assert (node.socket, node.settings, node.chroot) == ("", "", "")
    assert (node.conf_source, node.conf_inside) == ("/etc/cni/multus/net.d",) * 2


def test_thick_multus_is_a_shim_a_socket_and_a_daemon() -> None:
    node = of(*install()).after
    assert node is not None
    assert (node.mode, node.release) == ("thick", "4.2.4")
    assert node.binary == "/opt/cni/bin/multus-shim"
    assert node.socket == "/run/multus/multus.sock"
    assert node.settings == "ConfigMap multus-daemon-config"
    assert node.chroot == "/hostroot"
    assert node.conf_source == "/etc/cni/multus/net.d"


def test_the_paths_are_those_of_the_platform() -> None:
    k3s = of(
        builders.daemonset("--multus-conf-file=auto", init=builders.INIT % builders.V4)
        .replace("{path: /etc/cni/net.d}", "{path: /var/lib/rancher/k3s/agent/etc/cni/net.d}")
        .replace("{path: /opt/cni/bin}", "{path: /var/lib/rancher/k3s/data/current/bin}")
    )
    for node in (k3s.before, k3s.after):
        assert node is not None
        assert node.runtime_conf == "/var/lib/rancher/k3s/agent/etc/cni/net.d/00-multus.conf"
        assert node.bin_dir == "/var/lib/rancher/k3s/data/current/bin"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--multus-conf-file=auto"], "00-multus.conf"),
        (["--multus-conf-file=auto", "--cni-version=0.4.0"], "00-multus.conf"),
        (["--multus-conf-file=auto", "--cni-version=1.0.0"], "00-multus.conflist"),
        ([builders.CONFIG_FLAG], "70-multus.conf"),
    ],
    ids=["automatic", "an old version", "a list from 1.0.0 on", "a hand-written file"],
)
def test_the_file_that_the_runtime_reads(arguments: list[str], name: str) -> None:
    text = builders.daemonset(
        *arguments, mounts=builders.CONFIG_MOUNT, volumes=builders.CONFIG_VOLUME
    )
    assert of(text).before.runtime_conf == f"/etc/cni/net.d/{name}"


def test_a_hand_written_config_is_named() -> None:
    picture = of(builders.with_hand_written('{"type": "multus", "delegates": [{"type": "x"}]}'))
    assert picture.before.settings == "ConfigMap multus-cni-config"


@pytest.mark.parametrize(
    ("arguments", "before", "after"),
    [
        ([], "/etc/cni/net.d", "/etc/cni/net.d"),
        (
            ["--multus-conf-file=auto", "--multus-master-cni-file=10-calico.conflist"],
            "/etc/cni/net.d/10-calico.conflist",
            "/etc/cni/net.d/10-calico.conflist",
        ),
        ([builders.CONFIG_FLAG], "", "/etc/cni/net.d"),
    ],
    ids=["the first file", "a pinned file", "a hand-written config"],
)
def test_where_the_primary_cni_is_read(arguments: list[str], before: str, after: str) -> None:
    arguments = arguments or ["--multus-conf-file=auto"]
    text = builders.v3(*arguments, mounts=builders.CONFIG_MOUNT, volumes=builders.CONFIG_VOLUME)
    picture = of(text)
    assert picture.before.primary == before
    assert picture.after is not None
    assert picture.after.primary == after


def test_mounts_are_marked_by_what_the_move_does_to_them() -> None:
    picture = of(*install())
    assert picture.after is not None
    before, after = picture.before.main.mounts, picture.after.main.mounts
    conf = Mount(source="/etc/cni/net.d", inside="/host/etc/cni/net.d", state="kept")
    assert conf in before
    assert conf in after
    assert Mount(source="/opt/cni/bin", inside="/host/opt/cni/bin", state="gone") in before
    assert Mount(source="/", inside="/hostroot", state="new") in after
    source = "ConfigMap multus-daemon-config"
    assert Mount(source=source, inside="/etc/cni/net.d/multus.d", state="new") in after
    assert not any(m.state == "gone" for m in after)
    assert not any(m.state == "new" for m in before)


def test_the_table_lists_each_mount_once() -> None:
    mounts = of(*install()).mounts
    assert len(mounts) == len(set(mounts))
    assert ("install-multus-binary", "kept") in {(name, m.state) for name, m in mounts}
    assert [m.inside for _, m in mounts if m.state == "gone"] == ["/host/opt/cni/bin"]


@pytest.mark.parametrize(
    ("volume", "source"),
    [
        ("emptyDir: {}", "emptyDir"),
        ("secret: {secretName: certs}", "Secret certs"),
        ("configMap: {name: extra}", "ConfigMap extra"),
        (
            "projected: {sources: [{configMap: {name: a}}, {configMap: {name: b}}]}",
            "ConfigMap a, ConfigMap b",
        ),
        ("hostPath: {path: /srv//x/}", "/srv/x"),
    ],
    ids=["nothing", "a Secret", "a ConfigMap", "several", "the host"],
)
def test_what_stands_behind_a_mount(volume: str, source: str) -> None:
    text, role = install(
        mounts="- {name: extra, mountPath: /extra}", volumes=f"- {{name: extra, {volume}}}"
    )
    kept = Mount(source=source, inside="/extra", state="kept")
    assert kept in of(text, role).before.main.mounts


def test_installs_that_look_alike_share_a_picture() -> None:
    amd = builders.daemonset("--multus-conf-file=auto", name="multus-amd64")
    arm = builders.daemonset("--multus-conf-file=auto", name="multus-arm64")
    (picture,) = pictures(planned(amd, arm))
    assert picture.daemonsets == (
        "DaemonSet kube-system/multus-amd64",
        "DaemonSet kube-system/multus-arm64",
    )


def test_an_install_that_stays_thick_looks_the_same_on_both_sides() -> None:
    thick = plans.nothing()
    of_today = builders.state(builders.inventory(plans.INSTALL[0]))
    (picture,) = pictures(replace(thick, before=of_today, after=of_today))
    assert picture.after is not None
    assert {m.state for _, m in picture.mounts} == {"kept"}


def test_a_daemonset_that_is_gone_from_the_plan_has_no_second_side() -> None:
    plan = planned(*install())
    (picture,) = pictures(replace(plan, after=builders.state()))
    assert picture.after is None
    assert {m.state for _, m in picture.mounts} == {"kept"}


def test_a_confdir_that_nothing_is_mounted_at_is_seen() -> None:
    plan = planned(*install())
    daemonset = next(o for o in plan.objects if o.ref.kind == "DaemonSet")
    path = (*plans.MAIN, "volumeMounts", ItemKey("mountPath", "/etc/cni/multus/net.d"))
    desired = put(daemonset.desired, path, MISSING)
    objects = tuple(replace(o, desired=desired) if o is daemonset else o for o in plan.objects)
    (picture,) = pictures(plans.with_objects(plan, objects))
    assert picture.after is not None
    assert (picture.after.conf_source, picture.after.conf_inside) == ("", "/etc/cni/multus/net.d")


def test_a_pinned_primary_cni_of_v4_is_seen() -> None:
    text = builders.daemonset("--multus-conf-file=auto", "--multus-master-cni-file-name=05-x.conf")
    assert of(text).before.primary == "/etc/cni/net.d/05-x.conf"


def test_a_daemon_with_a_socket_directory_of_its_own() -> None:
    text, config = thick("/host/etc/cni/net.d")
    config = config.replace('{"confDir"', '{"daemonSocketDir": "/run/other/", "confDir"')
    assert of(text, config).before.socket == "/run/other/multus.sock"


def thick(conf_dir: str, image: str = builders.THICK) -> tuple[str, str]:
    """A thick install whose daemon reads ``conf_dir``, a directory of the node's CNI directory."""
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: daemon, namespace: kube-system}\n"
        f'data:\n  daemon-config.json: \'{{"confDir": "{conf_dir}"}}\'\n'
    )
    return (
        builders.daemonset(
            image=image,
            command="[/usr/src/multus-cni/bin/multus-daemon]",
            mounts="- {name: config, mountPath: /etc/cni/net.d/multus.d}",
            volumes="- {name: config, configMap: {name: daemon}}",
        ),
        config,
    )


def test_a_daemons_own_confdir_is_read_through_its_mount() -> None:
    node = of(*thick("/host/etc/cni/net.d/extra/")).before
    assert node.mode == "thick"
    assert node.conf_inside == "/host/etc/cni/net.d/extra"
    assert node.conf_source == "/etc/cni/net.d/extra"
    assert node.settings == "ConfigMap daemon"


@pytest.mark.parametrize(
    ("image", "release"),
    [
        (builders.THICK.replace("4.2.4", "4.3.0"), "4.3.0"),
        ("registry.example/multus:ours", "4.2.4"),
    ],
    ids=["the image is newer than the target", "the image tells nothing"],
)
def test_the_release_after_the_move(image: str, release: str) -> None:
    after = of(*thick("/host/etc/cni/net.d", image)).after
    assert after is not None
    assert after.release == release


def test_networks_without_an_install_have_no_picture() -> None:
    assert pictures(plans.plan(texts=(plans.NAD,))) == ()
