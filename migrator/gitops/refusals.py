"""Why a file is not rewritten: the reasons, and the one place where a sentence is made of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from migrator.model.errors import MigratorError
from migrator.model.inputs import Source


class Reason(Enum):
    """What stands in the way of rewriting a document by spans of its text."""

    NO_DOCUMENT = "no document"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    COMPLEX_KEY = "complex key"
    ANCHOR_GONE = "anchor gone"
    KEY_ALIAS = "key alias"
    INLINE_MERGE = "inline merge"
    NOT_EQUAL = "not equal"


_SENTENCES: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.NO_DOCUMENT: ("the file has no document {what}", "read the file again"),
    Reason.EMPTY: ("the document is empty", "write the object into it first"),
    Reason.UNREADABLE: ("the document cannot be changed: {what}", "correct that first"),
    Reason.COMPLEX_KEY: (
        "a map with a key after ? would change",
        "write its keys as `key: value`",
    ),
    Reason.ANCHOR_GONE: (
        "the alias *{what} would lose its anchor",
        "write out what the alias stands for",
    ),
    Reason.KEY_ALIAS: (
        "the key *{what} would become another one",
        "write out the key",
    ),
    Reason.INLINE_MERGE: (
        "a map with a merge key << that is not an alias would change",
        "write the keys that it merges into the map",
    ),
    Reason.NOT_EQUAL: (
        "the change cannot be written into this text so that it reads as planned",
        "make the change by hand",
    ),
}
"""Message and hint of each reason."""


class Refused(MigratorError):
    """A document that is not rewritten: ``reason`` says why, ``source`` has file and line."""

    def __init__(self, reason: Reason, source: Source, what: str = "") -> None:
        message, hint = _SENTENCES[reason]
        super().__init__(message.format(what=what), source=source, hint=hint)
        self.reason = reason
