"""A bare repository, a clone of it in which ``pr`` runs, and a Git configuration of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from migrator.cli.proposals import Proposal
from migrator.cli.publishing import Remote, published
from migrator.gitops.branches import base_of
from migrator.gitops.commits import Part, Step
from migrator.gitops.proposal import Branch, Proposed, entries
from migrator.report.writer import Published
from migrator.tools.hosts import Wish
from tests.cli.test_contract import INSTALL
from tests.cli.tools import Run, migrator

CONFIG = """\
[user]
    name = Ann Other
    email = ann@example.invalid
[init]
    defaultBranch = main
    templateDir =
[core]
    fsync = none
[gc]
    auto = 0
[maintenance]
    auto = false
[commit]
    gpgSign = false
[protocol "file"]
    allow = always
"""
_OF_CLONE = """\
[remote "origin"]
    url = {url}
    fetch = +refs/heads/*:refs/remotes/origin/*
[branch "main"]
    remote = origin
    merge = refs/heads/main
"""
FILE = "deploy/multus.yaml"
BRANCH = "multus-migrator/deploy"


def git(folder: Path, *words: str, given: str | None = None) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True, input=given
    )
    return done.stdout.removesuffix("\n")


def begun(folder: Path) -> Path:
    """An empty repository, which is no more than this: to start git for it takes longer than a commit."""
    made = folder / ".git"
    for name in ("objects", "refs", "info", "hooks"):
        (made / name).mkdir(parents=True)
    (made / "HEAD").write_text("ref: refs/heads/main\n")
    (made / "config").write_text("[core]\n    repositoryformatversion = 0\n    bare = false\n")
    return folder


_FIRST: dict[tuple[object, ...], dict[str, bytes]] = {}
"""What Git keeps of a first commit, by all that decides it."""


def first(folder: Path, commit: Callable[[Path], object]) -> Path:
    """A repository in whose first ``commit`` the files of a folder are: of the same files it is made once."""
    settings = Path(os.environ.get("GIT_CONFIG_GLOBAL", os.devnull)).read_bytes()
    found = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    key = (commit, settings, *((str(p.relative_to(folder)), *_held(p)) for p in found))
    made = begun(folder) / ".git"
    if key not in _FIRST:
        commit(folder)
        files = (path for path in made.rglob("*") if path.is_file())
        _FIRST[key] = {str(path.relative_to(made)): path.read_bytes() for path in files}
        return folder
    for name, data in _FIRST[key].items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(data)
    return folder


def _held(path: Path) -> tuple[int, str | bytes]:
    link = path.is_symlink()
    return path.lstat().st_mode, str(path.readlink()) if link else path.read_bytes()


def tip(folder: Path, name: str) -> str:
    """The commit of a branch, "" where there is none."""
    place = folder / ".git" if (folder / ".git").exists() else folder
    if place.is_dir() and not (place / "packed-refs").exists():
        branch = place / "refs/heads" / name
        return branch.read_text().strip() if branch.is_file() else ""
    found = git(folder, "for-each-ref", "--format=%(objectname)", f"refs/heads/{name}")
    return found.strip()


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def save(folder: Path, message: str = "as it is") -> str:
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--no-verify", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def hook(folder: Path, name: str, text: str) -> Path:
    """A hook of a clone, or of the bare repository."""
    place = folder / git(folder, "rev-parse", "--git-path", "hooks") / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)
    return place


@dataclass(frozen=True)
class Clone:
    """``remote`` is bare, and ``path`` a clone of it."""

    remote: Path
    path: Path

    def pr(self, *words: str, env: Mapping[str, str] | None = None) -> Run:
        return migrator("pr", "deploy", *words, cwd=self.path, env=env)

    def proposal(
        self,
        text: str = "thick\n",
        *,
        files: Mapping[str, bytes | None] | None = None,
        base: str = "",
    ) -> Proposal:
        """Two commits that nobody planned: what Git does with them is all that matters."""
        place = base_of(self.path, "origin", base)
        parts = [
            Part(step=Step.RIGHTS, objects=frozenset(), files={"deploy/rights.yaml": b"more\n"}),
            Part(step=Step.DAEMON, objects=frozenset(), files=files or {FILE: text.encode()}),
        ]
        changed = entries(self.path, place.commit, parts)
        said = ("Give rights\n\n- why\n", "Move Multus\n\n- S03 the daemon\n  takes its place\n")
        commits = (
            Proposed(part=part, text=message, entries=each)
            for part, message, each in zip(parts, said, changed, strict=True)
        )
        branch = Branch(name=BRANCH, commits=tuple(commits))
        wish = Wish(branch=BRANCH, base=place.branch, title="Move", body="why\n", draft=False)
        edit: Any = None
        return Proposal(self.path, place, (branch,), (wish,), edit)

    def publish(
        self, text: str = "thick\n", *, push: bool = True, create: bool = False
    ) -> Published:
        return published(self.proposal(text), Remote("origin", push, create))

    def tips(self, name: str = BRANCH) -> tuple[str, str]:
        """Here, and at the remote."""
        return tip(self.path, name), tip(self.remote, name)

    def untouched(self) -> bool:
        """Whether the checkout is as it was, and no work tree is left."""
        trees = git(self.path, "worktree", "list").splitlines()
        return git(self.path, "status", "--porcelain") == "" and len(trees) == 1

    def base_moves(self, files: Mapping[str, str]) -> str:
        """Somebody's commit on the branch that is checked out, here and at the remote."""
        write(self.path, files)
        commit = save(self.path, "something else")
        git(self.path, "push", "--quiet", "origin", "HEAD")
        return commit


def clone(folder: Path, files: Mapping[str, str]) -> Clone:
    """The files committed, in a bare repository and a clone, as git makes them of each other."""
    remote, path = folder / "remote.git", folder / "clone"
    write(path, files)
    commit = tip(first(path, save), "main")
    shutil.copytree(path / ".git", remote)
    (remote / "index").unlink()
    (remote / "config").write_text("[core]\n    repositoryformatversion = 0\n    bare = true\n")
    with (path / ".git/config").open("a") as config:
        config.write(_OF_CLONE.format(url=f"file://{remote}"))
    tracked = path / ".git/refs/remotes/origin"
    tracked.mkdir(parents=True)
    (tracked / "main").write_text(f"{commit}\n")
    (tracked / "HEAD").write_text("ref: refs/remotes/origin/main\n")
    return Clone(remote, path)


def another(repo: Clone, folder: Path, *options: str) -> Clone:
    """A further clone of the remote."""
    path = folder / "other"
    folder.mkdir(exist_ok=True)
    git(folder, "clone", "--quiet", *options, f"file://{repo.remote}", str(path))
    return Clone(repo.remote, path)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Git configuration of these tests, and none of the machine."""
    path = tmp_path / "gitconfig"
    path.write_text(CONFIG)
    for name in [name for name in os.environ if name.startswith(("GIT_", "GH_", "GITLAB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return path


@pytest.fixture
def plain(tmp_path: Path, config: Path) -> Clone:
    """A clone with a file that is no manifest, for what is not planned."""
    return clone(tmp_path, {FILE: "thin\n", "README.md": "hello\n"})


@pytest.fixture
def repo(tmp_path: Path, config: Path) -> Clone:
    """A clone with an install in one file."""
    return clone(tmp_path, {FILE: INSTALL})
