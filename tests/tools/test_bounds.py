"""Bounds: each is stated, can be set, and is told in one line when something passes it."""

from __future__ import annotations

import resource
import shlex
import sys
import time
from pathlib import Path

import pytest

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools import bounds
from migrator.tools.bounds import BUILD_MEMORY, BUILD_OUTPUT, BUILD_TIME, DEPTH, NETWORKS, Bound
from migrator.tools.kustomize import Tool, builder
from tests.tools.test_kustomize import script

pytestmark = pytest.mark.afresh

BOUNDS = [value for value in vars(bounds).values() if isinstance(value, Bound)]
TRUST = Path(__file__).parents[2] / "docs" / "trust.md"


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.variable)
def test_each_bound_is_in_the_docs(bound: Bound) -> None:
    row = f"| {bound.what} | {bound.default} {bound.unit} | `{bound.variable}` |"
    assert row in TRUST.read_text()


def test_the_depth_is_in_the_docs() -> None:
    assert f"| {DEPTH} levels | none |" in TRUST.read_text()


def test_a_bound_is_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert NETWORKS.value() == 1000
    monkeypatch.setenv(NETWORKS.variable, "5000")
    assert NETWORKS.value() == 5000


@pytest.mark.parametrize("text", ["0", "-1", "x", "1e3", "1 ", "9" * 10, "٣"])
def test_a_bound_that_is_none_is_one_line(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NETWORKS.variable, text)
    with pytest.raises(EnvironmentProblem, match="is not a whole number above 0"):
        NETWORKS.value()


def tool(folder: Path, body: str) -> Tool:
    path = script(folder, "kustomize", body)
    return Tool(name="kustomize", version="1", command=(str(path), "build"))


def test_a_tool_that_prints_without_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUILD_OUTPUT.variable, "1")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MigratorError, match="printed more than 1 MiB"):
        builder(tool(tmp_path, "exec yes"))(tmp_path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * 1024  # KiB: some copies of what is kept, and not what was printed


def test_complaints_without_end_are_one_line_of_some_length(tmp_path: Path) -> None:
    body = "head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1"
    with pytest.raises(MigratorError, match="failed: xxx") as error:
        builder(tool(tmp_path, body))(tmp_path)
    assert len(error.value.message) < 3000


def test_what_the_tool_started_is_ended_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUILD_TIME.variable, "1")
    body = f"(sleep 3; touch {tmp_path}/late) & sleep 30"
    begin = time.monotonic()
    with pytest.raises(MigratorError, match="did not end within 1 seconds"):
        builder(tool(tmp_path, body))(tmp_path)
    assert time.monotonic() - begin < 10
    time.sleep(3)
    assert not (tmp_path / "late").exists()


def test_a_tool_that_leaves_its_output_open_does_not_hang_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUILD_TIME.variable, "1")
    with pytest.raises(MigratorError, match="did not end within"):
        builder(tool(tmp_path, "sleep 30 & exit 0"))(tmp_path)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="bounded on Linux only")
def test_a_tool_that_takes_all_memory_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUILD_MEMORY.variable, "64")
    body = f"sleep 0.5; exec {shlex.quote(sys.executable)} -c 'x = bytearray(1 << 28)'"
    with pytest.raises(MigratorError, match=r"failed: .*MemoryError"):
        builder(tool(tmp_path, body))(tmp_path)
    monkeypatch.setenv(BUILD_MEMORY.variable, "2048")
    assert builder(tool(tmp_path, body))(tmp_path) == ""


@pytest.mark.parametrize("said", ["out of memory", "cannot allocate memory"])
def test_what_go_says_of_memory_is_told_as_the_bound(tmp_path: Path, said: str) -> None:
    body = f"echo 'fatal error: runtime: {said}' >&2; exit 2"
    with pytest.raises(MigratorError, match="needs more than 4096 MiB of memory"):
        builder(tool(tmp_path, body))(tmp_path)


def test_a_build_that_is_not_utf_8_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MigratorError, match="printed what is not UTF-8, at byte 3"):
        builder(tool(tmp_path, "printf 'a: \\377'"))(tmp_path)


@pytest.mark.parametrize(("given", "told"), [(None, "400"), ("off", "off")])
def test_programs_in_go_collect_less_garbage(
    given: str | None, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOGC", raising=False)
    if given:
        monkeypatch.setenv("GOGC", given)
    assert builder(tool(tmp_path, "printf $GOGC"))(tmp_path) == told
