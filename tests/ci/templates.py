"""The actions, the template of GitLab and the examples of docs/ci.md as data."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.cli.tools import ROOT

ACTIONS = ("action.yml", ".ci/comment/action.yml")
GITLAB = ".ci/gitlab.yml"
GUIDE = "docs/ci.md"


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def examples() -> list[Any]:
    """Every YAML block of the guide."""
    text = (ROOT / GUIDE).read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [yaml.safe_load(textwrap.dedent(block)) for block in blocks]


def jobs() -> dict[str, Mapping[str, Any]]:
    """The jobs of the guide's workflows, those that stand alone among them, by name and place."""
    found: dict[str, Mapping[str, Any]] = {}
    for number, block in enumerate(examples()):
        listed = block.get("jobs", block) if isinstance(block, dict) else {}
        for name, job in listed.items():
            if isinstance(job, dict) and "runs-on" in job:
                found[f"{name} {number}"] = job
    return found


def steps() -> Iterator[Mapping[str, Any]]:
    """Every step of the actions and of the guide."""
    for name in ACTIONS:
        yield from loaded(name)["runs"]["steps"]
    for job in jobs().values():
        yield from job["steps"]
    for block in examples():
        if isinstance(block, list):
            yield from block


def gitlab_scripts(job: str) -> str:
    """What GitLab runs of a job: before_script and script in one shell."""
    template = loaded(GITLAB)
    assert template[job]["extends"] == ".multus-migrator"
    return "\n".join([*template[".multus-migrator"]["before_script"], *template[job]["script"]])
