"""``multus-migrator pr``: the plan on a branch of its own, with the text of a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from msgspec.structs import replace

from migrator.cli import exitcodes
from migrator.cli.filediff import unified
from migrator.cli.options import colour, planned, planning, terminal_width, use_colour
from migrator.cli.proposals import Proposal, diffs, place_of, proposal
from migrator.cli.publishing import Remote, missing, published, shown
from migrator.gitops.ownership import with_trailer
from migrator.gitops.writers import notes
from migrator.model.errors import MigratorError
from migrator.model.inputs import Naming
from migrator.report.formats import Reports
from migrator.report.writer import Context, Published


@click.command()
@planning
@click.option(
    "--branch",
    metavar="NAME",
    default="",
    help="Branch to write; by default its name follows from the INPUT.",
)
@click.option(
    "--base",
    metavar="NAME",
    default="",
    help="Branch that the pull request is for; by default the one that is checked out.",
)
@click.option(
    "--remote", metavar="NAME", default="origin", show_default=True, help="Remote to push to."
)
@click.option("--push", is_flag=True, help="Push the branch; without it, the command is printed.")
@click.option(
    "--create",
    is_flag=True,
    help="Push it, and create or update the pull request with gh or glab; without it, "
    "the command is printed.",
)
@click.option("--dry-run", is_flag=True, help="Show branch, commits, diff and text; write nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@colour
def pr(push: bool, create: bool, dry_run: bool, quiet: bool, color: str, **options: Any) -> int:
    """Put the plan on a branch of its own, for a pull request.

    INPUT is a file, a folder or a kustomize root in a clean Git work tree:

    \b
      multus-migrator pr deploy/multus --dry-run
      multus-migrator pr deploy/multus --create

    The change is that of edit, proved in the same way; your checkout is unchanged. Hooks, author
    and signature are those of your Git. If something has changed, running it again replaces the
    branch. It stops where somebody else has put a commit on the branch.
    """
    plans = planned(options)
    place = place_of(options)
    plan = plans.named(Naming.TYPED)
    reports = Reports(plan)
    context = Context(color=use_colour(color), width=terminal_width())
    if plan.blockers or not plan.changed:
        if not quiet:
            click.echo(reports.screen("pr", context), nl=False, color=context.color)
        return exitcodes.of_plan(plan, detailed=False)
    made = proposal(plans, options, place)
    remote = Remote(options["remote"], push or create, create)
    if dry_run:
        click.echo(_screen(reports, context, made, shown(made, remote)), nl=False)
        click.echo("\n".join(_all_of(made)), nl=False)
        return exitcodes.OK
    done = published(made, remote)
    if not quiet:
        click.echo(_screen(reports, context, made, done), nl=False, color=context.color)
    if why := missing(made, remote, done):
        raise MigratorError(why, hint="the commands above do it")
    return exitcodes.OK


def _screen(reports: Reports, context: Context, made: Proposal, done: Published) -> str:
    choice = made.edit.choice
    told = replace(context, published=done, verification=choice.proof, notes=notes(choice))
    return reports.screen("pr", told)


def _all_of(made: Proposal) -> Iterator[str]:
    """All that would be made, in the order in which it is looked at."""
    for branch in made.branches:
        yield from ("", *(with_trailer(each.text, each.entries) for each in branch.commits))
    for wish, changes in zip(made.wishes, diffs(made), strict=True):
        yield "".join(unified(changes, made.root))
        yield f"{wish.title}\n\n{wish.body}"
