"""Keys and items that come and go in block maps and lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gitops.tools import turned

DAEMONSET = """\
spec:
  # who may run it
  serviceAccountName: multus # an account

  containers:
    # the daemon
    - name: kube-multus
      image: multus:v3.9 # pinned
      args: ["--a", '--b=1']  # two

    # reads its log
    - name: log-reader
      image: reader:1
      env:
        - name: A
          value: '1'
  # all that is below was here first
  volumes:
    - {name: cni, hostPath: {path: /etc/cni/net.d}}
# end
"""


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("a: 1\n", {"a": 1, "b": 2}, "a: 1\nb: 2\n", id="behind the last"),
        pytest.param("a: 1\n", {"b": 2, "a": 1}, "b: 2\na: 1\n", id="before the first"),
        pytest.param("a: 1\nc: 3\n", {"a": 1, "b": 2, "c": 3}, "a: 1\nb: 2\nc: 3\n", id="between"),
        pytest.param("c: 3\na: 1\n", {"a": 1, "c": 3}, "c: 3\na: 1\n", id="the order of keys stays"),
        pytest.param("a: 1\n\n# end\n", {"a": 1, "b": 2}, "a: 1\nb: 2\n\n# end\n",
                     id="before a comment at the end"),
        pytest.param("a: 1\n\n# of c\nc: 3\n", {"a": 1, "b": 2, "c": 3},
                     "a: 1\nb: 2\n\n# of c\nc: 3\n", id="before the comment of the next"),
        pytest.param("a:\n  x: 1\n  # y: 2\nc: 3\n", {"a": {"x": 1}, "b": 2, "c": 3},
                     "a:\n  x: 1\n  # y: 2\nb: 2\nc: 3\n", id="behind a comment within"),
        pytest.param("# licence\n\na: 1\n", {"b": 2, "a": 1}, "# licence\n\nb: 2\na: 1\n",
                     id="behind the head of a file"),
        pytest.param("a: 1\nb: 2\nc: 3\n", {"a": 1, "c": 3}, "a: 1\nc: 3\n", id="one goes"),
        pytest.param("a: 1\n# of b\nb: 2 # b\n\nc: 3\n", {"a": 1, "c": 3}, "a: 1\n# of b\n\nc: 3\n",
                     id="the comment above one that goes stays"),
        pytest.param("a:\n  # in\n  x: 1\nb: 2\n", {"b": 2}, "b: 2\n", id="a comment within goes"),
        pytest.param("a: 1\nb: |\n  x\n\n\nc: 3\n", {"a": 1, "c": 3}, "a: 1\n\n\nc: 3\n",
                     id="blank lines behind a block scalar stay"),
        pytest.param("a: |+\n  x\nb: 1\n\nc: 2\n", {"a": "x\n", "c": 2}, "a: |+\n  x\nc: 2\n",
                     id="blank lines that another would take for its own"),
        pytest.param("a:\n  x: 1 # x\n  # y\n  z: 1\n", {"a": {}}, "a: {}\n  # y\n",
                     id="nothing is left"),
        pytest.param("a: 1\n", {}, "{}\n", id="nothing is left of a document"),
        pytest.param("a: 1\nb: 2\n", {"c": 3, "b": 2}, "c: 3\nb: 2\n", id="one takes a place"),
        pytest.param("a: {}\n", {"a": {"b": {"c": ["d"]}}}, "a:\n  b:\n    c:\n      - d\n",
                     id="a map in an empty one"),
        pytest.param("y: x\n", {"y": "x", "n": "y"}, 'y: x\n"n": "y"\n', id="keys that need quotes"),
    ],
)  # fmt: skip
def test_keys_come_and_go(before: str, wanted: Any, after: str) -> None:
    assert turned(before, wanted) == after


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("- a\n- b\n", ["a", "x", "b"], "- a\n- x\n- b\n", id="between"),
        pytest.param("- a\n", ["x", "a"], "- x\n- a\n", id="before the first"),
        pytest.param("- a\n- b\n- a\n", ["a", "a"], "- a\n- a\n", id="of equal ones"),
        pytest.param("- a\n# b\n- b\n# c\n- c\n", ["a", "c"], "- a\n# b\n# c\n- c\n",
                     id="the comment above one that goes stays"),
        pytest.param("- a # a\n- b\n", ["x", "b"], "- x # a\n- b\n", id="one changes"),
        pytest.param("- --a=1 # a\n- --b\n", ["--c", "--a=2", "--b"], "- --c\n- --a=2 # a\n- --b\n",
                     id="a flag changes beside a new one"),
        pytest.param("- name: A # a\n  value: x\n", [{"name": "B", "value": "z"}],
                     "- name: B\n  value: z\n", id="another item in the place of one"),
        pytest.param("- name: A # a\n  value: x\n", [{"name": "B", "value": "x"}],
                     "- name: B # a\n  value: x\n", id="an item gets another name"),
        pytest.param("- a: 1\n  b: 2\n", [{"b": 2}], "- b: 2\n", id="the first key goes"),
        pytest.param("- a: 1\n  # of b\n  b: 2\n", [{"b": 2}], "  # of b\n- b: 2\n",
                     id="the first key goes, with a comment below"),
        pytest.param("- a: 1\n  b: 2\n", [{"c": 3, "b": 2}], "- c: 3\n  b: 2\n",
                     id="the first key becomes another"),
        pytest.param("- a: 1\n", [{"z": 0, "a": 1}], "- z: 0\n  a: 1\n", id="a first key comes"),
        pytest.param("- a: 1 # a\n  b: 2\n- c\n", [{}, "c"], "- {}\n- c\n", id="no key is left"),
        pytest.param("- - x\n  - w\n- z\n", [["w"], "z"], "- - w\n- z\n", id="a list in a list"),
        pytest.param("- - x\n- z\n", [["x", {"a": 1, "b": 2}], "z"],
                     "- - x\n  - a: 1\n    b: 2\n- z\n", id="a map in a list in a list"),
        pytest.param("-   a: 1\n    b: 2\n", [{"a": 1, "b": 2}, {"c": 3, "d": 4}],
                     "-   a: 1\n    b: 2\n-   c: 3\n    d: 4\n", id="wide dashes"),
        pytest.param("-\n  a: 1\n", [{"a": 2}], "-\n  a: 2\n", id="a dash on its own line"),
        pytest.param("- \n- a\n", ["x", "a"], "- x\n- a\n", id="null becomes a string"),
        pytest.param("- 5 # five\n", [{"a": 1, "b": 2}], "- a: 1 # five\n  b: 2\n",
                     id="a map for a number"),
        pytest.param("- 5\n", ["l\nm\n"], "- |\n  l\n  m\n", id="a text for a number"),
        pytest.param("- {a: 1}\n", [{"a": 1}, {"b": {"c": 2}}], "- {a: 1}\n- {b: {c: 2}}\n",
                     id="an item in brackets beside others"),
    ],
)  # fmt: skip
def test_items_come_and_go(before: str, wanted: Any, after: str) -> None:
    assert turned(before, wanted) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("a:\n- x\nb: {}\n", "a:\n- x\nb:\n  c:\n  - w\n", id="lists at their key"),
        pytest.param("a:\n  - x\nb: {}\n", "a:\n  - x\nb:\n  c:\n    - w\n", id="lists indented"),
        pytest.param("a:\n    - x\nb: {}\n", "a:\n    - x\nb:\n  c:\n      - w\n", id="by four"),
        pytest.param("a:\n- x\nz:\n    w: 1\nb: {}\n", "a:\n- x\nz:\n    w: 1\nb:\n    c:\n    - w\n",
                     id="maps by four"),
    ],
)  # fmt: skip
def test_new_text_is_indented_as_its_neighbours(before: str, after: str) -> None:
    known = {"a": ["x"], "z": {"w": 1}} if "z" in before else {"a": ["x"]}
    assert turned(before, {**known, "b": {"c": ["w"]}}) == after


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("# head\n- a # c\n- b\n# end\n", {"d": 1, "e": 2},
                     "# head\nd: 1\ne: 2\n# end\n", id="a list"),
        pytest.param("[a, b] # c\n", {"d": 1, "e": 2}, "d: 1 # c\ne: 2\n", id="brackets"),
        pytest.param("&x\n- a\n", {"d": 1}, "&x\nd: 1\n", id="an anchor"),
        pytest.param("text\n", "l\nm\n", "|\n  l\n  m\n", id="a text"),
    ],
)  # fmt: skip
def test_a_whole_document_becomes_another_kind(before: str, wanted: Any, after: str) -> None:
    assert turned(before, wanted) == after


def test_most_neighbours_decide() -> None:
    items = "- z: 0\n-   a: 1\n-   b: 2\n"
    wanted = [{"z": 0}, {"a": 1}, {"b": 2}, {"c": 3}]
    assert turned(items, wanted) == items + "-   c: 3\n"
    lists = "a:\n  b:\n  - x\nc:\n  d:\n      - x\n  e:\n      - x\n"
    tree = {"a": {"b": ["x"]}, "c": {"d": ["x"], "e": ["x"]}, "f": ["z"]}
    assert turned(lists, tree) == lists + "f:\n    - z\n"


def test_a_document_without_lists_is_laid_out_as_others_of_its_file() -> None:
    assert turned("a: 1\n---\nb:\n  - x\n", {"a": ["w"]}) == "a:\n  - w\n---\nb:\n  - x\n"


def tree() -> Any:
    return {
        "spec": {
            "serviceAccountName": "multus",
            "containers": [
                {"name": "kube-multus", "image": "multus:v3.9", "args": ["--a", "--b=1"]},
                {"name": "log-reader", "image": "reader:1", "env": [{"name": "A", "value": "1"}]},
            ],
            "volumes": [{"name": "cni", "hostPath": {"path": "/etc/cni/net.d"}}],
        }
    }


def test_a_tree_that_is_there_changes_nothing() -> None:
    assert turned(DAEMONSET, tree()) == DAEMONSET


def test_a_whole_daemonset_changes_in_few_lines() -> None:
    wanted = tree()
    spec = wanted["spec"]
    daemon, reader = spec["containers"]
    daemon["image"] = "multus:v4.2.4-thick"
    daemon["args"] = ["--b=2"]
    daemon["env"] = [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]
    reader["env"] = [{"name": "B", "value": "2"}, {"name": "A", "value": "3"}]
    spec["volumes"] += [{"name": "run", "hostPath": {"path": "/run"}}]
    spec["hostPID"] = True
    expected = """\
spec:
  # who may run it
  serviceAccountName: multus # an account

  containers:
    # the daemon
    - name: kube-multus
      image: multus:v4.2.4-thick # pinned
      args: ['--b=2']  # two
      env:
        - name: NODE
          valueFrom:
            fieldRef:
              fieldPath: spec.nodeName

    # reads its log
    - name: log-reader
      image: reader:1
      env:
        - name: B
          value: "2"
        - name: A
          value: '3'
  # all that is below was here first
  volumes:
    - {name: cni, hostPath: {path: /etc/cni/net.d}}
    - {name: run, hostPath: {path: /run}}
  hostPID: true
# end
"""
    assert turned(DAEMONSET, wanted) == expected
