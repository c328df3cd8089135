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
from migrator.model.inputs import ObjectRef
from migrator.model.plan import Judgement
from migrator.plan.judge import judged, prove
from migrator.tools.bounds import OUT_FILE

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
