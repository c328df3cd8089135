"""Plan -> plan.json: the whole plan for machines, and what ``verify`` reads.

Its shape is docs/plan.schema.json. Records stand with the fields of ``migrator.model``; a field
that is absent in the cluster (MISSING) is absent here.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from migrator import __version__
from migrator.kustomize.base import is_verbatim, stripped
from migrator.kustomize.names import file_stem
from migrator.kustomize.planfile import NAME, SCHEMA, TOOL, sha256
from migrator.model.inputs import MISSING
from migrator.model.inventory import Install, Target
from migrator.model.plan import Attachment, Change, Plan, Planned, Resolution
from migrator.trees.paths import format_path

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
        "allowed": sorted(plan.allowed),
        "blocked": list(dict.fromkeys(finding.id for finding in plan.blockers)),
        "files": {
            path: sha256(text.encode()) for path, text in sorted(files.items()) if path != NAME
        },
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
