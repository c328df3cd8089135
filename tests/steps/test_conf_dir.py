from __future__ import annotations

import json

import pytest

from migrator.steps import conf_dir
from tests.builders import TARGETS, daemonset, migrated, v3, with_hand_written
from tests.steps.tools import MAIN, POD, assert_migrates, assert_unchanged

PATH = "/etc/cni/multus/net.d"
MOUNT = f"{MAIN}.volumeMounts[mountPath={PATH}]"
VOLUME = f"{POD}.volumes[name=multus-conf-dir]"


@pytest.mark.parametrize("manifest", [v3(), daemonset()], ids=["v3", "v4 thin"])
@pytest.mark.parametrize("to", TARGETS)
def test_every_target_gets_the_directory(manifest: str, to: str) -> None:
    after = {
        VOLUME: {
            "name": "multus-conf-dir",
            "hostPath": {"path": PATH, "type": "DirectoryOrCreate"},
        },
        MOUNT: {"name": "multus-conf-dir", "mountPath": PATH},
    }
    assert_migrates(conf_dir, manifest, gives=after, to=to)


def test_a_directory_of_its_own_is_mounted_instead() -> None:
    config = json.dumps({"confDir": "/etc/own.d", "delegates": [{"name": "x", "type": "y"}]})
    path = f"{MAIN}.volumeMounts[mountPath=/etc/own.d]"
    after = {path: {"name": "multus-conf-dir", "mountPath": "/etc/own.d"}}
    assert_migrates(conf_dir, with_hand_written(config), gives=after)
    assert_unchanged(conf_dir, with_hand_written(config), paths=(MOUNT,))


def test_a_volume_of_the_user_for_it_is_used() -> None:
    manifest = daemonset(volumes=f"- {{name: own, hostPath: {{path: {PATH}}}}}")
    assert_migrates(conf_dir, manifest, gives={MOUNT: {"name": "own", "mountPath": PATH}})
    assert_unchanged(conf_dir, manifest, paths=(VOLUME, f"{POD}.volumes[name=own]"))


def test_a_mount_that_is_there_already_stays() -> None:
    manifest = daemonset(
        mounts=f"- {{name: own, mountPath: {PATH}}}",
        volumes=f"- {{name: own, hostPath: {{path: {PATH}}}}}",
    )
    assert_unchanged(conf_dir, manifest)


def test_the_cni_directory_as_conf_dir_needs_no_second_mount() -> None:
    config = json.dumps({"confDir": "/etc/cni/net.d", "delegates": [{"name": "x", "type": "y"}]})
    assert_unchanged(conf_dir, with_hand_written(config))


def test_the_target_itself_stays() -> None:
    assert_unchanged(conf_dir, *migrated(daemonset()))
