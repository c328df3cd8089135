"""report.html and the machine formats of every real manifest: none fails, and each is well-formed."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from migrator.report import github, junit, sarif
from migrator.report.html import page as html
from tests.corpus import MARKS, ROOT, manifests, plan_of
from tests.report import pages

UPSTREAM = "https://github.com/k8snetworkplumbingwg/"
FOLDERS = sorted(f for f in Path(ROOT).iterdir() if f.is_dir()) if ROOT else []
pytestmark = MARKS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_report_of_a_real_manifest_is_well_formed(folder: Path) -> None:
    for plan in filter(None, map(plan_of, (p for p in manifests() if folder in p.parents))):
        page = pages.read(html.render(plan))
        ids = [e.attributes["id"] for e in page.walk() if "id" in e.attributes]
        assert len(ids) == len(set(ids))
        links = {e.attributes["href"] for e in page.all("a")}
        elsewhere = {link for link in links if not link.startswith("#")}
        assert {link[1:] for link in links - elsewhere} <= set(ids)
        assert all(link.startswith(UPSTREAM) for link in elsewhere)
        log = json.loads(sarif.render(plan))
        assert len(log["runs"][0]["results"]) == sum(not f.cured for f in plan.findings)
        suites = fromstring(junit.render(plan).encode())  # noqa: S314  # our own text
        failed = {f.id for f in plan.blockers}
        assert bool(suites.findall(".//failure")) == bool(failed)
        assert all(line.startswith("::") for line in github.render(plan).splitlines())
