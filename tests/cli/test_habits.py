"""What people type: it gets what it means, or one line that says what to type instead."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from migrator.cli.main import COMMANDS, cli
from tests.cli.tools import ROOT, Run, migrator

SAMPLE = ROOT / "samples" / "v4.0-thin"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE / "manifests", tmp_path / "manifests")
    return tmp_path


def errors(run: Run) -> list[str]:
    """The lines of an error, without those in which click says how a command is used."""
    return [line for line in run.err.splitlines() if not line.startswith(("Usage:", "Try "))]


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ("4.2.4", "v4.2.4"),
        ("v4.2.4", "v4.2.4"),
        ("4.2", "v4.2.4"),
        ("v4.2", "v4.2.4"),
        ("4.2.4-thick", "v4.2.4"),
        ("v4.3.0-thick", "v4.3.0"),
        ("latest", "v4.3.0"),
        ("auto", "v4.2.4"),
    ],
)
def test_a_release_in_any_spelling(place: Path, given: str, chosen: str) -> None:
    run = migrator("plan", "manifests", "--dry-run", "--target", given, cwd=place)
    assert run.code == 0
    assert f"-> {chosen} thick" in run.out


@pytest.mark.parametrize("given", ["4", "4.2.9", "thick", "4.2.4-thin", ""])
def test_another_word_for_a_release_is_told_which_there_are(place: Path, given: str) -> None:
    run = migrator("plan", "manifests", "--dry-run", "--target", given, cwd=place)
    assert run.code == 64
    assert "is none of auto, latest, 4.0.2" in errors(run)[-1]


@pytest.mark.parametrize(
    ("url", "instead"),
    [
        ("https://e.example/a/multus.yml", "curl -fsSL https://e.example/a/multus.yml | "),
        ("https://e.example/o/r//deploy?ref=v1", "kustomize build 'https://e.example/o/r//deploy?ref=v1' | "),
        ("https://e.example/o/r.git", "clone or download it, and give the folder"),
        ("git@e.example:o/r.git", "clone or download it, and give the folder"),
    ],
)  # fmt: skip
def test_a_url(place: Path, url: str, instead: str) -> None:
    run = migrator("plan", url, cwd=place)
    assert run.code == 1
    (line,) = errors(run)
    assert line.startswith(f"error: {url}: a URL, and nothing is downloaded here; {instead}")


def test_a_file_that_is_called_like_a_url_is_read(place: Path) -> None:
    folder = place / "https:" / "e.example"
    folder.mkdir(parents=True)
    shutil.copy(SAMPLE / "manifests" / "multus.yaml", folder)
    assert migrator("check", "https://e.example/multus.yaml", cwd=place).code == 0


@pytest.mark.parametrize("flag", ["-f", "-k", "-R"])
def test_the_flags_of_kubectl(place: Path, flag: str) -> None:
    run = migrator("plan", flag, "manifests", cwd=place)
    assert run.code == 64
    assert errors(run)[-1] == (
        "Name files, folders and kustomize roots by themselves: multus-migrator plan FILE"
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("help", "--help"), ("version", "--version"), ("plna", "plan"), ("explian", "explain")],
)
def test_a_word_that_is_no_command(place: Path, typed: str, meant: str) -> None:
    run = migrator(typed, cwd=place)
    assert run.code == 64
    assert errors(run)[-1] == f"Did you mean: multus-migrator {meant}"


def test_a_word_that_is_near_to_none_is_left_alone(place: Path) -> None:
    run = migrator("xyzzy", cwd=place)
    assert (run.code, "Did you mean" in run.err) == (64, False)


def test_two_files_without_a_line_between_them(place: Path) -> None:
    texts = [(place / "manifests" / name).read_text() for name in ("multus.yaml", "video.yaml")]
    run = migrator("check", "-", cwd=place, stdin="".join(texts).encode())
    assert run.code == 1
    (line,) = errors(run)
    at = texts[0].count("\n") + 1
    assert line == (
        f"error: -:{at}: a second object begins here without --- before it; put a line with --- between "
        "the two, or give the files themselves"
    )


def test_a_key_that_is_there_twice_within_an_object_is_another_fault(place: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: multus, kind: a, kind: b}\n"
    run = migrator("check", "-", cwd=place, stdin=text.encode())
    assert "key 'kind' is given twice in one map" in run.err


@pytest.mark.parametrize("where", [".", "manifests", "manifests/multus.yaml"])
def test_files_of_nodes_beside_the_manifests(place: Path, where: str) -> None:
    shutil.copytree(SAMPLE / "nodes", place / "nodes")
    run = migrator("check", where, cwd=place)
    (line,) = errors(run)
    assert line == "not read: nodes, which holds files of nodes; --node-files nodes reads them"
    assert migrator("check", where, "--node-files", "nodes", cwd=place).err == ""
    quiet = migrator("plan", where, "-q", "--no-verify", "--dry-run", cwd=place)
    assert quiet.err == ""


def test_another_folder_of_that_name_is_left_alone(place: Path) -> None:
    (place / "nodes" / "pools").mkdir(parents=True)
    assert migrator("check", "manifests", cwd=place).err == ""


def test_a_path_that_is_not_there_has_no_line(place: Path) -> None:
    run = migrator("plan", "manifest", "--node-files", "node", cwd=place)
    assert run.code == 1
    first, second = errors(run)
    assert first == "error: manifest: no such file or folder; check the path"
    assert second.startswith("error: node: no such folder of node files; ")


def test_no_name_at_all(place: Path) -> None:
    (line,) = errors(migrator("plan", "", cwd=place))
    assert line.startswith("error: INPUT: '' is not the name of a file; ")


def test_standard_output_is_no_place_for_a_folder(place: Path) -> None:
    run = migrator("plan", "manifests", "-o", "-", cwd=place)
    assert run.code == 64
    assert errors(run)[-1].endswith(
        "the result is a folder: name one, and see diff for standard output"
    )


def test_out_within_an_input(place: Path) -> None:
    run = migrator("plan", "manifests", "-o", "manifests/out", cwd=place)
    assert run.code == 1
    (line,) = errors(run)
    assert line.endswith("use -o manifests-multus-thick")


def test_out_below_the_root_of_somebody_is_told(place: Path) -> None:
    (place / "apps").mkdir()
    (place / "apps" / "kustomization.yaml").write_text("resources: []\n")
    run = migrator("plan", "manifests", "--no-verify", "-o", "apps/multus/thick", cwd=place)
    assert run.code == 0
    (line,) = errors(run)
    assert line == (
        f"apps/multus/thick lies below {place}/apps/kustomization.yaml, which applies it only where it "
        "lists it"
    )


def test_the_name_of_a_primary_cni(place: Path) -> None:
    run = migrator("plan", "manifests", "--primary-cni", "calico", cwd=place)
    assert run.code == 64
    assert "such as 10-calico.conflist" in errors(run)[-1]


def _twins() -> Mapping[str, tuple[str, click.Parameter]]:
    """Each variable with the command and the option whose twin it is."""
    context = click.Context(cli)
    found: dict[str, tuple[str, click.Parameter]] = {}
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        for option in command.params:
            if isinstance(option, click.Option) and option.allow_from_autoenv:
                found[f"MULTUS_MIGRATOR_{name}_{option.name}".upper()] = (name, option)
    return found


def _given(option: click.Option) -> tuple[str, Any]:
    """A text for the environment, and what the option is then."""
    if option.is_flag:
        return "1", True
    if isinstance(option.type, click.Choice):
        value = next(c for c in option.type.choices if c != option.default)
        return value, (value,) if option.multiple else value
    if isinstance(option.type, click.IntRange):
        return "3", 3
    return "some-value", ("some-value",) if option.multiple else "some-value"


@pytest.mark.parametrize("variable", _twins())
def test_every_option_has_a_twin_in_the_environment(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, option = _twins()[variable]
    assert isinstance(option, click.Option)
    text, expected = _given(option)
    monkeypatch.setenv(variable, text)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    needed = [parameter for parameter in command.params if parameter.required]
    context = command.make_context(
        name,
        ["x" for parameter in needed if isinstance(parameter, click.Argument)],
        auto_envvar_prefix=f"MULTUS_MIGRATOR_{name}".upper(),
    )
    assert option.name is not None
    assert context.params[option.name] == expected


def test_a_variable_that_is_none_is_told(place: Path) -> None:
    run = migrator("check", "manifests", cwd=place, env={"MULTUS_MIGRATOR_CHECK_TARGT": "4.3.0"})
    assert run.code == 0
    assert run.err == (
        "warning: MULTUS_MIGRATOR_CHECK_TARGT is not a variable of this program; did you mean "
        "MULTUS_MIGRATOR_CHECK_TARGET?\n"
    )


@pytest.mark.parametrize(
    "known", ["MULTUS_MIGRATOR_CHECK_TARGET", "MULTUS_MIGRATOR_MAX_FILE_MIB", "MULTUS_MIGRATION"]
)
def test_the_others_are_left_alone(place: Path, known: str) -> None:
    value = "64" if known.endswith("MIB") else "4.3.0"
    assert migrator("check", "manifests", cwd=place, env={known: value}).err == ""


def test_nothing_is_downloaded_because_a_variable_says_so(place: Path) -> None:
    run = migrator("check", "manifests", cwd=place, env={"MULTUS_MIGRATOR_CHECK_FETCH": "1"})
    assert "MULTUS_MIGRATOR_CHECK_FETCH is not a variable of this program" in run.err
