"""Each call of the file system that the writer makes fails once: what is at OUT then, and what is said.

The files are ready and few; the command around them is a real one, so that the line and the exit code
are those of `plan`.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import click
import pytest

from migrator.cli import swap
from migrator.cli.main import cli
from tests.cli.test_faults import NEW, OLD, Faults, Killed, state
from tests.cli.test_output import write_tree
from tests.cli.tools import migrator

Way = Literal["one exchange", "two renames"]
WAYS: Final[tuple[Way, ...]] = ("one exchange", "two renames")
FAULTS: Final[dict[str, Callable[[], BaseException]]] = {
    "disk full": lambda: OSError(28, "No space left on device"),
    "interrupted": KeyboardInterrupt,
    "killed": Killed,
}
_LOOKS: Final = ("stat", "lstat", "scandir", "listdir")
_RANDOM: Final = re.compile(r"\.out\.\w+\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``at`` is "old", "new", "absent" or "a mixture"; ``code`` None for a process that was killed, -1
    for a traceback; ``clean`` whether the next run leaves the new tree and nothing beside it."""

    at: str
    code: int | None
    said: str
    clean: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One call: its name ("look" for all that change nothing but open), and what it is about."""

    call: str
    about: str


class _Named(Faults):
    """Remembers the call that failed."""

    def __init__(self, at: int, fault: BaseException, place: Path) -> None:
        super().__init__(at, fault)
        self.place, self.point = place, Point(call="", about="")

    def counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        counted = super().counted(call)

        def named(*args: Any, **kwargs: Any) -> Any:
            if self.count + 1 == self.at:
                name = call.__name__.lstrip("_")
                name = "look" if name in _LOOKS else name
                self.point = Point(call=name, about=_about(args, self.place))
                if isinstance(self.fault, OSError) and args and not isinstance(args[0], int):
                    self.fault.filename = os.fspath(args[0])
            return counted(*args, **kwargs)

        return named


def _about(arguments: tuple[Any, ...], place: Path) -> str:
    if not arguments or isinstance(arguments[0], int):
        return "an open file or folder"
    path = Path(os.fsdecode(arguments[0]))
    if path == place:
        return "OUT"
    if not path.is_absolute():  # relative to a folder that is open
        return "in a tree that goes away"
    if path.name.endswith((swap.STAGE, swap.ASIDE)):
        return "the new tree" if path.name.endswith(swap.STAGE) else "the old tree, aside"
    if place in path.parents:
        return "in OUT"
    above = [parent for parent in path.parents if parent.name.endswith((swap.STAGE, swap.ASIDE))]
    if above:
        return "in the new tree" if above[0].name.endswith(swap.STAGE) else "in the old tree, aside"
    return "the folder of OUT"


@contextmanager
def _writing(way: Way) -> Iterator[pytest.MonkeyPatch]:
    """No disk is waited for. So few files are written by one thread, so that calls can be counted."""

    def fsync(_descriptor: int) -> None:
        """Takes no time."""

    def exchange(_stage: Path, _place: Path) -> bool:
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        if way == "two renames":
            patch.setattr(swap, "_exchange", exchange)
        yield patch


def outcomes(way: Way) -> Iterator[tuple[Point, dict[str, Outcome]]]:
    """For each call of a run that replaces an old tree: how the run ends on each fault."""
    with _writing(way) as patch, tempfile.TemporaryDirectory(prefix="faults-") as name:
        whole = _Named(0, OSError(), Path(name) / "whole" / "out")
        _outcome(patch, whole)
        for at in range(1, whole.count + 1):
            results = {}
            for fault, error in FAULTS.items():
                faults = _Named(at, error(), Path(name) / f"{at} {fault}" / "out")
                results[fault] = _outcome(patch, faults)
            yield faults.point, results


def _outcome(patch: pytest.MonkeyPatch, faults: _Named) -> Outcome:
    """Writes the old tree, then the new one with the fault, then the new one again."""
    place = faults.place
    place.parent.mkdir()
    write_tree(place, OLD)

    def write() -> None:
        with pytest.MonkeyPatch.context() as inner:
            faults.plant(inner)
            write_tree(place, NEW)

    command = click.Command("plan", callback=write)
    patch.setattr(cli, "get_command", lambda _context, _name: command)
    code, said = None, ""
    try:
        run = migrator("plan", cwd=place.parent)
        code, said = run.code, _RANDOM.sub(".out.*.", run.err.strip())
        said = said.replace(f"{place.parent}/", "").replace(str(place.parent), "FOLDER")
    except Killed:
        pass
    except Exception as error:  # whatever it is, a user would see a traceback
        code, said = -1, repr(error)
    for descriptor in faults.open:  # the system closes them where a process ends
        os.close(descriptor)
    at = state(place)
    write_tree(place, NEW)
    clean = state(place) == "new" and len(list(place.parent.iterdir())) == 1
    return Outcome(at=at, code=code, said=said, clean=clean)
