"""The two sides of a review: where each is read from, and what its files are called."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from migrator.checks.suppression import Suppression, steered
from migrator.checks.withdrawn import WITHDRAWN
from migrator.cli.options import built, tools
from migrator.cli.settings import FILE, parse_config
from migrator.inventory.build import build_inventory
from migrator.model.errors import InputError
from migrator.model.inputs import Naming, NodeFiles, Problem, Reading, Source
from migrator.model.inventory import Inventory
from migrator.model.plan import Finding
from migrator.plan.planner import KNOWN_IDS
from migrator.read.files import read_bytes, shown
from migrator.read.gather import BUILT
from migrator.read.naming import Namer, files_of, namer, renamed
from migrator.read.reading import read_inputs
from migrator.read.renders import file_of
from migrator.tools.bounds import CONFIG

_EMPTY = Reading(
    documents=(),
    inputs=(),
    problems=(),
    fragments=(),
    root=None,
    node_files=NodeFiles(nodes=(), directories=frozenset(), files=()),
)


class Side(Struct, frozen=True, kw_only=True):
    """``given`` are its INPUTs, none where there is nothing of it; ``settings`` the files that may hold
    its settings. ``name`` is how reports call it, and ``below`` the folder that is no part of the
    names of its files ("" where they are as the user typed them); ``left_out`` is what is there and
    not given."""

    name: str
    given: tuple[str, ...]
    node_files: str | None
    settings: tuple[Path, ...]
    below: str = ""
    left_out: tuple[Problem, ...] = ()

    def called(self, naming: Naming) -> Namer:
        """What its files are called."""
        if self.below:
            return self._without_folder
        return namer(tuple(filter(None, (*self.given, self.node_files))), naming)

    def own(self, file: str) -> str:
        """What a file is called below what was given, so that what is said of one side and of the
        other is the same where nothing else differs."""
        if self.below:
            return self._without_folder(file)
        plain = file_of(file).removesuffix(BUILT)
        for given in filter(None, (self.node_files, *self.given)):
            typed = shown(Path(given))
            if plain == typed or plain.startswith(f"{typed}/") or typed == ".":
                return namer((given,), Naming.COMMON)(file)
        return file

    def _without_folder(self, file: str) -> str:
        return file.removeprefix(f"{self.below}/")


class Read(Struct, frozen=True, kw_only=True):
    """A side with its reading, under the names that were typed."""

    side: Side
    reading: Reading

    def inventory(self) -> Inventory:
        """What is there, its files called as `Side.own` says. Errors: InputError, as the user typed
        them, where an object of Multus is not what Kubernetes takes."""
        reading = renamed(self.reading, self.side.own)
        try:
            return build_inventory(reading, None, keep_going=True)
        except InputError as error:
            names = self.names(Naming.TYPED)
            raise InputError(tuple(_retold(p, names) for p in error.problems)) from None

    def names(self, naming: Naming) -> Mapping[str, str]:
        """What its files are called there and by ``naming``."""
        common, wanted = self.side.own, self.side.called(naming)
        files = (*files_of(self.reading), *map(shown, self.side.settings))
        return {common(file): wanted(file) for file in files}


def folder_side(given: str, node_files: str | None) -> Side:
    """A side that the user names."""
    path = Path(given)
    settings = (path / FILE,) if path.is_dir() else ()
    return Side(name=given, given=(given,), node_files=node_files, settings=settings)


def read_side(side: Side) -> Read:
    """Errors: InputError; what cannot be read of it is a finding, and goes on."""
    if not side.given:
        return Read(side=side, reading=replace(_EMPTY, problems=side.left_out))
    try:
        reading = read_inputs(
            side.given,
            stdin=sys.stdin.buffer,
            node_files=side.node_files,
            build=partial(built, fetch=False),
            keep_going=True,
            tools=tools(fetch=False),
        )
    except InputError as error:
        raise InputError(tuple(_named(problem, side) for problem in error.problems)) from None
    reading = replace(reading, problems=(*reading.problems, *side.left_out))
    return Read(side=side, reading=reading)


def _retold(problem: Problem, names: Mapping[str, str]) -> Problem:
    source = problem.source
    return replace(problem, source=replace(source, file=names.get(source.file, source.file)))


def _named(problem: Problem, side: Side) -> Problem:
    name, folder = side.called(Naming.TYPED), f"{side.below}/"
    source = replace(problem.source, file=name(problem.source.file))
    if not side.below:
        return problem
    said = (text.replace(folder, "") for text in (problem.message, problem.hint))
    message, hint = said
    return replace(problem, source=source, message=message, hint=hint)


def suppressions(side: Side) -> tuple[Suppression, ...]:
    """Those of its settings. Errors: InputError for settings that cannot be read."""
    found: list[Suppression] = []
    for path in side.settings:
        if text := _text(path):
            file = side.own(shown(path))
            config = parse_config(text, file, KNOWN_IDS | WITHDRAWN.keys())
            found += config.suppressions
    return tuple(found)


def told_of_settings(before: Side, after: Side) -> Iterator[Finding]:
    """What the change does to the settings (ruling 20): each file of one side, by its name."""
    old, new = _settings(before), _settings(after)
    for file in dict.fromkeys((*old, *new)):
        if old.get(file) != new.get(file):
            place = shown(_place(file, after, before))
            what = "is new" if file not in old else "is gone" if file not in new else "changes"
            yield steered(f"{FILE} {what}", Source(file=after.own(place), line=1))


def _settings(side: Side) -> dict[int, str]:
    return {at: text for at, path in enumerate(side.settings) if (text := _text(path))}


def _place(at: int, *sides: Side) -> Path:
    return next(side.settings[at] for side in sides if at < len(side.settings))


def _text(path: Path) -> str:
    return read_bytes(path, CONFIG).decode("utf-8", "replace") if path.is_file() else ""
