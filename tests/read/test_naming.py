"""What files are called in the reports of a run, wherever it was started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.model.inputs import Complaint, Folder, Naming, Problem, Sentence, Source
from migrator.read.naming import namer, renamed
from tests.builders import inventory

HERE = "repo/deploy"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a Git repository that a user works in."""
    folder = tmp_path / HERE
    for name in ("multus", "nodes/n1", "overlays/prod"):
        (folder / name).mkdir(parents=True)
    (folder / "multus/ds.yaml").write_text("")
    (folder / "link").symlink_to("multus")
    (tmp_path / "repo/.git").mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("given", "file", "common", "repository"),
    [
        (["multus"], "multus/ds.yaml", "ds.yaml", "deploy/multus/ds.yaml"),
        (["./multus/"], "multus/ds.yaml", "ds.yaml", "deploy/multus/ds.yaml"),
        (["../deploy/multus"], "../deploy/multus/ds.yaml", "ds.yaml", "deploy/multus/ds.yaml"),
        (["HERE/multus"], "HERE/multus/ds.yaml", "ds.yaml", "deploy/multus/ds.yaml"),
        (["multus/ds.yaml"], "multus/ds.yaml", "ds.yaml", "deploy/multus/ds.yaml"),
        (["."], "multus/ds.yaml", "multus/ds.yaml", "deploy/multus/ds.yaml"),
        ([".."], "../deploy/multus/ds.yaml", "deploy/multus/ds.yaml", "deploy/multus/ds.yaml"),
        (["multus", "nodes"], "multus/ds.yaml", "multus/ds.yaml", "deploy/multus/ds.yaml"),
        (["multus", "HERE/nodes"], "HERE/nodes/n1/a", "nodes/n1/a", "deploy/nodes/n1/a"),
        (["multus/ds.yaml", "multus"], "multus/x.yaml", "x.yaml", "deploy/multus/x.yaml"),
        (["link", "nodes"], "link/ds.yaml", "link/ds.yaml", "deploy/link/ds.yaml"),
        (["link"], "link/ds.yaml", "ds.yaml", "deploy/link/ds.yaml"),
        (["overlays/prod"], "overlays/prod (built)", ". (built)", "deploy/overlays/prod (built)"),
        (["overlays/prod"], "overlays/prod", ".", "deploy/overlays/prod"),
        (["overlays/prod"], "base/k.yaml", "../../base/k.yaml", "deploy/base/k.yaml"),
        (["overlays/prod"], "overlays/prod/../../base/k", "../../base/k", "deploy/base/k"),
        (["-"], "-", "-", "-"),
        (["-", "multus"], "-", "-", "-"),
        (["-", "multus"], "multus/ds.yaml", "ds.yaml", "deploy/multus/ds.yaml"),
        (["/dev/fd/63", "multus"], "/dev/fd/63", "/dev/fd/63", "/dev/fd/63"),
        (["/dev/shm/no"], "/dev/shm/no/ds.yaml", "no/ds.yaml", "no/ds.yaml"),
    ],
)
def test_the_name_of_a_file(
    here: Path, given: list[str], file: str, common: str, repository: str
) -> None:
    given = [name.replace("HERE", str(here)) for name in given]
    file = file.replace("HERE", str(here))
    names = {naming: namer(given, naming)(file) for naming in Naming}
    assert names == {
        Naming.TYPED: file,
        Naming.COMMON: common,
        Naming.REPOSITORY: repository,
    }


def test_without_a_repository_its_names_are_those_of_files(here: Path) -> None:
    (here.parent / ".git").rmdir()
    assert namer(["multus"], Naming.REPOSITORY)("multus/ds.yaml") == "ds.yaml"


def test_a_pipe_lies_nowhere(here: Path) -> None:
    os.mkfifo(here / "pipe")
    name = namer(["pipe", "multus/ds.yaml"], Naming.COMMON)
    assert (name("pipe"), name("multus/ds.yaml")) == ("pipe", "ds.yaml")


def test_a_reading_is_renamed_in_its_sentences_too(here: Path) -> None:
    place = Source(file="multus/a.yaml", line=3)
    problem = Problem(
        source=place,
        message=Sentence("is also in ", place, Complaint(f": lstat {here}: no such file")),
        hint=Sentence("build it: kustomize build ", Folder("multus"), " | plan -"),
    )
    reading = inventory().reading
    first = renamed(
        type(reading)(
            documents=(),
            inputs=(),
            problems=(problem,),
            fragments=(),
            root=None,
            node_files=reading.node_files,
            folders={"multus/a.yaml": "/where/it/is"},
        ),
        namer(["multus"], Naming.COMMON),
    )
    (told,) = first.problems
    assert str(told.source) == "a.yaml:3"
    assert told.message == "is also in a.yaml:3"
    assert told.hint == "build it: kustomize build . | plan -"
    assert first.folders == {"a.yaml": "/where/it/is"}
