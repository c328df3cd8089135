"""Secrets are taken out of everything that is shown: by name, by shape, and whole for Secrets.

A leaf module: every report goes through it. Values are replaced by `MARK`; in a pair of values
a secret that is not the same before and after is `CHANGED`, so that a change stays visible. No
digest is shown: most secrets in CNI configs are short enough to be guessed from one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.trees.dig import NodePath
from migrator.trees.embedded import decoder, json_or_text, loads, too_deep

MARK: Final = "<redacted>"
CHANGED: Final = "<redacted, changed>"

Mark = Callable[[str], str]

_NAMES: Final = (
    "token|passw(?:or)?d|pwd|passphrase|(?<![A-Za-z])secret|credentials?|authorization|bearer|psk|"
    "(?:api|access|secret|private|encryption|shared|signing|etcd|ssh)[-_.]?key|"
    "(?:client|shared)[-_.]?secret|(?:key|certificate|authority)[-_.]?data|auth"
)
_NAME: Final = re.compile(
    rf"(?i)(?:.*[-_./])?(?:{_NAMES})"
    r"|\w*(?:token|passw(?:or)?d|pwd|passphrase|psk|(?:api|secret|private|shared)key|sharedsecret)"
)

# The patterns below are texts: `re` compiles one when it is first asked for and keeps it. All of
# them take 10 ms, and what most plans show needs two.

_KEY: Final = rf"(?:[\w-]+(?:\.[\w-]+)+/)?[\w.-]*?(?:{_NAMES})"
"""A name, behind the domain of an annotation: ``example.com/token``. ``/etc/passwd`` is a file."""
_HIDDEN: Final = r"<redacted(?:, changed)?>"
_QUOTED: Final = r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'"
_PAIR: Final = (
    rf"(?i)(?<![\w./-])(?P<key>\\*[\"']?{_KEY}\\*[\"']?)(?P<sep>[ \t]*[:=][ \t]*)"
    rf"(?P<value>{_HIDDEN}|\$\(\w+\)|(?:Bearer|Basic)[ \t]+[^\s\"',;]+|{_QUOTED}"
    r"|(?:\\*[\"'])?(?:\{[A-Z\d-]+\})?[^\s\"',;&}\])\\{\[]"
    r"(?:[^\s\"',;&}\])\\]|\\(?![\"']))*)"
)
_FLAG: Final = (
    rf"(?i)(?<![\w.-])(?P<key>--?[\w.-]*?(?:{_NAMES}))(?P<sep>=)"
    rf"(?P<value>{_HIDDEN}|\$\(\w+\)|{_QUOTED}|[^\s\"'`\\]*[^\s\"'`\\,;:.)}}\]])"
)
"""A flag with its value is one word, whatever signs that holds."""
_NEXT: Final = (
    rf"(?i)(?<![\w.-])(?P<key>--?[\w.-]*?(?:{_NAMES}))(?P<sep>[ \t]+(?:-[ \t]+)?)"
    r"(?!(?:an?|and|are|as|by|can|cannot|for|from|has|have|in|is|it|may|must|no|not|of|on|or|that"
    rf"|the|to|was|were|which|will|with)(?![\w-]))(?P<value>{_HIDDEN}|{_QUOTED}|[^\s-]\S*)"
)
"""A flag and the next word, which is no word of a sentence about the flag."""
_LISTED: Final = (
    rf"(?i)(?<![\w.-])(?P<key>--?[\w.-]*?(?:{_NAMES})|-p)"
    r"(?P<sep>\\*[\"'],\s*\\*[\"']|\\*[\"']?[ \t]*\n\s*-[ \t]+[\"']?)"
    r"(?P<value>[^\s\"'\\-][^\"'\n\\]*)"
)
"""The same in a list that somebody printed as JSON or YAML: one item, then the next."""
_VARIABLE: Final = (
    rf"(?i)(?P<key>\bname\\*[\"']?:\s*\\*[\"']?[\w.-]*?(?:{_NAMES})\\*[\"']?,?\s*\\*[\"']?"
    r"value\\*[\"']?)(?P<sep>:\s*)"
    rf"(?P<value>{_HIDDEN}|\$\(\w+\)|{_QUOTED}|\\*[\"'][^\"'\n\\]+|[^\s\"',;}}\])\\]+)"
)
"""The name of a variable and its value, printed in the same ways or by Go."""
_SHORT: Final = (
    r"(?<![\w./-])(?P<key>-p)(?P<sep>=|[ \t]+(?:-[ \t]+)?)"
    rf"(?P<value>{_HIDDEN}|{_QUOTED}|[^\s\"'`,;)}}\]-][^\s\"'`,;)}}\]]*)"
)
_BEGINS_A_FLAG: Final = re.compile(r"(?<![\w.-])-")
_SETS: Final = re.compile(r"[:=]")
_GOES_ON: Final = re.compile(r"[\"'],|\n")
_PATTERNS: Final = (
    (_FLAG, _SETS),
    (_PAIR, _SETS),
    (_LISTED, _GOES_ON),
    (_VARIABLE, _SETS),
    (_NEXT, _BEGINS_A_FLAG),
)
"""In the order in which they are looked for; with each, what every text that it matches holds."""
_PORT: Final = r"[$/.].*|[\d:.,-]+|.*/.*|all|ah|esp|gre|icmp(?:v6)?|sctp|tcp|udp"
"""What -p has where it is no password: a variable, a path, a port, a protocol."""
_KEEPS: Final = frozenset({"cp", "mkdir", "rmdir", "install", "ps", "read", "grep", "python"})
"""Programs whose -p is none."""
_LINE: Final = (
    rf"(?im)^(?P<key>[ \t]*(?:-[ \t]+)?[\"']?{_KEY}[\"']?)(?P<sep>[ \t]*:[ \t]+)"
    r"(?P<value>[^\s|>\"'\[{&*!#<$][^\n]*)"
)
"""A line of YAML: its plain value ends with it."""
_BLOCK: Final = (
    rf"(?im)^(?P<indent>[ \t]*)(?P<key>(?:-[ \t]+)?[\"']?{_KEY}[\"']?[ \t]*:[ \t]*[|>][-+\d]*[ \t]*\n)"
    r"(?P<value>(?:(?P=indent)[ \t]+\S[^\n]*(?:\n|\Z)|[ \t]*\n)+)"
)
"""A text of several lines in YAML."""
_KIND: Final = r"(?i)\bkind\\*[\"']?[ \t]*[:=]\s*\\*[\"']?secret\b"
_DATA: Final = r"(?is)(?P<key>\b(?:string)?data\\*[\"']?)(?P<sep>[ \t]*[:=]\s*)(?P<value>\S.*)"
"""The data of a Secret that somebody printed as YAML, JSON or Go: it goes on to the end."""
_HINTS: Final = (
    *("token", "pass", "pwd", "secret", "credential", "auth", "bearer", "psk", "key"),
    *("certificate", "-p"),
)
"""Each name holds one of these: most texts hold none, and are passed over quickly."""
_SHAPES: Final = (
    ("-----BEGIN", r"(?s)-----BEGIN [^\n-]+-----.*?(?:-----END [^\n-]+-----|\Z)"),
    ("LS0tLS1C", r"LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]*"),  # base64 of "-----BEGIN"
    # a JWT: a second beginning ends the first, or a long row of beginnings would take for ever
    ("eyJ", r"(?a)\beyJ(?:(?!\beyJ)[\w-]){10,}\.[\w-]{10,}(?:\.[\w-]*){1,3}"),
    ("ZXlK", r"\bZXlK[A-Za-z0-9+/]{40,}=*"),  # base64 of a JWT
    ("AKIA", r"\bAKIA[A-Z0-9]{16}\b"),
    ("ASIA", r"\bASIA[A-Z0-9]{16}\b"),
    ("gh", r"\bgh[pousr]_[A-Za-z0-9]{16,}"),
    ("glpat", r"(?a)\bglpat-[\w-]{16,}"),
    # user:password in a URL, or a token in their place; a password may hold an @
    ("://", r"(?<=://)(?:[^\s/@:\"'<>\\]*:[^\s/\"'<>\\]+|[\w-]{20,})(?=@)"),
    # the same in a path, where two slashes are one
    (":/", r"(?<=:/)[^\s/@:\"'<>\\]*:[^\s/\"'<>\\]+(?=@)"),
    # a signature, with which whoever has the URL may read what it names
    ("sig=", r"(?<=[?&;]sig=)[^\s&\"'<>\\]+"),
    ("ignature=", r"(?<=ignature=)[^\s&\"'<>\\]{8,}"),
)
"""What a text with such a secret always holds, and the secret itself."""
_HARMLESS: Final = (
    r"|<redacted(?:, changed)?>|the|this|that|which|true|false|null|none|enabled|disabled|\$\(\w+\)|\$\{?\w+\}?"
    r"|/(?:dev|etc|home|host|hostroot|mnt|opt|proc|root|run|srv|sys|tmp|usr|var)/[\w./-]*"
    r"|/(?:[\w-]*(?:certs?|config|pki|secrets?|tokens?))/[\w./-]*"
)
"""Values that are no secret whatever their key: nothing, the next word of a sentence, a switch, a
variable, the path of a file."""


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


@lru_cache(maxsize=1024)
def redact_text(text: str) -> str:
    """A text for people, such as what a finding saw, without secrets."""
    return str(redact(text))


def has_marks(value: Any) -> bool:
    """Whether a secret was taken out of a tree or scalar."""
    if isinstance(value, Mapping):
        return any(map(has_marks, value.values()))
    if isinstance(value, list):
        return any(map(has_marks, value))
    return isinstance(value, str) and (MARK in value or CHANGED in value)


def secret_places(value: Any) -> Iterator[NodePath]:
    """The places of the secrets of a tree or text, on into the JSON of a string; () is all of it."""
    yield from _differing(value, redact(value), ())


def _differing(value: Any, clean: Any, path: NodePath) -> Iterator[NodePath]:
    if isinstance(value, str) and isinstance(clean, str) and value.lstrip()[:1] in ("{", "["):
        value, clean = json_or_text(value), json_or_text(clean)
    if isinstance(value, Mapping) and isinstance(clean, Mapping):
        for key, child in value.items():
            yield from _differing(child, clean[key], (*path, str(key)))
    elif isinstance(value, list) and isinstance(clean, list):
        for index, child in enumerate(value):
            yield from _differing(child, clean[index], (*path, index))
    elif value != clean:
        yield path


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


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a key, flag or variable of this name holds a secret."""
    return len(name) < 200 and _NAME.fullmatch(name.lstrip("-")) is not None


def _tree(value: Any, mark: Mark) -> Any:
    if isinstance(value, str):
        return _text(value, mark)
    if isinstance(value, list):
        return _list(value, mark)
    return _map(value, mark) if isinstance(value, Mapping) else value


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
    flag, before = False, ""
    for item in items:
        word = isinstance(item, str)
        secret = flag and word and not item.startswith("-")
        if before == "-p" and secret and re.fullmatch(_PORT, item):
            secret = False
        result.append(_named(item, mark) if secret else _item(item, mark))
        named = word and item.startswith("-") and "=" not in item
        flag = named and (item == "-p" or is_secret_name(item))
        before = item
    return result


def _item(item: Any, mark: Mark) -> Any:
    """``--token=abc``, where all of the rest is the value, whatever signs it holds."""
    if isinstance(item, str) and item.startswith("-"):
        name, sign, value = item.partition("=")
        if sign and is_secret_name(name):
            return f"{name}={_named(value, mark)}"
    return _tree(item, mark)


def _named(value: Any, mark: Mark) -> Any:
    """What stands under a secret's name: scalars are secrets, maps have names of their own."""
    if isinstance(value, Mapping):
        return _map(value, mark)
    if isinstance(value, list):
        return [_named(item, mark) for item in value]
    if value is None or isinstance(value, bool) or re.fullmatch(_HARMLESS, str(value)):
        return value
    return mark(str(value))


def _all(value: Any, mark: Mark) -> Any:
    if isinstance(value, Mapping):
        return {key: _all(item, mark) for key, item in value.items()}
    if isinstance(value, list):
        return [_all(item, mark) for item in value]
    return value if value in (None, "", MARK, CHANGED) else mark(str(value))


def _text(text: str, mark: Mark) -> str:
    """JSON is redacted as a tree and written again only where it held a secret. A key that stands
    twice would hide its first value from the tree: that is redacted as text."""
    if _holds_none(text):
        return text
    if text.lstrip()[:1] in ("{", "["):
        try:
            tree = loads(text, _EACH_KEY_ONCE)
        except ValueError:
            return _shapes(_first_object(text, mark), mark)
        clean = _tree(tree, mark)
        indent = 2 if "\n" in text.strip() else None
        return text if clean == tree else json.dumps(clean, indent=indent, ensure_ascii=False)
    return _shapes(_first_object(text, mark), mark)


def _first_object(text: str, mark: Mark) -> str:
    """A JSON object inside of a sentence is redacted as a tree too. One attempt for a text: each
    may read to its end."""
    start = text.find('{"')
    if start < 0 or too_deep(text):
        return text
    try:
        tree, end = _ANY_OBJECT.raw_decode(text, start)
    except ValueError:
        return text
    clean = _tree(tree, mark)
    if clean == tree:
        return text
    return f"{text[:start]}{json.dumps(clean, ensure_ascii=False)}{text[end:]}"


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key twice")
    return result


_EACH_KEY_ONCE: Final = decoder(_each_key_once)
_ANY_OBJECT: Final = json.JSONDecoder(object_pairs_hook=_each_key_once)


def _holds_none(text: str) -> bool:
    """Whether no secret can be in a text, as in most: no name, no flag and no shape of one. Where
    that is JSON, the same is true of each of its strings, since none is written with an escape;
    and in ASCII the case of letters is that of `str.lower`."""
    if "\\" in text or not text.isascii():
        return False
    lower = text.lower()
    for hint in _ANY_HINT:  # noqa: SIM110  # half the time of all(): this is asked of every text
        if hint in lower:
            return False
    return True


_ANY_HINT: Final = tuple(dict.fromkeys((*_HINTS, *(hint.lower() for hint, _ in _SHAPES))))


def _shapes(text: str, mark: Mark) -> str:
    for hint, shape in _SHAPES:
        if hint in text:
            text = re.sub(shape, lambda match: mark(match[0]), text)
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS):
        return text
    if "data" in lower and re.search(_KIND, text):
        text = re.sub(_DATA, lambda match: _pair(match, mark), text)
    if "\n" in text:
        text = re.sub(_BLOCK, lambda match: _block(match, mark), text)
        text = re.sub(_LINE, lambda match: _pair(match, mark), text)
    for pattern, needs in _PATTERNS:
        if needs.search(text):
            text = re.sub(pattern, lambda match: _pair(match, mark), text)
    if "-p" in text and _BEGINS_A_FLAG.search(text):
        text = re.sub(_SHORT, lambda match: _short(match, mark), text)
    return text


def _pair(match: re.Match[str], mark: Mark) -> str:
    value = match["value"]
    quote = value[0] if value[0] in "\"'" and value[-1] == value[0] and len(value) > 1 else ""
    bare = value[1:-1] if quote else value
    if re.fullmatch(_HARMLESS, bare.strip(" \t\n`.:")) or ("/" in match["key"] and _is_place(bare)):
        return match[0]
    return f"{match['key']}{match['sep']}{quote}{mark(bare)}{quote}"


def _is_place(text: str) -> bool:
    """The line behind the name of a file: ``net.d/token:3: ...``."""
    return text.partition(":")[0].isdigit()


def _block(match: re.Match[str], mark: Mark) -> str:
    if match["value"].strip() in (MARK, CHANGED):
        return match[0]
    end = "\n" if match["value"].endswith("\n") else ""
    return f"{match['indent']}{match['key']}{match['indent']}  {mark(match['value'])}{end}"


def _short(match: re.Match[str], mark: Mark) -> str:
    program = match.string[max(match.start() - 24, 0) : match.start()].split()[-1:]
    if re.fullmatch(_PORT, match["value"]) or any(p.rpartition("/")[2] in _KEEPS for p in program):
        return match[0]
    return _pair(match, mark)
