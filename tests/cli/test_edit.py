"""``edit``: what it writes into whose files, how it is proved, and what it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.cli import output
from migrator.gitops.in_place import Rewrite
from migrator.model.errors import EnvironmentProblem
from migrator.tools.kustomize import builder, find_tool
from migrator.trees.paths import diff_paths
from tests.cli.clones import first
from tests.cli.test_contract import INSTALL
from tests.cli.tools import ROOT, Run, migrator, tree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = pytest.mark.kustomize

SAMPLES = sorted(path.parent.name for path in (ROOT / "samples").glob("*/expect.toml"))
NEW = "multus-daemon-config.yaml"
ROOT_FILE = "# ours\nresources:\n- multus.yaml  # the daemon\n"
OVERLAY = "resources: [../../base]\n"


SETTINGS = {"user.name": "a", "user.email": "a@example.invalid",
            "core.fsync": "none", "gc.auto": "0", "maintenance.auto": "false"}  # fmt: skip
"""None of the last three matters to a repository that lives for a second."""


def git(folder: Path, *words: str) -> str:
    settings = [word for each in SETTINGS.items() for word in ("-c", "=".join(each))]
    command = ["git", "-C", str(folder), *settings, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if not (folder / ".git").exists():
        return first(folder, _save)
    _save(folder)
    return folder


def _save(folder: Path) -> None:
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "as it is")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of manifests without a kustomization."""
    return commit(tmp_path, {"deploy/multus.yaml": INSTALL})


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """Two clusters over one base."""
    return commit(
        tmp_path,
        {
            "base/kustomization.yaml": ROOT_FILE,
            "base/multus.yaml": INSTALL,
            "clusters/a/kustomization.yaml": OVERLAY,
            "clusters/b/kustomization.yaml": "resources: [other.yaml]\n",
            "clusters/b/other.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n",
        },
    )


def refused(run: Run, folder: Path, before: dict[str, str]) -> str:
    """What it says of a run that wrote nothing."""
    assert (run.code, run.out) == (1, ""), run.err
    assert tree(folder) == before
    return run.err


def beside(run: Run, folder: Path) -> str:
    """Why it was not in place, of a run that left the base alone and wrote a component."""
    assert (run.code, run.err) == (0, "")
    assert git(folder, "status", "--short").splitlines() == [
        " M clusters/a/kustomization.yaml",
        "?? clusters/a/multus-thick/",
    ]
    return " ".join(run.out.partition("Not in place: ")[2].split())


def objects(*texts: str) -> dict[tuple[str, ...], Any]:
    """The objects by identity; an empty map of annotations says nothing."""
    found: dict[tuple[str, ...], Any] = {}
    documents = [each for text in texts for each in yaml.load_all(text, yaml.CSafeLoader) if each]
    for document in documents:
        for each in document["items"] if document["kind"] == "List" else [document]:
            metadata = each["metadata"]
            if not metadata.get("annotations", True):
                del metadata["annotations"]
            group = each["apiVersion"].rpartition("/")[0]
            found[group, each["kind"], metadata.get("namespace", ""), metadata["name"]] = each
    return found


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_holds_what_the_overlay_builds_and_is_done(
    sample: str, tmp_path: Path, tell: Callable[[str, str], None]
) -> None:
    there = ROOT / "samples" / sample
    shutil.copytree(there, tmp_path / "repo")
    repo = commit(tmp_path / "repo", {})
    arguments = tomllib.loads((there / "expect.toml").read_text())["args"]
    before = objects(*(path.read_text() for path in (repo / "manifests").rglob("*.y*ml")))
    planned = migrator("plan", *arguments, "-o", str(tmp_path / "out"), "--no-verify", cwd=repo)
    assert planned.code == 0
    tool = find_tool()
    assert tool is not None
    wanted = {**before, **objects(builder(tool)(tmp_path / "out"))}
    edited = migrator("edit", *arguments, cwd=repo)
    assert (edited.code, edited.err) == (0, "")
    raised = {key for key in before if ("apps", *key[1:]) in wanted and key[0] == "extensions"}
    after = objects(*(path.read_text() for path in (repo / "manifests").rglob("*.y*ml")))
    wanted = {key: value for key, value in wanted.items() if key not in raised}
    assert after.keys() == wanted.keys()
    assert [diff_paths(after[key], wanted[key]) for key in wanted] == [[]] * len(wanted)
    tell("lines that edit changes in a sample", f"{sample}: {git(repo, 'diff', '--shortstat')}")
    done = tree(repo)
    git(repo, "add", "--all")
    git(repo, "commit", "--allow-empty", "--quiet", "--message", "edited")
    again = migrator("edit", *arguments, cwd=repo)
    assert again.code == 0
    assert "Nothing in the files has to change" in again.out
    assert (
        tree(repo).items()
        >= {name: digest for name, digest in done.items() if not name.startswith(".git/")}.items()
    )


def test_the_diff_is_the_edit(place: Path) -> None:
    before = tree(place)
    shown = migrator("edit", "deploy", "--diff", cwd=place)
    assert shown.code == 0
    assert tree(place) == before
    assert migrator("edit", "deploy", cwd=place).code == 0
    edited = {name: (place / name).read_text() for name in ("deploy/multus.yaml", f"deploy/{NEW}")}
    git(place, "checkout", "--quiet", ".")
    (place / "deploy" / NEW).unlink()
    (place.parent / "diff").write_text(shown.out)
    git(place, "apply", str(place.parent / "diff"))
    assert {name: (place / name).read_text() for name in edited} == edited


@pytest.mark.parametrize(
    ("text", "where", "given"),
    [
        (INSTALL.replace("\n", "\r\n"), ".", "ab s"),
        (INSTALL.rstrip(), "ab s", "."),
        (f"# \u00fc\tx\n{INSTALL}", "c", "../ab s"),
        (INSTALL, "c", "ABS"),
    ],
)
def test_the_diff_can_be_applied_from_anywhere(
    tmp_path: Path, text: str, where: str, given: str
) -> None:
    place = commit(tmp_path / "repo", {"ab s/README": "", "c/x": ""})
    (place / "ab s/multus.yaml").write_bytes(text.encode())
    commit(place, {})
    given = given.replace("ABS", str(place / "ab s"))
    shown = migrator("edit", given, "--diff", cwd=place / where)
    assert shown.code == 0
    (tmp_path / "diff").write_bytes(shown.out.encode())
    assert migrator("edit", given, "-q", cwd=place / where).code == 0
    edited = tree(place / "ab s")
    git(place, "clean", "-dfq")
    git(place, "checkout", "--quiet", ".")
    git(place, "apply", str(tmp_path / "diff"))
    assert tree(place / "ab s") == edited


def test_lines_are_told_as_added_and_removed(place: Path) -> None:
    run = migrator("edit", "deploy", cwd=place)
    added, removed, _ = git(place, "diff", "--numstat").split("\t")
    assert f"deploy/multus.yaml: {added} lines added, {removed} removed" in run.out


def test_check_says_by_its_code_whether_something_would_be_written(place: Path) -> None:
    before = tree(place)
    run = migrator("edit", "deploy", "--check", cwd=place)
    assert run.code == 2
    assert f"deploy/{NEW}: new" in run.out
    assert "Nothing was written." in run.out
    assert tree(place) == before
    migrator("edit", "deploy", "-q", cwd=place)
    assert migrator("edit", "deploy", "--check", "-q", cwd=place) == Run(0, "", "")


def test_a_root_is_edited_in_its_base_which_lists_the_new_file(estate: Path) -> None:
    run = migrator("edit", "clusters/a", cwd=estate)
    assert (run.code, run.err) == (0, "")
    assert (estate / "base/kustomization.yaml").read_text() == f"{ROOT_FILE}- {NEW}\n"
    assert "built with" in run.out
    changed = git(estate, "status", "--short").splitlines()
    assert [line[3:] for line in changed] == [
        "base/kustomization.yaml",
        "base/multus.yaml",
        f"base/{NEW}",
    ]


@pytest.mark.parametrize("inputs", [("root", "more"), ("more", "root"), ("root", "more/rest.yaml")])
def test_objects_beside_a_root_are_edited_in_their_own_files(
    tmp_path: Path, inputs: tuple[str, ...]
) -> None:
    daemon, _, rest = INSTALL.partition("---\n")
    files = {"kustomization.yaml": "resources: [multus.yaml]\n", "multus.yaml": daemon}
    place = commit(tmp_path, {**{f"root/{n}": t for n, t in files.items()}, "more/rest.yaml": rest})
    assert migrator("edit", *inputs, "-q", cwd=place) == Run(0, "", "")
    changed = git(place, "status", "--short").splitlines()
    assert [line[3:] for line in changed] == [
        "more/rest.yaml",
        "root/kustomization.yaml",
        "root/multus.yaml",
        f"root/{NEW}",
    ]


def test_labels_that_a_root_gives_to_all_are_no_difference(estate: Path) -> None:
    labels = f"{OVERLAY}labels: [{{pairs: {{team: net}}}}]\ncommonAnnotations: {{team: net}}\n"
    commit(estate, {"clusters/a/kustomization.yaml": labels})
    assert migrator("edit", "clusters/a", "-q", cwd=estate) == Run(0, "", "")


@pytest.mark.parametrize("given", ["base", "base/multus.yaml"])
def test_another_cluster_over_the_base_stops_it(estate: Path, given: str) -> None:
    before = tree(commit(estate, {"clusters/b/kustomization.yaml": OVERLAY}))
    said = refused(migrator("edit", given, cwd=estate), estate, before)
    assert "clusters/b: it builds a file that changes, and would change too" in said


def test_a_file_that_git_ignores_is_missed_by_its_name(estate: Path) -> None:
    secret = f"{OVERLAY}secretGenerator: [{{name: s, envs: [secret.env]}}]\n"
    commit(estate, {".gitignore": "*.env\n", "clusters/a/kustomization.yaml": secret})
    (estate / "clusters/a/secret.env").write_text("a=b\n")
    before = tree(estate)
    said = refused(migrator("edit", "clusters/a", cwd=estate), estate, before)
    assert "`kubectl kustomize clusters/a` failed" in said or "`kustomize build" in said
    assert "secret.env: no such file or directory" in said
    assert "multus-migrator-" not in said
    assert "a copy, which holds no file that Git ignores" in said


def test_a_base_of_a_cluster_that_cannot_be_built_is_left_alone(estate: Path) -> None:
    broken = "resources: [../../base, absent.yaml]\n"
    commit(estate, {"clusters/b/kustomization.yaml": broken})
    said = beside(migrator("edit", "clusters/a", cwd=estate), estate)
    assert "clusters/b: it builds a file that changes, and cannot be built here" in said


PLUGIN = """\
apiVersion: builtin
kind: ConfigMapGenerator
metadata: {name: copy}
files: [KEYbase/multus.yaml]
"""


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": PLUGIN}, id="file"),
        pytest.param(
            {
                "kustomization.yaml": "Generators: [g]\n",
                "g/kustomization.yaml": "resources: [g.yaml]\n",
                "g/g.yaml": PLUGIN.replace("KEY", "key="),
            },
            id="folder",
        ),
        pytest.param(
            {"kustomization.yaml": yaml.safe_dump({"generators": [PLUGIN]})}, id="in the list"
        ),
        pytest.param(
            {
                "kustomization.yaml": yaml.safe_dump(
                    {"generators": [json.dumps(yaml.safe_load(PLUGIN))]}, width=1000
                )
            },
            id="in the list, on one line",
        ),
    ],
)
def test_a_file_that_a_plugin_of_another_root_reads_is_left_alone(
    estate: Path, files: dict[str, str]
) -> None:
    commit(estate, {name: text.replace("KEY", "") for name, text in files.items()})
    said = beside(migrator("edit", "clusters/a", cwd=estate), estate)
    assert f"{estate.name}: it builds a file that changes, and would change too" in said


def test_names_that_no_file_can_have_are_none_of_it(estate: Path) -> None:
    odd = f'namePrefix: "\\0"\ngenerators: [{"x" * 5000}]\nresources: [{"y" * 5000}]\n'
    commit(estate, {"clusters/b/kustomization.yaml": odd})
    assert migrator("edit", "clusters/a", "-q", cwd=estate) == Run(0, "", "")


def test_a_template_of_a_kustomization_is_none_unless_it_may_name_a_file(estate: Path) -> None:
    template = "resources: [{{ name }}.yaml\n"
    commit(estate, {"new/kustomization.yaml": template})
    assert migrator("edit", "clusters/a", "--diff", cwd=estate).code == 0
    naming = template.replace("{{ name }}", "../base/multus")
    before = tree(commit(estate, {"new/kustomization.yaml": naming}))
    said = refused(migrator("edit", "clusters/a", cwd=estate), estate, before)
    assert "new/kustomization.yaml:" in said


def test_a_cluster_with_a_base_of_its_own_is_none_of_it(estate: Path) -> None:
    commit(
        estate,
        {"clusters/b/multus.yaml": INSTALL, "clusters/b/kustomization.yaml": ROOT_FILE},
    )
    assert migrator("edit", "clusters/a", "-q", cwd=estate) == Run(0, "", "")
    assert git(estate, "status", "--short", "clusters") == ""


IMAGE = "ghcr.io/k8snetworkplumbingwg/multus-cni"
MIRRORED = f"images:\n- name: {IMAGE}\n  newName: mirror.example/k8snetworkplumbingwg/multus-cni\n"


@pytest.mark.parametrize(
    ("images", "becomes"),
    [
        (
            f"images:  # Renovate looks here\n- name: {IMAGE}  # thin\n  newTag: v4.0.1\n",
            f"images:  # Renovate looks here\n- name: {IMAGE}  # thin\n  newTag: v4.2.4-thick\n",
        ),
        (
            f"images: [{{name: {IMAGE}, newTag: v4.1.4}}]\n",
            f"images: [{{name: {IMAGE}, newTag: v4.2.4-thick}}]\n",
        ),
        (
            MIRRORED,
            f"{MIRRORED}  newTag: v4.2.4-thick\n",
        ),
        (
            f"images:\n- name: other\n  newTag: v1\n- name: {IMAGE}\n  newTag: v4.0.1\n",
            f"images:\n- name: other\n  newTag: v1\n- name: {IMAGE}\n  newTag: v4.2.4-thick\n",
        ),
    ],
    ids=["tag", "the same tag", "name alone", "beside another"],
)
def test_an_image_that_the_root_sets_is_changed_there(
    estate: Path, images: str, becomes: str
) -> None:
    commit(estate, {"clusters/a/kustomization.yaml": OVERLAY + images})
    run = migrator("edit", "clusters/a", cwd=estate)
    assert (run.code, run.err) == (0, "")
    assert (estate / "clusters/a/kustomization.yaml").read_text() == OVERLAY + becomes
    assert f"image: {IMAGE}:v4.1.4\n" in (estate / "base/multus.yaml").read_text()
    assert (estate / "base/kustomization.yaml").read_text() == f"{ROOT_FILE}- {NEW}\n"
    commit(estate, {})
    again = migrator("edit", "clusters/a", cwd=estate)
    assert again.out.startswith("NOTHING TO CHANGE")


PATCH = """\
# what this cluster has otherwise
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-multus-ds, namespace: kube-system}
spec:
  template:
    spec:
      priorityClassName: high  # asked for by the storage team
      containers:
      - name: kube-multus
        args: [--multus-conf-file=auto, --namespace-isolation=true]
        resources: {limits: {cpu: 50m}}
"""


def test_a_value_that_a_patch_of_the_root_makes_is_changed_there(estate: Path) -> None:
    files = {
        "clusters/a/kustomization.yaml": f"{OVERLAY}patches:\n- path: own.yaml\n",
        "clusters/a/own.yaml": PATCH,
    }
    commit(estate, files)
    run = migrator("edit", "clusters/a", cwd=estate)
    assert (run.code, run.err) == (0, "")
    text = (estate / "clusters/a/own.yaml").read_text()
    assert text.startswith("# what this cluster has otherwise\n")
    assert "args" not in text
    assert "high  # asked for by the storage team" in text, "a class of the user's own stays"
    assert "cpu: 50m" not in text
    tool = find_tool()
    assert tool is not None
    built = builder(tool)(estate / "clusters/a")
    assert '"namespaceIsolation": true' in built
    assert "args:" not in built
    commit(estate, {})
    assert migrator("edit", "clusters/a", cwd=estate).out.startswith("NOTHING TO CHANGE")


@pytest.mark.parametrize(
    "images",
    [
        f"images:\n- name: {IMAGE}\n  newTag: v4.0.1\n  tagSuffix: -x\n",
        f"images:\n- name: {IMAGE}\n  newTag: v4.0.1\n- name: {IMAGE}\n  newTag: v4.0.1\n",
    ],
    ids=["a field that is not known", "two entries"],
)
def test_an_image_whose_place_is_not_clear_is_not_changed(estate: Path, images: str) -> None:
    before = tree(commit(estate, {"clusters/a/kustomization.yaml": OVERLAY + images}))
    said = refused(migrator("edit", "clusters/a", cwd=estate), estate, before)
    assert "image" in said


def test_what_a_root_renames_is_in_no_file(estate: Path) -> None:
    before = tree(commit(estate, {"clusters/a/kustomization.yaml": f"{OVERLAY}namePrefix: x-\n"}))
    said = refused(migrator("edit", "clusters/a", cwd=estate), estate, before)
    assert "stands in no file of its own" in said


def test_a_blocked_plan_writes_nothing(place: Path) -> None:
    text = INSTALL.replace("ghcr.io/k8snetworkplumbingwg/multus-cni", "registry.example/net/multus")
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {k8s.v1.cni.cncf.io/networks: n}}\n"
    nad = "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {name: n}\n"
    config = 'spec: {config: \'{"cniVersion": "0.3.1", "type": "macvlan"}\'}\n'
    before = tree(
        commit(
            place,
            {"deploy/multus.yaml": text, "deploy/pod.yaml": pod, "deploy/nad.yaml": nad + config},
        )
    )
    run = migrator("edit", "deploy", cwd=place)
    assert run.code == 4
    assert run.out.startswith("BLOCKED")
    assert "report.md" not in run.out
    assert tree(place) == before


def _linked(repo: Path, there: str, target: str) -> None:
    (repo / "deploy/multus.yaml").rename(repo / there)
    (repo / "deploy/multus.yaml").symlink_to(target)


def _sealed(mark: str) -> Callable[[Path], object]:
    text = f"{mark} {{mac: x}}\n---\n{INSTALL}"
    return lambda repo: (repo / "deploy/multus.yaml").write_text(text)


def _spoiled(name: str, change: Callable[[Path], object], said: str, *, commits: bool) -> Any:
    return pytest.param(change, commits, said, id=name)


@pytest.mark.parametrize(
    ("change", "commits", "said"),
    [
        _spoiled(
            "a change that is not committed",
            lambda p: (p / "deploy/multus.yaml").write_text(f"# mine\n{INSTALL}"),
            "the work tree has changes: deploy/multus.yaml",
            commits=False,
        ),
        _spoiled(
            "a change of another file",
            lambda p: (p / "README").write_text("more"),
            "the work tree has changes: README",
            commits=False,
        ),
        _spoiled(
            "a file that Git does not keep",
            lambda p: (
                git(p, "rm", "--cached", "--quiet", "deploy/multus.yaml"),
                git(p, "commit", "--quiet", "--message", "gone"),
            ),
            "deploy/multus.yaml:1: this file is not a file that Git tracks",
            commits=False,
        ),
        _spoiled(
            "a file whose changes Git does not see",
            lambda p: (
                git(p, "update-index", "--assume-unchanged", "deploy/multus.yaml"),
                (p / "deploy/multus.yaml").write_text(f"# mine\n{INSTALL}"),
            ),
            "deploy/multus.yaml:1: this file is one whose changes Git was told to ignore",
            commits=False,
        ),
        _spoiled(
            "the new file is ignored",
            lambda p: (p / ".gitignore").write_text("*-config.yaml\n"),
            f"deploy/{NEW}:1: this file would be ignored by Git",
            commits=True,
        ),
        _spoiled(
            "the new file is there",
            lambda p: (p / "deploy" / NEW).write_text("mine"),
            f"deploy/{NEW} is there",
            commits=True,
        ),
        _spoiled(
            "a link",
            lambda p: _linked(p, "deploy/real.yaml", "real.yaml"),
            "deploy/multus.yaml:1: this file is a link",
            commits=True,
        ),
        _spoiled(
            "a link to elsewhere",
            lambda p: _linked(p, "../out.yaml", "../../out.yaml"),
            "deploy/multus.yaml:1: this file is a link",
            commits=True,
        ),
        _spoiled(
            "SOPS",
            lambda p: (p / "deploy/multus.yaml").write_text(
                f"{INSTALL}---\na: 1\nsops:\n  mac: x\n"
            ),
            "deploy/multus.yaml:1: this file is encrypted by SOPS",
            commits=True,
        ),
        *(
            _spoiled(
                f"SOPS as {mark}",
                _sealed(mark),
                "deploy/multus.yaml:1: this file is encrypted by SOPS",
                commits=True,
            )
            for mark in ("sops:", "sops :", "'sops':", '"sops" :', "a: 1\nsops:")
        ),
        _spoiled(
            "an image that Flux sets",
            lambda p: (p / "deploy/multus.yaml").write_text(
                INSTALL.replace(":v4.1.4", ':v4.1.4 # {"$imagepolicy": "flux-system:multus"}')
            ),
            "Flux sets the value of this line by an ImagePolicy",
            commits=True,
        ),
        _spoiled(
            "a dump of a cluster",
            lambda p: (p / "deploy/multus.yaml").write_text(
                INSTALL.replace("metadata:", "metadata:\n  uid: 0a1b2c", 1)
            ),
            "is as a cluster gave it",
            commits=True,
        ),
        _spoiled(
            "no Git",
            lambda p: shutil.rmtree(p / ".git"),
            "is in no Git work tree",
            commits=False,
        ),
    ],
)
def test_a_file_that_is_not_to_be_written(
    place: Path, change: Callable[[Path], object], commits: bool, said: str
) -> None:
    commit(place, {"README": ""})
    change(place)
    if commits:
        commit(place, {})
    before = tree(place)
    assert said in refused(migrator("edit", "deploy", cwd=place), place, before)


def test_outside_of_git_it_takes_force(place: Path) -> None:
    shutil.rmtree(place / ".git")
    assert migrator("edit", "deploy", "--diff", cwd=place).code == 0
    assert not (place / "deploy" / NEW).exists()
    assert migrator("edit", "deploy", "--force", "-q", cwd=place) == Run(0, "", "")
    assert (place / "deploy" / NEW).exists()


def test_outside_of_git_it_says_how_far_it_looked(estate: Path) -> None:
    shutil.rmtree(estate / ".git")
    (estate / "clusters/b/kustomization.yaml").write_text(OVERLAY)
    run = migrator("edit", "base", "--check", cwd=estate)
    said = " ".join(run.out.split())
    assert f"root in {estate}/base changes; what lies outside was not looked at." in said


def test_outside_of_git_a_linked_folder_is_followed(estate: Path) -> None:
    shutil.rmtree(estate / ".git")
    (estate / "clusters/a/link").symlink_to("../../base")
    (estate / "clusters/a/kustomization.yaml").write_text("resources: [link]\n")
    assert migrator("edit", "clusters/a", "--force", "-q", cwd=estate) == Run(0, "", "")


def test_an_absolute_link_to_the_base_is_followed(estate: Path) -> None:
    (estate / "clusters/b/link").symlink_to(estate / "base")
    commit(estate, {"clusters/b/kustomization.yaml": "resources: [link]\n"})
    said = beside(migrator("edit", "clusters/a", cwd=estate), estate)
    assert "clusters/b: it builds a file that changes, and would change too" in said


@pytest.mark.parametrize("look", ["--diff", "--check"])
def test_to_look_at_it_the_work_tree_need_not_be_clean(place: Path, look: str) -> None:
    (place / "deploy/multus.yaml").write_text(f"# mine\n{INSTALL}")
    before = tree(place)
    run = migrator("edit", "deploy", look, cwd=place)
    assert run.code == (2 if look == "--check" else 0)
    assert NEW in run.out
    assert tree(place) == before


def test_force_is_for_outside_of_git_alone(place: Path) -> None:
    (place / "deploy/multus.yaml").write_text(f"# mine\n{INSTALL}")
    before = tree(place)
    said = refused(migrator("edit", "deploy", "--force", cwd=place), place, before)
    assert "the work tree has changes" in said


def test_standard_input_is_no_file(place: Path) -> None:
    run = migrator("edit", "-", cwd=place, stdin=INSTALL.encode())
    assert (run.code, run.err) == (
        1,
        "error: standard input cannot be edited; give the files themselves\n",
    )


def test_an_input_that_leads_out_of_the_repository_is_told(place: Path) -> None:
    outside = place.parent / f"{place.name}-outside.yaml"
    outside.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n")
    (place / "more.yaml").symlink_to(outside)
    before = tree(commit(place, {}))
    said = refused(migrator("edit", "deploy", "more.yaml", cwd=place), place, before)
    assert said == (
        f"error: more.yaml is a link that leads out of {place}; give files of one repository\n"
    )


def test_a_file_with_a_document_that_is_no_text_is_told(place: Path) -> None:
    path = place / "deploy/multus.yaml"
    path.write_bytes(INSTALL.encode() + b"---\na: caf\xe9\n")
    before = tree(commit(place, {}))
    run = migrator("edit", "deploy", "--keep-going", cwd=place)
    assert "not UTF-8: byte 0xe9, so nothing in this file is changed" in refused(run, place, before)


def test_what_is_applied_as_one_file_stays_one(tmp_path: Path) -> None:
    place = commit(tmp_path, {"multus.yaml": INSTALL.replace("\n", "\r\n").rstrip()})
    assert migrator("edit", "multus.yaml", "-q", cwd=place) == Run(0, "", "")
    text = (place / "multus.yaml").read_bytes().decode()
    assert text.count("\n") == text.count("\r\n")
    assert "\r\n---\r\napiVersion: v1\r\nkind: ConfigMap\r\n" in text
    assert not (place / NEW).exists()


def test_a_json_file_has_no_room_for_a_new_object(tmp_path: Path) -> None:
    docs = list(yaml.safe_load_all(INSTALL))
    place = commit(tmp_path, {f"{n}.json": json.dumps(doc) for n, doc in enumerate(docs)})
    before = tree(place)
    names = [f"{n}.json" for n in range(len(docs))]
    said = refused(migrator("edit", *names, cwd=place), place, before)
    assert (
        "0.json is JSON, in which ConfigMap kube-system/multus-daemon-config has no place" in said
    )


def test_a_list_and_json_are_edited_where_they_stand(tmp_path: Path) -> None:
    items = list(yaml.safe_load_all(INSTALL))
    whole = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=4)
    place = commit(tmp_path, {"all.json": f"{whole}\n"})
    assert migrator("edit", "all.json", "-q", cwd=place) == Run(0, "", "")
    text = (place / "all.json").read_text()
    assert json.loads(text)["kind"] == "List"
    assert text.startswith('{\n    "apiVersion": "v1",\n')
    assert "multus-daemon" in text


def test_an_edit_that_is_not_the_plan_is_not_written(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("migrator.gitops.writers")

    def spoiled(plan: Any, inputs: Any) -> tuple[Rewrite, ...]:
        return tuple(
            Rewrite(path=e.path, old=e.old, new=e.new.replace(b"/hostroot", b"/elsewhere"))
            for e in in_place(plan, inputs)
        )

    in_place = module.in_place
    monkeypatch.setattr(module, "in_place", spoiled)
    before = tree(place)
    said = refused(migrator("edit", "deploy", cwd=place), place, before)
    assert "is not what was planned" in said
    assert "/elsewhere" in said


def test_secrets_stand_in_no_diff(place: Path) -> None:
    line = "    # password: hunter2-and-more\n"
    text = INSTALL.replace("    spec:\n", f"    spec:\n{line}", 1)
    assert text != INSTALL
    commit(place, {"deploy/multus.yaml": text})
    run = migrator("edit", "deploy", "--diff", cwd=place)
    assert run.code == 0
    assert "hunter2" not in run.out
    migrator("edit", "deploy", "-q", cwd=place)
    assert line in (place / "deploy/multus.yaml").read_text()


HIDDEN = """\
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData:
  foo: hunter2
  bar: |
    hunter2
---
"""
LIST = {"apiVersion": "v1", "kind": "List"}
ITEMS = list(yaml.safe_load_all(HIDDEN + INSTALL))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HIDDEN + INSTALL, id="before"),
        pytest.param(f"{INSTALL}---\n{HIDDEN}", id="behind"),
        pytest.param(yaml.safe_dump({**LIST, "items": ITEMS}), id="List"),
        pytest.param(json.dumps({**LIST, "items": ITEMS}, indent=4), id="JSON"),
        pytest.param(json.dumps({**LIST, "items": ITEMS}), id="one line"),
    ],
)
def test_the_diff_hides_no_change_beside_a_secret(place: Path, text: str) -> None:
    commit(place, {"deploy/multus.yaml": text})
    shown = migrator("edit", "deploy", "--diff", cwd=place).out
    assert "hunter2" not in shown
    told = shown.partition("+++ b/deploy/multus.yaml\n")[2].partition("\n--- ")[0].splitlines()
    migrator("edit", "deploy", "-q", cwd=place)
    new = (place / "deploy/multus.yaml").read_text()
    added, removed = (sum(line.startswith(sign) for line in told) for sign in "+-")
    assert added > 0
    assert added - removed == len(new.splitlines()) - len(text.splitlines())
    if "---" in text:
        assert any("multus-daemon" in line for line in told)


class TestWriting:
    """All files or none."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> Iterator[list[Rewrite]]:
        for name in ("a", "b"):
            (tmp_path / name).write_bytes(b"old")
            (tmp_path / name).chmod(0o640)
        yield [
            Rewrite(path=tmp_path / "a", old=b"old", new=b"new"),
            Rewrite(path=tmp_path / "b", old=b"old", new=b"new"),
            Rewrite(path=tmp_path / "c", old=None, new=b"new"),
        ]

    def test_folders_of_new_files_are_made(self, tmp_path: Path) -> None:
        paths = [tmp_path / "d/e/f", tmp_path / "d/g"]
        output.rewrite_files([Rewrite(path=path, old=None, new=b"new") for path in paths])
        assert [path.read_bytes() for path in paths] == [b"new"] * 2

    def test_folders_of_new_files_are_gone_where_one_cannot_be_written(
        self, files: list[Rewrite], tmp_path: Path
    ) -> None:
        files[1].path.write_bytes(b"mine")
        new = Rewrite(path=tmp_path / "d/e/f", old=None, new=b"new")
        with pytest.raises(Exception, match="has changed since it was read"):
            output.rewrite_files([*files, new])
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]

    def test_permissions_stay(self, files: list[Rewrite], tmp_path: Path) -> None:
        output.rewrite_files(files)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == dict.fromkeys(
            "abc", b"new"
        )
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640

    @pytest.mark.parametrize("failing", [1, 2, 3])
    def test_a_rename_that_fails_takes_all_back(
        self, files: list[Rewrite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
    ) -> None:
        before = tree(tmp_path)
        calls = 0
        rename = Path.replace

        def replace(self: Path, target: Path) -> Path:
            nonlocal calls
            calls += 1
            if calls == failing:
                raise OSError(28, "No space left on device")
            return rename(self, target)

        monkeypatch.setattr(Path, "replace", replace)
        with pytest.raises(EnvironmentProblem, match="No space left"):
            output.rewrite_files(files)
        assert tree(tmp_path) == before

    @pytest.mark.parametrize("last", [1, 2, 3])
    def test_an_interruption_right_behind_a_rename_takes_all_back(
        self, files: list[Rewrite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int
    ) -> None:
        before = tree(tmp_path)
        renamed: list[Path] = []
        rename = Path.replace

        def replace(self: Path, target: Path) -> Path:
            rename(self, target)
            renamed.append(target)
            if len(renamed) == last:
                raise KeyboardInterrupt
            return target

        monkeypatch.setattr(Path, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            output.rewrite_files(files)
        assert tree(tmp_path) == before

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_a_file_that_changed_meanwhile_stops_it(
        self, files: list[Rewrite], tmp_path: Path, number: int
    ) -> None:
        files[number].path.write_bytes(b"mine")
        before = tree(tmp_path)
        with pytest.raises(Exception, match="has changed since it was read"):
            output.rewrite_files(files)
        assert tree(tmp_path) == before
