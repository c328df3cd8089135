"""``collect`` as a user runs it: the real kubectl against a stub of an API server on loopback."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from migrator.cli import output
from migrator.cli.snapshots import foreign
from migrator.tools import programs
from migrator.tools.bounds import ANSWER_TIME
from tests.cli.tools import ROOT, Run, migrator, tree
from tests.live.apiserver import Stub, kubeconfig, serving, status
from tests.live.changes import thin
from tests.live.objects import live, pod, thing
from tests.needs import give_up
from tests.report.hostile import TEXTS
from tests.tools.test_matrix import minors, program

MOMENT = {"SOURCE_DATE_EPOCH": "1795692600"}
FORBIDDEN, SLOW, BROKEN = "/api/v1/nodes", "/api/v1/limitranges", "/api/v1/resourcequotas"
LATER, EXPIRED = "/apis/apps/v1/statefulsets", "/api/v1/pods"


def stub() -> Stub:
    """A cluster of three pages of pods, some of odd words, that answers badly in every way."""
    odd = [pod(f"odd-{n}") for n in range(len(TEXTS))]
    for each, text in zip(odd, TEXTS.values(), strict=True):
        each["metadata"]["labels"] = {"a": text}
    pods = [pod(f"web-{n}") for n in range(1100 - len(odd))]
    made = Stub(
        [*map(live, thin()), *pods, *odd, live(thing("StatefulSet", "apps/v1", "db", "app"))]
    )
    made.faults = {
        FORBIDDEN: [status(403)],
        SLOW: [1.5],
        BROKEN: [(299, b'{"kind": "ResourceQuotaList", "items": [')],
        LATER: [status(429), None],
        EXPIRED: [None, None, status(410), None],
    }
    return made


class Whole(NamedTuple):
    """A run against a stub that still serves: the requests that it made, its files with their digests."""

    stub: Stub
    config: Path
    run: Run
    requests: tuple[tuple[str, str], ...]
    files: dict[str, str]


@pytest.fixture(scope="module")
def kubectl() -> str:
    return next(programs.found("kubectl"), "") or give_up("no kubectl")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, kubectl: str) -> Path:
    assert kubectl
    return tmp_path_factory.mktemp("collect")


def collect(place: Path, config: Path, *arguments: str, **env: str) -> Run:
    settings = {"KUBECONFIG": str(config), ANSWER_TIME.variable: "1", **MOMENT, **env}
    return migrator("collect", *arguments, cwd=place, env=settings)


@pytest.fixture(scope="module")
def whole(place: Path) -> Iterator[Whole]:
    made = stub()
    with serving(made, place) as config:
        done = collect(place, config, "-o", "snap")
        yield Whole(made, config, done, tuple(made.requests), tree(place / "snap"))


def test_every_request_is_a_get_and_none_is_for_secrets(whole: Whole) -> None:
    assert {method for method, _ in whole.requests} == {"GET"}
    assert not any("secret" in path for _, path in whole.requests)
    assert len(whole.requests) < 35


def test_what_was_read_and_what_not_is_told_with_the_next_command(whole: Whole) -> None:
    assert (whole.run.code, whole.run.out) == (0, "")
    lines = whole.run.err.splitlines()
    assert lines[0].startswith("read: ")
    assert " 1100 pods" in lines[0]
    assert "not read: nodes (forbidden): it takes the right to list them" in lines
    slow = "not read: limitranges (failed): there was no whole answer within 1 seconds"
    assert slow in lines
    assert "not read: resourcequotas (failed): unexpected EOF" in lines
    assert lines[-1] == "next: multus-migrator plan snap"
    assert len([line for line in lines if line.startswith("not read: ")]) == 3


def test_how_the_files_of_the_nodes_are_fetched_is_in_it(place: Path, whole: Whole) -> None:
    script = place / "snap" / "read-nodes.sh"
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    assert "kind: DaemonSet" in (place / "snap" / "reader.yaml").read_text(encoding="utf-8")
    assert "next, for the files of the nodes: sh snap/read-nodes.sh" in whole.run.err


def test_the_snapshot_says_when_and_from_where(place: Path, whole: Whole) -> None:
    found = json.loads((place / "snap" / "snapshot.json").read_text(encoding="utf-8"))
    assert found["collected"] == "2026-11-26T11:30:00Z"
    assert (found["context"], found["server"]) == ("stub", "v1.31.2")
    assert {each["resource"]: each["reason"] for each in found["unread"]} == {
        "limitranges": "failed",
        "nodes": "forbidden",
        "resourcequotas": "failed",
    }
    assert found["read"]["pods"] == 1100
    assert found["read"]["statefulsets.apps"] == 1, "asked for again, as the server wanted"
    kept = {name for name, count in found["read"].items() if count}
    own = {"snapshot.json", "reader.yaml", "read-nodes.sh"}
    assert whole.files.keys() == own | {f"objects/{name}.yaml" for name in kept}


def test_the_token_of_the_kubeconfig_is_nowhere(place: Path, whole: Whole) -> None:
    assert "t0ps3cret" in (place / "kubeconfig").read_text(encoding="utf-8")
    assert "t0ps3cret" not in whole.run.err
    for file in (place / "snap").rglob("*.*"):
        assert b"t0ps3cret" not in file.read_bytes()


def test_again_in_another_order_gives_the_same_bytes_and_keeps_the_nodes(
    tmp_path: Path, place: Path, whole: Whole
) -> None:
    out = shutil.copytree(place / "snap", tmp_path / "snap")
    archive = out / "nodes" / "node-1.tar"
    archive.parent.mkdir()
    archive.write_bytes(b"tar")
    (out / "objects" / "old.x.yaml").write_text("a: b\n", encoding="utf-8")
    whole.stub.faults = stub().faults
    for items in whole.stub.lists.values():
        items.reverse()
    assert collect(tmp_path, whole.config, "-o", "snap").code == 0
    after = tree(out)
    assert archive.read_bytes() == b"tar"
    assert after.pop("nodes/node-1.tar")
    assert after == whole.files
    assert [path.name for path in tmp_path.iterdir()] == ["snap"]


def test_the_snapshot_is_an_input_of_plan(place: Path, whole: Whole) -> None:
    assert whole.run.code == 0
    done = migrator("plan", "snap", "--dry-run", cwd=place)
    assert done.code == 0, done.err
    assert "M31" in done.out, "nodes were not read"
    assert "2026-11-26" in done.out


PEAK = """
import resource, sys
from migrator.cli.main import run
code = run(sys.argv[1:])
print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak(place: Path, pods: int) -> int:
    """MiB of a whole run in a process of its own, with pods of 4 kB."""
    made = Stub()
    for number in range(pods):
        item = pod(f"web-{number}")
        item["metadata"]["annotations"] = {"note": "x" * 3800}
        made.add(item)
    with serving(made, place) as config:
        done = subprocess.run(
            [sys.executable, "-c", PEAK, "collect", "-o", f"snap-{pods}"],
            cwd=place,
            env={**os.environ, "KUBECONFIG": str(config), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
    code, most = map(int, done.stdout.split())
    assert code == 0, done.stderr
    assert f"{pods} pods" in done.stderr
    return most


@pytest.mark.slow
def test_5000_pods_take_hardly_more_memory_than_500(tmp_path: Path, kubectl: str) -> None:
    """A page at a time: all of them together are 20 MB of JSON, and several times that as objects."""
    assert kubectl
    assert peak(tmp_path, 5000) < peak(tmp_path, 500) + 16


@pytest.mark.matrix
def test_each_kubectl_gives_the_same_snapshot(tmp_path: Path) -> None:
    trees = []
    for minor in minors():
        folder = Path(program(minor, "kubectl")).parent
        with serving(stub(), tmp_path) as config:
            out = f"snap-{minor}"
            done = collect(
                tmp_path, config, "-o", out, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}"
            )
        assert done.code == 0, done.err
        trees.append(tree(tmp_path / out))
        told = json.loads((tmp_path / out / "snapshot.json").read_text(encoding="utf-8"))
        trees[-1].pop("snapshot.json")
        trees[-1]["told"] = str([(each["resource"], each["reason"]) for each in told["unread"]])
    assert all(each == trees[0] for each in trees)


def test_namespaces_and_a_context_are_asked_for(tmp_path: Path, kubectl: str) -> None:
    assert kubectl
    made = Stub([live(each) for each in thin() if each["kind"] == "DaemonSet"])
    made.add(thing("Namespace", "v1", "kube-system"))
    made.faults = {f"/api/v1/{name}": [status(403)] for name in ("pods", "namespaces")}
    with serving(made, tmp_path) as config:
        done = collect(tmp_path, config, "-o", "some", "-n", "kube-system", "--context", "other")
    assert done.code == 0, done.err
    found = json.loads((tmp_path / "some" / "snapshot.json").read_text(encoding="utf-8"))
    assert (found["context"], found["namespaces"], found["unread"]) == (
        "other",
        ["kube-system"],
        [],
    )
    assert "/apis/apps/v1/namespaces/kube-system/daemonsets" in made.paths


def test_the_dry_run_prints_commands_and_runs_none(tmp_path: Path) -> None:
    none = {"PATH": str(tmp_path)}
    done = migrator("collect", "--dry-run", "--context", "a b", cwd=tmp_path, env=none)
    assert (done.code, done.err) == (0, "")
    commands = [line for line in done.out.splitlines() if not line.startswith("#")]
    assert len(commands) > 70
    for command in commands:
        words = shlex.split(command)
        assert words[:2] == ["kubectl", "get"]
        assert words[2].startswith("--raw=/")
        assert words[-1] == "--context=a b"
    assert not any("secret" in command for command in commands)
    current = migrator("collect", "--dry-run", cwd=tmp_path, env=none).out
    assert "kubectl config current-context\n" in current
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name the folder to write with -o"),
        (["-o", "-"], "name the folder to write with -o"),
        (["-o", "x", "-n", "../secrets"], "is not the name of a namespace"),
        (["-o", "x", "-n", ""], "is not the name of a namespace"),
        (["-o", "x", "-n", "A"], "is not the name of a namespace"),
        (["-o", "x", "-n", "kube-system\n"], "is not the name of a namespace"),
    ],
)
def test_64_a_wrong_command_line(tmp_path: Path, arguments: list[str], told: str) -> None:
    done = migrator("collect", *arguments, cwd=tmp_path)
    assert (done.code, done.out) == (64, "")
    assert told in done.err


@pytest.mark.usefixtures("_no_programs")
def test_1_no_kubectl(tmp_path: Path) -> None:
    done = migrator("collect", "-o", "x", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: kubectl was not found; install it, or extend PATH\n"
    assert not (tmp_path / "x").exists()


def test_1_a_moment_that_is_none(tmp_path: Path, kubectl: str) -> None:
    done = collect(tmp_path, tmp_path / "none", "-o", "x", SOURCE_DATE_EPOCH="9" * 20)
    assert (done.code, done.out) == (1, "")
    assert kubectl
    assert done.err.startswith("error: SOURCE_DATE_EPOCH is not a point in time; ")


@pytest.mark.parametrize(
    ("arguments", "config", "told"),
    [
        pytest.param([], "closed", "refused", id="nobody listens"),
        pytest.param(
            ["--context", "nope"], "closed", 'context "nope" does not exist', id="context"
        ),
        pytest.param(
            [],
            "absent",
            "localhost:8080 was refused|lookup localhost on .*: no such host",  # without /etc/hosts
            id="no kubeconfig",
        ),
        pytest.param([], "broken", "error loading config file", id="a broken kubeconfig"),
    ],
)
def test_1_no_cluster(
    tmp_path: Path, kubectl: str, arguments: list[str], config: str, told: str
) -> None:
    assert kubectl
    kubeconfig(tmp_path, 9).rename(tmp_path / "closed")
    (tmp_path / "broken").write_text("clusters: [", encoding="utf-8")
    done = collect(tmp_path, tmp_path / config, "-o", "x", *arguments, HOME=str(tmp_path))
    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(r"error: the cluster cannot be asked: [^\n]*\n", done.err)
    assert re.search(told, done.err)
    assert not (tmp_path / "x").exists()


def test_1_daemonsets_that_nobody_may_read(tmp_path: Path, kubectl: str) -> None:
    assert kubectl
    made = Stub()
    made.faults["/apis/apps/v1/daemonsets"] = [status(403)]
    with serving(made, tmp_path) as config:
        done = collect(tmp_path, config, "-o", "x")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: the DaemonSets of the cluster cannot be read: ")
    assert done.err.count("\n") == 1
    assert "docs/collect.md" in done.err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("name", "text", "foreign"),
    [
        pytest.param("notes.txt", "x", "notes.txt", id="a file of somebody"),
        pytest.param("plan.json", "{}", "plan.json", id="a plan"),
        pytest.param(
            "snapshot.json",
            '{"tool": "other", "snapshot": 1}',
            "snapshot.json",
            id="of another tool",
        ),
        pytest.param("snapshot.json", "{", "snapshot.json", id="no JSON"),
        pytest.param("objects/pods.yaml", "a: b", "snapshot.json", id="objects alone"),
        pytest.param("nodes/n1.tar", "x", "snapshot.json", id="nodes alone"),
        pytest.param("objects/a/b.yaml", "x", "objects/a/b.yaml", id="a folder too deep"),
    ],
)
def test_1_a_folder_that_is_no_snapshot_is_refused_at_once(
    tmp_path: Path, name: str, text: str, foreign: str
) -> None:
    file = tmp_path / "x" / name
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    done = migrator("collect", "-o", "x", cwd=tmp_path, env={"PATH": str(tmp_path)})
    assert (done.code, done.out) == (1, "")
    assert f"x/{foreign} was not written by multus-migrator" in done.err
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("where", ["nodes/link", "objects/pods.yaml", "snapshot.json"])
def test_1_a_link_in_a_snapshot_is_nobodys(tmp_path: Path, where: str) -> None:
    folder = tmp_path / "x"
    for name in ("objects", "nodes"):
        (folder / name).mkdir(parents=True)
    (folder / "snapshot.json").write_text('{"tool": "multus-migrator", "snapshot": 1}')
    (folder / where).unlink(missing_ok=True)
    (folder / where).symlink_to("/etc/passwd")
    done = migrator("collect", "-o", "x", cwd=tmp_path, env={"PATH": str(tmp_path)})
    assert done.code == 1
    assert f"x/{where} was not written by multus-migrator" in done.err


def test_an_interruption_leaves_the_snapshot_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"snapshot.json": '{"tool": "multus-migrator"}', "nodes/a/n1.tar": "x"}
    for name, text in old.items():
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / name).write_text(text, encoding="utf-8")
    before = tree(tmp_path)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(output, "put_in_place", interrupt)
        output.write_snapshot(
            tmp_path / "x", {"snapshot.json": "{}"}, kept="nodes", foreign=foreign
        )
    assert tree(tmp_path) == before
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", _refuse)
        output.write_snapshot(
            tmp_path / "x", {"snapshot.json": "{}"}, kept="nodes", foreign=foreign
        )
    assert tree(tmp_path).keys() == before.keys()
    assert (tmp_path / "x" / "nodes" / "a" / "n1.tar").read_text(encoding="utf-8") == "x"


def _refuse(*_: object, **__: object) -> None:
    raise OSError(1, "no hard links here")
