"""The plan of each sample, written into the sample's own manifests."""

from __future__ import annotations

import difflib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.gitops.edits import alike
from migrator.gitops.rewrite import rewritten
from migrator.inventory.build import build_inventory
from migrator.model.plan import Plan, Planned
from migrator.plan.planner import make_plan
from migrator.read.chunks import numbered
from migrator.read.reading import read_inputs
from migrator.read.streams import parse_text
from tests import builders

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "samples").glob("*/manifests"))


def plan_of(manifests: Path) -> Plan:
    nodes = manifests.parent / "nodes"
    reading = read_inputs(
        (str(manifests),),
        stdin=io.BytesIO(),
        node_files=str(nodes) if nodes.is_dir() else None,
        build=None,
        keep_going=True,
    )
    return make_plan(build_inventory(reading), builders.target())


def trees(text: str) -> list[Any]:
    """The documents of a file by their number."""
    chunks = numbered(text.encode())
    parts = (parse_text(chunk.data.decode(), file="f", line=chunk.line)[0] for chunk in chunks)
    return [parsed.value for part in parts for parsed in part]


def by_file(plan: Plan) -> Iterator[tuple[str, list[Planned]]]:
    """The planned objects that stand in a file, with the file as it was read."""
    files: dict[str, list[Planned]] = {}
    for planned in plan.changed:
        if planned.document is not None:
            files.setdefault(planned.document.source.file, []).append(planned)
    yield from files.items()


@pytest.mark.parametrize("manifests", SAMPLES, ids=lambda path: path.parent.name)
def test_a_sample_s_manifests_become_its_plan(
    manifests: Path, tell: Callable[[str, str], None]
) -> None:
    lines, plan = 0, plan_of(manifests)
    for file, objects in by_file(plan):
        text = Path(file).read_bytes().decode()
        before = trees(text)
        wanted = {
            before.index(planned.document.data): planned.desired
            for planned in objects
            if planned.document is not None
        }
        assert len(wanted) == len(objects)
        after = rewritten(text, wanted, file=file)
        assert alike(trees(after), [wanted.get(n, tree) for n, tree in enumerate(before)])
        assert rewritten(after, wanted, file=file) == after
        diff = difflib.unified_diff(text.splitlines(), after.splitlines(), n=0, lineterm="")
        lines += sum(line[0] in "+-" for line in list(diff)[2:])
    tell(
        "lines of each sample's manifests that its plan changes",
        f"{manifests.parent.name}: {lines}",
    )
    assert bool(lines) == bool(plan.changed)
