"""The founding case in the forms in which clusters have it: applied by hand, made by a Helm chart,
applied by Flux, made by RKE2's chart. An empty NAD, its file on the nodes (multus-cni#1238).

What the daemon finds after the move is asked of the model that the recorded answers hold
(tests/observed), with nothing but what the plan writes: the config of the NAD, the settings in
daemon-config.json, and what the DaemonSet mounts at confDir.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from migrator.golang.files import Filesystem
from migrator.kustomize.emit import emit
from migrator.model.inputs import ObjectRef
from migrator.model.inventory import Inventory
from migrator.model.plan import EVERY_POD, Attachment, Plan
from migrator.multus import daemon, netconf, pod
from migrator.multus.lookup import Installed
from migrator.multus.releases import parse
from migrator.plan.planner import make_plan
from migrator.report import formats
from migrator.report.writer import Context
from migrator.trees import pods
from tests.builders import ROLE, TARGETS, daemonset, documents, inventory, node_file, target
from tests.plan.estates import CONF_DIR, ISTIO, RULES, cni, deployment, nad

STRATEGIES = ("explicit", "configmap", "mount")
CALICO = '{"cniVersion": "0.3.1", "name": "pods", "plugins": [{"type": "calico"}]}'
RELEASED = "meta.helm.sh/release-n"
CHART_CONFIG = """\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-multus, namespace: kube-system}
spec: {valuesContent: "rke2-whereabouts: {enabled: false}"}
"""
NODES = ("n1", "n2")


@dataclass(frozen=True)
class Form:
    """``rule`` tells of the owner, None where nobody owns it; ``told`` is who, and ``way`` what the
    remedy names. ``beside`` are further documents of the input."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    rule: str | None
    told: str = ""
    way: str = ""
    beside: tuple[str, ...] = ()


FORMS = {
    "plain": Form({}, {}, None),
    "Helm": Form(
        {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "multus-2.3.0"},
        {f"{RELEASED}ame": "net", f"{RELEASED}amespace": "kube-system"},
        "P54",
        "helm, release kube-system/net",
        "post-renderer",
    ),
    "Flux": Form(
        {
            "kustomize.toolkit.fluxcd.io/name": "net",
            "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
        },
        {},
        "P68",
        "Kustomization flux-system/net",
        "flux suspend kustomization",
    ),
    "RKE2": Form(
        {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "rke2-multus-v4.0.206"},
        {f"{RELEASED}ame": "rke2-multus", f"{RELEASED}amespace": "kube-system"},
        "P54",
        "rke2, release kube-system/rke2-multus",
        "thickPlugin.enabled: true",
        (CHART_CONFIG,),
    ),
}


def _marked(text: str, form: Form) -> str:
    """The object with the owner's marks in its metadata."""
    (found,) = documents(text)
    marks = {"labels": form.labels, "annotations": form.annotations}
    return json.dumps({**found.data, "metadata": {**found.data["metadata"], **marks}})


def _inputs(form: Form) -> Inventory:
    return inventory(
        _marked(daemonset("--multus-conf-file=auto", "--cni-version=0.3.1"), form),
        ROLE + RULES,
        _marked(nad("istio-cni"), form),
        deployment("istio-cni"),
        *form.beside,
        files=(
            *(cni(ISTIO, node) for node in NODES),
            *(node_file("10-calico.conflist", CALICO, node=node) for node in NODES),
        ),
    )


@pytest.fixture(scope="module")
def inputs() -> Mapping[str, Inventory]:
    return {name: _inputs(form) for name, form in FORMS.items()}


def _row(plan: Plan) -> Attachment:
    (row,) = [row for row in plan.attachments if row.origin != EVERY_POD]
    return row


def _of_kind(objects: Mapping[ObjectRef, Any], kind: str) -> dict[str, Any]:
    return {ref.name: data for ref, data in objects.items() if ref.kind == kind}


def _seen(volume: Mapping[str, Any], config_maps: Mapping[str, Any]) -> dict[str, str]:
    """The files of a volume, on any of the nodes, which have the same."""
    if "hostPath" in volume:
        assert posixpath.normpath(volume["hostPath"]["path"]) == CONF_DIR
        return {"istio-cni.conf": json.dumps(ISTIO)}
    sources = volume["projected"]["sources"] if "projected" in volume else [volume]
    names = [source["configMap"]["name"] for source in sources]
    return {key: text for name in names for key, text in config_maps[name]["data"].items()}


def _found_after(objects: Mapping[ObjectRef, Any], release: str) -> Any:
    """What Multus of ``release`` makes of the network with these objects, as the daemon sees them."""
    config_maps = _of_kind(objects, "ConfigMap")
    text = config_maps["multus-daemon-config"]["data"]["daemon-config.json"]
    primary = {"10-calico.conflist": CALICO}
    places = Filesystem(directories={"/host/etc/cni/net.d": primary}, existing=frozenset({"/"}))
    started = daemon.start(text, places, parse(release))
    assert started.shim_config is not None, started
    own = netconf.load(json.dumps({**started.shim_config, **json.loads(text)}), parse(release))
    (workload,) = _of_kind(objects, "DaemonSet").values()
    spec = pods.pod_spec(workload)
    mounts = {m["mountPath"]: m for m in pods.container(spec, "kube-multus")["volumeMounts"]}
    mount = mounts.get(own.conf_dir)
    volumes = {volume["name"]: volume for volume in pods.items(spec, "volumes")}
    empty = _of_kind(objects, "NetworkAttachmentDefinition").get("istio-cni", {})
    installed = Installed(
        release=parse(release),
        mode="thick",
        files=_seen(volumes[mount["name"]], config_maps) if mount else None,
        nads={("default", "istio-cni"): empty.get("spec", {}).get("config")},
        conf_dir=own.conf_dir,
    )
    (network,) = pod.resolve(installed, "default", "istio-cni", None)
    return network.resolution.error or json.loads(network.resolution.config)


@pytest.mark.parametrize("release", TARGETS)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", FORMS)
def test_the_network_is_the_same_in_each_form(
    inputs: Mapping[str, Inventory], name: str, strategy: str, release: str
) -> None:
    form = FORMS[name]
    plan = make_plan(inputs[name], target(release, nad_config=strategy))
    told = [f for f in plan.findings if f.id in ("P54", "P68")]
    assert {f.id for f in told} == ({form.rule} if form.rule else set())
    assert len(told) == (1 + len(form.beside) if form.rule else 0)
    assert not told or any(form.told in f.seen for f in told)
    assert all(form.way in f.remedy for f in told)
    assert {f.id for f in plan.blockers} == ({"P54"} if form.rule == "P54" else set())
    owned = form.rule == "P54" and strategy == "explicit"
    ids = {f.id for f in plan.findings}
    assert ("N07" in ids, "N16" in ids) == (owned, strategy != "mount")
    row = _row(plan)
    assert (row.verdict, row.nodes) == ("equal", NODES)
    assert json.loads(row.before.config) == json.loads(row.after.config) == ISTIO
    assert _found_after({o.ref: o.desired for o in plan.objects}, release) == ISTIO


ONCE = [
    (list(FORMS)[(i + j) % 4], strategy, release)
    for i, strategy in enumerate(STRATEGIES)
    for j, release in enumerate(TARGETS)
]
"""Each strategy at each target, and each form with each strategy: twelve of the 48."""


@pytest.mark.parametrize(("name", "strategy", "release"), ONCE)
def test_every_output_has_it(
    inputs: Mapping[str, Inventory], name: str, strategy: str, release: str
) -> None:
    form = FORMS[name]
    plan = make_plan(inputs[name], target(release, nad_config=strategy), ["P54"])
    files = emit(plan)
    files |= formats.Reports(plan).files(Context(files=files))
    _written(files, strategy)
    assert _found_after(_emitted(files), release) == ISTIO
    row = next(r for r in json.loads(files["plan.json"])["attachments"] if r["origin"] != EVERY_POD)
    assert (row["network"], row["verdict"]) == ("default/istio-cni", "equal")
    assert json.loads(row["after"]["config"]) == ISTIO
    for output in ("report.md", "report.html", "plan.json"):
        assert "default/istio-cni" in files[output]
        assert "P01" in files[output]
    for output in ("report.md", "runbook.md", "report.html"):
        assert f"v{release} thick" in files[output]
        assert form.told in files[output]
    _way_back(files, strategy)


def _written(files: Mapping[str, str], strategy: str) -> None:
    patch = "component/patches/networkattachmentdefinition.k8s.cni.cncf.io--default--istio-cni.yaml"
    config_map = "component/resources/configmap--kube-system--multus-conf-istio-cni.yaml"
    assert (patch in files, config_map in files) == (
        strategy == "explicit",
        strategy == "configmap",
    )
    component = files["component/kustomization.yaml"]
    for path in (patch, config_map):
        assert (path.removeprefix("component/") in component) == (path in files)


def _way_back(files: Mapping[str, str], strategy: str) -> None:
    """What is new goes away, and the files of the nodes stay: thin mode reads them again."""
    for output in ("runbook.md", "rollback/kustomization.yaml"):
        assert ("multus-conf-istio-cni" in files[output]) == (strategy == "configmap")
    assert not re.search(rf"rm .*{CONF_DIR}", files["runbook.md"])


def _emitted(files: Mapping[str, str]) -> dict[ObjectRef, Any]:
    """The NAD, the new ConfigMaps and the parts of the DaemonSet as the component has them."""
    texts = [
        text
        for path, text in files.items()
        if re.match(r"component/(patches/(daemonset|network)|resources/)", path)
        and not path.endswith(".guard.yaml")
    ]
    return {found.ref: found.data for found in documents(*texts)}
