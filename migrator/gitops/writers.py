"""The writers that may have a place for a plan, in the order in which they are tried."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from migrator.checks.charts import POST_RENDERED
from migrator.gitops.applied_components import applied_components
from migrator.gitops.choice import Choice, Rewrites, reasons
from migrator.gitops.components import FOLDER, components
from migrator.gitops.in_place import Rewrite, in_place
from migrator.gitops.proof import renders_changed
from migrator.gitops.refs import refs
from migrator.gitops.release_values import with_values
from migrator.gitops.root_refs import root_refs, root_refs_with_patches
from migrator.gitops.thick_mode import (
    Switched,
    rest,
    switched,
    told,
    unproved,
    without_config_maps,
)
from migrator.gitops.thick_values import with_thick_mode
from migrator.gitops.trial import EQUAL, Claim, Trial, found_by_components, top, tried, with_edits
from migrator.gitops.waves import late_files
from migrator.inventory.chart_data import described_charts, has_values
from migrator.kustomize.emit import COMPONENT_FILE
from migrator.model.errors import MigratorError
from migrator.model.inputs import Render
from migrator.model.plan import Plan
from migrator.read.chart_sources import ChartSource, chart_source
from migrator.read.kustomization import upstream_entries
from migrator.read.releases import releases
from migrator.trees.redact import redact_text
from migrator.trees.wording import listed

IN_PLACE: Final = "in place"
COMPONENT: Final = "in a component"
VALUES: Final = "in the values of the chart"
THICK_MODE: Final = "in the values of the chart, which has a thick mode"
REFS: Final = "in the ref of upstream's manifest"
APPLIED: Final = "in a component that one object lists"
PATCHES: Final = "in the ref of upstream's manifest, with patches behind your own"
"""How a writer holds the plan, in words."""

_COMPONENT_NOTE: Final = (
    "{folder}/ is a component, which has no base: a CI that builds each folder by itself has to leave "
    f"it out. Its file is {COMPONENT_FILE}, which those pass over that look for kustomization.yaml."
)


def writers(trial: Trial, committed: Callable[[], Plan]) -> Mapping[str, Callable[[], Rewrites]]:
    """Those that may have a place, the one that changes the least of its kind first. ``committed``
    is the plan with names of files that may be committed."""
    plan, inputs = trial.plan, trial.inputs
    found: dict[str, Callable[[], Rewrites]] = {}
    if any(render.manifests for render in renders_changed(plan)):
        fetch = None if _is_given(trial) else trial.fetch
        return {REFS: lambda: refs(plan, inputs, fetch)}
    if any(render.folder for render in renders_changed(plan)):
        return {APPLIED: lambda: applied_components(trial, committed())}
    if renders := switched(plan):
        found[THICK_MODE] = lambda: by_thick_mode(trial, renders)
    if any(has_values(r) and r not in renders for r in renders_changed(plan)):
        found[VALUES] = lambda: in_place(plan, inputs, with_values)
    if given := next(filter(None, (_only_given(plan, r) for r in renders_changed(plan))), None):
        found[VALUES] = partial(_needs_the_chart, given, inputs)
    found[IN_PLACE] = lambda: in_place(plan, inputs)
    root = top(plan)
    if root is not None and any(True for _ in upstream_entries(root)):
        edited = partial(with_edits, trial, root)
        found = {
            REFS: lambda: root_refs(plan, committed(), inputs, root, edited),
            PATCHES: lambda: root_refs_with_patches(plan, inputs, root, edited),
            **found,
        }
    if root is not None and not plan.before.inventory.reading.renders:
        found[COMPONENT] = lambda: components(
            plan, committed(), inputs, root, found_by_components(trial, root)
        )
    return found


def _only_given(plan: Plan, render: Render) -> ChartSource | None:
    """The chart of which the user gave what it renders, and of which it is known how its values are
    written."""
    if render.chart_name or render.manifests:
        return None
    documents = plan.before.inventory.reading.documents
    asking = next(d for d in documents if d.ref == render.release)
    found = (chart_source(release, documents) for release in releases(asking))
    return next((each for each in found if each.name in described_charts()), None)


def _needs_the_chart(source: ChartSource, inputs: Sequence[str]) -> Rewrites:
    """Errors: MigratorError, always, with what to type."""
    again = shlex.join(["multus-migrator", "edit", *inputs])
    how = (
        f"{again} --fetch"
        if source.remote
        else f"{again}, with the chart at {source.path or 'charts/'},"
    )
    raise MigratorError(
        f"only what {source.name} renders was given, and to prove its values helm has to render it here: "
        f"{how} writes them without --rendered"
    )


def _is_given(trial: Trial) -> bool:
    """Whether the user gave what is applied of upstream's manifest: that is not what will be."""
    names = {entry.partition("=")[0].rpartition("/")[2] for entry in trial.rendered}
    return any(r.manifests and r.release.name in names for r in renders_changed(trial.plan))


def claim(trial: Trial, writer: str) -> Claim:
    """What is proved of what a writer, told by its words, writes."""
    if writer != THICK_MODE:
        return EQUAL
    renders = switched(trial.plan)
    return Claim(
        lambda plan, again: unproved(plan, again, renders),
        lambda plan, again: told(plan, again, renders),
    )


def by_thick_mode(trial: Trial, renders: Switched) -> Rewrites:
    """The values that switch on the thick mode of charts; and where a release can patch what its chart
    renders then, what that lacks in post-renderers.

    Errors: MigratorError where the values cannot say it.
    """
    plan = without_config_maps(trial.plan, renders)
    first = in_place(plan, trial.inputs, with_thick_mode(trial.plan))
    if all(render.release.kind != POST_RENDERED for render in renders):
        return first
    with tried(trial, first) as (copy, inputs, given):
        left = rest(plan, trial.again(inputs, given), renders)
        second = in_place(left, inputs) if left.changed else ()
        return _over(first, second, lambda path: trial.found.root / path.relative_to(copy))


def _over(first: Rewrites, second: Rewrites, real: Callable[[Path], Path]) -> Rewrites:
    """Two edits as one: the ``second`` is of a copy with the ``first``, and ``real`` gives its files."""
    made = {os.path.realpath(each.path): each for each in first}
    for each in second:
        place = str(real(each.path))
        there = made.get(place)
        path = there.path if there else Path(os.path.relpath(place))
        made[place] = Rewrite(path=path, old=there.old if there else each.old, new=each.new)
    return tuple(sorted(made.values(), key=lambda rewrite: rewrite.path))


def _why(*errors: MigratorError) -> str:
    lines = [line.partition("; ")[0] for error in errors for line in reasons(error)]
    return redact_text(listed(lines, 1))


def notes(choice: Choice) -> tuple[str, ...]:
    """Why it was not written as it would be first, and what to know of the folder that was written
    instead, or of files that are applied before the release."""
    if choice.writer == COMPONENT:
        note = _COMPONENT_NOTE.format(folder=FOLDER)
        tried = zip((IN_PLACE, REFS), reversed(choice.passed), strict=False)
        return (*(f"Not {name}: {_why(error)}." for name, error in tried), note)
    if choice.writer == APPLIED:
        return tuple(
            _COMPONENT_NOTE.format(folder=each.path.parent.name)
            for each in choice.rewrites
            if each.old is None and each.path.name == COMPONENT_FILE
        )
    if choice.writer == PATCHES:
        return (f"Not in a component: {_why(*choice.passed)}.",)
    if choice.passed:
        return (f"Not {VALUES}: {_why(*choice.passed)}.",)
    return tuple(late_files(choice.rewrites)) if choice.writer == VALUES else ()
