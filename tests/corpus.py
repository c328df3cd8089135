"""Real manifests, each read and planned once a process for every test that looks at it.

Tests marked with all of `MARKS` run in one process, where ``pytest -n`` is told
``--dist loadgroup``.
"""

from __future__ import annotations

import io
import os
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from migrator.inventory.build import build_inventory
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from migrator.read.streams import parse_documents
from migrator.read.wording import UNRENDERED
from tests import builders

ROOT: Final = os.environ.get("MIGRATOR_CORPUS", "")
MARKS: Final = [pytest.mark.corpus, pytest.mark.xdist_group("corpus")]


def manifests() -> tuple[Path, ...]:
    """Every YAML and JSON file, in order; () without the folder."""
    found = sorted(Path(ROOT).rglob("*")) if ROOT else []
    return tuple(p for p in found if p.is_file() and p.suffix in (".yaml", ".yml", ".json"))


@cache
def documents_of(path: Path) -> tuple[Document, ...]:
    """All documents of one file, also those of no concern; its path is that below the folder."""
    documents, problems = parse_documents(path.read_bytes(), path.relative_to(ROOT).as_posix())
    assert all(problem.message == UNRENDERED for problem in problems)
    return documents


@cache
def plan_of(path: Path) -> Plan | None:
    """The plan of one file, None where it cannot be read, which the tests of reading are about."""
    try:
        reading = read_inputs(
            (str(path),), stdin=io.BytesIO(), node_files=None, build=None, keep_going=True
        )
    except MigratorError:
        return None
    return make_plan(build_inventory(reading), builders.target())
