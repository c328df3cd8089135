"""Files beside the manifests have bounds too: the pods of ``verify --pods``, and those of OUT."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.kustomize.digests import sha256
from migrator.kustomize.owned import held, tampered
from migrator.model.errors import MigratorError
from migrator.tools.bounds import INPUT_TIME, OUT_FILE, PODS
from tests.cli.test_output import tree, write_tree
from tests.cli.tools import migrator


def test_pods_have_a_bound(tmp_path: Path) -> None:
    (tmp_path / "pods.json").write_text("{" + " " * 2**20)
    os.mkfifo(tmp_path / "pipe")
    env = {PODS.variable: "1", INPUT_TIME.variable: "1"}
    for name, said, stdin in (
        ("pods.json", "pods.json:1: larger than 1 MiB; give the pods of one namespace", b""),
        ("-", "-:1: larger than 1 MiB; give the pods of one namespace", b" " * 2**21),
        ("pipe", "pipe:1: nothing more came within 1 seconds", b""),
        ("/dev/zero", "/dev/zero:1: a device, not a file", b""),
        (".", ".:1: cannot be read: Is a directory", b""),
        ("none", "none:1: no such file or folder", b""),
    ):
        run = migrator("verify", "--pods", name, cwd=tmp_path, stdin=stdin, env=env)
        assert run.code == 1
        assert run.err.startswith(f"error: {said}")
        assert len(run.err.splitlines()) == 1


def test_a_file_of_out_that_is_larger_than_any_written_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest would be right."""
    content = {"a.yaml": "x" * (2**20 + 1)}
    write_tree(tmp_path / "out", tree(**content))
    digests = {"a.yaml": sha256(content["a.yaml"].encode())}
    assert list(tampered(held(tmp_path / "out"), digests)) == []
    monkeypatch.setenv(OUT_FILE.variable, "1")
    assert list(tampered(held(tmp_path / "out"), digests)) == [
        "a.yaml: edited since it was written"
    ]
    with pytest.raises(MigratorError, match=r"a\.yaml was not written .* or was changed since"):
        write_tree(tmp_path / "out", tree())


def test_a_plan_that_is_larger_than_any_written_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tree()
    write_tree(tmp_path / "out", {**files, "plan.json": files["plan.json"] + " " * 2**20})
    monkeypatch.setenv(OUT_FILE.variable, "1")
    with pytest.raises(MigratorError, match=r"plan\.json was not written"):
        write_tree(tmp_path / "out", files)
