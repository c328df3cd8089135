"""No remedy is the advice to give what was given: each case of each rule, planned with everything
that the command line takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.catalogue.cases import Case, cases_of
from migrator.inventory.build import build_inventory
from migrator.inventory.confdir import conf_dir_of
from migrator.inventory.nodes import nodes_of
from migrator.model.inputs import NodeFiles, Reading
from migrator.model.inventory import Inventory, Target
from migrator.model.plan import Finding
from migrator.model.release import parse
from migrator.multus.images import UPSTREAM
from migrator.multus.releases import DEFAULT_TARGET
from migrator.plan.planner import make_plan
from tests.rules.shared import parameters, reading_of

CASES = [
    case
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for case in cases_of(path.stem)
    if case.triggers
]
PRIMARY = "10-the-given.conflist"
_ADVICE: Mapping[str, re.Pattern[str]] = {
    "--node-files": re.compile(r"--node-files"),
    # another file than the given one is a remedy
    "--primary-cni": re.compile(rf"--primary-cni (FILE|{re.escape(PRIMARY)})|--primary-cni\b(?! )"),
    "--image": re.compile(r"--image\b(?!.*@sha256)"),
    "--source": re.compile(r"--source\b"),
}


@pytest.mark.parametrize("case", parameters(CASES))
def test_what_was_given_is_no_remedy(case: Case) -> None:
    told = [
        f"{flag}: {finding.id} {finding.remedy} | {finding.seen}"
        for finding in _findings(case)
        for flag, pattern in _ADVICE.items()
        if pattern.search(finding.remedy)
    ]
    assert told == []


def _findings(case: Case) -> Sequence[Finding]:
    target = Target(
        release=parse(case.options["target"]) if "target" in case.options else DEFAULT_TARGET,
        image="",
        nad_config=case.options.get("nad-config", "auto"),
        nad_overrides={},
        primary_cni=PRIMARY,
    )
    target = replace(target, image=f"{UPSTREAM}:v{target.release}-thick")
    reading = reading_of(case)
    source = build_inventory(reading).installs
    stated = source[0].release if source else parse("4.0.2")
    inventory = build_inventory(_all_copied(reading), stated)
    return make_plan(inventory, replace(target, source_release=stated)).findings


def _all_copied(reading: Reading) -> Reading:
    """The reading as if each folder that a plan looks at had been copied from each node: what the
    case does not have in it is empty there."""
    inventory: Inventory = build_inventory(reading)
    known = reading.node_files
    wanted = {conf_dir_of(inventory)}
    nodes = set(known.nodes)
    for install in inventory.installs:
        paths = install.paths
        wanted |= {paths.cni_conf_dir, paths.autoconfig_dir, paths.bin_dir, paths.conf_dir}
        nodes |= set(nodes_of(inventory, install))
    nodes = {node for node in nodes if node} or {""}
    directories = frozenset((node, folder) for node in nodes for folder in wanted if folder)
    files = NodeFiles(
        nodes=tuple(sorted(nodes)),
        directories=known.directories | directories,
        files=known.files,
    )
    return replace(reading, node_files=files)
