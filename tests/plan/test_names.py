"""No path of the machine is in a file, and the same inputs give the same bytes from anywhere."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from migrator.cli.options import planned, planning
from migrator.cli.plans import Plans
from migrator.model.inputs import Naming
from tests.builders import ROLE, daemonset
from tests.cli.tools import Run, migrator, tree
from tests.plan.estates import RULES, deployment, nad

FILES = {
    "multus.yaml": f"# ours\n{daemonset('--multus-conf-file=auto')}---\n{ROLE}{RULES}",
    "nads.yaml": f"{nad('lan')}---\n{nad('wan', config='{')}",
    "all/app/apps.yaml": f"{deployment('lan, wan')}---\n{deployment('gone', name='api')}",
    "all/app/kustomization.yaml": "resources: [apps.yaml, multus]\n",
    "again/nads.yaml": nad("wan", config="{"),
}
"""Findings about several files, a nested root that cannot be built, an object that is there twice."""
LAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}
OPTIONS = ("--keep-going", "--no-verify")


def _estate(folder: Path) -> Path:
    for name, text in FILES.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    net = folder / "nodes/n1/etc/cni/multus/net.d"
    net.mkdir(parents=True)
    (net / "lan.conf").write_text(json.dumps(LAN))
    return folder


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return _estate(tmp_path / "alice/checkout")


def _spellings(estate: Path) -> Iterator[tuple[Path, str, str]]:
    """(working directory, INPUT, node files)"""
    below = estate / "some/where"
    below.mkdir(parents=True)
    yield estate, "in/all in/multus.yaml in/nads.yaml", "nodes"
    absolute = (estate / f"in/{n}" for n in ("all", "multus.yaml", "nads.yaml"))
    yield estate.parent, " ".join(map(str, absolute)), str(estate / "nodes")
    typed = "../../in/all ../../in/multus.yaml ../../in/nads.yaml"
    yield below, typed, "../../nodes/"
    yield estate / "in", "./all multus.yaml ../in/nads.yaml", f"{estate}/some/../nodes"


def _written(estate: Path, cwd: Path, inputs: str, nodes: str, out: Path) -> Run:
    words = (*inputs.split(), "--node-files", nodes, *OPTIONS, "--allow", "M16")
    run = migrator("plan", *words, "-o", str(out), cwd=cwd)
    assert (out / "plan.json").is_file(), run.err
    return run


def test_the_same_bytes_from_anywhere(estate: Path, tmp_path: Path) -> None:
    trees = []
    for number, spelling in enumerate(_spellings(estate)):
        out = tmp_path / f"out-{number}"
        _written(estate, *spelling, out)
        trees.append(tree(out))
        for path in out.rglob("*"):
            if path.is_file():
                text = path.read_text()
                assert "alice" not in text and "checkout" not in text, path
    assert trees[1:] == trees[:1] * 3
    plan = json.loads((tmp_path / "out-0/plan.json").read_text())
    assert "in/multus.yaml" in {item["name"] for item in plan["inputs"]}
    told = " ".join(finding["seen"] + finding["remedy"] for finding in plan["findings"])
    assert "in/all/app/kustomization.yaml:1: cannot be built, since it lists multus" in told
    assert "multus-migrator plan in/all/app" in told


def test_the_same_bytes_in_another_checkout(estate: Path, tmp_path: Path) -> None:
    other = _estate(tmp_path / "builds/4711")
    for folder, out in ((estate, "one"), (other, "two")):
        files = (str(folder / "in" / n) for n in ("all", "multus.yaml", "nads.yaml"))
        _written(folder, tmp_path, " ".join(files), str(folder / "nodes"), tmp_path / out)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


@pytest.mark.parametrize("form", ["json", "markdown", "html", "runbook", "junit", "github-summary"])
def test_no_machine_format_has_a_path_of_the_machine(estate: Path, form: str) -> None:
    words = (str(estate / "in/all"), str(estate / "in/multus.yaml"), "--format", form, *OPTIONS[:1])
    run = migrator("check", *words, cwd=estate)
    assert "multus.yaml" in run.out or form == "runbook"
    assert str(estate) not in run.out


def test_the_terminal_shows_what_was_typed(estate: Path) -> None:
    typed = f"{estate}/in/all"
    for words in (("check",), ("diff",), ("plan", "--dry-run", "--no-verify")):
        run = migrator(*words, typed, f"{estate}/in/multus.yaml", "--keep-going", cwd=estate.parent)
        assert f"{typed}/app/kustomization.yaml:1" in re.sub(r"\n *", "", run.err)
    run = migrator("check", typed, f"{estate}/in/multus.yaml", "--keep-going", cwd=estate.parent)
    assert f"{typed}/app/apps.yaml:" in re.sub(r"\n *", "", run.out)


def test_a_text_that_goes_to_a_file_is_a_file(estate: Path) -> None:
    words = (str(estate / "in/all"), "--keep-going", "--format", "text=report.txt")
    migrator("check", *words, cwd=estate)
    text = (estate / "report.txt").read_text()
    assert "apps.yaml:" in text and str(estate) not in text


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_what_marks_lines_names_them_from_the_root_of_the_repository(
    estate: Path, form: str
) -> None:
    (estate.parent / ".git").mkdir()
    texts = set()
    for cwd, typed in ((estate, "in/multus.yaml"), (estate / "nodes", f"{estate}/in/multus.yaml")):
        texts.add(migrator("check", typed, "--format", form, cwd=cwd).out)
    (text,) = texts
    marked = {
        "sarif": '"uri": "checkout/in/multus.yaml"',
        "github": "file=checkout/in/multus.yaml,",
    }
    assert marked[form] in text
    assert str(estate) not in text


def test_an_error_names_the_file_as_it_was_typed(estate: Path) -> None:
    typed = f"{estate}/in/nads.yaml"
    run = migrator("plan", typed, f"{estate}/in/again", f"{estate}/in/multus.yaml", cwd=estate)
    assert run.code == 1
    assert f"is also in {typed}:" in run.err


@pytest.mark.kustomize
def test_a_root_is_referred_to_where_it_is(estate: Path) -> None:
    root = estate / "root"
    root.mkdir()
    shutil.copy(estate / "in/multus.yaml", root / "multus.yaml")
    (root / "kustomization.yaml").write_text("resources: [multus.yaml]\n")
    (estate / "some/where/deep").mkdir(parents=True)
    (estate / "link").symlink_to("some/where/deep", target_is_directory=True)
    for out in ("out", "link/out"):
        run = migrator("plan", str(root), "-o", out, cwd=estate)
        assert run.code == 0, run.err
        assert migrator("verify", str(estate / out), cwd=estate.parent).code == 0
        texts = "".join(p.read_text() for p in (estate / out).rglob("*") if p.is_file())
        assert str(estate) not in texts


SAMPLES = sorted(
    p.name for p in (Path(__file__).parents[2] / "samples").iterdir() if (p / "manifests").is_dir()
)


@pytest.mark.parametrize("sample", SAMPLES)
def test_other_names_make_no_other_plan(sample: str, checkout: Path, tmp_path: Path) -> None:
    """Where no sentence has a name in it, the records alone are renamed: as if planned anew."""
    folder = tmp_path / "estate"
    shutil.copytree(checkout / "samples" / sample, folder)
    words = [str(folder / "manifests"), "--node-files", str(folder / "nodes")]
    given = words[: 3 if (folder / "nodes").is_dir() else 1]
    told = _plans(given)
    told.reports(Naming.COMMON)
    assert told.reports(Naming.TYPED).clean == _plans(given).reports(Naming.TYPED).clean


def _plans(words: list[str]) -> Plans:
    found: list[Plans] = []

    @click.command()
    @planning
    def command(**options: Any) -> None:
        found.append(planned(options))

    command(words, standalone_mode=False)
    return found[0]
