"""--format json of the commands that have no report of their own, and their completion."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from migrator.catalogue.printed import printed
from migrator.cli.explain import explain
from migrator.cli.plan import plan as plan_command
from migrator.cli.settings import parse_config
from migrator.model.errors import InputError
from migrator.plan.planner import KNOWN_IDS
from tests.cli.tools import ROOT, migrator, process

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SAMPLE = ROOT / "samples" / "v4.0-thin"
PLAN = json.loads((ROOT / "docs" / "plan.schema.json").read_text(encoding="utf-8"))
SETTINGS = json.loads((ROOT / "docs" / "settings.schema.json").read_text(encoding="utf-8"))


def test_rules_are_a_list() -> None:
    found = json.loads(migrator("rules", "--format", "json", cwd=ROOT).out)
    assert [entry["id"] for entry in found] == [p.id for p in printed().values() if p.label]
    assert {entry["severity"] for entry in found} == {"step", "blocker", "warning", "info"}
    assert {entry["when"] for entry in found} == {
        "",
        "before the rollout",
        "on each node",
        "after the rollout",
    }


def test_diff_has_the_objects_and_changes_of_the_plan() -> None:
    run = migrator("diff", "manifests", "--node-files", "nodes", "--format", "json", cwd=SAMPLE)
    assert run.code == 0
    found = json.loads(run.out)
    for key in ("objects", "changes"):
        part = {**PLAN["properties"][key], "$defs": PLAN["$defs"]}
        jsonschema.validate(found[key], part)
    objects = {json.dumps(entry["ref"]) for entry in found["objects"]}
    assert {json.dumps(entry["object"]) for entry in found["changes"]} == objects
    text = migrator("diff", "manifests", "--node-files", "nodes", cwd=SAMPLE)
    assert all(entry["rule"] in text.out for entry in found["changes"])


@pytest.mark.kustomize
def test_verify_says_what_was_proved_and_what_was_not(tmp_path: Path) -> None:
    where = str(SAMPLE / "manifests")
    assert migrator("plan", where, "-o", "out", "--no-verify", cwd=tmp_path).code == 0
    run = migrator("verify", "out", "--format", "json", cwd=tmp_path)
    found = json.loads(run.out)
    assert (run.code, found["verified"], found["mismatches"]) == (0, True, [])
    assert found["objects"]["changed"] == 2
    assert found["objects"]["new"] == 1
    patch = next((tmp_path / "out/component/patches").glob("daemonset*s.yaml"))
    patch.write_text(patch.read_text().replace("multus-daemon", "another-daemon"))
    run = migrator("verify", "out", "--format", "json", cwd=tmp_path)
    found = json.loads(run.out)
    assert (run.code, found["verified"]) == (1, False)
    assert found["mismatches"]
    assert run.err.startswith("error: not verified: ")


def test_the_schemas_have_names() -> None:
    assert PLAN["$id"].startswith("urn:multus-migrator:plan:")
    assert SETTINGS["$id"].startswith("urn:multus-migrator:settings:")
    jsonschema.Draft202012Validator.check_schema(SETTINGS)


ENTRY = '[[suppress]]\nid = "P24"\nobject = "*"\nreason = "r"\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[nads]\n"a/b" = "mount"\n',
        ENTRY,
        ENTRY + "expires = 2027-01-31\n",
        ENTRY.replace("P24", "p24"),
        '[nads]\n"a/b" = "copy"\n',
        '[nads]\nb = "mount"\n',
        '[nads]\n"a/b/c" = "mount"\n',
        "nads = 1\n",
        "[more]\n",
        ENTRY.replace('r"', '"'),
        ENTRY.replace('object = "*"\n', ""),
        ENTRY + "more = 1\n",
        ENTRY + "expires = 12\n",
        "suppress = 1\n",
    ],
)
def test_the_schema_of_the_settings_says_what_the_program_says(text: str) -> None:
    data: Any = json.loads(json.dumps(tomllib.loads(text), default=str))
    try:
        parse_config(text, "multus-migrator.toml", KNOWN_IDS)
    except InputError:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data, SETTINGS)
    else:
        jsonschema.validate(data, SETTINGS)


@pytest.mark.parametrize(("begun", "first"), [("p0", "P01"), ("S1", "S10"), ("K", "K1")])
def test_a_shell_is_offered_the_ids_of_rules(begun: str, first: str) -> None:
    (argument,) = (p for p in explain.params if p.name == "rule_id")
    found = argument.shell_complete(click.Context(explain), begun)
    assert found[0].value == first
    assert found[0].help == printed()[first].title
    (allow,) = (p for p in plan_command.params if p.name == "allow")
    assert allow.shell_complete(click.Context(plan_command), begun)[0].value == first


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(shell: str) -> None:
    """In the words of docs/install.md."""
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    assert f"_MULTUS_MIGRATOR_COMPLETE={shell}_source multus-migrator" in text
    run = process(cwd=ROOT, env={"_MULTUS_MIGRATOR_COMPLETE": f"{shell}_source"})
    assert run.code == 0
    assert "_multus_migrator_completion" in run.out


def test_a_shell_asks_for_ids() -> None:
    words = {"COMP_WORDS": "multus-migrator explain P3", "COMP_CWORD": "2"}
    run = process(cwd=ROOT, env={"_MULTUS_MIGRATOR_COMPLETE": "bash_complete", **words})
    assert run.out.splitlines()[0] == "plain,P30"
