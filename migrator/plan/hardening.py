"""What a thick install works without: withheld where nothing can add it, and added where a chart has it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from migrator.checks.charts import POST_RENDERED
from migrator.inventory.chart_data import has_value, has_values, thick_data
from migrator.model.inputs import ObjectRef, Render
from migrator.model.plan import Change
from migrator.steps import STEPS
from migrator.thick.form import Thick
from migrator.thick.intent import Intent


def all_changes(intent: Intent) -> list[Change]:
    """What the steps yield, in their order."""
    return [change for _, step in STEPS for change in step(intent)]


def without_hardening(intent: Intent) -> Intent:
    """The intent in which the thick installs of charts stay as they are, if nothing but hardening would be
    planned for what a chart renders and nothing can patch that: this is withheld. Where they need more,
    all is planned, and what the chart has no value for is stuck. Pure."""
    made = {r.name: r for r in intent.inventory.reading.renders if not _can_be_patched(r)}
    asked = [form for form in intent.moving if _file(form) in made]
    if not any(form.install.mode == "thick" for form in asked):
        return intent
    still = _with_moves(intent, intent.forms, moves=False)
    anyway = {(change.object, change.path) for change in all_changes(still)}
    withheld: list[Change] = []
    stuck: list[Change] = []
    for name in dict.fromkeys(map(_file, asked)):
        forms = [form for form in asked if _file(form) == name]
        if any(form.install.mode == "thin" or not form.image for form in forms):
            continue
        alone = all_changes(_with_moves(still, forms, moves=True))
        own = [change for change in alone if (change.object, change.path) not in anyway]
        if all(change.hardening for change in own):
            withheld += own
            intent = _with_moves(intent, forms, moves=False)
        else:
            data = thick_data(made[name].chart_name)
            needed = (c for c in own if c.object in _objects(intent, name) and not c.hardening)
            stuck += (c for c in needed if not (data and has_value(data, c)))
    return replace(intent, withheld=tuple(withheld), stuck=tuple(stuck))


def with_hardening(intent: Intent, files: Iterable[str]) -> Intent:
    """The intent in which the thick installs of some renders get the hardening, too, though they run
    without. Pure."""
    names = frozenset(files)
    forms = [form for form in intent.forms if _file(form) in names]
    return _with_moves(intent, forms, moves=True)


def _can_be_patched(render: Render) -> bool:
    """Whether its release can have post-renderers, or a component, or its values say all of its objects."""
    described = has_values(render) and thick_data(render.chart_name) is None
    return bool(render.folder) or render.release.kind == POST_RENDERED or described


def _file(form: Thick) -> str:
    return form.install.daemonset.source.file


def _objects(intent: Intent, name: str) -> frozenset[ObjectRef]:
    """What a chart made."""
    documents = intent.inventory.reading.documents
    return frozenset(d.ref for d in documents if d.source.file == name)


def _with_moves(intent: Intent, forms: Iterable[Thick], *, moves: bool) -> Intent:
    found = {form.install.daemonset.ref for form in forms}
    changed = (
        replace(form, moves=moves) if form.install.daemonset.ref in found else form
        for form in intent.forms
    )
    return replace(intent, forms=tuple(changed))
