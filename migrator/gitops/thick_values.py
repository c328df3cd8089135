"""The writer for a release whose chart has a thick mode of its own: its values switch that on.

Which values do it is data (`inventory/chart_data.py`). What the chart's templates say then is theirs: what
of the plan they lack is for post-renderers, or is said (`gitops/thick_mode.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from migrator.checks.charts import POST_RENDERED
from migrator.gitops.chart_values import steps
from migrator.gitops.in_place import Carry
from migrator.gitops.places import Carried
from migrator.gitops.release_values import carried_by_values, refuse_unknown, with_values
from migrator.gitops.value_sets import FLUX_VALUES, all_values, changed_set
from migrator.inventory.chart_data import ThickData, elsewhere_of, render_values, thick_data
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ObjectRef, Render, Source, ValueSet
from migrator.model.inventory import Install
from migrator.model.plan import Plan, Planned
from migrator.multus.images import parse_image
from migrator.read.releases import yaml_map
from migrator.steps.resources import with_room
from migrator.trees import pods
from migrator.trees.dig import mapping, string
from migrator.trees.paths import format_path, get, put, same

Values = Mapping[str, Any]

_RESOURCES: Final = "resources"
_CHART: Final = ObjectRef(group="", kind="Chart", namespace="", name="")
"""Who has the defaults of a chart, which nobody changes here."""


def with_thick_mode(plan: Plan) -> Carry:
    """What makes a release carry a plan by the thick mode of its chart; other releases carry theirs as
    `with_values` does."""
    installs = {i.daemonset.ref: i for i in plan.after.inventory.installs}
    before = {i.daemonset.ref: i for i in plan.before.inventory.installs}

    def carry(release: Mapping[str, Any], render: Render, objects: Sequence[Planned]) -> Carried:
        data = thick_data(render.chart_name)
        if data is None:
            return with_values(release, render, objects)
        refuse_unknown(render)
        daemons = [p.ref for p in objects if p.ref in installs]
        if len(daemons) != 1:
            message = f"{render.release} makes {len(daemons)} DaemonSets of Multus that change"
            raise MigratorError(message, source=render.source)
        whole, (daemon,) = _with_defaults(render), daemons
        today = _main(before[daemon])
        try:
            wanted = thick_values(data, whole, installs[daemon], today)
        except MigratorError as error:
            raise MigratorError(error.message, source=render.source, hint=error.hint) from None
        there, tree = _changed_set(data, whole, wanted)
        if _RESOURCES in data.fields and _RESOURCES in today and _has_no_patches(render):
            there, tree = _with_room(data, whole, wanted, there, tree)
        return carried_by_values(release, render, there, tree)

    return carry


def _has_no_patches(render: Render) -> bool:
    return render.release.kind != POST_RENDERED


def _changed_set(data: ThickData, render: Render, wanted: Values) -> tuple[ValueSet, Values]:
    """The set that changes, and what it is then. Errors: those of `changed_set`."""
    stays = [steps(path) for path in data.fields.values()]
    entries = [steps(data.config), ()]  # the last set of the release itself, whatever it holds
    return changed_set(render, entries, wanted, stays)


def _with_room(
    data: ThickData, render: Render, wanted: Values, there: ValueSet, tree: Values
) -> tuple[ValueSet, Values]:
    """The set that changes, with limits that have to stay raised to what a daemon needs.

    Errors: MigratorError where another set has the last word on them.
    """
    path = steps(data.fields[_RESOURCES])
    found = get(_all_with(render, there, tree), path)
    roomy = with_room(found) if isinstance(found, Mapping) else found
    if same(roomy, found):
        return there, tree
    there, tree = _changed_set(data, render, put(wanted, path, roomy))
    limits = (*path, "limits")
    if same(get(_all_with(render, there, tree), limits), roomy["limits"]):
        return there, tree
    over = [each.source for each in render.values if get(each.values, limits) is not MISSING]
    message = (
        f"{format_path(limits)} in {over[-1]} has the last word, and a daemon in which all plugins run "
        "needs more (P23)"
    )
    raise MigratorError(message, source=render.source, hint="take it out there")


def _all_with(render: Render, there: ValueSet, tree: Values) -> Values:
    """All values of a release, with ``tree`` in place of the set that is ``there``."""
    return all_values([replace(s, values=tree) if s is there else s for s in render.values])


def thick_values(
    data: ThickData, render: Render, install: Install, today: Mapping[str, Any]
) -> Values:
    """All values of a release with which its chart runs ``install``, as far as they can say it; ``today`` is
    the container that runs Multus now. Pure.

    Errors: MigratorError for what they cannot say and the daemon cannot do without.
    """
    if other := elsewhere_of(render):
        raise MigratorError(
            f"the thick mode of {render.chart_name} has other directories than {other[0]}"
        )
    values = render_values(render)
    for path, value in data.values.items():
        values = _put(values, path, value)
    container = _main(install)
    values = _with_image(data, values, string(container, "image"), render)
    config = install.daemon_config.data if install.daemon_config else {}
    said = mapping(values, *steps(data.config))
    for key in dict.fromkeys([*said, *config]):
        if not same(said.get(key, MISSING), config.get(key, MISSING)):
            values = put(values, (*steps(data.config), key), config.get(key, MISSING))
    for field, path in data.fields.items():
        if field in today and field in container:  # else the chart has it switched off
            values = _put(values, path, container[field])
    return values


def _with_image(data: ThickData, values: Values, text: str, render: Render) -> Values:
    image = parse_image(text)
    registry = get(values, steps(data.registry)) if data.registry else ""
    prefix = f"{registry}/" if isinstance(registry, str) and registry else ""
    if not image.tag or not image.repository.startswith(prefix):
        what = f"no image that begins with {prefix}" if image.tag else "an image without a tag"
        message = f"{text} is {what}, and the values of {render.chart_name} have nothing else"
        raise MigratorError(message, hint="name another one with --image")
    tag = f"{image.tag}@{image.digest}" if image.digest else image.tag
    values = _put(values, f"{data.image}.repository", image.repository.removeprefix(prefix))
    return _put(values, f"{data.image}.tag", tag)


def _put(values: Values, path: str, value: Any) -> Values:
    """Errors: MigratorError where the values have something else on the way."""
    changed: Values = put(values, steps(path), value)
    return changed


def _main(install: Install) -> Mapping[str, Any]:
    """The container that runs Multus."""
    return pods.container(pods.pod_spec(install.daemonset.data), install.container)


def _with_defaults(render: Render) -> Render:
    """The render with the defaults of its chart as the first set of values, and with an empty one of its
    own where a HelmRelease has none: it lies over those that are taken from elsewhere."""
    source = Source(file=f"{render.chart or render.chart_name}/values.yaml", line=1)
    defaults = ValueSet(owner=_CHART, path=(), source=source, values=yaml_map(render.defaults))
    values = (defaults, *render.values)
    if render.release.kind == POST_RENDERED and all(each.path != FLUX_VALUES for each in values):
        own = ValueSet(owner=render.release, path=FLUX_VALUES, source=render.source, values={})
        values = (*values, own)
    return replace(render, values=values, defaults="")
