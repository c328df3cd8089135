"""The failure that this tool exists for: a NAD without spec.config, found by thin Multus in a file
of the node, and by thick Multus nowhere (multus-cni#1238): as it ships, and as it is built.
test_founding_forms.py has it in the forms in which clusters have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.kustomize.emit import emit
from migrator.model.plan import EVERY_POD, Plan
from migrator.multus.lookup import Installed
from migrator.multus.pod import resolve
from migrator.multus.releases import parse
from migrator.plan.attachments import Comparison
from migrator.plan.judge import prove
from migrator.plan.planner import make_plan
from migrator.report.formats import Reports
from migrator.report.writer import Context
from migrator.thick.intent import intend
from migrator.tools.kustomize import builder, find_tool
from tests.builders import TARGETS, inventory, state, target
from tests.kustomize.plans import kustomize, write
from tests.plan.estates import CONF_DIR, ISTIO, cni, deployment, nad, plan


@pytest.mark.parametrize(
    ("release", "conf_dir", "files", "error"),
    [
        (
            "4.0.2",
            "/host/etc/cni/net.d",
            {"10-calico.conf": '{"name": "k8s-pod-network", "type": "calico"}'},
            "no network available in the name istio-cni in cni dir /host/etc/cni/net.d",
        ),
        ("4.1.4", CONF_DIR, None, f"No networks found in {CONF_DIR}"),
    ],
    ids=["v4.0.2 looks in the primary CNI's directory", "v4.1.4 looks in one that is not mounted"],
)
def test_what_the_shipped_thick_manifest_does(
    release: str, conf_dir: str, files: dict[str, str] | None, error: str
) -> None:
    shipped = Installed(
        release=parse(release),
        mode="thick",
        files=files,
        nads={("default", "istio-cni"): None},
        conf_dir=conf_dir,
    )
    (network,) = resolve(shipped, "default", "istio-cni", None)
    assert network.resolution.error == (
        "GetNetworkDelegates: failed getting the delegate: GetCNIConfig: err in "
        f"GetCNIConfigFromFile: {error}"
    )


def _founding(strategy: str, release: str) -> Plan:
    return plan(
        nad("istio-cni"),
        deployment("istio-cni"),
        files=(cni(ISTIO, "n1"), cni(ISTIO, "n2")),
        to=release,
        nad_config=strategy,
    )


@pytest.mark.kustomize
@pytest.mark.parametrize(
    ("strategy", "release"),
    # a strategy is the same for each release, and a release for each strategy
    [("configmap", "4.2.4"), ("mount", "4.2.4"), *(("explicit", release) for release in TARGETS)],
)
def test_the_built_overlay_is_valid_and_keeps_the_network_too(
    strategy: str, release: str, tmp_path: Path
) -> None:
    """Not the plan's word: what kustomize built is proved, validated, read again and resolved."""
    planned = _founding(strategy, release)
    files = emit(planned)
    build = kustomize(
        write(
            tmp_path, files | {"plan.json": Reports(planned).rendered("json", Context(files=files))}
        )
    )
    tool = find_tool()
    assert tool is not None
    proof = prove(tmp_path, builder(tool), tool=str(tool))
    assert proof.ok, proof.mismatches
    assert proof.schema is not None
    assert proof.schema.valid >= 4
    node_files = planned.before.inventory.reading.node_files.files
    kept = [] if strategy == "explicit" else [nad("istio-cni")]
    again = inventory(build, deployment("istio-cni"), *kept, files=node_files)
    after = state(again, target(release))
    intent = intend(planned.before, planned.target)
    found = Comparison(intent.before, after).rows(planned.before.release)
    (row,) = [row for row in found if row.origin != EVERY_POD]
    assert row.verdict == "equal", row.after
    assert not make_plan(again, target(release)).changed
