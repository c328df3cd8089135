"""Roots of the repository that are no INPUT, and that an object of the inputs applies.

What kustomize makes of them is in tests/cli/test_edit_shared_root.py; here a stand-in keeps what it was
asked to build.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.model.inputs import Reading
from migrator.read.as_applied import image_entry, image_text
from tests.cli.test_edit import git
from tests.read.support import no_build, read

BUILT = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-multus-ds}
spec: {template: {spec: {containers: [{name: kube-multus, image: multus}]}}}
"""
ROOT = {
    "infra/multus/kustomization.yaml": "resources: [ds.yaml]\n",
    "infra/multus/ds.yaml": BUILT,
}
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: NAME, namespace: flux-system}
spec:
  interval: 1h
  prune: true
  sourceRef: {kind: KIND, name: fleet}
  path: PATH
"""
ARGO = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: NAME, namespace: argocd}
spec:
  destination: {namespace: network}
  source:
    repoURL: https://git.example/fleet.git
    path: infra/multus
"""


def flux(more: str = "", path: str = "./infra/multus", kind: str = "GitRepository") -> str:
    text = FLUX.replace("NAME", "apps").replace("PATH", path).replace("KIND", kind)
    return f"{text}  {more}\n" if more else text


def argo(more: str = "") -> str:
    return ARGO.replace("NAME", "apps") + (f"    kustomize: {more}\n" if more else "")


class Builds:
    """Keeps the kustomization of each folder that is to be built, with the files beside it."""

    def __init__(self) -> None:
        self.fields: list[Mapping[str, Any]] = []
        self.files: list[list[str]] = []

    def __call__(self, folder: Path) -> str:
        self.fields.append(yaml.safe_load((folder / "kustomization.yaml").read_text()))
        self.files.append(sorted(p.name for p in folder.parent.rglob("*") if p.is_file()))
        return BUILT


def put(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / ".git").mkdir(exist_ok=True)
    return folder


def applied(folder: Path, files: Mapping[str, str], *inputs: str) -> tuple[Reading, Builds]:
    put(folder, files)
    builds = Builds()
    names = inputs or ("clusters/a",)
    return read(*(folder / name for name in names), build=builds), builds


def fields(tmp_path: Path, text: str, root: str = "resources: [ds.yaml]\n") -> dict[str, Any]:
    """What is built of a root for an object."""
    files = {**ROOT, "infra/multus/kustomization.yaml": root, "clusters/a/m.yaml": text}
    reading, builds = applied(tmp_path, files)
    assert not reading.problems, reading.problems
    (found,) = builds.fields
    assert found["resources"] == ["ds.yaml"]
    return {key: value for key, value in found.items() if key != "resources"}


@pytest.mark.parametrize("text", [flux(), argo()], ids=["flux", "argo"])
def test_what_it_makes_is_read_and_knows_who_applies_it(tmp_path: Path, text: str) -> None:
    files = {**ROOT, "clusters/a/m.yaml": text, "clusters/a/other.yaml": "# nothing\n", "x.txt": ""}
    reading, builds = applied(tmp_path, files)
    (render,) = reading.renders
    assert (render.release.name, render.folder, render.is_chart) == ("apps", "infra/multus", False)
    assert render.name == f"{tmp_path}/clusters/a/m.yaml (applied)"
    daemonset = next(d for d in reading.documents if d.ref.kind == "DaemonSet")
    assert (daemonset.source.file, daemonset.form) == (render.name, "build")
    assert daemonset.placed == ("network" if text == argo() else "")
    assert [d.ref.kind for d in reading.documents if d is not daemonset] == [render.release.kind]
    assert builds.files == [["ds.yaml", "kustomization.yaml"]]


def test_those_of_one_file_have_names_of_their_own(tmp_path: Path) -> None:
    other = {
        "infra/nets/kustomization.yaml": "resources: [n.yaml]\n",
        "infra/nets/n.yaml": "# k8s.v1.cni.cncf.io",
    }
    two = f"{flux()}---\n{flux(path='infra/nets/')}"
    reading, _ = applied(tmp_path, {**ROOT, **other, "clusters/a/m.yaml": two})
    names = [render.name.partition("m.yaml")[2] for render in reading.renders]
    assert names == [" (applied 1)", " (applied 2)"]


FLUX_FIELDS = {
    "targetNamespace: network": {"namespace": "network"},
    "namePrefix: a-": {"namePrefix": "a-"},
    "nameSuffix: -a": {"nameSuffix": "-a"},
    "components: [../../c]": {"components": ["../../c"]},
    "images: [{name: m, newTag: v2}]": {"images": [{"name": "m", "newTag": "v2"}]},
    "patches: [{patch: 'kind: DaemonSet'}]": {"patches": [{"patch": "kind: DaemonSet\n"}]},
    "postBuild: {substitute: {a: b}}": {},
    "decryption: {provider: sops}": {},
}


@pytest.mark.parametrize("field", FLUX_FIELDS)
def test_fields_of_flux_go_into_the_kustomization(tmp_path: Path, field: str) -> None:
    put(tmp_path, {"c/kustomization.yaml": "kind: Component\n"})
    assert fields(tmp_path, flux(field)) == FLUX_FIELDS[field]


ARGO_FIELDS = {
    "{namespace: network}": {"namespace": "network"},
    "{namePrefix: a-, nameSuffix: -a}": {"namePrefix": "a-", "nameSuffix": "-a"},
    "{components: [../../c]}": {"components": ["../../c"]},
    "{images: ['m:v2', 'a=b@sha256:1']}": {
        "images": [
            {"name": "a", "newName": "b", "digest": "sha256:1"},
            {"name": "m", "newTag": "v2"},
        ]
    },
    "{patches: [{patch: 'kind: DaemonSet', target: {kind: DaemonSet}}]}": {
        "patches": [{"patch": "kind: DaemonSet\n", "target": {"kind": "DaemonSet"}}]
    },
    "{commonLabels: {a: b}}": {"commonLabels": {"a": "b"}},
    "{commonAnnotations: {a: b}}": {"commonAnnotations": {"a": "b"}},
}


@pytest.mark.parametrize("field", ARGO_FIELDS)
def test_fields_of_argo_go_into_the_kustomization(tmp_path: Path, field: str) -> None:
    put(tmp_path, {"c/kustomization.yaml": "kind: Component\n"})
    assert fields(tmp_path, argo(field)) == ARGO_FIELDS[field]


OWN = """\
resources: [ds.yaml]
namespace: kube-system
images: [{name: m, newName: mirror/m, newTag: v1}, {name: x, newTag: v3}]
patches: [{patch: "kind: Pod\\n"}]
"""


@pytest.mark.parametrize(
    "text",
    [
        flux("images: [{name: m, newTag: v2}]\n  patches: [{patch: 'kind: DaemonSet'}]"),
        argo("{images: ['m:v2'], patches: [{patch: 'kind: DaemonSet'}]}"),
    ],
    ids=["flux", "argo"],
)
def test_they_stand_behind_those_of_the_root_but_images_of_a_name(
    tmp_path: Path, text: str
) -> None:
    assert fields(tmp_path, text, OWN) == {
        "namespace": "kube-system",
        "images": [{"name": "m", "newTag": "v2"}, {"name": "x", "newTag": "v3"}],
        "patches": [{"patch": "kind: Pod\n"}, {"patch": "kind: DaemonSet\n"}],
    }


def test_common_metadata_is_set_behind_all_others(tmp_path: Path) -> None:
    found = fields(tmp_path, flux("commonMetadata: {labels: {a: b}, annotations: {c: d}}"))
    transformers = [yaml.safe_load(text) for text in found.pop("transformers")]
    assert [each["kind"] for each in transformers] == ["LabelTransformer", "AnnotationsTransformer"]
    assert (transformers[0]["labels"], transformers[1]["annotations"]) == ({"a": "b"}, {"c": "d"})
    assert found == {}


def problem(reading: Reading) -> str:
    assert not reading.renders
    (found,) = reading.problems
    assert found.related
    assert "\n" not in f"{found.message}{found.hint}"
    return found.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (flux("buildMetadata: [originAnnotations]"), "it has buildMetadata, which is not built"),
        (flux("patchesStrategicMerge: [{kind: Pod}]"), "it has patchesStrategicMerge"),
        (flux("ignoreMissingComponents: true"), "it has ignoreMissingComponents"),
        (flux("components: [https://git.example/c]"), "its component https://git.example/c is no"),
        (flux("components: [/c]"), "its component /c is not a path of this repository"),
        (argo("{replicas: [{name: a, count: 2}]}"), "it has replicas, which is not built here"),
        (argo("{forceCommonLabels: true}"), "it has forceCommonLabels"),
        (argo("{images: ['m:*']}"), "its image m:* is not understood here"),
        (argo("{images: ['a b']}"), "its image a b is not understood here"),
    ],
)
def test_what_is_not_put_into_it_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    reading, builds = applied(tmp_path, {**ROOT, "clusters/a/m.yaml": text})
    assert f"applies infra/multus, which is not read: {said}" in problem(reading)
    assert not builds.fields


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"infra/multus/kustomization.yaml": "resources: [https://a.example/multus]\n"}, "pulls"),
        ({"infra/multus/kustomization.yaml": "resources: [\n"}, "broken YAML"),
        ({"infra/multus/.argocd-source.yaml": "a: b"}, "has .argocd-source.yaml"),
        ({"infra/multus/.argocd-source-apps.yaml": "a: b"}, "has .argocd-source-apps.yaml"),
    ],
)
def test_what_cannot_be_built_is_told(tmp_path: Path, files: Mapping[str, str], said: str) -> None:
    reading, builds = applied(tmp_path, {**ROOT, "clusters/a/m.yaml": argo(), **files})
    assert said in problem(reading)
    assert not builds.fields


@pytest.mark.parametrize(
    "files",
    [
        {"infra/multus/kustomization.yaml": "resources: [ds.yaml, https://a.example/x]\n"},
        {"infra/multus/kustomization.yaml": "[]\n"},
        {"clusters/a/b.yaml": f"# another\n{flux()}"},
    ],
    ids=["remote", "none", "several"],
)
def test_of_networks_and_workloads_alone_nothing_is_told(
    tmp_path: Path, files: Mapping[str, str]
) -> None:
    nad = {"infra/multus/ds.yaml": "# k8s.v1.cni.cncf.io/networks\n"}
    reading, builds = applied(tmp_path, {**ROOT, **nad, "clusters/a/m.yaml": flux(), **files})
    assert not reading.problems
    assert not reading.renders
    assert not builds.fields


@pytest.mark.parametrize("text", [flux(), argo()], ids=["flux", "argo"])
def test_a_folder_without_a_kustomization_is_told(tmp_path: Path, text: str) -> None:
    files = {"infra/multus/ds.yaml": BUILT, "clusters/a/m.yaml": text}
    assert "infra/multus has no kustomization" in problem(applied(tmp_path, files)[0])


def test_a_chart_is_none(tmp_path: Path) -> None:
    files = {"infra/multus/Chart.yaml": "name: multus\n", "clusters/a/m.yaml": argo()}
    reading, builds = applied(tmp_path, files)
    assert not reading.renders
    assert not builds.fields


def test_of_several_clusters_none_is_built(tmp_path: Path) -> None:
    files = {**ROOT, **{f"clusters/a/{name}.yaml": f"# {name}\n{flux()}" for name in "cab"}}
    reading, builds = applied(tmp_path, files)
    told = problem(reading)
    assert told.startswith("infra/multus is applied here, and by Kustomization flux-system/apps (")
    assert f"({tmp_path}/clusters/a/b.yaml:2), " in told
    assert not builds.fields


@pytest.mark.parametrize(
    ("files", "inputs"),
    [
        ({"clusters/a/m.yaml": flux()}, (".",)),
        ({"clusters/a/m.yaml": flux()}, ("clusters/a", "infra/multus/ds.yaml")),
        ({"clusters/a/m.yaml": flux(path="./clusters/a")}, ()),
        ({"clusters/a/m.yaml": flux(path="./infra")}, ("clusters/a", "infra/multus")),
        ({"clusters/a/m.yaml": flux(path="../elsewhere")}, ()),
        ({"clusters/a/m.yaml": flux(path="./nowhere")}, ()),
        ({"clusters/a/m.yaml": flux(path="./infra/${WHAT}")}, ()),
        ({"clusters/a/m.yaml": flux(kind="OCIRepository")}, ()),
        ({"clusters/a/m.yaml": flux(), "infra/multus/ds.yaml": "kind: DaemonSet\n"}, ()),
    ],
    ids=["all", "a file", "own", "above", "outside", "absent", "variable", "oci", "no word"],
)
def test_what_is_read_elsewhere_or_has_no_network_is_not_built(
    tmp_path: Path, files: Mapping[str, str], inputs: tuple[str, ...]
) -> None:
    put(tmp_path, {**ROOT, "clusters/a/x.yaml": BUILT, **files})
    builds = Builds()
    reading = read(*(tmp_path / name for name in inputs or ("clusters/a",)), build=builds)
    assert not reading.renders
    assert not reading.problems
    assert len(builds.fields) == inputs.count("infra/multus")


def test_without_git_nothing_is_looked_for(tmp_path: Path) -> None:
    put(tmp_path, {**ROOT, "clusters/a/m.yaml": flux()})
    (tmp_path / ".git").rmdir()
    assert not read(tmp_path / "clusters/a", build=no_build).renders


def test_without_a_tool_it_is_told(tmp_path: Path) -> None:
    put(tmp_path, {**ROOT, "clusters/a/m.yaml": flux()})
    reading = read(tmp_path / "clusters/a", build=None)
    assert "neither kustomize nor kubectl was found" in problem(reading)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("m:v2", {"name": "m", "newTag": "v2"}),
        ("r.example:5000/m", {"name": "r.example:5000/m"}),
        ("a=r.example:5000/m:v1@sha256:0", None),
        ("m@sha256:0", {"name": "m", "digest": "sha256:0"}),
    ],
)
def test_an_image_of_argo_is_an_entry_and_back(text: str, entry: Mapping[str, str] | None) -> None:
    found = image_entry(text)
    assert entry in (None, found)
    assert image_text(found) == text


SOURCE = """\
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: fleet, namespace: flux-system}
spec: {url: 'ssh://git@git.example/net/fleet.git'}
"""


@pytest.mark.parametrize("text", [flux() + SOURCE, argo()], ids=["flux", "argo"])
@pytest.mark.parametrize("origin", ["https://git.example/net/fleet", "https://git.example/other"])
def test_a_path_of_another_repository_is_none_of_this(
    tmp_path: Path, text: str, origin: str
) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", origin)
    own = text.replace("https://git.example/fleet.git", "git@git.example:net/fleet")
    reading, builds = applied(tmp_path, {**ROOT, "clusters/a/m.yaml": own})
    assert not reading.problems
    assert (len(reading.renders), len(builds.fields)) == ((0, 0) if "other" in origin else (1, 1))
