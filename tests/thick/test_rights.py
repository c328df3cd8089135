"""Which rights of the daemon a ClusterRole lacks, and the rules with them."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.model.release import parse
from migrator.thick.rights import completed, lacking_rights, rights
from tests.builders import ROLE, daemonset, install

NADS = {
    "apiGroups": ["k8s.cni.cncf.io"],
    "resources": ["network-attachment-definitions"],
    "verbs": ["get", "list", "watch"],
}
PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}
STATUS = {"apiGroups": [""], "resources": ["pods/status"], "verbs": ["update"]}
EVENTS = {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]}
V4_1, V4_0 = parse("4.1.0"), parse("4.0.2")


def lacking(rules: str, release: str = "4.2.4") -> list[Any]:
    return lacking_rights(install(daemonset(), ROLE + rules), parse(release))


def test_a_daemon_with_informers_lists_and_watches() -> None:
    assert rights(V4_1) == rights() == [NADS, PODS, STATUS, EVENTS]
    assert [need["verbs"] for need in rights(V4_0)] == [
        ["get"],
        ["get"],
        ["update"],
        ["create", "patch"],
    ]


@pytest.mark.parametrize(
    ("rules", "missing"),
    [
        pytest.param("- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}", [], id="all"),
        pytest.param(
            "- {apiGroups: [k8s.cni.cncf.io], resources: ['*'], verbs: ['*']}\n"
            "- {apiGroups: [''], resources: [pods, pods/status, events], verbs: [get, update, create]}",
            [{**PODS, "verbs": ["list", "watch"]}, {**EVENTS, "verbs": ["patch"]}],
            id="the verbs that nothing gives",
        ),
        pytest.param(
            "- {apiGroups: ['*'], resources: [pods, pods/status, events], verbs: ['*']}\n"
            "- {apiGroups: [k8s.cni.cncf.io], resources: ['*'], verbs: ['*'], resourceNames: [n]}",
            [NADS],
            id="a right for one name is none",
        ),
    ],
)
def test_what_a_role_lacks(rules: str, missing: list[Any]) -> None:
    assert lacking(rules) == missing


def test_a_release_without_informers_needs_less() -> None:
    rules = "- {apiGroups: ['*'], resources: ['*'], verbs: [get, update, create, patch]}"
    assert lacking(rules, "4.0.2") == []
    assert [need["verbs"] for need in lacking(rules)] == [["list", "watch"]] * 2


def test_what_cannot_be_told_is_not_missed() -> None:
    assert lacking_rights(install(daemonset())) == []
    aggregated = ROLE.replace("rules:", "aggregationRule: {clusterRoleSelectors: []}\nrules:")
    assert lacking_rights(install(daemonset(), aggregated + "- {}")) == []


@pytest.mark.parametrize(
    ("rule", "becomes"),
    [
        pytest.param(
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "update"]},
            [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "update", "watch"]}],
            id="a rule about the resource gets the verbs",
        ),
        pytest.param(
            {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get"]},
            [{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list", "watch"]}],
            id="its subresources are its own",
        ),
        pytest.param({"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get"]}, None,
                     id="one about another resource too does not"),
        pytest.param({"apiGroups": [""], "resources": ["pods/status"], "verbs": ["get"]}, None,
                     id="nor one about a subresource"),
        pytest.param({"apiGroups": ["apps"], "resources": ["pods"], "verbs": ["get"]}, None,
                     id="nor one of another group"),
        pytest.param(
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "resourceNames": ["a"]}, None,
            id="nor one about some names"),
        pytest.param("no rule", None, id="nor what is none"),
    ],
)  # fmt: skip
def test_the_rules_with_what_they_lack(rule: Any, becomes: list[Any] | None) -> None:
    need = {**PODS, "verbs": ["list", "watch"]} if becomes else PODS
    assert completed([rule], [need]) == (becomes or [rule, PODS])
