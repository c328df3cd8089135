"""No byte that the tool writes or prints shows a secret, but for what is applied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.report.formats import NAMES
from migrator.tools.kustomize import telling_line
from migrator.trees.dump import dump
from migrator.trees.redact import redact_text
from tests.cli import secrets
from tests.cli.tools import Run, migrator

APPLIED = ("base/", "component/", "rollback/", "parts/")
"""What is applied holds what the user put there: it is never touched."""
ARGUMENTS = ("manifests", "--node-files", "nodes")
ALLOWED = tuple(word for rule in ("P96",) for word in ("--allow", rule))


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("estate")
    secrets.write(folder)
    return folder


def shown(text: str) -> list[str]:
    """The places whose secret a text gives away."""
    return [where for where, secret in secrets.PLANTED.items() if secret in text]


def printed(run: Run) -> Iterator[tuple[str, str]]:
    yield "stdout", run.out
    yield "stderr", run.err


def test_the_estate_has_every_place_and_no_secret_is_part_of_another(estate: Path) -> None:
    texts = [p.read_text() for p in estate.rglob("*") if p.is_file()]
    assert len(secrets.PLANTED) > 100
    for where, secret in secrets.PLANTED.items():
        assert any(secret in text for text in texts), where


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("allowed", [(), ALLOWED], ids=["blocked", "allowed"])
def test_no_format_shows_one(estate: Path, name: str, allowed: tuple[str, ...]) -> None:
    run = migrator("check", *ARGUMENTS, *allowed, "--format", name, cwd=estate)
    assert bool(run.out) == (name != "rollout" or allowed != ())  # a blocked plan has no script
    for _, text in printed(run):
        assert shown(text) == []


@pytest.mark.parametrize(
    "command",
    [
        "diff",
        "diff --format json",
        "plan --dry-run",
        "plan --no-verify",
        "edit --check",
        "edit --diff",
    ],
)
@pytest.mark.parametrize("allowed", [(), ALLOWED], ids=["blocked", "allowed"])
def test_no_command_prints_one(estate: Path, command: str, allowed: tuple[str, ...]) -> None:
    run = migrator(*command.split(), *ARGUMENTS, *allowed, cwd=estate)
    assert run.out
    for _, text in printed(run):
        assert shown(text) == []


def test_no_file_of_out_shows_one_but_what_is_applied(estate: Path) -> None:
    run = migrator("plan", *ARGUMENTS, *ALLOWED, "--no-verify", "-o", "out", cwd=estate)
    assert run.code == 0, run.out
    out = estate / "out"
    names = [p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()]
    assert {"report.md", "report.html", "runbook.md", "plan.json"} < set(names)
    assert any(name.startswith("smoke-test/") for name in names)
    for name in names:
        if not name.startswith(APPLIED):
            assert shown((out / name).read_text()) == [], name


def test_what_is_applied_keeps_them_and_no_guard_or_comment_does(estate: Path) -> None:
    migrator("plan", *ARGUMENTS, *ALLOWED, "--no-verify", "-o", "kept", cwd=estate)
    out = estate / "kept"
    base = json.loads(json.dumps("".join(p.read_text() for p in out.glob("base/*"))))
    assert "flag: with =" in shown(base)
    patches = list(out.glob("component/patches/*.yaml"))
    assert patches
    assert "node: file: password" in shown("".join(p.read_text() for p in patches))
    for patch in patches:
        text = patch.read_text()
        comments = "\n".join(line for line in text.splitlines() if line.lstrip()[:1] == "#")
        assert shown(comments) == [], patch.name
        if patch.name.endswith(".guard.yaml"):
            assert shown(text) == [], patch.name


@pytest.mark.kustomize
def test_verify_tells_of_a_drifted_secret_without_it(estate: Path) -> None:
    migrator("plan", *ARGUMENTS, *ALLOWED, "--no-verify", "-o", "drifted", cwd=estate)
    run = migrator("verify", "drifted", cwd=estate)
    assert run.code == 0, run.err
    for _, text in printed(run):
        assert shown(text) == []
    (base,) = (estate / "drifted/base").glob("daemonset*.yaml")
    old, new = (secrets.hush(f"flag: {where}") for where in ("with =", "key"))
    base.write_text(base.read_text().replace(old, new).replace("/thin_entrypoint", "/other"))
    for words in ((), ("--format", "json")):
        run = migrator("verify", "drifted", *words, cwd=estate)
        assert run.code == 1
        assert "in the base it is not what it was when the plan was made" in run.err
        for _, text in printed(run):
            assert shown(text) == []


@pytest.mark.kustomize
def test_an_object_that_kustomize_shows_where_it_fails(tmp_path: Path) -> None:
    nameless = secrets.daemonset()
    del nameless["metadata"]["name"]
    (tmp_path / "root").mkdir()
    (tmp_path / "root/multus.json").write_text(json.dumps(nameless))
    (tmp_path / "root/kustomization.yaml").write_text("resources: [multus.json]\n")
    run = migrator("plan", "root", cwd=tmp_path)
    assert run.code == 1
    assert "missing metadata.name" in run.err
    assert shown(run.err) == []


@pytest.mark.parametrize("form", ["YAML", "JSON", "Go"])
@pytest.mark.parametrize("logged", ["err=<\n\t{}\n >", "Error: {}", "err={}"])
def test_objects_that_a_tool_shows_in_any_form(form: str, logged: str) -> None:
    for document in secrets.documents():
        texts = {"YAML": dump(document), "JSON": json.dumps(document), "Go": go(document)}
        text = f"wrong node kind: node contents:\n{texts[form]}"
        quoted = json.dumps(text) if logged == "err={}" else text.replace("\n", "\n\t")
        line = telling_line(logged.format(quoted))
        assert line.startswith("wrong node kind")
        assert shown(redact_text(line)) == [], document["kind"]


def go(value: object) -> str:
    """As Go prints a tree with %v."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go(item)}" for key, item in sorted(value.items())) + "]"
    return "[" + " ".join(map(go, value)) + "]" if isinstance(value, list) else str(value)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("check", "{}"), id="an input that is not there"),
        pytest.param(("check", "manifests", "--target", "{}"), id="a release"),
        pytest.param(("check", "manifests", "--allow", "{}"), id="an id"),
        pytest.param(("check", "manifests", "--config", "{}"), id="settings"),
        pytest.param(("check", "{}", "--none"), id="usage"),
    ],
)
def test_errors_about_the_command_line(estate: Path, arguments: tuple[str, ...]) -> None:
    word = f"https://a:{secrets.hush('flag: URL')}@host/x"
    run = migrator(*(argument.format(word) for argument in arguments), cwd=estate)
    assert run.code in (1, 64)
    assert run.err
    assert shown(run.err) == []
