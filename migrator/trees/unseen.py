"""Characters of strangers that show nothing, turn a line round, or that the log of a CI obeys."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final

_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that show nothing (Hangul fillers, the blank braille pattern)."""
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LOG_COMMAND: Final = re.compile(
    r"#(?=#(?:vso)?\[)"
    r"|:(?=:(?:add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher"
    r"|save-state|set-env|set-output|stop-commands|warning)\b)"
)
"""The beginning of what GitHub Actions and Azure Pipelines obey in a log (actions/runner,
ActionCommand.cs): a report that is printed there holds words of strangers."""
_BEYOND_ASCII: Final = re.compile(r"[^\n -~]")


def unheard(text: str, escape: str) -> str:
    """The text without what the log of a CI would obey, by an ``escape`` of a code point."""
    return _LOG_COMMAND.sub(lambda m: escape.format(ord(m[0])), text)


def shows(char: str) -> bool:
    """Whether a reader sees the character as what it is. Blanks other than the space look like it."""
    category = unicodedata.category(char)
    if category == "Zs":
        return char == " "
    variation = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return category not in _HIDDEN and char not in _BLANKS and not variation


def json_text(tree: Any) -> str:
    """The tree as indented JSON that reads as what it is: what does not show, and the beginning of
    a command to a log, are escapes, which leave each value as it was."""
    text = json.dumps(tree, ensure_ascii=False, indent=2) + "\n"
    return _BEYOND_ASCII.sub(_escaped, unheard(text, "\\u{:04x}"))


def _escaped(match: re.Match[str]) -> str:
    return match[0] if shows(match[0]) else json.dumps(match[0])[1:-1]
