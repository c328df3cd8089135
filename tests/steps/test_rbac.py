from __future__ import annotations

import pytest

from migrator.steps import rbac
from tests.builders import POD, ROLE, daemonset, migrated
from tests.steps.tools import assert_migrates, assert_unchanged, changed

NAD = "- {apiGroups: [k8s.cni.cncf.io], resources: ['*'], verbs: ['*']}\n"
PODS = "- {apiGroups: [''], resources: [pods, pods/status], verbs: [get, update]}\n"
EVENTS = "- {apiGroups: ['', events.k8s.io], resources: [events], verbs: [create, patch, update]}\n"
FULL = NAD + PODS.replace("[get, update]", "[get, list, update, watch]") + EVENTS
RULE_NAD, RULE_PODS, RULE_EVENTS = (
    {"apiGroups": ["k8s.cni.cncf.io"], "resources": ["*"], "verbs": ["*"]},
    {
        "apiGroups": [""],
        "resources": ["pods", "pods/status"],
        "verbs": ["get", "list", "update", "watch"],
    },
    {
        "apiGroups": ["", "events.k8s.io"],
        "resources": ["events"],
        "verbs": ["create", "patch", "update"],
    },
)
LEAST_NAD, LEAST_PODS, LEAST_STATUS, LEAST_EVENTS = LEAST = [
    {
        "apiGroups": ["k8s.cni.cncf.io"],
        "resources": ["network-attachment-definitions"],
        "verbs": ["get", "list", "watch"],
    },
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["pods/status"], "verbs": ["update"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
]
LEAST_PRIVILEGE = """\
- {apiGroups: [k8s.cni.cncf.io], resources: [network-attachment-definitions], verbs: [get, list, watch]}
- {apiGroups: [''], resources: [pods], verbs: [get, list, watch]}
- {apiGroups: [''], resources: [pods/status], verbs: [update]}
- {apiGroups: [''], resources: [events], verbs: [create, patch]}
"""
INSTALL = daemonset(pod=POD)


@pytest.mark.parametrize(
    ("rules", "after"),
    [
        pytest.param(NAD + PODS + EVENTS, [RULE_NAD, RULE_PODS, RULE_EVENTS], id="upstream's thin"),
        pytest.param(NAD + PODS, [RULE_NAD, RULE_PODS, LEAST_EVENTS], id="GKE: no events"),
        pytest.param("  []\n", LEAST, id="none"),
        pytest.param(
            NAD + "- {apiGroups: [''], resources: [pods], verbs: [get]}\n" + EVENTS,
            [RULE_NAD, LEAST_PODS, RULE_EVENTS, LEAST_STATUS],
            id="a rule about pods gets their verbs, their status a rule of its own",
        ),
        pytest.param(
            NAD + PODS.replace("[get, update]", "[get, patch]") + EVENTS,
            [
                RULE_NAD,
                {**RULE_PODS, "verbs": ["get", "list", "patch", "update", "watch"]},
                RULE_EVENTS,
            ],
            id="the user's verbs stay",
        ),
        pytest.param(
            NAD + PODS.replace("verbs: [get, update]", "resourceNames: [a], verbs: ['*']") + EVENTS,
            [
                RULE_NAD,
                {
                    "apiGroups": [""],
                    "resources": ["pods", "pods/status"],
                    "resourceNames": ["a"],
                    "verbs": ["*"],
                },
                RULE_EVENTS,
                LEAST_PODS,
                LEAST_STATUS,
            ],
            id="a rule for some names is not enough",
        ),
        pytest.param(
            NAD + "- {apiGroups: [''], resources: [pods, pods/status, secrets], verbs: [update]}\n"
            + EVENTS,
            [
                RULE_NAD,
                {
                    "apiGroups": [""],
                    "resources": ["pods", "pods/status", "secrets"],
                    "verbs": ["update"],
                },
                RULE_EVENTS,
                LEAST_PODS,
            ],
            id="a rule about more than pods is not widened",
        ),
        pytest.param(
            "- {apiGroups: [k8s.cni.cncf.io], resources: [network-attachment-definitions], "
            "verbs: [get]}\n" + PODS + EVENTS,
            [LEAST_NAD, RULE_PODS, RULE_EVENTS],
            id="NADs are read, and nothing more",
        ),
    ],
)  # fmt: skip
def test_the_whole_list_is_written_and_nothing_is_taken_away(
    rules: str, after: list[object]
) -> None:
    assert_migrates(rbac, INSTALL, ROLE + rules, on="ClusterRole multus", gives={"rules": after})


@pytest.mark.parametrize(
    "rules",
    [
        FULL,
        FULL + "- {apiGroups: [apps], resources: [daemonsets], verbs: [get]}\n",
        "- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}\n",
        FULL.replace("[get, list, update, watch]", "['*']"),
        LEAST_PRIVILEGE,
    ],
    ids=["all there", "and more", "everything", "every verb", "what is used, and no more"],
)
def test_a_role_that_allows_it_all_stays(rules: str) -> None:
    assert_unchanged(rbac, INSTALL, ROLE + rules)


def test_a_role_that_is_not_bound_to_multus_stays() -> None:
    role = ROLE.replace("ServiceAccount, name: multus", "ServiceAccount, name: other")
    assert_unchanged(rbac, INSTALL, role + NAD)


def test_an_aggregated_role_stays_since_the_controller_writes_its_rules() -> None:
    role = ROLE.replace("rules:\n", "aggregationRule: {clusterRoleSelectors: []}\nrules: []\n")
    assert_unchanged(rbac, INSTALL, role)


def test_two_roles_of_one_account_are_taken_together() -> None:
    second = (ROLE + PODS.replace("[get, update]", "[list, watch]")).replace(
        "name: multus}", "name: multus-watch}"
    )
    assert_unchanged(rbac, INSTALL, ROLE + NAD + PODS + EVENTS, second)


def test_a_role_of_two_installs_is_written_once() -> None:
    second = daemonset(pod=POD, name="kube-multus-ds-arm64")
    assert list(changed(rbac, INSTALL, second, ROLE + NAD)) == ["ClusterRole multus"]


def test_the_target_itself_stays() -> None:
    assert_unchanged(rbac, *migrated(INSTALL, ROLE + NAD))


def test_a_daemonset_without_a_namespace_is_the_one_that_the_binding_means() -> None:
    """kubectl apply -n kube-system: the manifest names no namespace, its binding has to."""
    text = INSTALL.replace("  namespace: kube-system\n", "", 1)
    found = changed(rbac, text, ROLE + NAD + PODS + EVENTS)
    assert found["ClusterRole multus"]["rules"] == [RULE_NAD, RULE_PODS, RULE_EVENTS]
