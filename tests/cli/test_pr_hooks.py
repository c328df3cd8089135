"""Hooks, signatures and interruptions: what the user's Git does with a commit, and what that stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from migrator.model.errors import MigratorError
from migrator.report.writer import Outcome
from migrator.trees.laid_out import page
from tests.cli.clones import BRANCH, FILE, Clone, clone, config, git, hook, plain, write
from tests.cli.clones import repo as repo
from tests.cli.test_contract import INSTALL
from tests.cli.tools import ROOT, Run

__all__ = ["config", "plain", "repo"]


def stopped(repo: Clone) -> list[str]:
    """What it says where it stops: nothing has moved, and nothing is left."""
    before, refs = repo.tips(), git(repo.path, "for-each-ref")
    with pytest.raises(MigratorError) as error:
        repo.publish()
    assert (repo.tips(), git(repo.path, "for-each-ref")) == (before, refs)
    assert repo.untouched()
    return error.value.lines()


@pytest.mark.parametrize("name", ["pre-commit", "prepare-commit-msg", "commit-msg"])
def test_a_hook_that_fails_stops_with_what_it_printed(name: str, plain: Clone) -> None:
    hook(plain.path, name, "echo 'line 7 is too long; password=abcdefgh12345' >&2; exit 1")
    lines = stopped(plain)
    assert lines[0] == f"`git commit` failed; hooks that git runs on it: {name}"
    assert "line 7 is too long" in lines[1]
    assert "abcdefgh12345" not in "\n".join(lines)


def test_of_a_long_complaint_the_end_is_told(plain: Clone) -> None:
    hook(
        plain.path, "pre-commit", f"for i in $(seq 5000); do echo line $i {'x' * 999}; done; exit 1"
    )
    lines = stopped(plain)
    assert lines[1].endswith(" lines before)")
    assert lines[-1].startswith("  line 5000 xxx")
    assert len(lines) == 22
    assert max(map(len, lines)) < 400


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"echo more >> {FILE}; git add {FILE}", FILE),
        ("echo new > added.txt; git add added.txt", "added.txt"),
        ("git rm --quiet README.md", "README.md"),
        (f"chmod +x {FILE}; git add {FILE}", FILE),
    ],
    ids=["another text", "another file", "one file less", "another mode"],
)
def test_a_hook_that_changes_what_is_committed_stops(text: str, names: str, plain: Clone) -> None:
    hook(plain.path, "pre-commit", f"test -f {FILE} && {text}")
    (line,) = stopped(plain)
    assert line.startswith("pre-commit changed what is committed: ")
    assert names in line


def test_a_hook_that_commits_again_stops(plain: Clone) -> None:
    hook(
        plain.path,
        "post-commit",
        "git log -1 --format=%s | grep -q mine || git commit -qm mine --allow-empty",
    )
    (line,) = stopped(plain)
    assert line.startswith("post-commit changed what is committed")


def test_a_file_that_a_hook_leaves_lying_is_not_committed(plain: Clone) -> None:
    hook(
        plain.path,
        "pre-commit",
        f"echo report > report.txt; echo more >> README.md; test -f {FILE}",
    )
    assert plain.publish().outcome is Outcome.MADE
    changed = git(plain.path, "diff", "--name-only", "main", BRANCH)
    assert changed.split() == ["deploy/multus.yaml", "deploy/rights.yaml"]


def test_a_hook_sees_the_whole_repository_at_the_commit(plain: Clone) -> None:
    seen = plain.path.parent / "seen"
    hook(
        plain.path,
        "pre-commit",
        f"cat README.md {FILE} >> '{seen}'; git diff --cached --name-only >> '{seen}'",
    )
    assert plain.publish().outcome is Outcome.MADE
    lines = ["hello", "thin", "deploy/rights.yaml", "hello", "thick", "deploy/multus.yaml"]
    assert seen.read_text().splitlines() == lines


def test_hooks_of_a_relative_folder_are_run_and_named(plain: Clone) -> None:
    """Git would look for it beside the linked work tree, find none, and pass over it."""
    git(plain.path, "config", "core.hooksPath", "../hooks of ours")
    folder = plain.path.parent / "hooks of ours"
    folder.mkdir()
    place = folder / "pre-commit"
    place.write_text("#!/bin/sh\nexit 1\n")
    place.chmod(0o755)
    assert stopped(plain) == ["`git commit` failed; hooks that git runs on it: pre-commit"]


def stopped_anywhere(repo: Clone) -> list[str]:
    with pytest.raises(MigratorError) as error:
        repo.publish()
    return error.value.lines()


PRE_COMMIT = """\
files: ^deploy/
repos:
  - repo: local
    hooks:
      - id: yamllint
        name: yamllint
        language: system
        types: [yaml]
        entry: '"{python}" -m yamllint --strict -d "{{extends: default}}"'
      - id: blanks
        name: no blanks at the end of a line, no tabs, no carriage returns
        language: system
        types: [text]
        entry: 'sh "{folder}/blanks"'
      - id: ends
        name: a file ends with one line feed
        language: system
        types: [text]
        entry: 'sh "{folder}/ends"'
"""
BLANKS = """\
! grep -nE "[ \r]$|\t" "$@"
"""
ENDS = """\
for file; do
    [ "$(tail -c 2 "$file" | wc -l)" -eq 1 ] && [ -z "$(tail -c 1 "$file")" ] || exit 1
done
"""


def test_the_hooks_of_pre_commit_pass(
    tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of its collection are not here; these look for the same, two of them without a Python of their
    own to start."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    write(tmp_path, {"blanks": BLANKS, "ends": ENDS})
    hooks = PRE_COMMIT.format(python=sys.executable, folder=tmp_path)
    documents = yaml.load_all(INSTALL, yaml.CSafeLoader)
    files = {
        ".pre-commit-config.yaml": f"---\n{hooks}",
        FILE: "".join(f"---\n{page(document)}" for document in documents),
    }
    repo = clone(tmp_path, files)
    pre_commit = [sys.executable, "-m", "pre_commit"]
    subprocess.run([*pre_commit, "install"], cwd=repo.path, check=True, capture_output=True)
    assert subprocess.run([*pre_commit, "run", "--all-files"], cwd=repo.path).returncode == 0
    assert repo.pr("-q", "--push") == Run(0, "", "")
    assert repo.tips()[0] == repo.tips()[1] != ""

    write(repo.path, {"deploy/bad.yaml": "a:   1 \n\n"})
    git(repo.path, "add", "deploy/bad.yaml")
    refused = subprocess.run(["git", "commit", "-m", "bad"], cwd=repo.path, capture_output=True)
    assert refused.returncode == 1
    assert refused.stderr.count(b"Failed") == 3, "they are run, and find what there is"


def test_a_push_that_a_hook_refuses_stops(plain: Clone) -> None:
    hook(plain.path, "pre-push", "echo not now >&2; exit 1")
    lines = stopped_anywhere(plain)
    assert lines[0] == "`git push` failed; there is a hook for it: pre-push"
    assert "not now" in lines[1]
    assert plain.tips()[1] == ""
    assert plain.untouched()


def test_a_commit_is_signed_as_git_is_told(plain: Clone, config: Path) -> None:
    signer = plain.path.parent / "signer"
    signer.write_text(
        "#!/bin/sh\ncat > /dev/null\nprintf '[GNUPG:] SIG_CREATED \\n' >&2\n"
        "printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nc3R1Yg==\\n-----END PGP SIGNATURE-----\\n'\n"
    )
    signer.chmod(0o755)
    config.write_text(
        config.read_text().replace("gpgSign = false", "gpgSign = true")
        + f"[gpg]\n    program = {signer}\n"
    )
    assert plain.publish().outcome is Outcome.MADE
    for name in (BRANCH, f"{BRANCH}~"):
        assert "\ngpgsig -----BEGIN PGP SIGNATURE-----\n" in git(
            plain.path, "cat-file", "commit", name
        )
    assert plain.publish().outcome is Outcome.UP_TO_DATE
    signer.write_text("#!/bin/sh\necho no secret key >&2\nexit 2\n")
    assert "gpg failed to sign the data" in "\n".join(stopped_of(plain, "thicker\n"))


def stopped_of(repo: Clone, text: str) -> list[str]:
    before = repo.tips()
    with pytest.raises(MigratorError) as error:
        repo.publish(text)
    assert repo.tips() == before
    return error.value.lines()


def test_without_an_author_it_stops_with_what_git_says(plain: Clone, config: Path) -> None:
    config.write_text("[user]\n    useConfigOnly = true\n")
    lines = stopped(plain)
    assert lines[0] == "`git commit` failed"
    assert any("user.email" in line for line in lines)


def test_a_filter_of_the_user_is_run_on_what_is_committed(plain: Clone, config: Path) -> None:
    plain.base_moves({".gitattributes": "*.yaml text eol=crlf\n"})
    git(plain.path, "rm", "--quiet", "--cached", "-r", ".")
    git(plain.path, "reset", "--quiet", "--hard")
    assert plain.publish("thick\r\n").outcome is Outcome.MADE
    assert git(plain.path, "cat-file", "blob", f"{BRANCH}:{FILE}") == "thick"
    assert plain.publish("thick\r\n").outcome is Outcome.UP_TO_DATE


def test_a_message_is_not_shortened_as_what_a_person_typed_is(plain: Clone, config: Path) -> None:
    """Else no commit was ever as it should be, and each run made the branch anew."""
    with config.open("a") as file:
        file.write("[commit]\n    cleanup = strip\n[core]\n    commentChar = -\n")
    assert plain.publish().outcome is Outcome.MADE
    assert "- S03 the daemon\n" in git(plain.path, "show", "-s", "--format=%B", BRANCH)
    assert plain.publish().outcome is Outcome.UP_TO_DATE


def interrupted(repo: Clone, name: str, *words: str) -> str:
    """What it says that Ctrl-C reaches while a hook runs; git and the hook end with it."""
    begun, ended = repo.path.parent / "begun", repo.path.parent / "ended"
    hook(repo.path, name, f"touch '{begun}'; sleep 30; touch '{ended}'")
    program = subprocess.Popen(
        [sys.executable, "-m", "migrator", "pr", "deploy", *words],
        cwd=repo.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.02)
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=30)
    assert (program.returncode, out) == (1, "")
    assert repo.untouched()
    assert not ended.exists()
    return err.strip()


def test_an_interruption_while_it_commits_leaves_nothing(repo: Clone) -> None:
    refs = git(repo.path, "for-each-ref")
    assert interrupted(repo, "pre-commit") == "interrupted; nothing was written"
    assert git(repo.path, "for-each-ref") == refs


def test_an_interruption_while_it_pushes_says_what_is_there(repo: Clone) -> None:
    assert interrupted(repo, "pre-push", "--push") == (
        f"interrupted; the branch {BRANCH}, the branch {BRANCH}-back had been written whole"
    )
    assert repo.tips()[0] != ""
    assert repo.tips()[1] == ""


def killed(repo: Clone) -> subprocess.Popen[bytes]:
    """A run that has made its work tree, and whose first hook does not come to an end."""
    begun = repo.path.parent / "begun"
    hook(
        repo.path,
        "pre-commit",
        f"echo $PPID $$ > '{begun}.new'; mv '{begun}.new' '{begun}'; exec sleep 60",
    )
    program = subprocess.Popen(
        [sys.executable, "-m", "migrator", "pr", "deploy", "-q"],
        cwd=repo.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    until = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.02)
    hook(repo.path, "pre-commit", "exit 0")
    return program


def test_what_a_killed_run_leaves_is_taken_out_by_the_next(repo: Clone) -> None:
    """Its own work tree alone, and not while another run is at it."""
    trees = repo.path.parent / "trees"
    git(repo.path, "worktree", "add", "--quiet", "--detach", str(trees / "mine"))
    (trees / "mine").rename(trees / "not mounted")
    running = killed(repo)
    names = [line.split()[0] for line in git(repo.path, "worktree", "list").splitlines()]
    (left,) = (Path(name) for name in names if "/multus-migrator-" in name)
    assert repo.pr("-q", "--branch", "other") == Run(0, "", "")
    assert (left / ".git").exists(), "it still runs"
    assert len(git(repo.path, "worktree", "list").splitlines()) == 3

    running.kill()
    running.wait()
    for number in (repo.path.parent / "begun").read_text().split():
        os.kill(int(number), signal.SIGKILL)
    assert (left / ".git").exists(), "nobody could clean up"
    assert repo.pr("-q") == Run(0, "", "")
    assert not left.parent.exists()
    listed = git(repo.path, "worktree", "list").splitlines()
    assert [line.split()[0] for line in listed] == [str(repo.path), str(trees / "mine")]
    assert list((repo.path / ".git/multus-migrator/running").iterdir()) == []
    assert repo.tips()[0] != ""


def test_what_a_hook_leaves_running_is_not_waited_for(plain: Clone) -> None:
    hook(plain.path, "post-commit", "sleep 60 &")
    begun = time.monotonic()
    assert plain.publish(push=False).outcome is Outcome.MADE
    assert time.monotonic() - begun < 30
