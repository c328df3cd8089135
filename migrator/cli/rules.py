"""``multus-migrator rules``: one line for each step and check."""

from __future__ import annotations

import click

from migrator.catalogue.pages import all_rules
from migrator.steps import STEPS


@click.command()
def rules() -> None:
    """List every step and check: id, severity, title."""
    steps = {rule.id for rule, _ in STEPS}
    for rule in all_rules():
        kind = "step" if rule.id in steps else rule.severity
        click.echo(f"{rule.id:<5} {kind:<8} {rule.title}")
