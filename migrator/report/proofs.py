"""What ``verify`` prints."""

from __future__ import annotations

from migrator.inventory.running_pods import PodsReport
from migrator.kustomize.verify import VerifyReport
from migrator.report import environment


def overlay(report: VerifyReport, out: str) -> str:
    """The build of OUT is what was planned; errors are the caller's."""
    return environment.terminal().get_template("proof.txt.j2").render(r=report, out=out)


def pods(report: PodsReport) -> str:
    """Pods that lack a network, and what to do."""
    return environment.terminal().get_template("pods.txt.j2").render(r=report)
