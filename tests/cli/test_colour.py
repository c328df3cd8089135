"""Whether output is coloured, and how wide it is."""

from __future__ import annotations

import pytest

from migrator.cli import options


class Screen:
    def __init__(self, *, tty: bool) -> None:
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


@pytest.mark.parametrize(
    ("choice", "tty", "environment", "expected"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": ""}, False),
        ("auto", True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
    ids=[
        "a terminal", "a pipe", "NO_COLOR", "NO_COLOR that is empty", "FORCE_COLOR",
        "FORCE_COLOR that is empty", "NO_COLOR outranks FORCE_COLOR", "--color outranks NO_COLOR",
        "--color outranks FORCE_COLOR",
    ],
)  # fmt: skip
def test_colour(
    monkeypatch: pytest.MonkeyPatch,
    choice: str,
    tty: bool,
    environment: dict[str, str],
    expected: bool,
) -> None:
    monkeypatch.setattr("sys.stdout", Screen(tty=tty))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert options.use_colour(choice) is expected


@pytest.mark.parametrize(
    ("tty", "columns", "width"),
    [(True, "100", 100), (True, "400", 120), (False, "100", 0)],
    ids=["a terminal", "a wide one", "a pipe has no width"],
)
def test_lines_are_folded_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, tty: bool, columns: str, width: int
) -> None:
    monkeypatch.setattr("sys.stdout", Screen(tty=tty))
    monkeypatch.setenv("COLUMNS", columns)
    assert options.terminal_width() == width
