"""How often Python looks for garbage while documents are read, and while a plan is made of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SELDOM: Final = 100_000
"""New maps, lists and tuples until the next look, some 20 MB; Python's own number is 700. Not never:
the parser in Python leaves cycles behind at each document."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """What is read is kept, so Python walks through more and more of it and finds nothing: a third
    of the time that 10,000 documents take to read, a fifth of the time of their plan."""
    usual = gc.get_threshold()
    if usual[0]:
        gc.set_threshold(max(usual[0], _SELDOM), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
