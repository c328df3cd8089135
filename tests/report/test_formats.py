"""The table of formats: each line of it is a writer, and everything that is offered comes from it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from migrator.report import (
    formats,
    github,
    github_summary,
    junit,
    markdown,
    plan_json,
    runbook,
    sarif,
    terminal,
)
from migrator.report.html import page as html
from migrator.report.writer import Context, ReportWriter
from tests.report import plans

WRITERS: Mapping[str, ReportWriter] = {
    "text": terminal.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "github": github.render,
    "github-summary": github_summary.render,
    "markdown": markdown.render,
    "html": html.render,
    "runbook": runbook.render,
    "json": plan_json.render,
}
"""mypy holds each of them against the interface."""


def test_every_format_is_a_writer_of_its_own() -> None:
    assert {form.name: form.writer() for form in formats.FORMATS} == WRITERS
    assert len(set(formats.NAMES)) == len(formats.FORMATS)


@pytest.mark.parametrize("name", formats.NAMES)
def test_a_format_is_asked_for_by_its_name(name: str) -> None:
    context = Context(verification="Verified: built.", files={"base/a.yaml": "a\n"})
    text = formats.rendered(name, plans.ready(), context)
    assert text == WRITERS[name](plans.ready(), context)
    assert text.endswith("\n") or name == "html"


def test_out_has_the_files_of_the_table_and_plan_json_vouches_for_all_others() -> None:
    context = Context(files={"base/a.yaml": "a\n"})
    made = formats.files(plans.ready(), context)
    assert set(made) == {"report.md", "report.html", "runbook.md", "plan.json"}
    others = {**context.files, **made}
    written = json.loads(others.pop("plan.json"))["files"]
    assert written == {path: sha256(text.encode()).hexdigest() for path, text in others.items()}


def test_the_reports_of_out_say_what_building_it_showed() -> None:
    made = formats.files(plans.ready(), Context(verification="Verified: built with care."))
    assert "built with care" in made["report.md"]
    assert "built with care" in made["report.html"]


def test_no_writer_is_imported_before_it_is_asked_for(checkout: Path) -> None:
    code = "import sys, migrator.report.formats; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "migrator.report.formats" in loaded
    assert not loaded & {"jinja2", "migrator.report.terminal", "migrator.kustomize.plan_json"}
