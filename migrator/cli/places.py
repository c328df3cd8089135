"""Where OUT may be, and what lies around it (ruling 9)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from migrator.cli.output import check_replaceable
from migrator.model.errors import MigratorError
from migrator.model.inputs import Reading
from migrator.read.files import KUSTOMIZATION_NAMES, repository_of


def check_out(out: Path, reading: Reading, folders: Sequence[str] = ()) -> None:
    """Errors: MigratorError where OUT is no place to write to, given what was read (ruling 9).

    ``folders`` are the INPUTs and node files as the user named them; those that are files, and
    standard input, hold nothing that OUT could lie in.
    """
    place = Path(os.path.realpath(out))
    check_apart(out, folders)
    check_replaceable(out)
    if reading.root is not None and _holds(Path(reading.root.path), place):
        raise _inside(out, place, reading.root.path)
    for source in reading.inputs:
        path = Path(source.name)
        if path.exists() and (place == path.resolve() or place in path.resolve().parents):
            raise MigratorError(
                f"{out} holds the input {source.name}, which is never written to",
                hint="choose another folder with -o",
            )


def check_apart(out: Path, folders: Sequence[str]) -> None:
    """Errors: MigratorError where OUT lies in one of the folders."""
    place = Path(os.path.realpath(out))
    inside = [name for name in folders if _holds(Path(name), place)]
    if inside:
        raise _inside(out, place, min(inside, key=lambda name: len(Path(name).resolve().parts)))


def root_around(out: Path) -> Path | None:
    """The kustomize root whose folder OUT lies in, the nearest, within the same repository."""
    place = out.resolve()
    top = repository_of(place)
    for folder in place.parents:
        if root := next((p for n in KUSTOMIZATION_NAMES if (p := folder / n).is_file()), None):
            return root
        if folder == top:
            break
    return None


def _holds(folder: Path, place: Path) -> bool:
    """What cannot be followed holds nothing: whoever reads it says so."""
    try:
        real = Path(os.path.realpath(folder))
        return folder.is_dir() and (place == real or real in place.parents)
    except OSError:
        return False


def _inside(out: Path, place: Path, name: str) -> MigratorError:
    """``name`` is the outermost folder that holds OUT, so that its sibling is in none."""
    real = Path(name).resolve()
    where = "is" if place == real else "is inside"
    sibling = real.with_name(f"{real.name}-multus-thick")
    return MigratorError(
        f"{out} {where} the input {name}: the next run, and whatever applies that folder, would "
        "read the result as more manifests",
        hint=f"use -o {os.path.relpath(sibling)}",
    )
