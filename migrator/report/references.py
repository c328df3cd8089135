"""Where a rule is known from, in pieces: what it names of Multus's repository, and the words between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

UPSTREAM: Final = "github.com/k8snetworkplumbingwg/multus-cni"

_THING: Final = r"(?:(?:PR)?#\d{1,6}|[0-9a-f]{7,40})(?!\w)"
_THINGS: Final = re.compile(rf"(?<![\w/`-])multus-cni ?{_THING}(?:, {_THING})*")
"""``multus-cni#1160, #1093, PR#1245, 6597fa65f``: what follows the first is of the same project."""
_EACH: Final = re.compile(r"(?P<kind>PR|)#(?P<number>\d+)|(?P<commit>[0-9a-f]{7,40})")


def pieces(reference: str) -> Iterator[tuple[str, str]]:
    """(words, the path below `UPSTREAM` of the issue or commit that they name, "" for other words)."""
    end = 0
    for things in _THINGS.finditer(reference):
        yield reference[end : things.start()], ""
        end = things.end()
        for index, found in enumerate(_EACH.finditer(things[0])):
            if index:
                yield ", ", ""
            yield _named(found)
    yield reference[end:], ""


def _named(found: re.Match[str]) -> tuple[str, str]:
    if found["commit"]:
        return f"multus-cni commit {found['commit'][:7]}", f"commit/{found['commit']}"
    kind = "PR" if found["kind"] else "issue"
    return f"multus-cni {kind} {found['number']}", f"issues/{found['number']}"
