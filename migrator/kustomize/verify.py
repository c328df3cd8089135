"""The proof: the real builds of OUT are what was planned, and what the daemon needs.

Base, OUT and rollback are built once each (the stages: `stage_proof`). The base is held against the
digests of plan.json, OUT against the base and the planned changes, the rollback against the base. Of
networks that are written whole the base has nothing: there the rollback is held against the digests, and
OUT against the rollback. None of that helps whoever edits plan.json too: what the daemon needs is judged on the build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from migrator.kustomize.builds import NOTHING, Builds, built, complaint
from migrator.kustomize.compare import (
    Objects,
    built_ref,
    by_object,
    differences,
    drift,
    planned_objects,
    unexplained,
)
from migrator.kustomize.digests import object_digest
from migrator.kustomize.marks import cleared
from migrator.kustomize.owned import Held, held, tampered
from migrator.kustomize.plan_file import PlanFile, read_plan
from migrator.kustomize.plan_json import NAME
from migrator.kustomize.schema import SchemaReport, validate
from migrator.kustomize.stage_proof import prove_stages
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, Document, ObjectRef
from migrator.model.plan import Change, Judgement
from migrator.model.release import Release
from migrator.read.scan import matters
from migrator.tools.kustomize import Build
from migrator.trees.paths import format_path
from migrator.trees.pods import items, pod_spec
from migrator.trees.redact import redact_text

Judge = Callable[[Sequence[Document], Release], Judgement]
"""The objects of a build and the release that is to run it -> what the checks say."""


class VerifyReport(Struct, frozen=True, kw_only=True):
    """What was proved, by which ``tool``; ``mismatches`` is empty where it was.

    ``based`` objects of the base are as planned, and ``replaced`` ones, which the rollback alone has;
    of the build, ``unchanged`` are as in the base, ``changed``, ``created`` and ``removed`` as planned by ``changes`` fields; ``files`` of OUT are
    as written, ``daemons`` have what ``release`` needs; ``staged`` says that OUT has the stages of a
    rollout. ``schema`` is None where nothing was validated. ``root`` says that the base is the user's: ``drifted`` are its objects that changed
    where no patch looks, ``unknown`` counts those that the plan does not name. ``known`` are the
    blockers of the build that the plan has too. ``plan`` and ``builds`` are what was held.
    """

    tool: str
    release: Release
    root: bool
    based: int
    replaced: int
    unchanged: int
    changed: int
    created: int
    removed: int
    changes: int
    files: int
    daemons: int
    staged: bool
    schema: SchemaReport | None
    mismatches: tuple[str, ...]
    drifted: tuple[str, ...]
    unknown: int
    known: tuple[str, ...]
    plan: PlanFile
    builds: Builds

    @property
    def ok(self) -> bool:
        return not self.mismatches


def verify(out: Path, build: Build, judge: Judge, *, tool: str) -> VerifyReport:
    """Builds OUT/base, OUT and OUT/rollback, and holds them against OUT/plan.json.

    Errors: MigratorError where there is no plan, where it is blocked and nothing was written to
    build, or where the base itself does not build though its files are those that were written.
    """
    plan = read_plan(out / NAME)
    if plan.blocked:
        ids = ", ".join(plan.blocked)
        hint = "see report.md; --allow ID plans all the same"
        raise MigratorError(f"{out} has no overlay: blocked by {ids}", hint=hint)
    found = _held(out)
    files = tuple(tampered(found, plan.files))
    if found.strange:
        return _unbuilt(plan, tool, (*files, "not built: it would not be these files"))
    try:
        builds = built(out, build, plan)
    except MigratorError as error:
        if not files:
            raise
        return _unbuilt(plan, tool, (*files, f"the base does not build: {complaint(error)}"))
    return _proof(out, plan, tool, files, builds, judge, build)


def _held(out: Path) -> Held:
    try:
        return held(out)
    except OSError as error:
        raise MigratorError(f"{error.filename} cannot be read: {error.strerror}") from None


def _proof(
    out: Path,
    plan: PlanFile,
    tool: str,
    files: tuple[str, ...],
    builds: Builds,
    judge: Judge,
    build: Build,
) -> VerifyReport:
    before, after = builds.before, builds.after
    changes = _cleared(plan, before, after)
    replaced = frozenset(item.ref for item in plan.base if item.replaced)
    lost, drifted = _base(plan, builds)
    guarded = [change for change in changes if change.object not in replaced]
    lost += drift(before, guarded)
    if builds.failure:
        reasons = (*files, *lost, builds.failure, *builds.back)
        return _report(plan, tool, builds, changes, mismatches=reasons, drifted=drifted)
    untold = _not_as_they_were(plan, before)
    told = [change for change in changes if change.object not in untold]
    expected = planned_objects(_without(untold, before), told)
    schema = validate(_pairs(plan, changes, before, after))
    judgement, unjudged = _judged(plan, builds, judge)
    new, known = _new(plan, judgement)
    mismatches = (
        *files,
        *lost,
        *differences(expected, _without(untold, after)),
        *unexplained(before, after, told),
        *_digests(plan, changes, before, after),
        *_images(plan, changes, after),
        *schema.errors,
        *builds.back,
        *prove_stages(out, plan, changes, before, after, build),
        *unjudged,
        *new,
    )
    return _report(
        plan,
        tool,
        builds,
        changes,
        schema=schema,
        mismatches=mismatches,
        drifted=drifted,
        daemons=len(judgement.daemons),
        known=known,
    )


def _report(
    plan: PlanFile,
    tool: str,
    builds: Builds,
    changes: Sequence[Change],
    *,
    mismatches: Sequence[str],
    drifted: Sequence[str] = (),
    schema: SchemaReport | None = None,
    daemons: int = 0,
    known: Sequence[str] = (),
) -> VerifyReport:
    before, after = builds.before, builds.after
    touched = by_object(changes)
    renamed = {ref: built_ref(ref, own) for ref, own in touched.items()}
    named = {item.ref for item in plan.base}
    return VerifyReport(
        tool=tool,
        release=plan.release,
        root=plan.root,
        based=sum(item.binding and not item.replaced for item in plan.base),
        replaced=sum(item.replaced for item in plan.base),
        unchanged=sum(ref in before and ref not in touched for ref in after),
        changed=sum(ref in before and new in after for ref, new in renamed.items()),
        created=sum(ref not in before and new in after for ref, new in renamed.items()),
        removed=sum(ref in before and new not in after for ref, new in renamed.items()),
        changes=len(changes),
        files=len(plan.files),
        daemons=daemons,
        staged="stage-1/kustomization.yaml" in plan.files,
        schema=schema,
        mismatches=tuple(dict.fromkeys(mismatches)),
        drifted=tuple(drifted),
        unknown=sum(ref not in named for ref in before),
        known=tuple(known),
        plan=plan,
        builds=builds,
    )


def _unbuilt(plan: PlanFile, tool: str, mismatches: Sequence[str]) -> VerifyReport:
    return _report(plan, tool, NOTHING, (), mismatches=mismatches)


def _cleared(plan: PlanFile, before: Objects, after: Objects) -> tuple[Change, ...]:
    """The planned changes, with the secrets of the builds where plan.json marks one."""
    renamed = {ref: built_ref(ref, own) for ref, own in by_object(_shown(plan)).items()}
    return tuple(
        cleared(
            planned.change,
            planned.redacted,
            before.get(planned.change.object, MISSING),
            after.get(renamed[planned.change.object], MISSING),
        )
        if planned.redacted
        else planned.change
        for planned in plan.changes
    )


def _shown(plan: PlanFile) -> list[Change]:
    return [planned.change for planned in plan.changes]


def _base(plan: PlanFile, builds: Builds) -> tuple[list[str], list[str]]:
    """(where an object is not what it was, what of a root drifted that nobody needs)."""
    lost: list[str] = []
    drifted: list[str] = []
    for item in plan.base:
        lines = lost if item.binding or item.replaced else drifted
        where = "rollback" if item.replaced else "base"
        found = builds.before.get(item.ref)
        if found is None and not (item.replaced and builds.failure):
            lines.append(f"{item.ref}: not in the {where}")
        elif found is not None and object_digest(found) != item.digest:
            lines.append(f"{item.ref}: in the {where} it is not what it was when the plan was made")
    if not plan.root:
        named = {item.ref for item in plan.base if not item.replaced}
        lost += [
            f"{ref}: in the base, but not in the plan" for ref in builds.base if ref not in named
        ]
    return lost, drifted


def _not_as_they_were(plan: PlanFile, before: Objects) -> frozenset[ObjectRef]:
    """Replaced objects of which nothing tells how they were: that is said, and none of their changes
    can be shown. What they shall be is held against its digest all the same."""
    return frozenset(
        item.ref
        for item in plan.base
        if item.replaced and object_digest(before.get(item.ref, {})) != item.digest
    )


def _without(refs: frozenset[ObjectRef], objects: Objects) -> Objects:
    return {ref: data for ref, data in objects.items() if ref not in refs} if refs else objects


def _digests(
    plan: PlanFile, changes: Sequence[Change], before: Objects, after: Objects
) -> Iterator[str]:
    """Objects of the build that are not the planned ones by their digest, which holds also what
    plan.json does not show. What drifted in a root, where no patch looks, may differ here."""
    touched = by_object(changes)
    free = {item.ref: item.digest for item in plan.base if not item.binding}
    for item in plan.objects:
        built = after.get(built_ref(item.ref, touched.get(item.ref, [])))
        if built is None or item.digest in (None, object_digest(built)):
            continue
        own = [p for p in plan.changes if p.change.object == item.ref]
        hidden = list(dict.fromkeys(format_path(at) for each in own for at in each.redacted))
        drifted = item.ref in free and object_digest(before.get(item.ref, {})) != free[item.ref]
        if hidden:
            why = "cannot be checked, since the object drifted" if drifted else "not as planned"
            yield f"{item.ref}: {', '.join(hidden)}: {why} (it holds a secret)"
        elif not drifted:
            yield f"{item.ref}: in the build it is not what was planned"


def _judged(plan: PlanFile, builds: Builds, judge: Judge) -> tuple[Judgement, tuple[str, ...]]:
    """What the checks say of what matters in the build, as the plan's reading takes it."""
    touched = by_object(_shown(plan))
    named = {item.ref for item in plan.base}
    named |= {built_ref(item.ref, touched.get(item.ref, [])) for item in plan.objects}
    documents = [d for d in builds.documents if d.ref in named or matters(d.text.encode())]
    try:
        return judge(documents, plan.release), ()
    except MigratorError as error:
        lines = tuple(f"the build cannot be judged: {line}" for line in error.lines())
        return Judgement(findings=(), daemons=()), lines


def _new(plan: PlanFile, judgement: Judgement) -> tuple[list[str], list[str]]:
    """(what the build lacks or shows that the plan did not say, the blockers that it did)."""
    left = Counter(plan.standing)
    new: list[str] = []
    known: list[str] = []
    for finding in judgement.findings:
        what = (finding.id, finding.severity, finding.object)
        line = f"{finding.object or 'the build'}: {finding.id}, {redact_text(finding.seen)}"
        if not left[what]:
            new.append(f"{line}: a {finding.severity} that the plan did not have")
        elif finding.severity == "blocker":
            known.append(line)
        left[what] -= 1
    new += [
        f"{ref}: does not run the daemon of v{plan.release} in the build"
        for ref in plan.daemons
        if ref not in judgement.daemons
    ]
    return new, known


def _pairs(
    plan: PlanFile, changes: Sequence[Change], before: Objects, after: Objects
) -> Iterator[tuple[str, Mapping[str, Any] | None, Mapping[str, Any]]]:
    """(name, in the base, in the build) of the plan's own objects: those of a kustomize root that
    the plan leaves alone are the user's."""
    touched = by_object(changes)
    for item in plan.objects:
        new = built_ref(item.ref, touched.get(item.ref, []))
        if new in after:
            yield str(item.ref), before.get(item.ref), after[new]


def _images(plan: PlanFile, changes: Sequence[Change], after: Objects) -> Iterator[str]:
    """Shim and daemon must come from one image (K14): the init containers that share the
    repository of the Multus container have its very image."""
    touched = by_object(changes)
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
