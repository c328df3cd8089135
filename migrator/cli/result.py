"""From a Plan to the files of OUT, and their proof."""

from __future__ import annotations

import os
from pathlib import Path

from migrator.cli.output import staged
from migrator.cli.plans import Plans
from migrator.kustomize.emit import emit
from migrator.kustomize.smoke import Wanted, smoke_pods
from migrator.model.errors import VerificationError
from migrator.model.inputs import KustomizeRoot, Naming
from migrator.model.plan import Plan
from migrator.plan.judge import prove
from migrator.read.offline import guarded
from migrator.report import proofs
from migrator.report.formats import Reports
from migrator.report.writer import Context
from migrator.tools.kustomize import Tool, builder, unfit


def reference_to(root: KustomizeRoot | None, out: Path) -> str | None:
    """How a file of OUT names the root that was read, None where none was. Links in the way to
    either are followed, as they are when the path is."""
    if root is None:
        return None
    place = Path(os.path.realpath(out.parent), out.name)
    return Path(os.path.relpath(os.path.realpath(root.path), place)).as_posix()


def files_of(
    plan: Plan,
    reports: Reports,
    verification: str,
    root_reference: str | None,
    smoke_tests: Wanted,
) -> dict[str, str]:
    """Path below OUT -> text. A blocked plan has its reports, and no patches."""
    files: dict[str, str] = {}
    if not plan.blockers:
        files |= emit(plan, root_reference=root_reference)
        files |= smoke_pods(plan, smoke_tests)
    return files | reports.files(Context(verification=verification, files=files))


def proof(plan: Plan, tool: Tool | None, wanted: bool) -> str:
    """What the reports say of the build. OUT is put in place only if it is true."""
    if plan.blockers:
        return "Blocked: no patches were written, so there is nothing to build."
    if tool is None:
        why = unfit() if wanted else "turned off (--no-verify)"
        return f"Not verified: {why}. Build it and compare: multus-migrator verify."
    return (
        f"Verified: built with {tool}, compared with the plan object by object, and validated "
        "against the Kubernetes schema before it was put in place."
    )


def write_overlay(
    plans: Plans,
    out: Path,
    tool: Tool | None,
    verification: str,
    smoke_tests: Wanted,
    *,
    fetch: bool,
) -> dict[str, str]:
    """Write OUT, after the real build of it was held against the plan; path below OUT -> text.

    Errors: VerificationError where the build is not the plan; OUT is then as it was.
    """
    plan = plans.named(Naming.COMMON)
    reference = reference_to(plans.reading.wrapped, out)
    reports = plans.reports(Naming.COMMON)
    files = plans.used(
        Naming.COMMON, lambda plan: files_of(plan, reports, verification, reference, smoke_tests)
    )
    with staged(out, files) as stage:
        if tool is not None and not plan.blockers:
            report = prove(stage, guarded(builder(tool, fetch=fetch), fetch=fetch), tool=str(tool))
            if not report.ok:
                raise VerificationError(proofs.mismatches(report), out)
    return files
