"""P58: fields that the plan removes, and that apply leaves in the cluster."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from migrator.checks.common import finding
from migrator.inventory.made_by import (
    CLIENT_SIDE,
    FLUX,
    KUBECTL,
    Made,
    Manager,
    is_live,
    made_by,
    owners,
    removed_by_apply,
)
from migrator.inventory.operators import applied_by, owner_name
from migrator.model.inputs import MISSING, Document, ItemKey, Path
from migrator.model.plan import Finding, Planned, Rule
from migrator.trees import pods
from migrator.trees.dig import mapping
from migrator.trees.paths import diff_paths, format_path
from migrator.trees.quantities import quantity
from migrator.trees.wording import listed

RULE = Rule(
    id="P58",
    title="Fields owned by another kind of apply stay",
    why="each way of applying removes only its own fields: kubectl apply what kubectl "
    "apply had set, a server-side apply what its own manager had. Old limits make "
    "the server reject the DaemonSet after the roles of the same call were "
    "applied, and old args and mounts stay although no manifest has them",
    reference="kubernetes#99003, #112826; fluxcd/kustomize-controller#486; a kube-apiserver 1.36 "
    "with kubectl 1.24 to 1.37",
    handling="Reported for live objects of which the plan removes fields, with the sequence that is "
    "right for the way in which they were made.",
    severity="warning",
    when="before the rollout",
)
RULES = (RULE,)

_SEQUENCE: Final = (
    "in the folder that plan writes: kubectl kustomize rollback | kubectl apply set-last-applied "
    "--create-annotation=true -f -; what follows is applied as its runbook.md says, never by kubectl "
    "replace"
)
_SAME_MANAGER: Final = (
    "by the same manager, the objects as they were first: kubectl apply --server-side "
    "--force-conflicts --field-manager={manager} -k rollback; what follows, as the same manager, when its "
    "runbook.md says so"
)
_REMEDY: Final[Mapping[Made, str]] = {
    Made.UNKNOWN: _SEQUENCE,
    Made.CREATE: _SEQUENCE,
    Made.APPLY: _SEQUENCE,
    Made.SERVER_SIDE: f"{_SEQUENCE}; or, with server-side apply, {_SAME_MANAGER}",
    Made.HELM: (
        "upgrade the release through its chart, since its next upgrade would undo "
        "kubectl, and Flux never takes fields over from the manager helm; only where "
        f"no release owns the objects any more, {_SEQUENCE}"
    ),
    Made.FLUX: (
        "apply nothing by hand: let Flux reconcile the objects once as they are, which "
        "makes the fields of kubectl its own, and commit the result when its "
        "runbook.md says so; if Flux reconciles the result first, it fails and does "
        "not recover"
    ),
    Made.ARGO: "apply nothing by hand: commit the result to what Argo CD applies when its runbook.md says so, after a sync of the "
    "objects as they are, and read the live limits and args back before the first pod is deleted",
}
_OF_TOOL: Final = (
    f"{_SAME_MANAGER}; and give {{manager}} the result before it applies again, or it puts the old "
    "fields back"
)
_OF_FLUX: Final = (
    "apply nothing by hand: commit the result to what Flux applies when its runbook.md says so; it owns these fields, and "
    "removes them"
)
_MADE: Final[Mapping[Made, str]] = {
    Made.UNKNOWN: "no last-applied annotation has them (kubectl create, Helm or a server-side apply)",
    Made.CREATE: "kubectl create made it, and no last-applied annotation has them",
    Made.APPLY: "its last-applied annotation does not have them",
    Made.SERVER_SIDE: "a server-side apply set them",
    Made.HELM: "Helm made it",
    Made.FLUX: "Flux applies it",
    Made.ARGO: "Argo CD applies it",
}
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]+")


class _Left(Struct, frozen=True):
    """What apply would leave of an object: the fields, and who owns them."""

    document: Document
    desired: Mapping[str, Any]
    paths: tuple[Path, ...]
    owners: tuple[Manager, ...]


def findings(objects: Sequence[Planned]) -> Iterable[Finding]:
    """One for each live object of which the plan removes what ``kubectl apply -k`` would leave."""
    for planned in objects:
        if planned.document is None or not planned.changes or not is_live(planned.document):
            continue
        left = _left(planned.document, planned.desired)
        if left is not None:
            yield _finding(left)


def _left(document: Document, desired: Mapping[str, Any]) -> _Left | None:
    """An empty field that goes is the server's own default, which comes back and does no harm."""
    removed = tuple(
        path
        for path, before, after in diff_paths(document.data, desired)
        if after is MISSING and before
    )
    if not removed:
        return None
    found = owners(document, removed)
    if removed_by_apply(document, removed) and not _is_shared(found):
        return None
    return _Left(document, desired, removed, found)


def _is_shared(found: Sequence[Manager]) -> bool:
    """Whether a server-side apply owns what kubectl apply, by the client, had set, too: the one
    leaves what the other has, and another tool than kubectl would put it back."""
    by_client = any(manager.name == CLIENT_SIDE for manager in found)
    return any(m.applies and (by_client or m.name != KUBECTL) for m in found)


def _finding(left: _Left) -> Finding:
    made = made_by(left.document)
    fields = listed(_short(path) for path in left.paths)
    return finding(
        RULE,
        document=left.document,
        seen=f"the plan removes {fields} of {left.document.ref}; {_how(left, made)}",
        error=_refused(left) or _unknown_flag(left),
        remedy=_remedy(left.owners, made),
        manual=True,
    )


def _short(path: Path) -> str:
    inside = len(pods.TEMPLATE)
    return format_path(path[inside:] if path[:inside] == pods.TEMPLATE else path)


def _how(left: _Left, made: Made) -> str:
    applied = applied_by(left.document)
    whose = applied.name if applied and made in (Made.FLUX, Made.ARGO) else ""
    whose = owner_name(left.document) if made is Made.HELM else whose
    names = listed(manager.name for manager in left.owners)
    told = [f"{_MADE[made]} ({whose})" if whose else _MADE[made]]
    return ", ".join(told + ([f"managers: {names}"] if names else []))


def _remedy(found: Sequence[Manager], made: Made) -> str:
    manager = _manager(found)
    if made is Made.SERVER_SIDE and manager != KUBECTL:
        return _OF_TOOL.format(manager=manager)
    if made is Made.FLUX and {m.name for m in found} == {FLUX}:
        return _OF_FLUX
    return _REMEDY[made].format(manager=manager)


def _manager(found: Sequence[Manager]) -> str:
    """The one that applies on the server, as it may stand in a command."""
    name = next((manager.name for manager in found if manager.applies), KUBECTL)
    return name if _PLAIN.fullmatch(name) else "ITS-MANAGER"


def _refused(left: _Left) -> str:
    """What the server says where it keeps a memory limit, "" where it would take the object."""
    containers = pods.items(pods.pod_spec(left.document.data), "containers")
    for index, container in enumerate(containers):
        limit = mapping(container, "resources", "limits").get("memory")
        after = pods.container(pods.pod_spec(left.desired), str(container.get("name")))
        request = mapping(after, "resources", "requests").get("memory")
        kept = mapping(after, "resources", "limits").get("memory")
        amounts = quantity(request), quantity(limit)
        if kept is None and amounts[0] and amounts[1] and amounts[0] > amounts[1]:
            return (
                f'spec.template.spec.containers[{index}].resources.requests: Invalid value: "{request}": '
                f"must be less than or equal to memory limit of {limit}"
            )
    return ""


def _unknown_flag(left: _Left) -> str:
    """What the daemon says to the first flag of thin mode that stays."""
    for container in pods.items(pods.pod_spec(left.document.data), "containers"):
        args = (*pods.TEMPLATE, "containers", ItemKey("name", str(container.get("name"))), "args")
        words = pods.words(container, "args")
        if args in left.paths and words and words[0].startswith("-"):
            return f"flag provided but not defined: -{words[0].lstrip('-').partition('=')[0]}"
    return ""
