from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools.bounds import BUILD_TIME
from migrator.tools.kustomize import Tool, builder, find_tool, telling_line
from tests.kustomize.plans import kustomize, write


def script(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


KUBECTL = """echo '{"kustomizeVersion": "v5.5.0"}'"""


def test_kustomize_comes_before_kubectl(tmp_path: Path) -> None:
    script(tmp_path, "kubectl", KUBECTL)
    path = script(tmp_path, "kustomize", "echo v5.6.0")
    tool = find_tool(str(tmp_path))
    assert tool == Tool(name="kustomize", version="v5.6.0", command=(str(path), "build"))


def test_an_old_kustomize_says_its_version_in_another_way(tmp_path: Path) -> None:
    script(tmp_path, "kustomize", "echo '{Version:kustomize/v4.5.7 GitCommit:56d}'")
    tool = find_tool(str(tmp_path))
    assert tool
    assert str(tool) == "kustomize v4.5.7"


def test_kubectl_has_one_built_in(tmp_path: Path) -> None:
    path = script(tmp_path, "kubectl", KUBECTL)
    tool = find_tool(str(tmp_path))
    assert tool
    assert (str(tool), tool.command) == ("kubectl kustomize v5.5.0", (str(path), "kustomize"))


def test_no_tool_is_no_error(tmp_path: Path) -> None:
    assert find_tool(str(tmp_path)) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("echo old", "does not tell its kustomize version", id="no JSON"),
        pytest.param("echo '{}'", "does not tell its kustomize version", id="no version"),
        pytest.param("echo 'Error: broken' >&2; exit 1", "failed: broken", id="exit code"),
    ],
)
def test_a_tool_that_does_not_work_is_one_line(tmp_path: Path, body: str, message: str) -> None:
    script(tmp_path, "kubectl", body)
    with pytest.raises(MigratorError, match=message):
        find_tool(str(tmp_path))


def test_a_program_that_cannot_run_is_one_line(tmp_path: Path) -> None:
    tool = Tool(name="x", version="1", command=(str(tmp_path / "gone"), "build"))
    with pytest.raises(EnvironmentProblem, match="cannot be run: No such file"):
        builder(tool)(tmp_path)


def test_a_build_that_does_not_end_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = script(tmp_path, "kustomize", "exec sleep 30")
    monkeypatch.setenv(BUILD_TIME.variable, "1")
    tool = Tool(name="kustomize", version="1", command=(str(path), "build"))
    with pytest.raises(MigratorError, match="did not end within 1 seconds"):
        builder(tool)(tmp_path)


def test_the_build_gets_a_small_environment_without_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    path = script(tmp_path, "kustomize", "env")
    tool = Tool(name="kustomize", version="1", command=(str(path), "build"))
    lines = builder(tool)(tmp_path).splitlines()
    environment = dict(line.partition("=")[::2] for line in lines)
    assert "KUBECONFIG" not in environment
    assert environment["HTTPS_PROXY"] == environment["HTTP_PROXY"] == "http://127.0.0.1:9"
    assert environment["GIT_ALLOW_PROTOCOL"] == "none"
    assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    ("stderr", "line"),
    [
        pytest.param("Error: no such\nfile\n", "no such file", id="kustomize"),
        pytest.param(
            'E0101 12:00:00.000001    7 run.go:72] "command failed" err="testing \\"x\\" failed"\n',
            'testing "x" failed', id="kubectl",
        ),
        pytest.param(
            'E0101 12:00:00.000001    7 run.go:72] "command failed" err=<\n\ttrouble: `\n\tpath\n >\n',
            "trouble: ` path", id="kubectl, several lines",
        ),
        pytest.param('x err="a\\x1bb"', "a\\x1bb", id="an escape of Go"),
        pytest.param("error: no config\n", "no config", id="older kubectl"),
        pytest.param("", "no message", id="nothing"),
    ],
)  # fmt: skip
def test_the_telling_line(stderr: str, line: str) -> None:
    assert telling_line(stderr) == line


@pytest.mark.kustomize
@pytest.mark.parametrize(
    ("resource", "refused"),
    [
        pytest.param("https://manifests.example.com/a.yaml", r"127\.0\.0\.1:9", id="a URL"),
        pytest.param("github.com/example/multus?ref=main", "'https' not allowed", id="https"),
        pytest.param("ssh://git@example.com/multus.git", "'ssh' not allowed", id="ssh"),
    ],
)
def test_what_lies_elsewhere_is_not_fetched(tmp_path: Path, resource: str, refused: str) -> None:
    write(tmp_path, {"kustomization.yaml": f"resources: ['{resource}']\n"})
    with pytest.raises(MigratorError, match=refused):
        kustomize(tmp_path)


@pytest.mark.kustomize
def test_files_outside_of_the_root_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"x.yaml": "kind: A\n", "in/kustomization.yaml": "resources: [../x.yaml]\n"})
    with pytest.raises(MigratorError, match="is not in or below"):
        kustomize(tmp_path / "in")
