"""Lets the daemon list and watch pods and NetworkAttachmentDefinitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from migrator.model.inputs import Document
from migrator.model.plan import Change, Rule
from migrator.multus.rbac import covers
from migrator.steps.common import change
from migrator.thick.blueprint import fill
from migrator.thick.intent import Intent

RULE = Rule(
    id="S11",
    title="Give the ClusterRole what the daemon's informers need",
    why="without list and watch on pods and NADs every ADD waits on an empty cache (P34)",
    reference="pkg/server/server.go v4.1.0; multus-cni#1185, #1186",
)


def changes(intent: Intent) -> Iterable[Change]:
    """The complete rule list (a strategic merge patch replaces it whole: K4). A rule that names
    exactly the same resources gets the verbs; else a rule is added. Nothing is taken away."""
    done: set[str] = set()
    for form in intent.moving:
        for role in form.install.cluster_roles:
            if role.ref.name in done or role.data.get("aggregationRule"):
                continue
            done.add(role.ref.name)
            reason = "the daemon's informers list and watch pods and NADs (P34)"
            yield from change(role, ("rules",), completed(role), reason, RULE)


def completed(role: Document) -> list[Any]:
    """The role's rules with all that the blueprint needs."""
    rules: list[Any] = list(role.data.get("rules") or [])
    for needed in fill("rbac"):
        if covers(rules, needed):
            continue
        same = [i for i, r in enumerate(rules) if _same_resources(r, needed)]
        if same:
            verbs = list(dict.fromkeys([*rules[same[0]].get("verbs", []), *needed["verbs"]]))
            rules[same[0]] = {**rules[same[0]], "verbs": _ordered(verbs, needed["verbs"])}
        else:
            rules.append(needed)
    return rules


def _ordered(verbs: Sequence[str], needed: Sequence[str]) -> list[str]:
    own = [verb for verb in verbs if verb not in needed]
    return [*needed, *own]


def _same_resources(rule: Any, needed: Mapping[str, Any]) -> bool:
    if not isinstance(rule, Mapping) or rule.get("resourceNames"):
        return False
    return set(rule.get("apiGroups") or []) == set(needed["apiGroups"]) and set(
        rule.get("resources") or []
    ) == set(needed["resources"])
