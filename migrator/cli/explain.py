"""``multus-migrator explain ID``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from migrator.catalogue.examples import Sample
from migrator.catalogue.pages import Page, node_files_of, outcome, page_of, pages, sentence
from migrator.trees.wording import closest

_WIDTH = 78
_REPORTED = (
    "It is reported; a blocker holds the patches back unless it is allowed (--allow) or suppressed."
)


@click.command(short_help="Explain a step or check: why it exists, with an example.")
@click.argument("rule_id", metavar="ID")
def explain(rule_id: str) -> None:
    """Explain a rule: why it exists, what the tool does, an example, where it is known from."""
    page = page_of(rule_id)
    if page is None:
        known = [page.rule.id for page in pages()]
        close = closest(rule_id.upper(), known, most=3)
        hint = f"; did you mean {close}?" if close else "; see: multus-migrator rules"
        raise click.UsageError(f"no rule has the id {rule_id}{hint}")
    click.echo("\n".join(_lines(page)))


def _lines(page: Page) -> Iterator[str]:
    yield from (f"{page.rule.id} ({page.label}): {page.rule.title}", "")
    yield _wrapped(sentence(page.rule.why))
    handling = page.rule.handling or (_REPORTED if page.kind == "check" else "")
    if handling:
        yield from ("", _wrapped(f"What the tool does: {handling}"))
    for sample in page.triggering[:1]:
        yield from _example(sample)
    for title, captions in page.others:
        yield from ("", title, *(f"  - {caption}" for caption in captions))
    yield from ("", f"Reference: {page.rule.reference}")


def _example(sample: Sample) -> Iterator[str]:
    yield from ("", f"Example: {sample.caption}")
    yield from (f"  {line}" for line in sample.text.rstrip("\n").split("\n"))
    for name, text in node_files_of(sample):
        yield from (f"{name} of a node:", *(f"  {line}" for line in text.rstrip("\n").split("\n")))
    yield from ("gives", *(f"  {line}" for line in outcome(sample)))


def _wrapped(text: str) -> str:
    return click.wrap_text(text, width=_WIDTH)
