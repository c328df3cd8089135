"""multus-migrator.toml: decisions about single NADs and findings, kept beside the manifests.

[nads]
"istio-system/istio-cni" = "mount"

[[suppress]]
id = "P24"
object = "DaemonSet kube-system/kube-multus-ds"
reason = "evictions are off on these nodes"
expires = 2027-01-31
"""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, NoReturn

from msgspec import Struct

from migrator.checks.suppression import Suppression
from migrator.cli.values import STRATEGIES
from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import Problem, Source
from migrator.read.files import read_bytes
from migrator.tools.bounds import CONFIG, DEPTH
from migrator.trees.wording import closest

FILE = "multus-migrator.toml"

_TABLES = ("nads", "suppress")
_KEYS = ("id", "object", "reason", "expires")
_LINE = re.compile(r"at line (\d+)")
_STRING = re.compile(r""""(?:[^"\\]|\\.?)*"?|'[^']*'?""")
"""One that does not end goes to the end of the line, so that no text takes more than its length."""
_MOST_TOLD: Final = 100
"""Problems of one file that are looked for: each takes a search of its line."""


class Config(Struct, frozen=True, kw_only=True):
    """``nads`` maps "namespace/name" to a strategy."""

    nads: Mapping[str, str]
    suppressions: tuple[Suppression, ...]


NOTHING = Config(nads={}, suppressions=())


def read_config(path: Path, known_ids: Collection[str]) -> Config:
    """The config file. Errors: InputError with one line for each thing that is wrong in it."""
    data = read_bytes(path, CONFIG)
    try:
        return parse_config(data.decode(), str(path), known_ids)
    except UnicodeDecodeError:
        raise MigratorError(f"{path} is not UTF-8", hint="save it as UTF-8") from None


def parse_config(text: str, file: str, known_ids: Collection[str]) -> Config:
    """The config that ``text`` holds. Pure; errors as for `read_config`."""
    data = _tables(text, file)
    problems = tuple(islice(_problems(data, text, file, known_ids), _MOST_TOLD))
    if problems:
        raise InputError(problems)
    return Config(
        nads=dict(data.get("nads", {})),
        suppressions=tuple(
            Suppression(
                id=entry["id"].upper(),
                object=entry["object"],
                reason=entry["reason"],
                expires=entry.get("expires"),
                source=Source(file=file, line=line),
            )
            for entry, line in zip(data.get("suppress", []), _entries(text), strict=True)
        ),
    )


def _tables(text: str, file: str) -> Mapping[str, Any]:
    """The TOML of ``text``; the time that tomllib takes grows with the square of a key's dots."""
    if sys.version_info >= (3, 11):  # most runs have no settings, and start without it
        import tomllib
    else:
        import tomli as tomllib

    def refuse(line: int, message: str, hint: str) -> NoReturn:
        source = Source(file=file, line=line)
        raise InputError((Problem(source=source, message=message, hint=hint),)) from None

    for number, line in enumerate(text.split("\n"), start=1):
        if _STRING.sub("", line).count(".") > DEPTH:
            refuse(number, f"a key of more than {DEPTH} levels", "no table needs so many")
    try:
        return tomllib.loads(text)
    except RecursionError:
        refuse(1, "not TOML: tables and lists too deep within each other", "see toml.io")
    except ValueError as error:  # of tomllib, and of int() for thousands of digits
        found = _LINE.search(str(error))
        refuse(int(found[1]) if found else 1, f"not TOML: {error}", "see toml.io")


def _problems(
    data: Mapping[str, Any], text: str, file: str, known_ids: Collection[str]
) -> Iterator[Problem]:
    def at(line: int, message: str, hint: str) -> Problem:
        return Problem(source=Source(file=file, line=line), message=message, hint=hint)

    for key in data:
        if key not in _TABLES:
            yield at(_line(text, key), f"unknown key {key}", _meant(key, _TABLES))
    nads = data.get("nads", {})
    for name, strategy in nads.items() if isinstance(nads, dict) else ():
        if name.count("/") != 1 or name.startswith("/") or name.endswith("/"):
            hint = 'write it as "namespace/name"'
            yield at(_line(text, name), f"{name} is not namespace/name", hint)
        if strategy not in STRATEGIES:
            yield at(
                _line(text, name),
                f"unknown strategy {strategy!r}",
                _meant(str(strategy), STRATEGIES),
            )
    if not isinstance(nads, dict):
        yield at(_line(text, "nads"), "nads is not a table", "write [nads]")
    entries = data.get("suppress", [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        yield at(_line(text, "suppress"), "suppress is not a list of tables", "write [[suppress]]")
        return
    lines = _entries(text)
    if len(lines) != len(entries):
        yield at(_line(text, "suppress"), "suppress is written inline", "write [[suppress]] tables")
        return
    for entry, line in zip(entries, lines, strict=True):
        for message, hint, key in _entry(entry, known_ids):
            yield at(_line(text, key, after=line) if key in entry else line, message, hint)


def _entry(entry: Mapping[str, Any], known_ids: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """(what is wrong, what to do, the key that it is about)."""
    for key in entry:
        if key not in _KEYS:
            yield f"unknown key {key}", _meant(key, _KEYS), key
    for key in _KEYS[:3]:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            hint = "say why" if key == "reason" else f"add {key}"
            yield f"[[suppress]] has no {key}", hint, key
    given = str(entry.get("id", "")).upper()
    if given and given not in known_ids:
        yield f"no rule has the id {entry['id']}", _meant(given, sorted(known_ids)), "id"
    expires = entry.get("expires")
    is_date = isinstance(expires, datetime.date) and not isinstance(expires, datetime.datetime)
    if expires is not None and not is_date:
        yield "expires is not a date", "write it without quotes: expires = 2027-01-31", "expires"


def _meant(word: str, known: Collection[str]) -> str:
    close = closest(word, known)
    return f"did you mean {close}?" if close else f"known are {', '.join(list(known)[:8])}"


def _line(text: str, key: str, after: int = 1) -> int:
    """The line on which a key or table stands, ``after`` where it cannot be found."""
    plain = re.escape(key)
    pattern = re.compile(rf"""^\s*(?:\[+\s*)?["']?{plain}["']?\s*(?:[=\].]|$)""")
    for number, line in enumerate(text.split("\n"), start=1):
        if number >= after and pattern.match(line):
            return number
    return after


def _entries(text: str) -> list[int]:
    """The lines of the [[suppress]] headers, in order."""
    pattern = re.compile(r"^\s*\[\[\s*[\"']?suppress[\"']?\s*\]\]")
    return [n for n, line in enumerate(text.split("\n"), start=1) if pattern.match(line)]
