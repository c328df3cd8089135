"""Which tests may notice a change of a line: those that run it, the most direct and fastest first.

Those of the module's own file are always taken: a line behind a cache is run by the first test that
needs it. For the same reason, and since a line that runs when its module is imported is run by no
test, the tests are taken there that run a line which uses a name that the statement binds, in its own
module or in one that imports it.
"""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from coverage import CoverageData

from tests.mutants.operators import Mutant

MOST_SECONDS: Final = 30.0
"""Of the tests of one mutant, as measured; the least direct are left out, which spares a mutant
that they would have found."""


Lines = Mapping[int, frozenset[str]]
"""The tests that run each line of a file."""


@dataclass(frozen=True)
class Baseline:
    """``runs`` gives the lines of a path, ``imported`` those that run when the program is
    imported; ``seconds`` holds the tests that passed."""

    runs: Callable[[str], Lines]
    imported: Callable[[str], Container[int]]
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Chosen:
    """``fresh``: what the change does shows only where its module is imported anew."""

    tests: tuple[str, ...]
    fresh: bool


def read_baseline(tests: Path, imports: Path, seconds: Path, root: Path) -> Baseline:
    """What coverage wrote of the tests, with their names (``--cov-context=test``), and of an import
    of everything; and what the plugin ``tests.mutants.seconds`` wrote."""
    by_test, by_import = CoverageData(str(tests)), CoverageData(str(imports))
    by_test.read()
    by_import.read()

    def runs(path: str) -> Lines:
        lines = by_test.contexts_by_lineno(str(root / path))
        return {line: frozenset(map(_test, contexts)) for line, contexts in lines.items()}

    return Baseline(
        cache(runs),
        cache(lambda path: frozenset(by_import.lines(str(root / path)) or ())),
        json.loads(seconds.read_text("utf-8")),
    )


def _test(context: str) -> str:
    """``tests/test_x.py::test_y|run`` without the phase."""
    return context.rpartition("|")[0]


@dataclass(frozen=True)
class _Use:
    path: str
    line: int
    binds: tuple[str, ...]
    """The names that a statement of the module binds, () within a function."""


class Uses:
    """Where the names of modules are used, by one walk through the trees of all files."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._uses: dict[str, list[_Use]] = defaultdict(list)
        self._bound: dict[str, list[tuple[int, int, tuple[str, ...]]]] = defaultdict(list)
        self._imports: dict[str, frozenset[str]] = {}
        self._cached: set[tuple[str, int]] = set()
        for path, text in texts.items():
            tree = ast.parse(text)
            self._imports[path] = frozenset(_imported(tree))
            for statement in tree.body:
                names = tuple(_names(statement))
                last = statement.end_lineno or statement.lineno
                self._bound[path].append((_first(statement), last, names))
                if any("cache" in ast.unparse(d) for d in getattr(statement, "decorator_list", ())):
                    self._cached.add((path, _first(statement)))
                for node, inside in _within(statement, False):
                    name = node.id if isinstance(node, ast.Name) else node.attr
                    self._uses[name].append(_Use(path, node.lineno, () if inside else names))

    def of_statement(self, path: str, line: int) -> Iterator[tuple[str, int]]:
        """(path, line) of each place in a function that depends on the statement at ``line``."""
        todo = [(path, name) for name in self._names_at(path, line)]
        seen = set(todo)
        while todo:
            where, name = todo.pop()
            for use in self._uses[name]:
                if use.path != where and _module(where) not in self._imports[use.path]:
                    continue
                if not use.binds:
                    yield use.path, use.line
                for further in ((use.path, bound) for bound in use.binds):
                    if further not in seen:
                        seen.add(further)
                        todo.append(further)

    def is_cached(self, mutant: Mutant) -> bool:
        """Whether the function of the mutant keeps its results (functools.cache)."""
        return mutant.function is not None and (mutant.path, mutant.function[1]) in self._cached

    def _names_at(self, path: str, line: int) -> tuple[str, ...]:
        for first, last, names in self._bound[path]:
            if first <= line <= last:
                return names
        return ()


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _first(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return min((d.lineno for d in decorators), default=statement.lineno)


def _names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.ClassDef, ast.FunctionDef)):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _within(node: ast.AST, inside: bool) -> Iterator[tuple[ast.Name | ast.Attribute, bool]]:
    """The names and attributes that are read, and whether a function reads them."""
    for field, value in ast.iter_fields(node):
        body = inside or (isinstance(node, (ast.FunctionDef, ast.Lambda)) and field == "body")
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, (ast.Name, ast.Attribute)) and isinstance(child.ctx, ast.Load):
                yield child, body
            if isinstance(child, ast.AST):
                yield from _within(child, body)


def choose(mutant: Mutant, baseline: Baseline, uses: Uses) -> Chosen:
    """The tests of a mutant, in the order in which to run them."""
    lines = range(mutant.first, mutant.last + 1)
    tests = _running(baseline.runs(mutant.path), lines)
    imported = baseline.imported(mutant.path)
    fresh = mutant.function is None or any(line in imported for line in lines)
    tests |= {test for test in baseline.seconds if _distance(mutant.path, test) == 0}
    if fresh or uses.is_cached(mutant):
        for path, line in uses.of_statement(mutant.path, mutant.line):
            tests |= _running(baseline.runs(path), [line])
    known = [test for test in tests if test in baseline.seconds]
    known.sort(key=lambda test: (_distance(mutant.path, test), baseline.seconds[test], test))
    return Chosen(tuple(_within_limit(known, baseline.seconds)), fresh)


def _running(runs: Lines, lines: Iterable[int]) -> set[str]:
    return {test for line in lines for test in runs.get(line, ())}


def _within_limit(tests: Iterable[str], seconds: Mapping[str, float]) -> Iterator[str]:
    total = 0.0
    for test in tests:
        total += seconds[test]
        if total > MOST_SECONDS:
            return
        yield test


def _distance(path: str, test: str) -> int:
    """0 for ``tests/<room>/test_<module>.py`` and ``test_<module>_*.py``, 1 for the room's other
    tests, 2 for all others."""
    room, name = Path(path).parent.name, Path(path).stem
    if not test.startswith(f"tests/{room}/"):
        return 2
    file = Path(test.partition("::")[0]).stem
    return 0 if f"{file}_".startswith(f"test_{name}_") else 1
