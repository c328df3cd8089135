"""A plan.json that anybody may have edited: a plan, or one line."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.kustomize.emit import emit
from migrator.kustomize.plan_file import parse_plan, read_plan, written_files
from migrator.kustomize.plan_json import plan_text
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ObjectRef, Source
from migrator.model.plan import Judgement
from migrator.plan.judge import judged, prove
from migrator.tools.bounds import DEPTH, OUT_FILE

from .plans import DAEMONSET, MAIN, changed, created, document, plan_of, write

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n"
ODD: tuple[Any, ...] = (
    None,
    True,
    7,
    1e400,
    "",
    "\x1b[2J\n",
    "a.b",
    [],
    [[]],
    {},
    {"a": {"b": [None]}},
)
"""What may stand where something else should."""


def _plan() -> tuple[dict[str, Any], dict[str, str]]:
    plan = plan_of(
        changed(document(DAEMONSET), {f"{MAIN}.args": [], f"{MAIN}.image": "m:1"}),
        created(CONFIG_MAP),
    )
    files = emit(plan)
    found = judged(plan)
    judgement = Judgement(
        findings=found.findings,
        daemons=(ObjectRef(group="apps", kind="DaemonSet", namespace="a", name="b"),),
    )
    return json.loads(plan_text(plan, files, judgement)), files


def _places(tree: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values; of a list the first item stands for the others."""
    if at:
        yield at
    children: dict[Any, Any] = {}
    if isinstance(tree, dict | list):
        children = tree if isinstance(tree, dict) else dict(enumerate(tree[:1]))
    for key, child in children.items():
        yield from _places(child, (*at, key))


def _with(tree: Any, at: tuple[str | int, ...], value: Any) -> Any:
    result = copy.deepcopy(tree)
    parent = result
    for key in at[:-1]:
        parent = parent[key]
    parent[at[-1]] = value
    return result


def test_whatever_stands_anywhere_it_is_a_plan_or_one_line() -> None:
    whole, _ = _plan()
    mutants = (_with(whole, at, odd) for at in _places(whole) for odd in ODD)
    refused = sum(_is_refused(json.dumps(mutant)) for mutant in mutants)
    assert refused > 500


def _is_refused(text: str) -> bool:
    try:
        parse_plan(text)
    except MigratorError as error:
        (line,) = error.lines()
        assert "\n" not in line
        return True
    return False


BEFORE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: b}
data: {a: "1"}
"""


@pytest.mark.parametrize("place", ["path", "before", "after", "object", "redacted"])
def test_a_change_that_was_edited_is_not_proved(tmp_path: Path, place: str) -> None:
    plan = plan_of(changed(document(BEFORE), {"data.a": "2"}))
    files = emit(plan)
    text = plan_text(plan, files, judged(plan))
    out = write(tmp_path, files)
    after = BEFORE.replace('"1"', '"2"')

    def build(folder: Path) -> str:
        return after if folder == out else BEFORE

    (out / "plan.json").write_text(text)
    assert prove(out, build, tool="t").ok
    odd = [*ODD, "data", 'data["b"]', "data.a.b", "[0]", "[name=x]", ["data"]]
    for value in odd:
        (out / "plan.json").write_text(
            json.dumps(_with(json.loads(text), ("changes", 0, place), value))
        )
        try:
            report = prove(out, build, tool="t")
        except MigratorError as error:
            assert len(error.lines()) == 1
        else:
            assert not report.ok or place == "redacted"


def test_a_huge_plan_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "plan.json").open("wb") as file:
        file.truncate(OUT_FILE.bytes() + 1)
    with pytest.raises(MigratorError, match="larger than 256 MiB"):
        read_plan(tmp_path / "plan.json")


def test_what_an_older_version_wrote_is_ours_to_replace() -> None:
    old = {"tool": "multus-migrator", "schema": 1, "files": {"a": "0"}}
    assert written_files(json.dumps(old)) == {"a": "0"}


@pytest.mark.parametrize("files", [None, [], "a", {"a": 1}])
def test_files_that_are_no_files_are_nobodys(files: Any) -> None:
    with pytest.raises(MigratorError, match="damaged"):
        written_files(json.dumps({"tool": "multus-migrator", "files": files}))


REF = {"group": "apps", "kind": "DaemonSet", "namespace": "a", "name": "b"}
WHOLE: dict[str, Any] = {
    "tool": "multus-migrator",
    "schema": 2,
    "target": {"release": "4.2.4"},
    "root": None,
    "objects": [{"ref": REF, "sha256": "1"}, {"ref": {**REF, "name": "c"}, "sha256": None}],
    "base": [
        {"object": REF, "sha256": "2", "binding": True},
        {"object": REF, "sha256": "2", "binding": False},
    ],
    "changes": [
        {
            "object": REF,
            "path": "spec.a",
            "before": 1,
            "reason": "r",
            "rule": "S01",
            "source": {"file": "f", "line": 3},
            "redacted": ["spec.a.x"],
        },
        {"object": REF, "path": "spec.b", "after": None, "reason": "r", "rule": "S01",
         "source": None, "redacted": []},
    ],
    "installs": [{"daemonset": REF, "container": "m"}],
    "daemons": [REF],
    "standing": [
        {"id": "P01", "severity": "warning", "object": REF},
        {"id": "P02", "severity": "blocker", "object": None},
    ],
    "blocked": ["P02"],
    "files": {"a": "3"},
}  # fmt: skip


def test_each_field_of_a_plan_is_read() -> None:
    plan = parse_plan(json.dumps(WHOLE))
    ref = ObjectRef(**REF)
    assert (str(plan.release), plan.root) == ("4.2.4", False)
    assert parse_plan(json.dumps({**WHOLE, "root": "../root"})).root is True
    assert [(o.ref.name, o.digest) for o in plan.objects] == [("b", "1"), ("c", None)]
    assert [(o.ref, o.digest, o.binding) for o in plan.base] == [
        (ref, "2", True),
        (ref, "2", False),
    ]
    assert [(i.daemonset, i.container) for i in plan.installs] == [(ref, "m")]
    assert plan.daemons == (ref,)
    assert plan.standing == (("P01", "warning", ref), ("P02", "blocker", None))
    assert (plan.blocked, plan.files) == (("P02",), {"a": "3"})


def test_each_field_of_a_change_is_read() -> None:
    first, second = parse_plan(json.dumps(WHOLE)).changes
    assert (first.change.object, first.change.path) == (ObjectRef(**REF), ("spec", "a"))
    assert (first.change.before, first.change.after) == (1, MISSING)
    assert (first.change.reason, first.change.rule) == ("r", "S01")
    assert first.change.source == Source(file="f", line=3)
    assert first.redacted == (("spec", "a", "x"),)
    assert (second.change.before, second.change.after, second.change.source) == (
        MISSING,
        None,
        None,
    )
    assert second.redacted == ()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("blocked",), {"P02": 1}),
        (("blocked",), "P02"),
        (("blocked", 0), 2),
        (("changes", 0, "redacted"), {"a": 1}),
        (("changes", 0, "reason"), None),
        (("objects", 0, "sha256"), 5),
        (("standing", 0, "object"), []),
        (("installs", 0, "container"), []),
        (("base", 0, "sha256"), None),
        (("files", "a"), None),
        (("daemons", 0, "name"), 5),
        (("target", "release"), "x"),
    ],
)
def test_what_has_another_kind_is_damaged(place: tuple[str | int, ...], value: Any) -> None:
    with pytest.raises(MigratorError, match=r"plan\.json is damaged: not what it should be"):
        parse_plan(json.dumps(_with(WHOLE, place, value)))


@pytest.mark.parametrize("field", sorted(WHOLE.keys() - {"tool", "schema"}))
def test_a_field_that_is_missing_is_named(field: str) -> None:
    rest = {key: value for key, value in WHOLE.items() if key != field}
    with pytest.raises(MigratorError, match=f"no '{field}'"):
        parse_plan(json.dumps(rest))


@pytest.mark.parametrize("binding", ["true", 1, None])
def test_nothing_but_true_makes_an_object_binding(binding: Any) -> None:
    plan = parse_plan(json.dumps(_with(WHOLE, ("base", 0, "binding"), binding)))
    assert not plan.base[0].binding


@pytest.mark.parametrize("half", [{"\ud800": 1}, ["\ud800"], {"a": [{"b": "\ud800"}]}])
def test_half_a_character_anywhere_is_damage(half: Any) -> None:
    with pytest.raises(MigratorError, match="damaged"):
        parse_plan(json.dumps({**WHOLE, "more": half}))


def _deep(levels: int) -> Any:
    tree: Any = 1
    for _ in range(levels):
        tree = [tree]
    return tree


def test_what_is_too_deep_is_damage_and_what_is_not_is_read() -> None:
    assert parse_plan(json.dumps({**WHOLE, "more": _deep(2 * DEPTH - 2)})).blocked == ("P02",)
    with pytest.raises(MigratorError, match="damaged"):
        parse_plan(json.dumps({**WHOLE, "more": _deep(2 * DEPTH - 1)}))


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("/dev/null")])
def test_what_is_no_regular_file_is_not_read(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "plan.json")
    with pytest.raises(MigratorError, match="is not a regular file"):
        read_plan(tmp_path / "plan.json")
