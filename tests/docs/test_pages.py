"""Every command of the README, the tutorial and the how-tos prints what the page says. After a change
that is meant: ``MIGRATOR_UPDATE_GOLDEN=1 pytest tests/docs``, then read the difference."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.docs.pages import ROOT, Command, Saved, followed, matches, replaced, steps
from tests.docs.shell import Shell


def follow(name: str, text: str, folder: Path) -> str:
    """The page as it has to be."""
    found = list(steps(name, text))
    written = text
    with ExitStack() as stack:
        shell = Shell(folder, stack)
        for number, step in enumerate(found):
            if isinstance(step, Saved):
                (shell.cwd / step.name).parent.mkdir(parents=True, exist_ok=True)
                (shell.cwd / step.name).write_text(step.text)
                continue
            said = shell.type(step.text).splitlines()
            if not matches(step.shown, said):
                moved = len(written.splitlines()) - len(text.splitlines())
                place = Command(step.line + moved, step.text, step.shown, step.end + moved)
                written = replaced(written, place, said)
            asked = found[number + 1 : number + 2]
            if not (asked and isinstance(asked[0], Command) and asked[0].text == "echo $?"):
                assert shell.code == 0, f"{name}:{step.line}: {step.text}\n" + "\n".join(said)
        assert shell.cluster is None or shell.cluster.session.errors == []
    return written


def _marked(name: str) -> ParameterSet:
    """Each page is followed by a process of its own; those with charts need helm."""
    charts = "samples/gitops" in (ROOT / name).read_text(encoding="utf-8")
    needs = [pytest.mark.kustomize, *([pytest.mark.helm] if charts else [])]
    return pytest.param(name, marks=[pytest.mark.xdist_group(name), *needs])


@pytest.mark.slow
@pytest.mark.parametrize("name", [_marked(name) for name in followed()])
def test_a_page_that_is_followed_prints_what_it_says(name: str, tmp_path: Path) -> None:
    page = ROOT / name
    text = page.read_text(encoding="utf-8")
    written = follow(name, text, tmp_path)
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        page.write_text(written, encoding="utf-8")
    assert written == page.read_text(encoding="utf-8"), "MIGRATOR_UPDATE_GOLDEN=1 writes it anew"
