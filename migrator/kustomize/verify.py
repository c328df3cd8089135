"""The proof: the real build of OUT is the base with the planned changes, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrator.kustomize.compare import (
    Objects,
    built_ref,
    by_object,
    differences,
    drift,
    planned_objects,
    unexplained,
)
from migrator.kustomize.plan_json import NAME, PlanFile, read_plan, sha256
from migrator.kustomize.schema import SchemaReport, validate
from migrator.model.errors import MigratorError
from migrator.model.inputs import ObjectRef
from migrator.read.streams import parse_documents
from migrator.tools.kustomize import Build
from migrator.trees.pods import items, pod_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What was proved, by which ``tool``; ``mismatches`` is empty where it was.

    ``unchanged`` objects are as in the base, ``changed``, ``created`` and ``removed`` as planned
    by ``changes`` fields. ``schema`` is None where nothing was validated. ``edited`` files of
    OUT are not as they were written (not a fault: the build is what counts).
    """

    tool: str
    unchanged: int
    changed: int
    created: int
    removed: int
    changes: int
    schema: SchemaReport | None
    mismatches: tuple[str, ...]
    edited: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.mismatches


def verify(out: Path, build: Build, *, tool: str) -> VerifyReport:
    """Builds OUT/base and OUT, and holds their difference against OUT/plan.json.

    Errors: MigratorError where there is no plan, where it is blocked and nothing was written to
    build, or where the base itself does not build.
    """
    plan = read_plan(out / NAME)
    if plan.blocked:
        ids = ", ".join(plan.blocked)
        hint = "see report.md; --allow ID plans in spite of it"
        raise MigratorError(f"{out} has no overlay: blocked by {ids}", hint=hint)
    with ThreadPoolExecutor(max_workers=2) as pool:
        base, whole = pool.submit(build, out / "base"), pool.submit(build, out)
        before = _objects(base.result())
        try:
            after = _objects(whole.result())
        except MigratorError as error:
            reasons = (*drift(before, plan.changes), error.message)
            return _report(plan, tool, out, before, {}, None, reasons)
    schema = validate(_pairs(plan, before, after))
    mismatches = (
        *drift(before, plan.changes),
        *differences(planned_objects(before, plan.changes), after),
        *unexplained(before, after, plan.changes),
        *_images(plan, after),
        *schema.errors,
    )
    return _report(plan, tool, out, before, after, schema, tuple(dict.fromkeys(mismatches)))


def _report(
    plan: PlanFile,
    tool: str,
    out: Path,
    before: Objects,
    after: Objects,
    schema: SchemaReport | None,
    mismatches: tuple[str, ...],
) -> VerifyReport:
    touched = by_object(plan.changes)
    renamed = {ref: built_ref(ref, own) for ref, own in touched.items()}
    return VerifyReport(
        tool=tool,
        unchanged=sum(ref in before and ref not in touched for ref in after),
        changed=sum(ref in before and new in after for ref, new in renamed.items()),
        created=sum(ref not in before and new in after for ref, new in renamed.items()),
        removed=sum(ref in before and new not in after for ref, new in renamed.items()),
        changes=len(plan.changes),
        schema=schema,
        mismatches=mismatches,
        edited=tuple(_edited(plan, out)),
    )


def _objects(text: str) -> dict[ObjectRef, Mapping[str, Any]]:
    documents, problems = parse_documents(text.encode(), "the build")
    if problems:
        first = problems[0]
        raise MigratorError(f"the build cannot be read: {first.message}", source=first.source)
    return {document.ref: document.data for document in documents}


def _pairs(
    plan: PlanFile, before: Objects, after: Objects
) -> Iterator[tuple[str, Mapping[str, Any] | None, Mapping[str, Any]]]:
    """(name, in the base, in the build) of the plan's own objects: those of a kustomize root that
    the plan leaves alone are the user's."""
    touched = by_object(plan.changes)
    for ref in plan.objects:
        new = built_ref(ref, touched.get(ref, []))
        if new in after:
            yield str(ref), before.get(ref), after[new]


def _images(plan: PlanFile, after: Objects) -> Iterator[str]:
    """Shim and daemon must come from one image (K14): the init containers that share the
    repository of the Multus container have its very image."""
    touched = by_object(plan.changes)
    for install in plan.installs:
        own = touched.get(install.daemonset, [])
        daemonset = after.get(built_ref(install.daemonset, own), {}) if own else {}
        pod = pod_spec(daemonset)
        images = [
            str(container.get("image"))
            for container in items(pod, "containers")
            if container.get("name") == install.container
        ]
        for container in items(pod, "initContainers"):
            image = str(container.get("image"))
            if images and _repository(image) == _repository(images[0]) and image != images[0]:
                name = container.get("name")
                yield f"{install.daemonset}: {name} has image {image}, Multus {images[0]}"


def _repository(image: str) -> str:
    """The image without digest and tag (a colon before the last slash is a port)."""
    image = image.partition("@")[0]
    folder, slash, name = image.rpartition("/")
    return f"{folder}{slash}{name.partition(':')[0]}"


def _edited(plan: PlanFile, out: Path) -> Iterator[str]:
    for name, digest in sorted(plan.files.items()):
        path = out / name
        if not path.is_file() or sha256(path.read_bytes()) != digest:
            yield name
