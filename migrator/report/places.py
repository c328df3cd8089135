"""Where a finding stands, as tools that mark lines of a repository want to have it."""

from __future__ import annotations

import posixpath
from typing import Final

from migrator.model.inputs import ObjectRef, Source
from migrator.model.plan import Finding, Plan

_PLAIN: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
NOWHERE: Final = Source(file="-", line=1)


def sources(plan: Plan) -> dict[ObjectRef, Source]:
    """Where each object of the inputs begins."""
    return {d.ref: d.source for d in reversed(plan.before.inventory.reading.documents)}


def place(finding: Finding, known: dict[ObjectRef, Source], plan: Plan) -> Source:
    """The finding's own place, else its object's, else that of Multus, else the first input's."""
    if finding.source is not None:
        return finding.source
    if finding.object in known:
        return known[finding.object]
    installs = plan.before.inventory.installs
    return installs[0].daemonset.source if installs else next(iter(known.values()), NOWHERE)


def uri(file: str) -> str:
    """The name of a file as a relative reference (RFC 3986)."""
    return "".join(chr(b) if b in _PLAIN else f"%{b:02X}" for b in _bytes(posixpath.normpath(file)))


def _bytes(path: str) -> bytes:
    """The name as the file system has it: bytes that are no UTF-8 came in as surrogates."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "backslashreplace")
