from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from migrator.model.inputs import MISSING
from migrator.model.plan import Planned
from migrator.plan.planner import make_plan
from migrator.steps import resources
from migrator.trees import pods
from migrator.trees.dig import mapping
from migrator.trees.quantities import quantity
from tests.builders import INIT, TARGETS, V4, daemonset, inventory, migrated, target
from tests.steps.tools import MAIN, POD, assert_migrates, assert_unchanged

LIMITS, REQUESTS = f"{MAIN}.resources.limits", f"{MAIN}.resources.requests"
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NO_INSTALL = "many-networks"
INSTALLS = sorted({p.parent.name for p in SAMPLES.glob("*/manifests")} - {NO_INSTALL})
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


@pytest.mark.parametrize(
    ("limit", "requested", "after"),
    [
        ("50Mi", "50Mi", "128Mi"),
        ("127Mi", "64Mi", "128Mi"),
        ("128Mi", "128Mi", "256Mi"),
        ("200Mi", "128Mi", "256Mi"),
        ("200Mi", "50Mi", "256Mi"),
        ("255Mi", "255Mi", "256Mi"),
        ("200M", "200M", "256Mi"),
        ("134217728", "1Mi", "256Mi"),
    ],
)
def test_a_request_is_raised_above_the_limit_that_goes(
    limit: str, requested: str, after: str
) -> None:
    own = f'{{requests: {{cpu: 10m, memory: {requested}}}, limits: {{memory: "{limit}"}}}}'
    gives = {LIMITS: MISSING, REQUESTS: {"cpu": "10m", "memory": after}}
    assert_migrates(resources, with_resources(own), gives=gives)


def test_without_a_request_of_its_own_it_gets_one_above_the_limit_that_goes() -> None:
    """The API server takes the limit for the request then."""
    own = with_resources("{requests: {cpu: 10m}, limits: {memory: 60Mi}}")
    assert_migrates(resources, own, gives={REQUESTS: {"cpu": "10m", "memory": "128Mi"}})
    alone = with_resources("{limits: {memory: 160Mi}}")
    assert_migrates(resources, alone, gives={REQUESTS: {"cpu": "100m", "memory": "256Mi"}})


@pytest.mark.parametrize(
    "own",
    [
        "{requests: {cpu: 10m, memory: 201Mi}, limits: {memory: 200Mi}}",
        '{requests: {cpu: 10m, memory: "${REQUEST}"}, limits: {memory: 200Mi}}',
        "{requests: {cpu: 10m, memory: 64Mi}, limits: {memory: 256Mi}}",
        "{requests: {cpu: 10m, memory: 64Mi}, limits: {cpu: 10m}}",
        "{requests: {cpu: 10m, memory: 64Mi}, limits: {cpu: 2}}",
        "{requests: {cpu: 10m}, limits: {cpu: 10m}}",
    ],
    ids=[
        "larger already",
        "a variable",
        "the limit stays",
        "a CPU limit goes alone",
        "a large one",
        "no request",
    ],
)
def test_requests_stay_where_no_memory_limit_is_above_them(own: str) -> None:
    assert_unchanged(resources, with_resources(own), paths=(REQUESTS,))


def _memory(data: Mapping[str, Any]) -> Iterator[tuple[str, float | None, float | None]]:
    """Each container of a DaemonSet: (name, memory request, memory limit)."""
    for container in pods.items(pods.pod_spec(data), "containers"):
        of = mapping(container, "resources")
        request, limit = (quantity(mapping(of, f).get("memory")) for f in ("requests", "limits"))
        yield str(container["name"]), request, limit


@cache
def _daemonsets(*texts: str) -> tuple[Planned, ...]:
    """For every target: most limits change nothing of most samples, which are planned once then."""
    found = inventory(*texts)
    plans = [make_plan(found, target(release)) for release in TARGETS]
    return tuple(p for plan in plans for p in plan.objects if p.ref.kind == "DaemonSet")


@pytest.mark.parametrize("limit", ["", "64Mi", "127Mi", "128Mi", "200M", "255Mi", "256Mi"])
@pytest.mark.parametrize("sample", INSTALLS)
def test_in_every_sample_the_request_is_above_the_limit_that_goes(sample: str, limit: str) -> None:
    """With the limits that the sample has (""), and with others in their place."""
    texts = [
        p.read_text(encoding="utf-8") for p in sorted((SAMPLES / sample / "manifests").iterdir())
    ]
    given = [text.replace("memory: 50Mi", f"memory: {limit or '50Mi'}") for text in texts]
    seen = 0
    for planned in _daemonsets(*given):
        if planned.document is None:
            continue
        after = {name: rest for name, *rest in _memory(planned.desired)}
        for name, _, before in _memory(planned.document.data):
            request, kept = after[name]
            seen += before is not None
            if before is not None and kept is None:
                assert request is not None and request > before
    assert seen >= len(TARGETS)


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
