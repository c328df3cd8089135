"""Networks that are written whole, where more of them change than patches are fit for.

kustomize looks for the object of each patch among all objects of its folder, while an object that is new is
merely read. So the new network is a resource of component/, and the old one stands in rollback/ alone.
A guard could not test it there: `verify` holds it against its digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from migrator.inventory.nads import GROUP, KIND
from migrator.kustomize.base import base_object
from migrator.kustomize.patchfiles import place, reason_of
from migrator.model.inputs import Document
from migrator.model.plan import Planned
from migrator.trees.dump import Location
from migrator.trees.laid_out import page

MOST_PATCHED: Final = 250
"""Changed networks up to which each is patched, with a guard and its reasons in a file of its own. That
many cost 1.2 s of CPU to prove, against 0.4 written whole; 500 cost 3.0 against 0.8, 1,000 7.6 against
3.3 (base, OUT and rollback, kustomize 5.5; benchmarks/build_time.py)."""

OLD: Final = "networks"
"""The folder below rollback/ that has them as they were."""


def number_in(files: Iterable[str]) -> int:
    """How many networks are written whole in OUT, of which ``files`` are the paths."""
    old = [path for path in files if path.startswith(f"rollback/{OLD}/")]
    return sum(not path.endswith("/kustomization.yaml") for path in old)


def split(objects: Sequence[Planned]) -> tuple[list[Planned], list[Planned]]:
    """(what is patched, new, or as it was; the networks that are written whole)."""
    networks = [planned for planned in objects if _is_changed_network(planned)]
    if len(networks) <= MOST_PATCHED:
        return list(objects), []
    return [planned for planned in objects if not _is_changed_network(planned)], networks


def _is_changed_network(planned: Planned) -> bool:
    """An object that is removed cannot be written whole, and a new one is in any case."""
    kind = (planned.ref.group, planned.ref.kind)
    return kind == (GROUP, KIND) and bool(planned.document and planned.changes and planned.desired)


def whole_text(planned: Planned, document: Document) -> str:
    """The network as it shall be, each change with its reason."""
    tree = base_object(document, planned.desired)
    header = [f"{planned.ref}, whole. As it was, it is in rollback/{OLD}."]
    comments: dict[Location, list[str]] = {}
    for change in planned.changes:
        if at := place(tree, change.path):
            comments.setdefault(at, []).append(reason_of(change))
        else:
            header.append(reason_of(change))
    return page(tree, header=header, comments=comments)
