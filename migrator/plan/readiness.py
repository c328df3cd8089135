"""The verdict on a whole plan: computed here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from migrator.checks import RULES
from migrator.checks.charts import THICK
from migrator.checks.collected import RULE as COLLECTED
from migrator.checks.common import settings_of
from migrator.checks.guess import RULE as RELEASE
from migrator.checks.permissions import RULE as RBAC
from migrator.checks.variables import LATER
from migrator.inventory.live_config import unread_config
from migrator.inventory.running import named_primary
from migrator.model.inventory import Install, Inventory, Target
from migrator.model.plan import Assumption, Finding, Readiness
from migrator.plan.states import has_thick_chart

_UNSEEN = frozenset(rule.id for rule in RULES if rule.unseen)
_WITHOUT_CHANGES = frozenset({Assumption.NO_INSTALL, Assumption.UNSEEN, Assumption.NOT_COLLECTED})
"""What makes "nothing to change" more than the inputs can tell."""


def assumptions(
    inventory: Inventory, target: Target, findings: Sequence[Finding], allowed: Collection[str]
) -> tuple[Assumption, ...]:
    """What the plan takes for granted, in the order of the enum. Pure."""
    live = [f for f in findings if not f.cured]
    found = set(_of_install(inventory, target))
    if any(f.id == RELEASE.id and not f.suppressed for f in live):
        found.add(Assumption.SOURCE_RELEASE)
    if any(f.id == LATER.id and not f.suppressed for f in live):
        found.add(Assumption.VARIABLES)
    if any(f.id == RBAC.id and not f.suppressed for f in live):
        found.add(Assumption.RBAC)
    if any(f.id in _UNSEEN and f.severity == "blocker" and not f.blocks(allowed) for f in live):
        found.add(Assumption.UNSEEN)
    if any(f.id == COLLECTED.id and f.severity == "warning" and not f.suppressed for f in live):
        found.add(Assumption.NOT_COLLECTED)
    return tuple(assumption for assumption in Assumption if assumption in found)


def readiness(
    inventory: Inventory,
    findings: Sequence[Finding],
    allowed: Collection[str],
    assumed: Collection[Assumption],
    *,
    changes: bool,
) -> Readiness:
    """The verdict: what was not seen outranks what blocks, and both outrank all the rest. Pure."""
    blocking = [f for f in findings if f.blocks(allowed)]
    if any(f.id in _UNSEEN for f in blocking):
        return Readiness.NOT_SEEN_WHOLE
    if blocking:
        return Readiness.BLOCKED
    owned = any(finding.id == THICK.id for finding in findings)
    if not (inventory.installs or owned or {*assumed} - {Assumption.NOT_COLLECTED}):
        return Readiness.NOT_FOUND
    if not changes and not _WITHOUT_CHANGES.intersection(assumed):
        return Readiness.NOTHING_TO_CHANGE
    return Readiness.READY_IF if assumed else Readiness.READY


def _of_install(inventory: Inventory, target: Target) -> Iterator[Assumption]:
    if not inventory.installs and (inventory.nads or inventory.workloads):
        yield Assumption.CHART if has_thick_chart(inventory) else Assumption.NO_INSTALL
    if any(_looks_for_primary(i, inventory, target) for i in inventory.installs):
        yield Assumption.PRIMARY_CNI
    if unread_configs(inventory, target):
        yield Assumption.OWN_CONFIG


def unread_configs(inventory: Inventory, target: Target) -> tuple[str, ...]:
    """The configs of Multus's own that decide what it does, and of which the plan has nothing.

    They may isolate namespaces, or give every pod a network. That makes a READY IF and no NOT SEEN
    WHOLE: the install itself was read, and what is absent from the inputs is unknown (ruling 1).
    """
    documents = inventory.reading.documents
    files, release = inventory.cni_files, target.release
    unread = (unread_config(i, documents, files, release) for i in inventory.installs)
    return tuple(dict.fromkeys(filter(None, unread)))


def _looks_for_primary(install: Install, inventory: Inventory, target: Target) -> bool:
    """Whether the daemon will look for a primary CNI of which nobody knows that it is there: no
    file is named, and the directory was not given. Delegates that are written out in thin mode's
    own config are no file of the nodes, and thick mode needs one."""
    named = named_primary(install) or target.primary_cni
    runs = install.mode == "thick" and settings_of(install).get("clusterNetwork")
    known = {directory for _, directory in inventory.reading.node_files.directories}
    return not (named or runs or install.paths.autoconfig_dir in known)
