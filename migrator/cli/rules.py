"""``multus-migrator rules``: one line for each step and check."""

from __future__ import annotations

import click

from migrator.catalogue.printed import printed


@click.command()
def rules() -> None:
    """List every step and check: id, severity, title."""
    for page in printed().values():
        if page.label:
            click.echo(f"{page.id:<5} {page.label:<8} {page.title}")
