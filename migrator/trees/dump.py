"""Plain trees -> YAML text that YAML 1.1 and YAML 1.2 readers read alike.

The one place where YAML is written: two-space block style, multi-line strings as literal blocks,
keys in the order of the tree, comments where asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from migrator.trees.unseen import unheard

Location = tuple["str | int", ...]
"""Where a value stands in a tree: map keys and list indices."""

NO_FOLDING: Final = 2**31 - 1  # kustomize and people both read one line better than a folded one

# What a YAML 1.1 reader (PyYAML, go-yaml v2), a 1.2 reader or go-yaml v3 may take for something
# else than a string. Wider than needed: quotes do no harm, a lost string does.
_AMBIGUOUS: Final = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|nil|none|~|=|<<|[-+]?\.(?:inf|nan))?"
    r"|(?=[^0-9_]*[0-9_])[-+.0-9][-+.:,_0-9a-fA-FtTxXoOzZ\s]*"
)
# A literal block holds these as they are in every reader: printable, no line that ends in a blank,
# a first line that begins with no blank, and at most one line feed at the end.
_LITERAL: Final = re.compile(r"(?![ \t])(?:[^\n]*\S)?(?:\n(?:[^\n]*\S)?)*\n?")
# What shows nothing, or makes a line read otherwise than it is (Unicode's format characters).
_UNSEEN: Final = (
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
HIDDEN: Final = f"[{_UNSEEN}]"
_UNPRINTABLE: Final = (
    f"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[{_UNSEEN}]"
)
_CONTROL: Final = r"[^\t\n\x20-\x7e]"
"""What of ASCII is not printable. `re` takes 3 ms to compile the patterns above, which it does when a
text first needs them, and keeps them."""


def text_node(representer: Any, value: str) -> Any:
    """The node of a string, which is what a representer of either library is asked for."""
    return representer.represent_scalar("tag:yaml.org,2002:str", value, style=_style(value))


def null_node(representer: Any, _value: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _style(value: str) -> str | None:
    """``|`` for a text of several lines, ``"`` where plain is not safe, None for YAML's choice."""
    if "\n" in value and is_printable(value) and _is_literal(value):
        return "|"
    if _AMBIGUOUS.fullmatch(value) or "\n" in value or not is_printable(value):
        return '"'
    return None


def is_printable(text: str) -> bool:
    """Whether every reader takes a text as it stands, and shows all of it."""
    if text.isascii() and text.isprintable():  # as nearly all are
        return True
    return not re.search(_unprintable_in(text), text)


def _unprintable_in(text: str) -> str:
    return _CONTROL if text.isascii() else _UNPRINTABLE


def _is_literal(value: str) -> bool:
    return (
        not value.startswith("\n")
        and not value.endswith("\n\n")
        and bool(_LITERAL.fullmatch(value))
    )


def dump(
    tree: Any,
    *,
    header: Sequence[str] = (),
    comments: Mapping[Location, Sequence[str]] | None = None,
) -> str:
    """One YAML document. ``header`` lines stand above it as comments, the lines of
    ``comments[location]`` above the value at that location (which must exist)."""
    text = None
    if _LIBYAML is not None and isinstance(tree, dict | list) and _is_plain(tree):
        text = _explained(_with_libyaml(tree), comments or {})
    if text is None:
        text = _with_ruamel(tree, comments or {})
    return "".join(f"# {one_line(line)}\n" for line in header) + text


def _with_ruamel(tree: Any, comments: Mapping[Location, Sequence[str]]) -> str:
    from migrator.trees import roundtrip  # ruamel.yaml starts slowly, and few plans need it

    return roundtrip.dump(tree, comments)


def _with_libyaml(tree: Any) -> str:
    """The same text for a plain tree, in a twentieth of the time."""
    text: str = yaml.emit(_events(tree), Dumper=_LIBYAML, width=NO_FOLDING)
    return text


_LIBYAML: Final = getattr(yaml, "CSafeDumper", None)
"""PyYAML's emitter in C, None where it was built without. It is told what to write event by event: its
representer makes nodes first, and asks of each text what every reader might take it for."""
_START: Final = (yaml.StreamStartEvent(), yaml.DocumentStartEvent(explicit=False))
_END: Final = (yaml.DocumentEndEvent(explicit=False), yaml.StreamEndEvent())
_OF_MAP: Final = (
    yaml.MappingStartEvent(None, None, True, flow_style=False),
    yaml.MappingEndEvent(),
)
_OF_LIST: Final = (
    yaml.SequenceStartEvent(None, None, True, flow_style=False),
    yaml.SequenceEndEvent(),
)


def _events(tree: Any) -> list[yaml.Event]:
    """What the text of a plain tree is made of. A text that comes again is the same event."""
    events: list[yaml.Event] = [*_START]
    known: dict[str, yaml.Event] = {}

    def text(value: str) -> yaml.Event:
        if value not in known:
            known[value] = yaml.ScalarEvent(None, None, (True, True), value, style=_style(value))
        return known[value]

    def walk(node: Any) -> None:
        if isinstance(node, str):
            events.append(text(node))
        elif isinstance(node, dict):
            events.append(_OF_MAP[0])
            for key, value in node.items():
                events.append(text(key))
                walk(value)
            events.append(_OF_MAP[1])
        elif isinstance(node, list):
            events.append(_OF_LIST[0])
            for item in node:
                walk(item)
            events.append(_OF_LIST[1])
        else:
            word = "null" if node is None else str(node).lower()  # a whole number, or true or false
            events.append(yaml.ScalarEvent(None, None, (True, False), word))

    walk(tree)
    return [*events, *_END]


def _explained(text: str, comments: Mapping[Location, Sequence[str]]) -> str | None:
    """The text with the comments above the lines of their locations; None where one of them does
    not begin a line, which ruamel knows what to do with."""
    if not comments:
        return text
    lines = text.splitlines(keepends=True)
    above: dict[int, list[str]] = {}
    for at, mark in _marks(yaml.compose(text, Loader=yaml.CSafeLoader), ()):
        if not comments.get(at):
            continue
        before = lines[mark.line][: mark.column]
        item = isinstance(at[-1], int) and before.strip() == "-"
        if before.strip() and not item:
            return None
        indent = " " * (len(before) - len(before.lstrip()) if item else mark.column)
        above[mark.line] = [f"{indent}# {one_line(line)}\n" for line in comments[at]]
    if len(above) < sum(map(bool, comments.values())):
        return None
    return "".join(part for n, line in enumerate(lines) for part in (*above.get(n, ()), line))


def _marks(node: Any, path: Location) -> Iterator[tuple[Location, Any]]:
    """Where each key and list item begins."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark
            yield from _marks(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*path, index), item.start_mark
            yield from _marks(item, (*path, index))


_ALIKE: Final = re.compile(r"[ -&(-~]*|[ -~]*\n[\n -~]*")
"""ASCII; what has a single quote gets double ones from ruamel, if any."""
_KEY: Final = re.compile(r"[ -&(-~]{1,100}")


def _is_plain(tree: Any) -> bool:
    """Whether both libraries write a tree alike: maps and lists of texts of ASCII, whole
    numbers, booleans and null; short keys."""
    if isinstance(tree, str):
        return _ALIKE.fullmatch(tree) is not None
    if isinstance(tree, dict):
        keys = all(isinstance(key, str) and _KEY.fullmatch(key) for key in tree)
        return keys and all(map(_is_plain, tree.values()))
    if isinstance(tree, list):
        return all(map(_is_plain, tree))
    return tree is None or isinstance(tree, bool | int)


def one_line(text: str) -> str:
    return unheard(" ".join(re.sub(_unprintable_in(text), " ", text).split()), "\\x{:02x}")
