"""Each step fails once; started again, the script goes on, and ends where it has to."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.cluster.estate import NODES, Estate, estate
from tests.cluster.server import Fault

pytestmark = [pytest.mark.kustomize, pytest.mark.slow]

STEPS: Final = {
    "forward": (
        "version", "config", "get daemonset", "kustomize rollback", "apply set-last-applied",
        "apply --dry-run=server -k stage-1", "apply -k stage-1", "get pods -n", "get node ",
        "get pods --all-namespaces", "create -f -", "logs", "cordon", "drain", "delete pod kube",
        "create --dry-run=client", "uncordon", "apply --dry-run=server -k stage-2", "apply -k stage-2",
        "rollout status",
    ),
    "back": (
        "kustomize stage-1", "apply set-last-applied", "apply --dry-run=server -k rollback/stage-1",
        "apply -k rollback/stage-1", "get pods --all-namespaces", "create -f -", "cordon", "drain",
        "delete pod kube", "uncordon", "apply --dry-run=server -k rollback/stage-2",
        "apply -k rollback/stage-2", "rollout status",
    ),
}  # fmt: skip
"""Commands, by their first words, in the order in which they are first sent."""

LOST: Final = {
    "forward": ("apply set-last-applied", "apply -k", "create -f -", "cordon", "drain", "delete pod kube",
                "uncordon", "apply -k stage-2"),
    "back": ("apply set-last-applied", "apply -k", "create -f -", "cordon", "drain", "delete pod kube",
             "uncordon", "apply -k rollback/stage-2"),
}  # fmt: skip
"""Commands that the server has obeyed when the answer is lost."""

ENDS: Final = {"forward": "stage-2", "back": "rollback/stage-2"}


def once(step: str) -> tuple[Fault, list[str]]:
    """A fault at the first command that begins so, and what it has hit."""
    hit: list[str] = []

    def fault(words: tuple[str, ...]) -> str:
        said = " ".join(w for w in words if not w.startswith("--request-timeout="))
        if hit or not said.startswith(step):
            return ""
        hit.append(said)
        return "Unable to connect to the server: EOF"

    return fault, hit


def stops(one: Estate, direction: str, step: str, hit: list[str]) -> None:
    done = one.run(direction)
    assert len(hit) == 1, (step, done.stderr)
    if done.returncode == 0:  # what is asked for again and again may fail once
        return
    assert done.returncode == 1
    what, undo, on = done.stderr.splitlines()[-3:]
    assert what
    assert undo.startswith("  to undo: ")
    assert on.startswith("  to go on: ")


def test_each_step_that_fails_once_is_taken_up_again(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "create", NODES[:1]) as one:
        for direction, steps in STEPS.items():
            for step in steps:
                one.session.before, hit = once(step)
                stops(one, direction, step, hit)
            one.session.before = lambda words: ""
            ends(one, direction)


def test_what_was_done_before_the_answer_was_lost_is_done_once(out: Path, tmp_path: Path) -> None:
    with estate(out, tmp_path / "c", "helm", NODES[:1]) as one:
        for direction, steps in LOST.items():
            for step in steps:
                one.session.after, hit = once(step)
                stops(one, direction, step, hit)
            one.session.after = lambda words: ""
            ends(one, direction)


def ends(one: Estate, direction: str) -> None:
    done = one.run(direction)
    assert (done.returncode, one.wrong(ENDS[direction])) == (0, []), done.stderr
