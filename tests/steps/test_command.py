from __future__ import annotations

import json

import pytest

from migrator.model.inputs import MISSING
from migrator.steps import command
from tests.builders import THICK, daemonset, migrated, v3
from tests.steps.tools import MAIN, POD, assert_migrates, assert_unchanged

DAEMON = ["/usr/src/multus-cni/bin/multus-daemon"]


@pytest.mark.parametrize(
    "manifest", [v3("--multus-conf-file=auto"), daemonset("--cni-version=0.3.1")]
)
def test_the_daemon_takes_the_place_of_the_entrypoint(manifest: str) -> None:
    assert_migrates(command, manifest, gives={f"{MAIN}.command": DAEMON, f"{MAIN}.args": MISSING})


def test_flags_in_the_command_go_with_it() -> None:
    manifest = v3(command="[/entrypoint.sh, --multus-conf-file=auto]")
    assert_migrates(command, manifest, gives={f"{MAIN}.command": DAEMON})
    assert_unchanged(command, manifest, paths=(f"{MAIN}.args",))


def test_the_preview_runs_the_daemon_already_and_loses_its_flags() -> None:
    preview = daemonset("-cni-version=0.3.1", command=f"[{DAEMON[0]}]", image="x/multus-cni:v3.9.2")
    assert_migrates(command, preview, gives={f"{MAIN}.args": MISSING})
    assert_unchanged(command, preview, paths=(f"{MAIN}.command",))


def test_a_thick_install_keeps_its_own_config_flag() -> None:
    older = daemonset(
        "-config=/x.json", command=f"[{DAEMON[0]}]", image=THICK.replace("4.2.4", "4.0.2")
    )
    assert_unchanged(command, older)


def test_sidecars_and_init_containers_keep_their_commands() -> None:
    manifest = daemonset(
        sidecars="- {name: log, image: busybox, command: [tail], args: [-f, /x]}",
        init="initContainers: [{name: wait, image: busybox, command: [sleep], args: ['1']}]",
    )
    paths = (f"{POD}.containers[name=log]", f"{POD}.initContainers")
    assert_unchanged(command, manifest, paths=paths)


def test_a_complete_thick_install_is_left_alone() -> None:
    assert_unchanged(command, *migrated(daemonset()))


def test_other_containers_named_alike_in_other_objects_are_left_alone() -> None:
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "kube-multus", "namespace": "kube-system"},
        "spec": {"template": {"spec": {"containers": [{"name": "kube-multus", "args": ["x"]}]}}},
    }
    assert_unchanged(command, json.dumps(job))
