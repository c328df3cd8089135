"""``review --git``: both states from a repository, as objects, without a checkout."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.clones import first
from tests.cli.tools import ROOT, Run, migrator, tree

SAMPLE = ROOT / "samples" / "v4.0-thin"
MULTUS, VIDEO = "infra/multus.yaml", "apps/video.yaml"


def git(repo: Path, *words: str, given: bytes | None = None) -> str:
    settings = ("user.name=a", "user.email=a@example.invalid", "protocol.file.allow=always")
    options = [word for setting in settings for word in ("-c", setting)]
    command = ["git", "-C", str(repo), *options, *words]
    done = subprocess.run(command, check=True, capture_output=True, input=given)
    return done.stdout.decode().strip()


def commit(repo: Path, files: Mapping[str, str | bytes | None]) -> str:
    """Writes files, removes those that are None, commits all of it; the commit."""
    for name, text in files.items():
        if text is None:
            (repo / name).unlink()
            continue
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    if not (repo / ".git").exists():
        first(repo, _save)
    else:
        _save(repo)
    return git(repo, "rev-parse", "HEAD")


def _save(repo: Path) -> None:
    git(repo, "add", "--all", "--force")
    git(repo, "commit", "--quiet", "--allow-empty", "--message", "as it is")


def manifest(name: str) -> str:
    return (SAMPLE / "manifests" / name).read_text(encoding="utf-8")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with the sample in two folders, and something that is none of it."""
    folder = tmp_path / "repo"
    shop = "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\n"
    files = {MULTUS: manifest("multus.yaml"), VIDEO: manifest("video.yaml"), "apps/shop.yaml": shop}
    commit(folder, files)
    return folder


def review(repo: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Run:
    return migrator("review", "--git", *arguments, cwd=repo, env=env)


BUMPED = {MULTUS: manifest("multus.yaml").replace("v4.0.2", "v4.2.4-thick")}


def test_a_bump_is_found_where_it_stands(repo: Path) -> None:
    commit(repo, BUMPED)
    run = review(repo, "HEAD~1..HEAD")
    assert (run.code, run.err) == (4, "")
    assert run.out.startswith("BREAKS: 1 new blocker\n")
    assert "before: HEAD~1: Multus v4.0.2 thin" in run.out
    assert f"({MULTUS}:80)" in run.out
    github = review(repo, "HEAD~1..HEAD", "--format", "github").out
    assert f"::error file={MULTUS},line=80," in github


def test_a_revision_and_itself(repo: Path) -> None:
    run = review(repo, "HEAD..HEAD", "--detailed-exitcode")
    assert run.code == 0
    assert run.out.startswith("NOTHING CHANGES\n")


def test_what_is_not_committed_does_not_count(repo: Path) -> None:
    (repo / MULTUS).write_text(BUMPED[MULTUS])
    before = tree(repo)
    assert review(repo, "HEAD..HEAD", "--detailed-exitcode").code == 0
    assert tree(repo) == before, "nothing of the repository is written"


def test_three_dots_begin_where_the_branch_left(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "-b", "change")
    commit(repo, {VIDEO: manifest("video.yaml").replace("br-cam", "br-other")})
    git(repo, "checkout", "--quiet", "main")
    commit(repo, BUMPED)
    run = review(repo, "main...change", "--detailed-exitcode")
    assert run.code == 2
    assert run.out.startswith("CHANGES: 1 network changes; nothing is lost\n")
    assert "P66" not in run.out
    assert "P66" in review(repo, "main..change").out, "the way from one to the other takes it back"


def test_paths_are_those_of_the_working_directory(repo: Path) -> None:
    commit(repo, {**BUMPED, VIDEO: manifest("video.yaml").replace("br-cam", "br-other")})
    assert migrator("review", "--git", "HEAD~1..HEAD", "apps", cwd=repo).code == 0
    assert migrator("review", "--git", "HEAD~1..HEAD", ".", cwd=repo / "apps").code == 0
    run = migrator("review", "--git", "HEAD~1..HEAD", "../infra/multus.yaml", cwd=repo / "apps")
    assert run.code == 4
    assert f"({MULTUS}:80)" in run.out


def test_a_path_that_only_one_side_has(repo: Path) -> None:
    moved = "other/video.yaml"
    commit(repo, {VIDEO: None, moved: manifest("video.yaml")})
    whole = review(repo, "HEAD~1..HEAD", "--detailed-exitcode")
    assert whole.code == 0, "a file that moves changes nothing"
    run = review(repo, "HEAD~1..HEAD", "other")
    assert "before: HEAD~1: no Multus" in run.out
    assert run.code == 0


def test_a_deleted_install(repo: Path) -> None:
    commit(repo, {MULTUS: None})
    run = review(repo, "HEAD~1..HEAD")
    assert run.code == 4
    assert "no Multus is left" in run.out


def test_a_repository_without_multus_is_one_line(repo: Path) -> None:
    commit(repo, {MULTUS: None, VIDEO: None})
    run = review(repo, "HEAD..HEAD")
    assert (run.code, run.out.count("\n")) == (0, 1)


@pytest.mark.kustomize
def test_a_kustomize_root_is_built_in_each_revision(repo: Path) -> None:
    image = "ghcr.io/k8snetworkplumbingwg/multus-cni"
    root = f"resources: [../base]\nimages: [{{name: {image}, newTag: TAG}}]\n"
    files = {
        "base/kustomization.yaml": "resources: [multus.yaml]\n",
        "base/multus.yaml": manifest("multus.yaml"),
        "overlay/kustomization.yaml": root.replace("TAG", "v4.0.2"),
    }
    commit(repo, files)
    commit(repo, {"overlay/kustomization.yaml": root.replace("TAG", "v4.2.4-thick")})
    run = review(repo, "HEAD~1..HEAD", "overlay")
    assert run.code == 4, run.err
    assert "overlay (built)" in run.out


def test_node_files_of_the_repository(repo: Path) -> None:
    conf = '{"cniVersion": "0.3.1", "name": "cameras", "type": "bridge"}'
    nodes = "nodes/etc/cni/multus/net.d"
    empty = manifest("video.yaml").partition("---")[2]
    nad = (
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
        "metadata: {name: cameras, namespace: video}\n---"
    )
    files = {
        VIDEO: nad + empty,
        f"{nodes}/cameras.conf": conf,
        f"{nodes}/lan.conf": conf.replace("cameras", "lan"),
    }
    commit(repo, files)
    commit(repo, {f"{nodes}/cameras.conf": None})
    run = review(repo, "HEAD~1..HEAD", "infra", "apps", "--node-files", "nodes")
    assert run.code == 4, run.out
    assert "lost: Deployment video/recorder: video/cameras" in run.out


TOML = '[[suppress]]\nid = "P66"\nobject = "*"\nreason = "our own build"\n'


def test_settings_count_as_they_are_in_base(repo: Path) -> None:
    commit(repo, {**BUMPED, "multus-migrator.toml": TOML})
    run = review(repo, "HEAD~1..HEAD")
    assert run.code == 4
    assert "multus-migrator.toml is new (multus-migrator.toml:1)" in run.out
    commit(repo, {MULTUS: manifest("multus.yaml")})
    commit(repo, BUMPED)
    assert review(repo, "HEAD~1..HEAD").code == 0, "the reason holds from the next change on"


def test_allow_is_no_setting(repo: Path) -> None:
    commit(repo, BUMPED)
    environment = {"MULTUS_MIGRATOR_REVIEW_ALLOW": "P66"}
    assert review(repo, "HEAD~1..HEAD", env=environment).code == 4
    assert review(repo, "HEAD~1..HEAD", "--allow", "P66").code == 0


def test_a_link_is_not_followed(repo: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(BUMPED[MULTUS])
    (repo / "infra" / "out.yaml").symlink_to(outside)
    (repo / "infra" / "in.yaml").symlink_to("../apps/video.yaml")
    commit(repo, {})
    run = review(repo, "HEAD~1..HEAD")
    assert run.code == 4
    assert run.out.startswith("NOT SEEN WHOLE")
    assert "infra/out.yaml:1: a link, which is not followed in a revision" in run.out
    assert "infra/in.yaml" not in run.out, "what it leads to is read by its own name"
    assert "P66" not in run.out


def test_a_submodule_is_said_and_left_out(repo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    commit(other, BUMPED)
    git(repo, "submodule", "--quiet", "add", str(other), "vendor")
    commit(repo, {})
    run = review(repo, "HEAD~1..HEAD")
    assert run.code == 0, run.out
    assert run.err == "left out: the submodule vendor\n"


def test_nothing_of_the_repository_is_run(repo: Path, tmp_path: Path) -> None:
    """Filters, text conversion, hooks and the file system monitor are programs of somebody's."""
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    commit(repo, {".gitattributes": "*.yaml filter=x diff=x\n"})
    for key in ("filter.x.smudge", "filter.x.clean", "diff.x.textconv", "core.fsmonitor"):
        git(repo, "config", key, str(program))
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (repo / ".git/hooks" / hook).write_text(program.read_text())
        (repo / ".git/hooks" / hook).chmod(0o755)
    run = review(repo, "HEAD~1..HEAD")
    assert run.code == 0
    assert not mark.exists()


def _tree_of(repo: Path, name: bytes, blob: str) -> str:
    """A commit whose tree has one file of that name, as no ``git add`` makes it."""
    raw = b"100644 " + name + b"\0" + bytes.fromhex(blob)
    made = git(repo, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", given=raw)
    return git(repo, "commit-tree", made, "-m", "x")


@pytest.mark.parametrize(
    "name",
    [
        b"..",
        b".git",
        b"a\\..\\b.yaml",
        b"x\x1b[31m.yaml",
        b"..\\..\\evil.yaml",
        b"GIT~1",
        b"\xff.yaml",
    ],
)
def test_names_that_lead_elsewhere_are_not_written(repo: Path, name: bytes, tmp_path: Path) -> None:
    blob = git(repo, "rev-parse", f"HEAD:{MULTUS}")
    head = _tree_of(repo, name, blob)
    before = tree(tmp_path)
    run = review(repo, f"HEAD..{head}")
    assert "Traceback" not in run.err
    assert run.code == (4 if name.endswith(b".yaml") else 0), "a manifest that is not read is told"
    assert ("M16" in run.out) == name.endswith(b".yaml")
    assert "\x1b" not in run.out + run.err
    assert tree(tmp_path) == before


def test_bounds_hold(repo: Path) -> None:
    environment = {"MULTUS_MIGRATOR_MAX_COPY_FILES": "2"}
    run = review(repo, "HEAD..HEAD", env=environment)
    assert run.code == 1
    assert "holds more than 2 files" in run.err
    assert review(repo, "HEAD..HEAD", "infra", env=environment).code == 0


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("HEAD", 64, "is not BASE..HEAD"),
        ("..HEAD", 64, "is not BASE..HEAD"),
        ("absent..HEAD", 1, "absent names no commit"),
        ("--output=x..HEAD", 1, "names no commit"),
        ("HEAD:infra..HEAD", 1, "names no commit"),
    ],
)
def test_what_is_no_range(repo: Path, text: str, code: int, told: str) -> None:
    run = migrator("review", f"--git={text}", cwd=repo)
    assert run.code == code
    assert told in run.err


@pytest.mark.parametrize("path", ["absent", "../elsewhere"])
def test_a_path_that_no_revision_has(repo: Path, path: str) -> None:
    run = review(repo, "HEAD..HEAD", path)
    assert run.code == 1
    assert "is in neither revision" in run.err


def test_outside_of_a_repository(tmp_path: Path) -> None:
    run = review(tmp_path, "HEAD..HEAD")
    assert run.code == 1
    assert run.err.startswith("error: this folder is in no Git work tree")


def test_a_pod_that_istio_gives_a_network_is_seen(repo: Path) -> None:
    """Its manifest has no word of it: where Istio is named, every pod counts."""
    istio = (ROOT / "samples/istio-empty-nad/manifests").rglob("*.yaml")
    files = {f"mesh/{file.name}": file.read_text(encoding="utf-8") for file in istio}
    files["mesh/shop.yaml"] = (
        "apiVersion: v1\nkind: Namespace\n"
        "metadata: {name: shop, labels: {istio-injection: enabled}}\n"
    )
    files["mesh/plain.yaml"] = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: plain, namespace: shop}\n"
        "spec:\n  template:\n    spec:\n      containers: [{name: a, image: b}]\n"
    )
    commit(repo, files)
    folder = json.loads(migrator("review", "mesh", "mesh", "--format", "json", cwd=repo).out)
    found = json.loads(review(repo, "HEAD..HEAD", "mesh", "--format", "json").out)
    assert [each["origin"] for each in found["networks"]].count("injected") > 0
    for each in (*folder["networks"], *found["networks"]):
        del each["source"]
    assert found["networks"] == folder["networks"]
