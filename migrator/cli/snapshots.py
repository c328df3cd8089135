"""Whether a folder is a snapshot that ``collect`` wrote, which it may replace."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from migrator.kustomize.owned import held
from migrator.live.reader import MANIFEST, SCRIPT
from migrator.model.errors import MigratorError
from migrator.read.files import SNAPSHOT, is_snapshot
from migrator.read.snapshot import NODES, OBJECTS

_OURS: Final = re.compile(
    rf"{OBJECTS}/[^/]+\.yaml|{NODES}/.+|{'|'.join(map(re.escape, (SNAPSHOT, MANIFEST, SCRIPT)))}",
    re.DOTALL,
)


def foreign(out: Path) -> Path | None:
    """The first file in it that is no part of a snapshot, None where there is none.

    Errors: MigratorError where it cannot be read.
    """
    try:
        found = held(out)
    except OSError as error:
        raise MigratorError(
            f"{error.filename} cannot be read ({error.strerror}), so it may not be replaced",
            hint="make it readable, or choose another folder with -o",
        ) from None
    others = [name for name in found.files if not _OURS.fullmatch(name)]
    if others or found.strange:
        return out / min((*others, *found.strange))
    return out / SNAPSHOT if found.files and not is_snapshot(out) else None
