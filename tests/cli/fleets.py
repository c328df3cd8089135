"""Fleets for tests: folders with a manifest each, and their FLEET.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.builders import ROLE, V4, daemonset
from tests.cli.tools import Run, migrator
from tests.plan.estates import RULES

THIN = f"{daemonset('--multus-conf-file=auto', '--cni-version=0.3.1', image=V4)}---\n{ROLE}{RULES}"
OTHER = THIN.replace("cni-version=0.3.1", "cni-version=0.4.0")
BLOCKED = THIN.replace("ghcr.io/k8snetworkplumbingwg/multus-cni", "docker.io/bitnami/multus-cni")
NOTHING = "apiVersion: v1\nkind: Namespace\nmetadata: {name: tills}\n"
KINDS = {"thin": THIN, "other": OTHER, "blocked": BLOCKED, "nothing": NOTHING}


def fleet_yaml(place: Path, *clusters: Mapping[str, Any], **top: Any) -> Path:
    """FLEET.yaml as JSON, which is YAML."""
    path = place / "fleet.yaml"
    path.write_text(json.dumps({**top, "clusters": clusters}, indent=1))
    return path


def made(place: Path, kinds: Mapping[str, str]) -> Path:
    """A fleet with a cluster of each name, of that kind; "gone" has no file."""
    for name, kind in kinds.items():
        folder = place / name
        folder.mkdir(parents=True)
        if kind in KINDS:
            (folder / "multus.yaml").write_text(KINDS[kind])
    return fleet_yaml(place, *({"name": n, "inputs": [f"{n}/multus.yaml"]} for n in kinds))


def fleet(place: Path, *arguments: str, **more: Any) -> Run:
    """``fleet fleet.yaml -o out``, not built with kustomize."""
    return migrator(
        "fleet", "fleet.yaml", "-o", "out", "--no-verify", *arguments, cwd=place, **more
    )


def told(place: Path, out: str = "out") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / out / "fleet.json").read_text())
    return found


def outcomes(place: Path, out: str = "out") -> dict[str, str]:
    return {each["name"]: each["outcome"] for each in told(place, out)["clusters"]}
