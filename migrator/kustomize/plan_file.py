"""plan.json as it is read again. It may have been edited by anybody: it is checked, or refused."""

from __future__ import annotations

import json
import pathlib
import stat
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from migrator.kustomize.plan_json import NAME, SCHEMA, TOOL
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ObjectRef, Path, Source
from migrator.model.plan import Change
from migrator.model.release import Release, parse
from migrator.tools.bounds import DEPTH, OUT_FILE
from migrator.trees.paths import parse_path

_AGAIN: Final = "plan again with this version"


class PlannedInstall(Struct, frozen=True, kw_only=True):
    """A Multus DaemonSet of the plan and the name of its Multus container."""

    daemonset: ObjectRef
    container: str


class BaseObject(Struct, frozen=True, kw_only=True):
    """An object as it was: its digest, and whether it must be that very object. One that is not
    ``binding`` belongs to a kustomize root, and may change where no patch looks; one that is
    ``replaced`` is not in the base but in the rollback alone."""

    ref: ObjectRef
    digest: str
    binding: bool
    replaced: bool


class PlannedObject(Struct, frozen=True, kw_only=True):
    """``digest`` of the object as it shall be built, None for one that is removed."""

    ref: ObjectRef
    digest: str | None


class PlannedChange(Struct, frozen=True, kw_only=True):
    """A change, and the paths of the object at which it does not show a secret."""

    change: Change
    redacted: tuple[Path, ...]


Standing = tuple[str, str, ObjectRef | None]
"""Id, severity and object of a finding."""


class PlanFile(Struct, frozen=True, kw_only=True):
    """``root`` says that the base is a kustomize root of the user's. ``daemons`` and ``standing``
    are what the checks said of the planned objects. ``files`` maps each other file of OUT to the
    SHA-256 that it was written with; ``blocked`` are the ids of the blockers because of which
    nothing but reports was written."""

    release: Release
    root: bool
    objects: tuple[PlannedObject, ...]
    base: tuple[BaseObject, ...]
    changes: tuple[PlannedChange, ...]
    installs: tuple[PlannedInstall, ...]
    daemons: tuple[ObjectRef, ...]
    standing: tuple[Standing, ...]
    files: Mapping[str, str]
    blocked: tuple[str, ...]


def read_plan(path: pathlib.Path) -> PlanFile:
    """Errors: MigratorError where there is no plan.json that this version wrote."""
    hint = "give a folder that `multus-migrator plan -o` wrote"
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise MigratorError(f"{path} is not a regular file", hint=hint)
        if found.st_size > OUT_FILE.bytes():
            message = f"{path} is larger than {OUT_FILE.value()} {OUT_FILE.unit}"
            raise MigratorError(message, hint=f"{hint}; {OUT_FILE.more}")
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise MigratorError(f"{path} cannot be read: {reason}", hint=hint) from None
    return parse_plan(text, str(path))


def parse_plan(text: str, name: str = NAME) -> PlanFile:
    """Errors: MigratorError where ``text`` is not a plan of this version."""
    data = _document(text, name)
    if data.get("schema") != SCHEMA:
        found = _word(data.get("schema"))
        raise MigratorError(f"{name} has schema {found}, not {SCHEMA}", hint=_AGAIN)
    try:
        return PlanFile(
            release=parse(_text(data["target"]["release"])),
            root=data["root"] is not None,
            objects=tuple(map(_object, _list(data["objects"]))),
            base=tuple(map(_base_object, _list(data["base"]))),
            changes=tuple(map(_change, _list(data["changes"]))),
            installs=tuple(map(_install, _list(data["installs"]))),
            daemons=tuple(map(_ref, _list(data["daemons"]))),
            standing=tuple(map(_standing, _list(data["standing"]))),
            blocked=tuple(map(_text, _list(data["blocked"]))),
            files=_files(data),
        )
    except KeyError as error:
        raise MigratorError(f"{name} is damaged: no {error}", hint=_AGAIN) from None
    except (ValueError, TypeError, AttributeError, RecursionError, MigratorError):
        raise _damaged(name) from None


def written_files(text: str, name: str = NAME) -> Mapping[str, str]:
    """The digests of the files beside a plan.json of this version or an older one: whatever
    wrote them, they are ours, and a new plan may replace them.

    Errors: MigratorError where ``text`` is no plan.
    """
    data = _document(text, name)
    try:
        return _files(data)
    except (KeyError, TypeError, AttributeError):
        raise _damaged(name) from None


def _document(text: str, name: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
        _check_tree(data)
    except (ValueError, RecursionError):
        raise _damaged(name) from None
    if not isinstance(data, dict):
        raise _damaged(name)
    if data.get("tool") != TOOL:
        raise MigratorError(f"{name} is not from {TOOL}")
    return data


def _damaged(name: str) -> MigratorError:
    return MigratorError(f"{name} is damaged: not what it should be", hint=_AGAIN)


def _check_tree(tree: Any) -> None:
    """Errors: ValueError for a tree that is too deep to walk, or a text that cannot be printed
    (half of a surrogate pair)."""
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > 2 * DEPTH:  # a document of the greatest depth, within the plan
            raise ValueError("too deep")
        following: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                following += item.keys()
                following += item.values()
            elif isinstance(item, list):
                following += item
            elif isinstance(item, str):
                item.encode()
        level = following


def _word(value: Any) -> str:
    return str(value) if isinstance(value, int) else "of another kind"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _files(data: Mapping[str, Any]) -> dict[str, str]:
    return {path: _text(digest) for path, digest in data["files"].items()}


def _paths(value: Any) -> tuple[Path, ...]:
    return tuple(parse_path(_text(path)) for path in _list(value))


def _ref(data: Mapping[str, Any]) -> ObjectRef:
    return ObjectRef(
        group=_text(data["group"]),
        kind=_text(data["kind"]),
        namespace=_text(data["namespace"]),
        name=_text(data["name"]),
    )


def _object(data: Mapping[str, Any]) -> PlannedObject:
    digest = data["sha256"]
    return PlannedObject(ref=_ref(data["ref"]), digest=None if digest is None else _text(digest))


def _base_object(data: Mapping[str, Any]) -> BaseObject:
    return BaseObject(
        ref=_ref(data["object"]),
        digest=_text(data["sha256"]),
        binding=data["binding"] is True,
        replaced=data.get("replaced") is True,
    )


def _standing(data: Mapping[str, Any]) -> Standing:
    found = data["object"]
    return _text(data["id"]), _text(data["severity"]), None if found is None else _ref(found)


def _install(data: Mapping[str, Any]) -> PlannedInstall:
    return PlannedInstall(daemonset=_ref(data["daemonset"]), container=_text(data["container"]))


def _change(data: Mapping[str, Any]) -> PlannedChange:
    source = data["source"]
    change = Change(
        object=_ref(data["object"]),
        path=parse_path(_text(data["path"])),
        before=data.get("before", MISSING),
        after=data.get("after", MISSING),
        reason=_text(data["reason"]),
        rule=_text(data["rule"]),
        source=Source(file=_text(source["file"]), line=source["line"]) if source else None,
    )
    return PlannedChange(change=change, redacted=_paths(data["redacted"]))
