"""What becomes of a branch that is there already: ours, a person's, moved, or of a repository that is odd."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from migrator.cli.publishing import Remote, published
from migrator.gitops.branches import base_of
from migrator.model.errors import MigratorError
from migrator.report.writer import Outcome
from tests.cli.clones import (
    BRANCH,
    FILE,
    Clone,
    another,
    clone,
    config,
    git,
    hook,
    plain,
    save,
    tip,
    write,
)

__all__ = ["config", "plain"]


def outcome(repo: Clone, text: str = "thick\n", *, push: bool = True) -> Outcome:
    return repo.publish(text, push=push).outcome


def stopped(repo: Clone, text: str = "thick\n", *, push: bool = True) -> str:
    """The first line of what it says, where it stops and nothing was moved."""
    before = repo.tips()
    with pytest.raises(MigratorError) as error:
        repo.publish(text, push=push)
    assert repo.tips() == before
    assert repo.untouched()
    return error.value.lines()[0]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def made(plain: Clone, kept: Path) -> Clone:
    """The same with the branch, here and at the remote: it is made once, and the others have a copy of what
    Git keeps of it. The configuration names the place of each."""
    places = (plain.remote, plain.path / ".git")
    if not any(kept.iterdir()):
        assert outcome(plain) is Outcome.MADE
        for place in places:
            shutil.copytree(place, kept / place.name)
    but = shutil.ignore_patterns("config")
    for place in places:
        shutil.copytree(kept / place.name, place, dirs_exist_ok=True, ignore=but)
    return plain


def test_a_second_run_changes_nothing(plain: Clone) -> None:
    assert outcome(plain) is Outcome.MADE
    tips = plain.tips()
    assert tips[0] == tips[1] != ""
    assert outcome(plain) is Outcome.UP_TO_DATE
    assert outcome(plain, push=False) is Outcome.UP_TO_DATE
    assert plain.tips() == tips
    assert plain.untouched()


def test_what_was_made_is_pushed_later(plain: Clone) -> None:
    assert outcome(plain, push=False) is Outcome.MADE
    made = plain.tips()[0]
    assert plain.tips() == (made, "")
    assert outcome(plain) is Outcome.MADE
    assert plain.tips() == (made, made)


def test_another_plan_has_it_made_anew_here_and_there(made: Clone) -> None:
    before = made.tips()
    assert outcome(made, "thicker\n") is Outcome.MADE
    now = made.tips()
    assert now[0] == now[1] != before[0]
    assert git(made.path, "rev-list", "--count", f"main..{BRANCH}") == "2"
    assert git(made.path, "show", f"{BRANCH}:{FILE}") == "thicker"


def test_a_fresh_clone_is_told_that_the_remote_is_up_to_date(made: Clone, tmp_path: Path) -> None:
    other = another(made, tmp_path)
    for push in (False, True):
        assert outcome(other, push=push) is Outcome.UP_TO_DATE
        assert other.tips() == ("", made.tips()[1])
    assert outcome(other, "thicker\n") is Outcome.MADE
    assert other.tips()[0] == other.tips()[1] != made.tips()[0]
    assert outcome(made, "thicker\n") is Outcome.UP_TO_DATE, "as the remote is, whatever is here"


def test_a_base_that_moved_elsewhere_leaves_it_as_it_is(made: Clone) -> None:
    tips = made.tips()
    made.base_moves({"README.md": "bye\n"})
    assert outcome(made) is Outcome.UP_TO_DATE
    assert made.tips() == tips


def test_a_branch_without_commits_of_its_own_is_taken(plain: Clone) -> None:
    git(plain.path, "branch", BRANCH)
    git(plain.path, "push", "--quiet", "origin", BRANCH)
    assert outcome(plain) is Outcome.MADE


def test_what_a_hook_adds_to_a_message_is_no_change(plain: Clone) -> None:
    hook(plain.path, "prepare-commit-msg", 'sed -i "1s/^/[NET-7] /" "$1"')
    hook(
        plain.path,
        "commit-msg",
        'printf "Change-Id: I%s\\n" $(sha1sum < "$1" | cut -c1-40) >> "$1"',
    )
    assert outcome(plain) is Outcome.MADE
    message = git(plain.path, "show", "-s", "--format=%B", BRANCH)
    assert message.startswith("[NET-7] Move Multus\n")
    assert "\nChange-Id: I" in message
    tips = plain.tips()
    assert outcome(plain) is Outcome.UP_TO_DATE
    assert plain.tips() == tips


def by_hand(repo: Clone, how: str) -> None:
    """A person's change of the branch, in a work tree of theirs."""
    place = repo.path.parent / "theirs"
    git(repo.path, "worktree", "add", "--quiet", str(place), BRANCH)
    if how == "a commit":
        write(place, {"deploy/note.txt": "mine\n"})
        save(place, "a note\n\nFixes #1")
    elif how == "the last amended, its trailer kept":
        write(place, {FILE: "mine\n"})
        git(place, "commit", "--quiet", "--all", "--amend", "--no-edit")
    elif how == "the first amended":
        write(place, {"deploy/rights.yaml": "fewer\n"})
        git(place, "reset", "--quiet", "--soft", "HEAD~")
        git(place, "stash", "--quiet")
        write(place, {"deploy/rights.yaml": "fewer\n"})
        git(place, "commit", "--quiet", "--all", "--amend", "--no-edit")
        git(place, "stash", "pop", "--quiet")
        save(place, "the rest")
    elif how == "a merge":
        git(repo.path, "commit", "--quiet", "--allow-empty", "-m", "main goes on")
        git(place, "merge", "--quiet", "--no-ff", "-m", "main is merged", "main")
    elif how == "ours without its trailer":
        git(place, "commit", "--quiet", "--amend", "-m", "Move Multus")
    elif how == "a trailer that was copied":
        message = git(place, "show", "-s", "--format=%B")
        git(place, "commit", "--quiet", "--allow-empty", "-m", message)
    git(repo.path, "worktree", "remove", "--force", str(place))


@pytest.mark.parametrize(
    "how",
    [
        "a commit",
        "the last amended, its trailer kept",
        "the first amended",
        "a merge",
        "ours without its trailer",
        "a trailer that was copied",
    ],
)
def test_what_a_person_did_on_the_branch_stops_it(how: str, made: Clone) -> None:
    by_hand(made, how)
    for text in ("thick\n", "thicker\n"):
        for push in (False, True):
            line = stopped(made, text, push=push)
            assert line.startswith(f"{BRANCH} has a commit that somebody made or changed: ")
            assert line.endswith(
                ", by Ann Other); merge it, or close it; or use another: --branch OTHER"
            )


@pytest.mark.parametrize("fetched", [True, False], ids=["as it was fetched", "as it is now"])
def test_what_a_person_did_at_the_remote_stops_it(
    fetched: bool, made: Clone, tmp_path: Path
) -> None:
    other = another(made, tmp_path, "--branch", BRANCH)
    write(other.path, {"note.txt": "mine\n"})
    theirs = save(other.path, "a note")
    git(other.path, "push", "--quiet")
    if fetched:
        git(made.path, "fetch", "--quiet")
    assert f"{theirs[:9]} (a note, by Ann Other)" in stopped(made, push=not fetched)
    assert made.tips()[1] == theirs


def test_a_subject_of_a_person_is_one_harmless_line(made: Clone) -> None:
    git(made.path, "switch", "--quiet", BRANCH)
    git(made.path, "commit", "--quiet", "--allow-empty", "-m", f"\x1b[31m{'x' * 500}")
    git(made.path, "switch", "--quiet", "main")
    line = stopped(made)
    assert "\x1b" not in line
    assert len(line) < 300


@pytest.mark.parametrize(
    ("moment", "said"), [("post-commit", "stale info"), ("pre-push", "cannot lock ref")]
)
def test_a_remote_that_moved_since_it_was_seen_is_not_overwritten(
    moment: str, said: str, made: Clone, tmp_path: Path
) -> None:
    other = another(made, tmp_path, "--branch", BRANCH)
    write(other.path, {"note.txt": "mine\n"})
    theirs = save(other.path, "a note")
    push = "env -u GIT_DIR -u GIT_INDEX_FILE git -C"
    hook(made.path, moment, f"{push} '{other.path}' push --quiet origin HEAD")
    with pytest.raises(MigratorError) as error:
        made.publish("thicker\n")
    assert error.value.lines()[0].startswith("`git push` failed")
    assert said in "".join(error.value.lines())
    assert made.tips()[1] == theirs


def test_a_branch_that_moves_while_it_is_committed_is_not_overwritten(plain: Clone) -> None:
    assert outcome(plain, push=False) is Outcome.MADE
    main = git(plain.path, "rev-parse", "main")
    hook(plain.path, "post-commit", f"git update-ref refs/heads/{BRANCH} {main}")
    with pytest.raises(MigratorError) as error:
        plain.publish("thicker\n")
    assert error.value.lines()[0].startswith("`git update-ref` failed; run it again")
    assert plain.tips() == (main, "")


def test_a_remote_that_protects_its_default_branch_takes_the_branch(plain: Clone) -> None:
    hook(
        plain.remote,
        "pre-receive",
        "while read o n ref; do test $ref != refs/heads/main || exit 1; done",
    )
    assert outcome(plain) is Outcome.MADE
    assert plain.tips()[0] == plain.tips()[1]


def test_what_the_remote_refuses_is_said(plain: Clone) -> None:
    hook(plain.remote, "pre-receive", "echo 'not on a Friday, token=abcdefgh12345' >&2; exit 1")
    with pytest.raises(MigratorError) as error:
        plain.publish()
    text = "\n".join(error.value.lines())
    assert "not on a Friday" in text
    assert "abcdefgh12345" not in text
    assert plain.tips()[1] == ""


def test_a_detached_head_is_for_the_default_branch_that_has_it(plain: Clone) -> None:
    git(plain.path, "switch", "--quiet", "--detach")
    assert base_of(plain.path, "origin", "").branch == "main"
    assert outcome(plain) is Outcome.MADE
    git(plain.path, "commit", "--quiet", "--allow-empty", "-m", "elsewhere")
    with pytest.raises(MigratorError, match="no branch is checked out") as error:
        base_of(plain.path, "origin", "")
    assert error.value.lines()[0].endswith("; name it: --base BRANCH")
    assert base_of(plain.path, "origin", "release").branch == "release"


def test_a_linked_work_tree_is_a_checkout_like_any_other(plain: Clone, tmp_path: Path) -> None:
    place = tmp_path / "linked"
    git(plain.path, "worktree", "add", "--quiet", "-b", "mine", str(place))
    linked = Clone(plain.remote, place)
    assert (
        published(linked.proposal(), Remote("origin", push=True, create=False)).outcome
        is Outcome.MADE
    )
    assert linked.tips() == plain.tips()
    assert git(place, "status", "--porcelain") == ""
    assert len(git(place, "worktree", "list").splitlines()) == 2


def test_a_submodule_is_a_repository_of_its_own(plain: Clone, tmp_path: Path) -> None:
    whole = clone(tmp_path / "whole", {"README.md": "all of it\n"})
    git(whole.path, "submodule", "--quiet", "add", f"file://{plain.remote}", "net")
    save(whole.path, "net is a submodule")
    inner = Clone(plain.remote, whole.path / "net")
    assert outcome(inner) is Outcome.MADE
    assert inner.tips()[0] == inner.tips()[1] != ""
    assert inner.untouched()
    assert tip(whole.path, BRANCH) == ""
    assert whole.untouched()


def test_a_repository_with_submodules_keeps_them(plain: Clone, tmp_path: Path) -> None:
    whole = clone(tmp_path / "whole", {FILE: "thin\n"})
    git(whole.path, "submodule", "--quiet", "add", f"file://{plain.remote}", "net")
    save(whole.path, "net is a submodule")
    assert outcome(whole) is Outcome.MADE
    assert whole.untouched()
    assert (whole.path / "net/README.md").exists()


def test_a_shallow_clone_does_until_the_history_is_needed(plain: Clone, tmp_path: Path) -> None:
    plain.base_moves({"README.md": "two\n"})
    shallow = another(plain, tmp_path, "--depth", "1")
    assert outcome(shallow) is Outcome.MADE
    assert outcome(shallow) is Outcome.UP_TO_DATE
    plain.base_moves({"README.md": "three\n"})
    later = another(plain, tmp_path / "later", "--depth", "1")
    line = stopped(later, "thicker\n")
    assert (
        "does not say where multus-migrator/deploy began; fetch it: git fetch --unshallow" in line
    )
    git(later.path, "fetch", "--quiet", "--unshallow")
    assert outcome(later, "thicker\n") is Outcome.MADE


def test_what_a_person_took_back_at_the_remote_is_no_obstacle(made: Clone, tmp_path: Path) -> None:
    """What was fetched last says nothing where the remote is asked."""
    ours = made.tips()[1]
    other = another(made, tmp_path, "--branch", BRANCH)
    write(other.path, {"note.txt": "mine\n"})
    save(other.path, "a note")
    git(other.path, "push", "--quiet")
    git(made.path, "fetch", "--quiet")
    git(other.path, "push", "--quiet", "--force", "origin", f"{ours}:{BRANCH}")
    assert "a note" in stopped(made, push=False)
    assert outcome(made) is Outcome.UP_TO_DATE
