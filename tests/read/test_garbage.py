from __future__ import annotations

import gc

import pytest

from migrator.cli.options import planning
from migrator.read.garbage import seldom_collected


def test_the_usual_number_is_back_behind_it_whatever_happens() -> None:
    usual = gc.get_threshold()
    with pytest.raises(ValueError, match="x"), seldom_collected():
        assert gc.get_threshold() == (100_000, *usual[1:])
        raise ValueError("x")
    assert gc.get_threshold() == usual


def test_it_looks_no_more_often_than_whoever_calls_wants_it() -> None:
    usual = gc.get_threshold()
    try:
        for wanted in (0, 200_000):
            gc.set_threshold(wanted)
            with seldom_collected():
                assert gc.get_threshold()[0] == wanted
    finally:
        gc.set_threshold(*usual)


def test_a_command_that_plans_is_such_a_time() -> None:
    usual = gc.get_threshold()
    seen = []
    planning(lambda: seen.append(gc.get_threshold()))()
    assert seen == [(100_000, *usual[1:])]
    assert gc.get_threshold() == usual
