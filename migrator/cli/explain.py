"""``multus-migrator explain ID``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from migrator.catalogue.cases import Case, cases_of
from migrator.catalogue.examples import outcome, planned
from migrator.catalogue.pages import Page, page_of, pages, sentence
from migrator.checks.withdrawn import WITHDRAWN
from migrator.trees.wording import closest

_WIDTH = 78
_REPORTED = (
    "It is reported; a blocker holds the patches back unless it is allowed (--allow) or suppressed."
)


@click.command()
@click.argument("rule_id", metavar="ID")
def explain(rule_id: str) -> None:
    """Explain a rule: why it exists, what the tool does, an example, where it is known from."""
    page = page_of(rule_id)
    if rule_id.upper() in WITHDRAWN:
        click.echo(f"{rule_id.upper()} (withdrawn)\n\n{_wrapped(WITHDRAWN[rule_id.upper()])}")
        return
    if page is None:
        known = [page.rule.id for page in pages()]
        close = closest(rule_id.upper(), known, most=3)
        hint = f"; did you mean {close}?" if close else "; see: multus-migrator rules"
        raise click.UsageError(f"no rule has the id {rule_id}{hint}")
    click.echo("\n".join(_lines(page)))


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
    yield from _names("The same of:", triggering[1:])
    yield from _names("Left alone:", [case for case in cases if not case.triggers])
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
    return click.wrap_text(text, width=_WIDTH)
