from __future__ import annotations

import pytest

from migrator.steps import environment
from tests.builders import daemonset, migrated, v3
from tests.steps.tools import MAIN, POD, assert_migrates, assert_unchanged

NODE_NAME = f"{MAIN}.env[name=MULTUS_NODE_NAME]"
CNI_PATH = f"{MAIN}.env[name=CNI_PATH]"


@pytest.mark.parametrize("manifest", [v3(), daemonset(container="env: [{name: A, value: b}]")])
def test_the_daemon_learns_its_node(manifest: str) -> None:
    field = {"fieldRef": {"fieldPath": "spec.nodeName"}}
    after = {NODE_NAME: {"name": "MULTUS_NODE_NAME", "valueFrom": field}}
    assert_migrates(environment, manifest, gives=after)


def test_two_directories_of_plugins_need_cni_path() -> None:
    after = {CNI_PATH: {"name": "CNI_PATH", "value": "/opt/cni/bin:/srv/cni"}}
    assert_migrates(environment, daemonset("--additional-bin-dir=/srv/cni"), gives=after)


@pytest.mark.parametrize(
    "variable",
    [
        "{name: KUBERNETES_SERVICE_HOST, value: 10.0.0.1}",
        "{name: MULTUS_NODE_NAME, value: fixed}",
    ],
)
def test_variables_of_the_user_stay(variable: str) -> None:
    manifest = daemonset("--additional-bin-dir=/srv/cni", container=f"env: [{variable}]")
    name = variable.split("name: ")[1].split(",")[0]
    assert_unchanged(environment, manifest, paths=(f"{MAIN}.env[name={name}]",))


def test_a_cni_path_of_the_user_gets_what_thin_mode_searched() -> None:
    """Thin Multus took CNI_PATH from the runtime, so that of its pod replaces nothing."""
    manifest = daemonset(
        "--additional-bin-dir=/srv/cni", container="env: [{name: CNI_PATH, value: /mine:/srv/cni}]"
    )
    after = {CNI_PATH: {"name": "CNI_PATH", "value": "/opt/cni/bin:/srv/cni:/mine"}}
    assert_migrates(environment, manifest, gives=after)


def test_one_directory_of_plugins_needs_no_cni_path() -> None:
    assert_unchanged(environment, daemonset(), paths=(CNI_PATH,))


def test_variables_of_sidecars_stay() -> None:
    manifest = daemonset(sidecars="- {name: s, image: x, env: [{name: A, value: b}]}")
    assert_unchanged(environment, manifest, paths=(f"{POD}.containers[name=s]",))


def test_the_target_itself_stays() -> None:
    assert_unchanged(environment, *migrated(daemonset()))
