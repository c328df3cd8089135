"""Archives of nodes: the same as their folders, and nothing that a hostile one could want."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.model.errors import InputError
from migrator.model.inputs import NodeFiles
from migrator.read.nodefiles import read_node_files
from migrator.tools.bounds import CNI_FILE, NODE_ARCHIVE, NODE_MEMBERS
from tests.read.archives import folder, gz, link, member, of_files, of_folder, packed
from tests.read.support import read, refused, write

CONF = "etc/cni/net.d/10-a.conflist"
GOOD = of_files({CONF: "{}"})


def found(nodes: Path, *, keep_going: bool = False) -> NodeFiles:
    return read(node_files=nodes, keep_going=keep_going).node_files


def unplaced(files: NodeFiles) -> tuple[object, ...]:
    """All of it but the names of the files that it was read from."""
    return (
        files.nodes,
        files.directories,
        [(f.node, f.directory, f.name, f.content) for f in files.files],
        [(x.node, x.directory, x.name, x.target) for x in files.links],
    )


def test_archives_and_folders_lie_beside_each_other(tmp_path: Path) -> None:
    write(tmp_path, {"n2.tar": GOOD, "n10.tar.gz": gz(GOOD), f"n1/{CONF}": "[]", "notes.txt": ""})
    write(tmp_path, {".n3.tar.part": "half", ".n4.tar": "hidden", ".tar": ""})
    (tmp_path / "n5.tar").mkdir()
    nodes = found(tmp_path)
    assert nodes.nodes == ("n1", "n10", "n2", "n5.tar")
    assert [(f.node, f.content, str(f.source)) for f in nodes.files] == [
        ("n1", "[]", f"{tmp_path}/n1/{CONF}:1"),
        ("n10", "{}", f"{tmp_path}/n10.tar.gz/{CONF}:1"),
        ("n2", "{}", f"{tmp_path}/n2.tar/{CONF}:1"),
    ]
    assert ("n2", "/etc/cni/net.d") in nodes.directories


def test_its_digest_is_that_of_its_bytes(tmp_path: Path) -> None:
    write(tmp_path, {"n1.tar": GOOD, "n2.tar.gz": gz(GOOD)})
    assert {i.name: i.sha256 for i in read(node_files=tmp_path).inputs} == {
        f"{tmp_path}/n1.tar": hashlib.sha256(GOOD).hexdigest(),
        f"{tmp_path}/n2.tar.gz": hashlib.sha256(gz(GOOD)).hexdigest(),
    }


def test_an_empty_directory_is_known_and_one_that_is_not_there_is_not(tmp_path: Path) -> None:
    write(tmp_path, {"n.tar": packed([folder("./etc/cni/net.d/"), folder("etc/.cni")])})
    directories = {directory for _, directory in found(tmp_path).directories}
    assert directories == {"/etc", "/etc/cni", "/etc/cni/net.d", "/etc/.cni"}


@pytest.mark.parametrize(
    "data",
    [of_files({"links.json": "[]", "left-out.json": "[]"}), packed([])],
    ids=["notes", "none"],
)
def test_a_node_without_any_of_the_directories_is_known_by_its_name(
    tmp_path: Path, data: bytes
) -> None:
    write(tmp_path, {"n.tar": data})
    assert found(tmp_path) == NodeFiles(nodes=("n",), directories=frozenset(), files=())


def test_plugins_are_no_configs(tmp_path: Path) -> None:
    big = b"x" * (CNI_FILE.bytes() + 1)
    files = {
        "opt/cni/bin/big": big,
        "opt/cni/bin/elf": b"\x7fELF\0",
        "opt/cni/bin/sh": b"#!/bin/sh",
    }
    write(tmp_path, {"n.tar": of_files(files)})
    nodes = found(tmp_path)
    assert [f.name for f in nodes.files] == ["sh"]
    assert ("n", "/opt/cni/bin") in nodes.directories


@pytest.mark.parametrize(
    "data", [pytest.param(b"{\0", id="NUL"), pytest.param(b"x" * 2**20 + b"x", id="size")]
)
def test_a_config_that_is_none_makes_its_folder_unknown(tmp_path: Path, data: bytes) -> None:
    write(tmp_path, {"n.tar": of_files({CONF: data, "etc/cni/net.d/b.conf": "{}"})})
    [line] = refused(node_files=tmp_path)
    assert line.startswith(f"{tmp_path}/n.tar/{CONF}:1: not a CNI config")
    nodes = found(tmp_path, keep_going=True)
    assert [f.name for f in nodes.files] == ["b.conf"]
    assert ("n", "/etc/cni/net.d") not in nodes.directories


def test_links_of_k3s_are_data(tmp_path: Path) -> None:
    data = "var/lib/rancher/k3s/data"
    members = [
        folder(f"{data}/cni"),
        link(f"{data}/current", "/var/lib/rancher/k3s/data/" + "a" * 64),
        link(f"{data}/cni/bridge", f"/{data}/{'a' * 64}/bin/cni"),
    ]
    write(tmp_path, {"n.tar": packed(members)})
    links = found(tmp_path).links
    assert [(x.directory, x.name, x.target) for x in links] == [
        (f"/{data}", "current", f"/{data}/{'a' * 64}"),
        (f"/{data}/cni", "bridge", f"/{data}/{'a' * 64}/bin/cni"),
    ]
    assert str(links[1].source) == f"{tmp_path}/n.tar/{data}/cni/bridge:1"


NOTES = (
    '[{"path": "/opt/cni/bin/bridge", "target": "../lib/a \\"b\\""},'
    ' {"path": "/etc/cni/net.d/20-b.conf", "target": "10-a.conflist"}]'
)


@pytest.mark.parametrize("form", ["folder", "archive"])
def test_links_json_is_read_from_both_forms(tmp_path: Path, form: str) -> None:
    files: dict[str, str | bytes] = {CONF: "{}", "opt/cni/bin/x": "", "links.json": NOTES}
    if form == "folder":
        write(tmp_path / "n", files)
    else:
        write(tmp_path, {"n.tar": of_files(files)})
    nodes = found(tmp_path)
    assert [(x.directory, x.name, x.target) for x in nodes.links] == [
        ("/opt/cni/bin", "bridge", '/opt/cni/lib/a "b"')
    ]
    shown = {f.name: f.content for f in nodes.files if f.directory == "/etc/cni/net.d"}
    assert shown == {"10-a.conflist": "{}", "20-b.conf": "{}"}, "its target was copied, too"


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../x", "gone.conf", "20-b.conf"])
@pytest.mark.parametrize("form", ["member", "note"])
def test_a_config_that_is_a_link_to_elsewhere(tmp_path: Path, target: str, form: str) -> None:
    """Nothing of this machine is opened by it."""
    name = "etc/cni/net.d/20-b.conf"
    note = f'[{{"path": "/{name}", "target": "{target}"}}]'.encode()
    as_is = link(name, target) if form == "member" else member("links.json", note)
    write(tmp_path, {"n.tar": packed([member(CONF, b"{}"), as_is])})
    [line] = refused(node_files=tmp_path)
    assert line.startswith(f"{tmp_path}/n.tar/{name}:1: a link to what was not copied; ")
    nodes = found(tmp_path, keep_going=True)
    assert [f.name for f in nodes.files] == ["10-a.conflist"]
    assert ("n", "/etc/cni/net.d") not in nodes.directories


@pytest.mark.parametrize(
    ("path", "why", "unknown"),
    [
        pytest.param("/etc/cni/net.d/multus.kubeconfig", "name", "", id="a kubeconfig"),
        pytest.param("/etc/cni/net.d/pipe.conf", "kind", "", id="no file"),
        pytest.param("/etc/cni/multus", "absent", "", id="absent"),
        pytest.param("/opt/cni/bin/note", "unreadable", "", id="no config"),
        pytest.param("/etc/cni/net.d/a.conf", "content", "/etc/cni/net.d", id="a secret"),
        pytest.param("/etc/cni/net.d/token.json", "name", "/etc/cni/net.d", id="a name"),
        pytest.param("/etc/cni/net.d/a.conf", "size", "/etc/cni/net.d", id="size"),
        pytest.param("/etc/cni/net.d/?.conf", "odd", "/etc/cni/net.d", id="odd name"),
        pytest.param("/etc/cni", "count", "/etc/cni", id="count"),
        pytest.param("/etc/cni/net.d", "closed", "/etc/cni/net.d", id="closed"),
    ],
)
def test_what_the_node_left_out(tmp_path: Path, path: str, why: str, unknown: str) -> None:
    """Where it could be what the runtime reads, its directory is not known, and that is said."""
    note = f'[{{"path": "{path}", "why": "{why}"}}]'
    files: dict[str, str | bytes] = {CONF: "{}", "opt/cni/bin/x": "", "left-out.json": note}
    write(tmp_path, {"archives/n.tar": of_files(files)})
    write(tmp_path / "folders/n", files)
    for form in ("archives", "folders"):
        before = {"/etc", "/etc/cni", "/etc/cni/net.d", "/opt", "/opt/cni", "/opt/cni/bin"}
        nodes = found(tmp_path / form, keep_going=True)
        assert before - {d for _, d in nodes.directories} == ({unknown} if unknown else set())
        said = refused(node_files=tmp_path / form) if unknown else []
        assert len(said) == bool(unknown)
        assert all(": left out on the node: " in line for line in said)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "{}", "null", "[1]", '[{"path": 1}]', '[{"path": "/etc/x"}]', "[" * 100_000),
        '[{"path": "/etc/x", "target": "\\ud800"}]',
        b'[{"path": "/etc/\xff", "target": "a"}]',
        *(
            f'[{{"path": "{path}", "target": "a"}}]'
            for path in ("etc/x", "/etc/../x", "//x", "/", "")
        ),
    ],
    ids=lambda text: ascii(text)[:50],
)
def test_links_json_that_is_none(tmp_path: Path, text: str | bytes) -> None:
    write(tmp_path, {"n.tar": of_files({CONF: "{}", "links.json": text})})
    [line] = refused(node_files=tmp_path)
    assert line.startswith(f"{tmp_path}/n.tar/links.json:1: ")
    assert [f.name for f in found(tmp_path, keep_going=True).files] == ["10-a.conflist"]


def test_left_out_for_no_reason_that_is_known(tmp_path: Path) -> None:
    note = '[{"path": "/etc/cni/net.d/a.conf", "why": "because"}]'
    write(tmp_path, {"n.tar": of_files({CONF: "{}", "left-out.json": note})})
    assert "is not the left-out.json of a node" in refused(node_files=tmp_path)[0]


SPARSE = {"GNU.sparse.size": "5", "GNU.sparse.numblocks": "0", "GNU.sparse.map": ""}
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "not a whole tar"),
    "text": (lambda: b"x" * 2000, "not a whole tar"),
    "cut in a file": (lambda: GOOD[:513], "not a whole tar"),
    "cut in a header": (lambda: GOOD[:200], "not a whole tar"),
    "cut between members": (lambda: GOOD[:1024], "cut off"),
    "one block of zeros": (lambda: GOOD[:1536], "cut off"),
    "more behind its end": (lambda: GOOD + GOOD, "goes on"),
    "a broken second header": (lambda: GOOD[:1024] + b"\1" * 512 + bytes(1024), "not a whole tar"),
    "upwards": (lambda: of_files({CONF: "", "etc/../../x.conf": "{}"}), "leads out"),
    "upwards at the end": (lambda: packed([folder("etc/..")]), "leads out"),
    "absolute": (lambda: of_files({"/etc/cni/net.d/a.conf": "{}"}), "leads out"),
    "NUL in a PAX name": (
        lambda: packed(
            [member("x", pax_headers={"path": "etc/a\0b.conf"})], format=tarfile.PAX_FORMAT
        ),
        "leads out",
    ),
    "a file through a link": (
        lambda: packed([link("etc/cni", "/root"), member("etc/cni/a.conf", b"{}")]),
        "holds etc/cni as a folder and as something else",
    ),
    "a link after its file": (
        lambda: packed([member("etc/cni/a.conf", b"{}"), link("etc/cni", "/root")]),
        "holds etc/cni as a folder and as something else",
    ),
    "a folder and a file": (
        lambda: packed([folder("etc/a"), member("etc/a", b"")]),
        "holds etc/a as a folder",
    ),
    "a file twice": (lambda: packed([member(CONF, b"{}"), member(f"./{CONF}", b"[]")]), "twice"),
    "a hard link": (
        lambda: packed([member("etc/a.conf", type=tarfile.LNKTYPE, linkname="etc/passwd")]),
        "which is not a file",
    ),
    "a device": (
        lambda: packed([member("etc/a.conf", type=tarfile.CHRTYPE)]),
        "which is not a file",
    ),
    "a disk": (lambda: packed([member("etc/a.conf", type=tarfile.BLKTYPE)]), "which is not a file"),
    "a pipe": (
        lambda: packed([member("etc/a.conf", type=tarfile.FIFOTYPE)]),
        "which is not a file",
    ),
    "a sparse file": (
        lambda: packed([member("etc/a.conf", pax_headers=SPARSE)], format=tarfile.PAX_FORMAT),
        "is not a ",
    ),
    "a name of 5,000 characters": (
        lambda: of_files({"etc/" + "a/" * 2500: "{}"}),
        "a name of more",
    ),
    "no host path": (lambda: of_files({"net.d/a.conf": "{}"}), "holds no host path of a node"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_one_problem(tmp_path: Path, name: str) -> None:
    make, message = HOSTILE[name]
    write(tmp_path, {"n.tar": make(), "m.tar": GOOD})
    [line] = refused(node_files=tmp_path)
    assert line.startswith(f"{tmp_path}/n.tar:1: ")
    assert message in line
    assert line.isprintable()
    nodes = found(tmp_path, keep_going=True)
    assert nodes.nodes == ("m", "n"), "it is there, and nothing of it is known"
    assert {node for node, _ in nodes.directories} == {f.node for f in nodes.files} == {"m"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(GOOD, "not a whole gzip", id="not packed"),
        pytest.param(gz(GOOD)[:-9], "not a whole gzip", id="cut off"),
        pytest.param(gz(GOOD)[:-8] + b"01234567", "not a whole gzip", id="another checksum"),
        pytest.param(gz(b"x"), "not a whole tar", id="no tar in it"),
    ],
)
def test_gzip_that_is_none(tmp_path: Path, data: bytes, message: str) -> None:
    write(tmp_path, {"n.tar.gz": data})
    [line] = refused(node_files=tmp_path)
    assert line.startswith(f"{tmp_path}/n.tar.gz:1: ")
    assert message in line


def test_a_gigabyte_of_zeros_ends_at_the_bound(tmp_path: Path) -> None:
    piece = gz(bytes(2**24))
    write(tmp_path, {"n.tar.gz": piece * 64})
    with (tmp_path / "m.tar").open("wb") as file:
        file.truncate(2**30)
    lines = refused(node_files=tmp_path)
    assert [line.partition(";")[0] for line in lines] == [
        f"{tmp_path}/{name}:1: larger than 32 MiB" for name in ("m.tar", "n.tar.gz")
    ]


def test_a_file_that_says_to_be_large_is_not_waited_for(tmp_path: Path) -> None:
    info, _ = member("etc/a.conf")
    info.size = 2**40
    write(tmp_path, {"n.tar": info.tobuf() + bytes(1024)})
    assert "not a whole tar" in refused(node_files=tmp_path)[0]


def test_more_members_than_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = packed(member(f"etc/cni/{n}.conf") for n in range(4))
    write(tmp_path, {"n.tar": many})
    monkeypatch.setenv(NODE_MEMBERS.variable, "4")
    assert len(found(tmp_path).files) == 4
    monkeypatch.setenv(NODE_MEMBERS.variable, "3")
    [line] = refused(node_files=tmp_path)
    assert line.startswith(f"{tmp_path}/n.tar:1: more than 3 members; ")


def test_a_million_members_packed_small(tmp_path: Path) -> None:
    header = member("etc/a")[0].tobuf()
    write(tmp_path, {"n.tar.gz": gz(header * 1000) * 1000})
    [line] = refused(node_files=tmp_path)
    assert "larger than 32 MiB" in line


def test_names_of_names_do_not_recurse_for_ever(tmp_path: Path) -> None:
    long, _ = member("././@LongLink", type=tarfile.GNUTYPE_LONGNAME)
    write(tmp_path, {"n.tar": long.tobuf() * 5000 + bytes(1024)})
    assert "not a whole tar" in refused(node_files=tmp_path)[0]


def test_a_pipe_and_a_link_to_elsewhere_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTUS_MIGRATOR_MAX_INPUT_SECONDS", "1")
    nodes = tmp_path / "nodes"
    write(tmp_path, {"other.tar": GOOD, "nodes/n1.tar": GOOD})
    (nodes / "n2.tar").symlink_to("../other.tar")
    (nodes / "n3.tar").symlink_to("n1.tar")
    (nodes / "n4.tar").symlink_to("gone.tar")
    os.mkfifo(nodes / "n5.tar")
    lines = [line.partition("; ")[0] for line in refused(node_files=nodes)]
    assert lines == [
        f"{nodes}/n2.tar:1: a link to what was not copied",
        f"{nodes}/n4.tar:1: a link to what was not copied",
        f"{nodes}/n5.tar:1: nothing more came within 1 seconds, and it did not end",
    ]
    assert {f.node for f in found(nodes, keep_going=True).files} == {"n1", "n3"}


@pytest.mark.parametrize(
    "names", [("n.tar", "n.tar.gz"), ("n.tar", f"n/{CONF}")], ids=["archives", "a folder"]
)
def test_a_node_that_is_there_twice(tmp_path: Path, names: tuple[str, str]) -> None:
    contents = {".tar": GOOD, ".gz": gz(GOOD), ".conflist": b"{}"}
    write(tmp_path, {name: contents[Path(name).suffix] for name in names})
    [line] = refused(node_files=tmp_path, keep_going=True)
    assert " is of the same node as n" in line


def test_one_set_and_archives_are_two_layouts(tmp_path: Path) -> None:
    write(tmp_path, {CONF: "{}", "n.tar": GOOD})
    [line] = refused(node_files=tmp_path, keep_going=True)
    assert "holds both host paths (etc) and nodes" in line


def test_nothing_is_put_on_the_disk(tmp_path: Path) -> None:
    write(tmp_path, {"n.tar": GOOD, "m.tar.gz": gz(GOOD)})
    before = sorted(tmp_path.rglob("*"))
    found(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


_PARTS = st.sampled_from(
    [
        "a",
        "b",
        "etc",
        "cni",
        "net.d",
        "a.conf",
        "b.conflist",
        "c.json",
        ".x",
        "a b",
        'q"',
        "é",
        "x\ny",
    ]
)
_PATHS = st.lists(_PARTS, max_size=3).map(lambda parts: "/".join(["etc", *parts]))
_DATA = st.sampled_from([b"", b"{}", b"\xff", b"a\0b", b'{"name": "x"}', b"\r\n"])
_TREES = st.dictionaries(_PATHS, st.none() | _DATA | st.sampled_from(["a", "../a.conf", "/gone"]))


def _grown(root: Path, tree: dict[str, bytes | str | None]) -> None:
    """Files (bytes), links (str) and folders (None), as far as one does not stand in another's way.
    Links lead to files alone."""
    (root / "etc").mkdir(parents=True)
    for name in tree:
        with suppress(OSError):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
    for name, what in sorted(tree.items(), key=lambda item: isinstance(item[1], str)):
        path = root / name
        with suppress(OSError):
            if what is None:
                path.mkdir()
            elif isinstance(what, bytes):
                path.write_bytes(what)
            elif not (path.parent / what).is_dir():
                path.symlink_to(what)


@given(_TREES)
@settings(max_examples=60, deadline=None)
def test_an_archive_says_what_its_folder_says(tree: dict[str, bytes | str | None]) -> None:
    with TemporaryDirectory() as name:
        base = Path(name)
        _grown(base / "folders/n", tree)
        write(base / "plain", {"n.tar": of_folder(base / "folders/n")})
        write(base / "packed", {"n.tar.gz": gz(of_folder(base / "folders/n"))})
        wanted = read_node_files(base / "folders")
        for form in ("plain", "packed"):
            same = read_node_files(base / form)
            assert unplaced(same.node_files)[:2] == unplaced(wanted.node_files)[:2]
            for one, other in zip(
                unplaced(same.node_files)[2:], unplaced(wanted.node_files)[2:], strict=True
            ):
                assert sorted(one) == sorted(other)  # type: ignore[call-overload]
            assert sorted(p.message for p in same.problems) == sorted(
                p.message for p in wanted.problems
            )


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_spoiled_archives_are_read_or_refused(data: st.DataObject) -> None:
    good = bytearray(packed([link("etc/x", "y"), member(CONF, b"{}"), folder("opt/cni")]))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, 2047))] = data.draw(st.integers(0, 255))
    with TemporaryDirectory() as name:
        write(Path(name), {"n.tar": bytes(good)})
        try:
            read(node_files=Path(name))
        except InputError as error:
            assert all(line.isprintable() for line in error.lines())


def test_the_bound_counts_what_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NODE_ARCHIVE.variable, "1")
    data = of_files({CONF: "{}", "opt/cni/bin/x": os.urandom(2**16) + bytes(2**20)})
    write(tmp_path, {"n.tar.gz": gz(data)})
    assert "larger than 1 MiB" in refused(node_files=tmp_path)[0]
    assert io.BytesIO(data).getbuffer().nbytes > 2**20
