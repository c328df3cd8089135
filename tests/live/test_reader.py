"""reader.yaml and read-nodes.sh as texts: what is mounted, what it may do, and what may be in them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml

from migrator.live.reader import IMAGE, MANIFEST, SCRIPT, reader_files
from migrator.live.reader_dirs import Directories, directories
from migrator.model.errors import InputError
from migrator.model.inputs import Document
from migrator.multus.images import is_reference
from tests import builders
from tests.live.node_side import SCRIPT as NODE_SIDE
from tests.live.node_side import linted

SAMPLES: Final = Path(__file__).parents[2] / "samples"
REST: Final = "# ---- From here on, the script is the same for each cluster.\n"
USUAL: Final = ("/etc/cni/multus/net.d", "/etc/cni/net.d", "/opt/cni/bin")
HOSTILE: Final = (
    *("$(touch owned)", "`id`", "a b", "a'b", 'a"b', "a;b", "a\nb", "-x", "../x", "", "x" * 300),
    *("a$b", "a\\b", "\u00e9", "\u202e", "A", "a..b", ".a", "a/b", "\x1b[2J"),
)


def node(name: str = "n1", version: str = "v1.31.2", **fields: Any) -> Document:
    data = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/os": fields.get("os", "linux")}},
        "status": {"nodeInfo": {"kubeletVersion": version, "osImage": fields.get("image", "")}},
    }
    (document,) = builders.documents(yaml.safe_dump(data))
    return document


def sample(name: str) -> tuple[Document, ...]:
    files = sorted((SAMPLES / name / "manifests").rglob("*.yaml"))
    return builders.documents(*(file.read_text(encoding="utf-8") for file in files))


def made(
    *documents: Document, nodes: tuple[Document, ...] = (), **options: str
) -> Mapping[str, str]:
    return reader_files(documents or sample("v4.0-thin"), nodes or (node(),), **options)


def parsed(files: Mapping[str, str]) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(files[MANIFEST]))


K3S: Final = "/var/lib/rancher/k3s"
PLACES: Final[Mapping[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]]] = {
    "the usual one": ("v4.0-thin", "v1.31.2", USUAL, ("/etc/cni", "/opt/cni/bin")),
    "k3s, as its nodes say": (
        "k3s",
        "v1.31.2+k3s1",
        (f"{K3S}/agent/etc/cni/net.d", f"{K3S}/data/cni", f"{K3S}/data/current/bin"),
        (f"{K3S}/agent/etc/cni/net.d", f"{K3S}/data"),
    ),
    "k3s, as its paths say": (
        "k3s",
        "v1.31.2",
        (f"{K3S}/agent/etc/cni/net.d", f"{K3S}/data/cni", f"{K3S}/data/current/bin"),
        (f"{K3S}/agent/etc/cni/net.d", f"{K3S}/data"),
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_what_is_mounted_has_to_be_there(name: str) -> None:
    """Nothing is made on a node by looking: what is not sure to be there is no mount."""
    which, version, mounted, mounts = PLACES[name]
    found = directories(sample(which), [node(version=version)])
    assert (found.mounted, found.mounts, found.refused) == (mounted, mounts, ())
    assert "/etc/cni/multus/net.d" in found.all


def test_without_an_install_the_nodes_tell() -> None:
    found = directories((), [node(version="v1.31.2+k3s1"), node("n2", image="NixOS 24.05")])
    assert found.mounts == ("/etc/cni", "/opt/cni/bin", f"{K3S}/agent/etc/cni/net.d", f"{K3S}/data")
    assert found.mounted == found.all


def test_with_nothing_at_all_the_usual_directories_are_read() -> None:
    assert directories((), ()) == Directories(
        all=USUAL, mounted=USUAL, mounts=("/etc/cni", "/opt/cni/bin"), refused=()
    )


def install(*args: str, conf: str = "/etc/cni/net.d", binaries: str = "/opt/cni/bin") -> Document:
    text = builders.daemonset(*args)
    for old, new in (("/etc/cni/net.d", conf), ("/opt/cni/bin", binaries)):
        text = text.replace(f"hostPath: {{path: {old}}}", f"hostPath: {{path: {json.dumps(new)}}}")
    return builders.documents(text)[0]


def test_microk8s_is_told_by_its_paths() -> None:
    base = "/var/snap/microk8s/current"
    found = directories(
        [install(conf=f"{base}/args/cni-network", binaries=f"{base}/opt/cni/bin")], [node()]
    )
    assert found.mounts == (f"{base}/args/cni-network", f"{base}/opt/cni/bin")
    assert found.all == ("/etc/cni/multus/net.d", *found.mounts)


def test_directories_of_flags_are_read_where_something_above_is_sure() -> None:
    found = directories([install("--additional-bin-dir=/opt/multus/bin")], [node()])
    assert "/opt/multus/bin" in found.all
    assert "/opt/multus/bin" not in found.mounted
    below = directories([install("--additional-bin-dir=/opt/cni/bin/more")], [node()])
    assert "/opt/cni/bin/more" in below.mounted


def test_what_a_pod_cannot_read_is_said_and_read_by_ssh() -> None:
    files = made(install("--additional-bin-dir=/opt/multus/bin"))
    assert "# Not mounted: /opt/multus/bin, which need not be there; " in files[MANIFEST]
    block = files[SCRIPT].split(REST)[0]
    one, other = (line for line in block.splitlines() if "DIRECTORIES=" in line)
    assert "/opt/multus/bin" not in one
    assert "/opt/multus/bin" in other


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/etc", "/root", "/root/.ssh", "/var/lib/kubelet", "/etc/kubernetes/pki", "/cni"),
        *(
            "/etc/cni/../..",
            "/etc/cni/$(id)",
            "/etc/cni/a b",
            "/etc/cni/a:b",
            "etc/cni",
            "/etc/cni/a'b",
        ),
    ],
)
def test_an_install_cannot_have_other_directories_read(path: str) -> None:
    """Whoever may write its manifest does not thereby read the host through the reader."""
    found = directories([install(conf=path)], [node()])
    for listed in (found.all, found.mounted, found.mounts):
        assert path not in listed
        assert set(listed) <= {*USUAL, "/etc/cni"}
    lines = made(install(conf=path))[MANIFEST].splitlines()
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_pods_may_do_nothing_but_read() -> None:
    namespace, config, daemonset = parsed(made())
    assert [d["kind"] for d in (namespace, config, daemonset)] == [
        "Namespace",
        "ConfigMap",
        "DaemonSet",
    ]
    pod = daemonset["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod
    assert pod["tolerations"] == [{"operator": "Exists"}]
    security = container["securityContext"]
    assert (security["privileged"], security["allowPrivilegeEscalation"]) == (False, False)
    assert security["readOnlyRootFilesystem"] is True
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert all(mount["readOnly"] is True for mount in container["volumeMounts"])
    hosts = [volume["hostPath"] for volume in pod["volumes"] if "hostPath" in volume]
    assert {host["type"] for host in hosts} == {"Directory"}
    assert [host["path"] for host in hosts] == ["/etc/cni", "/opt/cni/bin"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    for volume in pod["volumes"]:
        if "hostPath" in volume:
            assert mounts[volume["name"]] == f"/host{volume['hostPath']['path']}"
    assert container["image"] == IMAGE


@pytest.mark.parametrize("which", ["v4.0-thin", "k3s"])
def test_kubernetes_knows_each_field(which: str) -> None:
    for document in parsed(made(*sample(which))):
        kubernetes_validate.validate(document, "1.31", strict=True)


def test_the_script_of_the_node_is_the_same_in_both() -> None:
    files, script = made(), NODE_SIDE.read_text(encoding="utf-8")
    (config,) = (d for d in parsed(files) if d["kind"] == "ConfigMap")
    assert config["data"] == {"read-node.sh": script}
    assert f"<<'END_OF_READ_NODE'\n{script}END_OF_READ_NODE\n" in files[SCRIPT]
    assert "END_OF_READ_NODE" not in script


def test_the_linter_says_nothing_and_all_is_ascii() -> None:
    files = made(context="arn:aws:eks:eu-west-1:1:cluster/a b")
    assert linted(files[SCRIPT]) == ""
    assert all(text.isascii() and text.endswith("\n") for text in files.values())


def test_each_value_is_a_word_of_the_block_of_variables_and_nowhere_else() -> None:
    files = made(nodes=(node("worker-b"), node("worker-a.example")), context="admin@prod $(x)")
    block, rest = files[SCRIPT].split(REST)
    words = shlex.split(block, comments=True)
    assert "CONTEXT=admin@prod $(x)" in words
    assert "NODES=worker-a.example worker-b" in words
    assert rest == made()[SCRIPT].split(REST)[1]


def test_the_same_input_gives_the_same_bytes_in_any_order() -> None:
    documents, nodes = sample("istio-empty-nad"), (node("b"), node("a"))
    assert made(*documents, nodes=nodes) == made(*reversed(documents), nodes=nodes[::-1])


def test_windows_nodes_are_not_read() -> None:
    files = made(nodes=(node("linux-1"), node("win-1", os="windows")))
    assert "NODES='linux-1'\n" in files[SCRIPT]


def test_nodes_that_were_not_read_are_found_by_their_pods() -> None:
    assert "NODES=''\n" in reader_files(sample("v4.0-thin"), ())[SCRIPT]


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:20])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError) as raised:
        made(nodes=(node("n1"), node(name)))
    [line] = raised.value.lines()
    assert "not the name of a node" in line
    assert line.isprintable()
    assert line.isascii()


@pytest.mark.parametrize(
    "context", [*("a'b", "a\nb", "-x", "é", "a\x7f", "\u202e", " a", "x" * 600)], ids=ascii
)
def test_a_context_that_may_be_in_no_script_is_refused(context: str) -> None:
    with pytest.raises(InputError, match="may be in no script"):
        made(context=context)


@pytest.mark.parametrize("image", ["", "a b", "a/B", "a\nb", '"', "x" * 600, "$(id)"], ids=ascii)
def test_an_image_that_is_none_is_refused(image: str) -> None:
    with pytest.raises(InputError, match="no image"):
        made(image=image)


def test_another_image_is_taken() -> None:
    image = "registry.example:5000/tools/busybox:1.36@sha256:" + "0" * 64
    pod = parsed(made(image=image))[2]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == image
    assert is_reference(IMAGE)
