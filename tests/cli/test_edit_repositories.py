"""``edit`` and ``pr`` in each sample repository: every line of the diff, and what is applied before and
after.

To write the diffs anew after a change that is meant: ``MIGRATOR_UPDATE_GOLDEN=1 pytest
tests/cli/test_edit_repositories.py``, then read the difference.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from yamllint import linter
from yamllint.config import YamlLintConfig

from migrator.model.errors import MigratorError
from migrator.read.files import TOOL
from migrator.tools.kustomize import builder, find_tool
from migrator.trees.laid_out import page
from migrator.trees.paths import diff_paths
from tests.cli.clones import CONFIG
from tests.cli.test_edit import commit, git, objects
from tests.cli.test_edit_flux import post_rendered
from tests.cli.tools import Run, migrator, tree
from tests.gitops import repositories
from tests.gitops.repositories import GITOPS, LAYOUTS

pytestmark = [pytest.mark.kustomize, pytest.mark.helm]

NOT_SEEN = {"flux-gitrepository": "M17", "remote-root": "M16", "remote-root-thick": "M16"}
"""What takes upstream's manifest from a URL, which nobody fetched."""
NO_WRITER = {"k3s-helmchart-rke2-multus": "P54"}
"""A chart that nothing can patch after it was rendered, and of whose values nothing is known."""
THICK_MODE = {"flux-rke2-multus": "multus", "rke2-helmchartconfig": "rke2-multus"}
"""Whose chart has a thick mode, which its values switch on -> the name of the release."""
NEW = "multus-daemon-config"
DEFAULT = YamlLintConfig("extends: default")
OLD_TAG, NEXT_TAG = "v4.2.4-thick", "v4.3.0-thick"
FETCHED = ["flux-gitrepository", "remote-root"]
"""Of these, what `edit` writes once it may download: test_edit_refs.py, test_edit_root_refs.py."""
SHARED = "flux-shared-root"
"""Of which one cluster is the INPUT: test_edit_shared_root.py."""
WRITTEN = [name for name in LAYOUTS if name not in {**NOT_SEEN, **NO_WRITER, SHARED: ""}]


def each(layouts: Iterable[str]) -> pytest.MarkDecorator:
    """The tests of one layout run in one process, since they look at the same edit."""
    params = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in layouts]
    return pytest.mark.parametrize("layout", params)


EACH = each(WRITTEN)


@dataclass(frozen=True, kw_only=True)
class Edited:
    """What is applied from a repository ``before`` and ``after`` its ``run`` of pr was merged, what the plan
    ``built`` of it (and of its ``base``), what edit said ``again``, and its files at the start and once
    Git had taken the merge back; and what the CI of its owners says of it."""

    run: Run
    before: Mapping[Any, Any]
    after: Mapping[Any, Any]
    built: Mapping[Any, Any]
    base: Mapping[Any, Any]
    again: Run
    status: str
    complaints: tuple[Mapping[str, set[str]], Mapping[str, set[str]]]
    unbuilt: list[str]
    bumped: Run
    files: tuple[Mapping[str, str], Mapping[str, str]]


@pytest.fixture(scope="session")
def known() -> dict[str, Edited]:
    return {}


@pytest.fixture
def edited(
    layout: str, known: dict[str, Edited], tmp_path_factory: pytest.TempPathFactory
) -> Edited:
    if layout not in known:
        known[layout] = _edited(layout, tmp_path_factory.mktemp(layout))
    return known[layout]


def _edited(layout: str, folder: Path) -> Edited:
    repo = copied(layout, folder)
    plan = migrator("plan", ".", "--node-files", "nodes", "-o", "../out", "-q", cwd=repo)
    assert (plan.code, plan.err) == (0, "")
    old, before = files(repo), applied(folder, layout)
    run = merged(repo)
    after = applied(folder, layout)
    again, status = edit(repo), git(repo, "status", "--porcelain")
    complaints = (complaints_of(repo, "HEAD~"), complaints_of(repo, "HEAD"))
    unbuilt, bumped = [*not_built(repo)], bump(repo)
    git(repo, "revert", "--no-edit", "-m", "1", "HEAD")
    return Edited(
        run=run,
        before=before,
        after=after,
        built=built(folder / "out"),
        base=built(folder / "out/base"),
        again=again,
        status=status,
        files=(old, files(repo)),
        complaints=complaints,
        unbuilt=unbuilt,
        bumped=bumped,
    )


def complaints_of(repo: Path, revision: str) -> dict[str, set[str]]:
    """The rules of yamllint, as it comes, that each file of the repository breaks; without those of charts."""
    packed = repo.parent / "revision.tar"
    git(repo, "archive", "--output", str(packed), revision)
    with tarfile.open(packed) as files:
        texts = {
            each.name: data.read().decode()
            for each in files
            if each.name.endswith((".yaml", ".yml"))
            and "/charts/" not in f"/{each.name}"
            and (data := files.extractfile(each))
        }
    assert texts
    return {name: set(rules_of(text)) for name, text in texts.items()}


@cache
def rules_of(text: str) -> frozenset[str]:
    """The rules that a text breaks; most files are the same before and after."""
    return frozenset(str(problem.rule) for problem in linter.run(text, DEFAULT))


def not_built(repo: Path) -> Iterator[str]:
    """The folders with a kustomization that hold a changed file, and cannot be built."""
    changed = [Path(n) for n in git(repo, "diff", "--name-only", "HEAD~", "HEAD").splitlines()]
    for folder in {parent for path in changed for parent in path.parents}:
        if (repo / folder / "kustomization.yaml").exists():
            try:
                built(repo / folder)
            except MigratorError as error:
                yield f"{folder}: {error}"


def bump(repo: Path) -> Run:
    """What `plan` says once a bot has put the next release into the files that name this one."""
    for name in git(repo, "grep", "-l", "--fixed-strings", OLD_TAG, "--", ":!charts").splitlines():
        path = repo / name
        path.write_text(path.read_text().replace(OLD_TAG, NEXT_TAG))
    run = migrator("plan", ".", "--node-files", "nodes", "--dry-run", cwd=repo)
    git(repo, "checkout", "--quiet", ".")
    return run


def copied(layout: str, folder: Path) -> Path:
    shutil.copytree(GITOPS / layout, folder / layout)
    return commit(folder / layout, {})


def merged(repo: Path, *inputs: str) -> Run:
    """What `pr` pushes to a bare repository, merged as it is there."""
    remote, config = repo.parent / "remote.git", repo.parent / "gitconfig"
    git(repo, "clone", "--quiet", "--bare", ".", str(remote))
    git(repo, "remote", "add", "origin", f"file://{remote}")
    config.write_text(CONFIG)
    words = [*(inputs or ["."]), "--node-files", "nodes", "--push"]
    run = migrator("pr", *words, cwd=repo, env={"GIT_CONFIG_GLOBAL": str(config)})
    assert git(repo, "status", "--porcelain") == ""
    branch, *back = git(
        remote, "branch", "--list", "--format=%(refname:short)", f"{TOOL}/*"
    ).split()
    assert back in ([], [f"{branch}-back"])
    git(repo, "fetch", "--quiet", "origin")
    git(repo, "merge", "--quiet", "--no-ff", "--message", "merged", f"origin/{branch}")
    return run


def edit(repo: Path, *options: str) -> Run:
    return migrator("edit", ".", "--node-files", "nodes", *options, cwd=repo)


def files(repo: Path) -> Mapping[str, str]:
    return {name: digest for name, digest in tree(repo).items() if ".git/" not in name}


def built(folder: Path) -> dict[Any, Any]:
    tool = find_tool()
    assert tool is not None
    return objects(builder(tool)(folder))


@EACH
def test_every_line_of_the_diff_is_as_it_was_read(
    layout: str, tmp_path: Path, tell: Callable[[str, str], None]
) -> None:
    run = edit(copied(layout, tmp_path), "--diff")
    assert (run.code, run.err) == (0, "")
    golden = GITOPS / f"{layout}.diff"
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        golden.write_text(run.out, encoding="utf-8")
    assert run.out == golden.read_text(encoding="utf-8")
    tell("lines of the diff of edit in each repository", f"{layout}: {len(run.out.splitlines())}")


def test_there_is_a_diff_for_each_layout_that_is_written() -> None:
    assert sorted(path.stem for path in GITOPS.glob("*.diff")) == sorted(
        [*WRITTEN, *FETCHED, SHARED]
    )


def applied(folder: Path, layout: str) -> dict[Any, Any]:
    """The objects of Multus that are applied from the repository of that name in ``folder``: built, or
    rendered and then post-rendered as its release says, with the new files beside it."""
    root = folder / layout
    if (root / "kustomization.yaml").exists():
        return built(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repositories, "GITOPS", folder)
        crds, others = repositories.crds_apart(repositories.rendered.__wrapped__(layout))
        releases = [each for _, each in repositories.objects(layout, "HelmRelease")]
    for release in releases:
        if release["metadata"]["name"] == "multus" and "postRenderers" in release["spec"]:
            others = post_rendered(release, others, folder)
    beside = [path.read_text() for path in root.rglob("multus-daemon-config.yaml")]
    return objects(crds, others, *beside)


@EACH
def test_what_was_planned_from_is_what_is_applied(edited: Edited) -> None:
    before, old = edited.before, edited.base
    assert (edited.run.code, edited.run.err) == (0, "")
    assert {key: old[key] for key in old if key in before} == {
        key: before[key] for key in before if key in old
    }


@each(name for name in WRITTEN if name not in THICK_MODE)
def test_what_is_applied_becomes_what_was_planned(edited: Edited) -> None:
    before, after = edited.before, edited.after
    assert "they are the plan, object by object" in " ".join(edited.run.out.split())
    wanted = {**before, **{key: edited.built[key] for key in edited.built if key in after}}
    assert after.keys() == wanted.keys()
    assert [diff_paths(after[key], wanted[key]) for key in wanted] == [[]] * len(wanted)
    new = [key for key in after if key not in before]
    assert [(kind, name) for _, kind, _, name in new] == [("ConfigMap", NEW)]


def directories(pod: Any, container: Any) -> dict[str, tuple[str, Any]]:
    """Where a container sees which directory of the host, and how mounts spread."""
    hosts = {v["name"]: v["hostPath"]["path"] for v in pod["volumes"] if "hostPath" in v}
    return {
        mount["mountPath"]: (hosts[mount["name"]], mount.get("mountPropagation"))
        for mount in container["volumeMounts"]
        if mount["name"] in hosts
    }


def config_maps(objects: Mapping[Any, Any]) -> dict[str, Any]:
    return {key[3]: each for key, each in objects.items() if key[1] == "ConfigMap"}


@each(THICK_MODE)
def test_the_thick_mode_of_a_chart_runs_what_was_planned(layout: str, edited: Edited) -> None:
    """Under its own names. What no value says is there where the release has post-renderers."""
    before, after, planned = edited.before, edited.after, edited.built
    said = " ".join(edited.run.out.split())
    assert "It is the thick mode of the chart, and not the plan object by object" in said
    (config,) = (json.loads(o["data"]["daemon-config.json"]) for o in config_maps(after).values())
    assert list(config_maps(after)) == [f"{THICK_MODE[layout]}-v4.2.205-config"]
    assert config == json.loads(config_maps(planned)[NEW]["data"]["daemon-config.json"])
    (key,) = (key for key in before if key[1] == "DaemonSet")
    pods = [objects[key]["spec"]["template"]["spec"] for objects in (after, planned)]
    mains = [pod["containers"][0] for pod in pods]
    for field in ("image", "command", "args", "securityContext", "terminationMessagePolicy"):
        assert mains[0].get(field) == mains[1].get(field)
    assert mains[0]["resources"] == mains[1]["resources"]
    assert pods[0]["hostPID"] is pods[0]["hostNetwork"] is True
    mounts = [directories(*each) for each in zip(pods, mains, strict=True)]
    (_, installer), (_, wanted) = (pod["initContainers"] for pod in pods)
    if "it goes without" in said:
        assert mounts[1].pop("/var/log") == ("/var/log", None)
        assert "S05 initContainers[name=install-multus-binary].command" in said
        assert (installer["command"][0], pods[0]["terminationGracePeriodSeconds"]) == ("sh", 10)
    else:
        assert installer["command"] == wanted["command"]
        assert pods[0]["terminationGracePeriodSeconds"] == 30
    assert mounts[0] == mounts[1]
    others = [key for key in before if key[1] not in ("DaemonSet", "ConfigMap")]
    assert [after[key] for key in others] == [before[key] for key in others]


@EACH
def test_it_is_done_once_and_git_takes_it_back(edited: Edited) -> None:
    assert edited.run.code == edited.again.code == 0
    assert edited.again.out.startswith("NOTHING TO CHANGE")
    assert edited.status == ""
    old, taken_back = edited.files
    assert taken_back == old


@EACH
def test_the_ci_of_its_owners_stays_green(edited: Edited) -> None:
    """No file breaks a rule of yamllint that it did not break, and a new one but the rule of which files
    begin with ---; what was built is built, and a bot goes on."""
    before, after = edited.complaints
    found = {name: after[name] - before.get(name, {"document-start"}) for name in after}
    assert {name: rules for name, rules in found.items() if rules} == {}
    assert edited.unbuilt == []
    assert (edited.bumped.code, edited.bumped.err) == (0, "")
    assert edited.bumped.out.startswith("NOTHING TO CHANGE")
    assert "v4.3.0 thick" in edited.bumped.out


@pytest.mark.parametrize(
    "sample",
    ["gitops/flux-rke2-multus-k3s", "gitops/flux-thin-chart", "gitops/kustomize-root", "v3.9"],
)
def test_files_that_a_linter_passes_pass_again(sample: str, tmp_path: Path) -> None:
    """The samples themselves have long lines; here each line ends at 80 before the edit."""
    repo = tmp_path / "repo"
    shutil.copytree(GITOPS.parent / sample, repo)
    for path in [p for p in repo.rglob("*.yaml") if "charts" not in p.parts]:
        found = repositories.documents(path)
        path.write_text("".join(f"---\n{page(document)}" for document in found))
    nodes = next(path.name for path in repo.iterdir() if "nodes" in path.name)
    commit(repo, {})
    before = complaints_of(repo, "HEAD")
    run = migrator("edit", ".", "--node-files", nodes, "-q", cwd=repo)
    assert (run.code, run.err) == (0, "")
    git(repo, "add", "--all")
    after = complaints_of(repo, git(repo, "write-tree").strip())
    assert after.keys() != before.keys()
    assert {name: after[name] for name in after if after[name] - before.get(name, set())} == {}
    written = git(repo, "diff", "--cached", "--name-only").split()
    assert [name for name in written if after.get(name)] == []


@pytest.mark.parametrize("layout", [*NOT_SEEN, *NO_WRITER])
def test_what_cannot_be_written_is_blocked(layout: str, tmp_path: Path) -> None:
    repo = copied(layout, tmp_path)
    before = tree(repo)
    run = edit(repo)
    assert run.code == 4
    assert {**NOT_SEEN, **NO_WRITER}[layout] in run.out
    assert tree(repo) == before
