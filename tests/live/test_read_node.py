"""read-node.sh, run for real: what of a node gets into its archive, and what never does."""

from __future__ import annotations

import base64
import json
import os
import shutil
import stat
import subprocess
import tarfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from migrator.read.nodefiles import read_node_files
from migrator.tools.bounds import CNI_FILE, NODE_ARCHIVE, NODE_MEMBERS
from tests.cli.tools import migrator, tree
from tests.live.node_side import SCRIPT, SHELLS, archive, linted, members, notes
from tests.read.support import write

NET_D: Final = "/etc/cni/net.d"
BIN: Final = "/opt/cni/bin"
A: Final = "etc/cni/net.d/10-a.conflist"
SAMPLES: Final = Path(__file__).parents[2] / "samples"


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """The root of a node, with a space in its path."""
    root = tmp_path / "the host"
    write(root, {A: '{"name": "a"}'})
    return root


def test_files_and_directories_of_a_node(host: Path, shell: str) -> None:
    every = bytes(range(1, 256)) + b"\r\n\n"
    write(
        host, {"etc/cni/net.d/x.old": every, "etc/cni/net.d/.hidden.conf": "", "etc/cni/other": ""}
    )
    write(
        host, {"etc/cni/net.d/multus.d/daemon-config.json": "{}", "etc/cni/net.d/..x/y.json": "{}"}
    )
    (host / "etc/cni/multus/net.d").mkdir(parents=True)
    data = archive(host, NET_D, "/etc/cni/multus/net.d", "/gone", shell=shell)
    assert members(data) == {
        A: b'{"name": "a"}',
        "etc/cni/net.d/x.old": every,
        "etc/cni/net.d/.hidden.conf": b"",
        "etc/cni/net.d/multus.d/daemon-config.json": b"{}",
        "etc/cni/net.d/..x/y.json": b"{}",
        "links.json": b"[]\n",
        "left-out.json": b'[{"path": "/gone", "why": "absent"}]\n',
    }
    with tarfile.open(fileobj=BytesIO(data)) as found:
        folders = {member.name: member.mode for member in found if member.isdir()}
    assert folders == dict.fromkeys(
        ("etc/cni/net.d", "etc/cni/net.d/multus.d", "etc/cni/net.d/..x", "etc/cni/multus/net.d"),
        0o755,
    )


ODD: Final = (
    "a b",
    "a'b",
    'a"b',
    "$(id)",
    "`id`",
    "a\\b",
    "*",
    "-rf",
    "a;b",
    "{}",
    "%s%n",
    "a&b",
    "#",
)


def test_names_of_any_sign_that_is_printed(host: Path, shell: str) -> None:
    for name in ODD:
        write(host, {f"etc/cni/net.d/{name}.conf": name})
        (host / "etc/cni/net.d" / f"{name}.x").symlink_to(f"../{name}")
    data = archive(host, NET_D, shell=shell)
    assert {members(data)[f"etc/cni/net.d/{name}.conf"].decode() for name in ODD} == set(ODD)
    assert notes(data, "links.json") == {f"{NET_D}/{name}.x": f"../{name}" for name in ODD}
    assert notes(data, "left-out.json") == {}


def test_other_names_are_left_out_and_said(host: Path, shell: str) -> None:
    bad = [b"a\nb", b"a\tb", b"\x1b[2J", b"\x7f", "é".encode(), b"\xff", b"\n", "\u202e".encode()]
    for name in bad:
        Path(os.fsdecode(bytes(host / "etc/cni/net.d") + b"/" + name + b".conf")).write_text("x")
    (host / "etc/cni/net.d/link").symlink_to("a\nb")
    (host / "etc/cni/net.d/end").symlink_to("a\n")
    data = archive(host, NET_D, shell=shell)
    assert set(members(data)) == {A, "links.json", "left-out.json"}
    said = [item["path"] for item in json.loads(members(data)["left-out.json"])]
    assert len(said) == len(bad) + 2
    assert all(path.isascii() and path.isprintable() for path in said)
    assert notes(data, "links.json") == {}


def test_paths_of_any_length(host: Path, shell: str) -> None:
    """A header of the archive holds 100 characters of a name; longer ones stand before it."""
    lengths = [*range(80, 104), 255, 400]
    names = []
    for length in lengths:
        name = "etc/cni/net.d/"
        while length - len(name) > 200:
            name += "d" * 150 + "/"
        names.append(name + "f" * (length - len(name)))
    write(host, {name: name for name in names})
    found = members(archive(host, NET_D, shell=shell))
    assert {name: found[name].decode() for name in names} == {name: name for name in names}


def test_links_are_never_followed(host: Path, shell: str) -> None:
    write(host, {"etc/shadow": "root:secret", "etc/other/x.conf": "secret"})
    for name, target in {
        "a.conf": "/etc/shadow",
        "b.conf": "../../shadow",
        "c": "/etc/other",
    }.items():
        (host / "etc/cni/net.d" / name).symlink_to(target)
    (host / "etc/cni/net.d/d.conf").symlink_to(host / "etc/shadow")
    data = archive(host, NET_D, shell=shell)
    assert b"secret" not in data
    assert notes(data, "links.json") == {
        f"{NET_D}/a.conf": "/etc/shadow",
        f"{NET_D}/b.conf": "../../shadow",
        f"{NET_D}/c": "/etc/other",
        f"{NET_D}/d.conf": f"{host}/etc/shadow",
    }


def test_the_links_of_k3s(tmp_path: Path, host: Path, shell: str) -> None:
    data_dir = host / "var/lib/rancher/k3s/data"
    write(data_dir, {"abc/bin/cni": b"\x7fELF\0", "abc/bin/k3s": b"\0"})
    (data_dir / "current").symlink_to("abc")
    (data_dir / "abc/bin/bridge").symlink_to("cni")
    (data_dir / "cni").mkdir()
    (data_dir / "cni/bridge").symlink_to("/var/lib/rancher/k3s/data/abc/bin/cni")
    k3s = "/var/lib/rancher/k3s/data"
    data = archive(host, f"{k3s}/cni", f"{k3s}/current/bin", shell=shell)
    assert notes(data, "links.json") == {
        f"{k3s}/cni/bridge": f"{k3s}/abc/bin/cni",
        f"{k3s}/current": "abc",
        f"{k3s}/current/bin/bridge": "cni",
    }
    write(tmp_path / "nodes", {"n.tar": data})
    links = read_node_files(tmp_path / "nodes").node_files.links
    assert [(x.directory, x.name, x.target) for x in links] == [
        (k3s, "current", f"{k3s}/abc"),
        (f"{k3s}/cni", "bridge", f"{k3s}/abc/bin/cni"),
        (f"{k3s}/current/bin", "bridge", f"{k3s}/current/bin/cni"),
    ]


def test_a_directory_that_is_a_link_is_read_and_said(
    tmp_path: Path, host: Path, shell: str
) -> None:
    (host / "etc/cni/conf").symlink_to("net.d")
    (host / "etc/cni/dead").symlink_to("/nowhere/net.d")
    data = archive(host, "/etc/cni/conf", "/etc/cni/dead", shell=shell)
    assert members(data)["etc/cni/conf/10-a.conflist"] == b'{"name": "a"}'
    links = {"/etc/cni/conf": "net.d", "/etc/cni/dead": "/nowhere/net.d"}
    assert notes(data, "links.json") == links
    assert notes(data, "left-out.json") == {"/etc/cni/dead": "link"}
    write(tmp_path / "nodes", {"n.tar": data})
    assert ("n", "/etc/cni/conf") in read_node_files(tmp_path / "nodes").node_files.directories


def test_directories_within_each_other_are_read_once(host: Path, shell: str) -> None:
    write(host, {"etc/cni/net.d/multus.d/a.json": "{}"})
    for order in ((NET_D, f"{NET_D}/multus.d"), (f"{NET_D}/multus.d", NET_D, NET_D)):
        with tarfile.open(fileobj=BytesIO(archive(host, *order, shell=shell))) as found:
            names = found.getnames()
        assert sorted(names) == sorted(set(names))
        assert "etc/cni/net.d/multus.d/a.json" in names


def test_what_is_no_text_or_no_file(host: Path, shell: str) -> None:
    big = b"x" * 2**20
    write(
        host,
        {"opt/cni/bin/elf": b"\x7fELF\0", "opt/cni/bin/big": big + b"x", "opt/cni/bin/ok": big},
    )
    write(host, {"etc/cni/net.d/nul.conf": b"{\0}", "etc/cni/net.d/big.json": big + b"x"})
    os.mkfifo(host / "etc/cni/net.d/pipe.conf")
    data = archive(host, NET_D, BIN, shell=shell)
    assert set(members(data)) == {A, "opt/cni/bin/ok", "links.json", "left-out.json"}
    assert notes(data, "left-out.json") == {
        f"{NET_D}/nul.conf": "binary",
        f"{NET_D}/big.json": "size",
        f"{NET_D}/pipe.conf": "kind",
    }
    assert CNI_FILE.bytes() == 2**20, "the script and the reader have one bound"


JWT: Final = ".".join(("eyJ" + "x" * 20, "eyJ" + "y" * 20, "hush-hush-hush"))
BASE64_KEY: Final = base64.b64encode(b"-----BEGIN PRIVATE KEY-----\nhush-hush").decode()
SECRETS: Final = {
    "a kubeconfig by its name": ("multus.kubeconfig", "hush-hush"),
    "calico's by its name": ("calico-kubeconfig", "hush-hush"),
    "letters of any case": ("KubeConfig.json", "hush-hush"),
    "a token by its name": ("token", "hush-hush"),
    "a key by its name": ("etcd.key", "hush-hush"),
    "a certificate by its name": ("etcd.pem", "hush-hush"),
    "a private key": ("a.conf", "-----BEGIN RSA PRIVATE KEY-----\nhush-hush\n"),
    "a private key in JSON": ("a.conf", '{"x": "-----BEGIN PRIVATE KEY-----\\nhush-hush"}'),
    "a key in base64": ("a.conf", json.dumps({"x": BASE64_KEY})),
    "a kubeconfig by its data": ("admin.json", '{"client-key-data": "hush-hush"}'),
    "a kubeconfig in YAML": (
        "admin.old",
        "users:\n- user:\n    client-certificate-data: hush-hush\n",
    ),
    "a bearer token": ("a.conf", "Authorization: Bearer hush-hush"),
    "a JWT": ("a.conf", json.dumps({"x": JWT})),
    "a JWT in base64": ("a.conf", json.dumps({"x": base64.b64encode(JWT.encode()).decode()})),
    "a token of JSON": ("a.conf", '{"k8s_auth_token": "hush-hush"}'),
    "on two lines": ("a.conf", '{"password":\n\n\t"hush-hush"}'),
    "a password of YAML": ("a.old", "password: hush-hush\n"),
    "an assignment": ("a.old", "API_KEY=hush-hush\n"),
    "in a URL": ("a.conf", '{"etcd": "https://root:hush-hush@etcd:2379"}'),
    "behind a megabyte": ("a.conf", " " * 1_000_000 + '{"secret": "hush-hush"}'),
}


def test_no_secret_leaves_the_node(host: Path, shell: str) -> None:
    planted = {
        f"etc/cni/net.d/{number}/{where}{name}": text
        for number, (name, text) in enumerate(SECRETS.values())
        for where in ("", "below/")
    }
    write(host, planted)
    data = archive(host, NET_D, shell=shell)
    assert set(members(data)) == {A, "links.json", "left-out.json"}
    assert b"hush" not in data
    assert BASE64_KEY.encode() not in data
    assert set(notes(data, "left-out.json")) == {f"/{path}" for path in planted}


HARMLESS: Final = (
    '{"type": "multus", "kubeconfig": "/etc/cni/net.d/multus.d/multus.kubeconfig"}',
    '{"kubernetes": {"kubeconfig": "/etc/cni/net.d/calico-kubeconfig"}, "policy": {"type": "k8s"}}',
    '{"etcd_key_file": "/etc/cni/key.pem", "etcd_ca_cert_file": "/x.pem", "datastore_type": "etcdv3"}',
    '{"type": "sriov", "token": "/var/run/token", "auth": "none", "secretName": "cni-secret"}',
    '{"type": "tuning", "sysctl": {"net.core.somaxconn": "500"}, "passthrough": true}',
    '{"logFile": "/var/log/token.log", "token": ""}',
    '{"ipam": {"type": "static", "addresses": [{"address": "fd00::1/64"}]}, "secret": {"name": "x"}}',
    '{"name": "keys", "type": "bridge", "bridge": "token-ring"}',
)


def test_configs_without_a_secret_are_taken(host: Path, shell: str) -> None:
    for number, text in enumerate(HARMLESS):
        write(host, {f"etc/cni/net.d/{number}.conf": text})
        write(host, {f"etc/cni/net.d/{number}-lines.conf": text.replace(" ", "\n")})
    assert notes(archive(host, NET_D, shell=shell), "left-out.json") == {}


def _sample_files() -> Iterator[Path]:
    yield from sorted(path for path in SAMPLES.glob("*/nodes/**/*") if path.is_file())


def test_the_configs_of_the_samples_are_taken(host: Path) -> None:
    files = {f"etc/cni/net.d/{i}-{p.name}": p.read_bytes() for i, p in enumerate(_sample_files())}
    write(host, files)
    found = members(archive(host, NET_D))
    assert {name: found.get(name) for name in files} == files


def bounded(folder: Path, **bounds: int) -> Path:
    """The script with other bounds."""
    text = SCRIPT.read_text(encoding="utf-8")
    for name, value in bounds.items():
        old = next(line for line in text.splitlines() if line.startswith(f"{name}="))
        text = text.replace(old, f"{name}={value}")
    (folder / "bounded.sh").write_text(text, encoding="utf-8")
    return folder / "bounded.sh"


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        pytest.param({"MOST_ENTRIES": 3}, {NET_D: "count", f"{NET_D}/d": "count"}, id="entries"),
        pytest.param({"MOST_IN_ONE": 2}, {NET_D: "count"}, id="one directory"),
        pytest.param({"MOST_BYTES": 15}, {f"{NET_D}/20-b.conf": "size"}, id="bytes"),
        pytest.param({"MOST_DEPTH": 1}, {f"{NET_D}/d/e": "depth"}, id="depth"),
        pytest.param({"MOST_NOTES": 60}, {NET_D: "count"}, id="notes"),
        pytest.param({"MOST_PATH": 19}, {f"{NET_D}/10-a.conflist": "odd", f"{NET_D}/20-b.conf": "odd", f"{NET_D}/x.conf": "odd", f"{NET_D}/d/e/f.conf": "odd"}, id="path"),
    ],
)  # fmt: skip
def test_each_bound_is_said(
    tmp_path: Path, host: Path, shell: str, bounds: dict[str, int], said: dict[str, str]
) -> None:
    write(
        host,
        {
            "etc/cni/net.d/20-b.conf": "{  }",
            "etc/cni/net.d/x.conf": "{}",
            "etc/cni/net.d/d/e/f.conf": "",
        },
    )
    if "MOST_NOTES" in bounds:
        (host / "etc/cni/net.d/11-link").symlink_to("a" * 30)
    data = archive(host, NET_D, shell=shell, script=bounded(tmp_path, **bounds))
    found = notes(data, "left-out.json")
    assert found == said
    write(tmp_path / "nodes", {"n.tar": data})
    copied = read_node_files(tmp_path / "nodes")
    assert len(copied.problems) == len(said), "and it makes what it was part of unknown"


def test_a_directory_of_10_000_files_costs_little(tmp_path: Path, host: Path) -> None:
    folder = host / "opt/cni/bin"
    folder.mkdir(parents=True)
    (folder / "x").touch()
    for number in range(10_000):
        os.link(folder / "x", folder / str(number))
    begin = time.monotonic()
    data = archive(host, NET_D, BIN)
    assert time.monotonic() - begin < 5
    assert notes(data, "left-out.json") == {BIN: "count"}
    assert A in members(data)


def test_its_bounds_are_below_those_of_the_reader() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    bounds = dict(
        line.split()[0].split("=") for line in text.splitlines() if line.startswith("MOST_")
    )
    assert int(bounds["MOST_ENTRIES"]) + 100 < NODE_MEMBERS.value()
    notes_and_headers = 2 * int(bounds["MOST_NOTES"]) + 2048 * int(bounds["MOST_ENTRIES"])
    assert int(bounds["MOST_BYTES"]) + notes_and_headers < NODE_ARCHIVE.bytes()
    assert int(bounds["MOST_NOTES"]) + 2 * int(bounds["MOST_PATH"]) < CNI_FILE.bytes()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(host: Path) -> None:
    write(host, {"etc/cni/net.d/closed.conf": "", "etc/cni/net.d/d/x": ""})
    (host / "etc/cni/net.d/closed.conf").chmod(0)
    (host / "etc/cni/net.d/d").chmod(0)
    try:
        found = notes(archive(host, NET_D), "left-out.json")
    finally:
        (host / "etc/cni/net.d/d").chmod(0o755)
    assert found == {f"{NET_D}/closed.conf": "unreadable", f"{NET_D}/d": "closed"}


def test_nothing_is_written(host: Path, shell: str) -> None:
    write(host, {"opt/cni/bin/x": "", "etc/cni/net.d/multus.kubeconfig": ""})
    before = {path: path.lstat() for path in host.rglob("*")}
    archive(host, NET_D, BIN, "/etc/cni/multus/net.d", shell=shell)
    after = {path: path.lstat() for path in host.rglob("*")}
    assert before.keys() == after.keys()
    assert all(
        (before[p].st_mtime_ns, before[p].st_ctime_ns)
        == (after[p].st_mtime_ns, after[p].st_ctime_ns)
        for p in before
        if not stat.S_ISDIR(before[p].st_mode)
    )


def test_each_shell_prints_the_same_bytes(host: Path) -> None:
    write(host, {"etc/cni/net.d/x y.conf": "{}", "etc/cni/net.d/z.old": bytes(range(1, 256))})
    assert len({archive(host, NET_D, "/gone", shell=shell) for shell in SHELLS}) == 1


def test_a_file_that_is_exchanged_meanwhile_is_judged_as_it_is_printed(
    host: Path, tmp_path: Path
) -> None:
    """What grep sees and what is printed is read once: grep here puts a secret into the file."""
    programs = tmp_path / "programs"
    grep = (
        f'{shutil.which("grep")} "$@"; code=$?\necho token: hush-hush >"{host}/{A}"\nexit $code\n'
    )
    write(programs, {"grep": f"#!/bin/sh\n{grep}"})
    (programs / "grep").chmod(0o755)
    data = archive(host, NET_D, path=f"{programs}:/usr/bin:/bin")
    assert "hush-hush" in (host / A).read_text()
    assert members(data)[A] == b'{"name": "a"}'


def test_it_is_ascii_and_the_linter_says_nothing() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert text.isascii()
    assert linted(text) == ""


@pytest.mark.slow
@pytest.mark.parametrize("sample", ["istio-empty-nad", "drift", "v3.4"])
def test_a_plan_with_archives_is_that_with_folders(tmp_path: Path, sample: str) -> None:
    """But for the names of what was read, and its digests."""
    (tmp_path / "in").symlink_to(SAMPLES / sample / "manifests")
    for node in sorted((SAMPLES / sample / "nodes").iterdir()):
        folders = [f"/{d.relative_to(node)}" for d in node.rglob("*.d") if d.is_dir()]
        write(tmp_path / "archives", {f"{node.name}.tar": archive(node, *sorted(folders))})
    (tmp_path / "folders").symlink_to(SAMPLES / sample / "nodes")
    plans = []
    for form in ("folders", "archives"):
        nodes = ("--node-files", form, "--no-verify", "-o", f"out-{form}")
        done = migrator("plan", "in", *nodes, cwd=tmp_path)
        assert done.code in (0, 4), done.err
        text = (tmp_path / f"out-{form}/plan.json").read_text(encoding="utf-8")
        plan = json.loads(text.replace(f"{form}/", "nodes/").replace(".tar/", "/"))
        for changing in ("inputs", "files"):
            plan.pop(changing, None)
        plans.append(plan)
    assert plans[0] == plans[1]
    one, two = (
        {
            n: d
            for n, d in tree(tmp_path / f"out-{form}").items()
            if n.startswith(("base/", "component/patches/"))
        }
        for form in ("folders", "archives")
    )
    assert one == two


def test_sh_has_its_words(host: Path) -> None:
    """The words of a directory are one word each: nothing of them is code."""
    evil = "/etc/cni/$(touch owned)"
    done = subprocess.run(
        ["sh", str(SCRIPT), str(host), evil], cwd=host, capture_output=True, check=True
    )
    assert notes(done.stdout, "left-out.json") == {evil: "absent"}
    assert not (host / "owned").exists()
