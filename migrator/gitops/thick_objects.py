"""What upstream's thick manifest gives, against what is planned: what is left to change of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from migrator.gitops.proof import fallen, marked
from migrator.kustomize.compare import built_ref
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, ObjectRef, Path, Source
from migrator.model.plan import Change, Plan, Planned
from migrator.trees.paths import diff_paths, get, put, same
from migrator.trees.wording import listed

Objects = Mapping[ObjectRef, Mapping[str, Any]]
Build = Mapping[ObjectRef, Document]

RULE: Final = "P68"
_KEPT: Final = "kept as it is today; upstream's thick manifest differs here"
_SELECTOR: Final[Path] = ("spec", "selector")
_OVERLAY: Final = "use the overlay that plan writes"


def desired(plan: Plan, file: str, final: Build, source: Source) -> Objects:
    """What is to be applied of what ``file`` (a build) gave, as planned or else as it is, and of new
    objects those that are in ``final``, the same build with the thick manifest.

    Errors: MigratorError where that has objects of which the plan knows nothing, or lacks some that are
    needed.
    """
    documents = plan.before.inventory.reading.documents
    wanted = {d.ref: d.data for d in documents if d.source.file == file}
    for planned in plan.objects:
        ref = built_ref(planned.ref, planned.changes)
        if planned.document is not None and planned.ref in wanted:
            del wanted[planned.ref]
            wanted[ref] = planned.desired
        elif planned.document is None and ref in final:
            wanted[ref] = marked(planned.desired, final[ref].data)
    if more := [str(ref) for ref in final if ref not in wanted]:
        message = f"upstream's thick manifest has {listed(more)}, which is not planned"
        raise MigratorError(message, source=source, hint=_OVERLAY)
    unused = fallen(plan, final)
    if gone := [str(ref) for ref in wanted if ref not in final and ref not in unused]:
        message = f"upstream's thick manifest has no {listed(gone)}, which is still used"
        raise MigratorError(message, source=source, hint=_OVERLAY)
    return wanted


def left(
    plan: Plan, wanted: Mapping[str, Any], final: Document, found: Document, source: Source
) -> Planned | None:
    """What is left to change of an object: ``found`` is how what changes it finds it, and ``final`` what
    becomes of that. None for nothing.

    Errors: MigratorError for another selector, which nothing can change.
    """
    tree: Any = found.data
    changes: list[Change] = []
    for path, _, after in diff_paths(final.data, wanted):
        if path[: len(_SELECTOR)] == _SELECTOR:
            message = f"upstream's thick manifest gives {final.ref} another selector"
            raise MigratorError(message, source=source, hint=_OVERLAY)
        before = get(tree, path)
        if not same(before, after):
            tree = put(tree, path, after)
            rule, reason = _why(plan, final.ref, path)
            changes.append(change(found.ref, path, before, after, rule=rule, reason=reason))
    if not changes:
        return None
    return Planned(ref=found.ref, document=found, desired=tree, changes=tuple(changes))


def change(
    ref: ObjectRef, path: Path, before: Any, after: Any, *, rule: str, reason: str
) -> Change:
    return Change(
        object=ref, path=path, before=before, after=after, reason=reason, rule=rule, source=None
    )


def _why(plan: Plan, ref: ObjectRef, path: Path) -> tuple[str, str]:
    """The rule and reason of a planned change of that place, or that it stays."""
    own: Sequence[Change] = [
        change
        for planned in plan.objects
        if (planned.ref.kind, planned.ref.name) == (ref.kind, ref.name)
        for change in planned.changes
    ]
    for each in own:
        short, long = sorted((each.path, path), key=len)
        if long[: len(short)] == short:
            return each.rule, each.reason
    return RULE, _KEPT


def made(plan: Plan, wanted: Objects) -> frozenset[ObjectRef]:
    """The planned objects that are among these, by their names before the plan."""
    return frozenset(p.ref for p in plan.objects if built_ref(p.ref, p.changes) in wanted)
