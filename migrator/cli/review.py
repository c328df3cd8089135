"""``multus-migrator review``: what a change does to an install and its networks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
from msgspec.structs import replace

from migrator.cli import exitcodes
from migrator.cli.options import known_ids, today
from migrator.cli.output import write_file
from migrator.cli.progress import doing
from migrator.cli.sides import (
    Read,
    Side,
    folder_side,
    read_side,
    suppressions,
    told_of_settings,
)
from migrator.live.review import review as judged
from migrator.live.reviewed import Review, Turn
from migrator.model.inputs import Naming, Source
from migrator.model.plan import Finding
from migrator.read.garbage import seldom_collected
from migrator.report import review as reports
from migrator.report.formats import naming


@click.command()
@click.argument("states", nargs=-1, metavar="BEFORE AFTER")
@click.option(
    "--git",
    "revisions",
    metavar="BASE..HEAD",
    help="Read both states from the Git repository of this folder, without a checkout; "
    "what follows are paths in it, or nothing for all of it. BASE...HEAD is what "
    "HEAD changed since it left BASE.",
)
@click.option(
    "--node-files",
    metavar="DIR",
    help="CNI files copied from the nodes, as for plan; they hold before and after.",
)
@click.option(
    "--node-files-after",
    metavar="DIR",
    help="CNI files of the nodes after the change, if they differ.",
)
@click.option(
    "--allow",
    metavar="ID",
    multiple=True,
    allow_from_autoenv=False,
    help="Let a new blocker with this id pass; repeatable. No settings file or variable "
    "can set it.",
)
@click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 2 if the change does anything at all."
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[=PATH]",
    help=f"{', '.join(reports.WRITERS)}; repeatable. With =PATH it goes to a file; at "
    "most one goes to stdout. CI formats report only new findings.",
)
@seldom_collected()
def review(
    states: tuple[str, ...],
    revisions: str | None,
    node_files: str | None,
    node_files_after: str | None,
    allow: tuple[str, ...],
    detailed_exitcode: bool,
    formats: tuple[str, ...],
) -> int:
    """Judge any change to an install of Multus or its networks, whoever made it; plan nothing.

    BEFORE and AFTER are files, folders, kustomize roots, renders or dumps, each as it is applied.
    For each workload and network it compares what pods get before and after, each under the
    release that runs in that state; it shows which findings are new, gone and unchanged, and what
    the change does to a node.

    Exits with 4 if a network is lost, or if the new install cannot work (a new blocker).
    Suppressions and multus-migrator.toml count as they are in BEFORE.
    """
    wanted = [_parsed(text) for text in formats or ("text",)]
    if sum(not path for _, path in wanted) > 1:
        raise click.UsageError("at most one --format goes to stdout: give the others =PATH")
    known_ids(allow)
    nodes = node_files, node_files_after or node_files
    with _sides(states, revisions, nodes) as (before, after):
        with doing("reading"):
            old, new = read_side(before), read_side(after)
        return _told(old, new, wanted, allow, detailed=detailed_exitcode)


def _sides(
    states: tuple[str, ...], revisions: str | None, nodes: tuple[str | None, str | None]
) -> AbstractContextManager[tuple[Side, Side]]:
    """Errors: UsageError where it is not said which two states are meant."""
    if revisions is not None:
        from migrator.cli.revisions import git_sides  # folders need no git

        return git_sides(revisions, states, nodes)
    if len(states) != 2:
        raise click.UsageError("give BEFORE and AFTER, or --git BASE..HEAD")
    if states.count("-") > 1:
        raise click.UsageError("standard input can be read once")
    return nullcontext((folder_side(states[0], nodes[0]), folder_side(states[1], nodes[1])))


def _told(
    before: Read,
    after: Read,
    wanted: list[tuple[str, str]],
    allow: tuple[str, ...],
    *,
    detailed: bool,
) -> int:
    """Prints and writes what is asked for; the exit code."""
    with doing("judging"):
        found = _judged(before, after, allow)
    texts = []
    for form, path in wanted:
        retold = _retold(found, before, after, naming(form, to_file=bool(path)))
        shown = reports.clean(retold, before.side.name, after.side.name)
        texts.append((reports.WRITERS[form](shown), path))
    for text, path in texts:
        if path:
            write_file(Path(path), text, before.reading, after.reading)
        else:
            click.echo(text, nl=False)
    return exitcodes.of_review(found, detailed=detailed)


def _judged(before: Read, after: Read, allow: tuple[str, ...]) -> Review:
    return judged(
        before.inventory(),
        after.inventory(),
        suppressions=suppressions(before.side),
        told=tuple(told_of_settings(before.side, after.side)),
        allowed=[name.upper() for name in allow],
        today=today(),
    )


def _retold(found: Review, before: Read, after: Read, called: Naming) -> Review:
    """The same with other names of the files in which things stand."""
    old, new = before.names(called), after.names(called)
    return replace(
        found,
        findings=tuple(
            replace(each, finding=_placed(each.finding, old if each.turn is Turn.GONE else new))
            for each in found.findings
        ),
        networks=tuple(
            replace(each, row=replace(each.row, source=_renamed(each.row.source, new)))
            for each in found.networks
        ),
    )


def _placed(finding: Finding, names: Mapping[str, str]) -> Finding:
    source = finding.source
    return replace(finding, source=_renamed(source, names)) if source else finding


def _renamed(source: Source, names: Mapping[str, str]) -> Source:
    return replace(source, file=names.get(source.file, source.file))


def _parsed(text: str) -> tuple[str, str]:
    name, _, path = text.partition("=")
    if name not in reports.WRITERS:
        known = ", ".join(reports.WRITERS)
        raise click.BadParameter(f"{name!r} is none of {known}", param_hint="--format")
    return name, path
