"""What ``verify`` prints, without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from migrator.report import environment
from migrator.report.safe import visible
from migrator.trees.redact import redact_text
from migrator.trees.unseen import json_text

if TYPE_CHECKING:  # whoever has a report has loaded what makes it
    from migrator.inventory.running_pods import PodsReport
    from migrator.kustomize.verify import VerifyReport

_SCHEMA: Final = 1
"""Version of the JSON."""
_UNVALIDATED: Final = 5
"""Objects without a schema that are named: an estate may have thousands of networks."""


def overlay(report: VerifyReport, out: str) -> str:
    """The build of OUT is what was planned; errors are the caller's."""
    return _shown("proof.txt.j2", r=report, out=out, most=_UNVALIDATED)


def as_json(report: VerifyReport, out: str) -> str:
    """The same for programs; ``mismatches`` are empty where it is proved."""
    schema = report.schema
    return json_text(
        {
            "schema": _SCHEMA,
            "out": redact_text(out),
            "verified": report.ok,
            "tool": report.tool,
            "release": str(report.release),
            "objects": {
                "base": report.based + report.replaced,
                "unchanged": report.unchanged,
                "changed": report.changed,
                "new": report.created,
                "removed": report.removed,
            },
            "changes": report.changes,
            "stages": report.staged,
            "kubernetes": schema.version if schema else "",
            "drifted": [redact_text(line) for line in report.drifted],
            "known": list(report.known),
            "mismatches": [redact_text(line) for line in report.mismatches],
        }
    )


def mismatches(report: VerifyReport) -> tuple[str, ...]:
    """Why nothing is proved, fit for a terminal: names come from files that anybody may edit."""
    return tuple(visible(line) for line in report.mismatches)


def pods(report: PodsReport) -> str:
    """Pods that lack a network, and what to do."""
    return _shown("pods.txt.j2", r=report)


def _shown(name: str, **values: object) -> str:
    return redact_text(environment.terminal().get_template(name).render(**values))
