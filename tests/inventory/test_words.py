"""A word that is in a document is never missed, however it is written."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from migrator.inventory.words import may_hold
from tests.inventory.documents import document

WORD = "fluxcd.io/name"
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


@pytest.mark.parametrize(
    "rest",
    [
        f"  labels: {{{WORD}: b}}\n",
        f"data:\n  a: x{WORD}x\n",
        f"data:\n  a: |\n    one\n    {WORD}\n",
        'data:\n  a: "fluxcd\\x2eio/name"\n',
        'data:\n  a: "fluxcd.\\\n    io/name"\n',
        f"data:\n  a: &a [{WORD}]\n  b: *a\n",
    ],
    ids=["key", "within a value", "block", "escape", "a line that goes on", "anchor"],
)
def test_it_is_found(rest: str) -> None:
    found = document(HEAD + rest)
    assert may_hold(found, "other", WORD)
    assert may_hold(replace(found, text=""), WORD)


@pytest.mark.parametrize("text", [HEAD, HEAD + 'data: {a: "b\\tc"}\n'], ids=["plain", "escape"])
def test_it_is_not_there(text: str) -> None:
    found = document(text)
    assert not may_hold(found, WORD)
    assert not may_hold(replace(found, text=""), WORD)
