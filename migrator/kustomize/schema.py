"""Built objects against the schemas of Kubernetes itself (kubernetes-validate)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from migrator.read.documents import group_of
from migrator.trees.paths import format_path
from migrator.trees.redact import redact_text

_LONGEST: Final = 300  # there may be many unknown fields
_OF_KEYS: Final = frozenset({"required", "additionalProperties", "dependencies"})
"""Keywords of a schema whose messages name keys and no value."""
_TYPES: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a map",
}


class SchemaReport(Struct, frozen=True, kw_only=True):
    """``version`` is the Kubernetes release that was asked; ``errors`` are new in the build,
    ``inherited`` were in the base already; ``skipped`` says what has no schema, and why."""

    version: str
    valid: int
    errors: tuple[str, ...]
    inherited: tuple[str, ...]
    skipped: tuple[str, ...]


def validate(pairs: Iterable[tuple[str, Any, Mapping[str, Any]]]) -> SchemaReport:
    """Strictly: a field that the schema does not know is an error.

    ``pairs`` are (name of the object, it in the base or None, it in the build).
    """
    import kubernetes_validate  # takes 0.1 s, and only verify needs it

    version = kubernetes_validate.latest_version()
    release = ".".join(version.split(".")[:2])
    valid = 0
    errors, inherited, skipped = [], [], []
    for name, before, after in pairs:
        try:
            error = _violation(after, version)
        except LookupError:
            skipped.append(f"{name}: Kubernetes {release} has no schema of {after['apiVersion']}")
            continue
        if error is None:
            valid += 1
        elif before is not None and _is_same(error, before, version):
            inherited.append(f"{name}: {_told(error)}")
        else:
            errors.append(f"{name}: {_told(error)}")
    return SchemaReport(
        version=release,
        valid=valid,
        errors=tuple(errors),
        inherited=tuple(inherited),
        skipped=tuple(skipped),
    )


def _violation(data: Mapping[str, Any], version: str) -> Any:
    """The most telling violation of the schema, a ValidationError, None for a valid object.
    Errors: LookupError where there is no schema of it."""
    from jsonschema.exceptions import best_match

    if not _is_builtin(data):
        raise LookupError
    validator = _validator(str(data["kind"]).lower(), str(data["apiVersion"]), version)
    return best_match(validator.iter_errors(data))


@lru_cache(maxsize=64)
def _validator(kind: str, api_version: str, version: str) -> Any:
    """What kubernetes-validate makes for each object anew, from its own files: those are large, and
    a build has many objects of few kinds. Errors: LookupError where it has no schema."""
    from jsonschema import Draft202012Validator
    from kubernetes_validate.utils import schema_contents
    from referencing import Resource

    group_version = _GROUP.sub(r"\1-", api_version)
    name = f"{kind}-{group_version}"
    try:
        schema = schema_contents(f"{_folder(version)}/{name}.json", version)
    except FileNotFoundError:
        raise LookupError(name) from None
    registry = Resource.from_contents(schema) @ _definitions(version)
    return Draft202012Validator(schema, registry=registry)


@lru_cache(maxsize=1)
def _definitions(version: str) -> Any:
    """What the schemas of all kinds refer to."""
    from kubernetes_validate.utils import schema_contents
    from referencing import Registry, Resource

    contents = schema_contents(f"{_folder(version)}/_definitions.json", version)
    registry: Registry[Any] = Registry()
    return Resource.from_contents(contents) @ registry


def _folder(version: str) -> str:
    return f"kubernetes-json-schema/v{version}-local-strict"


_GROUP: Final = re.compile(r"^([^./]*)(?:\.[^/]*)?/")
"""rbac.authorization.k8s.io/v1 is rbac-v1 in the name of a file."""


def _is_same(error: Any, before: Mapping[str, Any], version: str) -> bool:
    try:
        other = _violation(before, version)
    except LookupError:
        return False
    return other is not None and (error.message, list(error.absolute_path)) == (
        other.message,
        list(other.absolute_path),
    )


def _told(error: Any) -> str:
    """Where and what, without the value: jsonschema quotes it, and it may be a secret that is too
    short or too plain to be known as one."""
    where = format_path(tuple(error.absolute_path)) or "the object"
    if error.validator == "type":
        wanted = error.validator_value
        names = [
            name for name in ([wanted] if isinstance(wanted, str) else wanted) if name != "null"
        ]
        what = f"is {_TYPES.get(type(error.instance), 'null')} and not of type {' or '.join(names)}"
    elif error.validator in _OF_KEYS:
        what = redact_text(" ".join(error.message.split()))
    else:
        what = f"is not what the schema takes ({error.validator})"
    return f"{where}: {what if len(what) <= _LONGEST else what[:_LONGEST] + '...'}"


def _is_builtin(data: Mapping[str, Any]) -> bool:
    """kubernetes-validate cuts a group at its first dot, so that ``apps.example.com/v1`` would
    be taken for ``apps/v1``; and what it is given becomes the name of a file that it opens."""
    version, kind = str(data["apiVersion"]), str(data["kind"])
    group = group_of(version)
    named = _VERSION.fullmatch(version) and _KIND.fullmatch(kind)
    return bool(named) and ("." not in group or group in _DOTTED)


_VERSION: Final = re.compile(r"(?:[a-z0-9.-]{1,100}/)?[a-z0-9]{1,60}")
_KIND: Final = re.compile(r"[A-Za-z0-9]{1,60}")


_DOTTED: Final = frozenset(
    f"{group}.k8s.io"
    for group in (
        "admissionregistration",
        "apiextensions",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
    )
)
