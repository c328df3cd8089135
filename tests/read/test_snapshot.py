"""A snapshot of ``collect`` as an input: its objects, its nodes, and nothing else that lies there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.model.inputs import WhyNotRead
from tests.read import archives
from tests.read.snapshots import HEAD, READER, snapshot, unread
from tests.read.support import nad, read, refused

AGAIN = "collect it again with this version"


def test_its_objects_are_read_and_the_daemonset_that_reads_nodes_is_not(tmp_path: Path) -> None:
    reading = read(snapshot(tmp_path / "s", {"nads": nad(), "daemonsets.apps": READER}))
    assert [document.ref.name for document in reading.documents] == ["cni-reader", "storage"]
    assert [Path(item.name).name for item in reading.inputs] == [
        "daemonsets.apps.yaml",
        "nads.yaml",
        "snapshot.json",
    ]


def test_what_it_says_of_itself_is_kept(tmp_path: Path) -> None:
    folder = snapshot(
        tmp_path / "s",
        {"nads": nad()},
        namespaces=["apps"],
        unread=[unread("clusterroles.rbac.authorization.k8s.io", detail="cannot list")],
    )
    found = read(folder).snapshot
    assert found is not None
    assert found.source.file == f"{folder}/snapshot.json"
    assert (found.collected, found.context, found.server) == (
        "2026-11-26T11:30:00Z",
        "lab",
        "v1.31.2",
    )
    assert found.namespaces == ("apps",)
    (missing,) = found.unread
    assert missing.resource == "clusterroles.rbac.authorization.k8s.io"
    assert missing.reason is WhyNotRead.FORBIDDEN


@pytest.mark.parametrize("part", ["objects", "nodes", "snapshot.json"])
def test_a_part_of_it_is_no_input(tmp_path: Path, part: str) -> None:
    """Its objects alone would be READY, whatever the cluster did not give."""
    folder = snapshot(tmp_path / "s", {"nads": nad()}, unread=[unread("pods")])
    (folder / "nodes").mkdir()
    (told,) = refused(folder / part)
    assert told.startswith(f"{folder}/{part}:1: a part of a snapshot")
    assert told.endswith(f"give the whole: {folder}")


def test_a_link_to_itself_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "objects").symlink_to("objects")
    (told,) = refused(tmp_path / "objects")
    assert told.startswith(f"{tmp_path}/objects:1: ")


def test_folders_of_such_names_are_read_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "nad.yaml").write_text(nad())
    assert len(read(tmp_path / "objects").documents) == 1


NADS = "network-attachment-definitions.k8s.cni.cncf.io"
TWO = f"{nad()}---\n{nad().replace('storage', 'other')}"


@pytest.mark.parametrize(
    ("objects", "count"),
    [
        pytest.param({NADS: TWO}, 2, id="whole"),
        pytest.param({NADS: TWO.replace("\n", "\r\n")}, 2, id="with the ends of Windows"),
        pytest.param({NADS: TWO}, 1, id="one was added"),
        pytest.param({"nads": TWO}, 0, id="none of a kind"),
    ],
)
def test_a_snapshot_that_has_all_is_read(
    tmp_path: Path, objects: dict[str, str], count: int
) -> None:
    folder = snapshot(tmp_path / "s", objects, read={NADS: count, "pods": 0})
    assert len(read(folder).documents) == 2


@pytest.mark.parametrize(
    ("objects", "there"),
    [
        pytest.param({"daemonsets.apps": READER}, 0, id="no file"),
        pytest.param({"daemonsets.apps": READER, NADS: "\n"}, 0, id="an empty one"),
        pytest.param({"daemonsets.apps": READER, NADS: nad()}, 1, id="a part"),
    ],
)
def test_a_snapshot_that_lost_objects_is_refused(
    tmp_path: Path, objects: dict[str, str], there: int
) -> None:
    folder = snapshot(tmp_path / "s", objects, read={NADS: 2, "daemonsets.apps": 1})
    (lost,) = refused(folder)
    assert f"{folder}/objects/{NADS}.yaml:1: the snapshot is damaged" in lost
    assert f"objects collected: 2, found: {there}" in lost


def test_other_inputs_have_none(tmp_path: Path) -> None:
    (tmp_path / "nad.yaml").write_text(nad())
    assert read(tmp_path).snapshot is None


def _node(folder: Path, name: str) -> None:
    conf = folder / name / "etc/cni/net.d"
    conf.mkdir(parents=True)
    (conf / "10-calico.conflist").write_text("{}")


def test_the_files_of_its_nodes_are_read_with_it(tmp_path: Path) -> None:
    folder = snapshot(tmp_path / "s", {"nads": nad()})
    _node(folder / "nodes", "worker-1")
    assert read(folder).node_files.nodes == ("worker-1",)


def test_so_are_the_archives_that_read_nodes_sh_fetches(tmp_path: Path) -> None:
    folder = snapshot(tmp_path / "s", {"nads": nad()})
    (folder / "nodes").mkdir()
    packed = archives.of_files({"etc/cni/net.d/10-calico.conflist": "{}"})
    (folder / "nodes" / "worker-1.tar").write_bytes(packed)
    reading = read(folder)
    assert reading.node_files.nodes == ("worker-1",)
    assert [file.name for file in reading.node_files.files] == ["10-calico.conflist"]
    assert f"{folder}/nodes/worker-1.tar" in {item.name for item in reading.inputs}


def test_those_that_the_user_gives_are_taken_instead(tmp_path: Path) -> None:
    folder = snapshot(tmp_path / "s", {"nads": nad()})
    _node(folder / "nodes", "worker-1")
    _node(tmp_path / "mine", "worker-2")
    assert read(folder, node_files=tmp_path / "mine").node_files.nodes == ("worker-2",)


def test_a_folder_of_nodes_that_is_empty_is_none(tmp_path: Path) -> None:
    folder = snapshot(tmp_path / "s", {"nads": nad()})
    (folder / "nodes").mkdir()
    assert read(folder).node_files.directories == frozenset()
    (folder / "nodes" / ".reading.17").mkdir()  # read-nodes.sh was killed
    assert read(folder).node_files.directories == frozenset()


def test_below_another_folder_it_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "nad.yaml").write_text(nad())
    snapshot(tmp_path / "clusters/a", {"nads": nad("other")})
    reading = read(tmp_path)
    assert [document.ref.name for document in reading.documents] == ["storage"]
    assert reading.snapshot is None


def test_two_clusters_are_not_one_plan(tmp_path: Path) -> None:
    folders = [snapshot(tmp_path / name, {"nads": nad()}) for name in ("a", "b")]
    hint = "plan them one after the other: each is a cluster at one moment"
    assert refused(*folders) == [f"{folders[1]}/snapshot.json:1: a second snapshot; {hint}"]


def test_the_same_one_given_twice_is_read_once(tmp_path: Path) -> None:
    folder = snapshot(tmp_path / "s", {"nads": nad()})
    assert len(read(folder, f"{folder}").documents) == 1


def test_without_an_object_it_is_refused(tmp_path: Path) -> None:
    """Collect makes no folder of nothing."""
    folder = snapshot(tmp_path / "s", {})
    told = [f"{folder}/objects:1: a snapshot without an object; {AGAIN}"]
    assert refused(folder) == told
    (folder / "objects").rmdir()
    assert refused(folder) == told


def _damaged(head: Any) -> str:
    return json.dumps(head) if not isinstance(head, str) else head


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('{"tool": "multus-migrator", "snapshot": 1', "Input data was truncated"),
        ({**HEAD, "snapshot": "1"}, "Expected `int`, got `str` - at `$.snapshot`"),
        ({k: v for k, v in HEAD.items() if k != "unread"}, "missing required field `unread`"),
        ({**HEAD, "unread": [unread("pods", reason="hidden")]}, "Invalid enum value 'hidden'"),
        ({**HEAD, "unread": [{"resource": "pods"}]}, "missing required field `namespace`"),
        ({**HEAD, "collected": "yesterday"}, "at `$.collected`"),
        ({**HEAD, "context": "a\nMulti: line"}, "at `$.context`"),
        ({**HEAD, "context": "\x1b[31m"}, "at `$.context`"),
        ({**HEAD, "server": "\u2028"}, "at `$.server`"),
        ({**HEAD, "namespaces": "apps"}, "Expected `array`, got `str` - at `$.namespaces`"),
        ({**HEAD, "more": 1}, "unknown field `more`"),
        ('{"tool": "multus-migrator", "read": ' + "[" * 100_000, "nested too deep"),
    ],
    ids=str.split("cut type key reason item date lines colour separator list more deep"),
)
def test_a_damaged_one_is_one_line(tmp_path: Path, head: Any, said: str) -> None:
    folder = snapshot(tmp_path / "s", {"nads": nad()})
    (folder / "snapshot.json").write_text(_damaged(head))
    (line,) = refused(folder)
    assert line.startswith(f"{folder}/snapshot.json:1: the snapshot is damaged: ")
    assert said in line
    assert line.endswith(f"; {AGAIN}")


def test_one_of_a_later_version_says_so(tmp_path: Path) -> None:
    folder = snapshot(tmp_path / "s", {"nads": nad()}, snapshot=2, later="field")
    assert refused(folder) == [f"{folder}/snapshot.json:1: a snapshot of format 2, not 1; {AGAIN}"]


def test_a_snapshot_json_of_something_else_is_a_file_like_any(tmp_path: Path) -> None:
    (tmp_path / "nad.yaml").write_text(nad())
    (tmp_path / "snapshot.json").write_text('{"tool": "another", "snapshot": 1}')
    assert [document.ref.name for document in read(tmp_path).documents] == ["storage"]
