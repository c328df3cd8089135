from __future__ import annotations

import pytest

from migrator.steps import api_version
from tests.builders import POD, ROLE, daemonset, migrated
from tests.steps.tools import assert_migrates, assert_unchanged

RULES = "- {apiGroups: [k8s.cni.cncf.io], resources: ['*'], verbs: ['*']}\n"
OLD_RBAC = (ROLE + RULES).replace("authorization.k8s.io/v1", "authorization.k8s.io/v1beta1")


@pytest.mark.parametrize("old", ["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"])
def test_a_daemonset_is_raised_to_apps_v1(old: str) -> None:
    assert_migrates(api_version, daemonset(api=old), gives={"apiVersion": "apps/v1"})


@pytest.mark.parametrize("name", ["ClusterRole multus", "ClusterRoleBinding multus"])
def test_rbac_of_multus_is_raised(name: str) -> None:
    after = {"apiVersion": "rbac.authorization.k8s.io/v1"}
    assert_migrates(api_version, daemonset(pod=POD), OLD_RBAC, on=name, gives=after)


def test_a_served_version_stays() -> None:
    assert_unchanged(api_version, daemonset(), ROLE + RULES)


def test_rbac_of_other_programs_stays() -> None:
    other = OLD_RBAC.replace("name: multus", "name: other")
    assert_unchanged(api_version, daemonset(pod=POD), other)


def test_another_daemonset_stays() -> None:
    other = daemonset(api="extensions/v1beta1", image="calico/node:v3.9", command="[/start]")
    other = other.replace("kube-multus", "calico")
    assert_unchanged(api_version, daemonset(), other)


def test_an_install_that_does_not_move_stays() -> None:
    assert_unchanged(api_version, *migrated(daemonset()))
