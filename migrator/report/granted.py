"""What the pods of an install may do after the move that they could not do before.

Access that a pod gains, from the pod templates and roles alone. It is about the pod as a whole: what
any of its containers could do before is not new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from migrator.model.plan import Plan, Planned
from migrator.multus.rbac import covers
from migrator.trees import pods

Pod = Mapping[str, Any]


class Access(Enum):
    """What a pod gains, the widest first."""

    PRIVILEGED = "privileged"
    CAPABILITIES = "capabilities"
    HOST_PID = "hostPID"
    HOST_NETWORK = "hostNetwork"
    HOST_IPC = "hostIPC"
    HOST_ROOT = "host-root"
    HOST_PATHS = "host-paths"
    NO_LIMIT = "no-limit"
    RIGHTS = "rights"


class Gain(Struct, frozen=True, kw_only=True):
    """One thing that is new; ``what`` names it: mount paths of the host's root, host paths, limits
    that are gone, rights. () where the access says all."""

    access: Access
    what: tuple[str, ...] = ()


_SWITCHES: Final = (Access.HOST_PID, Access.HOST_NETWORK, Access.HOST_IPC)
_RESOURCES: Final = ("cpu", "memory")


def gains(plan: Plan) -> tuple[Gain, ...]:
    """What the DaemonSets and roles of the plan gain, each thing once, in the order of `Access`."""
    found: dict[Access, dict[str, None]] = {}
    for planned in plan.changed:
        for access, what in _gained(planned):
            found.setdefault(access, {}).update(dict.fromkeys(what))
    return tuple(Gain(access=a, what=tuple(found[a])) for a in Access if a in found)


def granted(before: Sequence[Any], after: Sequence[Any]) -> tuple[str, ...]:
    """The rights to resources of the rules ``after`` that none of those ``before`` gives, as
    ``list, watch on pods``."""
    found: dict[str, dict[str, None]] = {}
    for rule in after:
        if not isinstance(rule, Mapping):
            continue
        known = before if not rule.get("resourceNames") else [*before, *_alike(before, rule)]
        for resource, verbs in _new(known, rule):
            found.setdefault(", ".join(verbs), {})[resource] = None
    return tuple(f"{verbs} on {', '.join(resources)}" for verbs, resources in found.items())


def _new(known: Sequence[Any], rule: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """(resource, verbs of it that are new) of one rule."""
    for resource in pods.words(rule, "resources"):
        need = {"apiGroups": pods.words(rule, "apiGroups"), "resources": [resource]}
        verbs = [v for v in pods.words(rule, "verbs") if not covers(known, {**need, "verbs": [v]})]
        if verbs:
            yield resource, verbs


def _alike(before: Sequence[Any], rule: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The rules about the same named objects, which for these are as good as rules about all."""
    for old in before:
        if isinstance(old, Mapping) and old.get("resourceNames") == rule["resourceNames"]:
            yield {key: value for key, value in old.items() if key != "resourceNames"}


def _gained(planned: Planned) -> Iterator[tuple[Access, Sequence[str]]]:
    old: Mapping[str, Any] = planned.document.data if planned.document else {}
    if planned.ref.kind in ("ClusterRole", "Role"):
        rights = granted(pods.items(old, "rules"), pods.items(planned.desired, "rules"))
        if rights:
            yield Access.RIGHTS, rights
    if planned.ref.kind == "DaemonSet":
        yield from _of_pod(pods.pod_spec(old), pods.pod_spec(planned.desired))


def _of_pod(old: Pod, new: Pod) -> Iterator[tuple[Access, Sequence[str]]]:
    if _privileged(new) and not _privileged(old):
        yield Access.PRIVILEGED, ()
    added = [c for c in _capabilities(new) if c not in _capabilities(old)]
    if added:
        yield Access.CAPABILITIES, added
    for access in _SWITCHES:
        if new.get(access.value) is True and old.get(access.value) is not True:
            yield access, ()
    yield from _of_host(old, new)
    limits = [name for name in _RESOURCES if _unlimited(new, name) and not _unlimited(old, name)]
    if limits:
        yield Access.NO_LIMIT, limits


def _of_host(old: Pod, new: Pod) -> Iterator[tuple[Access, Sequence[str]]]:
    """The host's root by where it is mounted, other paths by what they are on the host. Access to a
    directory is access to what lies in it."""
    had = list(_host_mounts(old))
    fresh = [
        (host, at, writes)
        for host, at, writes in _host_mounts(new)
        if not any(pods.below(host, q) is not None and (w or not writes) for q, _, w in had)
    ]
    roots = [at for host, at, _ in fresh if host == "/"]
    others = [host for host, _, _ in fresh if host != "/"]
    if roots:
        yield Access.HOST_ROOT, roots
    if others:
        yield Access.HOST_PATHS, others


def _host_mounts(pod: Pod) -> Iterator[tuple[str, str, bool]]:
    """(path of the host, where a container has it, whether it may write there)."""
    for _, _, container in pods.containers(pod):
        for mount in pods.items(container, "volumeMounts"):
            at = str(mount.get("mountPath", ""))
            host = pods.on_host(pod, container, at)
            if host:
                yield pods.without_var_run(host), at, mount.get("readOnly") is not True


def _security(pod: Pod) -> Iterator[Mapping[str, Any]]:
    for _, _, container in pods.containers(pod):
        context = container.get("securityContext")
        if isinstance(context, Mapping):
            yield context


def _privileged(pod: Pod) -> bool:
    return any(context.get("privileged") is True for context in _security(pod))


def _capabilities(pod: Pod) -> list[str]:
    added = (context.get("capabilities") for context in _security(pod))
    return [word for caps in added if isinstance(caps, Mapping) for word in pods.words(caps, "add")]


def _unlimited(pod: Pod, name: str) -> bool:
    """Whether a container that runs on has no such limit; a pod that is not there yet has them all."""
    if not pod:
        return False
    return any(name not in limits_of(c) for c in pods.items(pod, "containers"))


def limits_of(container: Mapping[str, Any]) -> Mapping[str, Any]:
    """The limits of a container by resource, {} where it has none."""
    resources = container.get("resources")
    limits = resources.get("limits") if isinstance(resources, Mapping) else None
    return limits if isinstance(limits, Mapping) else {}
