"""How long kustomize takes for what we write, by number of NADs that change.

    python benchmarks/build_time.py [NUMBER ...]        (default: 100 1000 5000)

Prints, for each number of NADs (half of them empty, half with a config that changes): seconds to
emit, to write, to build base/ alone, to build OUT, to verify all of it, and to build the one
component over the whole base, as a user's own overlay would. kustomize is quadratic in objects
and in objects times patches: above 250, emit writes NADs whole, and base/ lacks them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from migrator.cli.output import staged
from migrator.kustomize.emit import emit
from migrator.model.inputs import MISSING, Document, NodeFiles, Reading
from migrator.model.inventory import Inventory, State, Target
from migrator.model.plan import Change, Plan, Planned, Readiness
from migrator.multus.releases import DEFAULT_TARGET as RELEASE
from migrator.plan.judge import prove
from migrator.read.streams import parse_documents
from migrator.report import plan_json
from migrator.report.writer import Context
from migrator.tools.kustomize import builder, find_tool
from migrator.trees.paths import get, put

CONFIG = """\
    {
      "cniVersion": "0.3.1", "name": "net-%d", "type": "macvlan", "master": "eth%d",
      "ipam": {"type": "whereabouts", "range": "10.%d.0.0/16"}
    }
"""
NAD = """\
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  name: net-%d
  namespace: ns-%d
"""
SPEC = "spec:\n  config: |-\n"
ONE_OVERLAY = "resources: [../out/base]\ncomponents: [../out/component]\n"
SLOW = 2000  # more than this, the component over the whole base is not waited for


def nads(number: int) -> list[Planned]:
    text = "".join(
        NAD % (i, i % 50) + (SPEC + CONFIG % (i, i % 4, i % 250) if i % 2 else "")
        for i in range(number)
    )
    documents, _ = parse_documents(text.encode(), "nads.yaml")
    return [planned(document) for document in documents]


def planned(document: Document) -> Planned:
    path = ("spec", "config")
    before: Any = get(document.data, path)
    after = '{\n  "cniVersion": "1.0.0"\n}' if before is MISSING else before + "\n"
    change = Change(
        object=document.ref,
        path=path,
        before=before,
        after=after,
        reason="the benchmark",
        rule="S00",
        source=document.source,
    )
    desired = put(document.data, path, after)
    return Planned(ref=document.ref, document=document, desired=desired, changes=(change,))


def plan_of(objects: list[Planned]) -> Plan:
    documents = tuple(item.document for item in objects if item.document)
    nothing = NodeFiles(nodes=(), directories=frozenset(), files=())
    reading = Reading(
        documents=documents, inputs=(), problems=(), fragments=(), root=None, node_files=nothing
    )
    inventory = Inventory(
        reading=reading, installs=(), nads=(), workloads=(), cni_files=(), neighbours=()
    )
    state = State(inventory=inventory, release=RELEASE, mode="thin", daemon=RELEASE)
    return Plan(
        target=Target(release=RELEASE, nad_overrides={}),
        before=state,
        after=state,
        objects=tuple(objects),
        findings=(),
        accounts=(),
        attachments=(),
        decisions=(),
        allowed=frozenset(),
        readiness=Readiness.READY,
    )


def _write(out: Path, files: Mapping[str, str]) -> None:
    with staged(out, files):
        pass


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def measure(number: int, folder: Path) -> list[float]:
    tool = find_tool()
    if tool is None:
        raise SystemExit("neither kustomize nor kubectl on PATH")
    build = builder(tool)
    plan = plan_of(nads(number))
    emitting, files = timed(lambda: emit(plan))
    files["plan.json"] = plan_json.render(plan, Context(files=files))
    writing, _ = timed(lambda: _write(folder / "out", files))
    base, _ = timed(lambda: build(folder / "out/base"))
    out, _ = timed(lambda: build(folder / "out"))
    proving, report = timed(lambda: prove(folder / "out", build, tool=str(tool)))
    if not report.ok:
        raise SystemExit("\n".join(report.mismatches))
    one = float("nan")
    if number <= SLOW:
        (folder / "one").mkdir()
        (folder / "one/kustomization.yaml").write_text(ONE_OVERLAY)
        one, _ = timed(lambda: build(folder / "one"))
    return [emitting, writing, base, out, proving, one]


def main(numbers: list[int]) -> None:
    print(find_tool())
    print("  NADs    emit   write    base     OUT  verify  one component")
    for number in numbers:
        with tempfile.TemporaryDirectory() as folder:
            row = measure(number, Path(folder))
        print(f"{number:6}" + "".join(f"{seconds:8.2f}" for seconds in row))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [100, 1000, 5000])
