"""`verify OUT --against` what the cluster of the tests shows, before, during and after both ways."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from migrator.cli.main import run as migrate
from tests.cluster.by_hand import ByHand
from tests.cluster.estate import NODES, Estate, estate

pytestmark = [pytest.mark.kustomize, pytest.mark.slow]

KINDS = (
    "daemonsets,configmaps,clusterroles,network-attachment-definitions.k8s.cni.cncf.io,pods,nodes"
)


def held(one: Estate, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    """What the dump of the cluster is against its plan."""
    got = subprocess.run(
        ["kubectl", "get", KINDS, "-A", "-o", "yaml"],
        env=one.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    dump = one.folder / "live.yaml"
    dump.write_text(got.stdout)
    capsys.readouterr()
    code = migrate(["verify", str(one.out), "--against", str(dump), "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_each_point_of_the_rollout_is_told(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with estate(out, tmp_path / "c", "create", NODES[:2], ByHand) as one:
        code, report = held(one, capsys)
        assert code == 1, "apply would leave the fields of an install that create made"
        told = json.dumps(report)
        assert "set-last-applied" in told
        points = []
        for words in (
            ["forward", "--nodes", "n1"],
            ["forward"],
            ["back", "--nodes", "n2"],
            ["back"],
        ):
            done = one.run(*words)
            assert done.returncode == 0, done.stderr
            code, report = held(one, capsys)
            points.append((code, report["stand"], report["wrong"]))
        assert points == [
            (0, "stage-one", []),
            (0, "done", []),
            (0, "back-stage-one", []),
            (0, "before", []),
        ]
