"""What stands in OUT and cannot be read, or is of another kind: one line that names it, and code 1.

Nothing of it is replaced: what cannot be read may be anybody's.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.cli.test_contract import INSTALL
from tests.cli.tools import migrator
from tests.needs import give_up

pytestmark = pytest.mark.slow

FILE = "component/kustomization.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "multus.yaml").write_text(INSTALL)
    assert migrator("plan", "multus.yaml", "--no-verify", "-o", "out", cwd=folder).code == 0
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    yield tmp_path
    for folder, _, _ in os.walk(tmp_path, onerror=lambda e: Path(str(e.filename)).chmod(0o755)):
        Path(folder).chmod(0o755)


@contextmanager
def _as_others() -> Iterator[None]:
    """Root's right to read and to search anything is put away meanwhile: capabilities(7)."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "capset"):
        give_up("run as root, who may read everything on this system")
    version_3, read = (ctypes.c_uint32 * 2)(0x20080522, 0), (1 << 1) | (1 << 2)
    effective = (ctypes.c_uint32 * 6)()  # and the permitted and the inheritable ones, twice 32 bits
    assert libc.capget(version_3, effective) == 0
    before, effective[0] = effective[0], effective[0] & ~read
    assert libc.capset(version_3, effective) == 0
    try:
        yield
    finally:
        effective[0] = before
        assert libc.capset(version_3, effective) == 0


def _run(place: Path, case: str, *words: str) -> tuple[int, list[str]]:
    """(code, lines of stderr); where something is closed, of what may read what permissions say."""
    root = os.geteuid() == 0 and "closed" in case
    with _as_others() if root else nullcontext():
        run = migrator(*words, cwd=place)
    return run.code, run.err.splitlines()


def _closed(name: str) -> Callable[[Path], None]:
    return lambda out: (out / name).chmod(0)


def _folder(name: str) -> Callable[[Path], None]:
    def make(out: Path) -> None:
        (out / name).unlink()
        (out / name).mkdir()
        (out / name / "mine").write_text("x")

    return make


def _link(name: str) -> Callable[[Path], None]:
    def make(out: Path) -> None:
        (out / name).unlink()
        (out / name).symlink_to("nowhere")

    return make


def _pipe(name: str) -> Callable[[Path], None]:
    def make(out: Path) -> None:
        (out / name).unlink()
        os.mkfifo(out / name)

    return make


def _damaged(out: Path) -> None:
    (out / "plan.json").write_text("")


CASES = {
    "a closed file": (_closed(FILE), FILE),
    "a closed report": (_closed("report.md"), "report.md"),
    "a closed plan": (_closed("plan.json"), "plan.json"),
    "a closed folder": (_closed("base"), "base"),
    "a closed OUT": (_closed("."), ""),
    "a folder for a file": (_folder(FILE), FILE),
    "a folder for the plan": (_folder("plan.json"), ""),
    "a broken link": (_link(FILE), FILE),
    "a broken link for the plan": (_link("plan.json"), ""),
    "a pipe": (_pipe("report.md"), "report.md"),
    "a pipe for the plan": (_pipe("plan.json"), ""),
    "an empty plan": (_damaged, "plan.json"),
}
"""What is done to OUT, and what is named of it: without a plan, any file of it is foreign."""


@pytest.mark.parametrize("case", CASES)
def test_plan_replaces_nothing_of_it(place: Path, case: str) -> None:
    break_it, named = CASES[case]
    break_it(place / "out")
    code, lines = _run(place, case, "plan", "multus.yaml", "--no-verify", "-o", "out", "-q")
    assert (code, len(lines)) == (1, 1), lines
    assert lines[0].startswith(f"error: {Path('out', named)}")
    assert sorted(path.name for path in place.iterdir()) == ["multus.yaml", "out"]


@pytest.mark.kustomize
@pytest.mark.parametrize("case", CASES)
def test_verify_says_which_it_is(place: Path, case: str) -> None:
    break_it, named = CASES[case]
    break_it(place / "out")
    code, lines = _run(place, case, "verify", "out")
    assert code == 1
    assert all(line.startswith("error: ") for line in lines), lines
    assert any((named or "plan.json") in line for line in lines), lines
    if case.startswith("a closed"):
        assert not any("edited since" in line for line in lines)
