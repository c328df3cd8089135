"""What is built for a v4.0.2 thin source, beside what upstream ships for v4.2.4 thick."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from migrator.inventory.build import build_inventory
from migrator.kustomize.emit import emit
from migrator.model.inputs import Document
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from migrator.read.streams import parse_documents
from migrator.trees.paths import diff_paths, format_path
from tests.builders import target
from tests.kustomize.plans import kustomize, write

CORPUS = os.environ.get("MIGRATOR_CORPUS", "")
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.kustomize,
]

MAIN = "spec.template.spec.containers[name=kube-multus]"
INIT = "spec.template.spec.initContainers[name=install-multus-binary]"
IMPROVEMENTS: Mapping[str, str] = {
    "spec.template.metadata.annotations": "a changed daemon-config.json restarts the daemon",
    f"{MAIN}.image": "upstream's release manifest names the floating snapshot-thick (P30)",
    f"{INIT}.image": "upstream's release manifest names the floating snapshot-thick (P30)",
    f"{MAIN}.resources.requests.memory": "50Mi is what thin mode needed (P23)",
    f"{MAIN}.resources.limits": "100m and 50Mi end in an OOM loop (P23)",
    "spec.template.spec.terminationGracePeriodSeconds": "daemons after v4.3.0 need more than 10 s (P38)",
    "spec.template.spec.priorityClassName": "an evicted daemon stops pod creation (P24)",
    "spec.template.spec.volumes[name=multus-conf-dir].hostPath.type": "a node without the "
    "directory gets it, and the pod starts",
}


def _documents(text: str) -> dict[str, Document]:
    documents, problems = parse_documents(text.encode(), "x.yaml")
    assert not problems
    return {d.ref.kind: d for d in documents if d.ref.name != "multus-cni-config"}


def _plan(path: str) -> Plan:
    reading = read_inputs(
        [str(Path(CORPUS) / path)],
        stdin=io.BytesIO(),
        node_files=None,
        build=None,
        keep_going=False,
    )
    return make_plan(build_inventory(reading), target())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    planned = _plan("multus-cni/v4.0.2/multus-daemonset.yml")
    return _documents(kustomize(write(tmp_path_factory.mktemp("out"), emit(planned))))


@pytest.fixture(scope="module")
def upstream() -> dict[str, Document]:
    path = "multus-cni/reference-thick/v4.2.4/multus-daemonset-thick.yml"
    return _documents((Path(CORPUS) / path).read_text())


@pytest.mark.parametrize(
    "kind",
    ["ClusterRole", "ClusterRoleBinding", "ServiceAccount", "CustomResourceDefinition"],
)
def test_the_other_objects_are_upstream_s(
    kind: str, built: dict[str, Document], upstream: dict[str, Document]
) -> None:
    assert diff_paths(upstream[kind].data, built[kind].data) == []


def test_the_daemonset_is_upstream_s_but_for_the_listed_improvements(
    built: dict[str, Document], upstream: dict[str, Document]
) -> None:
    differing = diff_paths(upstream["DaemonSet"].data, built["DaemonSet"].data)
    assert {format_path(path) for path, _, _ in differing} == set(IMPROVEMENTS)


def test_daemon_config_is_upstream_s_and_an_explicit_conf_dir(
    built: dict[str, Document], upstream: dict[str, Document]
) -> None:
    def config(documents: dict[str, Document]) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(documents["ConfigMap"].data["data"]["daemon-config.json"])
        return data

    assert config(built) == config(upstream) | {"confDir": "/etc/cni/multus/net.d"}


@pytest.mark.parametrize(
    "source",
    [
        "multus-cni/v3.4.2/multus-daemonset.yml",
        "multus-cni/v3.4.2/deprecated/multus-daemonset-crio-pre1.16.yml",
        "multus-cni/v3.7.2/multus-daemonset-gke-1.16.yml",
        "multus-cni/v3.9.3/multus-daemonset-thick-plugin.yml",
        "multus-cni/v3.9.3/multus-daemonset-crio.yml",
        "multus-cni/v4.0.2/multus-daemonset.yml",
        "multus-cni/reference-thick/v4.0.2/multus-daemonset-thick.yml",
        "multus-cni/reference-thick/v4.1.4/multus-daemonset-thick.yml",
    ],
)
def test_planning_the_built_result_gives_no_change(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither with the short cut for installs that are complete, nor without it."""
    built = kustomize(write(tmp_path / "out", emit(_plan(source))))
    (tmp_path / "built.yaml").write_text(built)
    assert not _plan(str(tmp_path / "built.yaml")).changed
    monkeypatch.setattr("migrator.thick.intent.is_complete", lambda *a, **k: False)
    again = _plan(str(tmp_path / "built.yaml"))
    assert [c for planned in again.changed for c in planned.changes] == []
