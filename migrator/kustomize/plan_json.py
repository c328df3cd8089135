"""plan.json: the whole plan for machines. What ``verify`` reads of it again is in `plan_file`.

Its shape is docs/plan.schema.json. Records stand with the fields of ``migrator.model``; a field
that is absent in the cluster (MISSING) is absent here. Secrets are marked (ruling 19): no value
is clear, and what verify needs of one is in the digest of its object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from migrator import __version__
from migrator.inventory.install_documents import install_documents
from migrator.kustomize.base import base_object, is_verbatim, stripped
from migrator.kustomize.digests import object_digest, sha256
from migrator.kustomize.marks import marked
from migrator.kustomize.names import file_stem
from migrator.kustomize.replaced import OLD
from migrator.model.inputs import MISSING, Document, InputFile, ObjectRef, Snapshot, Source
from migrator.model.inventory import Install, Target
from migrator.model.plan import (
    Attachment,
    Called,
    Change,
    Finding,
    Judgement,
    Plan,
    Planned,
    Resolution,
)
from migrator.trees.paths import format_path
from migrator.trees.redact import redact_text
from migrator.trees.unseen import json_text

NAME: Final = "plan.json"
_REPLACED: Final = f"rollback/{OLD}/"
_AS_IT_WAS: Final = ("base/", _REPLACED)
TOOL: Final = "multus-migrator"
SCHEMA: Final = 2
"""Version of plan.json: raised where a reader of the old one would go wrong."""


UNSAID: Mapping[type, str] = {Attachment: "difference", Resolution: "failure"}
"""Classes that the program itself decides by: the sentence beside each of them says the same."""


def plan_text(plan: Plan, files: Mapping[str, str], judged: Judgement) -> str:
    """The text of plan.json for an OUT that holds ``files`` beside it, and of whose objects, by
    themselves, ``judged`` is said."""
    return json_text(plan_document(plan, files, judged))


def plan_document(plan: Plan, files: Mapping[str, str], judged: Judgement) -> dict[str, Any]:
    """The plan as JSON has it: the same plan and files give the same document."""
    reading = plan.before.inventory.reading
    bases = {PurePosixPath(path).name: path for path in files if path.startswith(_AS_IT_WAS)}
    return {
        "schema": SCHEMA,
        "tool": TOOL,
        "version": __version__,
        "verdict": plan.readiness.value,
        "assumptions": [assumption.value for assumption in plan.assumptions],
        "target": _target(plan.target),
        "inputs": _plain(reading.inputs),
        "root": reading.wrapped.path if reading.wrapped else None,
        "snapshot": _snapshot(reading.snapshot),
        "problems": _plain(reading.problems),
        "installs": [_install(install) for install in plan.before.inventory.installs],
        "decisions": _plain(plan.decisions),
        "objects": [_object(planned, bases) for planned in plan.objects],
        "changes": [_change(change) for planned in plan.objects for change in planned.changes],
        "base": list(_base(plan, bases)),
        "daemons": [_plain(ref) for ref in judged.daemons],
        "standing": [_standing(finding) for finding in judged.findings],
        "accounts": _plain(plan.accounts),
        "findings": _plain(plan.findings),
        "attachments": _plain(plan.attachments),
        "plugins": [_called(called) for called in plan.plugins],
        "allowed": sorted(plan.allowed),
        "blocked": list(dict.fromkeys(finding.id for finding in plan.blockers)),
        "files": {
            path: sha256(text.encode()) for path, text in sorted(files.items()) if path != NAME
        },
    }


def changed_document(plan: Plan) -> dict[str, Any]:
    """Of `plan_document`, what changes: objects and changes have its form."""
    return {
        "schema": SCHEMA,
        "tool": TOOL,
        "version": __version__,
        "verdict": plan.readiness.value,
        "target": _target(plan.target),
        "objects": [_object(planned, {}) for planned in plan.changed],
        "changes": [_change(change) for planned in plan.changed for change in planned.changes],
    }


def _snapshot(snapshot: Snapshot | None) -> dict[str, Any] | None:
    if snapshot is None:
        return None
    unread = [{**_plain(each), "reason": each.reason.value} for each in snapshot.unread]
    return {**_plain(replace(snapshot, unread=())), "unread": unread}


def _called(called: Called) -> dict[str, Any]:
    return {
        "plugin": called.plugin,
        "networks": list(called.networks),
        "installers": [
            {"object": name, "source": _plain(source)} for name, source in called.installers
        ],
    }


def _target(target: Target) -> dict[str, Any]:
    stated = target.source_release
    return {
        **_plain(target),
        "release": str(target.release),
        "source_release": str(stated) if stated else "",
    }


def _install(install: Install) -> dict[str, Any]:
    return {
        "daemonset": _plain(install.daemonset.ref),
        "source": _plain(install.daemonset.source),
        "container": install.container,
        "mode": install.mode,
        "preview": install.preview,
        "release": str(install.release),
        "confidence": install.confidence,
        "evidence": install.evidence,
        "owner": install.owner.value if install.owner else "",
        "paths": _plain(install.paths),
    }


def _object(planned: Planned, bases: Mapping[str, str]) -> dict[str, Any]:
    document = planned.document
    return {
        "ref": _plain(planned.ref),
        "source": _plain(document.source) if document else None,
        "form": document.form if document else "new",
        "base": _place(document, bases) or None if document else None,
        "verbatim": bool(document and is_verbatim(document)),
        "stripped": stripped(document) if document else [],
        "changed": bool(planned.changes),
        "sha256": object_digest(built) if (built := planned_object(planned)) else None,
    }


def planned_object(planned: Planned) -> Mapping[str, Any]:
    """The object as it will be built; empty for one that the plan removes."""
    document = planned.document
    return base_object(document, planned.desired) if document else planned.desired


def base_documents(plan: Plan) -> tuple[Document, ...]:
    """What is known of the base: its documents, or those of the root's that matter."""
    reading = plan.before.inventory.reading
    if reading.wrapped is not None:
        return reading.documents
    return tuple(planned.document for planned in plan.objects if planned.document)


def _base(plan: Plan, bases: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The objects as they were. Those of a root that the daemon does not need may change."""
    whole = plan.before.inventory.reading.wrapped is None
    needed = {document.ref for document in install_documents(plan.before.inventory)}
    for document in base_documents(plan):
        yield {
            "object": _plain(document.ref),
            "sha256": object_digest(base_object(document, document.data)),
            "binding": whole or document.ref in needed,
            **({"replaced": True} if _place(document, bases).startswith(_REPLACED) else {}),
        }


def _place(document: Document, bases: Mapping[str, str]) -> str:
    """The file of OUT that holds the document, "" where none does."""
    return bases.get(f"{file_stem(document.ref)}.yaml", "")


def _standing(finding: Finding) -> dict[str, Any]:
    """What of a finding tells it from one that is new in the build."""
    return {
        "id": finding.id,
        "severity": finding.severity,
        "object": _plain(finding.object),
    }


def _change(change: Change) -> dict[str, Any]:
    shown, places = marked(change)
    ends = {"before": shown.before, "after": shown.after}
    return {
        "object": _plain(change.object),
        "path": format_path(change.path),
        **{key: value for key, value in ends.items() if value is not MISSING},
        "redacted": [format_path(place) for place in places],
        "rule": change.rule,
        "reason": redact_text(change.reason),
        "source": _plain(change.source),
    }


_AS_IT_IS: Final = (ObjectRef, Source, InputFile)
"""Names: what they name is found by them."""


@cache
def _fields(record: type[Any]) -> tuple[str, ...]:
    """The fields of a record that are told."""
    names: tuple[str, ...] = record.__struct_fields__
    return tuple(name for name in names if name != UNSAID.get(record))


def _plain(value: Any) -> Any:
    """Records and collections as JSON has them, without the secrets of their texts."""
    if isinstance(value, str):
        return redact_text(value)
    kind: Any = type(value)
    if kind in _AS_IT_IS:
        return {name: getattr(value, name) for name in _fields(kind)}
    if isinstance(value, Struct):
        return {name: _plain(getattr(value, name)) for name in _fields(kind)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(_plain, value))
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    return value
