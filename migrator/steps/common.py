"""What steps share: paths into the DaemonSet, and building a Change with its source line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrator.model.inputs import MISSING, Document, ItemKey, Path
from migrator.model.inventory import Install
from migrator.model.plan import Change, Rule

POD: Path = ("spec", "template", "spec")


def lookup(data: Any, path: Path) -> tuple[tuple[str | int, ...], Any]:
    """(the path with list indices, the value or MISSING)."""
    real: tuple[str | int, ...] = ()
    for segment in path:
        if isinstance(segment, ItemKey):
            found = [
                i
                for i, item in enumerate(data if isinstance(data, list) else [])
                if isinstance(item, Mapping) and str(item.get(segment.field)) == segment.value
            ]
            if not found:
                return real, MISSING
            real, data = (*real, found[0]), data[found[0]]
        elif isinstance(data, Mapping) and segment in data:
            real, data = (*real, segment), data[segment]
        else:
            return real, MISSING
    return real, data


def change(document: Document, path: Path, after: Any, reason: str, rule: Rule) -> Iterator[Change]:
    """The Change that makes ``path`` of ``document`` be ``after`` (MISSING: not there); nothing
    where it already is."""
    real, before = lookup(document.data, path)
    if before is after or (before is not MISSING and after is not MISSING and before == after):
        return
    yield Change(
        object=document.ref,
        path=path,
        before=before,
        after=after,
        reason=reason,
        rule=rule.id,
        source=document.at(real),
    )


def container_path(field: str, name: str) -> Path:
    return (*POD, field, ItemKey("name", name))


def main_path(install: Install) -> Path:
    return container_path("containers", install.container)
