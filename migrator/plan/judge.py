"""What the checks say of a build by itself: whether the daemon has in it what it needs.

The same State checks as those of the plan, on nothing but the objects of OUT, so that what the
plan said of them and what ``verify`` finds in the real build can be held against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from migrator.checks import STATE_CHECKS
from migrator.checks.common import daemons
from migrator.inventory.build import build_inventory
from migrator.kustomize.compare import built_ref
from migrator.kustomize.plan_json import base_documents, planned_object
from migrator.model.inputs import Document, NodeFiles, ObjectRef, Reading, Source
from migrator.model.plan import Judgement, Plan
from migrator.model.release import Release
from migrator.plan.planner import run_checks
from migrator.plan.states import state_built
from migrator.tools.kustomize import Build

if TYPE_CHECKING:
    from migrator.kustomize.verify import VerifyReport

_THE_BUILD = Source(file="the build", line=1)


def prove(out: Path, build: Build, *, tool: str) -> VerifyReport:
    """The proof of OUT (see `verify`), its build judged by the checks of the target."""
    from migrator.kustomize.verify import verify  # a plan that is not built does without it

    return verify(out, build, judge, tool=tool)


def judge(documents: Iterable[Document], release: Release) -> Judgement:
    """The blockers and warnings of a build that ``release`` is to run.

    Errors: InputError where an object of Multus is not what Kubernetes takes.
    """
    reading = Reading(
        documents=tuple(map(_bare, sorted(documents, key=lambda d: d.ref.sort_key))),
        inputs=(),
        problems=(),
        fragments=(),
        root=None,
        node_files=NodeFiles(nodes=(), directories=frozenset(), files=()),
    )
    state = state_built(build_inventory(reading), release)
    found = run_checks(STATE_CHECKS, state, state.daemon)
    return Judgement(
        findings=tuple(finding for finding in found if finding.severity != "info"),
        daemons=tuple(install.daemonset.ref for install in daemons(state)),
    )


def judged(plan: Plan) -> Judgement:
    """What is said of the objects of OUT as they are planned."""
    return judge(_planned_documents(plan), plan.target.release)


def _planned_documents(plan: Plan) -> Iterator[Document]:
    planned = {each.ref: each for each in plan.objects}
    for document in base_documents(plan):
        own = planned.get(document.ref)
        if own is None:
            yield document
        elif data := planned_object(own):
            yield _document(built_ref(own.ref, own.changes), data)
    for each in plan.objects:
        if each.document is None:
            yield _document(each.ref, each.desired)


def _document(ref: ObjectRef, data: Mapping[str, Any]) -> Document:
    return Document(
        ref=ref,
        api_version=str(data.get("apiVersion", "")),
        source=_THE_BUILD,
        data=data,
        form="build",
        text="",
        lines={},
    )


def _bare(document: Document) -> Document:
    """Without what tells where it was read: one object is judged alike wherever it stands."""
    return replace(document, source=_THE_BUILD, form="build", text="", lines={}, placed="")
