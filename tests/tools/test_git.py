"""What git is asked, and what it must not do meanwhile."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.model.errors import EnvironmentProblem
from migrator.tools.git import ignored, remotes, root_of, work_tree
from tests.cli.clones import first

ODD = ("a b", "ü", "line\nbreak", 'quo"te', "\x1b[31m", ":!not", ":(top)x", "-x", "back\\slash")


def git(folder: Path, *words: str) -> bytes:
    settings = ("user.name=a", "user.email=a@example.invalid", "protocol.file.allow=always")
    options = [word for setting in settings for word in ("-c", setting)]
    command = ["git", "-C", str(folder), *options, *words]
    return subprocess.run(command, check=True, capture_output=True).stdout


def made(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(os.fsencode(name))
    if not (folder / ".git").exists():
        return first(folder, _save)
    _save(folder)
    return folder


def _save(folder: Path) -> None:
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "as it is")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return made(tmp_path / "repo", "file", "sub/file")


class TestRoot:
    """Where a work tree begins."""

    @pytest.mark.parametrize("below", [".", "sub", "sub/absent"])
    def test_of_a_folder(self, repo: Path, below: str) -> None:
        (repo / "sub/absent").mkdir()
        assert root_of(repo / below) == repo

    def test_links_are_followed(self, repo: Path) -> None:
        (repo.parent / "link").symlink_to(repo / "sub")
        assert root_of(repo.parent / "link") == repo

    def test_of_a_linked_worktree(self, repo: Path) -> None:
        git(repo, "worktree", "add", "--quiet", "../linked")
        assert root_of(repo.parent / "linked/sub") == repo.parent / "linked"

    def test_of_a_submodule(self, repo: Path) -> None:
        made(repo.parent / "other", "x")
        git(repo, "submodule", "--quiet", "add", str(repo.parent / "other"), "module")
        assert root_of(repo / "module") == repo / "module"

    def test_a_name_with_a_line_break(self, tmp_path: Path) -> None:
        assert root_of(made(tmp_path / "line\nbreak\n")) == tmp_path / "line\nbreak\n"

    def test_of_a_folder_outside(self, tmp_path: Path) -> None:
        assert root_of(tmp_path) is None

    def test_of_a_folder_outside_without_git(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert root_of(tmp_path) is None

    def test_no_git_on_path(self, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(repo))
        with pytest.raises(EnvironmentProblem, match="git is not on PATH"):
            root_of(repo)

    def test_a_repository_that_is_gone(self, tmp_path: Path) -> None:
        (tmp_path / ".git").write_text("gitdir: /absent\n")
        with pytest.raises(EnvironmentProblem, match="not a git repository: /absent"):
            root_of(tmp_path)

    @pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can")
    def test_a_repository_of_somebody_else(
        self, repo: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(repo.parent))
        os.chown(repo, 1234, 1234)
        with pytest.raises(EnvironmentProblem, match=r"dubious ownership .* safe\.directory"):
            root_of(repo)


class TestWorkTree:
    """What is tracked, changed, left out."""

    @pytest.mark.parametrize("name", ODD)
    @pytest.mark.parametrize("state", ["tracked", "modified", "untracked"])
    def test_odd_names(self, repo: Path, name: str, state: str) -> None:
        if state != "untracked":
            made(repo, name)
        if state != "tracked":
            (repo / name).write_text("changed")
        found = work_tree(repo)
        assert (name in found.regular) == (state != "untracked")
        assert (name in found.modified) == (state == "modified")
        assert (name in found.untracked) == (state == "untracked")

    def test_a_name_that_is_no_utf_8(self, repo: Path) -> None:
        made(repo, os.fsdecode(b"\xff"))
        assert os.fsdecode(b"\xff") in work_tree(repo).regular

    @pytest.mark.parametrize(
        ("change", "modified"),
        [
            pytest.param(lambda r: (r / "file").write_text("new"), ("file",), id="changed"),
            pytest.param(lambda r: (r / "file").unlink(), ("file",), id="removed"),
            pytest.param(lambda r: (r / "file").chmod(0o755), ("file",), id="made executable"),
            pytest.param(lambda r: git(r, "rm", "-q", "file"), ("file",), id="removed from index"),
            pytest.param(lambda r: git(r, "mv", "file", "new"), ("file", "new"), id="renamed"),
            pytest.param(
                lambda r: ((r / "file").rename(r / "new"), git(r, "add", "-N", "new")),
                ("file", "new"),
                id="renamed, to be added",
            ),
            pytest.param(
                lambda r: ((r / "n").write_text(""), git(r, "add", "n")), ("n",), id="added"
            ),
            pytest.param(lambda r: os.utime(r / "file"), (), id="touched"),
        ],
    )
    def test_changes(
        self, repo: Path, change: Callable[[Path], object], modified: tuple[str, ...]
    ) -> None:
        git(repo, "config", "status.renames", "copies")
        change(repo)
        assert work_tree(repo).modified == modified

    def test_links_and_submodules_are_no_regular_files(self, repo: Path) -> None:
        (repo / "link").symlink_to("file")
        made(repo.parent / "other", "x")
        git(repo, "submodule", "--quiet", "add", str(repo.parent / "other"), "module")
        made(repo)
        found = work_tree(repo)
        assert found.others == {"link", "module"}
        assert found.regular == {"file", "sub/file", ".gitmodules"}

    def test_before_the_first_commit(self, tmp_path: Path) -> None:
        git(tmp_path, "init", "--quiet")
        (tmp_path / "file").write_text("")
        assert work_tree(tmp_path).untracked == {"file"}

    def test_what_is_ignored_is_left_out(self, repo: Path) -> None:
        (repo / ".gitignore").write_text("*.log\n")
        (repo / "x.log").write_text("")
        assert work_tree(repo).untracked == {".gitignore"}

    @pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
    def test_a_file_whose_changes_are_hidden(self, repo: Path, mark: str) -> None:
        git(repo, "update-index", mark, "file")
        (repo / "file").write_text("changed")
        found = work_tree(repo)
        assert found.modified == ()
        assert found.unseen == {"file"}
        assert "file" in found.regular


class TestIgnored:
    """New files, which need not be there."""

    @pytest.mark.parametrize("name", ODD)
    @pytest.mark.parametrize("suffix", ["", ".log"])
    def test_odd_names(self, repo: Path, name: str, suffix: str) -> None:
        (repo / ".gitignore").write_text("*.log\n")
        names = [f"{name}/new{suffix}", "other.log", "other"]
        assert ignored(repo, names) == {"other.log", *([names[0]] if suffix else [])}

    def test_by_the_excludes_of_the_user(
        self, repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "xdg/git").mkdir(parents=True)
        (tmp_path / "xdg/git/ignore").write_text("*.log\n")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
        assert ignored(repo, ["new.log"]) == {"new.log"}

    def test_below_a_link_git_cannot_tell(self, repo: Path) -> None:
        (repo / "link").symlink_to("sub")
        with pytest.raises(EnvironmentProblem, match="`git check-ignore` failed"):
            ignored(repo, ["new", "link/new"])


class TestNothingIsRun:
    """A repository may come from anybody."""

    @pytest.fixture
    def trap(self, tmp_path: Path) -> Path:
        """A program that leaves the file ``sprung`` beside itself."""
        path = tmp_path / "trap"
        path.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
        path.chmod(0o755)
        return path

    def look(self, repo: Path, trap: Path) -> None:
        os.utime(repo / "file", (1, 1))
        root_of(repo)
        work_tree(repo)
        ignored(repo, ["new"])
        assert not (trap.parent / "sprung").exists()

    def test_the_trap_springs(self, repo: Path, trap: Path) -> None:
        git(repo, "config", "core.fsmonitor", str(trap))
        git(repo, "status")
        assert (trap.parent / "sprung").exists()

    def test_no_file_system_monitor(self, repo: Path, trap: Path) -> None:
        git(repo, "config", "core.fsmonitor", str(trap))
        self.look(repo, trap)

    def test_no_hook(self, repo: Path, trap: Path) -> None:
        (repo / ".git/hooks").mkdir(exist_ok=True)
        (repo / ".git/hooks/post-index-change").symlink_to(trap)
        self.look(repo, trap)

    @pytest.mark.parametrize("name", ["evil", "a.b", "E v'i\"l"])
    @pytest.mark.parametrize("key", ["clean", "process"])
    def test_no_filter(self, repo: Path, trap: Path, name: str, key: str) -> None:
        git(repo, "config", f"filter.{name}.{key}", str(trap))
        git(repo, "config", f"filter.{name}.required", "true")
        (repo / ".git/info/attributes").write_text(f"* filter={name}\n")
        self.look(repo, trap)

    def test_a_filter_that_cannot_be_turned_off_is_an_error(self, repo: Path, trap: Path) -> None:
        git(repo, "config", "filter.a=b.clean", str(trap))
        with pytest.raises(EnvironmentProblem, match=r"filter\.a=b in the configuration"):
            work_tree(repo)

    def test_nothing_in_a_submodule(self, repo: Path, trap: Path) -> None:
        made(repo.parent / "other", "x")
        git(repo, "submodule", "--quiet", "add", str(repo.parent / "other"), "module")
        made(repo)
        git(repo / "module", "config", "filter.evil.clean", str(trap))
        git(repo / "module", "config", "core.fsmonitor", str(trap))
        info = repo / ".git/modules/module/info"
        info.mkdir(exist_ok=True)
        (info / "attributes").write_text("* filter=evil\n")
        os.utime(repo / "module/x", (1, 1))
        self.look(repo, trap)
        assert work_tree(repo).modified == ()

    def test_the_index_is_not_written(self, repo: Path, trap: Path) -> None:
        before = (repo / ".git/index").read_bytes()
        self.look(repo, trap)
        assert (repo / ".git/index").read_bytes() == before


class TestRemotes:
    """Where a work tree comes from."""

    def test_are_told_as_configured_and_as_git_calls_them(self, repo: Path) -> None:
        git(repo, "remote", "add", "origin", "gh:a/b c")
        git(repo, "remote", "set-url", "--add", "--push", "origin", "ssh://b/c")
        git(repo, "config", "url.https://git.example/.insteadOf", "gh:")
        assert remotes(repo) == {"gh:a/b c", "https://git.example/a/b c", "ssh://b/c"}

    def test_of_a_linked_work_tree(self, repo: Path) -> None:
        git(repo, "remote", "add", "origin", "ssh://a/b")
        git(repo, "worktree", "add", "--quiet", str(repo.parent / "linked"))
        assert remotes(repo.parent / "linked") == {"ssh://a/b"}

    def test_are_none_where_git_cannot_tell(
        self, repo: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        git(repo, "remote", "add", "origin", "ssh://a/b")
        (repo / "sub/.git").mkdir()
        assert remotes(repo / "sub") == frozenset()
        (repo / "sub/.git/config").write_text('[remote "r"]\nurl = ssh://c\n')
        assert remotes(repo / "sub") == frozenset(), "that of the folder above is another one"
        monkeypatch.setenv("PATH", "")
        assert remotes(repo) == frozenset()
