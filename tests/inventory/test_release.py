"""Which release an install runs: from its tag, else from the shape of its manifest."""

from __future__ import annotations

import pytest

from tests.builders import INIT, V4, daemonset, install, migrated, v3

STABLE = "ghcr.io/k8snetworkplumbingwg/multus-cni:stable"
SNAPSHOT = "ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot"
THICK_PREVIEW = "[/usr/src/multus-cni/bin/multus-daemon]"
COPY = """
initContainers:
- name: install-multus-binary
  image: any
  command: [cp, /usr/src/multus-cni/bin/multus, /host/opt/cni/bin/multus]
"""
CRD_WITH_NAD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: network-attachment-definitions.k8s.cni.cncf.io}
spec: {names: {shortNames: [net-attach-def, nad]}}
"""


@pytest.mark.parametrize(
    ("manifest", "release", "evidence"),
    [
        (daemonset(image=V4), "4.0.2", "image tag v4.0.2"),
        (v3(image="nfvpe/multus:v3.4"), "3.4.0", "image tag v3.4"),
        (v3(image="mirror.example/multus-cni:v3.7.2-eksbuild.1"), "3.7.2", "image tag"),
    ],
)
def test_a_tag_that_fits_the_command_is_certain(manifest: str, release: str, evidence: str) -> None:
    found = install(manifest)
    assert (str(found.release), found.confidence) == (release, "certain")
    assert evidence in found.evidence


@pytest.mark.parametrize(
    ("manifest", "release"),
    [
        pytest.param(
            v3("--multus-conf-file=auto", image=STABLE, init=COPY), "3.9.3", id="v3.9: cp in init"
        ),
        pytest.param(v3("--multus-conf-file=auto", image=STABLE), "3.8.0", id="v3.8: one DaemonSet"),
        pytest.param(
            v3("--cni-version=0.3.1", image=STABLE, name="kube-multus-ds-s390x"),
            "3.7.1",
            id="v3.7: four architectures",
        ),
        pytest.param(
            v3("--cni-version=0.3.1", image="nfvpe/multus:latest", name="kube-multus-ds-amd64"),
            "3.6.0",
            id="v3.3 to v3.6: --cni-version",
        ),
        pytest.param(
            v3("--multus-conf-file=auto", image="nfvpe/multus:latest", name="kube-multus-ds-amd64"),
            "3.4.2",
            id="v3.4: no flag of v3.3 on",
        ),
        pytest.param(
            v3(image="nfvpe/multus:latest", command="", name="kube-multus-ds-amd64"),
            "3.1.0",
            id="v3.1: the image's entrypoint, no flags",
        ),
        pytest.param(daemonset(image=SNAPSHOT), "4.0.2", id="v4.0: thin_entrypoint"),
        pytest.param(
            daemonset(image=SNAPSHOT, container="terminationMessagePolicy: FallbackToLogsOnError"),
            "4.2.4",
            id="v4.1 on: terminationMessagePolicy",
        ),
        pytest.param(
            daemonset("--skip-config-watch", image=SNAPSHOT), "4.2.4", id="v4.1 on: a newer flag"
        ),
        pytest.param(
            daemonset("-cni-version=0.3.1", image=SNAPSHOT, command=THICK_PREVIEW),
            "3.9.3",
            id="v3.9's thick-plugin preview",
        ),
        pytest.param(
            daemonset(image=SNAPSHOT, command=THICK_PREVIEW), "4.0.2", id="thick, without bin dir"
        ),
        pytest.param(
            daemonset(
                image=SNAPSHOT,
                command=THICK_PREVIEW,
                mounts="- {name: cnibin, mountPath: /opt/cni/bin}",
            ),
            "4.1.4",
            id="thick, bin dir at its own path",
        ),
        pytest.param(
            daemonset(
                image=SNAPSHOT,
                command=THICK_PREVIEW,
                mounts="- {name: cni, mountPath: /etc/cni/multus/net.d}",
            ),
            "4.2.2",
            id="thick, conf dir is mounted",
        ),
    ],
)  # fmt: skip
def test_without_a_tag_the_shape_of_the_manifest_says_it(manifest: str, release: str) -> None:
    found = install(manifest)
    assert (str(found.release), found.confidence) == (release, "likely")


@pytest.mark.parametrize("manifest", [daemonset(image=SNAPSHOT), daemonset(image=SNAPSHOT, command=THICK_PREVIEW)], ids=["thin", "thick"])  # fmt: skip
def test_the_short_name_nad_is_v4_3(manifest: str) -> None:
    assert str(install(manifest, CRD_WITH_NAD).release) == "4.3.0"


def test_a_tag_that_contradicts_the_command_gives_way_to_it() -> None:
    found = install(v3("--multus-conf-file=auto", image=V4))
    assert (str(found.release), found.confidence) == ("3.8.0", "likely")
    assert "the tag v4.0.2 contradicts it" in found.evidence


def test_what_the_user_states_wins() -> None:
    found = install(daemonset(image=V4), release="4.1.4")
    assert (str(found.release), found.confidence) == ("4.1.4", "stated")


def test_the_thick_installer_of_v4_2_3() -> None:
    texts = [text.replace(":v4.2.4-thick", ":snapshot-thick") for text in migrated(daemonset())]
    assert str(install(*texts).release) == "4.2.4"


def test_an_unknown_command_is_a_guess() -> None:
    found = install(daemonset(image=STABLE, command="[/my/start]"))
    assert found.confidence == "assumed"


def test_init_containers_that_are_not_multus_say_nothing() -> None:
    other = COPY.replace("multus", "calico")
    assert str(install(v3("--multus-conf-file=auto", image=STABLE, init=other)).release) == "3.8.0"


def test_the_installer_of_thin_v4_says_nothing_about_v3() -> None:
    assert str(install(daemonset(image=SNAPSHOT, init=INIT % SNAPSHOT)).release) == "4.0.2"
