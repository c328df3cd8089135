"""Sets what a daemon needs of its pod: host namespaces, privileges, priority, time to stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.inventory.service_account import FIELD, token_refused
from migrator.model.inputs import MISSING, Path
from migrator.model.plan import Change, Rule
from migrator.steps.common import POD, change, main_path
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.trees.paths import get

RULE = Rule(
    id="S10",
    title="Set what a daemon needs of its pod: hostPID, priorityClassName, token, grace period",
    why="in thick mode, a daemon that is evicted, killed early or unreachable stops "
    "pod creation on its node (P24, P36, P38)",
    reference="multus-cni#1160, #1093, #1312",
)


def changes(intent: Intent) -> Iterable[Change]:
    """Fields that thick mode needs; a user's own priorityClassName stays."""
    for form in intent.moving:
        document, pod = form.install.daemonset, form.pod
        yield from change(
            document,
            (*POD, "hostPID"),
            True,
            "network namespaces may be named /proc/<pid>/ns/net (P36)",
            RULE,
        )
        yield from change(
            document, (*POD, "hostNetwork"), True, "the daemon must run before any network", RULE
        )
        if get(document.data, (*POD, "priorityClassName")) in (MISSING, None, ""):
            yield from change(
                document,
                (*POD, "priorityClassName"),
                pod["priorityClassName"],
                "an evicted daemon stops pod creation on its node (P24)",
                RULE,
                hardening=True,
            )
        yield from _token(form, intent)
        yield from _grace_period(form)
        yield from _container(form)


def _token(form: Thick, intent: Intent) -> Iterable[Change]:
    """The pod's own field outranks the account's, which other pods may share."""
    document = form.install.daemonset
    _, refused = token_refused(form.install, intent.inventory.reading.documents)
    if refused:
        reason = "the daemon's client for the API server needs the token (P90)"
        yield from change(document, (*POD, FIELD), True, reason, RULE)


def _grace_period(form: Thick) -> Iterable[Change]:
    """Raised to the blueprint's; absent means 30 seconds already."""
    document, wanted = form.install.daemonset, form.pod["terminationGracePeriodSeconds"]
    path = (*POD, "terminationGracePeriodSeconds")
    present = get(document.data, path)
    if isinstance(present, int) and present < wanted:
        reason = "daemons after v4.3.0 wait 10 s after SIGTERM; a short period kills them (P38)"
        yield from change(document, path, wanted, reason, RULE, hardening=True)


def _container(form: Thick) -> Iterable[Change]:
    document, path = form.install.daemonset, main_path(form.install)
    wanted = form.pod["containers"][0]
    reason = "the daemon enters network namespaces and the chroot (P36)"
    context: Path = (*path, "securityContext")
    present = get(document.data, context)
    if not isinstance(present, Mapping):
        yield from change(document, context, wanted["securityContext"], reason, RULE)
    else:
        yield from change(document, (*context, "privileged"), True, reason, RULE)
        if present.get("allowPrivilegeEscalation") is False:
            refused: Path = (*context, "allowPrivilegeEscalation")
            yield from change(document, refused, MISSING, "refused beside privileged", RULE)
        yield from _redundant(form, context, present)
    reason = "kubectl describe shows the last log lines of a daemon that exits (P31)"
    policy, at = wanted["terminationMessagePolicy"], (*path, "terminationMessagePolicy")
    yield from change(document, at, policy, reason, RULE, hardening=True)


def _redundant(form: Thick, context: Path, present: Mapping[str, Any]) -> Iterable[Change]:
    """The CRI-O manifest's SYS_ADMIN, which a privileged container has anyway."""
    if present.get("capabilities") == {"add": ["SYS_ADMIN"]}:
        reason = "a privileged container has every capability"
        document, at = form.install.daemonset, (*context, "capabilities")
        yield from change(document, at, MISSING, reason, RULE, hardening=True)
