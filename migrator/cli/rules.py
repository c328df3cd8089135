"""``multus-migrator rules``: one line for each step and check."""

from __future__ import annotations

import click

from migrator.catalogue.pages import pages


@click.command()
def rules() -> None:
    """List every step and check: id, severity, title."""
    for page in pages():
        if page.kind in ("step", "check"):
            click.echo(f"{page.rule.id:<5} {page.label:<8} {page.rule.title}")
