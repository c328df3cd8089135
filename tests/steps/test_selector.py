from __future__ import annotations

from migrator.steps import selector
from tests.builders import daemonset
from tests.steps.tools import assert_migrates, assert_unchanged

BARE = daemonset(api="extensions/v1beta1").replace(
    "  selector: {matchLabels: {name: multus}}\n", ""
)


def test_the_labels_of_the_template_become_the_selector() -> None:
    after = {"spec.selector": {"matchLabels": {"name": "multus"}}}
    assert_migrates(selector, BARE, gives=after)


def test_an_own_selector_stays_since_it_is_immutable() -> None:
    own = daemonset().replace(
        "selector: {matchLabels: {name: multus}}", "selector: {matchLabels: {a: b}}"
    )
    assert_unchanged(selector, own)


def test_without_labels_nothing_can_be_said() -> None:
    assert_unchanged(
        selector, BARE.replace("      labels: {name: multus}\n", "      annotations: {}\n")
    )
