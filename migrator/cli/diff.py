"""``multus-migrator diff``: before and after in the terminal."""

from __future__ import annotations

from typing import Any

import click

from migrator.cli import exitcodes
from migrator.cli.options import colour, planned, planning, terminal_width, use_colour
from migrator.kustomize.plan_json import changed_document
from migrator.report import formats as reports
from migrator.report.writer import Context
from migrator.trees.unseen import json_text


@click.command()
@planning
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit with 2 if changes are planned, 3 for manual steps or unrecognised settings.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: the objects and changes of plan.json.",
)
@colour
def diff(detailed_exitcode: bool, form: str, color: str, **options: Any) -> int:
    """Show each object before and after the migration, and write nothing.

    Lists are compared by name and JSON inside strings by field; each change comes with its reason,
    the id of its rule and its source line.
    """
    result = planned(options).named(reports.naming("diff", to_file=False))
    if form == "json":
        click.echo(json_text(changed_document(result)), nl=False)
        return exitcodes.of_plan(result, detailed=detailed_exitcode)
    context = Context(color=use_colour(color), width=terminal_width())
    text = reports.Reports(result).screen("diff", context)
    click.echo(text, nl=False, color=context.color)
    return exitcodes.of_plan(result, detailed=detailed_exitcode)
