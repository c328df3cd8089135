"""The writer for a release whose chart can express the plan: its values change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from migrator.gitops.chart_values import wanted_values
from migrator.gitops.dollars import is_own
from migrator.gitops.places import Carried, parsed_documents
from migrator.gitops.post_renderers import with_post_renderers
from migrator.gitops.rewrite import rewritten
from migrator.gitops.value_sets import all_values, changed_set
from migrator.inventory.chart_data import chart_data, has_values, thick_data
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, Render, ValueSet
from migrator.model.plan import Planned
from migrator.read.releases import yaml_map
from migrator.trees.dig import keys_and_texts
from migrator.trees.paths import get, put, same


def with_values(release: Mapping[str, Any], render: Render, objects: Sequence[Planned]) -> Carried:
    """The release, or the file that has its values, with those that make its chart render ``objects``
    as they were planned; with post-renderers where the chart's values are not known. Pure.

    Errors: MigratorError, with the line of the release, for what its values cannot say.
    """
    if not has_values(render) or thick_data(render.chart_name):
        return with_post_renderers(release, render, objects)
    refuse_unknown(render)
    values = all_values(render.values)
    try:
        wanted = wanted_values(chart_data(render.chart_name), values, objects)
    except MigratorError as error:
        raise MigratorError(error.message, source=render.source, hint=error.hint) from None
    return carried_by_values(release, render, *changed_set(render, wanted.entries, wanted.values))


def refuse_unknown(render: Render) -> None:
    """Errors: MigratorError where values are not known here: they may have the last word."""
    if render.unknown:
        what = ", ".join(render.unknown)
        message = f"not all values of {render.release} are known here: {what}"
        raise MigratorError(message, source=render.source)


def carried_by_values(
    release: Mapping[str, Any], render: Render, there: ValueSet, tree: Mapping[str, Any]
) -> Carried:
    """The release, or the file, with ``tree`` in place of the set of values that is ``there``. Pure.

    Errors: MigratorError where that cannot be written there.
    """
    _check_secrets(render, there, tree)
    if there.owner is None:
        return Carried(tree, Path(there.source.file))
    text = found if (found := get(release, there.path)) is not MISSING else {}
    if not same(yaml_map(text) if isinstance(text, str) else text, there.values):
        message = f"the values of {render.release} are others in its file than once that is built"
        hint = "change them where they come from"
        raise MigratorError(message, source=render.source, hint=hint)
    _check_unfilled(release, render, tree)
    return Carried(
        put(release, there.path, _text(text, tree, there) if isinstance(text, str) else tree)
    )


def _check_secrets(render: Render, there: ValueSet, tree: Any) -> None:
    """Errors: MigratorError where a value of a Secret alone would be written into values: with a whole
    list, or settings that containers share (ruling 19)."""
    plain = [each.values for each in render.values if not _is_secret(each)]
    hidden = {text for each in render.values if _is_secret(each) for text in _scalars(each.values)}
    hidden -= {text for values in plain for text in _scalars(values)}
    if hidden.intersection(_scalars(tree)):
        message = f"a value of a Secret would be written into the values of {render.release}"
        hint = f"write the settings that stand beside it into {there.source.file} by hand"
        raise MigratorError(message, source=render.source, hint=hint)


def _is_secret(each: ValueSet) -> bool:
    return each.owner is not None and each.owner.kind == "Secret"


def _scalars(tree: Any) -> Iterator[str]:
    """Texts and numbers of a tree; a switch is no secret."""
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from _scalars(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _scalars(value)
    elif tree is not None and not isinstance(tree, bool):
        yield str(tree)


def _check_unfilled(release: Mapping[str, Any], render: Render, tree: Any) -> None:
    """Errors: MigratorError for a ``${NAME}`` that comes from elsewhere: in the text of the release,
    Flux's postBuild would fill it in, as it never did where it comes from."""
    own = "\n".join(keys_and_texts(release))
    if any(not is_own(text, own) for text in keys_and_texts(tree)):
        message = (
            f"a variable that stands elsewhere would be filled in in the values of {render.release}"
        )
        raise MigratorError(message, source=render.source)


def _text(text: str, tree: Any, there: ValueSet) -> str:
    """A text that holds values with others. Errors: Refused as for a file of its own, at the line
    where the text begins."""
    numbers = [number for number, each in parsed_documents(text.encode(), "") if each.value]
    try:
        return rewritten(text, {numbers[0]: tree}, file=there.source.file)
    except MigratorError as error:
        raise MigratorError(error.message, source=there.source, hint=error.hint) from None
