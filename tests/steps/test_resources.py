from __future__ import annotations

from typing import Any

import pytest

from migrator.model.inputs import MISSING
from migrator.steps import resources
from migrator.trees.quantities import quantity
from tests.builders import INIT, V4, daemonset, migrated
from tests.steps.tools import MAIN, POD, assert_migrates, assert_unchanged

LIMITS, REQUESTS = f"{MAIN}.resources.limits", f"{MAIN}.resources.requests"
UPSTREAM = "{requests: {cpu: 100m, memory: 50Mi}, limits: {cpu: 100m, memory: 50Mi}}"


def with_resources(text: str) -> str:
    return daemonset(container=f"resources: {text}")


def test_upstreams_limits_go_and_its_requests_grow() -> None:
    after = {LIMITS: MISSING, REQUESTS: {"cpu": "100m", "memory": "128Mi"}}
    assert_migrates(resources, with_resources(UPSTREAM), gives=after)


@pytest.mark.parametrize("manifest", [daemonset(), with_resources("{}")], ids=["none", "empty"])
def test_without_resources_it_gets_requests(manifest: str) -> None:
    after = {f"{MAIN}.resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}
    assert_migrates(resources, manifest, gives=after)


@pytest.mark.parametrize(
    ("limits", "after"),
    [
        ("{cpu: 500m, memory: 1Gi}", {"memory": "1Gi"}),
        ("{cpu: 500m}", MISSING),
        ("{memory: 255Mi}", MISSING),
        ("{memory: 200M, ephemeral-storage: 1Gi}", {"ephemeral-storage": "1Gi"}),
    ],
    ids=["cpu limit", "only a cpu limit", "too little memory", "other limits stay"],
)
def test_limits_that_kill_the_daemon_go(limits: str, after: Any) -> None:
    manifest = with_resources(f"{{requests: {{cpu: 200m, memory: 64Mi}}, limits: {limits}}}")
    assert_migrates(resources, manifest, gives={LIMITS: after})


@pytest.mark.parametrize("memory", ["256Mi", "1Gi", "268435456", "${LIMIT}"])
def test_a_memory_limit_of_the_user_that_is_large_enough_stays(memory: str) -> None:
    own = f'{{requests: {{cpu: 200m, memory: 64Mi}}, limits: {{memory: "{memory}"}}}}'
    assert_unchanged(resources, with_resources(own))


@pytest.mark.parametrize("memory", ["64Mi", "300Mi", "128Mi"])
def test_memory_requests_of_the_user_stay(memory: str) -> None:
    assert_unchanged(resources, with_resources(f"{{requests: {{cpu: 10m, memory: {memory}}}}}"))


def test_a_request_is_never_above_its_limit() -> None:
    own = "{requests: {cpu: 10m, memory: 300Mi}, limits: {memory: 256Mi}}"
    after = {REQUESTS: {"cpu": "10m", "memory": "256Mi"}}
    assert_migrates(resources, with_resources(own), gives=after)


def test_init_containers_and_sidecars_keep_theirs() -> None:
    manifest = daemonset(
        container=f"resources: {UPSTREAM}",
        init=(INIT % V4) + "  resources: {limits: {memory: 15Mi}}\n",
        sidecars="- {name: s, image: x, resources: {limits: {memory: 10Mi}}}",
    )
    paths = (f"{POD}.initContainers", f"{POD}.containers[name=s]")
    assert_unchanged(resources, manifest, paths=paths)


def test_the_target_itself_stays() -> None:
    assert_unchanged(resources, *migrated(with_resources(UPSTREAM)))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("50Mi", 50 * 2**20),
        ("1G", 10**9),
        ("1.5Gi", 1.5 * 2**30),
        (268435456, 268435456.0),
        ("256000k", 256_000_000.0),
        ("500m", 0.5),
        ("${LIMIT}", None),
        ("", None),
        ("-1Mi", None),
        ("128e6", None),
    ],
)
def test_quantity(text: object, amount: float | None) -> None:
    assert quantity(text) == amount


@pytest.mark.parametrize(
    ("requests", "limits", "raised"),
    [
        ({}, {"memory": "50Mi"}, {"memory": "256Mi"}),
        ({}, {"memory": "256Mi", "cpu": "10m"}, {"memory": "256Mi", "cpu": "10m"}),
        ({"memory": "1Gi"}, {"memory": "128Mi"}, {"memory": "1Gi"}),
        ({"cpu": "100m"}, {"cpu": "50m"}, {"cpu": "100m"}),
        ({"cpu": "1"}, {"cpu": "100m", "x/y": "1"}, {"cpu": "1", "x/y": "1"}),
        ({"cpu": "100m"}, {"cpu": "odd"}, {"cpu": "odd"}),
    ],
    ids=["too little", "enough", "requested", "millis", "whole", "not understood"],
)
def test_limits_that_stay_are_raised_and_never_lowered(
    requests: dict[str, str], limits: dict[str, str], raised: dict[str, str]
) -> None:
    found = resources.with_room({"requests": requests, "limits": limits})
    assert found == {"requests": requests, "limits": raised}


def test_without_limits_nothing_is_raised() -> None:
    assert resources.with_room({"requests": {"cpu": "1"}}) == {"requests": {"cpu": "1"}}
    assert resources.with_room({"limits": None}) == {"limits": None}
