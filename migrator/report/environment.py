"""The Jinja2 environments of the textual reports: words and layout are in templates/report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment

from migrator.report import safe, values
from migrator.report.safe import Safe
from migrator.trees import jinja
from migrator.trees.unseen import unheard


def plural(count: int, one: str, many: str = "") -> Safe:
    """``1 blocker``, ``2,000 blockers``; only for the template's own words."""
    return Safe(f"{count:,} {one if count == 1 else many or one + 's'}")


def _environment(escape: Callable[[object], Safe]) -> Environment:
    """Whatever is printed and is neither `Safe` nor a number goes through ``escape``."""

    def finalize(value: Any) -> Any:
        return value if isinstance(value, (Safe, int)) else escape(value)

    filters: dict[str, Callable[..., Any]] = {
        "plural": plural,
        "raw": lambda text: Safe(str(text).rstrip("\n")),
        "short": safe.short,
        "diff_lines": values.diff_lines,
        "inner_lines": values.inner_lines,
    }
    return jinja.environment(jinja.TEXTS, filters, finalize)


@cache
def markdown() -> Environment:
    """Prose is escaped by ``md``; also: mdcode, mdcell, mdhtml, mdfence, sh, squeeze."""
    environment = _environment(safe.md)
    environment.filters |= {
        "md": safe.md,
        "mdcode": safe.mdcode,
        "mdcell": safe.mdcell,
        "mdlinks": safe.mdlinks,
        "mdhtml": safe.mdhtml,
        "mdfence": safe.mdfence,
        "sh": safe.shell,
        "json": lambda text: Safe(unheard(json.dumps(str(text)), "\\u{:04x}")),
    }
    return environment


@cache
def terminal() -> Environment:
    """Everything is escaped by ``term``; a writer adds its own filters for width and colour."""
    return _environment(safe.term)


@cache
def messages() -> Environment:
    """Everything is escaped by ``message``."""
    return _environment(safe.message)


@cache
def script() -> Environment:
    """Everything is one word of a shell script, in quotes whether it needs them or not."""
    return _environment(lambda value: Safe("'" + str(value).replace("'", "'\"'\"'") + "'"))


def squeezed(text: str) -> str:
    """Blank lines never come in twos, and the text ends with one line feed."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
