"""From a Plan to the files of OUT, and their proof."""

from __future__ import annotations

import os
from pathlib import Path

from migrator.cli.output import staged
from migrator.kustomize.emit import emit
from migrator.kustomize.smoke import Wanted, smoke_pods
from migrator.model.errors import VerificationError
from migrator.model.inputs import KustomizeRoot
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


def put_in_place(
    plan: Plan, out: Path, files: dict[str, str], tool: Tool | None, *, fetch: bool
) -> None:
    """Write OUT, after the real build of it was held against the plan.

    Errors: VerificationError where the build is not the plan; OUT is then as it was.
    """
    with staged(out, files) as stage:
        if tool is not None and not plan.blockers:
            report = prove(stage, guarded(builder(tool, fetch=fetch), fetch=fetch), tool=str(tool))
            if not report.ok:
                raise VerificationError(proofs.mismatches(report), out)
