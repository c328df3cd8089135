"""Values that a patch of the root makes: the plan's value is written into that patch.

A patch may be a part of an object (strategic merge) or a list of JSON6902 operations, in a file or in the
kustomization itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import partial
from typing import Any, Final, NamedTuple

from migrator.gitops.json_patches import MOVING, Where, lead, makes, shifts
from migrator.gitops.patch_texts import Patch, Spot, patches_of
from migrator.gitops.places import Within
from migrator.gitops.rewrite import rewritten
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ObjectRef, Path
from migrator.model.plan import Change
from migrator.read.files import shown
from migrator.read.kustomization import Kustomization
from migrator.trees.dig import keys_and_texts, string
from migrator.trees.paths import get, put, same

_OVERLAY: Final = "use the overlay that plan writes"


class Step(NamedTuple):
    """One operation of a JSON6902 patch."""

    patch: Patch
    number: int

    @property
    def operation(self) -> Any:
        return self.patch.tree[self.number]


class Taken(Enum):
    """Who makes a planned value: no patch, one alone, or the object's own file, with no patch against
    it."""

    NOT = "not"
    BY_PATCH = "by patch"
    WITH_FILE = "with file"


class RootPatches:
    """The patches of a root and of what it builds on, and what becomes of them."""

    def __init__(self, members: Iterable[Kustomization]) -> None:
        found = [patch for member in members for patch in patches_of(member)]
        self._merges = [patch for patch in found if _is_merge(patch.tree)]
        self._lists = [(patch, _steps(patch)) for patch in found if isinstance(patch.tree, list)]
        self._trees = {patch.spot: patch.tree for patch in found}
        self._sources = {patch.spot: patch.source() for patch in found}
        self.wanted: dict[Spot, Any] = {}
        self._gone: dict[Spot, set[int]] = {}

    def take(self, ref: ObjectRef, change: Change, here: Any, built: Any) -> Taken:
        """Who makes what is planned then. ``here`` is the object as the user's file has it, ``built`` as
        it was planned from.

        Errors: MigratorError with the place of an operation that would not do the same any more.
        """
        steps = self._steps_for(ref)
        _refuse(steps, ref, change, here, built)
        found = get(here, change.path)
        own = [*self._merging(ref, change), *self._setting(steps, change, here, built)]
        if not own and self._overruled(steps, change, here, built):
            taken = Taken.WITH_FILE
        elif len(own) == 1:
            own[0]()
            in_file = change.after is MISSING or same(found, change.before)
            taken = Taken.WITH_FILE if in_file else Taken.BY_PATCH
        else:
            return Taken.NOT
        tested = [change.before, *([found] if taken is Taken.WITH_FILE else [])]
        self._keep_tests(steps, change, here, built, tested)
        return taken

    def _steps_for(self, ref: ObjectRef) -> list[Step]:
        return [step for patch, steps in self._lists if patch.may_be_of(ref) for step in steps]

    def settle(self, ref: ObjectRef, here: Any, after: Any) -> None:
        """Errors: MigratorError with the place of an operation that stays, and whose index means another
        item once the file has ``after``."""
        for step in self._steps_for(ref):
            stays = step.number not in self._gone.get(step.patch.spot, ())
            if stays and shifts(step.operation, here, after):
                raise _refusal(
                    step, f"its index would mean another item of {ref} once that is thick"
                )

    def _merging(self, ref: ObjectRef, change: Change) -> Iterator[Callable[[], None]]:
        """What makes each strategic merge patch give the planned value that gives the one before."""
        for patch in self._merges:
            value = get(patch.tree, change.path) if patch.may_be_of(ref) else MISSING
            alone = value is not MISSING and same(value, change.before)
            if alone and not _directed(patch.tree, change.path):
                yield partial(self._put, patch.spot, change.path, change.after)

    def _setting(
        self, steps: Iterable[Step], change: Change, here: Any, built: Any
    ) -> Iterator[Callable[[], None]]:
        """The same for the operations that set it, or what is around it."""
        for step in steps:
            led = lead(step.operation, change.path, here, built)
            if makes(step.operation, led, change.before):
                yield partial(self._set, step, led.rest, change.after)

    def _overruled(self, steps: Iterable[Step], change: Change, here: Any, built: Any) -> bool:
        """Takes the operations away that change parts of what the file is to have whole, and says
        whether that makes it what was planned from."""
        found = get(here, change.path)
        below = [s for s in steps if _where(s, change, here, built) is Where.BELOW]
        removing = [
            step
            for step in steps
            if change.before is MISSING
            and string(step.operation, "op") == "remove"
            and _where(step, change, here, built) is Where.AT
        ]
        if not same(found, change.before) and not any(not _tests(s) for s in (*below, *removing)):
            return False
        for step in (*below, *removing):
            self._drop(step)
        return True

    def _keep_tests(
        self, steps: Iterable[Step], change: Change, here: Any, built: Any, tested: Iterable[Any]
    ) -> None:
        """A ``test`` of a value that was there before is one of what is there then."""
        for step in filter(_tests, steps):
            led = lead(step.operation, change.path, here, built)
            value = get(step.operation.get("value"), led.rest)
            holds = value is not MISSING and any(_agrees(value, each) for each in tested)
            if led.where in (Where.AT, Where.ABOVE) and holds:
                self._set(step, led.rest, change.after)

    def _set(self, step: Step, rest: Path, value: Any) -> None:
        if rest or value is not MISSING:
            self._put(step.patch.spot, (step.number, "value", *rest), value)
        else:
            self._drop(step)

    def _put(self, spot: Spot, path: Path, value: Any) -> None:
        self.wanted[spot] = put(self.wanted.get(spot, self._trees[spot]), path, value)

    def _drop(self, step: Step) -> None:
        spot = step.patch.spot
        self.wanted.setdefault(spot, self._trees[spot])
        self._gone.setdefault(spot, set()).add(step.number)

    def thinned(self, trees: Callable[[Spot], dict[int, Any]]) -> None:
        """Takes what has to go out of the documents (by number) of the files that hold it, as ``trees``
        gives them: where that alone is written first, no comment of what stays is lost."""
        for spot in filter(self._gone.__contains__, self.wanted):
            if not spot.within and (left := self._left(spot, self._trees[spot])):
                trees(spot)[spot.document] = left
        self._without_empty(trees)

    def into(self, trees: Callable[[Spot], dict[int, Any]]) -> None:
        """Puts all that changes into these documents, and takes out what has to go.

        Errors: MigratorError for a file of which nothing would be left, which no kustomization may list.
        """
        texts: dict[Spot, list[Spot]] = {}
        for spot, tree in self.wanted.items():
            left = self._left(spot, tree)
            if spot.within and left:
                texts.setdefault(spot._replace(inner=0), []).append(spot)
            elif left:
                trees(spot)[spot.document] = left
            elif not spot.within:
                hint = f"take the file out of its kustomization first, or {_OVERLAY}"
                message = "all operations of this patch would have to go"
                raise MigratorError(message, source=self._sources[spot], hint=hint)
        for first, spots in texts.items():
            there = trees(first)
            text = get(there[first.document], first.within)
            for given in (self._trees, self.wanted):
                new = {spot.inner: self._left(spot, given[spot]) for spot in spots}
                text = rewritten(text, new, file=shown(first.file))
            there[first.document] = put(there[first.document], first.within, text)
        self._without_empty(trees)

    def _left(self, spot: Spot, tree: Any) -> Any:
        gone = self._gone.get(spot, ())
        return [each for n, each in enumerate(tree) if n not in gone] if gone else tree

    def _without_empty(self, trees: Callable[[Spot], dict[int, Any]]) -> None:
        """Takes entries out of which nothing is left, from the end, so that no number changes before it
        is used."""
        empty = {
            spot._replace(within=spot.within[:2])
            for spot, tree in self.wanted.items()
            if spot.within and not self._left(spot, tree)
        }
        for spot in sorted(empty, reverse=True):
            there = trees(spot)
            there[spot.document] = _without(there[spot.document], spot.within)


def _steps(patch: Patch) -> list[Step]:
    numbered = enumerate(patch.tree)
    return [Step(patch, n) for n, operation in numbered if isinstance(operation, Mapping)]


def _without(tree: Any, entry: Within) -> Any:
    """A kustomization without an entry of a list, and without the list if that was the last."""
    left = put(tree, entry, MISSING)
    return left if left[entry[0]] else put(left, entry[:1], MISSING)


def _agrees(value: Any, there: Any) -> bool:
    """Whether a ``test`` holds: null is what is not there, too (evanphx/json-patch, test)."""
    return value is None if there is MISSING else same(value, there)


def _is_merge(tree: Any) -> bool:
    return isinstance(tree, Mapping) and bool(string(tree, "kind"))


def _directed(tree: Any, path: Path) -> bool:
    """Whether a directive (``$patch``, ``$retainKeys`` and the like) stands on the way to a value, or is
    a part of it: what is there is not merged as it stands."""
    on_the_way = (get(tree, path[:length]) for length in range(len(path)))
    keys = [key for each in on_the_way if isinstance(each, Mapping) for key in each]
    keys += keys_and_texts(get(tree, path))
    return any(isinstance(key, str) and key.startswith("$") for key in keys)


def _where(step: Step, change: Change, here: Any, built: Any) -> Where:
    return lead(step.operation, change.path, here, built).where


def _tests(step: Step) -> bool:
    return string(step.operation, "op") == "test"


def _refuse(steps: Iterable[Step], ref: ObjectRef, change: Change, here: Any, built: Any) -> None:
    """Errors: MigratorError for what takes a value from one place to another, or means it by an index
    that was another one before."""
    for step in steps:
        what = string(step.operation, "op")
        if _where(step, change, here, built) is Where.SHIFTED:
            raise _refusal(
                step, f"its index means another item of {ref} before the patches than after"
            )
        ends = ("path", "from") if what in MOVING else ()
        leads = [lead(step.operation, change.path, here, built, end).where for end in ends]
        if set(leads) - {Where.APART}:
            raise _refusal(step, f"op: {what} has to do with what changes in {ref}")


def _refusal(step: Step, message: str) -> MigratorError:
    hint = f"write out what it does, or {_OVERLAY}"
    return MigratorError(message, source=step.patch.source(step.number), hint=hint)
