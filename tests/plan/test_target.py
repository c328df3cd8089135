"""Which release a plan moves to, and why."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from migrator.model.plan import Plan
from migrator.model.release import Release, parse
from migrator.plan.planner import make_plan
from migrator.plan.target import plan_to_target, stated_target
from tests import builders
from tests.builders import daemonset, migrated, target

NAME = "ghcr.io/k8snetworkplumbingwg/multus-cni"


def _chosen(*texts: str, to: str = "auto", **settings: str) -> tuple[str, str]:
    inventory = builders.inventory(*texts)

    def plan_to(release: Release) -> Plan:
        return make_plan(inventory, replace(target(**settings), release=release))

    plan = plan_to_target(inventory, to, plan_to)
    decision = plan.decisions[0]
    assert decision.choice == f"v{plan.target.release}"
    return decision.choice, decision.reason


@pytest.mark.parametrize(
    ("text", "release"),
    [("4.2.4", "4.2.4"), ("v4.2.4", "4.2.4"), ("4.2", "4.2.4"), ("v4.1", "4.1.4")],
)
def test_a_release_in_its_forms(text: str, release: str) -> None:
    assert stated_target(text) == parse(release)


def test_the_latest_is_the_newest_that_is_known() -> None:
    assert stated_target("latest") == parse("4.3.0")
    assert stated_target("auto") is None


@pytest.mark.parametrize("text", ["4.9.9", "4.2.9", "4", "", "newest", "V4.2.4"])
def test_what_is_no_target_is_told_what_there_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"4\.0\.2, 4\.1\.4, 4\.2\.4, 4\.3\.0"):
        stated_target(text)


def test_a_stated_target_is_taken_as_it_is() -> None:
    thin = daemonset("--multus-conf-file=auto", image=f"{NAME}:v4.3.0")
    assert _chosen(thin, to="4.1") == ("v4.1.4", "stated with --target 4.1")


def test_thin_goes_to_the_recommended_release() -> None:
    assert _chosen(daemonset("--multus-conf-file=auto")) == ("v4.2.4", "the recommended release")


def test_thin_that_is_newer_stays_at_its_release() -> None:
    choice, reason = _chosen(daemonset("--multus-conf-file=auto", image=f"{NAME}:v4.3.0"))
    assert choice == "v4.3.0"
    assert "older than v4.3.0" in reason


def test_a_thick_source_keeps_its_release() -> None:
    choice, reason = _chosen(*migrated(daemonset("--multus-conf-file=auto"), to="4.1.4"))
    assert choice == "v4.1.4"
    assert "already runs in thick mode" in reason


def test_a_thick_source_of_a_moving_tag_goes_to_the_recommended_release() -> None:
    texts = migrated(daemonset("--multus-conf-file=auto"), to="4.1.4")
    moving = [text.replace("v4.1.4-thick", "snapshot-thick") for text in texts]
    assert _chosen(*moving)[0] == "v4.2.4"


def test_a_blocker_that_another_release_lacks_decides() -> None:
    choice, reason = _chosen(daemonset("--multus-conf-file=auto"), image=f"{NAME}:v4.1.4-thick")
    assert choice == "v4.1.4"
    assert reason == "v4.2.4 has a blocker that this one does not have: M25"


def test_a_blocker_that_all_releases_have_decides_nothing() -> None:
    thin = daemonset("--multus-conf-file=auto", image="docker.io/somebody/multus-cni:v4.0.2")
    assert _chosen(thin)[0] == "v4.2.4"
