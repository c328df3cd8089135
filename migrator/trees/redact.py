"""Secrets are taken out of everything that is shown: by name, by shape, and whole for Secrets.

A leaf module: every report goes through it. Values are replaced by `MARK`; in a pair of values
a secret that is not the same before and after is `CHANGED`, so that a change stays visible. No
digest is shown: most secrets in CNI configs are short enough to be guessed from one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.trees.embedded import loads

MARK: Final = "<redacted>"
CHANGED: Final = "<redacted, changed>"

Mark = Callable[[str], str]

_NAMES: Final = (
    "token|password|passwd|passphrase|secret|credentials?|authorization|bearer|psk|"
    "(?:api|access|secret|private|encryption)[-_.]?key|client[-_.]?secret|"
    "(?:key|certificate|authority)[-_.]?data|auth"
)
_NAME: Final = re.compile(rf"(?i)(?:.*[-_./])?(?:{_NAMES})|\w*(?:token|password|apikey|secretkey)")
_PAIR: Final = re.compile(
    rf"(?i)(?<![\w.-])(?P<key>[\"']?[\w.-]*?(?:{_NAMES})[\"']?)"
    r"(?P<sep>[ \t]*[:=][ \t]*)"
    r"(?P<value><redacted(?:, changed)?>|\$\(\w+\)|(?:Bearer|Basic)[ \t]+[^\s\"',;]+"
    r"|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[^\s\"',;&}\])]+)"
)
_FLAG: Final = re.compile(
    rf"(?i)(?<![\w.-])(?P<key>--?[\w.-]*?(?:{_NAMES}))(?P<sep>[ \t]+)(?P<value>[^\s-]\S*)"
)
_HINTS: Final = (
    *("token", "pass", "secret", "credential", "auth", "bearer", "psk", "key", "certificate"),
)
"""Each name holds one of these: most texts hold none, and are passed over quickly."""
_SHAPES: Final = (
    (
        "-----BEGIN",
        re.compile(r"-----BEGIN [^\n-]+-----.*?(?:-----END [^\n-]+-----|\Z)", re.DOTALL),
    ),
    ("LS0tLS1C", re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]*")),  # base64 of "-----BEGIN"
    # a JWT: a second beginning ends the first, or a long row of beginnings would take for ever
    ("eyJ", re.compile(r"\beyJ(?:(?!\beyJ)[\w-]){10,}\.[\w-]{10,}\.[\w-]*", re.ASCII)),
    ("AKIA", re.compile(r"\bAKIA[A-Z0-9]{16}\b")),
    ("ASIA", re.compile(r"\bASIA[A-Z0-9]{16}\b")),
    ("gh", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{16,}")),
    ("glpat", re.compile(r"\bglpat-[\w-]{16,}", re.ASCII)),
    ("://", re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)")),  # user:password in a URL
)
"""What a text with such a secret always holds, and the secret itself."""
_HARMLESS: Final = re.compile(
    r"|<redacted(?:, changed)?>|true|false|null|\$\(\w+\)|\$\{?\w+\}?"
    r"|/(?:dev|etc|home|host|hostroot|mnt|opt|proc|root|run|srv|sys|tmp|usr|var)/[\w./-]*"
)
"""Values that are no secret whatever their key: nothing, a variable, the path of a file."""


def redact(value: Any, path: Path = (), kind: str = "") -> Any:
    """A copy of a tree or scalar without secrets; ``path`` and ``kind`` say where it stands in
    which object, since names decide."""
    return _redact(value, path, kind, lambda _: MARK)


def redact_both(before: Any, after: Any, path: Path = (), kind: str = "") -> tuple[Any, Any]:
    """Both sides of a change; a secret that only ``after`` holds is `CHANGED`."""
    seen: set[str] = set()

    def note(secret: str) -> str:
        seen.add(secret)
        return MARK

    old = _redact(before, path, kind, note)
    known = before is MISSING
    new = _redact(after, path, kind, lambda s: MARK if known or s in seen else CHANGED)
    return old, new


def redact_text(text: str) -> str:
    """A text for people, such as what a finding saw, without secrets."""
    return str(redact(text))


def _redact(value: Any, path: Path, kind: str, mark: Mark) -> Any:
    if value is MISSING:
        return value
    if kind == "Secret" and path and path[0] in ("data", "stringData"):
        return _all(value, mark)
    if _is_secret_place(path):
        return _named(value, mark)
    return _tree(value, mark)


def _is_secret_place(path: Path) -> bool:
    last = path[-1] if path else ""
    if last == "value" and len(path) > 1 and isinstance(path[-2], ItemKey):
        return is_secret_name(path[-2].value)
    return isinstance(last, str) and is_secret_name(last)


def is_secret_name(name: str) -> bool:
    """Whether a key, flag or variable of this name holds a secret."""
    return len(name) < 200 and _NAME.fullmatch(name.lstrip("-")) is not None


def _tree(value: Any, mark: Mark) -> Any:
    if isinstance(value, Mapping):
        return _map(value, mark)
    if isinstance(value, list):
        return _list(value, mark)
    return _text(value, mark) if isinstance(value, str) else value


def _map(value: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    whole = ("data", "stringData") if value.get("kind") == "Secret" else ()
    named = is_secret_name(str(value.get("name", ""))) and "value" in value
    result: dict[str, Any] = {}
    for key, item in value.items():
        if key in whole:
            result[key] = _all(item, mark)
        elif is_secret_name(str(key)) or (named and key == "value"):
            result[key] = _named(item, mark)
        else:
            result[key] = _tree(item, mark)
    return result


def _list(items: Sequence[Any], mark: Mark) -> list[Any]:
    """``["--token", "abc"]`` is a flag and its value."""
    result = []
    flag = False
    for item in items:
        word = isinstance(item, str)
        secret = word and flag and not item.startswith("-")
        result.append(_named(item, mark) if secret else _tree(item, mark))
        flag = word and item.startswith("-") and "=" not in item and is_secret_name(item)
    return result


def _named(value: Any, mark: Mark) -> Any:
    """What stands under a secret's name: scalars are secrets, maps have names of their own."""
    if isinstance(value, Mapping):
        return _map(value, mark)
    if isinstance(value, list):
        return [_named(item, mark) for item in value]
    if value is None or isinstance(value, bool) or _HARMLESS.fullmatch(str(value)):
        return value
    return mark(str(value))


def _all(value: Any, mark: Mark) -> Any:
    if isinstance(value, Mapping):
        return {key: _all(item, mark) for key, item in value.items()}
    if isinstance(value, list):
        return [_all(item, mark) for item in value]
    return value if value in (None, "", MARK, CHANGED) else mark(str(value))


def _text(text: str, mark: Mark) -> str:
    """JSON is redacted as a tree and written again only where it held a secret."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            tree = loads(text)
        except ValueError:
            return _shapes(text, mark)
        clean = _tree(tree, mark)
        indent = 2 if "\n" in text.strip() else None
        return text if clean == tree else json.dumps(clean, indent=indent, ensure_ascii=False)
    return _shapes(text, mark)


def _shapes(text: str, mark: Mark) -> str:
    for hint, shape in _SHAPES:
        if hint in text:
            text = shape.sub(lambda match: mark(match[0]), text)
    lower = text.lower()
    if any(hint in lower for hint in _HINTS):
        for pattern in (_PAIR, _FLAG):
            text = pattern.sub(lambda match: _pair(match, mark), text)
    return text


def _pair(match: re.Match[str], mark: Mark) -> str:
    value = match["value"]
    quote = value[0] if value[0] in "\"'" else ""
    bare = value[1:-1] if quote else value
    if _HARMLESS.fullmatch(bare):
        return match[0]
    return f"{match['key']}{match['sep']}{quote}{mark(bare)}{quote}"
