"""Escapes: what stands in a manifest never becomes markup, a link, a mention or a terminal code.

Each filter returns `Safe`; whatever else a template prints goes through the environment's own
escape (see report/environment.py), so that nothing can be forgotten.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from typing import Final

from migrator.report.references import UPSTREAM, pieces
from migrator.trees.unseen import shows, unheard


class Safe(str):
    """A text that is already fit for the format it is made for."""

    __slots__ = ()


_UNSURE: Final = re.compile(r"[^ -~]")
"""What `shows` has to be asked of: it takes far longer than to copy the rest of a text."""


def visible(text: object, *, keep: str = "") -> str:
    """Control, bidi, zero-width and unassigned characters as ``\\x1b``, ``\\u202e``; those in
    ``keep`` stay. Blanks other than the space are shown too, since they look like one, and so is
    the first character of a command to the log of a CI."""
    string = unheard(str(text), "\\x{:02x}")
    plain = string.replace(keep, "") if keep else string
    if plain.isascii() and plain.isprintable():
        return string
    return _UNSURE.sub(lambda m: m[0] if m[0] in keep or shows(m[0]) else _escaped(m[0]), string)


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
_CODE: Final = re.compile(r"(`[^`]+`)")
"""What the author of a text marked as code."""
_LIVE: Final = re.compile(
    r"@|\$|\\|://|mailto:|www\.|\.[a-z]"  # a mention, maths, an address, what is taken for a host
    r"|[#!&^]\d|\bGH-\d|[~%][\w\"]|\[\[|\[\w+:"  # an issue, a merge request, a label, a milestone
    r"|(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])"  # a commit
    r"|:[a-z0-9_+-]+:",  # an emoji
    re.IGNORECASE,
)
"""What GitHub, GitLab or a renderer act upon in the text that they have rendered: no escape stops
that, and nothing looks for it in code."""
_MARKUP: Final = re.compile(r"[*`~<>[\]]|&(?=[#\w])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_AT_START: Final = re.compile(r"(?:([-+#=]|\d+(?=[.)]))(?=\1*(?:[.)]?\s|[.)]?$)))")
"""What makes a list, a heading or a rule of a line that begins with it."""
_PAIRS: Final = (("(", ")"), ('"', '"'), ("'", "'"))
_STOPS: Final = ".,;:?!"
_MOST_SIGNS: Final = 8
"""So many signs are told from a word; what has more is code with them."""


def md(text: object) -> Safe:
    """Prose for Markdown, which reads as it was written: what is between backticks is code, and
    nothing else is markup. A word that the host would act upon is made code, since no escape
    stops it: a mention, a reference, a commit, an address."""
    return Safe(_begun(_marked(visible(" ".join(str(text).split())))))


def mdlinks(text: object) -> Safe:
    """A reference of a rule: issues of Multus as links, the rest as ``md``. The links go by way of
    GitHub's redirect, as those of Dependabot do: GitHub would else tell each of these issues of
    every pull request whose body names it."""
    shown = (
        f"[{words}](https://redirect.{UPSTREAM}/{path})" if path else _marked(words)
        for words, path in pieces(visible(" ".join(str(text).split())))
    )
    return Safe("".join(shown))


def _marked(text: str) -> str:
    """Two code spans never touch: their backticks would be one run, which ends neither."""
    parts = _CODE.split(text)
    shown = (mdcode(part[1:-1]) if i % 2 else _prose(part) for i, part in enumerate(parts))
    joined = ""
    for part in filter(None, shown):
        joined += f" {part}" if joined.endswith("`") and part.startswith("`") else part
    return joined


def _prose(text: str) -> str:
    """The blanks between words stay, since a code span may follow. No sign of `_LIVE` is a blank, so what is
    not in the text is in none of its words."""
    if not _LIVE.search(text):
        return _escaped_markup(text)
    return "".join(word if word.isspace() else _word(word) for word in re.split(r"( +)", text))


def _word(word: str) -> str:
    if not _LIVE.search(word):
        return _escaped_markup(word)
    before, core, after = _split(word)
    return f"{before}{mdcode(core)}{after}"


def _escaped_markup(text: str) -> str:
    return _MARKUP.sub(lambda found: f"\\{found[0]}", text)


def _begun(text: str) -> str:
    """The text as the beginning of a line, which is no command to the host, either (ruling 20)."""
    if text.startswith("/"):
        return f"\\{text}"
    found = _AT_START.match(text)
    if found is None:
        return text
    return f"\\{text}" if not found[1].isdigit() else f"{found[1]}\\{text[found.end() :]}"


def _split(word: str) -> tuple[str, str, str]:
    """(before, core, after): what ends a sentence, and brackets and quotes around the whole or
    without their other half in it."""
    start, end = 0, len(word)
    for _ in range(_MOST_SIGNS):
        if start == end:
            break
        core = word[start:end]
        if core[-1] in _STOPS or (core[-1] == ")" and core.count(")") > core.count("(")):
            end -= 1
        elif core[0] == "(" and core.count("(") > core.count(")"):
            start += 1
        elif end - start > 1 and (core[0], core[-1]) in _PAIRS and core[1:-1].count(core[-1]) == 0:
            start, end = start + 1, end - 1
        else:
            break
    return (word[:start], word[start:end], word[end:]) if start < end else ("", word, "")


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
