"""What the pages share: one environment, one style, and the policy that lets nothing else run.

Each page is one file that needs nothing else, not even its own script.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from migrator.report.references import UPSTREAM, pieces
from migrator.report.safe import visible
from migrator.trees import jinja
from migrator.trees.resources import templates_dir


def tight(page: str) -> str:
    """Without line feeds between two tags: a browser would make a node of each. None of them is
    content, since text never holds a bare ``>`` and each line of a <pre> ends inside a tag."""
    return re.sub(r">\n+(?=<)", ">", page)


@cache
def pages() -> Environment:
    """Everything printed is made visible (bidi, control characters) and escaped for HTML."""
    filters: dict[str, Callable[..., Any]] = {
        "links": _links_of,
        "pre": lambda text: visible(text, keep="\n"),
        "fit": _fit,
        "sentence": _sentence,
        "number": lambda count: f"{count:,}",
        "plural": lambda n, one, many="": f"{n:,} {one if n == 1 else many or one + 's'}",
    }
    return jinja.environment(jinja.PAGES, filters, _finalize)


def _links_of(reference: object) -> Markup:
    """A reference with the issues and commits of Multus as links."""
    link = Markup('<a href="https://{}/{}" rel="noreferrer">{}</a>')
    parts = (
        link.format(UPSTREAM, path, words) if path else escape(words)
        for words, path in pieces(visible(reference))
    )
    return Markup("").join(parts)


def _finalize(value: Any) -> Any:
    return value if isinstance(value, (Markup, int, float)) else visible(value, keep="\n")


def _fit(text: object, most: int) -> str:
    """A text for a picture, with its middle left out where it has more characters."""
    shown = visible(text)
    if len(shown) <= most:
        return shown
    tail = most * 2 // 3
    return f"{shown[: most - tail - 1]}…{shown[-tail:]}"


def _sentence(text: object) -> str:
    """A clause as a sentence of its own; a path or a field's name that it begins with stays."""
    string = str(text).strip()
    if re.match(r"[a-z]+[ ,;:]|[a-z]+$", string):
        string = string[0].upper() + string[1:]
    return string if string[-1:] in (".", "!", "?", ":") else f"{string}."


@cache
def asset(name: str) -> str:
    """A file of the page. The browser hashes it with line feeds, so no other line end is in it."""
    text = (templates_dir() / "report" / "html" / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def policy(style: str, script: str = "") -> str:
    """The Content-Security-Policy of a page with this style and, where it has one, this script."""
    allowed = _hash(script) if script else "'none'"
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
