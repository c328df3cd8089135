"""Malformed but parsable: whatever stands in an object, the run ends with a plan or with clear lines."""

from __future__ import annotations

import copy
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.inventory.build import build_inventory
from migrator.kustomize.emit import emit
from migrator.model.errors import InputError, MigratorError, PlanConflict
from migrator.model.plan import Plan
from migrator.plan.planner import KNOWN_IDS, make_plan
from migrator.read.reading import read_inputs
from migrator.report import markdown, runbook, terminal
from migrator.report.formats import Reports
from migrator.report.writer import Context
from tests.builders import target

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/expect.toml"))
PLACE = re.compile(r"\S.*:[0-9]+: \S")
Place = tuple["str | int", ...]

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 300),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(("multus", "/etc/cni/net.d", "--multus-conf-file=/x", "{}", "[1]", "[" * 500)),
)
keys = st.sampled_from(("name", "namespace", "config", "key", "path", "spec", "metadata", "x/y"))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)


@cache
def objects(name: str) -> tuple[str, ...]:
    """The objects of a sample as JSON texts."""
    reading = read_inputs(
        (str(SAMPLES / name / "manifests"),),
        stdin=io.BytesIO(),
        node_files=None,
        build=None,
        keep_going=False,
    )
    return tuple(json.dumps(document.data) for document in reading.documents)


def places(tree: Any, place: Place = ()) -> Iterator[Place]:
    yield place
    if not isinstance(tree, (dict, list)):
        return
    for step, child in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield from places(child, (*place, step))


def replaced(tree: Any, place: Place, value: Any) -> Any:
    """``tree`` with ``value`` at ``place``."""
    if not place:
        return value
    result = copy.copy(tree)
    result[place[0]] = replaced(result[place[0]], place[1:], value)
    return result


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, bytes]:
    """A sample, and its objects as one JSON stream in which something else stands somewhere."""
    name = draw(st.sampled_from(NAMES))
    trees = [json.loads(text) for text in objects(name)]
    index = draw(st.integers(0, len(trees) - 1))
    place = draw(st.sampled_from([p for p in places(trees[index]) if p not in ((), ("kind",))]))
    trees[index] = replaced(trees[index], place, draw(values))
    return name, "\n---\n".join(json.dumps(tree, indent=1) for tree in trees).encode()


def planned(name: str, stream: bytes) -> Plan:
    nodes = SAMPLES / name / "nodes"
    reading = read_inputs(
        ("-",),
        stdin=io.BytesIO(stream),
        node_files=str(nodes) if nodes.is_dir() else None,
        build=None,
        keep_going=False,
    )
    return make_plan(build_inventory(reading), target(), KNOWN_IDS)


def written(plan: Plan) -> None:
    """Everything that a run writes, except the HTML report, which has tests of its own."""
    files = emit(plan)
    Reports(plan).rendered("json", Context(files=files)).encode()
    for text in (
        markdown.render(plan),
        runbook.render(plan),
        terminal.render_plan(plan, Context(color=True)),
        terminal.render_diff(plan),
    ):
        assert text.encode()


@settings(max_examples=25)
@given(spoiled())
def test_a_run_ends_with_a_plan_or_with_lines_that_say_where(given_: tuple[str, bytes]) -> None:
    try:
        plan = planned(*given_)
        written(plan)
    except MigratorError as error:
        assert not isinstance(error, PlanConflict)
        assert isinstance(error, InputError) or error.source is not None
        assert all(PLACE.match(line) for line in error.lines())


def test_the_samples_themselves_are_planned() -> None:
    for name in NAMES:
        plan = planned(name, "\n---\n".join(objects(name)).encode())
        assert plan.changed or not plan.before.inventory.installs
    written(plan)
