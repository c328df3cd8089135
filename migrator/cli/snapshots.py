"""Whether a folder is a snapshot that ``collect`` wrote, which it may replace."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from migrator.kustomize.owned import held
from migrator.live.snapshot import NAME, NODES, OBJECTS, READER, TOOL
from migrator.model.errors import MigratorError
from migrator.tools.bounds import OUT_FILE
from migrator.trees.dig import string
from migrator.trees.embedded import json_map

_OURS: Final = re.compile(
    rf"{OBJECTS}/[^/]+\.yaml|{NODES}/.+|{'|'.join(map(re.escape, (NAME, *READER)))}"
)


def foreign(out: Path) -> Path | None:
    """The first file in it that is no part of a snapshot, None where there is none.

    Errors: MigratorError where it cannot be read.
    """
    try:
        found = held(out)
        others = sorted(
            n
            for n in (*found.files, *found.strange)
            if n in found.strange or not _OURS.fullmatch(n)
        )
        about = found.files.get(NAME)
        if not (found.files or found.strange) or (not others and about and _is_snapshot(about)):
            return None
    except OSError as error:
        raise MigratorError(
            f"{error.filename} cannot be read ({error.strerror}), so it may not be replaced",
            hint="make it readable, or choose another folder with -o",
        ) from None
    return out / (others[0] if others else NAME)


def _is_snapshot(path: Path) -> bool:
    if path.stat().st_size > OUT_FILE.bytes():
        return False
    about = json_map(path.read_bytes().decode("utf-8", "replace"))
    return string(about, "tool") == TOOL and "snapshot" in about
