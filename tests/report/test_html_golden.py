"""Every word of report.html and of the machine formats, for two small plans. To write them anew
after a change that is meant: ``MIGRATOR_UPDATE_GOLDEN=1 pytest tests/report/test_html_golden.py``,
then read the difference."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator import __version__
from migrator.model.plan import Plan
from migrator.report import formats
from migrator.report.writer import ALONE, Context
from tests.report import plans

GOLDEN = Path(__file__).parent / "golden"
VERIFIED = "Verified: built with kustomize v5.5.0, and compared with the plan object by object."


def _page(plan: Plan) -> str:
    """Without style and script, which are files of their own, with a line for each element."""
    context = Context(verification="" if plan.blockers else VERIFIED)
    page = formats.Reports(plan).rendered("html", context)
    page = re.sub(r"(<style>|<script>).*?(?=</(?:style|script)>)", r"\1", page, flags=re.DOTALL)
    return re.sub(r"sha256-[^&]*", "sha256-", page).replace("><", ">\n<")


WRITTEN: dict[str, Callable[[Plan], str]] = {
    "report.html": _page,
    "check.sarif": lambda plan: formats.Reports(plan).rendered("sarif", ALONE),
    "check.junit.xml": lambda plan: formats.Reports(plan).rendered("junit", ALONE),
    "check.github.txt": lambda plan: formats.Reports(plan).rendered("github", ALONE),
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("make", [plans.ready, plans.blocked], ids=["ready", "blocked"])
def test_every_word_is_as_it_was_read(name: str, make: Callable[[], Plan]) -> None:
    text = WRITTEN[name](make()).replace(__version__, "VERSION")
    path = GOLDEN / f"{make.__name__}-{name}"
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
