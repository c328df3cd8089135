"""``multus-migrator explain ID``."""

from __future__ import annotations

import click

from migrator.catalogue.printed import printed
from migrator.cli.completion import rule_ids
from migrator.trees.wording import closest


@click.command()
@click.argument("rule_id", metavar="ID", shell_complete=rule_ids)
def explain(rule_id: str) -> None:
    """Explain a rule: why it exists, what the tool does, an example, where it is known from."""
    known = printed()
    name = rule_id.upper()
    if name not in known:
        close = closest(name, [page.id for page in known.values() if page.title], most=3)
        hint = f"; did you mean {close}?" if close else "; see: multus-migrator rules"
        raise click.UsageError(f"no rule has the id {rule_id}{hint}")
    click.echo(known[name].page)
