"""The house: data flows one way, one place writes files, one place starts programs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "migrator"
MODULES = sorted(PACKAGE.rglob("*.py"))

LEAVES = frozenset(
    {"model", "errors", "paths", "parts", "pods", "resources", "dump", "redact", "exitcodes"}
    | {"embedded", "clock", "quantities", "pitfalls", "traps"}
)
"""Modules that every layer may use, and that use nothing but each other."""

LAYERS = ("read", "multus", "inventory", "checks", "steps", "planner", "kustomize", "report", "output", "cli")  # fmt: skip
"""From the bottom to the top: a layer imports from itself and from those before it."""

PLACED = {
    "installation": "inventory",
    "planner": "planner",
    "accounting": "planner",
    "attachments": "planner",
    "catalogue": "planner",
    "networkstatus": "planner",
    "samples": "planner",
    "smoke": "kustomize",
    "suppression": "planner",
    "config": "planner",
}
"""The layer of modules that are no folder."""

ENTRY = frozenset({"__init__", "__main__"})


def _name(module: Path) -> str:
    return ".".join(module.relative_to(PACKAGE).with_suffix("").parts)


def _layer(name: str) -> str:
    top = name.split(".")[0]
    return top if top in LEAVES or top in LAYERS else PLACED.get(top, f"(no layer: {name})")


@cache
def _tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), filename=str(module))


def _imports(module: Path) -> Iterator[str]:
    """Every imported name, with dots: ``migrator.multus.flags``, ``click``."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(module)}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _own_imports(module: Path) -> Iterator[str]:
    for name in _imports(module):
        if name.startswith("migrator."):
            yield name.removeprefix("migrator.")


def _allowed(importer: str, imported: str) -> bool:
    if imported in LEAVES:
        return True
    if importer in LEAVES:
        return False
    return LAYERS.index(imported) <= LAYERS.index(importer)


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_a_module_imports_only_from_lower_layers(module: Path) -> None:
    if module.stem in ENTRY and module.parent == PACKAGE:
        return
    own = _layer(_name(module))
    wrong = [
        name
        for name in _own_imports(module)
        if name != "__version__" and not _allowed(own, _layer(name))
    ]
    assert wrong == [], f"{own} may not import these"


def test_every_module_has_a_layer() -> None:
    names = [_name(m) for m in MODULES if m.parent != PACKAGE or m.stem not in ENTRY]
    assert [n for n in names if _layer(n).startswith("(")] == []


def test_the_rule_finds_an_import_that_goes_up() -> None:
    assert not _allowed("multus", "inventory")
    assert not _allowed("model", "read")
    assert _allowed("cli", "output")
    assert _allowed("read", "model")


NETWORK = frozenset(
    {"socket", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "ssl"}
)
FORBIDDEN = frozenset({"pickle", "shelve", "marshal", "deepdiff.Delta", "deepdiff.delta"})


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_imports_that_have_their_place(module: Path) -> None:
    name = _name(module)
    imported = set(_imports(module))
    tops = {i.split(".")[0] for i in imported}
    assert not tops & NETWORK, "the program works without a network"
    assert not {i for i in imported if any(i.startswith(f) for f in FORBIDDEN)}
    assert "subprocess" not in tops or name == "kustomize.tool"
    assert "click" not in tops or name.startswith("cli.")


WRITERS = frozenset(
    {"write_text", "write_bytes", "mkdir", "makedirs", "rename", "unlink", "rmdir", "rmtree"}
    | {"touch", "symlink_to", "hardlink_to", "copyfile", "copytree", "move", "chmod"}
)


def _calls(module: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                yield ast.unparse(function), node
            elif isinstance(function, ast.Name):
                yield function.id, node


def _opens_for_writing(call: ast.Call) -> bool:
    values = [*call.args, *(k.value for k in call.keywords if k.arg == "mode")]
    modes = [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    return any(set(m) & set("wax+") and set(m) <= set("rwaxbt+") for m in modes)


def _writes(module: Path) -> list[str]:
    found = []
    for name, call in _calls(module):
        last = name.rsplit(".", 1)[-1]
        replaces = name == "os.replace"
        if last in WRITERS or replaces or (last == "open" and _opens_for_writing(call)):
            found.append(f"line {call.lineno}: {name}")
    return found


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_only_output_writes_files(module: Path) -> None:
    """kustomize/tool.py fills the temporary folders that it hands to kustomize."""
    if _name(module) not in ("output", "kustomize.tool"):
        assert _writes(module) == []


def test_the_rule_finds_what_output_does() -> None:
    assert _writes(PACKAGE / "output.py")


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_no_dangerous_calls(module: Path) -> None:
    for name, call in _calls(module):
        where = f"{_name(module)} line {call.lineno}"
        assert name not in ("eval", "exec", "compile", "yaml.load", "os.system"), where
        shells = [k for k in call.keywords if k.arg == "shell"]
        assert all(isinstance(k.value, ast.Constant) and not k.value.value for k in shells), where


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_files_and_functions_stay_readable(module: Path) -> None:
    if _name(module) != "model":  # the records of the whole program, without a line of logic
        assert len(module.read_text(encoding="utf-8").splitlines()) <= 400
    functions = [
        node
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno + 1 > 60] == []


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_every_module_says_what_it_is(module: Path) -> None:
    if module.name != "__init__.py" or module.stat().st_size:
        assert ast.get_docstring(_tree(module)), "a module begins with a docstring"
