"""Where an object stands in the inputs changes no name, no patch, no finding and no verdict.

What is listed follows the inputs (resources of base/, sections of reports): lists are compared
without their order, everything else as it is.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from migrator.inventory.build import build_inventory
from migrator.kustomize.emit import emit
from migrator.kustomize.smoke import smoke_pods
from migrator.model.inputs import Document, Reading
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from migrator.report.formats import Reports
from migrator.report.writer import Context
from tests import builders
from tests.plan.estates import RULES, deployment, nad
from tests.plan.test_samples import SAMPLES

LAN = '{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"}'


def daemonset(architecture: str, *args: str) -> str:
    """One of several DaemonSets, each for the nodes of one architecture."""
    return builders.daemonset(
        "--multus-conf-file=auto",
        *args,
        init=builders.INIT % builders.V4,
        name=f"kube-multus-ds-{architecture}",
        pod=f"{builders.POD}nodeSelector: {{kubernetes.io/arch: {architecture}}}\n",
    )


ESTATES: Mapping[str, tuple[str, ...]] = {
    "configurations that differ by architecture": (
        daemonset("amd64"),
        daemonset("arm64", "--namespace-isolation=true"),
        daemonset("ppc64le"),
    ),
    "one of them says more": (
        daemonset("arm64"),
        daemonset("amd64", "--multus-log-level=debug", "--multus-master-cni-file-name=10-a.conf"),
    ),
    "one": (builders.v3("--multus-conf-file=auto"),),
}
REST = (builders.ROLE, RULES, nad("lan", config=LAN), nad("wan", config=LAN), deployment("lan"),
        deployment("wan,lan", name="api"))  # fmt: skip


def emitted(documents: tuple[Document, ...], reading: Reading) -> dict[str, Any]:
    """Every file of OUT by path: lists without their order, and of the reports plan.json, which holds
    all that they tell, and the script."""
    inventory = build_inventory(replace(reading, documents=documents))
    plan = make_plan(inventory, builders.target("4.2.4"))
    files = emit(plan) | smoke_pods(plan, "all")
    context, reports = Context(files=files), Reports(plan)
    files["rollout.sh"] = reports.rendered("rollout", context)
    found: dict[str, Any] = {
        path: unordered(yaml.load(text, yaml.CSafeLoader))
        if path.endswith("kustomization.yaml")
        else text
        for path, text in files.items()
    }
    told = json.loads(reports.rendered("json", context))
    return found | {"plan.json": unordered({k: v for k, v in told.items() if k != "files"})}


def unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(map(unordered, value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


@pytest.mark.slow
@pytest.mark.parametrize("estate", ESTATES)
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_the_order_of_documents_changes_nothing(estate: str, data: st.DataObject) -> None:
    reading = builders.inventory(*ESTATES[estate], *REST).reading
    order = data.draw(st.permutations(range(len(reading.documents))))
    shuffled = tuple(reading.documents[index] for index in order)
    assert emitted(shuffled, reading) == emitted(reading.documents, reading)


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_nor_does_it_in_a_sample(sample: Path) -> None:
    """Files and documents in them, backwards and as two seeds shuffle them."""
    folder, nodes = sample.parent / "manifests", sample.parent / "nodes"
    reading = read_inputs(
        [str(folder)],
        stdin=io.BytesIO(),
        node_files=str(nodes) if nodes.is_dir() else None,
        build=None,
        keep_going=False,
    )
    expected = emitted(reading.documents, reading)
    for order in (reading.documents[::-1], *map(partial(_shuffled, reading.documents), (1, 2))):
        assert emitted(order, reading) == expected


def _shuffled(documents: tuple[Document, ...], seed: int) -> tuple[Document, ...]:
    return tuple(random.Random(seed).sample(documents, len(documents)))  # noqa: S311


def test_the_first_by_name_gets_the_plain_config_map() -> None:
    estate = "configurations that differ by architecture"
    reading = builders.inventory(*ESTATES[estate], *REST).reading
    for order in (reading.documents, reading.documents[::-1]):
        files = emitted(order, reading)
        names = {p.rpartition("--")[2] for p in files if p.startswith("component/resources/")}
        assert names == {
            "multus-daemon-config.yaml",
            "multus-daemon-config-kube-multus-ds-arm64.yaml",
        }
