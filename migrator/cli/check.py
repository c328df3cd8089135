"""``multus-migrator check``: the findings alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from migrator.cli import exitcodes
from migrator.cli.options import colour, planned, planning, terminal_width, use_colour
from migrator.cli.output import write_file
from migrator.report import formats as reports
from migrator.report.writer import Context


@click.command()
@planning
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[=PATH]",
    help=f"{', '.join(reports.NAMES)}; repeatable. With =PATH it goes to a file; at most one goes to "
    "stdout.",
)
@colour
def check(formats: tuple[str, ...], color: str, **options: Any) -> int:
    """Run every check on manifests and node files, and write no patches.

    Exits with 4 if a blocker is neither allowed nor suppressed, and with 1 where no Multus and no
    network is found.
    """
    wanted = [_parsed(text) for text in formats or ("text",)]
    if sum(not path for _, path in wanted) > 1:
        raise click.UsageError("at most one --format goes to stdout: give the others =PATH")
    plans = planned(options)
    context = Context(color=use_colour(color), width=terminal_width())
    namings = [reports.naming(name, to_file=bool(path)) for name, path in wanted]
    results = [plans.reports(naming) for naming in namings]
    texts = [
        (shown.rendered(name, context), path)
        for (name, path), shown in zip(wanted, results, strict=True)
    ]
    for text, path in texts:
        if path:
            write_file(Path(path), text, plans.reading)
        else:
            click.echo(text, nl=False, color=context.color)
    return exitcodes.of_plan(results[0].plan, detailed=False)


def _parsed(text: str) -> tuple[str, str]:
    name, _, path = text.partition("=")
    if name not in reports.NAMES:
        known = ", ".join(reports.NAMES)
        raise click.BadParameter(f"{name!r} is none of {known}", param_hint="--format")
    return name, path
