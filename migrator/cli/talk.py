"""What commands say beside their result: on stderr, a line each."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from migrator.model.inputs import Problem, Reading
from migrator.read.files import shown
from migrator.read.nodefiles import beside
from migrator.report.safe import visible
from migrator.trees.wording import listed


def say_what_was_left_out(problems: Sequence[Problem]) -> None:
    """A line for each that may matter, and one for all that cannot."""
    for problem in problems:
        if problem.related:
            say(f"left out: {problem.source}: {problem.message}; {problem.hint}")
    others = [str(problem.source) for problem in problems if not problem.related]
    if others:
        say(f"left out, with nothing in them that a plan reads: {listed(others)}")


def say_what_lies_beside(inputs: Sequence[str], reading: Reading) -> None:
    """Files of nodes that nobody gave."""
    folder = beside(inputs) if not reading.node_files.nodes else None
    if folder is not None:
        advise(
            f"not read: {shown(folder)}, which holds files of nodes; --node-files {shown(folder)} reads them"
        )


def advise(text: str) -> None:
    """What is no part of the result, and is not said under --quiet."""
    context = click.get_current_context(silent=True)
    if context is None or not context.params.get("quiet"):
        say(text)


def say(text: str) -> None:
    """Talk goes to stderr; stdout is data."""
    if not os.environ.get("MULTUS_MIGRATOR_QUIET"):
        click.echo(visible(text), err=True)
