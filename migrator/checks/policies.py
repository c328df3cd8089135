"""P22, P36, P70: policies of the cluster that refuse what the daemon needs and thin Multus did not.

The host's PIDs and the host's root are what is new in thick mode. A policy is told only for what
is new, and where its match reaches the pods of the DaemonSet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migrator.checks import gatekeeper, kyverno, pod_policies
from migrator.checks.common import finding
from migrator.checks.container import RIGHTS
from migrator.checks.mounts import CHROOT
from migrator.inventory.admission import Asks, new_asks
from migrator.model.inputs import Document
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent
from migrator.trees.dig import strings
from migrator.trees.wording import listed

UNJUDGED = Rule(
    id="P70",
    title="A policy that cannot be evaluated may reject the daemon",
    why="expressions (CEL), Rego and deny conditions are not evaluated here; where one "
    "forbids what is new in thick mode, no pod of the daemon is created on any node",
    reference="kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy; "
    "kyverno.io/docs/policy-types/cluster-policy/validate",
    handling="Reported where the policy matches the DaemonSet's pods and names a field that "
    "is new.",
    severity="warning",
)
RULES = (UNJUDGED,)

_ENFORCE = "pod-security.kubernetes.io/enforce"


def findings(intent: Intent) -> Iterable[Finding]:
    """For each install that moves, each policy of the inputs."""
    documents = intent.inventory.reading.documents
    for form in intent.moving:
        asks = new_asks(form.install.daemonset, form.pod, form.install.container)
        yield from pod_policies.findings(form.install, asks, documents)
        for document in documents:
            yield from _pod_security(asks, document)
            for judge in (kyverno.refusals, gatekeeper.refusals):
                refused, unjudged = judge(document, asks, documents)
                if refused:
                    yield from _refused(document, asks, refused)
                yield from _unjudged(document, asks, unjudged)
            yield from _unjudged(
                document, asks, pod_policies.expressions(document, asks, documents)
            )


def _pod_security(asks: Asks, document: Document) -> Iterable[Finding]:
    daemonset = asks.daemonset
    if document.ref.kind != "Namespace" or document.ref.name != daemonset.ref.namespace:
        return
    level = strings(document.data, "metadata", "labels").get(_ENFORCE, "privileged")
    if level != "privileged":
        yield finding(
            RIGHTS,
            document=document,
            severity="warning",
            seen=f"{_ENFORCE}: {level} on the namespace of {daemonset.ref}",
            error=f'violates PodSecurity "{level}:latest": host namespaces, hostPath volumes, '
            "privileged",
            remedy=f"set {_ENFORCE}: privileged, or exempt Multus's service account",
            manual=True,
        )


def _refused(
    document: Document, asks: Asks, refused: Sequence[tuple[str, bool]]
) -> Iterable[Finding]:
    """One finding for the fields, and one for the host paths, of each policy."""
    for rule, chosen in (
        (RIGHTS, [(what, sure) for what, sure in refused if what in asks.fields]),
        (CHROOT, [(what, sure) for what, sure in refused if what not in asks.fields]),
    ):
        if not chosen:
            continue
        named = listed(list(dict.fromkeys(what for what, _ in chosen)))
        certain = any(sure for _, sure in chosen)
        what = named if rule is RIGHTS else f"host path {named}"
        yield finding(
            rule,
            document=document,
            severity=None if certain else "warning",
            seen=f"{document.ref} refuses {what}, which is new in {asks.daemonset.ref}"
            + ("" if certain else ", if its conditions hold"),
            error="admission webhook denied the request",
            remedy=f"exclude the pods of {asks.daemonset.ref} from it (its exclude, or "
            f"excludedNamespaces: {asks.namespace}), or allow {what} there",
            manual=True,
        )


def _unjudged(document: Document, asks: Asks, words: Sequence[str]) -> Iterable[Finding]:
    if words:
        named = listed(list(dict.fromkeys(words)))
        yield finding(
            UNJUDGED,
            document=document,
            seen=f"{document.ref} applies to the pods of {asks.daemonset.ref} and is about {named}",
            remedy=f"check whether it refuses {named} in namespace {asks.namespace} (kubectl "
            "apply --dry-run=server with the build), and exclude Multus from it",
            manual=True,
        )
