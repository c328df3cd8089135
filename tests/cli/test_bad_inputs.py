"""Twenty bad inputs: one clear line each, exit code 1, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.tools import migrator, tree
from tests.plan.estates import nad

GOOD = nad("lan", config='{"name": "lan", "type": "macvlan"}')

FILES: dict[str, tuple[bytes, str]] = {
    "broken YAML": (b"kind: NetworkAttachmentDefinition\nmetadata: {name: a\n", "multus.yaml:"),
    "a tab": (b"kind: NetworkAttachmentDefinition\nmetadata:\n\tname: multus\n", "multus.yaml:3"),
    "a duplicate key": (GOOD.encode() + b"kind: Multus\n", "multus.yaml:"),
    "a Helm template": (
        b"apiVersion: v1\nkind: ConfigMap\n{{- if .Values.multus }}\ndata: {}\n{{- end }}\n",
        "multus.yaml:3",
    ),
    "Jinja": (b"{% if multus %}\nkind: ConfigMap\n{% endif %}\n", "multus.yaml:1"),
    "not UTF-8": (b"kind: ConfigMap\nmetadata: {name: multus-\xff}\n", "multus.yaml:2"),
    "UTF-16": ("kind: ConfigMap # multus\n".encode("utf-16"), "multus.yaml:1"),
    "a NUL byte": (b"kind: ConfigMap\nmetadata: {name: multus\x00}\n", "multus.yaml:2"),
    "a tag that would run code": (
        (
            b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: multus}\n"
            b"data: !!python/object/apply:os.system [x]\n"
        ),
        "multus.yaml:4",
    ),
    "an alias without an anchor": (
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: *multus\n",
        "multus.yaml:3",
    ),
    "an alias bomb": (
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: multus}\ndata:\n"
        b"  a: &a [x, x, x, x, x, x, x, x, x]\n"
        + b"".join(
            b"  %c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n" % (n + 1, n + 1, *[n] * 9)
            for n in range(ord("a"), ord("i"))
        ),
        "multus.yaml:",
    ),
    "nesting without end": (b"kind: multus\na: " + b"[" * 20000, "multus.yaml:"),
    "the same object twice": (f"{GOOD}---\n{GOOD}".encode(), "multus.yaml:"),
    "infinity": (
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: multus}\ndata: {a: .inf}\n",
        "multus.yaml:4",
    ),
}


@pytest.mark.parametrize(("content", "where"), FILES.values(), ids=list(FILES))
def test_a_file(content: bytes, where: str, tmp_path: Path) -> None:
    (tmp_path / "multus.yaml").write_bytes(content)
    _fails(tmp_path, where, "multus.yaml")


def _fails(folder: Path, where: str, *arguments: str) -> None:
    before = tree(folder)
    run = migrator("plan", *arguments, "-o", "out", cwd=folder)
    assert (run.code, run.out) == (1, ""), run.out
    lines = run.err.splitlines()
    assert len(lines) == 1, run.err
    assert lines[0].startswith(f"error: {where}")
    assert len(lines[0]) < 400
    assert "Traceback" not in run.err
    assert tree(folder) == before


def test_an_absent_file(tmp_path: Path) -> None:
    _fails(tmp_path, "absent.yaml", "absent.yaml")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    _fails(tmp_path, "empty", "empty")


def test_node_files_that_are_absent(tmp_path: Path) -> None:
    (tmp_path / "multus.yaml").write_text(GOOD)
    _fails(tmp_path, "nodes", "multus.yaml", "--node-files", "nodes")


def test_a_kustomization_with_a_remote_resource(tmp_path: Path) -> None:
    text = "resources:\n- https://example.com/multus-daemonset.yml\n"
    (tmp_path / "kustomization.yaml").write_text(text)
    run = migrator("plan", ".", "--dry-run", "--if-present", cwd=tmp_path)
    assert run.code == 4
    assert run.out.startswith("NOT SEEN WHOLE")
    assert "kustomization.yaml:2" in run.err
    assert "kustomize build . | multus-migrator plan -" in run.err


def test_out_that_holds_other_files(tmp_path: Path) -> None:
    (tmp_path / "multus.yaml").write_text(GOOD)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    _fails(tmp_path, "out", "multus.yaml")


@pytest.mark.kustomize
def test_out_below_the_kustomize_root_that_is_the_input(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "nad.yaml").write_text(GOOD)
    (root / "kustomization.yaml").write_text("resources: [nad.yaml]\n")
    before = tree(tmp_path)
    run = migrator("plan", "root", "-o", "root/out", cwd=tmp_path)
    assert run.code == 1
    assert "-o root-multus-thick" in run.err
    assert tree(tmp_path) == before


def test_out_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "multus.yaml").write_text(GOOD)
    (tmp_path / "out").write_text("")
    _fails(tmp_path, "out", "multus.yaml")


def test_one_bad_file_beside_good_ones(tmp_path: Path) -> None:
    """Reported and fatal, unless it cannot matter, or --keep-going says so."""
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "nad.yaml").write_text(GOOD)
    (folder / "broken.yaml").write_text(
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {name\n"
    )
    _fails(tmp_path, "all/broken.yaml:", "all")
    run = migrator("plan", "all", "-o", "out", "--keep-going", cwd=tmp_path)
    assert run.code == 4, run.err
    assert "left out: all/broken.yaml" in run.err
    (folder / "broken.yaml").write_text("replicaCount: {{ .Values.count }}\n{{- end }}\n")
    assert migrator("plan", "all", "-o", "out2", cwd=tmp_path).code == 0


@pytest.mark.parametrize("name", ["calico", "/etc/cni/net.d/10-calico.conflist", "10 calico.conf"])
def test_a_primary_cni_that_no_daemon_could_look_up_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "multus.yaml").write_text(GOOD)
    before = tree(tmp_path)
    run = migrator("plan", "multus.yaml", "--primary-cni", name, cwd=tmp_path)
    assert run.code == 64
    assert "10-calico.conflist" in run.err
    assert tree(tmp_path) == before
