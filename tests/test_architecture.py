"""The house: rooms in one order, and one place for each thing that must have one place.

One test an idea; each names every module that breaks it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "migrator"
MODULES = sorted(PACKAGE.rglob("*.py"))

ROOMS = (
    *("golang", "model", "trees", "tools", "read", "multus", "inventory", "thick", "kustomize"),
    *("checks", "steps", "plan", "report", "catalogue", "cli"),
)
"""From the bottom to the top: a room imports from itself and from those before it."""

ENTRY = frozenset({"__init__", "__main__"})
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def _name(module: Path) -> str:
    return ".".join(module.relative_to(PACKAGE).with_suffix("").parts)


def _room(name: str) -> str:
    return name.partition(".")[0]


def _is_entry(module: Path) -> bool:
    return module.parent == PACKAGE and module.stem in ENTRY


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


def _goes_up(importer: str, imported: str) -> bool:
    return ROOMS.index(imported) > ROOMS.index(importer)


def test_data_flows_one_way() -> None:
    wrong = [
        f"{_name(module)} imports {name}"
        for module in MODULES
        if not _is_entry(module)
        for name in _imports(module)
        if name.startswith("migrator.") and name != "migrator.__version__"
        if _goes_up(_room(_name(module)), _room(name.removeprefix("migrator.")))
    ]
    assert wrong == []


def test_no_module_lies_loose_at_the_top() -> None:
    loose = [_name(m) for m in MODULES if not _is_entry(m) and _room(_name(m)) not in ROOMS]
    assert loose == []
    assert [m.name for m in PACKAGE.glob("*.py") if m.stem not in ENTRY] == []


def test_the_order_finds_an_import_that_goes_up() -> None:
    assert _goes_up("multus", "inventory")
    assert _goes_up("model", "read")
    assert not _goes_up("cli", "report")
    assert not _goes_up("read", "model")


NETWORK = frozenset(
    {"socket", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "ssl"}
)
FORBIDDEN = ("pickle", "shelve", "marshal", "deepdiff.Delta", "deepdiff.delta")


def _out_of_place(module: Path) -> Iterator[str]:
    name, imported = _name(module), set(_imports(module))
    tops = {i.partition(".")[0] for i in imported}
    yield from (f"{name}: {top} needs a network" for top in sorted(tops & NETWORK))
    yield from (f"{name}: {i} is never used" for i in sorted(imported) if i.startswith(FORBIDDEN))
    if "subprocess" in tops and _room(name) != "tools":
        yield f"{name}: only tools/ starts a process"
    if "click" in tops and _room(name) != "cli":
        yield f"{name}: only cli/ knows click"


def test_imports_have_their_place() -> None:
    assert [wrong for module in MODULES for wrong in _out_of_place(module)] == []


WRITERS = frozenset(
    {"write_text", "write_bytes", "mkdir", "makedirs", "rename", "unlink", "rmdir", "rmtree"}
    | {"touch", "symlink_to", "hardlink_to", "copyfile", "copytree", "move", "chmod"}
)


def _calls(module: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            yield ast.unparse(node.func), node


def _opens_for_writing(call: ast.Call) -> bool:
    values = [*call.args, *(k.value for k in call.keywords if k.arg == "mode")]
    modes = [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    return any(set(m) & set("wax+") and set(m) <= set("rwaxbt+") for m in modes)


def _writes(module: Path) -> list[str]:
    found = []
    for name, call in _calls(module):
        last = name.rsplit(".", 1)[-1]
        opens = last == "open" and _opens_for_writing(call)
        if last in WRITERS or name == "os.replace" or opens:
            found.append(f"{_name(module)} line {call.lineno}: {name}")
    return found


def test_only_output_writes_files() -> None:
    """tools/ fills the temporary folders that it hands to its programs."""
    others = [m for m in MODULES if _name(m) != "cli.output" and _room(_name(m)) != "tools"]
    assert [wrong for module in others for wrong in _writes(module)] == []
    assert _writes(PACKAGE / "cli" / "output.py"), "the rule finds what output.py does"


def _dangerous(module: Path) -> Iterator[str]:
    for name, call in _calls(module):
        where = f"{_name(module)} line {call.lineno}"
        if name in ("eval", "exec", "compile", "yaml.load", "os.system"):
            yield f"{where}: {name}"
        for keyword in call.keywords:
            off = isinstance(keyword.value, ast.Constant) and not keyword.value.value
            if keyword.arg == "shell" and not off:
                yield f"{where}: shell"


def test_no_dangerous_calls() -> None:
    assert [wrong for module in MODULES for wrong in _dangerous(module)] == []


def _too_long(module: Path) -> Iterator[str]:
    lines = len(module.read_text(encoding="utf-8").splitlines())
    if lines > LONGEST_FILE:
        yield f"{_name(module)}: {lines} lines"
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{_name(module)}.{node.name}: {length} lines"


def test_files_and_functions_stay_readable() -> None:
    assert [wrong for module in MODULES for wrong in _too_long(module)] == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        _name(module)
        for module in MODULES
        if (module.name != "__init__.py" or module.stat().st_size)
        and not ast.get_docstring(_tree(module))
    ]
    assert silent == []
