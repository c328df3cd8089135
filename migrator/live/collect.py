"""A cluster -> the texts of a snapshot, by GET requests alone. What may not be read, or could not be, is
told and never a stop, but for the DaemonSets, without which there is nothing to plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.live.belongs import Known, Name
from migrator.live.lists import Get, Listed, first_page, read_list, together, unless
from migrator.live.resources import EVERY, RESOURCES, Resource
from migrator.live.served import GROUPS, VERSION, Served, every_resource, path_of, release, served
from migrator.model.errors import MigratorError
from migrator.model.inputs import WhyNotRead
from migrator.tools.kubectl import Answer, Refused
from migrator.trees.dump import one_line

_IN_A_ROW: Final = 5
"""Lists that fail one after the other: the server does not answer any more."""
_LONGEST: Final = 300
_HINT: Final = "it needs the right to list daemonsets.apps; docs/collect.md has a ClusterRole"

Doing = Callable[[str], AbstractContextManager[None]]
"""Says what is being done while a block runs."""


class Unread(Struct, frozen=True, kw_only=True):
    """What was not read, and why; ``namespace`` is "" where all were asked for, ``detail`` one line."""

    resource: Resource
    namespace: str
    reason: WhyNotRead
    detail: str


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one resource: ``texts`` are its objects that are kept, as YAML, by namespace and name;
    None where nothing of it was read. One that is not served has neither these nor ``unread``."""

    resource: Resource
    texts: Mapping[Name, str] | None
    unread: tuple[Unread, ...] = ()


class Collected(Struct, frozen=True, kw_only=True):
    """``server`` is the release of the API server, "" if it does not say. ``finds_multus`` is False where
    no DaemonSet runs it."""

    server: str
    outcomes: tuple[Outcome, ...]
    finds_multus: bool


def read_cluster(get: Get, namespaces: Sequence[str], doing: Doing) -> Collected:
    """Everything that plans read of a cluster, of ``namespaces`` alone where there are any.

    Errors: EnvironmentProblem where there is no server; MigratorError where it does not answer any
    more, has not got one of the namespaces, or does not show its DaemonSets.
    """
    with doing("asking the API server"):
        server, groups = release(get), served(get)
    known = Known()
    outcomes: list[Outcome] = []
    for number, listed in enumerate(RESOURCES, start=1):
        with doing(f"reading {listed.id} ({number} of {len(RESOURCES)})"):
            for resource in _concrete(get, groups, listed, outcomes):
                outcome, known = _read(get, groups, resource, namespaces, known)
                outcomes.append(outcome)
        _refuse_silence(outcomes)
    return Collected(server=server, outcomes=tuple(outcomes), finds_multus=bool(known.namespaces))


def requests(namespaces: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(what for, the path) of each request, as far as they are known before the server has answered."""
    yield "what the server is, and which groups it serves", VERSION
    yield "what the server is, and which groups it serves", GROUPS
    for resource in RESOURCES:
        if resource.plural == EVERY:
            why = f"{resource.why}: then each list that the answer names"
            yield why, f"/apis/{resource.group}/{resource.version}"
            continue
        for single, namespace in _places(resource, namespaces):
            path = path_of(single, resource.version, namespace)
            yield resource.why, path if single.name else first_page(path)


def _concrete(
    get: Get, groups: Served, resource: Resource, outcomes: list[Outcome]
) -> tuple[Resource, ...]:
    """The resource, or all of its group; where these cannot be told, that is an outcome."""
    if resource.plural != EVERY:
        return (resource,)
    unread: tuple[Unread, ...] = ()
    found: tuple[Resource, ...] = ()
    try:
        found = every_resource(get, groups, resource)
    except Refused as refused:
        if refused.answer is not Answer.ABSENT:
            unread = (_unread(resource, "", refused),)
    if not found:
        outcomes.append(Outcome(resource=resource, texts=None, unread=unread))
    return found


def _read(
    get: Get, groups: Served, resource: Resource, namespaces: Sequence[str], known: Known
) -> tuple[Outcome, Known]:
    """One resource, and what is known then."""
    parts: list[Listed] = []
    unread: list[Unread] = []
    for single, namespace in _places(resource, namespaces):
        try:
            listed = _listed(get, groups, single, namespace, known)
        except Refused as refused:
            unread.append(_unread(resource, namespace, refused))
            continue
        if listed is not None:
            parts.append(listed)
            known = listed.known
        elif single.kind == "Namespace" and namespace:
            hint = "kubectl get namespaces lists them; without --namespace all are read"
            raise MigratorError(f"the cluster has no namespace {namespace}", hint=hint)
    if resource is RESOURCES[0] and not parts:
        raise MigratorError(
            "the DaemonSets of the cluster cannot be read"
            + "".join(f": {each.detail}" for each in unread[:1]),
            hint=_HINT,
        )
    texts = None
    try:
        texts = together(parts) if parts else None
    except Refused as refused:
        unread = [_unread(resource, "", refused)]
    return Outcome(resource=resource, texts=texts, unread=tuple(unread)), known


def _places(resource: Resource, namespaces: Sequence[str]) -> Iterator[tuple[Resource, str]]:
    """(what is asked for, in which namespace): a user who may see some namespaces alone cannot list them,
    but get each."""
    if resource.kind == "Namespace":
        yield from ((replace(resource, name=name), name) for name in namespaces)
    elif resource.namespaced:
        yield from ((resource, name) for name in namespaces)
    if not namespaces or not (resource.namespaced or resource.kind == "Namespace"):
        yield resource, ""


def _listed(
    get: Get, groups: Served, resource: Resource, namespace: str, known: Known
) -> Listed | None:
    """The list in the first version that has it, None where none has: a group may serve it in an older
    one than it prefers. Errors: Refused."""
    for version in groups.versions(resource):
        path = path_of(resource, version, namespace)
        found = unless(Answer.ABSENT, partial(read_list, get, path, resource, known))
        if found is not None:
            return found
    there = bool(resource.name and groups.versions(resource))
    return Listed(texts={}, known=known) if there and resource.kind != "Namespace" else None


def _unread(resource: Resource, namespace: str, refused: Refused) -> Unread:
    forbidden = refused.answer is Answer.FORBIDDEN
    return Unread(
        resource=resource,
        namespace=namespace,
        reason=WhyNotRead.FORBIDDEN if forbidden else WhyNotRead.FAILED,
        detail=one_line(refused.detail)[:_LONGEST],
    )


def _refuse_silence(outcomes: Sequence[Outcome]) -> None:
    """Errors: MigratorError where nothing has been heard from the server for several resources."""
    asked = [each for each in outcomes if each.texts is not None or each.unread]
    last = asked[-_IN_A_ROW:]
    if len(last) == _IN_A_ROW and all(_failed(each) for each in last):
        message = (
            f"{_IN_A_ROW} requests in a row failed, the last with: {last[-1].unread[-1].detail}"
        )
        raise MigratorError(message, hint="run it again once the API server answers")


def _failed(outcome: Outcome) -> bool:
    reasons = {each.reason for each in outcome.unread}
    return outcome.texts is None and reasons == {WhyNotRead.FAILED}
