"""The writers that may have a place for a plan, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from migrator.gitops.choice import Choice, Rewrites, reasons
from migrator.gitops.components import FOLDER, components
from migrator.gitops.in_place import in_place
from migrator.gitops.proof import renders_changed
from migrator.gitops.release_values import with_values
from migrator.gitops.trial import Trial, found_by_components, top
from migrator.gitops.waves import late_files
from migrator.inventory.chart_data import has_values
from migrator.kustomize.emit import COMPONENT_FILE
from migrator.model.plan import Plan
from migrator.trees.redact import redact_text
from migrator.trees.wording import listed

IN_PLACE: Final = "in place"
COMPONENT: Final = "in a component"
VALUES: Final = "in the values of the chart"
"""How a writer holds the plan, in words."""

_COMPONENT_NOTE: Final = (
    f"{FOLDER}/ is a component, which has no base: a CI that builds each folder by itself has to leave "
    f"it out. Its file is {COMPONENT_FILE}, which those pass over that look for kustomization.yaml."
)


def writers(trial: Trial, committed: Callable[[], Plan]) -> Mapping[str, Callable[[], Rewrites]]:
    """Those that may have a place, the one that changes the least of its kind first. ``committed``
    is the plan with names of files that may be committed."""
    plan, inputs = trial.plan, trial.inputs
    found: dict[str, Callable[[], Rewrites]] = {}
    if any(map(has_values, renders_changed(plan))):
        found[VALUES] = lambda: in_place(plan, inputs, with_values)
    found[IN_PLACE] = lambda: in_place(plan, inputs)
    root = top(plan)
    if root is not None and not plan.before.inventory.reading.renders:
        found[COMPONENT] = lambda: components(
            plan, committed(), inputs, root, found_by_components(trial, root)
        )
    return found


def notes(choice: Choice) -> tuple[str, ...]:
    """Why it was not written as it would be first, and what to know of the folder that was written
    instead, or of files that are applied before the release."""
    why = [line.partition("; ")[0] for error in choice.passed for line in reasons(error)]
    if choice.writer == COMPONENT:
        return (f"Not in place: {redact_text(listed(why, 1))}.", _COMPONENT_NOTE)
    if choice.passed:
        return (f"Not {VALUES}: {redact_text(listed(why, 1))}.",)
    return tuple(late_files(choice.rewrites)) if choice.writer == VALUES else ()
