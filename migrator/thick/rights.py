"""The rights that the daemon uses, and the rules of a ClusterRole that give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from migrator.model.inventory import Install
from migrator.model.release import Release
from migrator.multus import releases
from migrator.multus.rbac import covers, without_informers
from migrator.thick.blueprint import fill
from migrator.trees import pods

Need = Mapping[str, Any]
"""One resource of one group, as a rule of RBAC has it: apiGroups, resources, verbs."""


def rights(release: Release | None = None) -> list[Need]:
    """What the daemon of a release uses; without one: what that of any release does."""
    needs: list[Need] = fill("rbac")
    if release is None or releases.INFORMERS.holds(release):
        return needs
    return [without_informers(need) for need in needs]


def lacking_rights(install: Install, release: Release | None = None) -> list[Need]:
    """What none of the install's ClusterRoles allows, each need with the verbs that are missing.

    [] where no role is in the inputs, or the controller fills one in: then nobody can tell.
    """
    roles = install.cluster_roles
    if not roles or any(role.data.get("aggregationRule") for role in roles):
        return []
    rules = [rule for role in roles for rule in pods.items(role.data, "rules")]
    found: list[Need] = []
    for need in rights(release):
        verbs = [v for v in need["verbs"] if not covers(rules, {**need, "verbs": [v]})]
        if verbs:
            found.append({**need, "verbs": verbs})
    return found


def completed(rules: Sequence[Any], lacking: Sequence[Need]) -> list[Any]:
    """The rules with what they lack. A rule about the same resource gets the verbs; else a rule is
    added. Nothing is taken away, and nothing that the daemon does not use is given."""
    given = list(rules)
    for need in lacking:
        own = next((i for i, rule in enumerate(given) if _is_about(rule, need)), None)
        if own is None:
            given.append(need)
        else:
            verbs = {*pods.words(given[own], "verbs"), *need["verbs"]}
            given[own] = {**given[own], "verbs": sorted(verbs)}
    return given


def _is_about(rule: Any, need: Need) -> bool:
    """Whether a rule is about the resource of ``need`` and its subresources, and nothing else."""
    if not isinstance(rule, Mapping) or rule.get("resourceNames"):
        return False
    groups, resources = pods.words(rule, "apiGroups"), pods.words(rule, "resources")
    (group,), (resource,) = need["apiGroups"], need["resources"]
    alone = {other.split("/")[0] for other in resources} == {resource.split("/")[0]}
    return group in groups and resource in resources and alone
