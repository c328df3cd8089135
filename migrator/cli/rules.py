"""``multus-migrator rules``: one line for each step and check."""

from __future__ import annotations

import json

import click

from migrator.catalogue.printed import Printed, printed


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A line for each, or one JSON list.",
)
def rules(form: str) -> None:
    """List every step and check: id, severity, title, and when to act on it."""
    listed = [page for page in printed().values() if page.label]
    if form == "json":
        click.echo(json.dumps([_record(page) for page in listed], indent=2, ensure_ascii=False))
        return
    for page in listed:
        when = f" ({page.when})" if page.when else ""
        click.echo(f"{page.id:<5} {page.severity:<8} {page.title}{when}")


def _record(page: Printed) -> dict[str, str]:
    return {"id": page.id, "severity": page.severity, "title": page.title, "when": page.when}
