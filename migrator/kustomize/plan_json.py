"""plan.json: the whole plan for machines, and what ``verify`` reads of it again.

Its shape is docs/plan.schema.json. Records stand with the fields of ``migrator.model``; a field
that is absent in the cluster (MISSING) is absent here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from migrator import __version__
from migrator.kustomize.base import is_verbatim, stripped
from migrator.kustomize.names import file_stem
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ObjectRef, Source
from migrator.model.inventory import Install, Target
from migrator.model.plan import Attachment, Called, Change, Plan, Planned, Resolution
from migrator.trees.paths import format_path, parse_path

NAME: Final = "plan.json"
TOOL: Final = "multus-migrator"
SCHEMA: Final = 1
"""Version of plan.json: raised where a reader of the old one would go wrong."""


def sha256(data: bytes) -> str:
    """The digest of a file as plan.json holds it."""
    return hashlib.sha256(data).hexdigest()


UNSAID: Mapping[type, str] = {Attachment: "difference", Resolution: "failure"}
"""Classes that the program itself decides by: the sentence beside each of them says the same."""


def plan_text(plan: Plan, files: Mapping[str, str]) -> str:
    """The text of plan.json for an OUT that holds ``files`` beside it."""
    return json.dumps(plan_document(plan, files), ensure_ascii=False, indent=2) + "\n"


def plan_document(plan: Plan, files: Mapping[str, str]) -> dict[str, Any]:
    """The plan as JSON has it: the same plan and files give the same document."""
    reading = plan.before.inventory.reading
    bases = {PurePosixPath(path).name: path for path in files if path.startswith("base/")}
    return {
        "schema": SCHEMA,
        "tool": TOOL,
        "version": __version__,
        "verdict": plan.readiness.value,
        "assumptions": [assumption.value for assumption in plan.assumptions],
        "target": _target(plan.target),
        "inputs": _plain(reading.inputs),
        "root": reading.root.path if reading.root else None,
        "problems": _plain(reading.problems),
        "installs": [_install(install) for install in plan.before.inventory.installs],
        "decisions": _plain(plan.decisions),
        "objects": [_object(planned, bases) for planned in plan.objects],
        "changes": [_change(change) for planned in plan.objects for change in planned.changes],
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
        "base": bases.get(f"{file_stem(planned.ref)}.yaml") if document else None,
        "verbatim": bool(document and is_verbatim(document)),
        "stripped": stripped(document) if document else [],
        "changed": bool(planned.changes),
    }


def _change(change: Change) -> dict[str, Any]:
    ends = {"before": change.before, "after": change.after}
    return {
        "object": _plain(change.object),
        "path": format_path(change.path),
        **{key: _plain(value) for key, value in ends.items() if value is not MISSING},
        "rule": change.rule,
        "reason": change.reason,
        "source": _plain(change.source),
    }


def _plain(value: Any) -> Any:
    """Records and collections as JSON has them."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        unsaid = UNSAID.get(type(value))
        return {name: _plain(getattr(value, name)) for name in names if name != unsaid}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(_plain, value))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedInstall:
    """A Multus DaemonSet of the plan and the name of its Multus container."""

    daemonset: ObjectRef
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """``files`` maps each other file of OUT to the SHA-256 that it was written with; ``blocked``
    are the ids of the blockers because of which nothing but reports was written."""

    version: str
    objects: tuple[ObjectRef, ...]
    changes: tuple[Change, ...]
    installs: tuple[PlannedInstall, ...]
    files: Mapping[str, str]
    blocked: tuple[str, ...]


def read_plan(path: Path) -> PlanFile:
    """Errors: MigratorError where there is no plan.json that this version wrote."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "give a folder that `multus-migrator plan -o` wrote"
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise MigratorError(f"{path} cannot be read: {reason}", hint=hint) from None
    return parse_plan(text, str(path))


def parse_plan(text: str, name: str = NAME) -> PlanFile:
    """Errors: MigratorError where ``text`` is not a plan of this version."""
    try:
        data = json.loads(text)
        if data["tool"] != TOOL:
            raise MigratorError(f"{name} is not from {TOOL}")
        if data["schema"] != SCHEMA:
            hint = "plan again with this version"
            raise MigratorError(f"{name} has schema {data['schema']!r}, not {SCHEMA}", hint=hint)
        return PlanFile(
            version=str(data["version"]),
            objects=tuple(_read_ref(item["ref"]) for item in data["objects"]),
            changes=tuple(map(_read_change, data["changes"])),
            installs=tuple(map(_read_install, data["installs"])),
            blocked=tuple(map(str, data["blocked"])),
            files={str(path): str(digest) for path, digest in data["files"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else "not what it should be"
        hint = "plan again"
        raise MigratorError(f"{name} is damaged: {reason}", hint=hint) from None


def _read_ref(data: Mapping[str, str]) -> ObjectRef:
    return ObjectRef(
        group=data["group"], kind=data["kind"], namespace=data["namespace"], name=data["name"]
    )


def _read_install(data: Mapping[str, Any]) -> PlannedInstall:
    return PlannedInstall(daemonset=_read_ref(data["daemonset"]), container=str(data["container"]))


def _read_change(data: Mapping[str, Any]) -> Change:
    source = data.get("source")
    return Change(
        object=_read_ref(data["object"]),
        path=parse_path(data["path"]),
        before=data.get("before", MISSING),
        after=data.get("after", MISSING),
        reason=str(data["reason"]),
        rule=str(data["rule"]),
        source=Source(file=source["file"], line=source["line"]) if source else None,
    )
