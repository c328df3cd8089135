"""Escapes: what stands in a manifest never becomes markup, a link, a mention or a terminal code.

Each filter returns `Safe`; whatever else a template prints goes through the environment's own
escape (see report/environment.py), so that nothing can be forgotten.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from typing import Final

from migrator.trees.unseen import shows, unheard


class Safe(str):
    """A text that is already fit for the format it is made for."""

    __slots__ = ()


def visible(text: object, *, keep: str = "") -> str:
    """Control, bidi, zero-width and unassigned characters as ``\\x1b``, ``\\u202e``; those in
    ``keep`` stay. Blanks other than the space are shown too, since they look like one, and so is
    the first character of a command to the log of a CI."""
    string = unheard(str(text), "\\x{:02x}")
    plain = string.replace(keep, "") if keep else string
    if plain.isascii() and plain.isprintable():
        return string
    return "".join(c if c in keep or shows(c) else _escaped(c) for c in string)


def _escaped(char: str) -> str:
    code = ord(char)
    if char in "\n\t\r":
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def columns(text: str) -> int:
    """How many columns of a terminal a visible text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def term(text: object) -> Safe:
    """One line for a terminal or a plain text file."""
    return Safe(visible(text))


_ACTS: Final = re.compile(
    r"(?<![A-Za-z0-9])@(?=\w)"  # a mention
    r"|#(?=\w)|GH-(?=\d)|[!&%~](?=\d)"  # an issue, and what trackers do with a commit
    r"|\[(?=[^]]*(?:skip|\bci\b))|\*\*(?=\*)"  # [skip ci], ***NO_CI***
    r"|:(?=//)",
    re.IGNORECASE,
)
"""What a host of Git, or its CI, acts upon where a commit says it."""


def message(text: object) -> Safe:
    """One line of the message of a commit, in which nothing is acted upon: a blank stands in between."""
    return Safe(_ACTS.sub(lambda found: f"{found[0]} ", visible(" ".join(str(text).split("\n")))))


_ACTED_UPON: Final = (
    (re.compile(r"(?<![A-Za-z0-9])@(?=\w)"), "\uff20"),
    (re.compile(r"#(?=\d)"), "\u266f"),
    (re.compile(r"\[(?=[a-z _-]*(?:skip|no[ _-]ci)[a-z _-]*\])", re.IGNORECASE), "("),
    (re.compile(r"\*(?=\*\*NO_CI)", re.IGNORECASE), "x"),
)
"""Sign for sign, so that a text stays as long as it is."""


def squashed(text: str) -> str:
    """The text of a pull request as it may become the message of a commit, where what is code in Markdown is
    not: signs that mention, close an issue or skip the CI there look alike, and do nothing."""
    for pattern, sign in _ACTED_UPON:
        text = pattern.sub(sign, text)
    return text


def shell(text: object) -> Safe:
    """One word of a shell command that a person will copy. A word that begins with a dash would
    be read as an option, so it is made a word that no command takes."""
    word = visible(text)
    return Safe(shlex.quote(f"invalid:{word}" if word.startswith("-") else word))


_ENTITIES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
)
_PLAIN_WORD: Final = re.compile(r"[A-Za-z0-9',.;:()/%\"?!-]+")
_AS_CODE: Final = re.compile(
    r"[(\"']*(?:/|--|-$|\d+[.)]$)"  # paths and flags read better as code; list markers
    r"|.*(?:\.[a-z]|://|mailto:)"  # file names, and what some take for the name of a host
    r"|[(\"']*[0-9a-f]{7,40}[\"'),.;:]*$"  # what GitHub takes for a commit
    r"|[(\"']*GH-\d|.*:[a-z0-9-]+:"  # an issue, an emoji
    r"|.*[!%]\d",  # a merge request and a milestone of GitLab
    re.IGNORECASE,
)
_OPENING: Final = "(\"'"
_CLOSING: Final = ")\"',.;:?!"


_WHOLE: Final = re.compile(
    r"`(?P<quoted>[^`]+)`"
    r"|\[[^][]*\]"  # a list: [/usr/bin/x, -d, /y]
    r"|\b(?:helm|kubectl|kustomize|argocd|flux) [^;()`]*?\| multus-migrator \w+ -(?=[;,.)\s]|$)"
)
"""What is one thing although there are blanks in it."""
_JOINT, _CODE = "\0", "\1"
"""Stand for such a blank and before such a thing, until the code span is written; ``visible`` leaves
neither in a text."""


def md(text: object) -> Safe:
    """Prose for Markdown. Words that could be markup, a link, a mention, a reference or a commit
    become code, which no renderer interprets; so do paths and flags, and lists and commands as a
    whole."""
    words: list[str] = []
    code: list[str] = []
    for word in _joined(visible(" ".join(str(text).split("\n")))).split():
        if _is_plain(word):
            words += [*_flush(code), word]
            continue
        before, core, after = _split(word)
        if before:
            words += _flush(code)
        code.append(core)
        if before or after:
            words += [before + " ".join(_flush(code)) + after]
    words += _flush(code)
    return Safe(" ".join(words))


def _joined(text: str) -> str:
    return _WHOLE.sub(lambda m: _CODE + (m["quoted"] or m[0]).replace(" ", _JOINT), text)


def _is_plain(word: str) -> bool:
    return bool(_PLAIN_WORD.fullmatch(word)) and not _AS_CODE.match(word)


def _split(word: str) -> tuple[str, str, str]:
    rest = word.lstrip(_OPENING)
    core = rest.rstrip(_CLOSING)
    before, after = word[: len(word) - len(rest)], rest[len(core) :]
    if core.count("(") > core.count(")") and after.startswith(")"):
        core, after = core + ")", after[1:]
    return (before, core, after) if core else ("", word, "")


def _flush(code: list[str]) -> list[str]:
    """The collected words as one code span; empties the list."""
    if not code:
        return []
    span = mdcode(" ".join(code).replace(_JOINT, " ").replace(_CODE, ""))
    code.clear()
    return [span]


def mdcode(text: object) -> Safe:
    """A code span on one line, with a fence longer than any run of backticks in it."""
    shown = visible(text)
    if not shown.strip():
        return Safe("(empty)" if not shown else "(blank)")
    fence = "`" * (_longest_run(shown) + 1)
    space = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return Safe(f"{fence}{space}{shown}{space}{fence}")


def mdcell(text: object) -> Safe:
    """Any of the above as a table cell: a pipe would end it."""
    return Safe(re.sub(r"(?<=\\)\|", "x7c", str(text)).replace("|", r"\|"))


def mdhtml(text: object) -> Safe:
    """Text inside an HTML element of a Markdown document; put it in <code>, where names are no
    mentions."""
    return Safe(visible(text).translate(_ENTITIES))


def mdfence(text: object, language: str = "") -> Safe:
    """A fenced block; every line is made visible, the fence is longer than any run inside."""
    lines = [visible(line) for line in str(text).split("\n")]
    fence = "`" * max(3, max(map(_longest_run, lines)) + 1)
    return Safe("\n".join([f"{fence}{language}", *lines, fence]))


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def short(text: object, limit: int) -> str:
    """The beginning of a long text, and how much was left out."""
    string = str(text)
    if len(string) <= limit:
        return string
    return f"{string[:limit].rstrip()} ... ({len(string) - limit} more characters)"
