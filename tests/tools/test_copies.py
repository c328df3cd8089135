"""The copy of a repository on which an edit is tried."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools.bounds import COPY
from migrator.tools.copies import copied


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "a").mkdir(parents=True)
    (folder / "a/file").write_text("old")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_text("not ours")
    return folder


def test_it_holds_the_files_with_other_bytes_and_goes_away(root: Path) -> None:
    (root / "b").write_text("b")
    (root / "unnamed").write_text("")
    new = {root / "a/file": b"new", root / "c/d": b"made"}
    with copied(root, ["a/file", "b", "gone"], new) as copy:
        found = {
            p.relative_to(copy).as_posix(): p.read_text() for p in copy.rglob("*") if p.is_file()
        }
        assert found == {"a/file": "new", "b": "b", "c/d": "made"}
    assert not copy.exists()
    assert (root / "a/file").read_text() == "old"


@pytest.mark.parametrize("target", ["a", "./a", "ROOT/a", "ROOT/x/../a"])
def test_a_link_within_leads_to_the_copy(root: Path, target: str) -> None:
    (root / "link").symlink_to(target.replace("ROOT", str(root)))
    with copied(root, ["a/file", "link"], {root / "a/file": b"new"}) as copy:
        assert (copy / "link").is_symlink()
        assert (copy / "link/file").read_text() == "new"


@pytest.mark.parametrize("target", ["OUT", "/absent", "../outside"])
def test_a_link_to_elsewhere_stays_as_it_is(root: Path, target: str) -> None:
    target = target.replace("OUT", str(root.parent / "outside"))
    (root / "link").symlink_to(target)
    with copied(root, ["link"], {}) as copy:
        assert str((copy / "link").readlink()) == target


def test_what_lies_behind_a_linked_folder_is_not_copied_through_it(root: Path) -> None:
    """An index may name a file in a folder that has become a link since."""
    (root / "sub").symlink_to(root.parent / "outside")
    with copied(root, ["sub", "sub/file"], {}) as copy:
        assert (copy / "sub").is_symlink()
    assert (root.parent / "outside/file").read_text() == "not ours"


def test_a_name_cannot_leave_the_copy(root: Path) -> None:
    """Git does not check the names in an index that somebody made."""
    with copied(root, ["../outside/file", "a/../../outside/file"], {}) as copy:
        assert not list(copy.iterdir())
        assert not (copy.parent / "outside").exists()


def test_a_pipe_is_not_read(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with copied(root, ["pipe"], {}) as copy:
        assert not (copy / "pipe").exists()


def test_more_than_the_bound_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COPY.variable, "1")
    (root / "large").write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(MigratorError, match="more than 1 MiB"), copied(root, ["large"], {}):
        pass


def test_what_cannot_be_copied_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(source: Path, place: Path) -> None:
        raise PermissionError(13, "Permission denied", str(source))

    monkeypatch.setattr("migrator.tools.copies.shutil.copyfile", denied)
    with pytest.raises(EnvironmentProblem, match="a/file cannot be copied to try the change"):  # noqa: SIM117
        with copied(root, ["a/file"], {}):
            pass


def test_a_temporary_folder_that_cannot_be_made_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(root / "absent"))
    with pytest.raises(EnvironmentProblem, match="no temporary folder"), copied(root, [], {}):
        pass
