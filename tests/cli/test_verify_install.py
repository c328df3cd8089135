"""``verify`` proves an install, not a copy: what was planned, and what the daemon needs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.cli.main import run

pytestmark = pytest.mark.kustomize

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "v4.0-thin"
DAEMONSET = "base/daemonset.apps--kube-system--kube-multus-ds.yaml"
BINDING = "base/clusterrolebinding.rbac.authorization.k8s.io--_cluster--multus.yaml"
SUBJECT = "{kind: ServiceAccount, name: multus, namespace: kube-system}"
CRD = (
    "customresourcedefinition.apiextensions.k8s.io--_cluster--"
    "network-attachment-definitions.k8s.cni.cncf.io.yaml"
)
GUARD = "component/patches/daemonset.apps--kube-system--kube-multus-ds.guard.yaml"
SIDECAR = "      containers:\n        - {name: other, image: registry.example/other:1}\n"

Tamper = Callable[[Path], None]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("planned") / "out"
    inputs = [str(SAMPLE / "manifests"), "--node-files", str(SAMPLE / "nodes")]
    assert run(["plan", *inputs, "-o", str(out), "--quiet"]) == 0
    return out


@pytest.fixture
def out(planned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(planned, tmp_path / "out"))


def proof(out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["verify", str(out)])
    said = capsys.readouterr()
    return code, said.out, said.err


def edit(name: str, old: str, new: str) -> Tamper:
    def tamper(out: Path) -> None:
        path = out / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return tamper


def both(*tampers: Tamper) -> Tamper:
    def tamper(out: Path) -> None:
        for each in tampers:
            each(out)

    return tamper


def link(name: str) -> Tamper:
    def tamper(out: Path) -> None:
        elsewhere = out.parent / "elsewhere"
        (out / name).rename(elsewhere)
        (out / name).symlink_to(elsewhere)

    return tamper


def drop_guard(out: Path) -> None:
    path = out / "component/kustomization.yaml"
    lines = path.read_text().splitlines(keepends=True)
    (at,) = [n for n, line in enumerate(lines) if Path(GUARD).name in line]
    entry = next(n for n in range(at + 1, len(lines)) if lines[n].startswith("  - "))
    path.write_text("".join([*lines[:at], *lines[entry:]]))
    (out / GUARD).unlink()


def add(name: str) -> Tamper:
    def tamper(out: Path) -> None:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("x\n")

    return tamper


TAMPERS = [
    pytest.param(
        edit(DAEMONSET, "securityContext: {privileged: true}", "securityContext: {}"),
        "DaemonSet kube-system/kube-multus-ds", id="privileged",
    ),
    pytest.param(
        edit(DAEMONSET, "      hostNetwork: true\n", ""),
        "DaemonSet kube-system/kube-multus-ds", id="hostNetwork",
    ),
    pytest.param(
        edit("base/kustomization.yaml", f"  - {CRD}\n", ""),
        "CustomResourceDefinition network-attachment-definitions", id="the CRD",
    ),
    pytest.param(
        edit(BINDING, f"  - {SUBJECT}\n", "  []\n"),
        "ClusterRoleBinding multus", id="the subject of its role",
    ),
    pytest.param(
        edit(DAEMONSET, "      containers:\n", SIDECAR),
        "DaemonSet kube-system/kube-multus-ds", id="a sidecar",
    ),
    pytest.param(link("base"), "base: a symbolic link", id="base elsewhere"),
    pytest.param(
        edit("rollback/kustomization.yaml", "../base", "../smoke-test/video--cameras.yaml"),
        "rollback", id="a rollback to something else",
    ),
    pytest.param(
        edit("rollback/kustomization.yaml", "../base", "../gone"),
        "the rollback does not build", id="a rollback that does not build",
    ),
    pytest.param(edit("runbook.md", "#", "##"), "runbook.md: edited", id="the runbook"),
    pytest.param(lambda out: (out / "runbook.md").unlink(), "runbook.md: gone", id="no runbook"),
    pytest.param(drop_guard, f"{GUARD}: gone", id="a guard"),
    pytest.param(add("notes.txt"), "notes.txt: not of this plan", id="a file of nobody"),
    pytest.param(add("base/more.yaml"), "base/more.yaml: not of this plan", id="one below base"),
]  # fmt: skip


def test_what_was_planned_is_proved_in_one_line(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = proof(out, capsys)
    assert code == 0
    assert said.startswith("Verified: ")
    assert (
        "  proved: 5 objects of the base as planned, 35 changes in 2 objects, 1 new object, "
        "3 as before, nothing else; the rollback gives the base; each stage of the rollout and of the "
        "way back changes the update strategy alone, or the pods alone; 27 files as written; 1 daemon "
        "has what Multus v4.2.4 needs\n"
    ) in said


@pytest.mark.parametrize(("tamper", "line"), TAMPERS)
def test_what_was_tampered_with_is_not_proved(
    out: Path, tamper: Tamper, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(out)
    code, said, error = proof(out, capsys)
    assert code == 1
    assert "Verified" not in said
    assert f"  {line}" in error
    assert "Traceback" not in error


def redigest(out: Path) -> None:
    """plan.json agrees with each file and object again, as far as digests go."""
    from migrator.kustomize.digests import object_digest
    from migrator.read.streams import parse_documents
    from tests.kustomize.plans import kustomize

    plan = json.loads((out / "plan.json").read_text())
    built = {}
    for folder in ("base", "."):
        documents, _ = parse_documents(kustomize(out / folder).encode(), folder)
        built[folder] = {
            json.dumps([d.ref.group, d.ref.kind, d.ref.namespace, d.ref.name]): object_digest(
                d.data
            )
            for d in documents
        }

    def key(ref: dict[str, str]) -> str:
        return json.dumps([ref[name] for name in ("group", "kind", "namespace", "name")])

    for item in plan["base"]:
        item["sha256"] = built["base"][key(item["object"])]
    for item in plan["objects"]:
        item["sha256"] = built["."].get(key(item["ref"]))
    plan["files"] = {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "plan.json"
    }
    (out / "plan.json").write_text(json.dumps(plan))


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        pytest.param(
            edit(DAEMONSET, "securityContext: {privileged: true}", "securityContext: {}"),
            "blocker", id="privileged",
        ),
        pytest.param(
            edit(DAEMONSET, "      hostNetwork: true\n", ""), "", id="hostNetwork",
        ),
        pytest.param(
            edit(BINDING, f"  - {SUBJECT}\n", "  []\n"), "", id="the subject of its role",
        ),
    ],
)  # fmt: skip
def test_edited_digests_do_not_help(
    out: Path, tamper: Tamper, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(out)
    redigest(out)
    code, _, error = proof(out, capsys)
    assert code == 1
    assert "that the plan did not have" in error
    assert line in error


def test_new_digests_of_an_untouched_tree_are_the_old_ones(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    redigest(out)
    assert proof(out, capsys)[0] == 0


@pytest.fixture(scope="module")
def rooted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT around a kustomize root with Multus, a NAD's workload, and a map of the user's."""
    place = tmp_path_factory.mktemp("rooted")
    root = Path(shutil.copytree(SAMPLE / "manifests", place / "root"))
    more = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cni-notes, namespace: cameras}\n"
    (root / "more.yaml").write_text(more)
    names = "multus.yaml, video.yaml, more.yaml"
    (root / "kustomization.yaml").write_text(f"resources: [{names}]\n")
    nodes = ["--node-files", str(SAMPLE / "nodes")]
    assert run(["plan", str(root), *nodes, "-o", str(place / "out"), "--quiet"]) == 0
    return place


@pytest.fixture
def rooted(rooted_once: Path, tmp_path: Path) -> Path:
    """The same for one test, which may change both: OUT names the root beside it."""
    return Path(shutil.copytree(rooted_once, tmp_path / "rooted")) / "out"


def test_a_root_may_drift_where_nobody_looks_and_is_told(
    rooted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit("../root/more.yaml", "cameras}", "cameras, labels: {a: b}}")(rooted)
    code, said, _ = proof(rooted, capsys)
    assert code == 0
    assert (
        "  drifted, where no patch looks: ConfigMap cameras/cni-notes: in the base it is not what "
        "it was when the plan was made\n"
    ) in said
    assert "  proved: 5 objects of the root that the daemon needs as planned, " in said


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        pytest.param(
            edit("../root/multus.yaml", f"  - {SUBJECT}\n", "  []\n"),
            "ClusterRoleBinding multus: in the base it is not", id="the subject of its role",
        ),
        pytest.param(
            edit("../root/multus.yaml", "      hostNetwork: true\n", ""),
            "DaemonSet kube-system/kube-multus-ds", id="hostNetwork",
        ),
        pytest.param(edit("runbook.md", "#", "##"), "runbook.md: edited", id="the runbook"),
        pytest.param(drop_guard, f"{GUARD}: gone", id="a guard"),
    ],
)  # fmt: skip
def test_a_root_may_not_drift_where_the_daemon_needs_it(
    rooted: Path, tamper: Tamper, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(rooted)
    code, said, error = proof(rooted, capsys)
    assert code == 1
    assert "Verified" not in said
    assert f"  {line}" in error


def test_a_plan_of_an_older_version_is_refused_in_a_line_that_helps(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit("plan.json", '"schema": 2,', '"schema": 1,')(out)
    code, _, error = proof(out, capsys)
    assert code == 1
    assert error == (
        f"error: {out / 'plan.json'} has schema 1, not 2; plan again with this version\n"
    )
    inputs = [str(SAMPLE / "manifests"), "--node-files", str(SAMPLE / "nodes")]
    assert run(["plan", *inputs, "-o", str(out), "--no-verify", "--quiet"]) == 0


def test_an_out_that_is_gone_or_a_plan_that_is_a_link_is_one_line(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link("plan.json")(out)
    code, _, error = proof(out, capsys)
    assert (code, error.count("\n")) == (1, 1)
    assert "plan.json is not a regular file; give a folder" in error
    code, _, error = proof(out / "gone", capsys)
    assert (code, error.count("\n")) == (1, 1)


def test_a_pipe_in_out_is_named_and_not_waited_for(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(out / "base" / "pipe.yaml")
    code, _, error = proof(out, capsys)
    assert code == 1
    assert "  base/pipe.yaml: not a regular file, which was not planned\n" in error


def test_a_name_that_would_write_on_the_terminal_is_made_visible(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / "a\x1b[2J\nVerified: x").write_text("")
    code, _, error = proof(out, capsys)
    assert code == 1
    assert "  a\\x1b[2J\\nVerified: x: not of this plan, nobody's\n" in error
