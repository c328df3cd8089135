from __future__ import annotations

import pytest

from migrator.steps import images
from tests.builders import INIT, THICK, V4, daemonset, migrated, v3
from tests.steps.tools import INSTALLER, MAIN, POD, assert_migrates, assert_unchanged

PATH = "k8snetworkplumbingwg/multus-cni"


def test_both_images_are_pinned_to_the_same_thick_tag() -> None:
    manifest = daemonset(init=INIT % V4)
    assert_migrates(images, manifest, gives={f"{MAIN}.image": THICK, f"{INSTALLER}.image": THICK})


def test_an_installer_of_another_tag_gets_the_same_one() -> None:
    manifest = daemonset(init=INIT % V4.replace("v4.0.2", "stable"))
    assert_migrates(images, manifest, gives={f"{INSTALLER}.image": THICK})


@pytest.mark.parametrize(
    ("image", "to", "after"),
    [
        ("nfvpe/multus:v3.4", "4.2.4", THICK),
        (f"mirror.example/{PATH}:v3.9.3", "4.1.4", f"mirror.example/{PATH}:v4.1.4-thick"),
        (f"{V4}@sha256:ab", "4.1.4", THICK.replace("4.2.4", "4.1.4")),
    ],
    ids=["nfvpe never held thick images", "the mirror stays", "an old digest goes"],
)
def test_registries(image: str, to: str, after: str) -> None:
    assert_migrates(images, v3(image=image), to=to, gives={f"{MAIN}.image": after})


def test_a_stated_image_is_taken_as_it_is() -> None:
    own = "mirror.example/own@sha256:cd"
    assert_migrates(images, daemonset(), image=own, gives={f"{MAIN}.image": own})


def test_a_vendors_image_is_not_guessed() -> None:
    assert_unchanged(images, daemonset(image="bitnami/multus-cni:4.0.2"))


def test_sidecars_and_other_init_containers_keep_their_images() -> None:
    manifest = daemonset(
        sidecars="- {name: log, image: busybox}",
        init="initContainers: [{name: wait, image: busybox, command: [sleep]}]",
    )
    assert_unchanged(
        images, manifest, paths=(f"{POD}.containers[name=log]", f"{POD}.initContainers")
    )


def test_pull_policy_and_secrets_are_the_users() -> None:
    manifest = daemonset(
        container="imagePullPolicy: Always",
        pod="hostNetwork: true\nimagePullSecrets: [{name: s}]\n",
    )
    assert_unchanged(images, manifest, paths=(f"{MAIN}.imagePullPolicy", f"{POD}.imagePullSecrets"))


def test_the_target_itself_stays() -> None:
    assert_unchanged(images, *migrated(daemonset()))
