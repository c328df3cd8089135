"""The house: rooms in one order, and one place for each thing that must have one place.

One test an idea; each names every module that breaks it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from migrator.cli.main import COMMANDS
from migrator.report.formats import FORMATS, SCREENS

PACKAGE = Path(__file__).resolve().parent.parent / "migrator"
MODULES = sorted(PACKAGE.rglob("*.py"))

ROOMS = (
    *("golang", "model", "trees", "tools", "read", "multus", "inventory", "thick", "kustomize"),
    *("checks", "steps", "plan", "live", "gitops", "report", "catalogue", "cli"),
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


@cache
def _nodes(module: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_tree(module)))


def _imports(module: Path) -> Iterator[str]:
    """Every imported name, with dots: ``migrator.multus.flags``, ``click``."""
    for node in _nodes(module):
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
    for node in _nodes(module):
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
    writer = {"cli.output", "cli.swap"}
    others = [m for m in MODULES if _name(m) not in writer and _room(_name(m)) != "tools"]
    assert [wrong for module in others for wrong in _writes(module)] == []
    users = {_name(m) for m in MODULES if any(".cli.swap" in name for name in _imports(m))}
    assert users == {"cli.output"}, "one way to write"
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
    for node in _nodes(module):
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


TEMPLATES = PACKAGE.parent / "templates"
UNUSED = {
    **dict.fromkeys(
        (
            *("multus.netconf.NetConf.log_file", "multus.netconf.NetConf.log_level"),
            *("multus.netconf.NetConf.log_to_stderr", "multus.netconf.NetConf.non_isolated"),
            "multus.netconf.NetConf.readiness_indicator_file",
        ),
        "what LoadNetConf gives is held whole against its recorded answers",
    ),
    "trees.jinja.compile_all": "the build of the package calls it: .ci/compiled_templates.py",
}
"""Public names that the program itself never uses."""


RECORD = {"Struct", "msgspec.Struct"}
"""What records have for a base, which calls nothing of theirs."""


def _definitions(module: Path) -> Iterator[str]:
    """The public names of a module and of the classes in it. What a class overrides is left out:
    its base calls it."""
    for node in _tree(module).body:
        yield from _defined(node)
        if isinstance(node, ast.ClassDef) and {*map(ast.unparse, node.bases)} <= RECORD:
            yield from (f"{node.name}.{n}" for part in node.body for n in _defined(part))


def _defined(node: ast.stmt) -> Iterator[str]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
        yield node.name
    elif isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    yield from (t.id for t in targets if isinstance(t, ast.Name) and not t.id.startswith("_"))


def _mentions(module: Path) -> Iterator[str]:
    """Every name that a module reads: as a variable or as an attribute."""
    for node in _nodes(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _words(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.j2"):
        yield from re.findall(r"[A-Za-z_]\w*", path.read_text(encoding="utf-8"))


def test_every_public_name_is_used_by_the_program() -> None:
    """What only tests use is a room that nobody lives in."""
    used = {name for module in MODULES for name in _mentions(module)} | set(_words(TEMPLATES))
    used |= {form.function for form in (*FORMATS, *SCREENS)}
    unused = {
        f"{_name(module)}.{name}"
        for module in MODULES
        for name in _definitions(module)
        if name.rpartition(".")[2] not in used
    }
    assert sorted(unused - UNUSED.keys()) == []
    assert sorted(UNUSED.keys() - unused) == [], "is used or gone: take it from the list"


def _reached() -> set[str]:
    """The modules that the entry points import, directly or not, or name in the tables of commands and
    formats."""
    names = {f"migrator.{_name(module)}".removesuffix(".__init__"): module for module in MODULES}
    todo = ["migrator.__main__", "migrator.catalogue.__main__"]
    todo += [f"migrator.cli.{name}" for name in COMMANDS]
    todo += [f"migrator.report.{form.module}" for form in (*FORMATS, *SCREENS)]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in names and name not in seen:
            seen.add(name)
            found = list(_imports(names[name]))
            todo += [*found, *(imported.rpartition(".")[0] for imported in found)]
            todo.append(name.rpartition(".")[0])
    return seen


def test_every_module_is_reached_from_the_command_line() -> None:
    reached = _reached()
    apart = {
        _name(m) for m in MODULES if f"migrator.{_name(m)}".removesuffix(".__init__") not in reached
    }
    assert sorted(apart) == []


TESTS = PACKAGE.parent / "tests"
NO_ROOM = frozenset({"browser", "ci", "cluster", "docs", "mutants", "observed", "rules", "trust"})
"""Folders of tests/ that are no room: the report in a browser, what other people's CI takes, a cluster
that rollout.sh is played against, pages that a reader follows, the tool of ``make mutants``, recorded
answers, cases of rules, what hostile inputs cost."""


THROUGH_ALL = ("tests.builders", "migrator.plan", "migrator.cli", "migrator.catalogue")
"""What runs every room below it: a check is tested by what the planner says."""


def test_the_tests_stand_in_the_rooms_that_they_test() -> None:
    """A test module imports from the room whose folder it lies in, or what runs that room."""
    wrong = [
        str(module.relative_to(TESTS))
        for module in sorted(TESTS.rglob("test_*.py"))
        for room in module.relative_to(TESTS).parts[:-1][:1]
        if room not in NO_ROOM and not _tests_room(module, room)
    ]
    assert wrong == []
    folders = {p.name for p in TESTS.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders <= {*ROOMS, *NO_ROOM}


def _tests_room(module: Path, room: str) -> bool:
    """Relative imports are from the folder itself."""
    own = (f"migrator.{room}", f"tests.{room}", *THROUGH_ALL)
    return any(
        node.level or (node.module or "").startswith(own)
        for node in _nodes(module)
        if isinstance(node, ast.ImportFrom)
    )
