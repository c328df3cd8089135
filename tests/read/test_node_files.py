from __future__ import annotations

from pathlib import Path

import pytest

from migrator.model.inputs import NodeFiles
from migrator.tools.bounds import CNI_FILE
from tests.read.support import read, refused, write


def node_files(folder: Path, *, keep_going: bool = False) -> NodeFiles:
    return read(node_files=folder, keep_going=keep_going).node_files


def test_one_set_for_all_nodes(tmp_path: Path) -> None:
    files = {
        "etc/cni/net.d/10-calico.conflist": '{"name": "k8s"}',
        "etc/cni/multus/net.d/istio.conf": "{",
        "var/lib/rancher/k3s/agent/etc/cni/net.d/10-flannel.conflist": "{}",
        "README": "not a host file",
    }
    found = node_files(write(tmp_path, files))
    assert found.nodes == ("",)
    assert [(f.node, f.directory, f.name, f.content) for f in found.files] == [
        ("", "/etc/cni/multus/net.d", "istio.conf", "{"),
        ("", "/etc/cni/net.d", "10-calico.conflist", '{"name": "k8s"}'),
        ("", "/var/lib/rancher/k3s/agent/etc/cni/net.d", "10-flannel.conflist", "{}"),
    ]
    assert str(found.files[0].source) == f"{tmp_path}/etc/cni/multus/net.d/istio.conf:1"


def test_one_set_for_each_node(tmp_path: Path) -> None:
    files = {
        "worker-2/etc/cni/net.d/10-a.conf": "2",
        "worker-1/etc/cni/net.d/10-a.conf": "1",
        "worker-1/run/multus/cni/net.d/x.conf": "",
        "notes.txt": "",
        ".git/etc/x": "",
    }
    (tmp_path / "worker-3").mkdir()
    found = node_files(write(tmp_path, files))
    assert found.nodes == ("worker-1", "worker-2", "worker-3")
    assert [(f.node, f.directory, f.content) for f in found.files] == [
        ("worker-1", "/etc/cni/net.d", "1"),
        ("worker-1", "/run/multus/cni/net.d", ""),
        ("worker-2", "/etc/cni/net.d", "2"),
    ]
    assert ("worker-2", "/run/multus/cni/net.d") not in found.directories
    assert not [d for d in found.directories if d[0] == "worker-3"], "nothing of it is known"


def test_an_empty_folder_is_known_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "etc/cni/net.d/multus.d").mkdir(parents=True)
    found = node_files(tmp_path)
    assert found.files == ()
    known = {directory for _, directory in found.directories}
    assert {"/etc/cni/net.d", "/etc/cni/net.d/multus.d"} <= known
    assert "/etc/cni/multus/net.d" not in known


def test_content_is_taken_as_it_is(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "etc/cni/net.d/a.conf": "\ufeff{\r\n// no JSON\r\n",
        "etc/cni/net.d/b.conf": b'{"name": "\xff"}',
    }
    found = node_files(write(tmp_path, files))
    assert [f.content for f in found.files] == ["\ufeff{\r\n// no JSON\r\n", '{"name": "\ufffd"}']


def test_plugin_binaries_are_no_configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CNI_FILE.variable, "1")
    files: dict[str, str | bytes] = {
        "opt/cni/bin/bridge": b"\x7fELF\0",
        "opt/cni/bin/big": b"x" * 1025,
        "opt/cni/bin/wrapper": "#!/bin/sh\n",
    }
    found = node_files(write(tmp_path, files))
    assert [f.name for f in found.files] == ["wrapper"]
    assert ("", "/opt/cni/bin") in found.directories


@pytest.mark.parametrize(
    "data", [pytest.param(b"{\0", id="NUL"), pytest.param(b"x" * 1025, id="size")]
)
def test_a_config_that_is_none_makes_its_folder_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setenv(CNI_FILE.variable, "1")
    write(tmp_path, {"etc/cni/net.d/a.conflist": data, "etc/cni/net.d/b.conf": "{}"})
    [line] = refused(node_files=tmp_path)
    assert line.startswith(f"{tmp_path}/etc/cni/net.d/a.conflist:1: not a CNI config")
    found = node_files(tmp_path, keep_going=True)
    assert [f.name for f in found.files] == ["b.conf"]
    assert ("", "/etc/cni/net.d") not in found.directories


def test_links_within_the_copy_are_followed(tmp_path: Path) -> None:
    write(tmp_path, {"n/etc/cni/net.d/a.conf": "{}", "n/run/cni/b.conf": "[]"})
    (tmp_path / "n/etc/cni/net.d/c.conf").symlink_to("a.conf")
    (tmp_path / "n/etc/cni/conf").symlink_to("../../run/cni")
    (tmp_path / "n/etc/loop").symlink_to("..")
    (tmp_path / "n/run/back").symlink_to("../etc")
    found = node_files(tmp_path)
    shown = {f"{f.directory}/{f.name}": f.content for f in found.files}
    assert shown["/etc/cni/net.d/c.conf"] == "{}"
    assert shown["/etc/cni/conf/b.conf"] == "[]"
    assert len(shown) < 20, "no endless walk"


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../../../../outside.conf", "gone.conf", "a.conf"]
)
def test_links_to_elsewhere_are_not_followed(tmp_path: Path, target: str) -> None:
    write(tmp_path, {"outside.conf": "secret", "n/etc/cni/net.d/b.conf": "{}"})
    (tmp_path / "n/etc/cni/net.d/a.conf").symlink_to(target)
    [line] = refused(node_files=tmp_path / "n")
    assert line.startswith(f"{tmp_path}/n/etc/cni/net.d/a.conf:1: a link to what was not copied; ")
    assert [f.name for f in node_files(tmp_path / "n", keep_going=True).files] == ["b.conf"]


def test_a_folder_that_links_to_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, {"other/a.conf": "secret", "n/etc/x": ""})
    (tmp_path / "n/etc/cni").symlink_to("../../other")
    [line] = refused(node_files=tmp_path / "n")
    assert line.startswith(f"{tmp_path}/n/etc/cni:1: a link to what was not copied; ")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({}, ": no such folder of node files; ", id="missing"),
        pytest.param({"x": ""}, ":1: holds no node files; ", id="a file alone"),
        pytest.param(
            {"10-a.conf": "{}", "net.d/b.conf": "{}"}, ":1: holds no node files; ", id="flat"
        ),
        pytest.param(
            {"etc/cni/a.conf": "", "w1/etc/cni/a.conf": ""},
            ":1: holds both host paths (etc) and nodes",
            id="both layouts",
        ),
        pytest.param(
            {"w1/etc/a.conf": "", "w2/net.d/a.conf": ""},
            "/w2:1: holds no host path of a node; ",
            id="one node without host paths",
        ),
    ],
)
def test_layouts_that_are_neither(tmp_path: Path, files: dict[str, str], message: str) -> None:
    folder = tmp_path / "nodes"
    write(folder, dict(files))
    [line] = refused(node_files=folder, keep_going=True)
    assert line.startswith(f"{folder}{message}")


def test_without_node_files_nothing_is_known() -> None:
    assert read().node_files == NodeFiles(nodes=(), directories=frozenset(), files=())


def test_a_plugin_that_is_a_link_is_known_by_what_it_says(tmp_path: Path) -> None:
    """Nothing is opened by it: an absolute one leads into the files of this machine."""
    outside = tmp_path / "secret"
    outside.write_text("secret")
    bin_dir = tmp_path / "nodes/n/opt/cni/bin"
    bin_dir.mkdir(parents=True)
    (bin_dir / "a").symlink_to(outside)
    (bin_dir / "b").symlink_to("../lib/b")
    (bin_dir / "c").symlink_to("/gone/c")
    (bin_dir / "d").symlink_to("a")
    reading = read(node_files=tmp_path / "nodes")
    found = reading.node_files
    assert {link.name: link.target for link in found.links} == {
        "a": str(outside),
        "b": "/opt/cni/lib/b",
        "c": "/gone/c",
        "d": "/opt/cni/bin/a",
    }
    assert (reading.problems, found.files) == ((), ())
    assert ("n", "/opt/cni/bin") in found.directories
