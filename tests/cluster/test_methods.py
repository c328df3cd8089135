"""How what is applied reaches the cluster, for each way in which the install was made."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.cluster.api import Made
from tests.cluster.estate import NODES, Estate, estate, objects

pytestmark = [pytest.mark.kustomize, pytest.mark.slow]

MANAGERS: Final[dict[Made, bool]] = {
    "create": False,
    "apply": True,
    "server-side": True,
    "helm": False,
}
"""Whether server-side apply, of the base first, gets rid of what has to go."""


def by(one: Estate, method: str) -> None:
    """Have the script of another method."""
    text = one.script.read_text().replace(
        "readonly METHOD='kubectl'", f"readonly METHOD='{method}'"
    )
    one.script = one.folder / "rollout.sh"
    one.script.write_text(text)


@pytest.mark.parametrize("made", MANAGERS)
def test_server_side(made: Made, out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", made, NODES[:1]) as one:
        by(one, "server-side")
        done = one.run("forward")
        if MANAGERS[made]:
            assert (done.returncode, one.wrong("stage-2")) == (0, []), done.stderr
            done = one.run("back")
            assert (done.returncode, one.wrong("rollback/stage-2")) == (0, []), done.stderr
        else:
            assert done.returncode == 1
            assert "the server does not take stage-1: see above" in done.stderr
            assert one.types == {"multus"}
            assert one.nodes.rolled == one.session.errors == []


def test_who_owns_the_manifests_brings_each_stage_about(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "apply", NODES[:1]) as one:
        by(one, "commit")
        for direction, stages in (
            ("forward", ("stage-1", "stage-2")),
            ("back", ("rollback/stage-1", "rollback/stage-2")),
        ):
            for stage in stages:
                done = one.run(direction)
                assert done.returncode == 1
                assert f"{stage} is not live" in done.stderr
                assert "commit it in place of what" in done.stderr
                assert not any("apply" in call for call in one.session.calls)
                one.api.apply(objects(out / stage), dry=False)
            assert one.wrong(stages[-1]) == []


def test_a_release_is_moved_by_its_chart(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "helm", NODES[:1]) as one:
        by(one, "helm")
        done = one.run("forward")
        assert done.returncode == 1
        assert "stage-1 is not live" in done.stderr
        assert "helm upgrade" in done.stderr
        assert not any("apply" in call for call in one.session.calls)


def test_two_managers_of_server_side_apply_are_not_chosen_from(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "server-side", NODES[:1]) as one:
        live = one.api.daemonset("kube-system", "kube-multus-ds")
        assert live
        live.fields["argocd-controller", "Apply"] = {}
        by(one, "server-side")
        done = one.run("forward")
        assert done.returncode == 1
        assert (
            "several managers have applied the DaemonSets: argocd-controller,kubectl" in done.stderr
        )


def test_server_side_apply_of_the_base_must_not_restart_pods(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "server-side", NODES[:1]) as one:
        live = one.api.daemonset("kube-system", "kube-multus-ds")
        assert live
        (container,) = live.obj["spec"]["template"]["spec"]["containers"]
        container["image"] = "registry.example/multus-cni:v3.9.9"
        by(one, "server-side")
        done = one.run("forward")
        assert done.returncode == 1
        assert "what is live is not what rollback holds" in done.stderr
        assert not any("apply" in call for call in one.session.calls)
