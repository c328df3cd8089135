"""Thick mode as a chart has it: what of a plan its values do not say, and what is shown instead of that it is
the plan object by object.

A chart with a thick mode of its own names containers and its ConfigMap as it likes. To patch these into the
names of the plan would take more lines than to patch thin mode, and end with two ConfigMaps or one that no
value fills: so the chart's names stay, and the plan of what it renders then says what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from migrator.checks.charts import POST_RENDERED, places_of
from migrator.gitops.chart_values import steps
from migrator.gitops.proof import mismatches, renders_changed
from migrator.inventory.chart_data import has_values, render_values, thick_data
from migrator.model.inputs import MISSING, Document, ObjectRef, Render
from migrator.model.inventory import Install, State
from migrator.model.plan import Attachment, Plan, Resolution
from migrator.plan.planner import hardened
from migrator.read.releases import yaml_map
from migrator.trees import pods
from migrator.trees.dig import mapping, string
from migrator.trees.paths import same
from migrator.trees.wording import listed

Switched = tuple[Render, ...]


def switched(plan: Plan) -> Switched:
    """The renders that change, of charts whose values can switch on a thick mode of their own."""
    found = renders_changed(plan)
    return tuple(r for r in found if thick_data(r.chart_name) and has_values(r))


def without_config_maps(plan: Plan, renders: Switched) -> Plan:
    """The plan without new ConfigMaps that only daemons of such charts would read: the chart makes one."""
    names = {render.name for render in renders}
    own, others = set[ObjectRef](), set[ObjectRef]()
    for install in plan.after.inventory.installs:
        if install.daemon_config is not None:
            readers = own if install.daemonset.source.file in names else others
            readers.add(install.daemon_config.document.ref)
    gone = own - others
    kept = tuple(p for p in plan.objects if p.document is not None or p.ref not in gone)
    return replace(plan, objects=kept)


def rest(plan: Plan, again: Plan, renders: Switched) -> Plan:
    """What is left to patch once the values are written, of which ``again`` is the plan: all that it plans,
    and for what can be patched the hardening, too."""
    patched = {r.release for r in renders if r.release.kind == POST_RENDERED}
    return hardened(again, (r.name for r in _renders(again) if r.release in patched))


def unproved(plan: Plan, again: Plan, renders: Switched) -> Iterator[str]:
    """What of ``plan`` the edited values, of which ``again`` is the plan, do not keep: a sentence each."""
    releases = {render.release for render in renders}
    before, after = (_made(each, releases) for each in (plan, again))
    maps = {i.daemon_config.document.ref for i in _installs(again, releases) if i.daemon_config}
    apart = {*before, *after, *_planned_maps(plan, releases)}
    yield from mismatches(plan, rest(plan, again, renders), apart)
    for ref in before:
        if ref not in after:
            yield f"{ref}: the chart does not make it any more"
    for ref in after:
        if ref not in before and ref not in maps:
            yield f"{ref}: the chart makes it now, and it is not planned"
    found = {i.daemonset.ref: i for i in _installs(again, releases)}
    for wanted in _installs(plan, releases, plan.after):
        yield from _install_differs(wanted, found.get(wanted.daemonset.ref))
    yield from _attachments_differ(plan.attachments, again.attachments)


def told(plan: Plan, again: Plan, renders: Switched) -> str:
    """What is as it was planned, and what is the chart's own, in sentences."""
    number = len(plan.attachments)
    shown = (
        "Proved: the edited values were rendered again, and nothing is left to plan; daemon-config.json says "
        "what was planned, key by key"
    )
    if number:
        shown += f", and {'each of ' if number > 1 else ''}{number} {'networks' if number > 1 else 'network'}"
        shown += " of workloads is attached as was planned"
    releases = {render.release for render in renders}
    own = [*_names(plan, again, releases), *_lacking(again, releases)]
    own = own or [*_otherwise(plan, again)]
    unread = "".join(_unread(plan, again, renders))
    if not own:
        return f"{shown}. It is the plan, object by object{unread}"
    differs = f"and not the plan object by object: {'; '.join(own)}"
    return f"{shown}. It is the thick mode of the chart, {differs}{unread}"


def _names(plan: Plan, again: Plan, releases: Collection[ObjectRef]) -> Iterator[str]:
    found = {i.daemonset.ref: i for i in _installs(again, releases)}
    for wanted in _installs(plan, releases, plan.after):
        install = found[wanted.daemonset.ref]
        if install.container != wanted.container:
            yield f"its container is {install.container}, not {wanted.container}"
        maps = [i.daemon_config.document.ref for i in (install, wanted) if i.daemon_config]
        if len(set(maps)) > 1:
            yield f"its config is {maps[0]}, and {maps[1].name} is not needed"
    before, after = (_made(each, releases) for each in (plan, again))
    changed = {p.ref for p in plan.changed}
    for ref, document in after.items():
        plain = ref in before and ref not in changed and ref.kind != "ConfigMap"
        if plain and not same(document.data, before[ref].data):
            yield f"{ref} changes, too"


def _otherwise(plan: Plan, again: Plan) -> Iterator[str]:
    """Objects with the same under other words: the text of a config, and its checksum."""
    after = {document.ref: document.data for document in again.before.inventory.reading.documents}
    for planned in plan.changed:
        if not same(after.get(planned.ref), planned.desired):
            yield f"{planned.ref} says the same in other words"


def _lacking(again: Plan, releases: Collection[ObjectRef]) -> Iterator[str]:
    """What the values do not say."""
    files = [r.name for r in _renders(again) if r.release in releases]
    lacking = [c for p in hardened(again, files).changed for c in p.changes]
    if lacking:
        yield f"it goes without {places_of(lacking)}"


def _unread(plan: Plan, again: Plan, renders: Switched) -> Iterator[str]:
    """Sentences that tell which settings of the daemon the values had, of which thin mode reads none: they
    are not what the cluster does, and so they are not planned."""
    now = {render.release: render for render in _renders(again)}
    for render in renders:
        data, later = thick_data(render.chart_name), now.get(render.release)
        thin = all(i.mode == "thin" for i in _installs(plan, {render.release}))
        if data is None or later is None or not thin:
            continue
        values = yaml_map(render.defaults), render_values(render), render_values(later)
        default, before, after = (mapping(each, *steps(data.config)) for each in values)
        own = [key for key, value in before.items() if not same(value, default.get(key, MISSING))]
        gone = [key for key in own if key not in after]
        other = [key for key in own if key in after and not same(before[key], after[key])]
        told = [
            f"{what} {listed(keys, len(keys))}"
            for what, keys in (("loses", gone), ("gets another", other))
            if keys
        ]
        if told:
            yield f". {data.config} {' and '.join(told)}, since thin mode read nothing of that"


def _install_differs(wanted: Install, found: Install | None) -> Iterator[str]:
    ref = wanted.daemonset.ref
    if found is None or found.mode != "thick":
        yield f"{ref}: the chart does not run it in thick mode"
        return
    images = [string(_main(install), "image") for install in (found, wanted)]
    if images[0] != images[1]:
        yield f"{ref}: its image is {images[0]}, planned is {images[1]}"
    own = found.daemon_config.data if found.daemon_config else {}
    planned = wanted.daemon_config.data if wanted.daemon_config else {}
    for key in dict.fromkeys([*planned, *own]):
        if not same(own.get(key, MISSING), planned.get(key, MISSING)):
            yield f"{ref}: {key} of its daemon-config.json is not what was planned"


def _attachments_differ(
    planned: Iterable[Attachment], found: Iterable[Attachment]
) -> Iterator[str]:
    wanted = {_key(each): _what(each.after) for each in planned}
    there = {_key(each): _what(each.before) for each in found}
    for key in dict.fromkeys([*wanted, *there]):
        if wanted.get(key) != there.get(key):
            yield f"{key[0]}: {key[1]} would not be attached as was planned"


def _key(each: Attachment) -> tuple[Any, ...]:
    return each.workload, each.network, each.origin, each.nodes


def _what(each: Resolution) -> tuple[Any, ...]:
    return each.config, each.error, each.unknown, each.failure


def _main(install: Install) -> Mapping[str, Any]:
    return pods.container(pods.pod_spec(install.daemonset.data), install.container)


def _renders(plan: Plan) -> tuple[Render, ...]:
    return plan.before.inventory.reading.renders


def _made(plan: Plan, releases: Collection[ObjectRef]) -> Mapping[ObjectRef, Document]:
    """What the charts of some releases make, as it is."""
    files = {render.name for render in _renders(plan) if render.release in releases}
    documents = plan.before.inventory.reading.documents
    return {d.ref: d for d in documents if d.source.file in files}


def _installs(
    plan: Plan, releases: Collection[ObjectRef], state: State | None = None
) -> list[Install]:
    """The installs of some releases, as they are or in another state."""
    made = _made(plan, releases)
    return [i for i in (state or plan.before).inventory.installs if i.daemonset.ref in made]


def _planned_maps(plan: Plan, releases: Collection[ObjectRef]) -> Iterator[ObjectRef]:
    for planned in plan.objects:
        maps = (i.daemon_config for i in _installs(plan, releases, plan.after))
        if planned.document is None and any(m and m.document.ref == planned.ref for m in maps):
            yield planned.ref
