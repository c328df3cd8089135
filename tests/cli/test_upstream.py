"""Upstream's own manifests, which a Flux Kustomization or an Application applies: downloaded, or given.

A proxy of this machine answers for raw.githubusercontent.com.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cli.test_edit import commit
from tests.cli.tools import ROOT, Run, migrator
from tests.cli.upstream import THICK, THIN, Upstream, answering, manifests

pytestmark = pytest.mark.kustomize

SAMPLE = ROOT / "samples/gitops/flux-gitrepository"
RAW = "https://raw.githubusercontent.com/k8snetworkplumbingwg/multus-cni"
THIN_URL = f"{RAW}/v4.2.4/deployments/multus-daemonset.yml"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: multus, namespace: argocd}
spec:
  destination: {namespace: kube-system}
  source:
    repoURL: https://github.com/k8snetworkplumbingwg/multus-cni
    path: deployments
    targetRevision: v4.2.4
    directory: {include: multus-daemonset.yml}
"""


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Upstream]:
    with answering(tmp_path, "v4.2.4") as found:
        yield found


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "repo")
    return commit(tmp_path / "repo", {})


def check(repo: Path, *options: str, stdin: bytes = b"") -> Run:
    return migrator("check", ".", "--node-files", "nodes", *options, cwd=repo, stdin=stdin)


def words(run: Run) -> str:
    return " ".join(run.out.split())


def test_it_is_planned_as_flux_applies_it(repo: Path, remote: Upstream) -> None:
    run = check(repo, "--fetch")
    assert (run.code, run.err) == (0, "")
    assert "v4.2.4 thin -> v4.2.4 thick" in words(run), "its images name the release"
    assert "Kustomization flux-system/multus applies upstream's own manifest" in words(run)
    assert "today" not in words(run).partition("P21")[0], "a tag does not move"
    assert {path.rpartition("/")[2] for path in remote.asked} == {"multus-daemonset.yml"}


def test_without_a_download_one_command_is_named(repo: Path, remote: Upstream) -> None:
    run = check(repo)
    assert run.code == 4
    assert run.out.startswith("NOT SEEN WHOLE: 1 problem.")
    assert "give --fetch, which has kustomize download its manifest" in words(run)
    assert f"{THIN_URL} > FILE" in words(run)
    assert "--rendered flux-system/multus=FILE" in words(run)
    assert remote.asked == []


def test_a_kustomization_alone_asks_for_its_source(repo: Path, remote: Upstream) -> None:
    run = migrator("check", "clusters/heron/kustomizations.yaml", "--fetch", cwd=repo)
    assert run.code == 4
    assert "or the file of the source multus-cni too" in words(run)
    both = ("clusters/heron/kustomizations.yaml", "clusters/heron/sources.yaml")
    assert migrator("check", *both, "--fetch", cwd=repo).code == 0


def test_what_was_downloaded_by_hand_is_given(repo: Path) -> None:
    run = check(repo, "--rendered", "flux-system/multus=-", stdin=THIN.encode())
    assert (run.code, run.err) == (0, "")
    assert "v4.2.4 thin -> v4.2.4 thick" in words(run)


@pytest.mark.parametrize(
    ("taken", "given", "runs"),
    [("", THICK, "thick"), ("-thick", THIN, "thin")],
    ids=["the thick one for the thin one", "the thin one for the thick one"],
)
def test_the_manifest_of_the_other_mode_is_not_what_it_takes(
    taken: str, given: str, runs: str, repo: Path
) -> None:
    """Where thin Multus runs, NOTHING TO CHANGE would be wrong."""
    path = repo / "clusters/heron/sources.yaml"
    path.write_text(
        path.read_text().replace("multus-daemonset.yml", f"multus-daemonset{taken}.yml")
    )
    run = check(repo, "--rendered", "flux-system/multus=-", stdin=given.encode())
    assert run.code == 4
    why = f"what was given runs {runs} mode, and it takes deployments/multus-daemonset{taken}.yml"
    assert why in words(run)
    assert "--rendered multus=FILE" not in run.err


def test_a_range_of_versions_is_not_asked_for_in_a_way_that_fails_alike(repo: Path) -> None:
    path = repo / "clusters/heron/sources.yaml"
    path.write_text(path.read_text().replace("    tag: v4.2.4\n", "    semver: '*'\n"))
    run = check(repo, "--rendered", "multus=-", stdin=THIN.encode())
    assert run.code == 4
    assert "build what is applied, and give that as INPUT in place of the object" in words(run)
    assert "multus=FILE" not in words(run)


def test_a_patch_that_does_not_fit_what_was_given_is_said(repo: Path) -> None:
    path = repo / "clusters/heron/kustomizations.yaml"
    patch = '  patches: [{target: {kind: DaemonSet}, patch: "[{op: remove, path: /spec/x}]"}]\n'
    path.write_text(path.read_text().replace("  images:\n", f"{patch}  images:\n", 1))
    run = check(repo, "--rendered", "multus=-", stdin=THIN.encode())
    assert run.code == 4
    assert "see that what was given is what it takes, and that its patches fit" in words(run)


def test_a_branch_is_said_to_move(repo: Path, remote: Upstream) -> None:
    path = repo / "clusters/heron/sources.yaml"
    path.write_text(path.read_text().replace("    tag: v4.2.4\n", "    branch: master\n"))
    remote.files |= manifests("master")
    run = check(repo, "--fetch")
    assert run.code == 0
    assert "which may be another one tomorrow" in words(run)
    assert "name the tag of a release" in words(run)


def test_a_manifest_that_is_not_there_is_said(repo: Path, remote: Upstream) -> None:
    remote.files.clear()
    run = check(repo, "--fetch")
    assert run.code == 4
    assert "Kustomization flux-system/multus cannot be rendered" in words(run)
    assert "/tmp" not in run.out + run.err
    assert len(run.err.splitlines()) == 1


def test_what_keeps_other_files_is_not_seen(repo: Path, remote: Upstream) -> None:
    path = repo / "clusters/heron/sources.yaml"
    path.write_text(path.read_text().replace("    /deployments/*\n", ""))
    for options in ((), ("--fetch",)):
        run = check(repo, *options)
        assert run.code == 4
        assert "it keeps whatever deployments holds, also files not known here" in words(run)
    assert remote.asked == []


def test_an_application_takes_it_as_it_is(tmp_path: Path, remote: Upstream) -> None:
    repo = commit(tmp_path / "repo", {"app.yaml": APPLICATION})
    run = migrator("check", ".", "--fetch", "--source", "4.2.4", cwd=repo)
    assert run.code == 0, run.out
    assert "Application argocd/multus applies upstream's own manifest" in words(run)
    without = migrator("check", ".", cwd=repo)
    assert without.code == 4
    assert "--rendered argocd/multus=FILE" in words(without)


def test_common_metadata_is_on_the_objects_alone(repo: Path, remote: Upstream) -> None:
    path = repo / "clusters/heron/kustomizations.yaml"
    common = "  commonMetadata:\n    labels: {name: heron}\n    annotations: {by: flux}\n"
    path.write_text(path.read_text().replace("  wait: true\n", f"  wait: true\n{common}"))
    run = migrator("plan", ".", "--node-files", "nodes", "--fetch", "-o", "../out", "-q", cwd=repo)
    assert (run.code, run.err) == (0, "")
    (base,) = (repo.parent / "out/base").glob("daemonset*")
    daemonset = yaml.safe_load(base.read_text())
    assert daemonset["metadata"]["labels"] == {"app": "multus", "name": "heron", "tier": "node"}
    assert daemonset["metadata"]["annotations"] == {"by": "flux"}
    assert daemonset["spec"]["template"]["metadata"]["labels"]["name"] == "multus"
    assert "annotations" not in daemonset["spec"]["template"]["metadata"]
