"""The sample repositories of ``samples/gitops``, and what real helm makes of the charts in them."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from migrator.inventory.build import build_inventory
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from migrator.tools import process
from migrator.tools.helm import KUBE_VERSION, find_helm
from tests import builders

GITOPS: Final = Path(__file__).resolve().parents[2] / "samples" / "gitops"
LAYOUTS: Final = sorted(path.name for path in GITOPS.iterdir() if path.is_dir())
CHARTS: Final = sorted(GITOPS.glob("*/charts/*"))


def files(layout: str) -> list[Path]:
    """The YAML of a repository, without that of its charts."""
    root = GITOPS / layout
    found = sorted(path for path in root.rglob("*.yaml") if root / "charts" not in path.parents)
    assert found
    return found


def documents(path: Path) -> list[Any]:
    return [document for document in yaml.load_all(path.read_text(), yaml.CSafeLoader) if document]


def objects(layout: str, kind: str) -> Iterator[tuple[Path, Any]]:
    """The objects of that kind, each with the file in which it stands."""
    for path in files(layout):
        for document in documents(path):
            if document.get("kind") == kind:
                yield path, document


def releases(layout: str) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """(chart, release, namespace, values as YAML) of each release object of a repository; the
    namespace is that of the Flux Kustomization where the object has none."""
    root = GITOPS / layout
    for path, release in objects(layout, "HelmRelease"):
        chart = release["spec"]["chart"]["spec"]["chart"]
        namespace = release["metadata"].get("namespace") or _target(layout, path)
        before = _config_maps(layout, release["spec"].get("valuesFrom", ()))
        values = (*before, yaml.safe_dump(release["spec"]["values"]))
        yield Path(chart).name, release["metadata"]["name"], namespace, values
    for _, release in objects(layout, "HelmChart"):
        spec = release["spec"]
        values = (spec["valuesContent"],)
        yield spec["chart"], release["metadata"]["name"], spec["targetNamespace"], values
    for _, release in objects(layout, "HelmChartConfig"):
        about, values = release["metadata"], (release["spec"]["valuesContent"],)
        yield about["name"], about["name"], about["namespace"], values
    for _, release in objects(layout, "Application"):
        source, helm = release["spec"]["source"], release["spec"]["source"].get("helm")
        if helm:
            texts = [(root / file.lstrip("/")).read_text() for file in helm["valueFiles"]]
            values = (*texts, yaml.safe_dump(helm["valuesObject"]))
            namespace = release["spec"]["destination"]["namespace"]
            yield Path(source["path"]).name, helm["releaseName"], namespace, values


def _config_maps(layout: str, sources: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """The values that valuesFrom takes from ConfigMaps of the repository."""
    there = {each["metadata"]["name"]: each["data"] for _, each in objects(layout, "ConfigMap")}
    for source in sources:
        assert source["kind"] == "ConfigMap"
        yield there[source["name"]][source.get("valuesKey", "values.yaml")]


def _target(layout: str, path: Path) -> str:
    """targetNamespace of the Flux Kustomization that applies the folder of that file."""
    (found,) = (
        kustomization["spec"]["targetNamespace"]
        for _, kustomization in flux_kustomizations(layout)
        if GITOPS / layout / kustomization["spec"]["path"] == path.parent
    )
    return str(found)


def flux_kustomizations(layout: str) -> Iterator[tuple[Path, Any]]:
    for path, kustomization in objects(layout, "Kustomization"):
        if kustomization["apiVersion"] == "kustomize.toolkit.fluxcd.io/v1":
            yield path, kustomization


MULTUS: Final = ("multus", "rke2-multus")
"""What the releases of Multus are called: RKE2 gives the name itself."""


@cache
def rendered(layout: str, *more: str) -> str:
    """What helm prints for the release of Multus, with ``more`` values laid over its own."""
    (release,) = (each for each in releases(layout) if each[1] in MULTUS)
    chart, name, namespace, values = release
    return template(GITOPS / layout / "charts" / chart, name, namespace, (*values, *more))


def template(chart: Path, name: str, namespace: str, values: tuple[str, ...]) -> str:
    helm = find_helm()
    assert helm is not None
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)  # that nothing else lies in, so that the answer can be remembered
        shutil.copytree(chart, folder / "chart")
        words = ["--namespace", namespace, "--include-crds", "--no-hooks"]
        words += ["--kube-version", KUBE_VERSION]
        for number, text in enumerate(values):
            file = folder / f"{number}.yaml"
            file.write_text(text)
            words += ["--values", str(file)]
        command = [helm.path, "template", *words, name, str(folder / "chart")]
        env = {"HOME": f"{folder}/home", "KUBECONFIG": f"{folder}/none"}
        done = process.run(command, called="helm template", environment=env, seconds=60)
    assert done.code == 0, done.err
    return done.out.decode()


def crds_apart(text: str) -> tuple[str, str]:
    """What of a render comes from crds/, without the lines that are no YAML, and the rest: Helm
    applies the first before, and hands it to no post-renderer."""
    parts = text.split("\n---\n")
    crds = [part for part in parts if "/crds/" in part.partition("\n")[0] or "/crds/" in part[:200]]
    lines = "\n---\n".join(crds).splitlines()
    others = "\n---\n".join(part for part in parts if part not in crds)
    return "\n".join(line for line in lines if not line.startswith("{{")), others


def by_kind(text: str) -> dict[str, Any]:
    """The objects of a render by their kind, of which it has one each; without documents that
    helm did not render, because they are in crds/."""
    parts = [part for part in text.split("\n---\n") if "\n{{" not in part]
    found = [each for part in parts for each in yaml.load_all(part, yaml.CSafeLoader) if each]
    assert len({each["kind"] for each in found}) == len(found)
    return {each["kind"]: each for each in found}


def plan_of(layout: str, text: str, *manifests: Path) -> Plan:
    """The plan of a render and of files beside it, with the repository's node files."""
    reading = read_inputs(
        ("-", *map(str, manifests)),
        stdin=io.BytesIO(text.encode()),
        node_files=str(GITOPS / layout / "nodes"),
        build=None,
        keep_going=True,
    )
    return make_plan(build_inventory(reading), builders.target())


def pod_of(daemonset: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = daemonset["spec"]["template"]["spec"]
    return found
