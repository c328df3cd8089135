"""Which rights rules give, and whom a binding binds."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.multus.rbac import covers, is_bound, keeps, without_informers

NEED = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}


def rule(**fields: Any) -> dict[str, Any]:
    return {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"], **fields}


@pytest.mark.parametrize(
    ("rules", "covered"),
    [
        pytest.param([rule()], True, id="the very right"),
        pytest.param([rule(apiGroups=["*"], resources=["*"], verbs=["*"])], True, id="all"),
        pytest.param([rule(verbs=["get"]), rule(verbs=["list"])], True, id="two rules together"),
        pytest.param([rule(verbs=["get"])], False, id="a verb is missing"),
        pytest.param([rule(resources=["pods/status"])], False, id="a subresource alone"),
        pytest.param([rule(apiGroups=["apps"])], False, id="another group"),
        pytest.param([rule(resourceNames=["a"])], False, id="some names"),
        pytest.param([rule(verbs="*")], False, id="no list"),
        pytest.param([rule(verbs=None)], False, id="null"),
        pytest.param(["rule", None], False, id="no rules"),
        pytest.param([], False, id="none"),
    ],
)
def test_what_rules_allow(rules: list[Any], covered: bool) -> None:
    assert covers(rules, NEED) is covered


URLS = {"nonResourceURLs": ["/healthz"], "verbs": ["get"]}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(NEED, True, id="as much"),
        pytest.param(rule(verbs=["get", "delete"]), False, id="more"),
        pytest.param({"apiGroups": [""], "resources": ["nodes"]}, True, id="no verbs"),
        pytest.param(rule(resources=["nodes"], verbs=None), True, id="null for verbs"),
        pytest.param({"verbs": ["get"]}, True, id="verbs of nothing"),
        pytest.param({}, True, id="nothing"),
        pytest.param({**URLS, "verbs": ["post"]}, False, id="a path of the API server"),
        pytest.param(URLS, True, id="the same path"),
    ],
)
def test_what_is_lost_of_a_rule(given: dict[str, Any], kept: bool) -> None:
    assert keeps([NEED, URLS], given) is kept


@pytest.mark.parametrize(
    ("subject", "namespace", "bound"),
    [
        ({"kind": "ServiceAccount", "name": "multus", "namespace": "a"}, "a", True),
        ({"kind": "ServiceAccount", "name": "multus", "namespace": "a"}, "", True),
        ({"kind": "ServiceAccount", "name": "multus", "namespace": "a"}, "b", False),
        ({"kind": "ServiceAccount", "name": "other", "namespace": "a"}, "a", False),
        ({"kind": "ServiceAccount", "name": "multus"}, "a", False),
        ({"kind": "Group", "name": "system:authenticated"}, "a", True),
        ({"kind": "Group", "name": "system:serviceaccounts"}, "a", True),
        ({"kind": "Group", "name": "system:serviceaccounts:a"}, "a", True),
        ({"kind": "Group", "name": "system:serviceaccounts:b"}, "a", False),
        ({"kind": "User", "name": "system:serviceaccount:a:multus"}, "a", True),
        ({"kind": "User", "name": "system:serviceaccount:b:multus"}, "a", False),
        ({"kind": "User", "name": "multus"}, "a", False),
        ({"kind": "Other", "name": "system:serviceaccount:a:multus"}, "a", False),
        ({}, "a", False),
    ],
)
def test_whom_a_subject_is(subject: dict[str, str], namespace: str, bound: bool) -> None:
    assert is_bound(subject, "multus", namespace) is bound


def test_without_informers_nothing_is_listed_or_watched() -> None:
    need = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}
    assert without_informers(need) == {**need, "verbs": ["get"]}
