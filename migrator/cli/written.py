"""What this run has put in place: the line that tells of an interruption has to be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Written:
    """Each place with what is to stand there, noted before it is put there: an interruption may
    come at any moment, so only the place itself can say whether it came too early."""

    def __init__(self) -> None:
        self._noted: list[tuple[str, Callable[[], bool]]] = []

    def note(self, name: str, place: Path, new: Path) -> None:
        """``new`` is about to become ``place``, which the user calls ``name``."""
        inode = new.stat().st_ino
        self.note_if(name, lambda: _inode(place) == inode)

    def note_if(self, name: str, is_there: Callable[[], bool]) -> None:
        """What the user calls ``name`` is about to be put where ``is_there`` looks for it."""
        self._noted.append((name, is_there))

    def forget(self) -> None:
        """A new run begins."""
        self._noted.clear()

    def places(self) -> list[str]:
        """The names of what stands in its place now, in order."""
        return [name for name, is_there in self._noted if is_there()]


def _inode(place: Path) -> int | None:
    try:
        return place.stat().st_ino
    except OSError:
        return None


WRITTEN = Written()
