from __future__ import annotations

import pytest

from migrator.model.inputs import MISSING
from migrator.steps import installer
from tests.builders import INIT, THICK, V3, V4, daemonset, migrated, v3
from tests.steps.tools import DAEMONSET, INSTALLER, POD, assert_migrates, assert_unchanged, changed

INSTALL = ["/usr/src/multus-cni/bin/install_multus", "-d", "/host/opt/cni/bin", "-t", "thick"]
COPY = """
initContainers:
- name: install-multus-binary
  image: %s
  command: [cp, /usr/src/multus-cni/bin/multus, /host/opt/cni/bin/multus]
  resources: {requests: {cpu: 20m}}
  volumeMounts:
  - {name: cnibin, mountPath: /host/opt/cni/bin}
"""


@pytest.mark.parametrize("init", [INIT % V4, COPY % V3], ids=["install_multus", "cp"])
def test_install_multus_takes_the_place_of_what_was_there(init: str) -> None:
    assert_migrates(installer, daemonset(init=init), gives={f"{INSTALLER}.command": INSTALL})


def test_args_left_from_thin_mode_go() -> None:
    assert_migrates(installer, daemonset(init=INIT % V4), gives={f"{INSTALLER}.args": MISSING})


def test_an_install_without_one_gets_one() -> None:
    new = changed(installer, v3())[DAEMONSET][INSTALLER]
    assert (new["image"], new["command"]) == (THICK, INSTALL)
    assert new["volumeMounts"] == [
        {
            "name": "cnibin",
            "mountPath": "/host/opt/cni/bin",
            "mountPropagation": "Bidirectional",
        }
    ]


def test_a_new_one_pulls_as_the_main_container_does() -> None:
    new = changed(installer, v3(container="imagePullPolicy: Always"))[DAEMONSET][INSTALLER]
    assert new["imagePullPolicy"] == "Always"


@pytest.mark.parametrize(
    ("own", "spread"),
    [("  securityContext: {privileged: true}\n", {"mountPropagation": "Bidirectional"}), ("", {})],
    ids=["privileged", "Kubernetes refuses Bidirectional without privileges"],
)
def test_a_mount_that_is_missing_is_added(own: str, spread: dict[str, str]) -> None:
    manifest = daemonset(init=(INIT % V4).split("  volumeMounts")[0] + own)
    path = f"{INSTALLER}.volumeMounts[mountPath=/host/opt/cni/bin]"
    mount = {"name": "cnibin", "mountPath": "/host/opt/cni/bin", **spread}
    assert_migrates(installer, manifest, gives={path: mount})


def test_a_mount_with_a_slash_at_its_end_is_there_already() -> None:
    manifest = daemonset(init=(INIT % V4).replace("/host/opt/cni/bin,", "/host/opt/cni/bin/,"))
    assert_unchanged(installer, manifest, paths=(f"{INSTALLER}.volumeMounts",))


def test_v3_9s_generate_kubeconfig_goes() -> None:
    init = (COPY % V3) + "- {name: kubeconfig, image: x, command: [/bin/generate-kubeconfig]}\n"
    gone = {f"{POD}.initContainers[name=kubeconfig]": MISSING}
    assert_migrates(installer, daemonset(init=init), gives=gone)


def test_resources_and_mounts_of_the_user_stay() -> None:
    paths = (f"{INSTALLER}.resources", f"{INSTALLER}.volumeMounts")
    assert_unchanged(installer, daemonset(init=COPY % V3), paths=paths)


def test_other_init_containers_stay() -> None:
    init = (INIT % V4) + "- {name: wait, image: busybox, command: [sleep, '1']}\n"
    assert_unchanged(installer, daemonset(init=init), paths=(f"{POD}.initContainers[name=wait]",))


def test_the_target_itself_stays() -> None:
    assert_unchanged(installer, *migrated(daemonset(init=INIT % V4)))
