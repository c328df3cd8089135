"""``multus-migrator explain ID``."""

from __future__ import annotations

import difflib

import click

from migrator.catalogue import all_rules


@click.command()
@click.argument("rule_id", metavar="ID")
def explain(rule_id: str) -> None:
    """Explain a step or check: why it exists, and where that is known from."""
    known = {rule.id: rule for rule in all_rules()}
    rule = known.get(rule_id.upper())
    if rule is None:
        close = difflib.get_close_matches(rule_id.upper(), known, n=3)
        hint = f"; did you mean {', '.join(close)}?" if close else "; see: multus-migrator rules"
        raise click.UsageError(f"no rule has the id {rule_id}{hint}")
    kind = "step" if rule.id.startswith("S") else rule.severity
    click.echo(f"{rule.id} ({kind}): {rule.title}\n")
    click.echo(click.wrap_text(rule.why[:1].upper() + rule.why[1:] + ".", width=78))
    click.echo(f"\nReference: {rule.reference}")
