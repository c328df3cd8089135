"""What the comparison of attachments before and after shows. Grouped: one finding a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migrator.checks.common import finding
from migrator.inventory.nads import is_string
from migrator.model.inventory import Inventory, NetworkAttachment
from migrator.model.plan import EVERY_POD, Attachment, Difference, Failure, Finding, Rule
from migrator.trees.wording import listed

BROKEN = Rule(
    id="N08",
    title="A workload loses a network",
    why="its pods get the network today, and would fail with the error below in thick mode",
    reference="multus-cni#1238",
    severity="blocker",
)
CHANGED = Rule(
    id="N09",
    title="A workload's network is configured differently",
    why="the pods would start, but with another network than today",
    reference="pkg/k8sclient GetNetworkDelegates",
    severity="blocker",
)
FAILS = Rule(
    id="N10",
    title="A workload's networks already fail today",
    why="its pods cannot start, either before or after the migration",
    reference="pkg/k8sclient GetNetworkDelegates, parsePodNetworkAnnotation",
    severity="warning",
)
MISSING_NAD = Rule(
    id="N11",
    title="Workloads name a NAD that is not in the input",
    why="what its pods get after the migration is not known",
    reference="pkg/k8sclient getKubernetesDelegate",
    severity="warning",
)
UNUSED = Rule(
    id="N12",
    title="No workload of the input names these NADs",
    why="they are planned all the same; their workloads may be elsewhere",
    reference="k8s.v1.cni.cncf.io/networks",
    severity="info",
)
ELSEWHERE = Rule(
    id="N13",
    title="The NAD of default-network is not in Multus's namespace",
    why="a name without a namespace is looked up in multusNamespace, not in the pod's namespace",
    reference="pkg/k8sclient tryLoadK8sPodDefaultNetwork",
    severity="warning",
)
RULES = (BROKEN, CHANGED, FAILS, MISSING_NAD, UNUSED, ELSEWHERE)

_BY_VERDICT = {"broken": BROKEN, "changed": CHANGED, "still-broken": FAILS, "unknown": MISSING_NAD}


def findings(attachments: Sequence[Attachment], inventory: Inventory) -> Iterable[Finding]:
    """One finding for each rule, network and error; the workloads are counted and named."""
    groups: dict[tuple[str, str, str], list[Attachment]] = {}
    # of a NAD that the API server refuses N03 tells
    impossible = {f"{n.namespace}/{n.name}" for n in inventory.nads if not is_string(n.document)}
    for row in attachments:
        if row.network.partition("@")[0] in impossible:
            continue
        # of a primary CNI that nobody has seen P04 tells
        unseen = row.origin == EVERY_POD and row.verdict == "unknown"
        # of a default network in another namespace N13 tells
        unseen = unseen or bool(_in_other_namespace(row, inventory))
        # of a value that is filled in later P77 tells
        unseen = unseen or row.after.failure is Failure.VARIABLE
        # of a Multus that is not called P62 tells
        if row.verdict in _BY_VERDICT and not unseen and row.difference is not Difference.NEW:
            why = row.reason if row.verdict == "changed" else row.after.error
            key = (row.verdict, row.network.partition("@")[0], why)
            groups.setdefault(key, []).append(row)
    for (verdict, network, _), rows in groups.items():
        error = rows[0].after.error
        yield _finding(_BY_VERDICT[verdict], network, error, rows, inventory)
    yield from _unused(attachments, inventory)
    yield from _elsewhere(attachments, inventory)


_ANNOTATION = "correct the annotation: use today's names (ips, mac, interface), and make ips a list"


def _finding(
    rule: Rule, network: str, error: str, rows: Sequence[Attachment], inventory: Inventory
) -> Finding:
    seen = f"{network}: {_workloads(rows)}"
    if rule is CHANGED:
        seen += f": {rows[0].reason}"
    copied = rows[0].difference is Difference.COPY
    return finding(
        rule,
        object=rows[0].workload,
        source=rows[0].source,
        severity="warning" if copied else None,
        seen=seen,
        error=error,
        remedy=_remedy(rule, network, rows[0], inventory),
    )


def _remedy(rule: Rule, network: str, row: Attachment, inventory: Inventory) -> str:
    """What to do, by what is known of the row; else by the rule alone."""
    failure = row.after.failure
    if rule is FAILS and row.origin == EVERY_POD:
        return (
            "correct the primary CNI's file, or Multus's own configuration; the events of "
            "every pod show this error"
        )
    if rule is BROKEN and failure is Failure.ADD:
        return (
            "correct what the error names, in the file on the nodes or in the NAD: until "
            "then thick mode runs none of it"
        )
    by_annotation = failure is Failure.ANNOTATION or row.difference is Difference.REQUESTS
    if rule in (BROKEN, CHANGED) and by_annotation:
        return _ANNOTATION
    namespace, _, name = network.partition("/")[2].rpartition("/")
    if rule is FAILS and namespace:
        return (
            'in the JSON form the namespace is a key beside the name: "namespace": '
            f'"{namespace}", "name": "{name}"'
        )
    if row.difference is Difference.COPY:
        return "compare the two in the report: the next restart of thin Multus would do the same"
    return {
        "N08": _lost_remedy(row, network, inventory),
        "N09": "compare the two configurations in the report, and make them equal",
        "N10": "correct the annotation or the NAD; the pod's events show this error",
        "N11": _elsewhere_remedy(network, inventory)
        or "add the file with the NAD to the inputs, if it is not made by an operator",
    }[rule.id]


def _lost_remedy(row: Attachment, network: str, inventory: Inventory) -> str:
    """What is known today need not be given: it is what thick mode makes of it that fails."""
    if row.origin == EVERY_POD:
        return "give each of these nodes a file of the primary CNI that the daemon accepts"
    if row.after.failure is Failure.ISOLATION:
        return "name the namespace in globalNamespaces, or add the NAD to the workload's namespace"
    own = next((n for n in inventory.nads if f"{n.namespace}/{n.name}" == network), None)
    if own is not None and own.config:
        return f"correct spec.config of {network} ({own.document.source})"
    return f"give {network} its spec.config"


def _elsewhere_remedy(network: str, inventory: Inventory) -> str:
    """What to write where a NAD of the name is in another namespace; "" where there is none."""
    namespace, _, name = network.partition("/")
    others = _of_that_name(network, inventory)
    if not others:
        return ""
    bare = [n for n in others if not (n.document.ref.namespace or n.document.placed)]
    if bare == others:
        places = listed(str(n.document.source) for n in others)
        return (
            f"the inputs have {name} without a namespace ({places}): if that is the one "
            f"you mean, write namespace: {namespace} into it, or give the kustomization "
            "that sets it"
        )
    places = listed(f"{n.namespace}/{n.name} ({n.document.source})" for n in others)
    written = f"{others[0].namespace}/{name}"
    return (
        f"the inputs have {places}: write {written} in the annotation if that is "
        f"the one you mean, or add the file with {network} to the inputs"
    )


def _of_that_name(network: str, inventory: Inventory) -> list[NetworkAttachment]:
    """The NADs that have the name, in other namespaces."""
    namespace, _, name = network.partition("/")
    return [n for n in inventory.nads if n.name == name and n.namespace != namespace]


def _in_other_namespace(row: Attachment, inventory: Inventory) -> list[NetworkAttachment]:
    """The NADs that a default-network may mean which is not where Multus looks."""
    if row.origin != "default-network" or row.verdict != "unknown":
        return []
    return _of_that_name(row.network.partition("@")[0], inventory)


def _workloads(rows: Sequence[Attachment]) -> str:
    return listed((row.user for row in rows), most=3)


def _unused(attachments: Sequence[Attachment], inventory: Inventory) -> Iterable[Finding]:
    if all(row.origin == EVERY_POD for row in attachments):
        return
    named = {row.network.partition("@")[0] for row in attachments}
    # what has no namespace in the inputs may land in the one that a workload names
    loose = {name.rpartition("/")[2] for name in named}
    unused = [
        n
        for n in inventory.nads
        if f"{n.namespace}/{n.name}" not in named
        and not (n.name in loose and not (n.document.ref.namespace or n.document.placed))
    ]
    if unused:
        yield finding(
            UNUSED,
            document=unused[0].document,
            seen=listed(f"{n.namespace}/{n.name}" for n in unused),
            remedy="nothing, if their workloads are in other files",
        )


def _elsewhere(attachments: Sequence[Attachment], inventory: Inventory) -> Iterable[Finding]:
    """A name without a namespace that is looked up where no NAD of the inputs has it."""
    groups: dict[str, list[Attachment]] = {}
    for row in attachments:
        if _in_other_namespace(row, inventory):
            groups.setdefault(row.network.partition("@")[0], []).append(row)
    for network, rows in groups.items():
        searched, _, name = network.partition("/")
        others = _in_other_namespace(rows[0], inventory)
        places = listed(f"{n.namespace}/{name} ({n.document.source})" for n in others)
        yield finding(
            ELSEWHERE,
            object=rows[0].workload,
            source=rows[0].source,
            seen=f"{_workloads(rows)}: the default network {name} is looked up in {searched}, Multus's "
            f"own namespace, and the inputs have {places}",
            remedy=f"write {others[0].namespace}/{name} if that is the one you mean, or move "
            f"the NAD to {searched}",
        )
