"""Progress is for a terminal alone, and leaves nothing on it."""

from __future__ import annotations

import io
import sys

import pytest

from migrator.cli.progress import doing


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_it_and_it_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with doing("reading"):
        assert screen.getvalue() == "reading ..."
    assert screen.getvalue().endswith("\r\x1b[2K")


def test_an_error_leaves_a_clean_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with pytest.raises(ValueError, match="bad"), doing("reading"):
        raise ValueError("bad")
    assert screen.getvalue().endswith("\r\x1b[2K")


def test_a_pipe_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with doing("reading"):
        pass
    assert pipe.getvalue() == ""
