"""What ``explain`` and ``rules`` print, made anew by ``make docs``: they only look it up.

An example is planned when the page is made, so that it is what the tool says, and a test holds
``templates/rules.json`` against the rules.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from migrator.catalogue.cases import Case, cases_of
from migrator.catalogue.examples import outcome, planned
from migrator.catalogue.pages import Page, pages
from migrator.checks.withdrawn import WITHDRAWN
from migrator.trees.wording import sentence

_WIDTH: Final = 78
_REPORTED: Final = (
    "It is reported; a blocker holds the patches back unless it is allowed (--allow) or suppressed."
)

_HEADINGS: Final = (
    ("Also reported for:", "Not reported for:"),
    ("Also applied to:", "Not applied to:"),
)
"""Of the cases of a check, and of a step."""


def rules_json() -> str:
    """The text of ``templates/rules.json``: see ``catalogue.printed.Printed``."""
    every = [
        {
            "id": page.rule.id,
            "label": page.label if page.kind in ("step", "check") else "",
            "title": page.rule.title,
            "page": "\n".join(_lines(page)),
        }
        for page in pages()
    ]
    for name, why in WITHDRAWN.items():
        told = f"{name} (withdrawn)\n\n{_wrapped(why)}"
        every.append({"id": name, "label": "", "title": "", "page": told})
    return json.dumps(every, ensure_ascii=False, indent=1) + "\n"


def _lines(page: Page) -> Iterator[str]:
    rule, cases = page.rule, cases_of(page.rule.id)
    handling = rule.handling or (_REPORTED if page.kind == "check" else "")
    yield from (f"{rule.id} ({page.label}): {rule.title}", "")
    yield _wrapped(sentence(rule.why))
    if handling:
        yield from ("", _wrapped(f"What the tool does: {handling}"))
    triggering = [case for case in cases if case.triggers]
    for case in triggering[:1]:
        yield from _example(case)
    also, never = _HEADINGS[page.kind == "step"]
    yield from _names(also, triggering[1:])
    yield from _names(never, [case for case in cases if not case.triggers])
    yield from ("", f"Reference: {rule.reference}")


def _example(case: Case) -> Iterator[str]:
    yield from ("", f"Example: {case.name}")
    yield from _indented(case.text)
    for at, text in case.nodes.items():
        yield from (f"{at} of a node:", *_indented(text))
    yield from ("gives", *(f"  {line}" for line in outcome(planned(case), case.rule)))


def _indented(text: str) -> Iterator[str]:
    return (f"  {line}" for line in text.rstrip("\n").split("\n"))


def _names(title: str, cases: Iterable[Case]) -> Iterator[str]:
    names = [f"  - {case.name}" for case in cases]
    return iter(("", title, *names) if names else ())


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False, break_long_words=False)
