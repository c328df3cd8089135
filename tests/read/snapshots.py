"""Folders as ``collect`` writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

HEAD: Final[Mapping[str, Any]] = {
    "tool": "multus-migrator",
    "version": "0.2.0",
    "snapshot": 1,
    "collected": "2026-11-26T11:30:00Z",
    "context": "lab",
    "server": "v1.31.2",
    "namespaces": [],
    "read": {},
    "absent": [],
    "unread": [],
}
READER: Final = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cni-reader, namespace: multus-migrator}
spec:
  selector: {matchLabels: {name: multus}}
  template:
    metadata: {labels: {name: multus}}
    spec: {containers: [{name: kube-multus, image: example.com/multus-cni:v4.0.2}]}
"""


def unread(resource: str, reason: str = "forbidden", **more: str) -> dict[str, str]:
    return {"resource": resource, "namespace": "", "reason": reason, "detail": "", **more}


def snapshot(folder: Path, objects: Mapping[str, str], **head: Any) -> Path:
    """``objects`` are texts by the names of their files, without the ending."""
    (folder / "objects").mkdir(parents=True)
    for name, text in objects.items():
        (folder / "objects" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "reader.yaml").write_text(READER, encoding="utf-8")
    text = json.dumps({**HEAD, **head}, indent=2) + "\n"
    (folder / "snapshot.json").write_text(text, encoding="utf-8")
    return folder
