"""What the files of a run are called (`Naming`).

Everything is read under the names that the user typed. `renamed` gives the same reading with other
names, and the plan of that one says nothing else: no report replaces anything in a text.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from migrator.model.inputs import (
    ChartFile,
    Complaint,
    Document,
    Folder,
    InputFile,
    KustomizeRoot,
    Naming,
    NestedRoot,
    ObjectRef,
    Reading,
    Render,
    Sentence,
    Source,
)
from migrator.read.files import repository_of, shown
from migrator.read.gather import BUILT, STDIN
from migrator.read.renders import file_of

T = TypeVar("T")

Namer = Callable[[str], str]
"""The name of a file as the user typed it -> its other name."""

_NAMED: Final[Mapping[type, Collection[str]]] = {
    InputFile: ("name",),
    Source: ("file",),
    KustomizeRoot: ("path",),
    NestedRoot: ("path", "files"),
    ChartFile: ("folder",),
    Render: ("name", "chart"),
    Folder: ("name",),
}
"""The fields of each record that hold the name of a file or folder, or several."""


def namer(given: Sequence[str], naming: Naming) -> Namer:
    """How a run with these INPUTs and node files names its files. Standard input and pipes, which
    lie nowhere, keep their names, and so does everything where nothing else was given."""
    nowhere = {name for name in given if _lies_nowhere(name)}
    places = [_Given.of(Path(name)) for name in given if name not in nowhere]
    if naming is Naming.TYPED or not places:
        return _as_typed
    common = os.path.commonpath([place.folder for place in places])
    whole = Path(common)
    base = shown((repository_of(whole) or whole) if naming is Naming.REPOSITORY else whole)
    here = shown(Path.cwd())
    nearest = sorted(places, key=lambda place: len(place.typed), reverse=True)

    @cache
    def name(file: str) -> str:
        if file_of(file) in nowhere:
            return file
        plain = file_of(file).removesuffix(BUILT)
        place = next((place for place in nearest if place.holds(plain)), None)
        where = place.where + plain[len(place.typed) :] if place else posixpath.join(here, plain)
        return posixpath.relpath(where, base) + file[len(plain) :]

    return name


def _as_typed(file: str) -> str:
    return file


def _lies_nowhere(name: str) -> bool:
    """Standard input, and what a shell makes of ``<(command)``. Below /dev/shm Linux has files, in memory."""
    memory = "/dev/shm/"  # noqa: S108  # nothing is made there
    device = name.startswith("/dev/") and not name.startswith(memory)
    return name == STDIN or device or Path(name).is_fifo()


class _Given(Struct, frozen=True):
    """What the user typed ("" for the working directory, else without a slash at its end), where
    that is on the disk, and the folder that counts for the common one: itself, or that of a file.
    A link that was typed keeps its own name."""

    typed: str
    where: str
    folder: str

    @staticmethod
    def of(path: Path) -> _Given:
        if path.name in ("", ".."):
            real = Path(os.path.realpath(path))
            return _Given("" if path == Path() else shown(path), f"{shown(real)}/", str(real))
        where = Path(os.path.realpath(path.parent), path.name)
        return _Given(shown(path), shown(where), str(where if path.is_dir() else where.parent))

    def holds(self, file: str) -> bool:
        """Whether a file as the user named it is this one, or lies in it."""
        if not self.typed:
            return not file.startswith("/")
        return file == self.typed or file.startswith(f"{self.typed}/")


def renamed(reading: Reading, name: Namer) -> Reading:
    """The same reading with other names of its files; what a tool said of one is left out. Pure."""
    other: Reading = _Renamed(name).value(reading)
    return replace(
        other,
        inputs=tuple(sorted(other.inputs, key=lambda item: item.name)),
        folders={name(file): folder for file, folder in reading.folders.items()},
    )


def files_of(reading: Reading) -> frozenset[str]:
    """The names of all files and folders of a reading."""
    found: set[str] = set()

    def note(file: str) -> str:
        found.add(file)
        return file

    renamed(reading, note)
    return frozenset(found)


def has_sentences(reading: Reading) -> bool:
    """Whether something of it is said in a sentence, which another naming says otherwise."""
    return bool(reading.problems or reading.nested)


def with_names(record: T, names: Mapping[str, str]) -> T | None:
    """A record of a plan with other names of its files; None where one of them is also within a
    sentence, or where so many are given that to look for each takes long. Pure."""
    if not names:
        return record
    if len(names) > _FEW:
        return None
    within = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    try:
        found: T = _Told(lambda file: names.get(file, file), within).value(record)
    except _InASentence:
        return None
    return found


_FEW: Final = 200


class _InASentence(Exception):
    """What has the name has to be said anew."""


class _Renamed:
    def __init__(self, name: Namer) -> None:
        self._name = name

    def value(self, value: Any) -> Any:
        if isinstance(value, Sentence):
            return Sentence(*map(self.value, value.parts))
        if isinstance(value, Complaint):
            return Complaint("")
        if type(value) is tuple:  # and no tree of lines, which is one too
            return tuple(map(self.value, value))
        if isinstance(value, Document):  # of which there are many: nothing else of one has a name
            file = self._name(value.source.file)
            same = file == value.source.file
            return (
                value if same else replace(value, source=Source(file=file, line=value.source.line))
            )
        if not isinstance(value, Struct):
            return value
        named = _NAMED.get(type(value), ())
        changed = {
            name: self._named(old) if name in named else self.value(old)
            for name in value.__struct_fields__
            for old in (getattr(value, name),)
        }
        return replace(value, **changed)

    def _named(self, value: Any) -> Any:
        return self._name(value) if isinstance(value, str) else frozenset(map(self._name, value))


class _Told(_Renamed):
    def __init__(self, name: Namer, within: re.Pattern[str]) -> None:
        super().__init__(name)
        self._within = within

    def value(self, value: Any) -> Any:
        if isinstance(value, ObjectRef):
            return value
        if isinstance(value, Document):
            return super().value(value)
        if isinstance(value, Reading):  # whose sentences are what `has_sentences` asks for
            return renamed(value, self._name)
        if isinstance(value, str | Complaint) and self._within.search(str(value)):
            raise _InASentence
        return value if isinstance(value, str) else super().value(value)
