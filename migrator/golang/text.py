"""How Go prints: strconv, fmt's %v and %T, a format without arguments; and path/filepath.

Multus builds its errors with these, and users search for its errors word by word. Text is
``str``; a byte that is not UTF-8 stands in it as Python's surrogateescape has it.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any, Final

# unicode.IsSpace; Python's str.strip() would also take \x1c to \x1f.
SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)


def trim_space(text: str) -> str:
    """strings.TrimSpace."""
    return text.strip(SPACE)


def first_byte(char: str) -> int:
    """The first byte of the character's UTF-8, which is what Go's scanners look at."""
    return char.encode("utf-8", "surrogateescape" if "\udc80" <= char <= "\udcff" else "replace")[0]


_ESCAPES: Final = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
    "\\": "\\\\",
}


def quote(text: str) -> str:
    """strconv.Quote, which is %q."""
    return f'"{"".join(map(_quoted, text))}"'


def _quoted(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if 0xD800 <= code <= 0xDFFF:
        return f"\\x{first_byte(char):02x}" if 0xDC80 <= code <= 0xDCFF else "\ufffd"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote_byte(byte: int) -> str:
    """A byte as the JSON scanner names it: in single quotes, as the code point of its number."""
    char = chr(byte)
    if char in "'\"":
        return "'\\''" if char == "'" else "'\"'"
    return f"'{_quoted(char)}'"


def float_text(value: float, *, low: float, high: float, padded: bool) -> str:
    """The shortest digits of a float64, with an exponent below ``low`` and from ``high`` on.

    encoding/json has 1e-6 and 1e21 and does not pad a negative exponent; %v has 1e-4 and 1e6,
    and does.
    """
    digits, _, power = repr(abs(value)).partition("e")
    whole, _, fraction = digits.partition(".")
    point = len(whole) + int(power or 0)
    significant = (whole + ("" if fraction == "0" else fraction)).lstrip("0")
    point -= len(whole + ("" if fraction == "0" else fraction)) - len(significant)
    sign = "-" if str(value).startswith("-") else ""
    if not significant:
        return sign + "0"
    significant = significant.rstrip("0")
    if low <= abs(value) < high:
        return sign + _plain(significant, point)
    mantissa = significant[0] + (f".{significant[1:]}" if len(significant) > 1 else "")
    exponent = point - 1
    width = 2 if padded or exponent >= 0 else 1
    return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):0{width}d}"


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def type_name(value: Any) -> str:
    """%T of a value that was decoded into an interface{}."""
    if value is None:
        return "<nil>"
    if isinstance(value, dict):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "float64"


def sprint(value: Any) -> str:
    """%v of a decoded value; maps are printed in the order of their keys."""
    out: list[str] = []
    todo: list[Any] = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, _Raw):
            out.append(item.text)
        elif isinstance(item, dict):
            todo.append(_Raw("]"))
            keys = sorted(item, reverse=True)
            for key in keys:
                todo += [item[key], _Raw(f"{key}:" if key == keys[-1] else f" {key}:")]
            out.append("map[")
        elif isinstance(item, list):
            todo.append(_Raw("]"))
            for index in range(len(item) - 1, -1, -1):
                todo += [item[index], _Raw(" " if index else "")]
            out.append("[")
        else:
            out.append(_scalar(item))
    return "".join(out)


class _Raw:
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def _scalar(value: Any) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value, low=1e-4, high=1e6, padded=True)
    return str(value)


_FLAGS = re.compile(r"[#0+\- ]*")
_INDEX = re.compile(r"\[([^\]]*)\]")
_DIGITS = re.compile(r"[0-9]*")


def sprintf_without_arguments(text: str) -> str:
    """fmt.Sprintf(text): what becomes of a user's % where Multus takes text for a format.

    getKubernetesDelegate and parsePodNetworkObjectName do (logging.Errorf of a built string).
    """
    out: list[str] = []
    at = 0
    while (percent := text.find("%", at)) >= 0:
        out.append(text[at:percent])
        verb, at = _verb(text, percent + 1)
        out.append(verb)
    return "".join(out) + text[at:]


def _verb(text: str, at: int) -> tuple[str, int]:
    """One directive from behind its %: what is printed, and where the text goes on."""
    out = ""
    at, indexed = _index(text, _FLAGS.match(text, at).end())  # type: ignore[union-attr]
    if text[at : at + 1] == "*":
        out, at = out + "%!(BADWIDTH)", at + 1
    else:
        at = _DIGITS.match(text, at).end()  # type: ignore[union-attr]
    if text[at : at + 1] == ".":
        at, more = _index(text, at + 1)
        indexed = indexed or more
        if text[at : at + 1] == "*":
            out, at = out + "%!(BADPREC)", at + 1
        else:
            at = _DIGITS.match(text, at).end()  # type: ignore[union-attr]
    at, more = _index(text, at)
    if at >= len(text):
        return out + "%!(NOVERB)", at
    verb = text[at]
    if verb == "%":
        return out + "%", at + 1
    return f"{out}%!{verb}({'BADINDEX' if indexed or more else 'MISSING'})", at + 1


def _index(text: str, at: int) -> tuple[int, bool]:
    """An argument index like [1]: always bad, since there is no argument."""
    if text[at : at + 1] != "[":
        return at, False
    match = _INDEX.match(text, at)
    return (match.end() if match else at + 1), True


def clean(path: str) -> str:
    """filepath.Clean."""
    cleaned = posixpath.normpath(path) if path else "."
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def join(*parts: str) -> str:
    """filepath.Join: unlike Python's, an absolute part does not discard those before it."""
    present = [part for part in parts if part]
    return clean("/".join(present)) if present else ""


def directory(path: str) -> str:
    """filepath.Dir."""
    return clean(path[: path.rfind("/") + 1])


def extension(name: str) -> str:
    """filepath.Ext: from the last dot, so that a file named ".conf" has it."""
    dot = name.rfind(".")
    return name[dot:] if dot > name.rfind("/") else ""
