"""What the tool makes of a case: its plan, and what a rule says or changes in it."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from typing import Any

from migrator.catalogue.cases import Case
from migrator.inventory.build import build_inventory
from migrator.model.errors import InputError
from migrator.model.inputs import MISSING, CniFile, NodeFiles, Reading, Source
from migrator.model.inventory import Target
from migrator.model.plan import Change, Finding, Plan
from migrator.model.release import find, parse
from migrator.multus.releases import DEFAULT_TARGET
from migrator.plan.planner import make_plan
from migrator.read.duplicates import without_fragments
from migrator.read.scan import mentions_istio
from migrator.read.streams import Stream, read_stream
from migrator.thick.stages import stage_named
from migrator.trees import paths

_FILE = "manifests.yaml"
"""The name of the manifests in an outcome; its lines are those that ``explain`` shows."""


def planned(case: Case) -> Plan:
    """What the tool makes of the case."""
    options = case.options
    target = Target(
        release=parse(options["target"]) if "target" in options else DEFAULT_TARGET,
        image=options.get("image", ""),
        source_release=find(options.get("source", "")),
        nad_config=options.get("nad-config", "auto"),
        nad_overrides={},
        primary_cni=options.get("primary-cni", ""),
        stage=stage_named(options.get("stage")),
    )
    return make_plan(build_inventory(reading_of(case), target.source_release), target)


def reading_of(case: Case) -> Reading:
    """The case as if its files had been read; raises InputError where its YAML is broken."""
    data = case.text.encode()
    stream = Stream(name=_FILE, data=data, named=True)
    content = read_stream(stream, everything=False, injected=mentions_istio(data))
    if content.problems:
        raise InputError(content.problems)
    documents, fragments = without_fragments(content.documents)
    return Reading(
        documents=documents,
        inputs=(),
        problems=(),
        fragments=fragments,
        root=None,
        node_files=_node_files(case),
    )


def _node_files(case: Case) -> NodeFiles:
    """As `read.nodefiles` reads them from a folder: each folder above a file is known."""
    files = [_cni_file(at, text) for at, text in sorted(case.nodes.items())]
    return NodeFiles(
        nodes=tuple(dict.fromkeys(file.node for file in files)),
        directories=frozenset((f.node, d) for f in files for d in _and_above(f.directory)),
        files=tuple(files),
    )


def _cni_file(at: str, text: str) -> CniFile:
    node, _, path = at.partition("/")
    directory, name = posixpath.split(f"/{path}")
    source = Source(file=at, line=1)
    return CniFile(node=node, directory=directory, name=name, content=text, source=source)


def _and_above(directory: str) -> Iterator[str]:
    while directory != "/":
        yield directory
        directory = posixpath.dirname(directory)


def findings_of(plan: Plan, rule: str) -> list[Finding]:
    """What the check of this id says."""
    return [finding for finding in plan.findings if finding.id == rule]


def changes_of(plan: Plan, rule: str) -> list[Change]:
    """What the step of this id changes."""
    return [change for item in plan.objects for change in item.changes if change.rule == rule]


def outcome(plan: Plan, rule: str) -> list[str]:
    """What a rule says or changes, in lines."""
    return [
        *(line for change in changes_of(plan, rule) for line in _change(change)),
        *(line for finding in findings_of(plan, rule) for line in _told(finding)),
    ]


def _change(change: Change) -> list[str]:
    where = paths.format_path(change.path) or "new"
    return [
        f"{change.object}: {where}",
        *([f"  before: {_value(change.before)}"] if change.path else []),
        f"  after:  {_value(change.after)}",
    ]


def _value(value: Any) -> str:
    if value is MISSING:
        return "(not there)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())


def _told(finding: Finding) -> list[str]:
    """A finding in lines, without its title."""
    label, skipped, remedy = (
        ("fixed by this migration", "Otherwise: ", "How: ")
        if finding.cured
        else (finding.severity, "If you skip this: ", "Do: ")
    )
    lines = [f"{label}: {finding.seen}"]
    if finding.error:
        lines.append(f"  {skipped}{finding.error}")
    first, *more = finding.remedy.split("\n")
    return [*lines, f"  {remedy}{first}", *(f"  {' ' * len(remedy)}{line}" for line in more)]
