"""The promises that hold for every run."""

from __future__ import annotations

import io
import json
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest

from migrator.cli.main import run
from migrator.inventory.build import build_inventory
from migrator.kustomize.emit import emit
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from tests.builders import ROLE, daemonset, target
from tests.cli.tools import migrator, process, tree
from tests.kustomize.plans import built, kustomize, write
from tests.plan.estates import ISTIO, RULES, deployment, nad, plan

pytestmark = pytest.mark.slow

FILES = {
    "a-multus.yaml": f"# ours\n{daemonset('--multus-conf-file=auto')}---\n{ROLE}{RULES}",
    "b-nads.yaml": f"{nad('istio-cni')}---\n{nad('lan')}",
    "c-apps.yaml": f"{deployment('istio-cni, lan')}---\n{deployment('lan', name='api')}",
}
LAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(text)
    for node in ("n1", "n2"):
        folder = tmp_path / "nodes" / node / "etc/cni/multus/net.d"
        folder.mkdir(parents=True)
        (folder / "istio-cni.conf").write_text(json.dumps(ISTIO))
        (folder / "lan.conf").write_text(json.dumps(LAN))
    return tmp_path


def test_inputs_are_never_touched(estate: Path) -> None:
    before = tree(estate)
    run_ = migrator("plan", "in", "--node-files", "nodes", "-o", "out", cwd=estate)
    assert run_.code == 0, run_.err
    after = tree(estate)
    assert {name: digest for name, digest in after.items() if not name.startswith("out/")} == before


def test_same_input_same_bytes(estate: Path) -> None:
    """Whatever the hash seed, the locale, the time zone and the order of the arguments."""
    names = [f"in/{name}" for name in FILES]
    trees = []
    for seed, locale, zone, inputs in (
        ("0", "C", "UTC", names),
        ("4242", "C.UTF-8", "Asia/Tokyo", names),
        ("7", "C", "UTC", ["in"]),
    ):
        env = {"PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone}
        arguments = (*inputs, "--node-files", "nodes", "--no-verify", "-o", "out")
        done = process("plan", *arguments, cwd=estate, env=env)
        assert done.code == 0, done.err
        trees.append(tree(estate / "out"))
    assert trees[0] == trees[1] == trees[2]


def test_the_order_of_the_arguments_changes_no_manifest(estate: Path) -> None:
    names = [f"in/{name}" for name in FILES]
    for inputs, out in ((names, "one"), (names[::-1], "two")):
        arguments = (*inputs, "--node-files", "nodes", "--no-verify", "-o", out)
        migrator("plan", *arguments, cwd=estate)
    assert built(estate / "one") == built(estate / "two")


def test_no_network(estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.chdir(estate)
    assert run(["plan", "in", "--node-files", "nodes", "-o", "out", "-q"]) == 0


@pytest.mark.kustomize
def test_forward_then_rollback_gives_the_original_objects(tmp_path: Path) -> None:
    planned = plan(nad("lan"), deployment("lan"))
    write(tmp_path, emit(planned))
    back = built(tmp_path / "rollback")
    assert back == {p.ref: dict(p.document.data) for p in planned.objects if p.document is not None}


@pytest.mark.kustomize
def test_planning_the_built_result_changes_nothing(estate: Path) -> None:
    migrator("plan", "in", "--node-files", "nodes", "-o", "out", cwd=estate)
    (estate / "built.yaml").write_text(kustomize(estate / "out"))
    reading = read_inputs(
        [str(estate / "built.yaml")],
        stdin=io.BytesIO(),
        node_files=str(estate / "nodes"),
        build=None,
        keep_going=False,
    )
    assert make_plan(build_inventory(reading), target()).changed == ()


def test_nothing_is_dropped_without_a_word() -> None:
    """Each flag of the old install is accounted for, whatever becomes of it."""
    flags = ("--multus-conf-file=auto", "--restart-crio=true", "--what-is-this=1")
    planned = plan(flags=flags[1:])
    told = {a.name: a.outcome for a in planned.accounts if a.kind == "flag"}
    assert told == {flags[0]: "renamed", flags[1]: "dropped", flags[2]: "unknown"}
