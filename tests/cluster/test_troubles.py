"""What goes wrong on a node: the script stops, harms nothing, says how to go on, and does so."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from migrator.inventory.running_pods import NETWORKS
from tests.cluster import multus
from tests.cluster.api import Live, Refused
from tests.cluster.estate import NODES, Estate, estate, planned
from tests.cluster.nodes import Pod

pytestmark = [pytest.mark.kustomize, pytest.mark.slow]

TIMEOUT = ("--timeout", "6")


def trouble(one: Estate, said: str, direction: str = "forward") -> str:
    """Run a direction that has to stop with these words; what it printed."""
    done = one.run(direction, *TIMEOUT)
    assert done.returncode == 1, done.stdout
    assert said in done.stderr
    assert one.nodes.leaks == one.nodes.rolled == one.session.errors == []
    return done.stderr


def goes_on(one: Estate, direction: str = "forward", *words: str) -> None:
    done = one.run(direction, *TIMEOUT, *words)
    assert done.returncode == 0, done.stderr
    assert one.wrong("stage-2" if direction == "forward" else "rollback/stage-2") == []


def daemons(one: Estate) -> Callable[[Pod], bool]:
    return lambda pod: not ((run := one.nodes.multus(pod)) and run.thick)


def never(pod: Pod) -> bool:
    return False


def always(pod: Pod) -> bool:
    return True


def test_a_node_whose_daemon_does_not_come_back_can_be_undone_or_gone_on_with(
    out: Path, tmp_path: Path
) -> None:
    with estate(out, tmp_path / "c", "apply", NODES[:2]) as one:
        one.nodes.becomes_ready = daemons(one)
        said = trouble(one, "n1: the Multus pod kube-multus-ds-")
        assert "rollout.sh back --nodes n1" in said
        assert one.nodes.cordoned == {"n1"}
        assert not any(
            pod.networks and pod.owner == ("ReplicaSet", "web") for pod in one.nodes.on("n1")
        )
        done = one.run("back", "--nodes", "n1", *TIMEOUT)
        assert done.returncode == 0, done.stderr
        assert one.nodes.cordoned == set()
        assert one.types == {"multus"}
        one.nodes.becomes_ready = always
        goes_on(one)


@contextmanager
def what_the_server_does_not_take(one: Estate) -> Iterator[None]:
    def refuse(obj: Any, live: Live | None) -> Live:
        raise Refused("admission webhook denied the request")

    apply, one.api.apply_one = one.api.apply_one, refuse
    yield
    one.api.apply_one = apply


@contextmanager
def a_field_that_somebody_puts_back(one: Estate) -> Iterator[None]:
    apply = one.api.apply_one

    def putting_back(obj: Any, live: Live | None) -> Live:
        after = apply(obj, live)
        if obj["kind"] == "DaemonSet":
            container = after.obj["spec"]["template"]["spec"]["containers"][0]
            container["args"] = ["--cni-version=0.3.1"]
        return after

    one.api.apply_one = putting_back
    yield
    one.api.apply_one = apply


@contextmanager
def an_image_that_cannot_be_pulled(one: Estate) -> Iterator[None]:
    one.nodes.pulls = lambda pod: (
        not any(c["image"].endswith("-thick") for c in pod.spec["containers"] if "image" in c)
    )
    yield
    one.nodes.pulls = always


@contextmanager
def a_primary_config_that_is_gone(one: Estate) -> Iterator[None]:
    path = one.nodes.folder("n1", one.nodes.runtime) / "10-kuberouter.conflist"
    path.rename(path.with_suffix(".gone"))
    yield
    path.with_suffix(".gone").rename(path)


@contextmanager
def a_config_that_calls_multus(one: Estate) -> Iterator[None]:
    """It matters where the plan names no primary CNI: the daemon takes the first file (P03)."""
    script = one.script
    text = script.read_text().replace("PRIMARIES=('10-kuberouter.conflist')", "PRIMARIES=('')")
    one.script = one.folder / "rollout.sh"
    one.script.write_text(text)
    left = one.nodes.folder("n1", one.nodes.runtime) / "70-multus.conf"
    multus.write(left, {"type": "multus"})
    yield
    left.unlink()
    one.script = script


@contextmanager
def a_pod_without_a_controller(one: Estate) -> Iterator[None]:
    bare = one.nodes.add({"namespace": "app", "name": "bare"}, {"nodeName": "n1", "containers": []})
    one.nodes.advance(5)
    yield
    one.nodes.delete(bare)
    one.nodes.advance(5)


@contextmanager
def a_pod_of_the_old_image(one: Estate) -> Iterator[None]:
    old = next(iter(one.multus_pods())).spec

    def stale(pod: Pod) -> None:
        if pod.owner == ("DaemonSet", "kube-multus-ds"):
            pod.spec = dict(old)

    one.nodes.made = stale
    yield
    one.nodes.made = lambda pod: None


@contextmanager
def a_daemon_that_writes_no_config(one: Estate) -> Iterator[None]:
    one.nodes.writes = never
    yield
    one.nodes.writes = always
    for pod in one.multus_pods():
        one.nodes.write(pod)


@contextmanager
def a_test_pod_without_its_network(one: Estate) -> Iterator[None]:
    one.nodes.attaches = never
    yield
    one.nodes.attaches = always
    one.nodes.silent.clear()


@contextmanager
def a_pod_that_started_in_between(one: Estate) -> Iterator[None]:
    """After its daemon is ready, the test pod is made."""

    def gap(words: tuple[str, ...]) -> str:
        if "--dry-run=client" in words:
            meta = {"namespace": "app", "name": "early", "annotations": {NETWORKS: "lan"}}
            pod = one.nodes.add(meta, {"nodeName": "n1", "containers": []})
            pod.phase, pod.ready = "Running", True
        return ""

    one.session.before = gap
    yield
    one.session.before = lambda words: ""
    one.nodes.delete(one.nodes.pods["app", "early"])
    one.nodes.advance(5)


TROUBLES: Final = (
    (what_the_server_does_not_take, "admission webhook denied the request", False),
    (
        a_field_that_somebody_puts_back,
        'the arguments ["--cni-version=0.3.1"] are still there',
        False,
    ),
    (an_image_that_cannot_be_pulled, "does not start here (Pending ImagePullBackOff)", False),
    (a_primary_config_that_is_gone, "10-kuberouter.conflist is not in /etc/cni/net.d (P04)", False),
    (a_config_that_calls_multus, "/etc/cni/net.d/70-multus.conf calls Multus", False),
    (
        a_pod_without_a_controller,
        "cannot delete Pods that declare no controller (use --force to override)",
        True,
    ),
    (a_pod_of_the_old_image, "is not of the template of its DaemonSet", True),
    (
        a_daemon_that_writes_no_config,
        "/etc/cni/net.d/00-multus.conf is of the type multus, not the daemon's",
        True,
    ),
    (
        a_test_pod_without_its_network,
        "the test pod of smoke-test/plant--fieldbus.yaml runs without plant/fieldbus",
        True,
    ),
    (a_pod_that_started_in_between, "runs pods without their networks: app/early (app/lan)", True),
)
"""What happens, what is said of it, and whether the node is cordoned by then; in the order of the steps."""


def test_each_trouble_stops_it_and_when_it_is_over_it_goes_on(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "create", NODES[:1]) as one:
        for happens, said, cordoned in TROUBLES:
            with happens(one):
                trouble(one, said)
                assert (one.nodes.cordoned == {"n1"}) == cordoned, said
                if not cordoned:
                    assert one.types == {"multus"}, said
        goes_on(one)


def test_a_test_pod_that_a_run_had_to_leave_does_not_stop_the_drain(
    out: Path, tmp_path: Path
) -> None:
    with estate(out, tmp_path / "c", "apply", NODES[:1]) as one:
        meta = {
            "namespace": "plant",
            "name": "smoke-test-1",
            "labels": {"multus-migrator/rollout": "smoke"},
        }
        spec = {"nodeName": "n1", "containers": [], "terminationGracePeriodSeconds": 0}
        one.nodes.add(meta, spec)
        one.nodes.advance(5)
        goes_on(one)


def test_thin_mode_that_writes_no_config_stops_the_way_back(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "apply", NODES[:1]) as one:
        goes_on(one)
        with a_daemon_that_writes_no_config(one):
            trouble(one, "what the runtime reads in /etc/cni/net.d is of the type none", "back")
            assert one.nodes.cordoned == {"n1"}
        goes_on(one, "back")


def test_a_node_without_its_daemon_is_not_moved_back(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "apply", NODES[:1]) as one:
        assert one.run("forward").returncode == 0
        (daemon,) = one.multus_pods()
        daemon.ready, one.nodes.becomes_ready = False, never
        trouble(one, "pods that are deleted now leak their networks (P43): app/web-", "back")
        assert one.nodes.cordoned == set()
        one.nodes.becomes_ready = always
        goes_on(one, "back")


@pytest.mark.parametrize(
    ("sample", "how"),
    [
        ("crio", "not by a taint, which Multus does not tolerate"),
        ("v4.0-thin", "kubectl taint node n1 multus-migrator/back=:NoExecute"),
    ],
)
def test_pods_of_daemonsets_with_networks_are_kept_off_while_a_node_goes_back(
    sample: str, how: str, plans: Path, tmp_path: Path
) -> None:
    with estate(planned(sample, plans), tmp_path / "c", "apply", NODES[:1]) as one:
        meta = {"namespace": "app", "name": "probe", "annotations": {NETWORKS: "lan"}}
        probe = one.nodes.add(meta, {"nodeName": "n1", "containers": []}, ("DaemonSet", "probe"))
        assert one.run("forward").returncode == 0
        said = trouble(
            one, "leak when they are deleted after the daemon is gone (P43): app/probe", "back"
        )
        assert how in said
        one.nodes.delete(probe)
        goes_on(one, "back")


def test_a_daemon_that_leaves_its_config_does_not_become_the_primary_of_thin_mode(
    plans: Path, tmp_path: Path
) -> None:
    """4.0.x leaves 00-multus.conf, and thin 4.0.x takes the first file, its own or not."""
    out = planned("v4.0-thin", plans, "--target", "4.0.2")
    with estate(out, tmp_path / "c", "apply", NODES[:1]) as one:
        goes_on(one)
        assert one.types == {"multus-shim"}
        asked = len(one.session.calls)
        goes_on(one, "back")
        assert one.types == {"multus"}
        assert not multus.reaches_shim(one.nodes.folder("n1", one.nodes.runtime))
        deleted = [
            c for c in one.session.calls[asked:] if "delete" in c and c[3].startswith("kube-multus")
        ]
        assert len(deleted) == 1  # the file had gone before thin mode started, not after


def test_a_slow_server_is_waited_for(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "apply", NODES[:1]) as one:

        def slow(words: tuple[str, ...]) -> str:
            one.nodes.advance(30)
            return ""

        one.session.before = slow
        goes_on(one)


def test_another_cluster_has_another_state(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "apply", NODES[:1]) as one:
        (one.folder / "state").write_text("# multus-migrator rollout in elsewhere\n")
        trouble(one, "is not the state of this rollout in the context five-nodes")
        assert one.types == {"multus"}


def test_an_interrupt_ends_the_commands_of_every_node(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "apply", NODES[:2]) as one:
        draining = threading.Event()

        def hold(words: tuple[str, ...]) -> str:
            if "drain" in words:
                draining.set()
                time.sleep(0.3)
            return ""

        one.session.before = hold
        command = [
            "bash",
            str(one.script),
            "forward",
            "--parallel",
            "2",
            "--state",
            str(one.folder / "state"),
        ]
        with subprocess.Popen(command, env=one.environment, stdout=subprocess.DEVNULL) as script:
            assert draining.wait(30)
            script.send_signal(signal.SIGINT)
            assert script.wait(30) == 130
        asked = len(one.session.calls)
        time.sleep(0.5)
        assert len(one.session.calls) <= asked + 1  # what was on its way
        one.session.before = lambda words: ""
        goes_on(one)
