"""``edit`` where a Flux Kustomization applies upstream's own manifest: its source takes the thick one, and
the Kustomization patches what that lacks.

What is served is tests/cli/upstream.py's; what Flux would apply is made here again by kustomize.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.tools.kustomize import builder, built_files, find_tool
from migrator.trees.paths import diff_paths
from tests.cli.test_edit import commit, git, objects
from tests.cli.test_upstream import APPLICATION
from tests.cli.tools import ROOT, Run, migrator, tree
from tests.cli.upstream import DEPLOYMENTS, THICK, Upstream, answering

pytestmark = pytest.mark.kustomize

GITOPS = ROOT / "samples/gitops"
LAYOUT = "flux-gitrepository"
SOURCES, KUSTOMIZATIONS = "clusters/heron/sources.yaml", "clusters/heron/kustomizations.yaml"
THICK_PATH = f"{DEPLOYMENTS.format(tag='v4.2.4')}/multus-daemonset-thick.yml"


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Upstream]:
    with answering(tmp_path, "v4.2.4", "v4.1.4", "master") as found:
        yield found


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    shutil.copytree(GITOPS / LAYOUT, tmp_path / "repo")
    return commit(tmp_path / "repo", {})


def edit(repo: Path, *options: str) -> Run:
    return migrator("edit", ".", "--node-files", "nodes", "--fetch", *options, cwd=repo)


def changed(repo: Path, name: str, *pairs: tuple[str, str]) -> None:
    text = (repo / name).read_text()
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    commit(repo, {name: text})


def applied(repo: Path, manifest: str) -> dict[Any, Any]:
    """What Flux makes of a manifest with the fields of the Kustomization."""
    spec = next(yaml.safe_load_all((repo / KUSTOMIZATIONS).read_text()))["spec"]
    root = {"resources": ["all.yaml"], "images": spec["images"], "patches": spec.get("patches", [])}
    if "targetNamespace" in spec:
        root["namespace"] = spec["targetNamespace"]
    tool = find_tool()
    assert tool is not None
    return objects(
        built_files(tool, {"all.yaml": manifest, "kustomization.yaml": json.dumps(root)})
    )


def _patch(operation: str) -> str:
    target = "{kind: DaemonSet, name: kube-multus-ds}"
    return f"  patches:\n    - target: {target}\n      patch: |\n        - {operation}\n  # upstream's file names"


def planned(repo: Path, out: Path) -> dict[Any, Any]:
    run = migrator(
        "plan",
        ".",
        "--node-files",
        "nodes",
        "--fetch",
        "-o",
        str(out),
        "--no-verify",
        "-q",
        cwd=repo,
    )
    assert (run.code, run.err) == (0, "")
    tool = find_tool()
    assert tool is not None
    return objects(builder(tool)(out))


def test_every_line_of_the_diff_is_as_it_was_read(
    repo: Path, remote: Upstream, tell: Callable[[str, str], None]
) -> None:
    run = edit(repo, "--diff")
    assert (run.code, run.err) == (0, "")
    golden = GITOPS / f"{LAYOUT}.diff"
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        golden.write_text(run.out, encoding="utf-8")
    assert run.out == golden.read_text(encoding="utf-8")
    tell("lines of the diff of edit in each repository", f"{LAYOUT}: {len(run.out.splitlines())}")


def test_what_is_applied_becomes_what_was_planned_once(repo: Path, remote: Upstream) -> None:
    wanted = planned(repo, repo.parent / "out")
    before = {name: text for name, text in tree(repo).items() if ".git/" not in name}
    run = edit(repo)
    assert (run.code, run.err) == (0, "")
    said = " ".join(run.out.split())
    assert "These files hold the plan now in the ref of upstream's manifest" in said
    assert (
        "ConfigMap kube-system/multus-cni-config is not part of upstream's thick manifest, and nothing "
        "uses it" in said
    )
    found = applied(repo, THICK)
    assert [key[-1] for key in wanted if key not in found] == ["multus-cni-config"]
    assert [diff_paths(made, wanted[key]) for key, made in found.items()] == [[]] * len(found)
    commit(repo, {})
    again = edit(repo)
    assert again.code == 0
    assert again.out.startswith("NOTHING TO CHANGE")
    git(repo, "revert", "--no-edit", "HEAD")
    assert {n: t for n, t in tree(repo).items() if ".git/" not in n} == before


@pytest.mark.parametrize(
    ("ref", "pairs"),
    [
        (
            "branch: master",
            [
                (
                    "  wait: true\n",
                    "  wait: true\n  commonMetadata: {labels: {team: birds}}\n  targetNamespace: network\n",
                ),
                (
                    "  # upstream's file names",
                    _patch("{op: add, path: /metadata/labels/by, value: heron}"),
                ),
            ],
        ),
        (
            "tag: v4.1.4",
            [
                (
                    "      newTag: v4.2.4\n",
                    "      newName: mirror.example/k8snetworkplumbingwg/multus-cni\n      newTag: v4.2.4\n",
                )
            ],
        ),
    ],
    ids=["a branch, a namespace, labels and patches", "another tag, and a mirror"],
)
def test_what_the_user_has_there_stays(
    repo: Path, remote: Upstream, ref: str, pairs: list[tuple[str, str]]
) -> None:
    changed(repo, SOURCES, ("    tag: v4.2.4\n", f"    {ref}\n"))
    changed(repo, KUSTOMIZATIONS, *pairs)
    run = edit(repo)
    assert (run.code, run.err) == (0, "")
    text = (repo / SOURCES).read_text()
    assert (
        "    # renovate: datasource=github-releases depName=k8snetworkplumbingwg/multus-cni\n    tag: v4.2.4\n"
        in text
    )
    assert "    !/deployments/multus-daemonset-thick.yml\n" in text
    assert "      newTag: v4.2.4-thick\n" in (repo / KUSTOMIZATIONS).read_text()
    commit(repo, {})
    assert edit(repo).out.startswith("NOTHING TO CHANGE")


OVERLAY = "resources: [../../flux]\npatches: [{path: tag.yaml}]\n"
TAG = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: multus-cni, namespace: flux-system}
spec:
  ref:
    # this cluster first
    tag: v4.1.4
"""


@pytest.mark.parametrize("others", [False, True], ids=["one cluster", "two clusters"])
def test_what_a_root_patches_is_edited_in_its_patch(
    repo: Path, remote: Upstream, others: bool
) -> None:
    flux = {
        f"flux/{Path(name).name}": (repo / name).read_text() for name in (SOURCES, KUSTOMIZATIONS)
    }
    flux["flux/kustomization.yaml"] = "resources: [sources.yaml, kustomizations.yaml]\n"
    shutil.rmtree(repo / "clusters")
    roots = ["heron", "crane"] if others else ["heron"]
    files = {f"clusters/{root}/kustomization.yaml": OVERLAY for root in roots}
    commit(repo, {**flux, **files, **{f"clusters/{root}/tag.yaml": TAG for root in roots}})
    before = tree(repo)
    run = migrator(
        "edit", "clusters/heron", "--node-files", "nodes", "--fetch", "--source", "4.2.4", cwd=repo
    )
    if others:
        assert run.code == 1
        assert "clusters/crane: it builds a file that changes, and would change too" in run.err
        assert tree(repo) == before
        return
    assert (run.code, run.err) == (0, "")
    tag = (repo / "clusters/heron/tag.yaml").read_text()
    assert tag == TAG.replace("v4.1.4", "v4.2.4")
    assert "!/deployments/multus-daemonset-thick.yml" in (repo / "flux/sources.yaml").read_text()


@pytest.mark.parametrize(
    ("name", "pairs", "message"),
    [
        (
            SOURCES,
            [("    tag: v4.2.4\n", f"    commit: {'0a' * 20}\n")],
            "of which no release is known",
        ),
        (
            KUSTOMIZATIONS,
            [
                (
                    "  # upstream's file names",
                    _patch("{op: add, path: /spec/template/spec/containers/0/args/-, value: --x}"),
                )
            ],
            "does not fit upstream's thick manifest",
        ),
        (
            KUSTOMIZATIONS,
            [("  wait: true\n", "  wait: true\n  namePrefix: a-\n")],
            "has ConfigMap kube-system/a-multus-daemon-config, which is not planned",
        ),
        (
            KUSTOMIZATIONS,
            [
                (
                    "      newTag: v4.2.4\n",
                    '      newTag: v4.2.4 # {"$imagepolicy": "flux-system:multus:tag"}\n',
                )
            ],
            "Flux sets the value of this line by an ImagePolicy",
        ),
    ],
    ids=["a commit", "patches of thin mode", "names of its own", "an image policy"],
)
def test_what_has_no_place_is_refused(
    repo: Path, remote: Upstream, name: str, pairs: list[tuple[str, str]], message: str
) -> None:
    remote.files |= {
        f"{DEPLOYMENTS.format(tag='0a' * 20)}/multus-daemonset.yml": remote.files[
            f"{DEPLOYMENTS.format(tag='v4.2.4')}/multus-daemonset.yml"
        ]
    }
    changed(repo, name, *pairs)
    before = tree(repo)
    run = edit(repo)
    assert run.code == 1
    assert message in " ".join(run.err.split())
    assert tree(repo) == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "kind: ServiceAccount\nmetadata: {name: multus,",
            "kind: ServiceAccount\nmetadata: {name: more,",
            "has ServiceAccount kube-system/more, which is not planned",
        ),
        (
            "  name: kube-multus-ds\n",
            "  name: kube-multus\n",
            "has DaemonSet kube-system/kube-multus, which is not",
        ),
        ("{matchLabels: {name: multus}}", "{matchLabels: {app: multus}}", "another selector"),
    ],
    ids=["another object", "another DaemonSet", "another selector"],
)
def test_another_thick_manifest_is_refused(
    repo: Path, remote: Upstream, old: str, new: str, message: str
) -> None:
    assert THICK.count(old) == 1
    remote.files[THICK_PATH] = THICK.replace(old, new)
    before = tree(repo)
    run = edit(repo)
    assert run.code == 1
    assert message in " ".join(run.err.split())
    assert tree(repo) == before


def test_a_source_of_two_is_refused(repo: Path, remote: Upstream) -> None:
    """The other one takes what is not known here, and would take another thing without being asked."""
    more = "path: ./e2e\n  sourceRef: {kind: GitRepository, name: multus-cni}\n  prune: true\n"
    old = "path: ./birds\n  prune: true\n  dependsOn:\n    - name: networks\n  sourceRef:\n    kind: GitRepository\n    name: heron\n"
    changed(repo, KUSTOMIZATIONS, (old, more))
    run = edit(repo, "--allow", "M16")
    assert run.code == 1
    assert "is the source of Kustomization flux-system/birds, too" in " ".join(run.err.split())


MORE = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: multus, namespace: flux-system}
spec: {interval: 1h, path: ./e2e, prune: true, sourceRef: {kind: GitRepository, name: multus-cni}}
"""
SOURCE = """\
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: multus-cni, namespace: flux-system}
spec: {interval: 1h, url: "https://github.com/k8snetworkplumbingwg/multus-cni", ref: {tag: v4.1.4}}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: more, namespace: birds}
spec:
  chart: {spec: {chart: e2e, sourceRef: {kind: GitRepository, name: multus-cni, namespace: flux-system}}}
"""


@pytest.mark.parametrize(
    ("files", "who"),
    [
        ({"clusters/more.yaml": MORE}, "clusters/more.yaml:1: Kustomization flux-system/multus"),
        ({"clusters/crane/a.yaml": MORE}, "clusters/crane/a.yaml:1: Kustomization"),
        ({"clusters/heron.yaml": RELEASE}, "clusters/heron.yaml:1: HelmRelease birds/more"),
        ({"clusters/crane/a.yaml": MORE + SOURCE}, ""),
        ({"clusters/crane/a.yaml": MORE, "clusters/crane/sources/a.yaml": SOURCE}, ""),
        ({"clusters/crane/a.yaml": MORE.replace("flux-system", "birds")}, ""),
    ],
    ids=["beside", "in a folder without a source", "a chart", "its own", "its own near", "apart"],
)
def test_whoever_else_takes_from_the_source_stops_it(
    repo: Path, remote: Upstream, files: dict[str, str], who: str
) -> None:
    """The file that has it is no INPUT: it would get another ref without being asked."""
    commit(repo, files)
    before = tree(repo)
    run = migrator("edit", "clusters/heron", "--node-files", "nodes", "--fetch", cwd=repo)
    assert run.code == (1 if who else 0), run.err
    if who:
        assert who in run.err
        assert "takes from GitRepository flux-system/multus-cni, too" in run.err
        assert tree(repo) == before


def test_a_config_that_somebody_uses_does_not_fall_out(repo: Path, remote: Upstream) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "reads-multus", "namespace": "kube-system"},
        "spec": {
            "containers": [{"name": "a", "image": "registry.example/multus-reader:1"}],
            "volumes": [{"name": "c", "configMap": {"name": "multus-cni-config"}}],
        },
    }
    commit(repo, {"birds/pod.yaml": yaml.safe_dump(pod)})
    run = edit(repo)
    assert run.code == 1
    assert "has no ConfigMap kube-system/multus-cni-config, which is still used" in run.err


@pytest.mark.parametrize("fetch", [(), ("--fetch",)], ids=["offline", "with both"])
def test_without_a_download_it_is_said_what_is_missing(
    fetch: tuple[str, ...], repo: Path, remote: Upstream
) -> None:
    manifest = repo.parent / "thin.yaml"
    manifest.write_text(remote.files[f"{DEPLOYMENTS.format(tag='v4.2.4')}/multus-daemonset.yml"])
    run = migrator(
        "edit",
        ".",
        "--node-files",
        "nodes",
        "--rendered",
        f"multus={manifest}",
        "--force",
        *fetch,
        cwd=repo,
    )
    assert run.code == 1
    assert "give --fetch, and no --rendered for Kustomization flux-system/multus" in " ".join(
        run.err.split()
    )
    assert remote.asked == []


def test_an_application_has_no_place(tmp_path: Path, remote: Upstream) -> None:
    repo = commit(tmp_path / "repo", {"app.yaml": APPLICATION})
    run = migrator("edit", ".", "--fetch", "--source", "4.2.4", cwd=repo)
    assert run.code == 1
    assert "takes a folder of plain manifests, which has no place for patches" in run.err
