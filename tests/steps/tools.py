"""The two questions that a test asks a step: what does it change, and what does it leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from migrator.model.inputs import CniFile
from migrator.trees.paths import format_path
from tests.builders import intent

DAEMONSET = "DaemonSet kube-system/kube-multus-ds"
POD = "spec.template.spec"
MAIN = f"{POD}.containers[name=kube-multus]"
INSTALLER = f"{POD}.initContainers[name=install-multus-binary]"


def changed(
    step: ModuleType,
    *texts: str,
    to: str = "4.2.4",
    files: tuple[CniFile, ...] = (),
    **settings: str,
) -> dict[str, dict[str, Any]]:
    """Object -> path -> value after (MISSING: removed), as the step yields them."""
    found: dict[str, dict[str, Any]] = {}
    for change in step.changes(intent(*texts, files=files, release=to, **settings)):
        assert change.reason
        assert change.rule == step.RULE.id
        of_object, path = found.setdefault(str(change.object), {}), format_path(change.path)
        assert path not in of_object, f"{path} is changed twice"
        of_object[path] = change.after
    return found


def assert_migrates(
    step: ModuleType,
    *texts: str,
    gives: Mapping[str, Any],
    on: str = DAEMONSET,
    **settings: Any,
) -> None:
    """The step makes these changes to the object ``on``: path -> value after (MISSING: removed)."""
    found = changed(step, *texts, **settings).get(on, {})
    assert {path: found.get(path, "no change") for path in gives} == dict(gives)


def assert_unchanged(
    step: ModuleType, *texts: str, paths: tuple[str, ...] = (), **settings: Any
) -> None:
    """The step changes nothing; with ``paths``: nothing at, above or below these."""
    found = [path for changes in changed(step, *texts, **settings).values() for path in changes]
    touched = [
        path
        for path in found
        if not paths or any(_within(path, p) or _within(p, path) for p in paths)
    ]
    assert touched == []


def _within(path: str, parent: str) -> bool:
    return path == parent or path.startswith((f"{parent}.", f"{parent}["))
