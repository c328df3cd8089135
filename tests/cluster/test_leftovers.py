"""What thin mode had put on a node goes, or gets its name back, when it has to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cluster.estate import NODES, ROOT, Estate, estate, planned, planned_from
from tests.cluster.nodes import Pod

pytestmark = pytest.mark.kustomize


def goes(one: Estate, direction: str) -> set[str]:
    """Go a direction; the names of the CNI files of the node."""
    done = one.run(direction)
    folder = {"forward": "stage-2", "back": "rollback/stage-2"}[direction]
    assert (done.returncode, one.wrong(folder)) == (0, []), done.stderr
    return names(one)


def names(one: Estate) -> set[str]:
    return {path.name for path in one.nodes.folder("n1", one.nodes.runtime).iterdir()}


def test_a_primary_config_that_thin_mode_had_renamed_has_its_name_before_the_daemon_starts(
    tmp_path: Path,
) -> None:
    place = tmp_path / "input" / "renaming"
    shutil.copytree(ROOT / "samples" / "crio", place)
    manifest = place / "manifests" / "multus.yaml"
    auto = "- --multus-conf-file=auto"
    text = manifest.read_text().replace(auto, f"{auto}\n            - --rename-conf-file=true")
    manifest.write_text(text)
    primary = "10-kuberouter.conflist"
    with estate(planned_from(place, tmp_path), tmp_path / "c", "apply", NODES[:1]) as one:
        assert names(one) == {"00-multus.conf", f"{primary}.old"}
        started: list[set[str]] = []
        one.nodes.made = lambda pod: started.append(names(one)) if _is_daemon(one, pod) else None
        assert goes(one, "forward") == {"00-multus.conf", primary}
        assert started == [{"00-multus.conf", primary}]
        assert goes(one, "back") == {"00-multus.conf", f"{primary}.old"}


@pytest.mark.parametrize("pinned", [True, False], ids=["it may wait", "the daemon would take it"])
def test_a_config_that_thin_mode_had_copied_goes(pinned: bool, plans: Path, tmp_path: Path) -> None:
    copied, primary = "05-multus.conf", "10-flannel.conflist"
    out = planned("hand-written-config", plans)
    with estate(out, tmp_path / "c", "create", NODES[:1]) as one:
        if not pinned:
            text = one.script.read_text()
            for old, new in (
                (f"PRIMARIES=('{primary}')", "PRIMARIES=('')"),
                ("EARLY=('')", f"EARLY=('{copied}')"),
                (f"LATE=('{copied}')", "LATE=('')"),
            ):
                assert old in text
                text = text.replace(old, new)
            one.script = one.folder / "rollout.sh"
            one.script.write_text(text)
        assert names(one) == {copied, primary}
        started: list[bool] = []
        one.nodes.made = lambda pod: (
            started.append(copied in names(one)) if _is_daemon(one, pod) else None
        )
        assert goes(one, "forward") == {"00-multus.conf", primary}
        assert started == [pinned]
        assert goes(one, "back") == {copied, primary}


def test_the_config_list_of_thin_mode_goes(plans: Path, tmp_path: Path) -> None:
    """Thin v4 writes it where the primary CNI is of 1.0.0; it is read when the daemon is away (P39)."""
    with estate(planned("v4.0-thin", plans), tmp_path / "c", "apply", NODES[:1]) as one:
        left = one.nodes.folder("n1", one.nodes.runtime) / "00-multus.conflist"
        left.write_text('{"plugins": [{"type": "multus"}]}')
        assert "00-multus.conflist" not in goes(one, "forward")


def _is_daemon(one: Estate, pod: Pod) -> bool:
    run = one.nodes.multus(pod)
    return run is not None and run.thick
