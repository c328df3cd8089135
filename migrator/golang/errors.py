"""How a function of Go fails: with an error, or with a panic."""

from __future__ import annotations

from typing import Final

NIL_DEREFERENCE: Final = "runtime error: invalid memory address or nil pointer dereference"


class GoError(Exception):
    """An ``error`` of Go; str() is its text."""


class GoPanic(Exception):
    """A panic of Go; str() is what it panics with. Thin: the process ends; thick: the request."""
