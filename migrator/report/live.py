"""What ``verify --against`` prints, as text, Markdown or JSON, without secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

from migrator.live.against import is_wrong
from migrator.live.records import Cure, Drift, Era, LiveReport, Node, ObjectReport, Ownership
from migrator.model.inputs import MISSING, ObjectRef
from migrator.report import environment, safe
from migrator.trees.paths import format_path
from migrator.trees.redact import redact_both, redact_text
from migrator.trees.unseen import json_text

_MOST: Final = 20
"""How many of a kind are told one by one; JSON has all."""
_SHOWN: Final = 80
"""How many characters of a value are told."""
_TOOL: Final = "multus-migrator"
_SCHEMA: Final = 1


def text(report: LiveReport, out: str, name: str) -> str:
    """For the terminal: ``out`` was proved, ``name`` is the dump."""
    return _rendered(report, out, name, md=False)


def markdown(report: LiveReport, out: str, name: str) -> str:
    """The same for a pull request or a ticket."""
    return _rendered(report, out, name, md=True)


def _rendered(report: LiveReport, out: str, name: str, *, md: bool) -> str:
    page = environment.markdown() if md else environment.terminal()
    shown = page.get_template("live.txt.j2").render(
        r=report,
        md=md,
        out=out,
        name="standard input" if name == "-" else name,
        most=_MOST,
        path=format_path,
        values=_values,
        by_node=_by_node,
        groups=_groups(report.nodes or ()),
        wrong=[node for node in report.nodes or () if is_wrong(node, report.stand)],
        cures=[
            (cure.value, forward, _command(cure, forward, manager, out))
            for cure, forward, manager in sorted(_cures(report), key=repr)
        ],
    )
    return redact_text(environment.squeezed(shown))


def _cures(report: LiveReport) -> set[tuple[Cure, bool, str]]:
    """(cure, whether it is for the way forward, the manager of server-side apply)."""
    return {
        (own.cure, own.forward, _applier(own) if own.cure is Cure.SAME_MANAGER else "")
        for own in report.owners
        if own.cure is not None
    }


def _applier(own: Ownership) -> str:
    """The manager of server-side apply that has what has to go."""
    return next(manager.name for manager, _ in own.owned if manager.operation == "Apply")


def _command(cure: Cure, forward: bool, manager: str, out: str) -> str:
    folder = safe.shell(f"{out}/rollback" if forward else out)
    if cure is Cure.SET_LAST_APPLIED:
        apply = "kubectl apply set-last-applied --create-annotation=true -f -"
        return f"kubectl kustomize {folder} | {apply}"
    return f"kubectl apply --server-side --force-conflicts --field-manager={safe.shell(manager)} -k {folder}"


def _values(ref: ObjectRef, drift: Drift) -> tuple[str, str]:
    """(expected, found) on one line, without secrets; of long texts what is not alike."""
    pair = redact_both(drift.expected, drift.found, drift.path, ref.kind)
    texts = ["nothing" if v is MISSING else json.dumps(v, ensure_ascii=False) for v in pair]
    together = zip(*texts, strict=False)
    alike = sum(1 for _ in takewhile(lambda both: both[0] == both[1], together))
    start = max(alike - _SHOWN // 4, 0) if min(map(len, texts)) > _SHOWN else 0
    expected, found = (_cut(each, start) for each in texts)
    return expected, found


def _cut(text: str, start: int) -> str:
    end = start + _SHOWN
    return f"{'...' if start else ''}{text[start:end]}{'...' if len(text) > end else ''}"


def _by_node(eras: Sequence[Era]) -> list[tuple[str, list[Era]]]:
    found: dict[str, list[Era]] = {}
    for era in eras:
        found.setdefault(era.node, []).append(era)
    return sorted(found.items())


def _groups(nodes: Sequence[Node]) -> list[tuple[str, list[Node]]]:
    """Nodes by what runs on them."""
    modes = {"thick": {"thick"}, "thin": {"thin"}, "both": {"thin", "thick"}, "neither": set()}
    found = [(name, [n for n in nodes if n.modes == own]) for name, own in modes.items()]
    return [(name, own) for name, own in found if own or name in ("thick", "thin")]


def as_json(report: LiveReport, out: str, name: str) -> str:
    """For machines: every record in full, absent values left out."""
    return json_text(
        {
            "schema": _SCHEMA,
            "tool": _TOOL,
            "out": redact_text(out),
            "against": redact_text(name),
            "release": str(report.release),
            "stand": report.stand.value,
            "ok": not report.faults,
            "wrong": [fault.value for fault in report.faults],
            "objects": [_object(each) for each in report.objects],
            "not_in_the_dump": list(report.unseen),
            "owners": [_owner(each) for each in report.owners],
            "nodes": None
            if report.nodes is None
            else [_node(each, wrong=is_wrong(each, report.stand)) for each in report.nodes],
            "pods": None if report.pods is None else _pods(report),
            "drain": [_era(each) for each in report.drain],
            "thick_era": [_era(each) for each in report.late],
        }
    )


def _ref(ref: ObjectRef) -> dict[str, str]:
    return {"group": ref.group, "kind": ref.kind, "namespace": ref.namespace, "name": ref.name}


def _object(report: ObjectReport) -> dict[str, Any]:
    return {
        "object": _ref(report.ref),
        "found": report.found.value,
        "side": report.side.value if report.side else None,
        "stand": report.stand.value if report.stand else None,
        "nearest": report.nearest.value if report.nearest else None,
        "drifts": [_drift(report.ref, each) for each in report.drifts],
    }


def _drift(ref: ObjectRef, drift: Drift) -> dict[str, Any]:
    expected, found = redact_both(drift.expected, drift.found, drift.path, ref.kind)
    ends = {"expected": expected, "found": found}
    return {
        "path": format_path(drift.path),
        **{name: value for name, value in ends.items() if value is not MISSING},
        "as_on_the_other_side": drift.other,
    }


def _owner(own: Ownership) -> dict[str, Any]:
    return {
        "object": _ref(own.ref),
        "managers": [
            {
                "manager": redact_text(manager.name),
                "operation": redact_text(manager.operation),
                "paths": [format_path(path) for path in paths],
            }
            for manager, paths in own.owned
        ],
        "last_applied": own.annotated,
        "kept": [format_path(path) for path in own.kept],
        "way": "forward" if own.forward else "back",
        "due": own.due,
        "release": redact_text(own.release),
        "cure": own.cure.value if own.cure else None,
    }


def _node(node: Node, *, wrong: bool) -> dict[str, Any]:
    return {
        "name": redact_text(node.name),
        "modes": sorted(node.modes),
        "side": node.side.value if node.side else None,
        "ready": node.ready,
        "wanted": node.wanted,
        "since": node.since,
        "wrong": wrong,
    }


def _pods(report: LiveReport) -> dict[str, Any]:
    pods = report.pods
    return {
        "total": pods.total if pods else 0,
        "asked": pods.asked if pods else 0,
        "lacking": [
            {
                "namespace": redact_text(each.namespace),
                "name": redact_text(each.name),
                "node": redact_text(each.node),
                "networks": [redact_text(network) for network in each.networks],
                "silent": each.silent,
            }
            for each in (pods.lacking if pods else ())
        ],
    }


def _era(era: Era) -> dict[str, Any]:
    return {
        "namespace": redact_text(era.namespace),
        "name": redact_text(era.name),
        "node": redact_text(era.node),
        "controller": redact_text(era.controller),
        "started": era.started,
    }


WRITERS: Final[Mapping[str, Callable[[LiveReport, str, str], str]]] = {
    "text": text,
    "json": as_json,
    "markdown": markdown,
}
"""What renders a report, the folder that was proved and the name of the dump, by format."""
