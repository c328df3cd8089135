"""Values that manifests of generators have: empty, null, of another type, in another encoding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import ROLE, daemonset
from tests.cli.tools import Run, migrator, tree
from tests.plan.estates import RULES, deployment, nad

NAMED = "metadata:\n  name: kube-multus-ds\n  namespace: kube-system"
INSTALL = f"{daemonset('--multus-conf-file=auto')}---\n{ROLE}{RULES}"
LAN = '{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}'
ESTATE = f"{INSTALL}---\n{nad('lan', config=LAN)}---\n{deployment('lan')}"


def _plan(folder: Path, text: str, *options: str) -> Run:
    folder.mkdir(exist_ok=True)
    (folder / "multus.yaml").write_text(text)
    return migrator("plan", "multus.yaml", "-o", "out", *options, cwd=folder)


@pytest.mark.kustomize
@pytest.mark.parametrize("nothing", ['""', "null", "~", "''", ""])
def test_an_empty_namespace_says_nothing(tmp_path: Path, nothing: str) -> None:
    text = ESTATE.replace("namespace: default", f"namespace: {nothing}")
    text = text.replace("  namespace: kube-system\n", f"  namespace: {nothing}\n", 1)
    text = text.replace("namespace: , ", "").replace("name: lan, namespace: }", "name: lan}")
    run = _plan(tmp_path, text)
    assert run.code == 0, run.err
    assert migrator("verify", "out", cwd=tmp_path).code == 0
    plan = json.loads((tmp_path / "out/plan.json").read_text())
    assert {a["verdict"] for a in plan["attachments"]} == {"equal"}
    assert "lan" in {a["network"].rpartition("/")[2] for a in plan["attachments"]}
    assert {ref["namespace"] for ref in plan["daemons"]} == {""}


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ("null", "multus.yaml:1: DaemonSet: has no metadata"),
        ("{}", "multus.yaml:3: DaemonSet: metadata has no name"),
        ("[]", "multus.yaml:3: DaemonSet: metadata is a list and not a map"),
        ('"x"', "multus.yaml:3: DaemonSet: metadata is a string and not a map"),
        ("5", "multus.yaml:3: DaemonSet: metadata is a number and not a map"),
        ('{name: ""}', "multus.yaml:3: DaemonSet: metadata has no name"),
    ],
)
def test_metadata_of_multus_that_is_none(tmp_path: Path, metadata: str, said: str) -> None:
    run = _plan(tmp_path, INSTALL.replace(NAMED, f"metadata: {metadata}"), "--no-verify")
    assert (run.code, run.err.startswith(f"error: {said}")) == (1, True), run.err
    assert run.err.count("\n") == 1


def _files_of(folder: Path, text: str) -> dict[str, str]:
    run = _plan(folder, text, "--no-verify")
    assert run.code == 0, run
    return {name: value for name, value in tree(folder / "out").items() if "plan.json" not in name}


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return _files_of(tmp_path_factory.mktemp("without"), ESTATE)


@pytest.mark.parametrize("metadata", ["null", "[]", '"x"', "{}", "5"])
@pytest.mark.parametrize("kind", ["v1 Pod", "apps/v1 Deployment", "v1 ConfigMap", "v1 Node"])
def test_metadata_of_anything_else_changes_nothing(
    without: dict[str, str], tmp_path: Path, metadata: str, kind: str
) -> None:
    version, name = kind.split()
    other = f"---\napiVersion: {version}\nkind: {name}\nmetadata: {metadata}\n"
    other += "spec: {about: k8s.v1.cni.cncf.io/networks}\n"
    found = _files_of(tmp_path, ESTATE + other)
    assert {n for n in without if n.startswith(("base/", "component/"))} <= {
        n for n, value in found.items() if without.get(n) == value
    }


@pytest.mark.parametrize(
    "encoding", ["utf-32", "utf-32-le", "utf-32-be", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_another_encoding_is_one_line(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "multus.yaml").write_bytes(ESTATE.encode(encoding))
    run = migrator("plan", "multus.yaml", cwd=tmp_path)
    assert (run.code, run.err.count("\n")) == (1, 1)
    assert run.err.startswith("error: multus.yaml:1: ")
    assert "UTF-8" in run.err


@pytest.mark.kustomize
@pytest.mark.parametrize("value", ["a\x85b", '"a\x85b"', "'a\u2028b'"])
def test_a_line_break_of_yaml_1_1_is_read_as_the_real_tool_reads_it(
    tmp_path: Path, value: str
) -> None:
    text = ESTATE.replace("args: [", f"env: [{{name: A, value: {value}}}]\n        args: [", 1)
    assert _plan(tmp_path, text).code == 0


def test_the_next_line_character_is_told_with_its_place(tmp_path: Path) -> None:
    text = ESTATE.replace("args: [", 'env: [{name: A, value: "a\\x85b"}]\n        args: [', 1)
    run = _plan(tmp_path, text)
    assert run.code == 1
    assert "multus.yaml:18: " in run.err and "env[0].value holds U+0085" in run.err
    assert not (tmp_path / "out").exists()
