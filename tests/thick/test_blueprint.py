"""Blueprints hold what stands in a manifest as it stands there."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from migrator.plan.planner import make_plan
from migrator.read.yamltext import parse_yaml
from migrator.thick.blueprint import _quoted
from tests.builders import daemonset, inventory, target

_CHARACTERS = st.characters(exclude_categories=["Cs"])


@given(st.text(_CHARACTERS))
@example("\x00\x07\x1b\x7f\x80\x85\x9b\x9f\xa0\u2028\u2029\ufeff\ufffe\uffff\U0001f600\U0010ffff")
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    assert parse_yaml(f"a: {_quoted(text)}\n", file="x", line=1).value == {"a": text}


@pytest.mark.parametrize("odd", ["\x9b", "\x7f", "\x85", "\u2028", "\ufeff", "\uffff"])
def test_a_manifest_with_an_odd_character_is_planned(odd: str) -> None:
    """Found by fuzzing: the name of the container stood in the blueprint as it was."""
    manifest = daemonset().replace("name: kube-multus\n", f"name: {json.dumps('kube' + odd)}\n")
    assert manifest != daemonset()
    assert make_plan(inventory(manifest), target()).before.inventory.installs
