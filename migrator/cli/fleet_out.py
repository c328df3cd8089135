"""OUT of a fleet: whether it may be written to, and what is written into it besides the plans.

It is filled cluster by cluster, and a run that was stopped goes on with what is there, so it is not exchanged
as a whole. Each plan in it is, and what is no plan is one file.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from migrator.cli.fleet_work import CLUSTERS, DONE, read_result, remove_result
from migrator.cli.output import check_replaceable, is_left_behind, remove_files, write_own
from migrator.kustomize.owned import is_written
from migrator.kustomize.plan_json import TOOL
from migrator.live.fleet import Result, is_name
from migrator.model.errors import MigratorError
from migrator.read.files import read_bytes
from migrator.report import fleet as reports
from migrator.report.fleet import NAME, SCHEMA, Named, Shard
from migrator.tools.bounds import OUT_FILE

_REPORTS: Final = ("fleet.md", "fleet.html")
_AGAIN: Final = "run it again with this version"


class FleetFile(Struct, frozen=True, kw_only=True):
    """fleet.json as it is read again; what is made of the results is left out."""

    schema: int
    tool: str
    version: str
    fleet: str
    shard: Shard | None
    clusters: tuple[Result, ...]
    files: dict[str, str]


class _Head(Struct, frozen=True, kw_only=True):
    schema: int
    tool: str


def read_fleet_json(path: Path) -> FleetFile:
    """Errors: MigratorError where it is not what this version wrote."""
    data = read_bytes(path, OUT_FILE)
    try:
        head = msgspec.json.decode(data, type=_Head)
        if head.tool != TOOL:
            raise MigratorError(f"{path} is not from {TOOL}")
        if head.schema != SCHEMA:
            raise MigratorError(f"{path} has schema {head.schema}, not {SCHEMA}", hint=_AGAIN)
        return msgspec.json.decode(data, type=FleetFile)
    except (msgspec.DecodeError, RecursionError) as error:
        told = str(error) if isinstance(error, msgspec.ValidationError) else "it is no JSON"
        raise MigratorError(f"{path} is damaged: {told}", hint=_AGAIN) from None


def prepare(out: Path, names: Collection[str], shard: Shard | None) -> None:
    """Makes OUT ready for the clusters of that name: what was said of all goes away, so that it is never
    older than the plans, and so do the plans of clusters that are none any more.

    Errors: MigratorError unless OUT is absent, empty, or of an earlier run with the same shard.
    """
    check_replaceable(out, partial(_foreign, names=names))
    if (out / NAME).is_file():
        before = read_fleet_json(out / NAME).shard
        if before != shard:
            held = f"shard {before}" if before else "a whole fleet"
            raise MigratorError(f"{out} holds {held}", hint="give each shard a folder of its own")
    for name in sorted({*_names(out / CLUSTERS), *_records(out / DONE)} - set(names)):
        remove_result(out, name)
    remove_files([out / name for name in (*_REPORTS, NAME)])


def write_reports(out: Path, named: Named) -> None:
    """fleet.json, which has the digests of the others, is there first: it vouches for them."""
    files = {"fleet.md": reports.as_markdown(named), "fleet.html": reports.as_html(named)}
    for name, text in {NAME: reports.as_json(named, files), **files}.items():
        write_own(out / name, text)


def _foreign(out: Path, names: Collection[str]) -> Path | None:
    """The first file of OUT that no fleet wrote. The folders of plans are looked at when they are replaced.
    Errors: MigratorError for what cannot be read."""
    try:
        return next(_strange(out, names), None)
    except OSError as error:
        raise MigratorError(
            f"{error.filename} cannot be read ({error.strerror}), so it may not be replaced",
            hint="make it readable, or choose another folder with -o",
        ) from None


def _strange(out: Path, names: Collection[str]) -> Iterator[Path]:
    vouched: Mapping[str, str] = {}
    for entry in _entries(out):
        if entry.name == NAME and entry.is_file(follow_symlinks=False):
            vouched = read_fleet_json(out / NAME).files
    for entry in _entries(out):
        path = out / entry.name
        if entry.name in (CLUSTERS, DONE):
            known = entry.is_dir(follow_symlinks=False)
        elif entry.name in _REPORTS:
            known = not entry.is_symlink() and is_written(path, vouched.get(entry.name, ""))
        else:
            known = entry.name == NAME and entry.is_file(follow_symlinks=False)
        if not known and not is_left_behind(entry.name):
            yield path
    for entry in _entries(out / CLUSTERS):
        known = is_name(entry.name) and entry.is_dir(follow_symlinks=False)
        if not known and not is_left_behind(entry.name):
            yield out / CLUSTERS / entry.name
    for entry in _entries(out / DONE):
        known = entry.is_file(follow_symlinks=False) and _is_record(out / DONE / entry.name, names)
        if not known and not is_left_behind(entry.name):
            yield out / DONE / entry.name


def _is_record(path: Path, names: Collection[str]) -> bool:
    """Of a cluster that is one now it is written anew; another's would be removed."""
    if path.suffix == ".json" and path.stem in names:
        return True
    try:
        return bool(read_result(path))
    except (MigratorError, msgspec.DecodeError):
        return False


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as found:
        return sorted(found, key=lambda entry: entry.name)


def _names(folder: Path) -> Iterator[str]:
    return (entry.name for entry in _entries(folder) if not is_left_behind(entry.name))


def _records(folder: Path) -> Iterator[str]:
    return (name.removesuffix(".json") for name in _names(folder))
