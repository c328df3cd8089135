"""What a Flux Kustomization or an Argo CD Application applies of upstream's own manifests.

What kustomize makes of it is in tests/cli/test_upstream.py; here a stand-in keeps what it was asked for.
"""

from __future__ import annotations

import io
import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from migrator.model.errors import MigratorError
from migrator.model.inputs import Reading
from migrator.read.applied import applied
from migrator.read.reading import read_inputs
from migrator.read.renders import Tools
from migrator.read.streams import parse_documents
from migrator.read.upstream import is_manifest, is_moving, is_upstream, thick_url

RAW = "https://raw.githubusercontent.com/k8snetworkplumbingwg/multus-cni"
ONLY = "/*\\n!/deployments/multus-daemonset.yml"
FLUX = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: multus, namespace: flux-system}
spec:
  path: PATH
  sourceRef: {kind: GitRepository, name: upstream}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: upstream, namespace: flux-system}
spec:
  url: https://github.com/k8snetworkplumbingwg/multus-cni
  ref: REF
  ignore: "IGNORE"
"""
ARGO = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: multus, namespace: argocd}
spec:
  destination: {namespace: kube-system}
  source:
    repoURL: https://github.com/k8snetworkplumbingwg/multus-cni.git
    path: deployments
    targetRevision: REF
    directory: DIRECTORY
"""
DAEMONSET = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-multus-ds, namespace: kube-system}
"""


def flux(path: str = "./deployments", ref: str = "{tag: v4.2.4}", ignore: str = ONLY) -> str:
    return FLUX.replace("PATH", path).replace("REF", ref).replace("IGNORE", ignore)


def argo(ref: str = "v4.2.4", directory: str = "{include: multus-daemonset.yml}") -> str:
    return ARGO.replace("REF", ref).replace("DIRECTORY", directory)


def urls(text: str) -> tuple[str, ...]:
    documents, problems = parse_documents(text.encode(), "a.yaml")
    assert not problems
    found = applied(documents[0], documents)
    return found.taken.urls if found else ()


def refused(text: str) -> str:
    with pytest.raises(MigratorError) as error:
        urls(text)
    assert "\n" not in error.value.message
    return error.value.message


@pytest.mark.parametrize(
    ("path", "ref", "ignore", "file"),
    [
        ("./deployments", "{tag: v4.2.4}", ONLY, "v4.2.4/deployments/multus-daemonset.yml"),
        ("deployments/", "{tag: v3.9}", ONLY, "v3.9/deployments/multus-daemonset.yml"),
        ("./", "{tag: v4.2.4}", ONLY, "v4.2.4/deployments/multus-daemonset.yml"),
        ('""', "{tag: v4.2.4}", ONLY, "v4.2.4/deployments/multus-daemonset.yml"),
        ("./deployments", "{branch: main}", ONLY, "main/deployments/multus-daemonset.yml"),
        ("./deployments", "{}", ONLY, "master/deployments/multus-daemonset.yml"),
        (
            "./deployments",
            "{branch: a, tag: v4.1.4}",
            ONLY,
            "v4.1.4/deployments/multus-daemonset.yml",
        ),
        (
            "./deployments",
            "{name: refs/tags/v4.1.4, tag: v4.2.4}",
            ONLY,
            "v4.1.4/deployments/multus-daemonset.yml",
        ),
        (
            "./deployments",
            f"{{commit: {'0a' * 20}, semver: '>=4'}}",
            ONLY,
            f"{'0a' * 20}/deployments/multus-daemonset.yml",
        ),
        (
            "./images",
            "{tag: v3.8}",
            "/*\\n!/images/multus-daemonset-crio.yml",
            "v3.8/images/multus-daemonset-crio.yml",
        ),
    ],
)
def test_flux_takes_what_its_source_leaves(path: str, ref: str, ignore: str, file: str) -> None:
    assert urls(flux(path, ref, ignore)) == (f"{RAW}/{file}",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (flux(ignore=""), "it keeps whatever deployments holds, also files not known here"),
        (flux(ignore="/*\\n!/deployments"), "it keeps whatever deployments holds"),
        (flux(ignore="/*\\n!/deployments/*.yml"), "it keeps whatever deployments holds"),
        (
            flux(ignore="/*\\n!/deployments/multus-daemonset*"),
            "it keeps whatever deployments holds",
        ),
        (flux(ignore="/*"), "it keeps none of upstream's manifests"),
        (flux("./e2e"), "it keeps none of upstream's manifests"),
        (flux(ignore=f"{ONLY}\\n!/deployments/dra.yml"), "takes back /deployments/dra.yml"),
        (flux(ignore=f"{ONLY}\\n!/deployments/[m]*"), "not understood"),
        (flux("./../other"), "leads out of the repository"),
        (flux("deployments/../../x"), "leads out of the repository"),
        (flux(ref="{tag: ../../other/multus/v1}"), "names no tag, branch or commit"),
        (flux(ref="{tag: 'v4.2.4?x#y'}"), "names no tag, branch or commit"),
        (flux(ref="{branch: 'a/../b'}"), "names no tag, branch or commit"),
        (flux(ref="{semver: '>=4.0.0'}"), "it takes the newest of >=4.0.0"),
        (flux() + "  include: [{repository: {name: more}}]\n", "include or sparseCheckout"),
        (flux().replace("\n---", "\n  components: [../a]\n---"), "it has components"),
        (argo(directory="{}"), "it keeps whatever deployments holds"),
        (argo(directory="{exclude: '*-thick.yml'}"), "it keeps whatever deployments holds"),
        (argo(directory="{include: '*.yml'}"), "it keeps whatever deployments holds"),
        (argo(directory="{include: '[m]*'}"), "not understood"),
        (argo(directory="{include: '{a,{b,c}}'}"), "not understood"),
        (argo(directory="{include: multus-daemonset.yml, jsonnet: {libs: [a]}}"), "jsonnet"),
        (argo(ref="4.*"), "names no tag, branch or commit"),
        (argo() + "    kustomize: {namePrefix: a-}\n", "upstream has plain manifests"),
    ],
)
def test_what_is_not_known_here_is_not_guessed(text: str, message: str) -> None:
    assert message in refused(text)


@pytest.mark.parametrize(
    ("ref", "directory", "files"),
    [
        ("v4.2.4", "{include: multus-daemonset.yml}", ["v4.2.4/deployments/multus-daemonset.yml"]),
        (
            "HEAD",
            "{include: '{multus-daemonset.yml,x}'}",
            ["master/deployments/multus-daemonset.yml"],
        ),
        (
            "v4.2.4",
            "{include: 'multus-daemonset*k.yml'}",
            ["v4.2.4/deployments/multus-daemonset-thick.yml"],
        ),
        (
            "v3.9.3",
            "{include: '*e-1.16.yml', recurse: true}",
            [
                "v3.9.3/deployments/multus-daemonset-gke-1.16.yml",
                "v3.9.3/deployments/deprecated/multus-daemonset-pre-1.16.yml",
                "v3.9.3/deployments/deprecated/multus-daemonset-gke-pre-1.16.yml",
            ],
        ),
        (
            "v3.9.3",
            "{include: '*e-1.16.yml'}",
            ["v3.9.3/deployments/multus-daemonset-gke-1.16.yml"],
        ),
    ],
)
def test_argo_takes_what_its_directory_includes(ref: str, directory: str, files: list[str]) -> None:
    assert urls(argo(ref, directory)) == tuple(f"{RAW}/{file}" for file in files)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/k8snetworkplumbingwg/multus-cni",
        "https://github.com/k8snetworkplumbingwg/multus-cni.git",
        "ssh://git@github.com/k8snetworkplumbingwg/multus-cni.git",
        "git@github.com:k8snetworkplumbingwg/multus-cni.git",
        "https://git.example:8443/mirrors/k8snetworkplumbingwg/multus-cni",
    ],
)
def test_upstream_is_known_by_its_path(url: str) -> None:
    assert is_upstream(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/somebody/multus-cni",
        "https://me:secret@github.com/k8snetworkplumbingwg/multus-cni",
        "https://github.com/k8snetworkplumbingwg/multus-cni-fork",
        "https://github.com/notk8snetworkplumbingwg/multus-cni/",
        "https://github.com/k8snetworkplumbingwg/multus-cni?x",
        "",
    ],
)
def test_others_are_not_upstream(url: str) -> None:
    assert not is_upstream(url)


@pytest.mark.parametrize(
    ("revision", "moves"),
    [
        ("v4.2.4", False),
        ("v3.9", False),
        ("0a" * 20, False),
        ("master", True),
        ("release/v4", True),
    ],
)
def test_a_branch_moves(revision: str, moves: bool) -> None:
    assert is_moving(f"{RAW}/{revision}/deployments/multus-daemonset.yml") is moves


@pytest.mark.parametrize(
    "text",
    [
        flux().replace("name: upstream}", "name: other}"),
        flux().replace("sourceRef: {kind: GitRepository", "sourceRef: {kind: Bucket"),
        flux().replace(
            "name: upstream, namespace: flux-system", "name: upstream, namespace: other"
        ),
        flux().replace("k8snetworkplumbingwg", "somebody"),
        argo().replace("k8snetworkplumbingwg", "somebody"),
        argo().replace("kind: Application", "kind: ApplicationSet"),
    ],
)
def test_what_takes_nothing_of_upstream_is_left_alone(text: str) -> None:
    assert urls(text) == ()


class Kustomize:
    """Builds everything to one DaemonSet, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    def __call__(self, files: Mapping[str, str]) -> str:
        self.asked.append(dict(files))
        return DAEMONSET

    @property
    def root(self) -> dict[str, Any]:
        (files,) = self.asked
        found: dict[str, Any] = json.loads(files["kustomization.yaml"])
        return found


def read(
    folder: Path,
    text: str,
    *,
    fetch: Kustomize | None = None,
    build: Kustomize | None = None,
    rendered: Mapping[str, str] | None = None,
) -> Reading:
    (folder / "multus.yaml").write_text(textwrap.dedent(text))
    return read_inputs(
        [str(folder / "multus.yaml")],
        stdin=io.BytesIO(DAEMONSET.encode()),
        node_files=None,
        build=None,
        keep_going=False,
        rendered=rendered or {},
        tools=Tools(lambda _: None, build or Kustomize(), None, fetch),
    )


FIELDS = """  targetNamespace: net
  namePrefix: a-
  nameSuffix: -b
  images: [{name: ghcr.io/k8snetworkplumbingwg/multus-cni, newTag: v4.2.4}]
  patches:
    - {target: {kind: DaemonSet}, patch: "- {op: remove, path: /spec/x}"}
  commonMetadata: {labels: {team: net}}
  postBuild: {substitute: {A: b}}
"""


def test_fields_of_the_kustomization_are_put_over_what_is_downloaded(tmp_path: Path) -> None:
    fetch = Kustomize()
    reading = read(tmp_path, flux().replace("\n---", f"\n{FIELDS}---"), fetch=fetch)
    root = fetch.root
    assert root["resources"] == [f"{RAW}/v4.2.4/deployments/multus-daemonset.yml"]
    assert (root["namespace"], root["namePrefix"], root["nameSuffix"]) == ("net", "a-", "-b")
    assert root["images"] == [
        {"name": "ghcr.io/k8snetworkplumbingwg/multus-cni", "newTag": "v4.2.4"}
    ]
    own, common = root["patches"]
    assert own == {"target": {"kind": "DaemonSet"}, "patch": "- {op: remove, path: /spec/x}\n"}
    assert common["target"] == {"name": ".*"}
    assert json.loads(common["patch"])["metadata"]["labels"] == {"team": "net"}
    assert "postBuild" not in root
    (render,) = reading.renders
    assert (render.release.kind, render.release.name) == ("Kustomization", "multus")
    assert render.repository is not None
    assert (render.repository.kind, render.repository.name) == ("GitRepository", "upstream")
    assert render.manifests == (f"{RAW}/v4.2.4/deployments/multus-daemonset.yml",)
    made = [d for d in reading.documents if d.source.file == render.name]
    assert [d.ref.kind for d in made] == ["DaemonSet"]


def test_nothing_is_built_unasked(tmp_path: Path) -> None:
    build = Kustomize()
    assert read(tmp_path, flux(), build=build).renders == ()
    assert build.asked == []


@pytest.mark.parametrize("name", ["multus", "flux-system/multus"])
def test_a_manifest_that_is_given_is_built_without_a_network(tmp_path: Path, name: str) -> None:
    build, fetch = Kustomize(), Kustomize()
    reading = read(tmp_path, flux(), build=build, fetch=fetch, rendered={name: "-"})
    assert build.root["resources"] == ["upstream.yaml"]
    assert build.asked[0]["upstream.yaml"] == DAEMONSET
    assert fetch.asked == []
    assert len(reading.renders) == 1


def test_an_application_is_its_manifests(tmp_path: Path) -> None:
    fetch = Kustomize()
    reading = read(tmp_path, argo(), fetch=fetch)
    assert fetch.root["resources"] == [f"{RAW}/v4.2.4/deployments/multus-daemonset.yml"]
    (render,) = reading.renders
    assert (render.release.kind, render.repository) == ("Application", None)


def test_why_it_is_not_built_is_a_problem(tmp_path: Path) -> None:
    fetch = Kustomize()
    reading = read(tmp_path, flux(ignore=""), fetch=fetch)
    assert (reading.renders, fetch.asked) == ((), [])
    (problem,) = reading.problems
    assert problem.related
    assert (
        "Kustomization flux-system/multus cannot be rendered: it keeps whatever" in problem.message
    )


def test_a_kustomization_without_a_word_of_multus_is_found(tmp_path: Path) -> None:
    fetch = Kustomize()
    text = flux().replace("{name: multus,", "{name: cni,")
    reading = read(tmp_path, text, fetch=fetch)
    assert [render.release.name for render in reading.renders] == ["cni"]
    kinds = [d.ref.kind for d in reading.documents]
    assert sorted(kinds) == ["DaemonSet", "GitRepository", "Kustomization"]


@pytest.mark.parametrize(
    ("url", "after"),
    [
        (f"{RAW}/v4.1.4/deployments/multus-daemonset.yml", f"{RAW}/v4.2.4/"),
        (f"{RAW}/master/deployments/multus-daemonset-crio.yml", f"{RAW}/v4.2.4/"),
        (
            f"{RAW}/refs/heads/master/deployments/multus-daemonset.yml",
            f"{RAW}/refs/tags/v4.2.4/",
        ),
        (
            "https://github.com/k8snetworkplumbingwg/multus-cni/raw/v4.1.4/deployments/multus-daemonset.yml",
            "https://github.com/k8snetworkplumbingwg/multus-cni/raw/v4.2.4/",
        ),
        (
            "https://mirror.example:8443/raw/k8snetworkplumbingwg/multus-cni/v4.1.4/deployments/multus-daemonset.yml",
            "https://mirror.example:8443/raw/k8snetworkplumbingwg/multus-cni/v4.2.4/",
        ),
    ],
)
def test_the_url_of_a_manifest_becomes_that_of_the_thick_one(url: str, after: str) -> None:
    assert is_manifest(url)
    assert thick_url(url, "v4.2.4") == f"{after}deployments/multus-daemonset-thick.yml"


@pytest.mark.parametrize(
    "url",
    [
        f"{RAW}/v4.1.4/deployments/../multus-daemonset.yml",
        f"{RAW}/v4.1.4/../deployments/multus-daemonset.yml",
        f"{RAW}/v4.1.4/deployments/multus-daemonset.yml?token=x",
        f"{RAW}/v4.1.4/e2e/multus-daemonset.yml",
        "https://me:secret@raw.example/k8snetworkplumbingwg/multus-cni/v4.1.4/deployments/multus-daemonset.yml",
        "http://raw.example/k8snetworkplumbingwg/multus-cni/v4.1.4/deployments/multus-daemonset.yml",
        "https://github.com/k8snetworkplumbingwg/multus-cni/deployments?ref=v4.1.4",
    ],
)
def test_other_urls_are_left_alone(url: str) -> None:
    assert not is_manifest(url)
