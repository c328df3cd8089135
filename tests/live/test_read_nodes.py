"""read-nodes.sh, run for real: what it asks of a cluster, and that it takes away what it made."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from migrator.read.nodefiles import read_node_files
from tests.live.node_side import SHELLS, archive, members
from tests.live.nodes_cluster import Cluster
from tests.read.support import write

Broken = tuple[Cluster, tuple[int, str, str]]
USUAL = ("/etc/cni/multus/net.d", "/etc/cni/net.d", "/opt/cni/bin")


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path, "n1", "n2")


@pytest.mark.parametrize("shell", SHELLS)
def test_each_node_is_read_and_nothing_is_left(cluster: Cluster, shell: str) -> None:
    code, out, err = cluster.run(shell=shell)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "n1: read",
        "n2: read",
        "Nodes read: 2 of 2.",
        "The namespace multus-migrator-reader is being deleted, with the pods in it.",
    ]
    assert cluster.archives == {
        f"{name}.tar": archive(cluster.state / "hosts" / name, *USUAL) for name in ("n1", "n2")
    }
    assert not cluster.has_namespace
    assert cluster.running() == []
    assert all("--context=prod eu" in call for call in cluster.calls)
    verbs = [call.split(" --request-timeout=30s ")[-1].split()[:2] for call in cluster.calls]
    assert [" ".join(verb) for verb in verbs if "exec" not in " ".join(verb)][-2:] == [
        "get namespace",
        "delete namespace",
    ]


def test_what_was_read_is_what_the_plan_reads(cluster: Cluster) -> None:
    cluster.run()
    copied = read_node_files(cluster.folder / "nodes")
    assert copied.problems == ()
    assert [(f.node, f.content) for f in copied.node_files.files] == [
        ("n1", '{"name": "n1"}'),
        ("n2", '{"name": "n2"}'),
    ]


def test_the_namespace_is_made_alone_and_has_an_id(cluster: Cluster) -> None:
    """The rest would go into somebody else's, if it were there already."""
    cluster.says("delete-namespace", "cp namespace id")
    cluster.run()
    names = [call.rsplit("/", 1)[-1] for call in cluster.calls if " create " in call]
    assert names == ["namespace.yaml", "rest.yaml"]
    assert "kind: Namespace" not in (cluster.state / "rest.yaml").read_text()
    one = (cluster.state / "id").read_text()
    cluster.run()
    assert len(one) == 16
    assert one != (cluster.state / "id").read_text()


def test_a_namespace_that_is_there_already_is_left_alone(cluster: Cluster) -> None:
    write(cluster.state, {"namespace": "somebody else's"})
    code, out, err = cluster.run()
    assert (code, out) == (1, "")
    assert err.startswith("error: the namespace multus-migrator-reader cannot be made: Error from ")
    assert cluster.has_namespace
    assert not any("rest.yaml" in call or " delete " in call for call in cluster.calls)


def test_a_namespace_that_was_exchanged_is_left_alone(cluster: Cluster) -> None:
    cluster.says("get-namespace", "printf other >namespace")
    cluster.run()
    assert cluster.has_namespace
    assert not any(" delete " in call for call in cluster.calls)


def test_pods_that_are_refused(cluster: Cluster) -> None:
    cluster.says("create-rest", "echo 'denied by a policy' >&2; exit 1")
    code, out, err = cluster.run()
    assert code == 1
    assert "error: the pods cannot be made: denied by a policy\n" in err
    assert not cluster.has_namespace
    assert "is being deleted" in out


def test_a_node_whose_pod_does_not_start_is_named_with_its_reason(cluster: Cluster) -> None:
    cluster.pods([("n1", "True", ""), ("n2", "False", "ContainerCreating")])
    why = 'MountVolume.SetUp failed for volume "host-0" : hostPath type check failed: /etc/cni is not a directory'
    write(cluster.state, {"events": f"n2|Scheduled\nn2|{why}\nn1|Started\n"})
    code, out, _ = cluster.run()
    assert code == 0
    assert (
        f"Not read, and left out:\n  n2: its pod does not start: {why}\nNodes read: 1 of 2.\n"
        in out
    )
    assert list(cluster.archives) == ["n1.tar"]
    assert not cluster.has_namespace


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param([("n2", "False", "ImagePullBackOff")], "does not start: ImagePullBackOff", id="waits"),
        pytest.param([("n2", "", " 0/2 nodes: Insufficient cpu")], "0/2 nodes: Insufficient cpu", id="pending"),
        pytest.param([], "no pod came to it", id="none"),
    ],
)  # fmt: skip
def test_a_pod_that_never_comes(
    cluster: Cluster, rows: list[tuple[str, str, str]], said: str
) -> None:
    cluster.pods([("n1", "True", ""), *rows])
    code, out, _ = cluster.run()
    assert code == 0
    assert f"  n2: {said}\n" in out or f"  n2: its pod {said}\n" in out or said in out
    assert "Nodes read: 1 of 2." in out


def test_no_node_at_all_is_an_error(cluster: Cluster) -> None:
    cluster.pods([("n1", "False", ""), ("n2", "False", "")])
    code, out, _ = cluster.run()
    assert code == 1
    assert "Nodes read: 0 of 2." in out
    assert not cluster.has_namespace


BROKEN = {
    "an error": (
        "echo 'error: unable to upgrade connection' >&2; exit 1",
        "unable to upgrade connection",
    ),
    "nothing": ("exit 0", "what came is not a whole archive"),
    "text": ("echo hello; exit 0", "what came is not a whole archive"),
    "half of it": (
        'sh "$SCRIPT" hosts/n2 /etc/cni/net.d | head -c 2048; exit 0',
        "not a whole archive",
    ),
    "cut at its end": (
        'sh "$SCRIPT" hosts/n2 /etc/cni/net.d | head -c 4096; exit 0',
        "not a whole archive",
    ),
    "noise before it": (
        'echo Welcome; sh "$SCRIPT" hosts/n2 /etc/cni/net.d; exit 0',
        "not a whole archive",
    ),
    "whole, and an error": ('sh "$SCRIPT" hosts/n2 /etc/cni/net.d; echo lost >&2; exit 1', "lost"),
    "signs for a terminal": ("printf 'a\\033[2Jb\\nc\\a' >&2; exit 1", "a[2Jb c"),
    "it hangs": ("exec sleep 100", "it did not answer within"),
}


@pytest.fixture(scope="module", params=["exec", "ssh"])
def broken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Broken:
    """A run for a node that answers, and one that does not for each way of `BROKEN`, b0 and on."""
    names = [f"b{number}" for number in range(len(BROKEN))]
    cluster = Cluster(tmp_path_factory.mktemp("broken"), "n1", *names)
    for name, (script, _) in zip(names, BROKEN.values(), strict=True):
        cluster.says(f"{request.param}-{name}", script.replace("hosts/n2", f"hosts/{name}"))
    return cluster, cluster.run(*(["--ssh"] if request.param == "ssh" else []))


@pytest.mark.parametrize("name", BROKEN)
def test_an_archive_that_does_not_come_whole_is_none(broken: Broken, name: str) -> None:
    cluster, (code, out, err) = broken
    assert (code, err) == (0, "")
    assert list(cluster.archives) == ["n1.tar"]
    node = f"  b{list(BROKEN).index(name)}: "
    (line,) = (line for line in out.splitlines() if line.startswith(node))
    assert BROKEN[name][1] in line
    assert out.replace("\n", "").isprintable()
    assert not cluster.has_namespace


def test_a_pod_that_fails_once_is_asked_again(cluster: Cluster) -> None:
    cluster.says("exec-n2", "[ -f once ] || { touch once; exit 1; }")
    code, out, _ = cluster.run()
    assert code == 0
    assert "Nodes read: 2 of 2." in out


def test_an_archive_without_end_is_cut_off(cluster: Cluster) -> None:
    cluster.says("exec-n2", "exec cat /dev/zero")
    code, out, _ = cluster.run("--nodes", "n1,n2")
    assert code == 0
    assert "Nodes read: 1 of 2." in out
    assert list(cluster.archives) == ["n1.tar"]


def test_an_archive_of_an_earlier_run_stays_and_is_told(cluster: Cluster) -> None:
    cluster.run()
    before = cluster.archives["n2.tar"]
    cluster.says("exec-n2", "exit 1")
    code, out, _ = cluster.run()
    assert code == 0
    assert "(nodes/n2.tar is of an earlier run)" in out
    assert cluster.archives["n2.tar"] == before


def test_a_node_that_came_since_is_read_too(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "n1", "n2", collected=("n1",))
    assert "Nodes read: 2 of 2." in cluster.run()[1]


def test_nodes_that_were_not_collected_are_those_of_the_pods(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "n1", "n2", collected=())
    assert "Nodes read: 2 of 2." in cluster.run()[1]
    assert list(cluster.archives) == ["n1.tar", "n2.tar"]


def test_some_nodes_alone(cluster: Cluster) -> None:
    code, out, _ = cluster.run("--nodes", "n2")
    assert (code, list(cluster.archives)) == (0, ["n2.tar"])
    assert "Nodes read: 1 of 1." in out


def test_names_that_are_none_never_become_paths(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "n1")
    evil = [
        "../../x",
        "a b",
        "$(touch owned)",
        "-rf",
        ".",
        "..",
        "a/../b",
        "*",
        "n1;touch owned",
        "A",
        "",
    ]
    write(cluster.state, {"pods": "".join(f"{name}|n1|True|\n" for name in [*evil, "n1"])})
    cluster.says("get-daemonset", "printf 1; exit")
    code, out, err = cluster.run()
    assert (code, err) == (0, "")
    assert "Nodes read: 1 of 1." in out
    assert list(cluster.archives) == ["n1.tar"]
    assert not list(tmp_path.rglob("owned"))
    assert not list(tmp_path.glob("x*"))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("number", "group", "code"),
    [
        pytest.param(signal.SIGINT, True, 130, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, False, 143, id="TERM"),
        pytest.param(signal.SIGHUP, True, 129, id="the terminal is closed"),
    ],
)
def test_an_interrupt_takes_away_what_was_made(
    cluster: Cluster, shell: str, number: signal.Signals, group: bool, code: int
) -> None:
    cluster.says("exec-n2", "exec sleep 100")
    process = cluster.start("--timeout", "60", shell=shell)
    cluster.wait_for("exec -n multus-migrator-reader n2")
    begin = time.monotonic()
    cluster.kill(process, number, group=group)
    process.communicate(timeout=30)
    assert process.returncode == code
    assert time.monotonic() - begin < 10
    assert not cluster.has_namespace
    assert list(cluster.archives) == ["n1.tar"]
    assert cluster.running() == []


@pytest.mark.parametrize("call", ["create-namespace", "create-rest", "get-pods"])
def test_an_interrupt_at_any_request(cluster: Cluster, call: str) -> None:
    """Also while the namespace is being made: then it may be there, or not."""
    then = (
        'printf %s "$(sed -n "s|^ *multus-migrator/run: \\"\\(.*\\)\\"$|\\1|p" "$3")" >namespace; '
    )
    cluster.says(call, (then if call == "create-namespace" else "") + "touch here; exec sleep 100")
    process = cluster.start("--timeout", "60")
    cluster.wait_until_here()
    cluster.kill(process, signal.SIGINT, group=True)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not cluster.has_namespace
    assert cluster.running() == []


@pytest.mark.parametrize("shell", sorted({*SHELLS} - {"busybox"}))  # which has a wc of its own
def test_an_interrupt_while_an_archive_is_looked_at(cluster: Cluster, shell: str) -> None:
    """What a killed program did not print must not end the shell as an error of its own."""
    wc = f'[ "$1" != -c ] || {{ touch "$STATE/here"; exec sleep 100; }}\nexec {shutil.which("wc")} "$@"\n'
    write(cluster.programs, {"wc": f"#!/bin/sh\n{wc}"})
    (cluster.programs / "wc").chmod(0o755)
    process = cluster.start("--timeout", "60", shell=shell)
    cluster.wait_until_here()
    cluster.kill(process, signal.SIGINT, group=True)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not cluster.has_namespace
    assert cluster.archives == {}


def test_a_second_ctrl_c_does_not_keep_the_namespace(cluster: Cluster) -> None:
    cluster.says("exec-n2", "exec sleep 100")
    cluster.says("delete-namespace", "touch deleting; sleep 1")
    process = cluster.start("--timeout", "60")
    cluster.wait_for("exec -n multus-migrator-reader n2")
    cluster.kill(process, signal.SIGINT, group=True)
    cluster.wait_for("delete namespace")
    cluster.kill(process, signal.SIGINT, group=True)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not cluster.has_namespace


def test_a_reader_of_its_output_that_goes_away(cluster: Cluster) -> None:
    process = cluster.start("--timeout", "1")
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    process.communicate(timeout=30)
    assert not cluster.has_namespace


@pytest.mark.parametrize("call", ["get-namespace", "delete-namespace"])
def test_a_namespace_that_cannot_be_taken_away_is_an_error(cluster: Cluster, call: str) -> None:
    cluster.says(call, "echo forbidden >&2; exit 1")
    code, _, err = cluster.run()
    assert code == 1
    assert "forbidden" in err
    assert "kubectl delete namespace multus-migrator-reader --context='prod eu'" in err
    assert len(cluster.archives) == 2


@pytest.mark.parametrize("missing", ["kubectl", "reader.yaml", "label"])
def test_what_has_to_be_there(cluster: Cluster, missing: str) -> None:
    manifest = cluster.folder / "reader.yaml"
    if missing == "kubectl":
        for name in ("kubectl", "ssh", "sudo"):
            (cluster.programs / name).unlink()
        for name in ("sh", "mkdir", "mktemp", "rm", "sleep", "date"):
            (cluster.programs / name).symlink_to(shutil.which(name) or "")
        cluster.path = str(cluster.programs)
    elif missing == "reader.yaml":
        manifest.unlink()
    else:
        manifest.write_text(manifest.read_text().replace("multus-migrator/run: none", "a: b"))
    code, _, err = cluster.run()
    assert code == 1
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1
    assert cluster.calls == []


@pytest.mark.parametrize(
    "words",
    [
        *(
            ["sideways"],
            ["--nodes"],
            ["--nodes", "a b/c"],
            ["--nodes", "$(id)"],
            ["--nodes", "../x"],
        ),
        *(["--nodes", "-x"], ["--timeout", "0"], ["--timeout", "soon"], ["--timeout", "-1"]),
        *(
            ["--ssh", "a b@"],
            ["--ssh", "-l@"],
            ["--ssh", "a@b@"],
            ["--ssh", "@"],
            ["--timeout", ""],
        ),
    ],
    ids=" ".join,
)
def test_words_that_are_wrong_ask_nothing(cluster: Cluster, words: list[str]) -> None:
    code, out, err = cluster.run(*words)
    assert (code, out) == (64, "")
    assert "usage: sh read-nodes.sh" in err
    assert cluster.calls == []


def test_help(cluster: Cluster) -> None:
    code, out, _ = cluster.run("-h")
    assert code == 0
    assert out.startswith("Reads the CNI files of the nodes ")
    assert "--ssh [USER@]" in out
    assert cluster.calls == []


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("login", ["", "root@", "deploy.user-1@"])
def test_ssh_reads_node_by_node_without_a_pod(cluster: Cluster, login: str, shell: str) -> None:
    write(cluster.state, {"hosts/n2/opt/cni/bin/x y": "#!/bin/sh\n"})
    code, out, err = cluster.run("--ssh", *([login] if login else []), shell=shell)
    assert (code, err) == (0, "")
    assert out.splitlines() == ["n1: read", "n2: read", "Nodes read: 2 of 2."]
    assert "opt/cni/bin/x y" in members(cluster.archives["n2.tar"])
    calls = [call for call in cluster.calls if call.startswith("ssh ")]
    assert len(calls) == len([c for c in cluster.calls if not c.startswith("sudo ")]) == 2
    for call, name in zip(calls, ("n1", "n2"), strict=True):
        assert call.startswith(
            f"ssh -T -a -x -o BatchMode=yes -o ConnectTimeout=10 -- {login}{name} "
        )


def test_who_is_not_root_asks_sudo_which_asks_nobody(cluster: Cluster) -> None:
    write(cluster.programs, {"id": "#!/bin/sh\necho 1000\n"})
    (cluster.programs / "id").chmod(0o755)
    assert cluster.run("--ssh", "me@")[0] == 0
    sudo = [call for call in cluster.calls if call.startswith("sudo ")]
    assert len(sudo) == 2
    assert all(call.startswith("sudo -n sh -s -- ") for call in sudo)


def test_a_host_that_does_not_answer_is_named(cluster: Cluster) -> None:
    code, out, err = cluster.run("--ssh", "--nodes", "gone,n1")
    assert (code, err) == (0, "")
    assert "  gone: ssh: Could not resolve hostname gone\nNodes read: 1 of 2.\n" in out
    assert cluster.run("--ssh", "--nodes", "gone")[0] == 1


def test_ssh_has_to_know_its_hosts(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "n1", collected=())
    code, _, err = cluster.run("--ssh")
    assert code == 1
    assert err == "error: the names of the nodes are not known; give them with --nodes A,B\n"


def test_ctrl_c_ends_ssh(cluster: Cluster) -> None:
    cluster.says("ssh-n2", "exec sleep 100")
    process = cluster.start("--ssh")
    cluster.wait_for(" n2 ")
    cluster.kill(process, signal.SIGINT, group=True)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert list(cluster.archives) == ["n1.tar"]
    assert cluster.running() == []


def test_it_is_called_from_its_own_folder_too(cluster: Cluster) -> None:
    done = subprocess.run(
        ["sh", "read-nodes.sh", "--ssh"],
        cwd=cluster.folder,
        env=cluster.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert len(cluster.archives) == 2
