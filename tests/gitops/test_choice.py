"""Which writer is taken: the first whose files are proved, and what is said where none is."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.gitops.choice import Choice, NoPlace, Rewrites, choose
from migrator.gitops.in_place import Rewrite
from migrator.model.errors import EnvironmentProblem, MigratorError, VerificationError
from migrator.model.inputs import Source


def files(name: str) -> Rewrites:
    return (Rewrite(path=Path(name), old=None, new=b""),)


def proof(writer: str, rewrites: Rewrites) -> str:
    name = rewrites[0].path.name
    if name.startswith("bad"):
        raise VerificationError((f"{name} is wrong", "all is wrong"), "the edit")
    return f"{name} is proved"


def no_place() -> Rewrites:
    raise MigratorError("no place", source=Source(file="a.yaml", line=3), hint="move it")


def test_the_first_that_is_proved_is_taken_and_no_other_is_asked() -> None:
    writers = {"here": lambda: files("good"), "there": no_place}
    assert choose(writers, proof) == Choice("here", files("good"), "good is proved")


@pytest.mark.parametrize("first", [no_place, lambda: files("bad")])
def test_the_next_is_taken_where_one_has_no_place_or_is_not_proved(first: object) -> None:
    writers = {"here": first, "there": lambda: files("good")}
    choice = choose(writers, proof)  # type: ignore[arg-type]
    assert (choice.writer, choice.proof, len(choice.passed)) == ("there", "good is proved", 1)


def test_the_only_one_says_itself_why_it_does_not_fit() -> None:
    with pytest.raises(MigratorError) as raised:
        choose({"here": no_place}, proof)
    assert raised.value.lines() == ["a.yaml:3: no place; move it"]


def test_where_none_fits_the_last_is_heard_first_and_nothing_is_said_twice() -> None:
    writers = {"here": no_place, "there": lambda: files("bad"), "last": lambda: files("bad2")}
    with pytest.raises(NoPlace) as raised:
        choose(writers, proof)
    assert raised.value.lines() == [
        "the plan cannot be written into these files; nothing was written",
        "  last: bad2 is wrong",
        "  last: all is wrong",
        "  there: bad is wrong",
        "  here: a.yaml:3: no place; move it",
    ]


def test_what_the_machine_lacks_is_said_at_once() -> None:
    def broken() -> Rewrites:
        raise EnvironmentProblem("no kubectl")

    with pytest.raises(EnvironmentProblem, match="no kubectl"):
        choose({"here": broken, "there": lambda: files("good")}, proof)
