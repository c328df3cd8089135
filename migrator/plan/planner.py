"""Runs the steps and the checks over the inventory, and makes the Plan of what they yield."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from migrator.checks import (
    MOVE_CHECKS,
    RULES,
    STATE_CHECKS,
    Check,
    attached,
    removed_fields,
    suppression,
)
from migrator.checks import guess as guessed
from migrator.checks.suppression import Suppression
from migrator.inventory.install_documents import install_documents
from migrator.model.errors import PlanConflict
from migrator.model.inputs import Document, ObjectRef
from migrator.model.inventory import Inventory, Target
from migrator.model.plan import Change, Decision, Finding, Plan, Planned
from migrator.model.release import Release
from migrator.plan.accounts import accounts
from migrator.plan.attachments import Comparison
from migrator.plan.candidates import guess
from migrator.plan.hardening import all_changes, with_hardening, without_hardening
from migrator.plan.plugins import plugins
from migrator.plan.readiness import assumptions, readiness, unread_configs
from migrator.plan.states import state_planned, state_today
from migrator.thick.intent import Intent, intend
from migrator.trees import paths

T = TypeVar("T")

_SEVERITY = {"blocker": 0, "warning": 1, "info": 2}

_RULES = {rule.id: rule for rule in RULES}
KNOWN_IDS = frozenset(_RULES)
"""The ids that can be suppressed: those of every check."""


def make_plan(
    inventory: Inventory,
    target: Target,
    allowed: Iterable[str] = (),
    suppressions: Sequence[Suppression] = (),
    today: datetime.date = datetime.date.min,
) -> Plan:
    """The whole plan. Pure. ``suppressions`` are those of the config file (those on the objects
    are found here); the ones that expire before ``today`` no longer hold.

    Errors: PlanConflict where two changes touch one field (a bug).
    """
    before = state_today(inventory, target)
    intent = without_hardening(intend(before, target))
    changes = all_changes(intent)
    _refuse_conflicts(changes)
    objects = _objects(inventory, changes)
    after = state_planned(inventory, objects, target)
    compared = Comparison(before, after)
    rows = compared.rows(before.release)
    findings = [
        *run_checks(MOVE_CHECKS, intent, target.release),
        *_unmoved(
            _judged(
                run_checks(STATE_CHECKS, before, before.daemon),
                run_checks(STATE_CHECKS, after, after.daemon),
            ),
            intent,
        ),
        *removed_fields.findings(objects),
        *attached.findings(rows, inventory),
        *guessed.findings(guess(intent, compared, rows)),
    ]
    asked = (*suppression.annotated(inventory.reading.documents), *suppressions)
    findings = list(suppression.apply(findings, asked, KNOWN_IDS, today))
    permitted = frozenset(allowed)
    assumed = assumptions(inventory, target, findings, permitted)
    return Plan(
        target=target,
        before=before,
        after=after,
        objects=objects,
        findings=_ordered(findings),
        accounts=accounts(intent, objects),
        attachments=rows,
        decisions=_decisions(intent),
        allowed=permitted,
        readiness=readiness(inventory, findings, permitted, assumed, changes=bool(changes)),
        assumptions=assumed,
        plugins=plugins(after.inventory, rows),
        unread=unread_configs(inventory, target),
    )


def hardened(plan: Plan, files: Iterable[str]) -> Plan:
    """The plan with what the thick installs of some renders work without, too. Its findings and attachments
    are those of the plan as it was."""
    names = frozenset(files)
    intent = with_hardening(intend(plan.before, plan.target), names) if names else None
    if intent is None:
        return plan
    changes = all_changes(intent)
    _refuse_conflicts(changes)
    return replace(plan, objects=_objects(plan.before.inventory, changes))


def _refuse_conflicts(changes: Sequence[Change]) -> None:
    seen: dict[ObjectRef, list[Change]] = {}
    for change in changes:
        for other in seen.setdefault(change.object, []):
            if paths.related(change.path, other.path):
                where = paths.format_path(change.path)
                raise PlanConflict(
                    f"{change.object}: {other.rule} and {change.rule} both change {where}",
                    source=change.source,
                )
        seen[change.object].append(change)


def _objects(inventory: Inventory, changes: Sequence[Change]) -> tuple[Planned, ...]:
    """The documents of the installs and every changed one, in input order; new ones last."""
    by_object: dict[ObjectRef, list[Change]] = {}
    for change in changes:
        by_object.setdefault(change.object, []).append(change)
    installs = {document.ref for document in install_documents(inventory)}
    planned = []
    for document in inventory.reading.documents:
        own = by_object.pop(document.ref, [])
        if own or document.ref in installs:
            planned.append(_planned(document, own))
    planned.extend(
        Planned(ref=ref, document=None, desired=own[0].after, changes=tuple(own))
        for ref, own in by_object.items()
    )
    return tuple(planned)


def _planned(document: Document, changes: Sequence[Change]) -> Planned:
    desired: Mapping[str, Any] = document.data
    for change in changes:
        desired = paths.put(desired, change.path, change.after)
    return Planned(ref=document.ref, document=document, desired=desired, changes=tuple(changes))


def run_checks(checks: Sequence[Check[T]], seen: T, release: Release) -> list[Finding]:
    """What the checks say of what they look at, without the rules that are not for ``release``."""
    return [
        finding
        for rules, check in checks
        for finding in check(seen)
        if _RULES[finding.id].applies_to(release)
    ]


def _judged(before: Sequence[Finding], after: Sequence[Finding]) -> list[Finding]:
    """Severity is judged after the plan (ruling 1): what the planned build still shows stands as
    it is; what only the unmigrated install shows is cured by the patches."""
    remaining = {(f.id, f.object) for f in after}
    cured = [
        replace(f, severity="info", cured=True, manual=False)
        for f in before
        if (f.id, f.object) not in remaining
    ]
    return [*after, *cured]


def _unmoved(findings: Sequence[Finding], intent: Intent) -> Iterator[Finding]:
    """A daemon that is where it shall be is not held up by what its own release shipped with."""
    moved = {form.install.daemonset.ref for form in intent.moving}
    still = {form.install.daemonset.ref for form in intent.forms} - moved
    for finding in findings:
        milder = _RULES[finding.id].unmoved
        own = finding.object in still and finding.severity == "blocker" and milder
        yield replace(finding, severity=milder) if own and milder else finding


def _ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Blockers first; within a severity in the order of the checks. Equal ones once."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda f: (f.cured, bool(f.suppressed), _SEVERITY[f.severity])))


def _decisions(intent: Intent) -> tuple[Decision, ...]:
    decisions = []
    for form in intent.forms:
        install = form.install
        kind = "v3.9 thick-plugin manifest, which is thin" if install.preview else install.mode
        decisions.append(
            Decision(
                subject=f"source of {install.daemonset.ref}",
                choice=f"v{install.release} {kind} ({install.confidence})",
                reason=install.evidence,
            )
        )
        if not form.moves:
            decisions.append(
                Decision(
                    subject=str(install.daemonset.ref),
                    choice="nothing to do",
                    reason=f"already thick, with everything that v{intent.target.release} needs",
                )
            )
        elif form.image:
            decisions.append(
                Decision(
                    subject=f"image of {install.daemonset.ref}",
                    choice=form.image,
                    reason=form.image_remark or "the source's registry, the target's thick tag",
                )
            )
    return (*decisions, *about_root(intent.inventory))


def about_root(inventory: Inventory) -> tuple[Decision, ...]:
    """Where GitOps points to for a kustomize root: to OUT, which wraps it, or to the root itself
    with one line more, which works only where nothing of the root's runs after it (ruling 3)."""
    root = inventory.reading.wrapped
    if root is None:
        return ()
    if root.transforms:
        places = ", ".join(f"{field} ({source})" for field, source in root.transforms)
        return (
            Decision(
                subject=f"path of {root.path} for Argo CD or Flux",
                choice="the folder that is written here, which wraps it",
                reason=f"kustomize runs components first, so these could undo one: {places}",
            ),
        )
    return (
        Decision(
            subject=f"path of {root.path} for Argo CD or Flux",
            choice="the folder that is written here, or the root itself with component/ of that "
            "folder added to its components",
            reason="nothing in the root's kustomization runs after its components",
        ),
    )
