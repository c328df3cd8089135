"""Before a root is built: that the build fetches nothing, and that nothing in it blows up.

kustomize fetches each path that is an http or https URL, from loopback too, and does so before it
looks for a file of that name (api/internal/loader, Load). Paths stand in many fields, of
kustomizations and of the generators and transformers that they name as files, folders or inline,
and Go's decoder takes their keys in any case of letters. So it is not the known fields that are
looked at, but every string, save where no path can stand. What cannot be read is not known to be
offline, and is refused too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from migrator.model.errors import InputError
from migrator.model.inputs import Problem, Source
from migrator.read import aliases
from migrator.read.chunks import is_crowded, split, told
from migrator.read.files import KUSTOMIZATION_NAMES, read_manifest, shown
from migrator.read.kustomization import REMOTE, by_hand, may_fetch
from migrator.read.streams import decode, parse_text
from migrator.read.tree import LineTree, Parsed
from migrator.read.wording import quoted

Built = TypeVar("Built", bound="str | None")

_PLUGINS: Final = ("generators", "transformers", "validators")
_FOLDERS: Final = ("resources", "bases", "components")
_NO_PATHS: Final = frozenset(
    {
        "annotations",
        "commonannotations",
        "commonlabels",
        "fieldpath",
        "fieldpaths",
        "images",
        "imagetag",
        "imagetags",
        "jsonop",
        "labels",
        "literals",
        "metadata",
        "options",
        "patch",
        "value",
    }
)
"""Keys below which kustomize reads no file, in small letters."""
_PLAIN_ROOT: Final = frozenset({"apiversion", "kind", "metadata", *_FOLDERS})
_FETCHED: Final = re.compile(r"https?:", re.IGNORECASE)
_KEYED: Final = re.compile(r"[^=]*=")


class _Member(NamedTuple):
    """A folder or file that a build reads. ``plugins``: what it holds runs as a generator or
    transformer; ``folder``: it may be a root of its own."""

    path: Path
    plugins: bool
    folder: bool = True


def problems(folder: Path, *, fetch: bool = False) -> Iterator[Problem]:
    """What keeps a root from being built offline and within bounds; the user builds it by hand. With
    ``fetch``, what kustomize downloads by https does not."""
    for found in _walk(folder, fetch=fetch):
        yield Problem(
            source=found.source,
            message=found.message,
            hint=found.hint or by_hand(folder),
        )


def downloads(folder: Path) -> bool:
    """Whether the build of a root may have anything to download."""
    return any(problems(folder))


def guarded(build: Callable[[Path], Built], *, fetch: bool = False) -> Callable[[Path], Built]:
    """The build, refused with an InputError where ``problems`` has any."""

    def checked(folder: Path) -> Built:
        if found := tuple(problems(folder, fetch=fetch)):
            raise InputError(found)
        return build(folder)

    return checked


def _walk(folder: Path, *, fetch: bool) -> Iterator[Problem]:
    pending, seen = [_Member(folder, plugins=False)], set()
    while pending:
        member = pending.pop()
        try:
            key = member._replace(path=Path(os.path.realpath(member.path)))
            if key in seen:
                continue
            seen.add(key)
            if member.folder and member.path.is_dir():
                yield from _root(member, pending, fetch)
            elif member.path.is_file():
                yield from _file(member, fetch)
            elif member.path.exists() and not member.path.is_dir():
                yield _problem(member.path, 1, "neither a file nor a folder")
        except InputError as error:
            yield from error.problems
        except (OSError, ValueError):  # no name that a file can have: kustomize says so
            continue


def _root(member: _Member, pending: list[_Member], fetch: bool) -> Iterator[Problem]:
    """A kustomization, and what it names into ``pending``."""
    names = (member.path / name for name in KUSTOMIZATION_NAMES)
    path = next((p for p in names if p.is_file()), None)
    if path is None:
        return
    for parsed in _parsed(path, read_manifest(path)):
        yield from _remote(parsed, path, fetch)
        fields = parsed.value if isinstance(parsed.value, dict) else {}
        for field, value in fields.items():
            name = field.lower()
            if member.plugins and name not in _PLAIN_ROOT and value:
                where = parsed.lines.child(field) or parsed.lines
                message = f"{quoted(field)} in a root of generators or transformers decides what they read"
                yield _problem(path, where.line, message)
            for entry in _entries(value):
                plugins = member.plugins or name in _PLUGINS
                if "\n" in entry or (name in _PLUGINS and _is_inline(entry)):
                    yield from _inline(entry, path, parsed.lines.child(field), plugins, fetch)
                elif name not in _NO_PATHS:
                    files = (member.path / e for e in (entry, _KEYED.sub("", entry, count=1)))
                    roots = name in (*_FOLDERS, *_PLUGINS)
                    pending += (_Member(file, plugins, roots) for file in dict.fromkeys(files))


def _file(member: _Member, fetch: bool) -> Iterator[Problem]:
    data = read_manifest(member.path)
    if member.plugins:
        for parsed in _parsed(member.path, data):
            yield from _remote(parsed, member.path, fetch)
    elif at := aliases.bomb(data):
        yield _problem(member.path, at, *aliases.told())


def _inline(
    text: str, path: Path, lines: LineTree | None, plugins: bool, fetch: bool
) -> Iterator[Problem]:
    line = lines.line if lines else 1
    if at := aliases.bomb(text.encode()):
        yield _problem(path, line + at - 1, *aliases.told())
    elif is_crowded(text.encode()):
        yield _problem(path, line, *told())
    elif plugins:
        for chunk in split(text.encode()):
            for parsed in parse_text(chunk.data.decode(), file=shown(path), line=line)[0]:
                yield from _remote(parsed, path, fetch)


def _is_inline(entry: str) -> bool:
    return entry.lstrip()[:1] == "{" or ": " in entry


def _parsed(path: Path, data: bytes) -> Iterator[Parsed]:
    for chunk in split(data):
        text = decode(chunk.data, file=shown(path), line=chunk.line, offset=chunk.offset)
        yield from parse_text(text, file=shown(path), line=chunk.line)[0]


def _remote(parsed: Parsed, path: Path, fetch: bool) -> Iterator[Problem]:
    for text, line in _strings(parsed.value, parsed.lines):
        if "\n" in text:
            continue
        for entry in (text, _KEYED.sub("", text, count=1)):
            if fetch and may_fetch(entry):
                continue
            if _FETCHED.match(entry) or (
                REMOTE.match(entry) and not os.path.lexists(path.parent / entry)
            ):
                yield _problem(path, line, f"pulls {quoted(entry)}, and nothing is downloaded here")
                break


def _strings(value: Any, lines: LineTree) -> Iterator[tuple[str, int]]:
    """Each string in which a path may stand, with its line."""
    if isinstance(value, str):
        yield value, lines.line
    elif isinstance(value, Mapping):
        for key, child in value.items():
            if key.lower() not in _NO_PATHS:
                yield from _strings(child, lines.child(key) or lines)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _strings(child, lines.child(index) or lines)


def _entries(value: Any) -> Iterator[str]:
    """The strings of one field that may be paths, inline texts too."""
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            if key.lower() not in _NO_PATHS or (isinstance(child, str) and "\n" in child):
                yield from _entries(child)
    elif isinstance(value, list):
        for child in value:
            yield from _entries(child)


def _problem(path: Path, line: int, message: str, hint: str = "") -> Problem:
    return Problem(source=Source(file=shown(path), line=line), message=message, hint=hint)
