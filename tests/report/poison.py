"""A plan whose every text that an input can set is one hostile text."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from msgspec.structs import replace

from migrator.model.inputs import MISSING, Document, ObjectRef, Source
from migrator.model.inventory import HostPaths, Neighbour
from migrator.model.plan import Change, Decision, Plan, Planned, Resolution
from tests import builders
from tests.report import plans


@cache
def poisoned(text: str, *, blocked: bool = False) -> Plan:
    """A thin install that moves (or is blocked), with ``text`` wherever there is room for it."""
    where = Source(file=text, line=1)
    ref = ObjectRef(group="apps", kind="DaemonSet", namespace=text, name=text)
    daemonset = _document(ref, _daemonset(text, text), where)
    changes = (
        _change(ref, ("spec", "template", text), {text: [text, {text: text}]}, text, where),
        _change(ref, ("metadata", "annotations"), MISSING, text, where, before=text),
        _change(ref, ("spec", "x"), f'{{"a": {_json(text)}}}', text, where, before='{"b": 1}'),
    )
    desired = _daemonset(text, text + "x")
    desired["spec"]["template"][text] = changes[0].after
    desired["spec"]["x"] = changes[2].after
    data = {**_daemonset(text, text + "x"), "metadata": {"annotations": text}}
    data["spec"]["x"] = changes[2].before
    desired["metadata"] = {}
    planned = Planned(
        ref=ref, document=replace(daemonset, data=data), desired=desired, changes=changes
    )
    new = {"apiVersion": "v1", "kind": text, "metadata": {"name": text, "namespace": text}}
    findings = [
        plans.finding(text, severity, title=text, seen=text, why=text, remedy=text, error=text,
                      reference=text, source=where, object=ref, manual=manual, cured=cured,
                      suppressed=suppressed)
        for severity, manual, cured, suppressed in (
            ("warning", True, False, ""), ("warning", False, False, ""), ("info", False, False, ""),
            ("info", False, True, ""), ("info", False, False, text),
        )
    ]  # fmt: skip
    if blocked:
        findings.append(plans.finding(text, "blocker", title=text, seen=text, remedy=text))
    broken, unknown = Resolution(error=text), Resolution(unknown=text)
    config = Resolution(config=f'{{"a": {_json(text)}}}', where=text)
    known = plans.ready()
    inventory = _inventory(text, daemonset)
    return replace(
        known,
        before=replace(known.before, inventory=inventory),
        after=replace(known.after, inventory=inventory),
        objects=(planned, plans.new_object(new, reason=text, rule=text)),
        findings=tuple(findings),
        accounts=tuple(
            plans.account(text, outcome, text, source=where, object=ref)
            for outcome in ("unknown", "dropped")
        ),
        attachments=tuple(
            plans.attachment(text, verdict, workload=ref, source=where, origin=text, nodes=(text,),
                             before=before, after=after, reason=text)
            for verdict, before, after in (
                ("equal", unknown, unknown), ("broken", config, broken), ("changed", config, config)
            )
        ),
        decisions=(Decision(subject=text, choice=text, reason=text),),
    )  # fmt: skip


def _json(text: str) -> str:
    return json.dumps(text)


def _document(ref: ObjectRef, data: dict[str, Any], where: Source) -> Document:
    (document,) = builders.documents(plans.INSTALL[0])
    return replace(document, ref=ref, data=data, source=where, lines={})


def _change(
    ref: ObjectRef, path: Any, after: Any, reason: str, where: Source, before: Any = MISSING
) -> Change:
    return Change(
        object=ref, path=path, before=before, after=after, reason=reason, rule=reason, source=where
    )


def _daemonset(text: str, image: str) -> dict[str, Any]:
    container = {"name": text, "image": image, "args": [text]}
    return {
        "metadata": {"name": text, "namespace": text},
        "spec": {
            "selector": {"matchLabels": {text: text}},
            "template": {"metadata": {"labels": {text: text}}, "spec": {"containers": [container]}},
        },
    }


def _inventory(text: str, daemonset: Document) -> Any:
    """Two installs, of which each finds something else on the nodes."""
    inventory = builders.inventory(plans.INSTALL[0])
    (install,) = inventory.installs
    paths = HostPaths(
        cni_conf_dir=text, cni_conf_mount=text, autoconfig_dir=text, autoconfig_mount=text,
        bin_dir=text, bin_mount=text, conf_dir=text + "y",
    )  # fmt: skip
    install = replace(install, daemonset=daemonset, container=text, paths=paths, evidence=text)
    copies = replace(install, config_file=f"/{text}")
    cilium = Neighbour(
        kind="cilium", document=daemonset, source=daemonset.source, facts={"exclusive": "true"}
    )
    return replace(inventory, installs=(install, copies), neighbours=(cilium,))
