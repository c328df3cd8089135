"""The sample repositories: each can be committed and applied as it is, and names what is in it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from migrator.tools.kustomize import builder, find_tool
from migrator.trees.dig import maps
from tests.cli.test_edit import git
from tests.gitops.repositories import (
    CHARTS,
    GITOPS,
    LAYOUTS,
    documents,
    files,
    flux_kustomizations,
    objects,
    releases,
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_repository_is_committed_whole(layout: str, tmp_path: Path) -> None:
    copy = tmp_path / layout
    shutil.copytree(GITOPS / layout, copy)
    git(copy, "init", "--quiet")
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message", "as it is")
    assert git(copy, "status", "--porcelain", "--ignored") == ""
    there = [path for path in copy.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert len(git(copy, "ls-files").splitlines()) == len(there)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_a_repository_names_is_in_it(layout: str) -> None:
    root = GITOPS / layout
    own = {"multus-cni"}  # the GitRepository of upstream
    named = [
        root / kustomization["spec"]["path"]
        for _, kustomization in flux_kustomizations(layout)
        if kustomization["spec"]["sourceRef"]["name"] not in own
    ]
    for path, kustomization in objects(layout, "Kustomization"):
        if kustomization["apiVersion"] == "kustomize.config.k8s.io/v1beta1":
            listed = (line for line in kustomization["resources"] if "://" not in line)
            named += [path.parent / line for line in listed]
    for _, application in objects(layout, "Application"):
        source = application["spec"]["source"]
        value_files = source.get("helm", {}).get("valueFiles", ())
        named += [root / source["path"], *(root / each.lstrip("/") for each in value_files)]
    named += [root / "charts" / chart for chart, *_ in releases(layout)]
    assert [str(path) for path in named if not path.exists()] == []
    assert named


def asked_for(layout: str) -> Iterator[str]:
    """The names of the networks that the annotations of a repository ask for."""
    for path in files(layout):
        for document in documents(path):
            for _, node in maps(document):
                text = str(node.get("k8s.v1.cni.cncf.io/networks", "")).strip()
                if text.startswith("["):
                    yield from (each["name"] for each in json.loads(text))
                elif text:
                    yield from (part.split("/")[-1].split("@")[0] for part in text.split(","))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_workloads_of_a_repository_ask_for_all_of_its_networks(layout: str) -> None:
    there = objects(layout, "NetworkAttachmentDefinition")
    networks = [each["metadata"]["name"] for _, each in there]
    assert networks
    assert sorted(asked_for(layout)) == sorted(networks)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_node_files_of_a_repository_name_its_primary_network(layout: str) -> None:
    """What decides a plan is known: a list of plugins in the folder where the runtime looks."""
    nodes = GITOPS / layout / "nodes"
    folders = ("etc/cni/net.d", "var/lib/rancher/k3s/agent/etc/cni/net.d")
    (primary,) = (path for folder in folders for path in (nodes / folder).glob("*.conflist"))
    assert json.loads(primary.read_text())["plugins"]
    assert ("k3s" in layout) == ("k3s" in primary.parts)


@pytest.mark.kustomize
@pytest.mark.parametrize("layout", [name for name in LAYOUTS if not name.startswith("remote")])
def test_every_kustomization_of_a_repository_builds(layout: str) -> None:
    tool = find_tool()
    assert tool is not None
    found = [path.parent for path in files(layout) if path.name == "kustomization.yaml"]
    for folder in found:
        assert builder(tool)(folder)
    assert found or layout in ("k3s-helmchart-rke2-multus", "rke2-helmchartconfig")


def test_app_template_wants_a_kubernetes_of_1_28() -> None:
    versions = {
        documents(chart / "Chart.yaml")[0]["kubeVersion"]
        for chart in CHARTS
        if chart.name == "app-template"
    }
    assert versions == {">=1.28.0-0"}


def test_charts_of_one_name_and_version_are_the_same_everywhere() -> None:
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for chart in CHARTS:
        (about,) = yaml.safe_load_all((chart / "Chart.yaml").read_text())
        assert about["name"] == chart.name
        texts = {
            path.relative_to(chart).as_posix(): path.read_text()
            for path in chart.rglob("*")
            if path.is_file()
        }
        found.setdefault((chart.name, about["version"]), []).append(texts)
    assert all(one == each[0] for each in found.values() for one in each)
    assert Counter(len(each) for each in found.values()) == {4: 1, 2: 1, 1: 2}
