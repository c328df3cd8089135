"""Runs the steps and the checks over the inventory, and makes the Plan of what they yield."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrator.checks import CHECKS, MOVE_CHECKS, STATE_CHECKS, Check, attached, suppression
from migrator.checks.suppression import Suppression
from migrator.inventory.build import build_inventory
from migrator.inventory.install_documents import install_documents
from migrator.model.errors import PlanConflict
from migrator.model.inputs import Document, ObjectRef, Source
from migrator.model.inventory import Inventory, Target
from migrator.model.plan import Change, Decision, Finding, Plan, Planned
from migrator.plan.accounts import accounts
from migrator.plan.attachments import attachments
from migrator.steps import STEPS
from migrator.steps.common import moving
from migrator.trees import paths

_SEVERITY = {"blocker": 0, "warning": 1, "info": 2}

KNOWN_IDS = frozenset(
    rule.id for rules in (attached.RULES, *(rules for rules, _ in CHECKS)) for rule in rules
)
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
    changes = [change for _, step in STEPS for change in step(inventory, target)]
    _refuse_conflicts(changes)
    objects = _objects(inventory, changes)
    migrated = _migrated(inventory, objects)
    findings = [
        *_run(MOVE_CHECKS, inventory, target),
        *_unmoved(
            _judged(_run(STATE_CHECKS, inventory, target), _run(STATE_CHECKS, migrated, target)),
            inventory,
            target,
        ),
    ]
    rows = attachments(inventory, migrated, target)
    findings += attached.findings(rows, inventory)
    asked = (*suppression.annotated(inventory.reading.documents), *suppressions)
    findings = list(suppression.apply(findings, asked, KNOWN_IDS, today))
    return Plan(
        target=target,
        inventory=inventory,
        objects=objects,
        findings=_ordered(findings),
        accounts=accounts(inventory, target, objects),
        attachments=rows,
        decisions=_decisions(inventory, target),
        allowed=frozenset(allowed),
    )


def _refuse_conflicts(changes: Sequence[Change]) -> None:
    seen: dict[ObjectRef, list[Change]] = {}
    for change in changes:
        for other in seen.setdefault(change.object, []):
            shorter = min(len(change.path), len(other.path))
            if change.path[:shorter] == other.path[:shorter]:
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


def _run(checks: Sequence[Check], inventory: Inventory, target: Target) -> list[Finding]:
    return [finding for _, check in checks for finding in check(inventory, target)]


def _migrated(inventory: Inventory, objects: Sequence[Planned]) -> Inventory:
    """The inventory of the planned build: each changed document with its desired data."""
    desired = {planned.ref: planned for planned in objects}
    documents = [
        replace(d, data=desired[d.ref].desired) if d.ref in desired else d
        for d in inventory.reading.documents
    ]
    documents += [_new_document(p) for p in objects if p.document is None]
    reading = replace(inventory.reading, documents=tuple(documents))
    return build_inventory(reading)


def _new_document(planned: Planned) -> Document:
    source = planned.changes[0].source or Source(file="(new)", line=1)
    return Document(
        ref=planned.ref,
        api_version=str(planned.desired.get("apiVersion", "")),
        source=source,
        data=planned.desired,
        form="build",
        text="",
        lines={},
    )


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


def _unmoved(
    findings: Sequence[Finding], inventory: Inventory, target: Target
) -> Iterator[Finding]:
    """Upstream's own manifests up to v4.2.2 install with cp: a daemon that is where it shall be, and
    for which nothing is planned, is not held up by that."""
    moved = {form.install.daemonset.ref for form in moving(inventory, target)}
    still = {i.daemonset.ref for i in inventory.installs} - moved
    for finding in findings:
        own = finding.object in still and finding.severity == "blocker" and finding.id == "P25"
        yield replace(finding, severity="warning") if own else finding


def _ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Blockers first; within a severity in the order of the checks. Equal ones once."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda f: (f.cured, bool(f.suppressed), _SEVERITY[f.severity])))


def _decisions(inventory: Inventory, target: Target) -> tuple[Decision, ...]:
    decisions = []
    forms = {form.install.daemonset.ref: form for form in moving(inventory, target)}
    for install in inventory.installs:
        kind = "v3.9 thick-plugin manifest, which is thin" if install.preview else install.mode
        decisions.append(
            Decision(
                subject=f"source of {install.daemonset.ref}",
                choice=f"v{install.release} {kind} ({install.confidence})",
                reason=install.evidence,
            )
        )
        form = forms.get(install.daemonset.ref)
        if form is None:
            decisions.append(
                Decision(
                    subject=str(install.daemonset.ref),
                    choice="nothing to do",
                    reason=f"already thick, and all that v{target.release} needs is there",
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
    return (*decisions, *_about_root(inventory))


def _about_root(inventory: Inventory) -> tuple[Decision, ...]:
    """Where GitOps points to for a kustomize root: to OUT, which wraps it, or to the root itself
    with one line more, which works only where nothing of the root's runs after it (ruling 3)."""
    root = inventory.reading.root
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
