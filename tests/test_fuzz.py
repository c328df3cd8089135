"""The loop of ``make fuzz`` runs, and sees what is wrong."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests import fuzz
from tests.cli.tools import Run


@pytest.mark.slow
def test_some_runs_on_spoiled_samples(tmp_path: Path) -> None:
    corpus, rng = fuzz.corpus_of(fuzz.SAMPLES), random.Random(7)  # noqa: S311 - a repeatable one
    assert len(corpus.manifests) > 20
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert fuzz.one(corpus, rng, folder) == []


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (Run(7, "", ""), "exit code 7"),
        (Run(1, "", "Traceback (most recent call last):"), "a traceback"),
        (Run(1, "", ""), "exit code 1 without a line"),
        (Run(0, "a\x9bb\u202e", ""), "stdout holds '\\x9b', '\\u202e'"),
    ],
)
def test_what_is_wrong_is_told(run: Run, told: str) -> None:
    assert list(fuzz.faults(run, None)) == [told]


def test_half_of_out_is_told(tmp_path: Path) -> None:
    assert list(fuzz.faults(Run(1, "", "error: x"), tmp_path)) == [
        "OUT without plan.json",
        "OUT with exit code 1",
    ]
