"""Whose a commit is, and whether it is the one that would be made now."""

from __future__ import annotations

import pytest

from migrator.gitops.ownership import digest, says, told, with_trailer
from migrator.tools.git_refs import Changed, Commit, raw

MESSAGE = "Move Multus\n\n- S03 the daemon\n  takes its place\n\nProved.\n"


def changed(name: str = "a", mode: str = "100644", blob: str = "1" * 40) -> Changed:
    return Changed(name=name, mode=mode, blob=blob)


def commit(message: str) -> Commit:
    return Commit(id="0" * 40, parents=(), author="Ann", text=message)


def test_a_digest_is_of_names_modes_and_objects_in_any_order() -> None:
    both = [changed("a"), changed("b")]
    assert digest(both) == digest(both[::-1])
    others = [
        [changed("a")],
        [changed("a"), changed("c")],
        [changed("a"), changed("b", mode="100755")],
        [changed("a"), changed("b", blob="2" * 40)],
        [changed("a"), changed("b", mode="", blob="")],
        [changed("a"), changed("\udcff")],
    ]
    assert len({digest(each) for each in [both, *others]}) == 7


def test_the_trailer_is_found_where_hooks_have_added_their_own() -> None:
    message = with_trailer(MESSAGE, [changed()])
    assert message.startswith(MESSAGE)
    wanted = digest([changed()])
    for text in (message, f"{message}Change-Id: I1\n", f"{message}\nSee NET-7.\n", f"x {message}"):
        assert told(commit(text)) == wanted
    for text in (
        MESSAGE,
        message.replace("\nMultus-M", "\n Multus-M"),
        message.replace(wanted, "1"),
    ):
        assert told(commit(text)) == ""


@pytest.mark.parametrize(
    "stored",
    [
        MESSAGE,
        f"{MESSAGE}\nMultus-Migrator-Plan: 1\nChange-Id: I1\nSigned-off-by: Ann <a@b>\n",
        f"[NET-7] {MESSAGE}",
        MESSAGE.replace("\n\n", "\n\n\n"),
        f"{MESSAGE}# what a hook has to say\n",
    ],
    ids=["as it was", "trailers", "a prefix", "blank lines", "comments"],
)
def test_what_hooks_add_says_the_same(stored: str) -> None:
    assert says(stored, MESSAGE)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "Move Multus\n",
        MESSAGE.replace("Move Multus", "Move it"),
        MESSAGE.replace("takes its place", "takes another"),
        MESSAGE.replace("Proved.", ""),
        f"{MESSAGE}- S04 another reason\n",
        "- S03 the daemon\n\nMove Multus\n  takes its place\nProved.\n",
    ],
    ids=["none", "less", "subject", "reason", "end", "more", "order"],
)
def test_another_plan_says_something_else(stored: str) -> None:
    assert not says(stored, MESSAGE)


def test_a_diff_of_git_is_read_with_any_name() -> None:
    ones, none = "1" * 40, "0" * 40
    text = (
        f":100644 100644 {ones} {ones} M\0a b\n\tc\0"
        f":000000 100755 {none} {ones} A\0new\0"
        f":100644 000000 {ones} {none} D\0gone\0"
    )
    assert list(raw(text)) == [
        changed("a b\n\tc"),
        changed("new", "100755"),
        changed("gone", "", ""),
    ]
    assert list(raw("")) == []
