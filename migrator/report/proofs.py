"""What ``verify`` prints, without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.report import environment
from migrator.report.safe import visible
from migrator.trees.redact import redact_text

if TYPE_CHECKING:  # whoever has a report has loaded what makes it
    from migrator.inventory.running_pods import PodsReport
    from migrator.kustomize.verify import VerifyReport


def overlay(report: VerifyReport, out: str) -> str:
    """The build of OUT is what was planned; errors are the caller's."""
    return _shown("proof.txt.j2", r=report, out=out)


def mismatches(report: VerifyReport) -> tuple[str, ...]:
    """Why nothing is proved, fit for a terminal: names come from files that anybody may edit."""
    return tuple(visible(line) for line in report.mismatches)


def pods(report: PodsReport) -> str:
    """Pods that lack a network, and what to do."""
    return _shown("pods.txt.j2", r=report)


def _shown(name: str, **values: object) -> str:
    return redact_text(environment.terminal().get_template(name).render(**values))
