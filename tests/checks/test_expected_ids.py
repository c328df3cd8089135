"""What is told of each upstream manifest and of each sample, without and with the nodes' files.

The table is the promise of a quiet report: without node files a clean install is told the line
that asks for them (P04), M05 where a floating tag leaves the release open, and what is different
for good; with them the latter alone, beside what the patches cure.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from msgspec import structs

from migrator.inventory.build import build_inventory
from migrator.model.inputs import NodeFiles, Reading
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from tests.builders import target
from tests.inventory.documents import NO_FILES, node_file, node_files

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FLANNEL = '{"cniVersion": "0.3.1", "name": "cbr0", "plugins": [{"type": "flannel"}]}'


@dataclass(frozen=True, slots=True)
class Told:
    """Findings as "ID severity" ("ID cured" where a patch cures it), one for each finding.

    ``gone`` and ``new`` are the difference that the nodes' files make.
    """

    always: Sequence[str]
    gone: Sequence[str] = ()
    new: Sequence[str] = ()


ASKS = "P04 warning"
"""No node file: the primary CNI is unknown. Gone with --node-files or --primary-cni."""
GUESSED = ("M05 info",)
"""The tag (stable, latest, snapshot) leaves the release open, and nothing is there by which the
releases could be told apart. With the nodes' files all of them give every pod the same."""
OPEN = (ASKS, *GUESSED)
LASTING = ("P26 info", "P27 info")
"""For good: pods that start while the daemon is away, and after a reboot."""
FLOATING = "P30 cured"
"""The same tags: both images are pinned."""
LIMITS = "P23 cured"
"""50Mi and 100m CPU, in every release up to v4.3.0."""
COPIED = "P25 cured"
"""cp in the init container (v3.9, and thick up to v4.2.2)."""
OLD_API = ("P45 cured", "P45 cured", "P60 cured")
"""extensions/v1beta1 of two DaemonSets and v1beta1 of the CRD, in the manifests for 1.15."""
ELSEWHERE = ("P07 cured", "M13 warning")
"""The bin dir is not the standard one, where thin mode searched, too."""
CRIO = "P40 info"
"""CRI-O calls the old binary until its config is read again."""
OF_CI = ("M01 blocker", FLOATING)
"""localhost:5000/multus:e2e, of which nobody can tell a thick tag; its neighbour's is pinned."""


def two(*states: str) -> tuple[str, ...]:
    """What is told of each of two DaemonSets, one for each architecture."""
    return states * 2


PRE_116 = Told((*OLD_API, *LASTING, FLOATING, *two(LIMITS)), gone=(ASKS,))
PRE_116_GKE = replace(PRE_116, always=(*PRE_116.always, *two(*ELSEWHERE)))
PRE_116_CRIO = replace(PRE_116, always=(*PRE_116_GKE.always, *two(CRIO)))
PINNED_TAG = Told((*LASTING, FLOATING, *two(LIMITS)), gone=(ASKS,))
"""v3.4.x names its release for amd64; ppc64le has the floating tag."""
E2E = Told((*OF_CI, *LASTING, *two(LIMITS)), gone=OPEN)
STABLE = Told((*LASTING, FLOATING, LIMITS), gone=OPEN)
STABLE_GKE = replace(STABLE, always=(*STABLE.always, *ELSEWHERE))
STABLE_CRIO = replace(STABLE_GKE, always=(*STABLE_GKE.always, CRIO))
THICK_KEPT = ("P26 info", "P30 warning", "P23 warning", "P24 warning")
"""Thick at the target: nothing is planned, so nothing is cured."""

UPSTREAM: Mapping[str, Told] = {
    "v3.4.2/multus-daemonset.yml": PINNED_TAG,
    "v3.4.2/multus-daemonset-gke-1.16.yml": replace(
        PINNED_TAG, always=(*PINNED_TAG.always, *two(*ELSEWHERE))
    ),
    # latest on both architectures
    "v3.4.2/multus-daemonset-crio.yml": Told(
        (*LASTING, *two(*ELSEWHERE, CRIO, FLOATING, LIMITS)), gone=OPEN
    ),
    "v3.4.2/deprecated/multus-daemonset-pre-1.16.yml": PRE_116,
    "v3.4.2/deprecated/multus-daemonset-gke-pre-1.16.yml": PRE_116_GKE,
    "v3.4.2/deprecated/multus-daemonset-crio-pre1.16.yml": replace(
        PRE_116_CRIO, always=(*PRE_116_CRIO.always, FLOATING), gone=OPEN
    ),
    "v3.4.2/e2e/multus-daemonset.yml": E2E,
    "v3.7.2/multus-daemonset.yml": STABLE,
    "v3.7.2/multus-daemonset-gke-1.16.yml": STABLE_GKE,
    "v3.7.2/multus-daemonset-crio.yml": STABLE_CRIO,
    "v3.7.2/deprecated/multus-daemonset-pre-1.16.yml": PRE_116,
    "v3.7.2/deprecated/multus-daemonset-gke-pre-1.16.yml": PRE_116_GKE,
    "v3.7.2/deprecated/multus-daemonset-crio-pre1.16.yml": PRE_116_CRIO,
    "v3.7.2/e2e/multus-daemonset.yml": E2E,
    "v3.9.3/multus-daemonset.yml": replace(STABLE, always=(*STABLE.always, COPIED)),
    "v3.9.3/multus-daemonset-gke-1.16.yml": STABLE_GKE,
    "v3.9.3/multus-daemonset-crio.yml": STABLE_CRIO,
    # its tag names the release
    "v3.9.3/multus-daemonset-thick-plugin.yml": Told((*LASTING, COPIED, LIMITS), gone=(ASKS,)),
    "v3.9.3/deprecated/multus-daemonset-pre-1.16.yml": PRE_116,
    "v3.9.3/deprecated/multus-daemonset-gke-pre-1.16.yml": PRE_116_GKE,
    "v3.9.3/deprecated/multus-daemonset-crio-pre1.16.yml": PRE_116_CRIO,
    "v3.9.3/e2e/legacy-multus-daemonset.yml": replace(E2E, always=(*E2E.always, COPIED)),
    # its log file is in no volume
    "v3.9.3/e2e/multus-daemonset.yml": replace(E2E, always=(*E2E.always, COPIED, "P17 info")),
    "v4.0.2/multus-daemonset.yml": STABLE,
    "v4.0.2/multus-daemonset-crio.yml": STABLE_CRIO,
    # an older thick manifest: no bin dir, no node name, no list and watch, a silent daemon; its
    # confDir is the runtime's own, which is told where the files show it
    "reference-thick/v4.0.2/multus-daemonset-thick.yml": Told(
        (
            *("P26 info", COPIED, FLOATING, LIMITS, "P24 cured"),
            *("P35 cured", "P06 cured", "P17 cured", "P34 cured"),
        ),
        gone=(ASKS,),
        new=("N06 info",),
    ),
    "reference-thick/v4.1.4/multus-daemonset-thick.yml": Told(
        ("P26 info", COPIED, FLOATING, LIMITS, "P24 cured"), gone=(ASKS,)
    ),
    "reference-thick/v4.2.4/multus-daemonset-thick.yml": Told(THICK_KEPT),
    # newer than the target
    "reference-thick/v4.3.0/multus-daemonset-thick.yml": Told((*THICK_KEPT, "M06 warning")),
}
"""The 25 manifests of thin mode, and upstream's thick ones."""
CALICO = ("P21 warning", "P57 info")
"""Calico reads fields of its own when it deletes, and tests Multus in thin mode only: told where
the files show that it is the primary CNI."""

OF_SAMPLES: Mapping[str, Told] = {
    "crio": Told((*LASTING, *ELSEWHERE, CRIO, LIMITS, "P43 info", "P43 warning"), gone=(ASKS,)),
    "drift": Told(
        (*LASTING, LIMITS, "P01 cured"), gone=(ASKS, "N05 info"), new=("N02 warning", *CALICO)
    ),
    "hand-written-config": Told(
        (
            *LASTING,
            LIMITS,
            "P01 cured",
            "P11 cured",
            "P17 info",
            "P20 warning",
            "P20 info",
            "P83 info",
        ),
        gone=(ASKS, "N05 info", "P03 warning"),
        new=("P39 warning", "P03 cured"),
    ),
    "istio-empty-nad": Told((*LASTING, LIMITS, "P01 cured", "P84 info"), gone=(ASKS,), new=CALICO),
    # the file is stated, its cniVersion is not
    "k3s": Told((*LASTING, *ELSEWHERE, LIMITS), gone=(ASKS, "P12 warning"), new=("P82 info",)),
    "many-networks": Told(("N11 warning", "N12 info")),
    "pre-1.16": Told(("P45 cured", "P60 cured", *LASTING, LIMITS), gone=(ASKS,)),
    "thick-4.0": Told(
        (
            *("P26 info", COPIED, LIMITS, "P24 cured"),
            *("P35 cured", "P06 cured", "P17 cured", "P34 cured"),
        ),
        gone=(ASKS,),
        new=("P49 warning", "N06 info"),
    ),
    "v3.4": Told((*LASTING, *two(LIMITS)), gone=(ASKS,)),
    "v3.9": Told(
        ("P26 info", "M04 warning", "P17 info", "P20 info", COPIED, "P11 cured", LIMITS),
        gone=(ASKS,),
        new=CALICO,
    ),
    "v4.0-thin": Told((*LASTING, LIMITS), gone=(ASKS,), new=CALICO),
}


def _reading(folder: Path, nodes: Path | None = None) -> Reading:
    given = str(nodes) if nodes else None
    return read_inputs(
        (str(folder),), stdin=io.BytesIO(), node_files=given, build=None, keep_going=False
    )


def _flannel(reading: Reading) -> NodeFiles:
    """A node whose primary CNI is flannel, in the directory in which the install looks for it."""
    install = build_inventory(reading).installs[0]
    return node_files(
        node_file("10-flannel.conflist", FLANNEL, directory=install.paths.autoconfig_dir)
    )


def _plan(reading: Reading, nodes: NodeFiles) -> Plan:
    return make_plan(build_inventory(structs.replace(reading, node_files=nodes)), target())


def _states(plan: Plan) -> Counter[str]:
    return Counter(f"{f.id} {'cured' if f.cured else f.severity}" for f in plan.findings)


def _both(reading: Reading, nodes: NodeFiles) -> tuple[Counter[str], Counter[str]]:
    return _states(_plan(reading, NO_FILES)), _states(_plan(reading, nodes))


def _wanted(told: Told) -> tuple[Counter[str], Counter[str]]:
    return Counter([*told.always, *told.gone]), Counter([*told.always, *told.new])


@pytest.mark.corpus
@pytest.mark.parametrize("name", UPSTREAM)
def test_an_upstream_manifest(corpus: Path, name: str) -> None:
    reading = _reading(corpus / "multus-cni" / name)
    assert _both(reading, _flannel(reading)) == _wanted(UPSTREAM[name])


@pytest.mark.corpus
def test_every_upstream_manifest_is_in_the_table(corpus: Path) -> None:
    folder = corpus / "multus-cni"
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*multus-daemonset*.yml")}
    assert found == UPSTREAM.keys()
    assert len([name for name in found if not name.startswith("reference")]) == 25


@pytest.mark.parametrize("name", OF_SAMPLES)
def test_a_sample(name: str) -> None:
    nodes = SAMPLES / name / "nodes"
    reading = _reading(SAMPLES / name / "manifests", nodes if nodes.is_dir() else None)
    given = reading.node_files if nodes.is_dir() or not OF_SAMPLES[name].gone else _flannel(reading)
    assert _both(reading, given) == _wanted(OF_SAMPLES[name])


def test_every_sample_is_in_the_table() -> None:
    assert sorted(p.name for p in SAMPLES.iterdir() if (p / "expect.toml").is_file()) == sorted(
        OF_SAMPLES
    )


KEPT = ("v4.2.4/multus-daemonset-thick.yml", "v4.3.0/multus-daemonset-thick.yml")
# the images of CI have no release, and a thick manifest that stays is not cured
QUIET = [name for name in UPSTREAM if not name.endswith(KEPT) and "/e2e/" not in name]
REASONED = {*LASTING, "M13 warning", CRIO}


@pytest.mark.parametrize("name", QUIET)
def test_the_table_itself_keeps_the_promise(name: str) -> None:
    """Whoever adds a line to a row adds it here, too: nothing asks any more, and what is left is
    for good, or the directory and the runtime that only some installs have."""
    told = UPSTREAM[name]
    assert {state.split()[0] for state in told.gone} <= {"P04", "M05"}
    left = {state for state in (*told.always, *told.new) if not state.endswith("cured")}
    assert left - {"N06 info"} <= REASONED
