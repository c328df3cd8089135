"""The installed program: built as a wheel, put elsewhere, run outside the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from migrator import __version__
from migrator.trees import jinja

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> list[dict[str, Path]]:
    """The project's wheel and sdist by their names, built with the environment's own hatchling from
    two folders, at another time and with another umask."""
    made = []
    for name, mask in (("one", 0o022), ("an other", 0o077)):
        folder = tmp_path_factory.mktemp("built") / name
        copy = folder / "checkout"
        shutil.copytree(checkout, copy, ignore=_not_sources)
        for path in copy.rglob("*"):
            os.utime(path, (1_000_000_000 + mask, 1_000_000_000 + mask))
        command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder / "dist")]
        old = os.umask(mask)
        try:
            done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        finally:
            os.umask(old)
        assert done.returncode == 0, done.stderr
        made.append({path.name: path for path in sorted((folder / "dist").iterdir())})
    return made


@pytest.fixture(scope="module")
def wheel(built: list[dict[str, Path]]) -> Path:
    return next(path for name, path in built[0].items() if name.endswith(".whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's content and its script; what it needs is the environment's."""
    folder = tmp_path_factory.mktemp("installed") / "a place"
    _pip("install", "--no-deps", "--no-index", "--target", str(folder), str(wheel))
    return folder


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _run(installed: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_the_program_and_its_templates_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"migrator", f"multus_migrator-{__version__}.dist-info"}
    assert {"migrator/py.typed", "migrator/_templates/thick/daemonset.yaml.j2"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "migrator/_templates/rules.json" in names
    modules = [name for name in names if name.startswith("migrator/_templates/compiled/")]
    assert len(modules) == sum(len(jinja.sources(family)) for family in jinja.FAMILIES)


@pytest.mark.parametrize("how", ["script", "module"])
def test_it_says_its_version_from_elsewhere(installed: Path, tmp_path: Path, how: str) -> None:
    script = [sys.executable, str(installed / "bin" / "multus-migrator")]
    words = script if how == "script" else [sys.executable, "-m", "migrator"]
    done = _run(installed, tmp_path, *words, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert __version__ in done.stdout


def test_it_plans_with_the_templates_of_the_wheel(
    installed: Path, tmp_path: Path, checkout: Path
) -> None:
    where = _run(
        installed,
        tmp_path,
        sys.executable,
        "-c",
        "from migrator.trees.resources import templates_dir; print(templates_dir())",
    )
    assert where.stdout.strip() == str(installed / "migrator" / "_templates")
    manifests = checkout / "samples" / "v4.0-thin" / "manifests"
    # The templates come compiled: Jinja2 has nothing to compile.
    program = (
        "import sys, jinja2; jinja2.Environment.compile = None; "
        "from migrator.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    plan = ["-c", program, "plan", str(manifests), "--no-verify", "-o", "out", "--quiet"]
    done = _run(installed, tmp_path, sys.executable, *plan)
    assert (done.returncode, done.stderr) == (0, "")
    patch = tmp_path / "out/component/patches/daemonset.apps--kube-system--kube-multus-ds.yaml"
    assert "multus-daemon" in patch.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", ["S03", "P01"])
def test_it_explains_rules_as_the_checkout_does(
    installed: Path, tmp_path: Path, checkout: Path, rule: str
) -> None:
    words = [sys.executable, "-m", "migrator", "explain", rule]
    from_wheel = _run(installed, tmp_path, *words)
    from_checkout = _run(checkout, tmp_path, *words)
    assert (from_wheel.returncode, from_wheel.stderr) == (0, "")
    assert from_wheel.stdout == from_checkout.stdout


def test_the_same_files_give_the_same_bytes(built: list[dict[str, Path]]) -> None:
    one, other = (
        {name: sha256(path.read_bytes()).hexdigest() for name, path in each.items()}
        for each in built
    )
    assert [name.rsplit(".", 1)[-1] for name in one] == ["whl", "gz"]
    assert one == other


def _not_sources(folder: str, names: list[str]) -> set[str]:
    """What no commit holds."""
    hidden = {n for n in names if n.startswith(".") and n not in (".ci", ".gitignore")}
    return hidden | ({"node_modules", "__pycache__", "dist", "demo-out"} & set(names))
