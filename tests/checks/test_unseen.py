"""M16 and M20: what could not be read and may be Multus holds the plan back, what cannot be does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from migrator.inventory.build import build_inventory
from migrator.model.inputs import Problem, Source
from migrator.model.plan import Assumption, Plan, Readiness
from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, target
from tests.read.support import read, write

INSTALL = daemonset("--multus-conf-file=auto")


def _plan(*problems: Problem, allowed: tuple[str, ...] = ()) -> Plan:
    inventory = builders.inventory(INSTALL)
    reading = replace(inventory.reading, problems=problems)
    return make_plan(replace(inventory, reading=reading), target(), allowed)


def _problem(*, related: bool) -> Problem:
    source = Source(file="apps/multus/app.yaml", line=3)
    return Problem(source=source, message="broken YAML", hint="check it", related=related)


def test_a_part_that_names_multus_is_a_blocker_with_its_place() -> None:
    plan = _plan(_problem(related=True))
    (found,) = (f for f in plan.findings if f.id == "M16")
    assert found.severity == "blocker"
    assert found.source == Source(file="apps/multus/app.yaml", line=3)
    assert found.seen == "apps/multus/app.yaml:3: broken YAML"
    assert plan.readiness is Readiness.NOT_SEEN_WHOLE


@pytest.mark.parametrize("problems", [(), (_problem(related=False),)], ids=["none", "unrelated"])
def test_what_cannot_be_multus_is_left_alone(problems: tuple[Problem, ...]) -> None:
    plan = _plan(*problems)
    assert not [f for f in plan.findings if f.id == "M16"]
    assert plan.readiness is Readiness.READY_IF


def test_allowed_it_is_an_assumption() -> None:
    plan = _plan(_problem(related=True), allowed=("M16",))
    assert plan.readiness is Readiness.READY_IF
    assert Assumption.UNSEEN in plan.assumptions


RESOURCES = "resources: [multus.yaml]\n"
IMAGE = "images: [{name: ghcr.io/k8snetworkplumbingwg/multus-cni, newName: mirror.example.com/m}]\n"


@pytest.mark.parametrize(
    ("files", "root"),
    [
        pytest.param({"app/kustomization.yaml": RESOURCES + IMAGE}, "app", id="below the folder"),
        pytest.param(
            {
                "app/kustomization.yaml": RESOURCES,
                "prod/kustomization.yaml": f"resources: [../app]\n{IMAGE}",
            },
            "prod",
            id="an overlay of it",
        ),
        pytest.param(
            {"app/kustomization.yaml": f"{RESOURCES}namespace: edge\n"}, "app", id="a namespace"
        ),
    ],
)
def test_a_root_that_changes_the_install_is_named(
    tmp_path: Path, files: dict[str, str], root: str
) -> None:
    write(tmp_path, {"app/multus.yaml": INSTALL, **files})
    plan = make_plan(build_inventory(read(tmp_path)), target())
    (found,) = (f for f in plan.findings if f.id == "M20")
    assert found.remedy.endswith(f"plan {tmp_path}/{root}")
    assert plan.readiness is Readiness.NOT_SEEN_WHOLE


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"app/kustomization.yaml": RESOURCES}, id="a list of resources"),
        pytest.param(
            {"app/kustomization.yaml": f"{RESOURCES}namespace: kube-system\n"},
            id="the namespace that it has",
        ),
        pytest.param(
            {"app/kustomization.yaml": f"resources: [other.yaml]\n{IMAGE}"}, id="another file"
        ),
    ],
)
def test_a_root_that_changes_nothing_of_it_is_left_alone(
    tmp_path: Path, files: dict[str, str]
) -> None:
    write(tmp_path, {"app/multus.yaml": INSTALL, **files})
    plan = make_plan(build_inventory(read(tmp_path)), target())
    assert not [f for f in plan.findings if f.id == "M20"]
