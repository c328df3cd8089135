"""Anchors, aliases and merge keys: no other place changes unasked."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.gitops.refusals import Reason, Refused
from tests.gitops.tools import turned

USED_TWICE = "a: &x\n  k: 1\nb: *x # b\n"
MERGED = "a: &x\n  k: 1\n  l: 2\nb:\n  <<: *x # all of x\n  m: 3\n"


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("a: &x 1 # a\nb: *x\n", {"a": 2, "b": 2}, "a: &x 2 # a\nb: *x\n",
                     id="the alias shall change with its anchor"),
        pytest.param("a: &x 1\nb: *x # b\n", {"a": 2, "b": 1}, "a: &x 2\nb: 1 # b\n",
                     id="the alias shall not change"),
        pytest.param("a: &x 1\nb: *x # b\n", {"a": 1, "b": 2}, "a: &x 1\nb: 2 # b\n",
                     id="the alias alone changes"),
        pytest.param(USED_TWICE, {"a": {"k": 2}, "b": {"k": 2}},
                     USED_TWICE.replace("1", "2"), id="both maps change"),
        pytest.param(USED_TWICE, {"a": {"k": 1}, "b": {"k": 1, "o": 2}},
                     "a: &x\n  k: 1\nb: # b\n  k: 1\n  o: 2\n", id="one map changes"),
        pytest.param(USED_TWICE, {"a": {"k": 1}}, "a: &x\n  k: 1\n", id="the alias goes"),
        pytest.param(USED_TWICE, {"a": {}, "b": {}}, "a: &x {}\nb: *x # b\n",
                     id="nothing is left of the map"),
        pytest.param("a: &x {k: 1}\nb: [*x, *x]\n", {"a": {"k": 1}, "b": [{"k": 1}, {"k": 2}]},
                     "a: &x {k: 1}\nb: [*x, {k: 2}]\n", id="in brackets"),
        pytest.param("a: &x 1\nb: &x 2\nc: *x\n", {"a": 3, "b": 2, "c": 2},
                     "a: &x 3\nb: &x 2\nc: *x\n", id="the later of two anchors counts"),
        pytest.param("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 3, "c": 2},
                     "a: &x 1\nb: &x 3\nc: 2\n", id="the later of two anchors changes"),
        pytest.param("- &x 1\n- *x\n", [2, 2], "- &x 2\n- *x\n", id="an anchored item"),
        pytest.param("- &x\n  k: 1\n- *x\n", [["z"], {"k": 1}], "- &x\n  - z\n- k: 1\n",
                     id="an anchor before a list"),
        pytest.param("a: &x k\nb: {*x : 2}\n", {"a": "k", "b": {"k": 3}}, "a: &x k\nb: {*x : 3}\n",
                     id="an alias as key"),
        pytest.param(MERGED, {"a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 2, "m": 4}},
                     MERGED.replace("3", "4"), id="beside a merge key"),
        pytest.param(MERGED, {"a": {"k": 1, "l": 2}, "b": {"k": 5, "l": 2, "m": 3}},
                     MERGED.replace("  m", "  k: 5\n  m"), id="a merged key gets its own value"),
        pytest.param(MERGED, {"a": {"k": 1, "l": 2}, "b": {"k": 1, "m": 3}},
                     "a: &x\n  k: 1\n  l: 2\nb:\n  k: 1\n  m: 3\n", id="a merged key goes"),
        pytest.param(MERGED, {"a": {"k": 9, "l": 2}, "b": {"k": 1, "l": 2, "m": 3}},
                     MERGED.replace("k: 1", "k: 9").replace("  m", "  k: 1\n  m"),
                     id="what is merged changes elsewhere"),
        pytest.param(MERGED, {"a": {"k": 9, "l": 2}, "b": {"k": 9, "l": 2, "m": 3}},
                     MERGED.replace("k: 1", "k: 9"), id="what is merged changes everywhere"),
        pytest.param(MERGED, {"a": {"k": 1, "l": 2}, "b": {}},
                     "a: &x\n  k: 1\n  l: 2\nb: {}\n", id="nothing is left beside a merge key"),
        pytest.param("a: &x {k: 1}\nb: &z {k: 2, l: 3}\nc:\n  <<: [*x, *z]\n",
                     {"a": {"k": 1}, "b": {"k": 2, "l": 3}, "c": {"k": 1, "l": 4}},
                     "a: &x {k: 1}\nb: &z {k: 2, l: 3}\nc:\n  <<: [*x, *z]\n  l: 4\n",
                     id="the first of two merged maps wins"),
        pytest.param("a: &x 1\nb: *x\nc:\n  <<: {k: 1}\n  m: 2\n",
                     {"a": 1, "b": 2, "c": {"k": 1, "m": 2}},
                     "a: &x 1\nb: 2\nc:\n  <<: {k: 1}\n  m: 2\n",
                     id="a merged map without an anchor stays"),
    ],
)  # fmt: skip
def test_an_anchor_and_its_aliases(before: str, wanted: Any, after: str) -> None:
    assert turned(before, wanted) == after


@pytest.mark.parametrize(
    ("before", "wanted", "reason", "line"),
    [
        pytest.param(USED_TWICE, {"b": {"k": 1}}, Reason.ANCHOR_GONE, 3, id="the anchor goes"),
        pytest.param("a:\n  b: &x 1\nc: *x\n", {"a": 5, "c": 1}, Reason.ANCHOR_GONE, 3,
                     id="what is around the anchor goes"),
        pytest.param("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "c": 2}, Reason.ANCHOR_GONE, 3,
                     id="the later of two anchors goes"),
        pytest.param(MERGED, {"b": {"k": 1, "l": 2, "m": 3}}, Reason.ANCHOR_GONE, 5,
                     id="what is merged goes"),
        pytest.param("a: &x k\nb:\n  *x : 1\n", {"a": "z", "b": {"k": 1}}, Reason.KEY_ALIAS, 3,
                     id="a key would change"),
        pytest.param("b:\n  <<: {k: 1}\n", {"b": {"k": 2}}, Reason.INLINE_MERGE, 2,
                     id="a merged map without an anchor"),
    ],
)  # fmt: skip
def test_what_is_refused(before: str, wanted: Any, reason: Reason, line: int) -> None:
    with pytest.raises(Refused) as caught:
        turned(before, wanted)
    assert caught.value.reason is reason
    assert str(caught.value.source) == f"app.yaml:{line}"


def test_an_anchor_that_nobody_uses_may_go() -> None:
    assert turned("a: &x 1\nb: 2\n", {"b": 2}) == "b: 2\n"
