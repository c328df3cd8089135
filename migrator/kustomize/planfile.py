"""plan.json -> the part of it that ``verify`` holds the build against."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ObjectRef, Source
from migrator.model.plan import Change
from migrator.trees.paths import parse_path

NAME: Final = "plan.json"
TOOL: Final = "multus-migrator"
SCHEMA: Final = 1
"""Version of plan.json: raised where a reader of the old one would go wrong."""


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


def sha256(data: bytes) -> str:
    """The digest of a file as plan.json holds it."""
    return hashlib.sha256(data).hexdigest()


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
            objects=tuple(_ref(item["ref"]) for item in data["objects"]),
            changes=tuple(map(_change, data["changes"])),
            installs=tuple(map(_install, data["installs"])),
            blocked=tuple(map(str, data["blocked"])),
            files={str(path): str(digest) for path, digest in data["files"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else "not what it should be"
        hint = "plan again"
        raise MigratorError(f"{name} is damaged: {reason}", hint=hint) from None


def _ref(data: Mapping[str, str]) -> ObjectRef:
    return ObjectRef(
        group=data["group"], kind=data["kind"], namespace=data["namespace"], name=data["name"]
    )


def _install(data: Mapping[str, Any]) -> PlannedInstall:
    return PlannedInstall(daemonset=_ref(data["daemonset"]), container=str(data["container"]))


def _change(data: Mapping[str, Any]) -> Change:
    source = data.get("source")
    return Change(
        object=_ref(data["object"]),
        path=parse_path(data["path"]),
        before=data.get("before", MISSING),
        after=data.get("after", MISSING),
        reason=str(data["reason"]),
        rule=str(data["rule"]),
        source=Source(file=source["file"], line=source["line"]) if source else None,
    )
