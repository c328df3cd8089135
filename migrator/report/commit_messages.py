"""The messages of the commits of a pull request. Words and layout are in templates/report."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

from migrator.gitops.commits import Part, Step
from migrator.model.plan import Plan, Planned
from migrator.report import environment
from migrator.report.diff import by_reason
from migrator.report.safe import message as safe_message
from migrator.report.safe import visible
from migrator.report.summary import summarise

_WIDTH: Final = 72
_MOST: Final = 30
"""Reasons that one message tells; the pull request has all."""
_ACTS_AT_START: Final = re.compile(r"[/#>]|[A-Za-z0-9]+-[A-Za-z0-9-]+:")
"""A command of GitLab, a comment of Git's, a trailer."""


_TOLD_ELSEWHERE: Final = (Step.STAGE_TWO, Step.OLD_PODS, Step.OLD_OBJECTS)
"""What these change is what another commit has changed."""


def messages(plan: Plan, parts: Sequence[Part], proof: str) -> list[str]:
    """The message of each commit, without a trailer: a subject of one line, and why. ``plan`` has no
    secrets, and names files from the root of the repository on; ``proof`` is what was proved of the
    last."""
    page: Any = environment.messages().get_template("commit.txt.j2").module
    summary = summarise(plan)
    found = []
    for number, part in enumerate(parts, start=1):
        objects = [planned for planned in plan.changed if planned.ref in part.objects]
        stage = plan.target.stage
        subject = page.subject(summary, part.step.value, objects, stage, ends_rollout(plan))
        reasons = [] if part.step in _TOLD_ELSEWHERE else [*_reasons(objects)]
        body = page.body(reasons[:_MOST], len(reasons) - _MOST, part.step.value)
        tail = page.proof(proof, number, len(parts), part.step.value)
        found.append(_laid_out(str(subject), f"{body}\n\n{tail}"))
    return found


def ends_rollout(plan: Plan) -> bool:
    """Whether a plan is stage two of an install that stands at stage one: no pod changes."""
    return plan.target.stage == 2 and plan.before.mode == "thick"


def title(message: str, branch: str) -> str:
    """The title of a pull request: the subject of its last commit, and what the branch is of."""
    return f"{safe_message(branch.rpartition('/')[2])}: {message.splitlines()[0]}"


def _reasons(objects: Sequence[Planned]) -> Iterator[tuple[str, str, list[str]]]:
    """(rule, reason, objects), each reason once, in the order of the objects."""
    found: dict[tuple[str, str], list[str]] = {}
    for planned in objects:
        for reason, rule, _ in by_reason(planned):
            found.setdefault((rule, reason), []).append(str(planned.ref))
    return ((rule, reason, refs) for (rule, reason), refs in found.items())


def _laid_out(subject: str, text: str) -> str:
    """The subject, and paragraphs in lines of 72 columns."""
    paragraphs = environment.squeezed(text).splitlines()
    folded = (textwrap.wrap(line, _WIDTH, **_folds(line)) or [""] for line in paragraphs)
    lines = [_inert(line) for part in folded for line in part]
    return "\n".join([_cut(" ".join(subject.split())), "", *lines]) + "\n"


def _folds(line: str) -> dict[str, Any]:
    indent = "  " if line.startswith("- ") else ""
    return {
        "subsequent_indent": indent,
        "break_long_words": False,
        "break_on_hyphens": False,
    }


def _inert(line: str) -> str:
    """A line that nobody takes for anything but words."""
    return f" {line}" if _ACTS_AT_START.match(line) else line


def _cut(subject: str) -> str:
    """At most 72 characters, in whole words."""
    return visible(textwrap.shorten(subject, _WIDTH, placeholder=" ..."))
