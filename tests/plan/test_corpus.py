"""The main job on real manifests: each Multus DaemonSet of the corpus gives a plan that builds."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.capture import CaptureFixture

from migrator.cli.main import run
from migrator.cli.output import staged
from migrator.inventory.build import build_inventory
from migrator.kustomize.emit import emit
from migrator.kustomize.plan_json import NAME
from migrator.plan.judge import prove
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from migrator.report.formats import Reports
from migrator.report.writer import Context
from migrator.tools.kustomize import builder, find_tool
from tests import builders

CORPUS = os.environ.get("MIGRATOR_CORPUS", "")
pytestmark = [
    pytest.mark.corpus,
]

_IMAGE = re.compile(r"image:.*multus", re.IGNORECASE)


def _manifests() -> Iterator[str]:
    root = Path(CORPUS)
    for path in sorted(root.rglob("*.y*ml")) if CORPUS else ():
        text = path.read_text(errors="replace")
        if "kind: DaemonSet" in text and _IMAGE.search(text):
            yield path.relative_to(root).as_posix()


MANIFESTS = tuple(_manifests())


@dataclass(frozen=True)
class Outcome:
    code: int
    recognised: str
    result: str


def outcome(manifest: str, out: Path, *options: str) -> Outcome:
    code = run(["plan", str(Path(CORPUS) / manifest), "-o", str(out), "-q", *options])
    if code == 1:
        return Outcome(code, "-", "error")
    plan: dict[str, Any] = json.loads((out / "plan.json").read_text())
    installs = [f"v{i['release']} {i['mode']} ({i['confidence']})" for i in plan["installs"]]
    changes = len(plan["changes"])
    result = f"blocked by {', '.join(plan['blocked'])}" if plan["blocked"] else f"{changes} changes"
    return Outcome(code, ", ".join(installs) or "no Multus", result)


@pytest.mark.kustomize
@pytest.mark.parametrize("manifest", MANIFESTS)
def test_every_multus_manifest_gives_a_plan_that_is_proved(
    manifest: str,
    tmp_path: Path,
    capsys: CaptureFixture[str],
    tell: Callable[[str, str], None],
) -> None:
    """Exit code 0 is a verified and valid build (plan itself verifies), 4 has a reason. Files that
    are no manifests of Multus (templates, other programs) end with one clear line."""
    found = outcome(manifest, tmp_path / "out")
    captured = capsys.readouterr()
    tell(
        "exit code, file, recognised as, result",
        f"{found.code}  {manifest}  {found.recognised}  {found.result}",
    )
    if found.code == 1:
        assert captured.err.startswith("error: ")
        assert manifest in captured.err
        assert not (tmp_path / "out").exists()
        unrendered = "{{" in (Path(CORPUS) / manifest).read_text()
        assert unrendered or "NOT FOUND: " in captured.err
        return
    assert found.code in (0, 4)
    plan = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert (found.code == 4) == bool(plan["blocked"])
    assert (tmp_path / "out" / "component").exists() == (found.code == 0)


UPSTREAM = [manifest for manifest in MANIFESTS if manifest.startswith("multus-cni/v")]
OTHERS = ("4.0.2", "4.1.4", "4.3.0")


@pytest.mark.kustomize
@pytest.mark.parametrize("manifest", UPSTREAM)
def test_upstream_manifests_for_the_other_targets(manifest: str, tmp_path: Path) -> None:
    """What is applied is built and held against the plan, of each for one target in turn; the reports
    are those of any target. Manifests before v3.9, and those that v3.9 calls deprecated, are not
    built again: for other targets than the default they differ from those of v3.9 in what no target
    looks at."""
    tool = find_tool()
    assert tool is not None
    reading = read_inputs(
        (str(Path(CORPUS) / manifest),),
        stdin=io.BytesIO(),
        node_files=None,
        build=None,
        keep_going=False,
    )
    inventory = build_inventory(reading)
    new = manifest.startswith(("multus-cni/v3.9", "multus-cni/v4")) and "deprecated" not in manifest
    turn = OTHERS[UPSTREAM.index(manifest) % len(OTHERS)]
    for release in OTHERS:
        plan = make_plan(inventory, builders.target(release))
        assert bool(plan.blockers) == ("/e2e/" in manifest), (release, plan.blockers)
        if not plan.blockers and new and release == turn:
            files = emit(plan)
            files[NAME] = Reports(plan).rendered("json", Context(files=files))
            with staged(tmp_path / release, files) as stage:
                assert prove(stage, builder(tool), tool=str(tool)).mismatches == ()


def test_the_corpus_holds_multus() -> None:
    assert len(MANIFESTS) > 60
