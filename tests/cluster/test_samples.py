"""Each sample that rolls out goes forward and back, however its install was made."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Final

import pytest

from tests.cluster.api import Made
from tests.cluster.estate import MOVING, NODES, alone, built, estate, planned

pytestmark = [pytest.mark.kustomize, pytest.mark.xdist_group("cluster of samples")]

WAYS: Final[tuple[Made, ...]] = ("create", "apply", "server-side", "helm")
ROTATING: Final = list(zip(MOVING, itertools.cycle(WAYS)))


@pytest.mark.parametrize(("sample", "made"), ROTATING)
def test_a_sample_goes_forward_and_back(
    sample: str, made: Made, plans: Path, tmp_path: Path
) -> None:
    names = NODES[:2] if sample == "v3.4" else NODES[:1]  # one of each architecture
    with estate(planned(sample, plans), tmp_path / "c", made, names) as one:
        assert one.types == {"multus"}
        done = one.run("forward")
        assert (done.returncode, one.wrong("stage-2")) == (0, []), done.stdout + done.stderr
        assert one.types == {"multus-shim"}
        done = one.run("back")
        assert (done.returncode, one.wrong("rollback/stage-2")) == (0, []), (
            done.stdout + done.stderr
        )
        assert one.types == {"multus"}


@pytest.mark.parametrize("folder", ["stage-1", "rollback/stage-2"])
def test_what_is_applied_is_what_each_folder_builds_by_itself(folder: str, out: Path) -> None:
    """The cluster has them from one build, which takes a third of the time of five."""
    assert built(out / folder) == alone(out / folder)


@pytest.mark.parametrize("made", [made for made in WAYS if ("crio", made) not in ROTATING])
def test_it_does_not_matter_how_the_install_was_made(made: Made, out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", made, NODES[:1]) as one:
        assert one.run("forward").returncode == 0
        assert one.wrong("stage-2") == []
        live = one.api.daemonset("kube-system", "kube-multus-ds")
        assert live
        assert live.generation == 3  # one for each stage


def test_five_nodes_go_forward_three_at_a_time_and_some_of_them_back(
    out: Path, tmp_path: Path
) -> None:
    with estate(out, tmp_path / "c") as one:
        one.nodes.cordoned.add("n4")
        done = one.run("forward", "--parallel", "3")
        assert done.returncode == 0, done.stderr
        assert one.wrong("stage-2", cordoned=frozenset({"n4"})) == []
        done = one.run("back", "-l", "zone=b")
        assert done.returncode == 0, done.stderr
        assert "Nodes are left" in done.stdout
        shown = one.run("status").stdout.splitlines()
        assert [line.split()[:3] for line in shown[2:]] == [
            *([name, "thick", "4.2.4"] for name in ("n1", "n2")),
            *([name, "thin", "3.9.3"] for name in ("n3", "n4", "n5")),
        ]
        assert one.nodes.leaks == one.nodes.rolled == one.session.errors == []
        assert one.run("back", "--nodes", "n2,n1").returncode == 0
        assert one.wrong("rollback/stage-2", cordoned=frozenset({"n4"})) == []


def test_a_daemon_of_another_release_goes_back_to_its_own(plans: Path, tmp_path: Path) -> None:
    out = planned("thick-4.0", plans, "--target", "4.2.4")
    with estate(out, tmp_path / "c", "apply", NODES[:1]) as one:
        for direction, folder in (("forward", "stage-2"), ("back", "rollback/stage-2")):
            done = one.run(direction)
            assert (done.returncode, one.wrong(folder)) == (0, []), done.stderr
            assert one.types == {"multus-shim"}
