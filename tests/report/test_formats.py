"""The table of formats: each line of it is a writer, and everything that is offered comes from it."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.report import formats
from migrator.report.redaction import redacted
from migrator.report.writer import Context, ReportWriter
from tests.report import plans


@pytest.mark.parametrize("form", formats.FORMATS, ids=lambda form: form.name)
def test_every_format_is_a_writer_of_its_own(form: formats.Format) -> None:
    asked = inspect.signature(ReportWriter.__call__, eval_str=True)
    given = inspect.signature(form.writer(), eval_str=True)
    assert [p.annotation for p in given.parameters.values()] == [
        p.annotation for name, p in asked.parameters.items() if name != "self"
    ]
    assert given.return_annotation is asked.return_annotation is str


def test_no_two_formats_have_one_name() -> None:
    assert len(set(formats.NAMES)) == len(formats.FORMATS)


@pytest.mark.parametrize("form", formats.FORMATS, ids=lambda form: form.name)
def test_a_format_is_asked_for_by_its_name(form: formats.Format) -> None:
    context = Context(verification="Verified: built.", files={"base/a.yaml": "a\n"})
    text = formats.Reports(plans.ready()).rendered(form.name, context)
    told = replace(context, secret=plans.ready() if form.marks else None)
    assert text == form.writer()(redacted(plans.ready()), told)
    assert text.endswith("\n") or form.name == "html"


def test_out_has_the_files_of_the_table_and_plan_json_vouches_for_all_others() -> None:
    context = Context(files={"base/a.yaml": "a\n"})
    made = formats.Reports(plans.ready()).files(context)
    assert set(made) == {"report.md", "report.html", "rollout.sh", "runbook.md", "plan.json"}
    others = {**context.files, **made}
    written = json.loads(others.pop("plan.json"))["files"]
    assert written == {path: sha256(text.encode()).hexdigest() for path, text in others.items()}


def test_the_reports_of_out_say_what_building_it_showed() -> None:
    made = formats.Reports(plans.ready()).files(Context(verification="Verified: built with care."))
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


def test_only_plan_json_gets_the_plan_with_its_secrets() -> None:
    assert [form.name for form in formats.FORMATS if form.marks] == ["json"]


def test_commands_reach_a_writer_through_the_table_alone(checkout: Path) -> None:
    texts = [path.read_text() for path in sorted((checkout / "migrator/cli").glob("*.py"))]
    named = {
        name for text in texts for name in re.findall(r"from migrator\.report import (\w+)", text)
    }
    named |= {name for text in texts for name in re.findall(r"from migrator\.report\.(\w+)", text)}
    # a proof, a cluster and a review are no plans: their writers take the secrets out themselves; and
    # messages of commits, and what is told of many clusters, are made of the clean plan
    assert named == {
        *("commit_messages", "fleet", "formats", "live", "proofs", "review", "safe", "writer")
    }
