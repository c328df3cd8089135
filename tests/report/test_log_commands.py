"""A text report that is printed in CI obeys nobody: no word of an input is a command to the log."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrator.report import markdown, runbook, terminal
from migrator.report.safe import md, term, visible
from migrator.report.writer import ALONE, ReportWriter
from tests.cli.tools import migrator
from tests.report.poison import poisoned

COMMANDS = ["##[error]x", "##vso[task.complete result=Failed;]", "::error::x", "::error file=a,line=1::x",
            "::set-output name=a::b", "  ::stop-commands::t", "a\n::add-mask::b"]  # fmt: skip
OBEYED = re.compile(r"##(?:vso)?\[|^\s*::(?:error|set-output|stop-commands|add-mask)", re.M)


@pytest.mark.parametrize("text", COMMANDS)
def test_it_is_no_command_any_more(text: str) -> None:
    for shown in (visible(text, keep="\n"), term(text), md(text)):
        assert not OBEYED.search(shown)


@pytest.mark.parametrize(
    "text", ["::ffff:10.0.0.1", "::1", "a::b", "std::error", "# [x]", "#[a]", "::errors"]
)
def test_addresses_and_words_stay_as_they_are(text: str) -> None:
    assert term(text) in (text, text.replace("::error", r"\x3a:error"))


@pytest.mark.parametrize("writer", [terminal.render, markdown.render, runbook.render])
@pytest.mark.parametrize("text", COMMANDS)
def test_no_line_of_a_report_is_one(writer: ReportWriter, text: str) -> None:
    assert not OBEYED.search(writer(poisoned(text), ALONE))


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("check", "in/##[error]a.yaml"), id="a file that is not there"),
        pytest.param(("check", "in"), id="files that cannot be read"),
        pytest.param(("check", "in", "ok.yaml", "--keep-going"), id="files that are left out"),
        pytest.param(("check\n::error::x", "in"), id="a command line"),
        pytest.param(("check", "##vso[task.complete result=Failed;]"), id="the name of a folder"),
    ],
)
def test_no_line_of_stderr_is_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "in/##vso[task.x]").mkdir(parents=True)
    for name in ("##[error]b.yaml", "::error::c.yaml", "##vso[task.x]/\x9b\u202ed.yaml"):
        (tmp_path / "in" / name).write_text("kind: [ # multus-cni\n")
    (tmp_path / "ok.yaml").write_text("kind: Pod # multus-cni\n")
    run = migrator(*words, cwd=tmp_path)
    assert run.err and not OBEYED.search(run.err + run.out)
    assert "\x9b" not in run.err and "\u202e" not in run.err
