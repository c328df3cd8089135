"""Characters of strangers that show nothing, turn a line round, or that the log of a CI obeys."""

from __future__ import annotations

import json
import re
import unicodedata
from json.encoder import encode_basestring
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
    if "::" not in text and "##" not in text:  # as in nearly every text
        return text
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
    text = _indented(tree, "\n") + "\n"
    return _BEYOND_ASCII.sub(_escaped, unheard(text, "\\u{:04x}"))


def _indented(value: Any, line: str) -> str:
    """What json.dumps gives with ensure_ascii=False and indent=2, which it does in Python, token by
    token; ``line`` is a line feed and the blanks that the value stands behind."""
    if isinstance(value, str):
        return encode_basestring(value)
    if not value or not isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    below = f"{line}  "
    if isinstance(value, dict):
        pairs = [
            f"{encode_basestring(_key(key))}: {_indented(item, below)}"
            for key, item in value.items()
        ]
        return f"{{{below}{f',{below}'.join(pairs)}{line}}}"
    return f"[{below}{f',{below}'.join(_indented(item, below) for item in value)}{line}]"


def _key(key: Any) -> str:
    """A number, a boolean and null become the text of themselves."""
    return key if isinstance(key, str) else json.dumps(key)


def _escaped(match: re.Match[str]) -> str:
    return match[0] if shows(match[0]) else json.dumps(match[0])[1:-1]
