from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from migrator.cli import swap
from migrator.cli.output import staged
from migrator.cli.places import check_out
from migrator.kustomize.digests import sha256
from migrator.kustomize.plan_json import SCHEMA, TOOL
from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.model.inputs import InputFile, KustomizeRoot, NodeFiles, Reading
from tests.cli import tools

CONTENT = {"kustomization.yaml": "resources: []\n", "base/a.yaml": "é: 1\n"}


def write_tree(out: Path, files: Mapping[str, str]) -> None:
    with staged(out, files):
        pass


def plan_json(files: dict[str, str], **fields: object) -> str:
    plan: dict[str, object] = {
        "schema": SCHEMA, "tool": TOOL, "version": "0", "objects": [], "changes": [],
        "installs": [], "blocked": [], "files": {path: sha256(text.encode()) for path, text in files.items()},
    }  # fmt: skip
    return json.dumps({**plan, **fields})


def tree(**files: str) -> dict[str, str]:
    content = files or CONTENT
    return {**content, "plan.json": plan_json(content)}


def found(folder: Path) -> dict[str, str]:
    """All files below a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def reading(*names: str, root: str | None = None) -> Reading:
    return Reading(
        documents=(),
        inputs=tuple(InputFile(name=name, sha256="") for name in names),
        problems=(),
        fragments=(),
        root=KustomizeRoot(path=root) if root else None,
        node_files=NodeFiles(nodes=(), directories=frozenset(), files=()),
    )


@pytest.mark.parametrize("count", [3, 100], ids=["few", "many"])
def test_all_is_on_the_disk_before_it_is_in_its_place(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, synced = tmp_path / "out", set[int]()

    def fsync(descriptor: int) -> None:
        if not out.exists():
            synced.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    write_tree(out, tree(**{f"sub-{number % 7}/{number}.yaml": "" for number in range(count)}))
    assert {path.stat().st_ino for path in (out, *out.rglob("*"))} <= synced


def test_a_tree_is_written_as_it_is_and_nothing_beside_it(tmp_path: Path) -> None:
    write_tree(tmp_path / "new/folder/out", tree())
    assert found(tmp_path / "new/folder/out") == tree()
    assert [p.name for p in (tmp_path / "new/folder").iterdir()] == ["out"]


def test_the_folder_is_readable_as_the_umask_says(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        write_tree(tmp_path / "out", tree())
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "out/base/a.yaml").stat().st_mode) == 0o644


def test_an_earlier_run_is_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_tree(out, tree(**{"gone.yaml": "x", "kept.yaml": "y"}))
    write_tree(out, tree(**{"kept.yaml": "z"}))
    assert set(found(out)) == {"kept.yaml", "plan.json"}
    assert found(out)["kept.yaml"] == "z"
    assert list(tmp_path.iterdir()) == [out]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_tree(tmp_path / "out", tree())
    assert found(tmp_path / "out") == tree()


def _foreign(out: Path) -> None:
    (out / "mine.txt").write_text("mine")


def _changed(out: Path) -> None:
    (out / "base/a.yaml").write_text("edited by hand")


def _hidden(out: Path) -> None:
    (out / "base/.hidden").write_text("mine")


def _linked(out: Path) -> None:
    (out / "base/a.yaml").unlink()
    (out / "base/a.yaml").symlink_to(out / "kustomization.yaml")


def _linked_folder(out: Path) -> None:
    (out / "more").symlink_to(out.parent)


def _no_plan(out: Path) -> None:
    (out / "plan.json").unlink()


def _other_plan(out: Path) -> None:
    (out / "plan.json").write_text(plan_json({}, tool="another"))


def _broken_plan(out: Path) -> None:
    (out / "plan.json").write_text("{")


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_foreign, "mine.txt"),
        (_changed, "base/a.yaml"),
        (_hidden, "base/.hidden"),
        (_linked, "base/a.yaml"),
        (_linked_folder, "more"),
        (_no_plan, "base/a.yaml"),
        (_other_plan, "plan.json"),
        (_broken_plan, "plan.json"),
    ],
)
def test_what_we_did_not_write_is_never_replaced(
    tmp_path: Path, spoil: Callable[[Path], object], named: str
) -> None:
    out = tmp_path / "out"
    write_tree(out, tree())
    spoil(out)
    before = sorted(out.rglob("*"))
    with pytest.raises(MigratorError) as error:
        write_tree(out, tree(**{"b.yaml": "new"}))
    assert error.value.message.startswith(str(out / named))
    assert error.value.hint
    assert sorted(out.rglob("*")) == before
    assert list(tmp_path.iterdir()) == [out]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    with pytest.raises(MigratorError, match="symbolic link"):
        write_tree(tmp_path / "out", tree())
    assert not list((tmp_path / "real").iterdir())


def test_a_dangling_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    with pytest.raises(MigratorError, match="symbolic link"):
        write_tree(tmp_path / "out", tree())


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(MigratorError, match="is a file"):
        write_tree(tmp_path / "out", tree())


@pytest.mark.parametrize("place", ["/", "~", ".", ".."])
def test_folders_that_are_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "home/here").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "home/here")
    with pytest.raises(MigratorError, match="not a folder that may be replaced"):
        write_tree(Path(place).expanduser(), tree())


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "", "."])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(MigratorError):
        write_tree(tmp_path / "sub/out", {"a.yaml": "1", name: "2"})
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_also_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        write_tree(tmp_path / "out", {"a": "1", "a/b": "2"})
    assert not list(tmp_path.iterdir())


def test_a_failure_while_staged_keeps_the_old_tree_and_no_trace(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_tree(out, tree())
    with pytest.raises(KeyboardInterrupt), staged(out, tree(**{"b.yaml": "new"})) as stage:
        assert stage.parent == out.parent
        assert found(stage)["b.yaml"] == "new"
        raise KeyboardInterrupt
    assert found(out) == tree()
    assert list(tmp_path.iterdir()) == [out]


def test_a_failure_while_staged_removes_the_parents_that_were_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no proof"), staged(tmp_path / "a/b/out", tree()):
        raise ValueError("no proof")
    assert not list(tmp_path.iterdir())


def test_a_tree_that_was_changed_while_staged_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_tree(out, tree())
    with pytest.raises(MigratorError, match="mine"), staged(out, tree(**{"b.yaml": "new"})):
        _foreign(out)
    assert found(out) == {**tree(), "mine.txt": "mine"}
    assert list(tmp_path.iterdir()) == [out]


def test_the_old_tree_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_tree(out, tree())
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(swap.STAGE):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(swap, "_exchange", lambda _stage, _place: False)
    with pytest.raises(EnvironmentProblem, match=r"No space left.*; what was there is as it was"):
        write_tree(out, tree(**{"b.yaml": "new"}))
    assert found(out) == tree()
    assert list(tmp_path.iterdir()) == [out]


def test_no_right_to_write_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(EnvironmentProblem, match="cannot be written: Permission denied"):
        write_tree(tmp_path / "sub/out", tree())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("inside", ["", "out", "deep/er/out"])
def test_out_is_not_in_the_root_that_was_read(tmp_path: Path, inside: str) -> None:
    root = tmp_path / "overlays/prod"
    root.mkdir(parents=True)
    with pytest.raises(MigratorError, match="read the result as more manifests") as error:
        check_out(root / inside, reading(root=str(root)))
    assert "prod-multus-thick" in error.value.hint


def test_out_is_beside_the_root_also_by_a_similar_name(tmp_path: Path) -> None:
    (tmp_path / "prod").mkdir()
    check_out(tmp_path / "prod-thick", reading(root=str(tmp_path / "prod")))
    check_out(tmp_path / "prod/../out", reading(root=str(tmp_path / "prod")))


def test_out_inside_the_root_through_a_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "prod").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "prod")
    with pytest.raises(MigratorError, match="is inside the input"):
        check_out(tmp_path / "link/out", reading(root=str(tmp_path / "prod")))


def test_an_input_below_out_is_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_tree(out, tree())
    with pytest.raises(MigratorError, match="holds the input"):
        check_out(out, reading(str(out / "base/a.yaml")))


def test_inputs_elsewhere_and_standard_input_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("")
    check_out(tmp_path / "out", reading("-", str(tmp_path / "a.yaml"), "gone.yaml", "x (built)"))


@pytest.mark.parametrize(
    ("out", "inputs", "told"),
    [
        pytest.param("in/out", ["in"], "is inside the input in: ", id="below"),
        pytest.param("in", ["in"], "in is the input in: ", id="the input itself"),
        pytest.param("out", ["."], "is inside the input .: ", id="the default below this folder"),
        pytest.param("other/../in/out", ["in"], "is inside the input in: ", id="by two dots"),
        pytest.param("in/out", ["../place/in"], "is inside the input ../place/in: ", id="named so"),
        pytest.param("link/out", ["in"], "is inside the input in: ", id="out by a link"),
        pytest.param("in/out", ["link"], "is inside the input link: ", id="input by a link"),
        pytest.param("in/deep/out", ["in/deep", "in"], "the input in: ", id="the outermost"),
    ],
)
def test_out_is_in_no_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, inputs: list[str], told: str
) -> None:
    place = tmp_path / "place"
    (place / "in/deep").mkdir(parents=True)
    (place / "other").mkdir()
    (place / "link").symlink_to(place / "in")
    monkeypatch.chdir(place)
    with pytest.raises(MigratorError) as error:
        check_out(Path(out), reading(), inputs)
    assert told in error.value.message
    sibling = error.value.hint.removeprefix("use -o ")
    check_out(Path(sibling), reading(), inputs)


def test_out_is_beside_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("a.yaml").write_text("")
    check_out(Path("out"), reading("a.yaml"), ["a.yaml", "-", "in", "gone"])
    check_out(Path("in-thick"), reading(), ["in"])


@pytest.mark.parametrize("out", [("-o", "manifests/thick"), ("-o", "manifests"), ()])
def test_nothing_is_written_into_an_input(tmp_path: Path, out: tuple[str, ...]) -> None:
    shutil.copytree(tools.ROOT / "samples/v4.0-thin/manifests", tmp_path / "manifests")
    before = tools.tree(tmp_path)
    given = "manifests" if out else "."
    run = tools.migrator("plan", given, *out, "--no-verify", cwd=tmp_path)
    assert (run.code, run.err.count("\n")) == (1, 1)
    sibling = "manifests" if out else f"../{tmp_path.name}"
    assert run.err.endswith(f"use -o {sibling}-multus-thick\n")
    assert tools.tree(tmp_path) == before
