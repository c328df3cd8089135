"""How large report.html gets, and how soon a browser has it open and filtered.

    python -m benchmarks.report_size [attachments]

The plan is made by hand (a NAD for each four attachments, half of them changed), so that only the
report is measured. Needs Chromium and playwright. The aim for 20,000 attachments: less than 2 s to
open, and less than 2 s to filter.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from migrator.model.inputs import ObjectRef
from migrator.model.plan import Plan, Resolution
from migrator.report import github_summary, junit, markdown, sarif
from migrator.report.html import page as html
from tests import builders
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.report import plans


def plan(attachments: int) -> Plan:
    """Networks in 50 namespaces with four workloads each; every second NAD gets its config."""
    (nad,) = builders.documents(plans.NAD)
    objects, rows = [], []
    for number in range(attachments // 4):
        space, name = f"team-{number % 50:02d}", f"vlan-{number:04d}"
        config = {"cniVersion": "0.3.1", "name": name, "type": "macvlan", "master": "eth1"}
        text = json.dumps({**config, "ipam": {"type": "dhcp"}})
        if number % 2:
            document = replace(nad, ref=replace(nad.ref, namespace=space, name=name))
            change = plans.changed(document, ("spec", "config"), text, "asked for", "S15")
            objects.append(plans.planned(document, change))
        resolution = Resolution(config=text, where=f"NetworkAttachmentDefinition {space}/{name}")
        rows += [
            plans.attachment(
                f"{space}/{name}",
                workload=ObjectRef(
                    group="apps", kind="Deployment", namespace=space, name=f"app-{number}-{copy}"
                ),
                before=resolution,
                after=resolution,
            )
            for copy in range(4)
        ]
    known = plans.ready()
    return replace(known, objects=(*known.objects, *objects), attachments=tuple(rows))


WRITERS: dict[str, Callable[[Plan], str]] = {
    "report.html": html.render,
    "report.md": markdown.render,
    "SARIF": sarif.render,
    "JUnit": junit.render,
    "job summary": github_summary.render,
}
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def opened(file: Path) -> None:
    """Print how long a browser takes to open the report, and to find one network in it."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        for _ in range(3):
            page = browser.new_page()
            begin = time.perf_counter()
            page.goto(file.as_uri())
            page.evaluate(PAINTED)
            open_ = time.perf_counter()
            filtered(page)
            print(
                f"open {open_ - begin:.2f} s, filter {time.perf_counter() - open_:.2f} s,"
                f" {page.evaluate('document.getElementsByTagName(`*`).length'):,} elements"
            )
            page.close()
        browser.close()


def filtered(page: Any) -> None:
    form = page.locator("form[data-filter='networks-list']")
    form.locator("[data-by='text']").fill("vlan-0777")
    form.get_by_text("1 of ").wait_for()
    page.evaluate(PAINTED)


def main() -> None:
    known = plan(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    print(f"{len(known.attachments):,} attachments, {len(known.changed):,} objects that change")
    with tempfile.TemporaryDirectory() as folder:
        for name, write in WRITERS.items():
            begin = time.perf_counter()
            text = write(known)
            took = time.perf_counter() - begin
            print(f"{name}: {len(text.encode()) / 1e6:.2f} MB in {took:.2f} s")
            (Path(folder) / name).write_text(text, encoding="utf-8")
        opened(Path(folder) / "report.html")


if __name__ == "__main__":
    main()
