"""Built objects against the schemas of Kubernetes itself (kubernetes-validate)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from migrator.read.documents import group_of
from migrator.trees.paths import format_path
from migrator.trees.redact import redact_text

_LONGEST: Final = 300  # a message may quote the whole object


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaReport:
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
        complaint = _complaint(after, version)
        if complaint is None:
            skipped.append(f"{name}: Kubernetes {release} has no schema of {after['apiVersion']}")
        elif not complaint:
            valid += 1
        elif before is not None and complaint == _complaint(before, version):
            inherited.append(f"{name}: {complaint}")
        else:
            errors.append(f"{name}: {complaint}")
    return SchemaReport(
        version=release,
        valid=valid,
        errors=tuple(errors),
        inherited=tuple(inherited),
        skipped=tuple(skipped),
    )


def _complaint(data: Mapping[str, Any], version: str) -> str | None:
    """The most telling violation of the schema, "" for a valid object, None without a schema."""
    import kubernetes_validate

    if not _is_builtin(data):
        return None
    try:
        kubernetes_validate.validate(data, version, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return None
    except kubernetes_validate.ValidationError as error:
        where = format_path(tuple(error.absolute_path)) or "the object"
        message = redact_text(" ".join(error.message.split()))
        return f"{where}: {message if len(message) <= _LONGEST else message[:_LONGEST] + '...'}"
    return ""


def _is_builtin(data: Mapping[str, Any]) -> bool:
    """kubernetes-validate cuts a group at its first dot, so that ``apps.example.com/v1`` would
    be taken for ``apps/v1``."""
    group = group_of(str(data["apiVersion"]))
    return "." not in group or group in _DOTTED


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
