"""runbook.md: what manifests cannot do, in the order in which to do it.

This module collects what the plan says about each DaemonSet and its nodes; templates/report/
runbook.md.j2 says what to do with it, and leaves out what does not apply.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from migrator.checks import RULES
from migrator.inventory.leftovers import Leftover, When, leftovers
from migrator.kustomize import smoke
from migrator.model.inputs import MISSING, ObjectRef
from migrator.model.inventory import Neighbour
from migrator.model.plan import Plan
from migrator.multus import releases
from migrator.report import environment, rollout_script
from migrator.report.method import how
from migrator.report.rollouts import Rollout, by_hand, rollouts, settled, unstaged
from migrator.report.summary import Group, summarise
from migrator.report.writer import ALONE, Context
from migrator.trees.wording import listed

_RULES: Final = {rule.id: rule for rule in RULES}
_NAD: Final = "NetworkAttachmentDefinition"


class Places(Struct, frozen=True, kw_only=True):
    """Directories of the nodes that one or more of the DaemonSets work on."""

    cni_dir: str
    bin_dir: str
    conf_dir: str
    primary: str


def render(plan: Plan, context: Context = ALONE) -> str:
    """The runbook as Markdown. Commands hold the paths and names of this plan, quoted."""
    page = environment.markdown().get_template("runbook.md.j2")
    moved, summary = rollouts(plan), summarise(plan)
    values: dict[str, Any] = {
        "s": summary,
        "rollouts": moved,
        "running": _distinct_pods(moved),
        "settled": settled(plan),
        "unstaged": unstaged(plan),
        "places": _distinct([_places(r) for r in moved if r.plain]),
        "by_hand": by_hand(moved),
        "images": _distinct([r.new.image for r in moved]),
        "stops_cleanly": releases.STOPS_CLEANLY.holds(plan.target.release),
        "saved": _by_namespace(plan),
        "networks": sum(p.ref.kind == _NAD for p in plan.changed),
        "created": [p.ref for p in plan.changed if p.document is None],
        "crd": any(p.ref.kind == "CustomResourceDefinition" for p in plan.objects),
        "cilium": _cilium(plan.before.inventory.neighbours),
        "unused": _unused(plan),
        "gitops": _gitops(plan),
        "before": _leftovers(plan, When.BEFORE),
        "after": [
            left
            for left in _leftovers(plan, When.DAEMON_RUNS)
            if not any(
                r.copied_config == posixpath.basename(left.path) and not r.primary for r in moved
            )
        ],
        "smoke": f"{smoke.FOLDER}/" if _has_pods(context) else "",
        "how": how(plan),
        "script": bool(context.files.get(rollout_script.FILE)),
        "script_doubt": listed(rollout_script.refusals(plan, context)),
        "strips": _RULES["P21"].applies_to(plan.target.release),
        **_phases(summary.manual),
    }
    return environment.squeezed(page.render(**values))


_PHASES: Final[Mapping[str, str]] = {
    "decide": "decide",
    "before the rollout": "first",
    "on each node": "per_node",
    "after the rollout": "after_steps",
}
"""What the template calls the manual steps of a phase, by the `when` of their rules."""


def _phases(manual: Sequence[Group]) -> dict[str, list[Group]]:
    phases: dict[str, list[Group]] = {name: [] for name in _PHASES.values()}
    for group in manual:
        rule = _RULES.get(group.id)
        phases[_PHASES[rule.when if rule else "decide"]].append(group)
    return phases


def _has_pods(context: Context) -> bool:
    return any(path.startswith(f"{smoke.FOLDER}/") for path in context.files)


def _leftovers(plan: Plan, when: When) -> list[Leftover]:
    """Files that were found on nodes and have to go, or to be put back, at this point."""
    return [left for left in leftovers(plan.before.inventory) if left.when is when]


def _places(rollout: Rollout) -> Places:
    return Places(
        cni_dir=rollout.cni_dir,
        bin_dir=rollout.bin_dir,
        conf_dir=rollout.conf_dir,
        primary=rollout.primary,
    )


def _distinct(items: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(items))


def _distinct_pods(rollouts: Sequence[Rollout]) -> list[Rollout]:
    """One DaemonSet of those whose pods a command cannot tell apart: v3's ones for each
    architecture share their labels."""
    found: dict[tuple[str, ...], Rollout] = {}
    for r in rollouts:
        found.setdefault((r.namespace, r.selector, r.container, r.cni_mount, r.bin_dir), r)
    return list(found.values())


def _by_namespace(plan: Plan) -> dict[str, list[ObjectRef]]:
    """The objects that are in the cluster today, without NADs, which are saved all together."""
    saved: dict[str, list[ObjectRef]] = {}
    for planned in plan.objects:
        if planned.document is not None and planned.ref.kind != _NAD:
            saved.setdefault(planned.ref.namespace, []).append(planned.ref)
    return saved


def _cilium(neighbours: Sequence[Neighbour]) -> Neighbour | None:
    """Cilium, where it does not say that it leaves other CNI files alone (P49)."""
    found = [n for n in neighbours if n.kind == "cilium" and n.document is not None]
    if any(n.says("exclusive") is False for n in found):
        return None
    return found[0] if found else None


def _unused(plan: Plan) -> list[ObjectRef]:
    """ConfigMaps of the thin install that the migrated DaemonSets do not mount any more."""
    dropped = {
        str((c.before.get("configMap") or {}).get("name"))
        for planned in plan.changed
        for c in planned.changes
        if c.after is MISSING and isinstance(c.before, Mapping)
    }
    return [p.ref for p in plan.objects if p.ref.kind == "ConfigMap" and p.ref.name in dropped]


def _gitops(plan: Plan) -> list[ObjectRef]:
    """Objects of Argo CD and Flux that the inputs hold."""
    groups = ("argoproj.io", "kustomize.toolkit.fluxcd.io")
    kinds = ("Application", "ApplicationSet", "Kustomization")
    return [
        document.ref
        for document in plan.before.inventory.reading.documents
        if document.ref.group in groups and document.ref.kind in kinds
    ]
