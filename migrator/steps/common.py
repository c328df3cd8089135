"""What steps share: paths into the DaemonSet, and building a Change with its source line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.model.inputs import MISSING, Document, ItemKey, Path
from migrator.model.inventory import Install
from migrator.model.plan import Change, Rule
from migrator.trees.paths import locate

POD: Path = ("spec", "template", "spec")


def change(
    document: Document,
    path: Path,
    after: Any,
    reason: str,
    rule: Rule,
    *,
    hardening: bool = False,
) -> Iterator[Change]:
    """The Change that makes ``path`` of ``document`` be ``after`` (MISSING: not there); nothing
    where it already is. ``hardening``: a thick install works without it (`thick/complete.py` says of
    which parts that is not so)."""
    real, before = locate(document.data, path)
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
        hardening=hardening,
    )


def container_path(field: str, name: str) -> Path:
    return (*POD, field, ItemKey("name", name))


def main_path(install: Install) -> Path:
    return container_path("containers", install.container)
