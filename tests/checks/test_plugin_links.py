"""P75 by the node files: plugins that are links, whose targets the daemon has to see too."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.inventory.build import build_inventory
from migrator.model.inputs import NodeLink, Source
from migrator.model.plan import Finding, Plan
from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import ROLE, daemonset, target
from tests.plan.estates import RULES
from tests.read.support import read, write

SOURCE = Source(file="nodes/n1/opt/cni/bin/bridge", line=1)


def _plan(*targets: str, release: str = "4.2.4", node: str = "n1") -> Plan:
    inventory = builders.inventory(daemonset(), ROLE + RULES)
    links = tuple(
        NodeLink(node=node, directory="/opt/cni/bin", name=f"p{n}", target=to, source=SOURCE)
        for n, to in enumerate(targets)
    )
    files = replace(inventory.reading.node_files, links=links)
    reading = replace(inventory.reading, node_files=files)
    return make_plan(replace(inventory, reading=reading), target(release))


def _mounts(plan: Plan) -> dict[str, tuple[str, bool]]:
    """mountPath -> (host path, read-only) of what links lead into."""
    (planned,) = (p for p in plan.objects if p.ref.kind == "DaemonSet")
    pod = planned.desired["spec"]["template"]["spec"]
    hosts = {v["name"]: v["hostPath"]["path"] for v in pod["volumes"] if "hostPath" in v}
    return {
        mount["mountPath"]: (hosts[mount["name"]], mount.get("readOnly", False))
        for mount in pod["containers"][0]["volumeMounts"]
        if mount["name"].startswith("multus-plugin-targets")
    }


def _found(plan: Plan) -> list[Finding]:
    return [f for f in plan.findings if f.id == "P75"]


def test_the_tree_is_mounted_at_its_own_path_read_only() -> None:
    plan = _plan("/usr/lib/cni/bridge", "/srv/plugins/bin/x")
    assert _mounts(plan) == {
        "/usr/lib/cni": ("/usr/lib/cni", True),
        "/srv/plugins/bin": ("/srv/plugins/bin", True),
    }
    assert all(f.cured for f in _found(plan))
    changes = [c for planned in plan.objects for c in planned.changes]
    assert len([c for c in changes if "(P75)" in c.reason]) == 4  # two volumes, two mounts


@pytest.mark.parametrize(
    ("targets", "release"),
    [
        pytest.param(["/opt/cni/bin/cni"], "4.2.4", id="within the directory"),
        pytest.param(["/usr/lib/cni/bridge"], "4.0.2", id="looked up in the chroot"),
        pytest.param([], "4.2.4", id="files"),
    ],
)
def test_nothing_is_mounted_where_the_daemon_finds_them(targets: list[str], release: str) -> None:
    plan = _plan(*targets, release=release)
    assert (_mounts(plan), _found(plan)) == ({}, [])


def test_the_directories_of_the_image_are_never_hidden() -> None:
    plan = _plan("/usr/bin/bridge")
    assert _mounts(plan) == {}
    (found,) = _found(plan)
    assert (found.severity, found.cured, found.source) == ("warning", False, SOURCE)
    assert found.seen == "p0 in /opt/cni/bin on n1 is a link into /usr/bin, which is not mounted"


@pytest.mark.parametrize(
    "to",
    [
        pytest.param("/usr/lib/cni/bridge", id="absolute, and not copied"),
        pytest.param("../../../usr/lib/cni/bridge", id="relative"),
    ],
)
def test_links_are_read_as_they_lie_on_the_nodes(tmp_path: Path, to: str) -> None:
    manifests = write(tmp_path / "in", {"multus.yaml": f"{daemonset()}---\n{ROLE}{RULES}"})
    bin_dir = tmp_path / "nodes/n1/opt/cni/bin"
    bin_dir.mkdir(parents=True)
    (bin_dir / "bridge").symlink_to(to)
    reading = read(manifests, node_files=tmp_path / "nodes")
    assert reading.problems == ()
    plan = make_plan(build_inventory(reading), target())
    assert _mounts(plan) == {"/usr/lib/cni": ("/usr/lib/cni", True)}
