"""report.html and the machine formats of every real manifest: none fails, and each is well-formed."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from migrator.inventory.build import build_inventory
from migrator.model.errors import MigratorError
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.read import read_inputs
from migrator.report import github, junit, sarif
from migrator.report.html import page as html
from tests import builders
from tests.report import pages

CORPUS = os.environ.get("MIGRATOR_CORPUS", "")
FOLDERS = sorted(f for f in Path(CORPUS).iterdir() if f.is_dir()) if CORPUS else []
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS, reason="MIGRATOR_CORPUS does not name a folder of manifests"),
]


def _plans(folder: Path) -> Iterator[Plan]:
    """The plan of each file that can be read."""
    for file in sorted(folder.rglob("*")):
        if file.suffix not in (".yaml", ".yml", ".json"):
            continue
        try:
            reading = read_inputs(
                [str(file)], stdin=io.BytesIO(), node_files=None, build=None, keep_going=True
            )
        except MigratorError:
            continue
        yield make_plan(build_inventory(reading), builders.target())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_report_of_a_real_manifest_is_well_formed(folder: Path) -> None:
    for plan in _plans(folder):
        page = pages.read(html.render(plan))
        ids = [e.attributes["id"] for e in page.walk() if "id" in e.attributes]
        assert len(ids) == len(set(ids))
        assert {e.attributes["href"][1:] for e in page.all("a")} <= set(ids)
        log = json.loads(sarif.render(plan))
        assert len(log["runs"][0]["results"]) == sum(not f.cured for f in plan.findings)
        suites = fromstring(junit.render(plan).encode())  # noqa: S314  # our own text
        failed = {f.id for f in plan.blockers}
        assert bool(suites.findall(".//failure")) == bool(failed)
        assert all(line.startswith("::") for line in github.render(plan).splitlines())
