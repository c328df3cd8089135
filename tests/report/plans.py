"""Plans made by hand, so that reports are tested apart from what the planner finds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from msgspec.structs import replace

from migrator.model.inputs import MISSING, Document, ItemKey, ObjectRef, Path, Source
from migrator.model.plan import (
    Account,
    Attachment,
    Change,
    Decision,
    Finding,
    Plan,
    Planned,
    Readiness,
    Resolution,
)
from migrator.plan.plugins import plugins
from migrator.plan.states import state_planned
from migrator.trees import paths
from tests import builders

POD = ("spec", "template", "spec")
MAIN = (*POD, "containers", ItemKey("name", "kube-multus"))
NAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: storage, namespace: app}
spec:
  config: |
    {"cniVersion": "0.3.1", "type": "macvlan", "master": "eth1", "ipam": {"type": "dhcp", "token": "abc"}}
"""
CNI_FILES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: cni-files, namespace: kube-system}
data:
  20-storage.conflist: |
    {"name": "storage", "plugins": [{"type": "tuning", "mtu": 1500}, {"type": "bridge"}]}
"""
INSTALL = (
    builders.daemonset(
        "--multus-conf-file=auto", "--cleanup-config-on-exit=true", init=builders.INIT % builders.V4
    ),
    builders.ROLE + "- {apiGroups: [''], resources: [pods], verbs: [get, update]}\n",
)


def source(line: int = 1, file: str = "multus.yaml") -> Source:
    return Source(file=file, line=line)


def changed(document: Document, path: Path, after: Any, reason: str, rule: str) -> Change:
    """The change of one field as a step yields it."""
    return Change(
        object=document.ref,
        path=path,
        before=paths.get(document.data, path),
        after=after,
        reason=reason,
        rule=rule,
        source=document.source,
    )


def planned(document: Document, *changes: Change) -> Planned:
    """The object with its changes applied."""
    desired: Any = document.data
    for change in changes:
        desired = paths.put(desired, change.path, change.after)
    return Planned(ref=document.ref, document=document, desired=desired, changes=changes)


def new_object(tree: dict[str, Any], reason: str = "it is needed", rule: str = "S12") -> Planned:
    """An object that the plan adds."""
    metadata = tree["metadata"]
    ref = ObjectRef(
        group=tree["apiVersion"].rpartition("/")[0],
        kind=tree["kind"],
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
    )
    change = Change(
        object=ref, path=(), before=MISSING, after=tree, reason=reason, rule=rule, source=source()
    )
    return Planned(ref=ref, document=None, desired=tree, changes=(change,))


def finding(id_: str = "P90", severity: Any = "warning", **fields: Any) -> Finding:
    values: dict[str, Any] = {
        "title": f"Title of {id_}",
        "seen": f"seen of {id_}",
        "why": f"why of {id_}",
        "remedy": f"remedy of {id_}",
        "reference": "a release",
        "source": source(7),
        **fields,
    }
    return Finding(id=id_, severity=severity, **values)


def account(name: str, outcome: Any = "kept", detail: str = "as it was", **fields: Any) -> Account:
    values: dict[str, Any] = {
        "kind": "flag",
        "source": source(9),
        "object": _ref("DaemonSet", "kube-system", "kube-multus-ds"),
        **fields,
    }
    return Account(name=name, outcome=outcome, detail=detail, **values)


def attachment(network: str, verdict: Any = "equal", **fields: Any) -> Attachment:
    config = Resolution(config='{"type": "macvlan"}', where=f"NAD {network}")
    values: dict[str, Any] = {
        "workload": _ref("Deployment", "app", "web"),
        "source": source(3, "web.yaml"),
        "origin": "annotation",
        "nodes": (),
        "before": config,
        "after": config,
        "reason": "",
        **fields,
    }
    return Attachment(network=network, verdict=verdict, **values)


def _ref(kind: str, namespace: str, name: str, group: str = "apps") -> ObjectRef:
    return ObjectRef(group=group, kind=kind, namespace=namespace, name=name)


def plan(*objects: Planned, texts: Sequence[str] = (), **fields: Any) -> Plan:
    """A plan of these objects; ``texts`` are the YAML texts of its inventory."""
    before = builders.state(builders.inventory(*texts))
    values: dict[str, Any] = {
        "target": builders.target(),
        "before": before,
        "after": state_planned(before.inventory, objects, builders.target()),
        "findings": (),
        "accounts": (),
        "attachments": (),
        "decisions": (),
        "allowed": frozenset(),
        **fields,
    }
    blocked = any(finding.blocks(values["allowed"]) for finding in values["findings"])
    changed = any(planned.changes for planned in objects)
    nothing = Readiness.READY if changed else Readiness.NOTHING_TO_CHANGE
    verdict = Readiness.BLOCKED if blocked else nothing
    called = plugins(values["after"].inventory, values["attachments"])
    return Plan(objects=objects, **{"readiness": verdict, "plugins": called, **values})


def with_objects(of: Plan, objects: tuple[Planned, ...]) -> Plan:
    """The plan with other objects, and what is then there after the move."""
    after = state_planned(of.before.inventory, objects, of.target)
    return replace(of, objects=objects, after=after)


@cache
def ready() -> Plan:
    """A v4.0.2 thin install that moves, with one of everything that a report shows."""
    daemonset, binding, role, nad, files = builders.documents(*INSTALL, NAD, CNI_FILES)
    image = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.4-thick"
    init = (*POD, "initContainers", ItemKey("name", "install-multus-binary"))
    mount = {"name": "hostroot", "mountPath": "/hostroot", "mountPropagation": "HostToContainer"}
    volume = {"name": "hostroot", "hostPath": {"path": "/"}}
    chroot = "plugins run in this chroot (P22)"
    config = '{"cniVersion":"0.3.1","name":"storage","type":"macvlan","master":"eth1","ipam":{"type":"dhcp","token":"xyz"}}'
    conflist = (
        '{"name": "storage", "plugins": [{"type": "bridge"}, {"type": "tuning", "mtu": 9000}]}\n'
    )
    verbs = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "update"]}
    ]
    steps = (
        ((*MAIN, "command"), ["/usr/src/multus-cni/bin/multus-daemon"], "the daemon starts", "S03"),
        ((*MAIN, "args"), MISSING, "the daemon refuses thin flags (P05)", "S03"),
        ((*MAIN, "image"), image, "thick mode of v4.2.4", "S04"),
        ((*init, "image"), image, "thick mode of v4.2.4", "S04"),
        ((*POD, "volumes", ItemKey("name", "hostroot")), volume, chroot, "S06"),
        ((*MAIN, "volumeMounts", ItemKey("mountPath", "/hostroot")), mount, chroot, "S06"),
    )
    text = '{\n    "confDir": "/etc/cni/multus/net.d",\n    "multusMasterCNI": "10-flannel.conflist"\n}\n'
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "multus-daemon-config", "namespace": "kube-system"},
        "data": {"daemon-config.json": text},
    }
    data = ("data", "20-storage.conflist")
    return plan(
        planned(daemonset, *(changed(daemonset, *step) for step in steps)),
        planned(binding),
        planned(role, changed(role, ("rules",), verbs, "informers list and watch (P34)", "S11")),
        planned(nad, changed(nad, ("spec", "config"), config, "written out in full", "S20")),
        planned(files, changed(files, data, conflist, "for jumbo frames", "S21")),
        new_object(config_map, "the settings of the thin flags"),
        texts=(*INSTALL, NAD, CNI_FILES),
        findings=(
            finding("P04", seen="multusMasterCNI: 10-flannel.conflist", manual=True),
            finding("P12", seen="cniVersion 0.3.1 in a.yaml", error="exit code 2"),
            finding("P12", seen="cniVersion 0.3.1 in b.yaml", source=source(40)),
            finding("M05", "info", seen="v4.0.2: image tag"),
            finding("P25", "blocker", seen="plain cp", cured=True),
            finding("P24", seen="no priority class", suppressed="nothing is evicted here"),
        ),
        accounts=(
            account("--multus-conf-file=auto", "renamed", "multusConfigFile: auto"),
            account("--cleanup-config-on-exit=true", "dropped", "the daemon always does"),
            account("--frobnicate=1", "unknown", "no entrypoint knows this flag"),
        ),
        attachments=(
            attachment("app/storage"),
            attachment(
                "default/istio-cni",
                "cured",
                before=Resolution(error="No networks found in /etc/cni/multus/net.d"),
                reason="spec.config holds the file now",
            ),
            attachment(
                "app/fast",
                "changed",
                after=Resolution(config='{"type": "macvlan", "mtu": 9000}', where="NAD app/fast"),
                reason="the NAD is changed",
                nodes=("node1", "node2"),
            ),
        ),
        decisions=(
            Decision(
                subject="image of DaemonSet kube-system/kube-multus-ds",
                choice=image,
                reason="the source's registry, the target's thick tag",
            ),
        ),
    )


@cache
def blocked() -> Plan:
    """The same, owned by a chart."""
    owned = finding(
        "P54",
        "blocker",
        title="Multus is owned by an operator or a chart",
        seen="DaemonSet kube-system/kube-multus-ds belongs to: helm",
        remedy="change the chart's values",
        manual=True,
    )
    known = ready()
    return replace(known, readiness=Readiness.BLOCKED, findings=(owned, *known.findings))


@cache
def nothing() -> Plan:
    """An install that is thick already."""
    (daemonset,) = builders.documents(INSTALL[0])
    return plan(planned(daemonset), texts=INSTALL[:1])
