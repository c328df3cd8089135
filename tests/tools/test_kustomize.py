from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools import programs
from migrator.tools.bounds import BUILD_TIME
from migrator.tools.kustomize import Tool, builder, find_tool, no_tool, telling_line, unfit
from migrator.tools.programs import found
from tests.kustomize.plans import kustomize, write

pytestmark = pytest.mark.afresh


def script(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def kubectl(release: str = "v1.31.2", built_in: str | None = "v5.5.0") -> str:
    told = {"clientVersion": {"gitVersion": release}, "kustomizeVersion": built_in}
    return f"echo '{json.dumps(told)}'"


def test_kustomize_comes_before_kubectl(tmp_path: Path) -> None:
    script(tmp_path, "kubectl", kubectl())
    path = script(tmp_path, "kustomize", "echo v5.6.0")
    tool = find_tool(str(tmp_path))
    assert tool == Tool(name="kustomize", version="v5.6.0", command=(str(path), "build"))


def test_an_old_kustomize_says_its_version_in_another_way(tmp_path: Path) -> None:
    script(tmp_path, "kustomize", "echo '{Version:kustomize/v4.5.7 GitCommit:56d}'")
    tool = find_tool(str(tmp_path))
    assert tool
    assert str(tool) == "kustomize v4.5.7"


def test_one_that_somebody_built_is_taken(tmp_path: Path) -> None:
    script(tmp_path, "kustomize", "echo '(devel)'")
    assert str(find_tool(str(tmp_path))) == "kustomize (devel)"


def test_kubectl_has_one_built_in(tmp_path: Path) -> None:
    path = script(tmp_path, "kubectl", kubectl())
    tool = find_tool(str(tmp_path))
    assert tool
    assert (str(tool), tool.command) == ("kubectl kustomize v5.5.0", (str(path), "kustomize"))


@pytest.mark.parametrize("release", ["v1.21.0", "v1.23.17", "v2.0.0"])
def test_a_kubectl_that_does_not_tell_which_is_called_by_its_own_release(
    tmp_path: Path, release: str
) -> None:
    script(tmp_path, "kubectl", kubectl(release, None))
    assert str(find_tool(str(tmp_path))) == f"kubectl {release}"


def test_no_tool_is_no_error(tmp_path: Path) -> None:
    assert find_tool(str(tmp_path)) is None
    assert unfit(str(tmp_path)) == "neither kustomize nor kubectl was found"


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("kubectl", kubectl("v1.20.15"), "is kubectl v1.20.15, and older than 1.21"),
        ("kustomize", "echo v3.10.0", "is kustomize v3.10.0, and older than 4.0"),
        ("kubectl", "echo old", "does not print its version"),
        ("kubectl", "echo '{}'", "does not print its version"),
        ("kubectl", "echo '[]'", "does not print its version"),
        ("kubectl", "echo 'Error: broken' >&2; exit 1", "failed: broken"),
    ],
    ids=["old kubectl", "old kustomize", "no JSON", "no version", "a list", "exit code"],
)
def test_what_is_not_fit_is_passed_over_and_told(
    tmp_path: Path, name: str, body: str, said: str
) -> None:
    script(tmp_path / "first", name, body)
    assert find_tool(str(tmp_path / "first")) is None
    assert said in unfit(str(tmp_path / "first"))
    script(tmp_path / "second", name, kubectl() if name == "kubectl" else "echo v5.6.0")
    tool = find_tool(os.pathsep.join((str(tmp_path / "first"), str(tmp_path / "second"))))
    assert tool is not None
    assert tool.command[0] == str(tmp_path / "second" / name)


def test_who_needs_one_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path, "kubectl", kubectl("v1.20.2"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(programs, "_of_environment", lambda: str(tmp_path))
    (line,) = no_tool("not verified").lines()
    assert line == (
        f"not verified: {tmp_path}/kubectl is kubectl v1.20.2, and older than 1.21; install kubectl 1.21 "
        "or kustomize 4.0, or newer"
    )


def test_programs_are_looked_for_on_path_then_in_the_environment_then_beside_the_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [script(tmp_path / name, "kubectl", "exit") for name in ("path", "env", "python")]
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(programs, "_of_environment", lambda: str(tmp_path / "env"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python" / "python3"))
    assert list(found("kubectl")) == [str(place) for place in places]
    assert list(found("kubectl", str(tmp_path / "env"))) == [str(places[1])]


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
