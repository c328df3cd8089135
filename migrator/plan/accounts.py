"""What became of each thing of the old install (promise 2): nothing of it is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrator.inventory.install_documents import install_documents
from migrator.inventory.running import refused
from migrator.model.inputs import MISSING, ItemKey, ObjectRef
from migrator.model.plan import Account, Change, Outcome, Planned
from migrator.plan.parts import Part, parts
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.trees import paths, pods

_AS_IT_WAS = "as it was"
_POD = pods.TEMPLATE


def accounts(intent: Intent, objects: Sequence[Planned]) -> tuple[Account, ...]:
    """One Account for each flag and config key of the installs that move, then for each part of
    each object of the old install; none where nothing moves."""
    forms = intent.moving
    if not forms:
        return ()
    by_ref = {form.install.daemonset.ref: form for form in forms}
    ours = {document.ref for document in install_documents(intent.inventory)}
    result = [account for form in forms for account in _settings(form)]
    for planned in objects:
        if planned.document is not None and planned.ref in ours:
            result.extend(_object(planned, by_ref.get(planned.ref), intent))
    return tuple(result)


def _settings(form: Thick) -> Iterator[Account]:
    for entry in form.translation.entries:
        yield Account(
            kind="flag" if entry.kind == "flag" else "config-key",
            name=entry.name,
            outcome=entry.outcome,
            detail=entry.detail,
            source=entry.source,
            object=form.install.daemonset.ref,
        )


def _object(planned: Planned, form: Thick | None, intent: Intent) -> Iterator[Account]:
    document = planned.document
    assert document is not None  # noqa: S101  # accounts() gives no new object
    gone: set[tuple[Any, ...]] = set()
    for part in parts(document.data):
        container = _removed_container(part, planned.desired)
        if container in gone or _told_by_flags(part, form):
            continue
        if container:
            gone.add(container)
            part = Part(kind="field", path=container, at=part.at[: len(container)], value={})
        outcome, detail = _outcome(part, planned)
        special = _special(part, planned.ref, form, intent)
        yield Account(
            kind=part.kind,
            name=_name(part),
            outcome=special[0] if special else outcome,
            detail=special[1] if special else detail,
            source=document.at(part.at),
            object=planned.ref,
        )


def _removed_container(part: Part, desired: Mapping[str, Any]) -> tuple[Any, ...]:
    """The path of the container that the part belongs to, where the whole container goes."""
    for index, step in enumerate(part.path):
        if step in ("containers", "initContainers") and len(part.path) > index + 2:
            container = part.path[: index + 2]
            if paths.get(desired, container) is MISSING:
                return container
    return ()


def _told_by_flags(part: Part, form: Thick | None) -> bool:
    """The args of the Multus container, each of which is a flag above."""
    if form is None or not form.install.flags:
        return False
    main = ItemKey("name", form.install.container)
    return part.path[-3:] == ("containers", main, "args")


def _outcome(part: Part, planned: Planned) -> tuple[Outcome, str]:
    reason = _reason(part, planned.changes)
    if part.path and isinstance(part.path[-1], int):
        return _unnamed(part, paths.get(planned.desired, part.path[:-1]), reason)
    after = paths.get(planned.desired, part.path)
    if after is MISSING:
        return "dropped", reason
    if paths.same(part.value, after):
        return "kept", _AS_IT_WAS
    return "moved", f"{_short(after)}: {reason}"


def _unnamed(part: Part, after: Any, reason: str) -> tuple[Outcome, str]:
    """An item of a list without a merge key: tolerations, RBAC rules, subjects."""
    items = after if isinstance(after, list) else []
    if any(paths.same(part.value, item) for item in items):
        return "kept", _AS_IT_WAS
    if part.kind == "rbac-rule" and isinstance(part.value, Mapping):
        for item in items:
            if all(item.get(k) == part.value.get(k) for k in ("apiGroups", "resources")):
                return "moved", f"{', '.join(map(str, item.get('verbs') or []))}: {reason}"
    return "dropped", reason


def _reason(part: Part, changes: Sequence[Change]) -> str:
    for change in changes:
        if paths.related(change.path, part.path):
            return change.reason
    return "with the list that it stood in"


def _special(
    part: Part, ref: ObjectRef, form: Thick | None, intent: Intent
) -> tuple[Outcome, str] | None:
    """Parts whose meaning the old and the new value alone do not tell."""
    if form is not None and part.path[-1:] == ("command",):
        main = ItemKey("name", form.install.container)
        if part.path[-3:-1] == ("containers", main):
            return _command(form)
    if ref.kind == "ConfigMap" and part.path[:1] == ("data",):
        return _config_map_key(ref, str(part.path[-1]), intent)
    return None


def _command(form: Thick) -> tuple[Outcome, str] | None:
    if form.install.wrapper:
        return "unknown", "a script around the entrypoint: what else it does is not carried over"
    if form.install.entrypoint == "unknown":
        return "unknown", "neither entrypoint.sh, thin_entrypoint nor multus-daemon"
    return None


def _config_map_key(ref: ObjectRef, key: str, intent: Intent) -> tuple[Outcome, str] | None:
    """The config of a daemon that Multus refuses, the hand-written one, and the ConfigMap that
    upstream ships and auto mode never reads."""
    forms = intent.moving
    for form in forms:
        own = form.install.daemon_config
        if own is not None and (own.document.ref, own.key) == (ref, key):
            words = own.error or refused(own, intent.target.release)
            return ("unknown", words) if words else None
        config = form.install.config
        if config is not None and (config.document.ref, config.key) == (ref, key):
            if config.error:
                return "unknown", config.error
            return "moved", f"its keys are in daemon-config.json of ConfigMap {form.config_map}"
    here = [f for f in forms if f.install.daemonset.ref.namespace == ref.namespace]
    thin = [f for f in here if f.install.mode == "thin" and ref.name != f.config_map]
    mounted = any(_mounts(f, ref.name) for f in thin)
    if thin and mounted and ref.name == "multus-cni-config":
        return "kept", "thin mode did not read it in auto mode, and nothing mounts it any more"
    return None


def _mounts(form: Thick, name: str) -> bool:
    volumes = pods.items(pods.pod_spec(form.install.daemonset.data), "volumes")
    return any((v.get("configMap") or {}).get("name") == name for v in volumes)


def _name(part: Part) -> str:
    """How a person would call the part."""
    owner = _container(part)
    last = part.path[-1]
    if part.kind == "volume" and isinstance(part.value, Mapping):
        path = pods.host_path(part.value)
        return f"{part.value.get('name')}{f' ({path})' if path else ''}"
    if part.kind in ("mount", "env") and isinstance(last, ItemKey):
        return f"{last.value} in {owner}"
    if part.kind == "rbac-rule" and isinstance(part.value, Mapping):
        verbs, resources = part.value.get("verbs") or [], part.value.get("resources") or []
        return f"{', '.join(map(str, verbs))} on {', '.join(map(str, resources))}"
    for field, word in (("labels", "label"), ("annotations", "annotation")):
        if part.path[-2:-1] == (field,):
            where = " of its pods" if "template" in part.path else ""
            return f"{word} {last}{where}"
    if part.path[-2:-1] == ("tolerations",) and isinstance(part.value, Mapping):
        words = [str(part.value.get(k)) for k in ("key", "operator", "effect") if part.value.get(k)]
        return f"toleration {' '.join(words)}"
    if owner and not isinstance(last, int):
        rest = paths.format_path(part.path[len(_POD) + 2 :])
        return f"{rest} of {owner}"
    return paths.format_path(part.path).removeprefix("spec.template.")


def _container(part: Part) -> str:
    for index, step in enumerate(part.path):
        if step in ("containers", "initContainers") and len(part.path) > index + 1:
            item = part.path[index + 1]
            return item.value if isinstance(item, ItemKey) else f"container {item}"
    return ""


_ROOM = 90


def _short(value: Any) -> str:
    """A list of words (a command) as a list on one line, cut between two of them, so that its
    brackets are closed."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        whole = f"[{', '.join(value)}]"
        room = next((n for n in range(len(value), 1, -1) if _size(value[:n]) <= _ROOM), 1)
        return whole if len(whole) <= _ROOM else f"[{', '.join(value[:room])}, ...]"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _size(words: Sequence[str]) -> int:
    return sum(len(word) + 2 for word in words)
