"""``make mutants`` says the truth: on small examples, what it changes, which tests it takes, and
which mutants it calls killed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.mutants import fresh
from tests.mutants.__main__ import ROOT, change, table
from tests.mutants.choice import Baseline, Uses, choose
from tests.mutants.chosen import ordered
from tests.mutants.operators import Mutant, compiles, mutants

MODULE = '''"""A docstring, never changed."""
LIMIT = 3


def over(value: "int | None", names=None) -> bool:
    """Another."""
    if value is None:
        return False
    while value < 0:
        value += 10
    return value > LIMIT
'''
TESTS = """from migrator.room.small import over

def test_above():
    assert over(4)

def test_below():
    assert not over(2)

def test_negative():
    assert not over(-9)
"""


def changed(statement: str) -> set[str]:
    """The texts that one statement in a loop becomes."""
    text = f"for _ in x:\n    {statement}\n"
    found = {mutant.applied(text) for mutant in mutants("m.py", text)}
    return {made.split("\n", 1)[1].strip() for made in found}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("a = b < c", {"a = b <= c"}),
        ("a = b is not None", {"a = b is None"}),
        ("a = b not in c", {"a = b in c"}),
        ("a = (b) and c and d", {"a = (b) or c and d", "a = (b) and c or d"}),
        ("a = not b", {"a =  b"}),
        ("a = 'x'", {"a = 'XXxXX'"}),
        ("a = ''", {'a = "XX"'}),
        ("a = True", {"a = False"}),
        ("a = None", {"a = True"}),
        ("a = 5", {"a = 6"}),
        ("a = b[c:]", {"a = b[(c) + 1:]"}),
        ("a = b + c", {"a = b - c"}),
        ("a += b", {"a -= b", "pass"}),
        ("a = any(b)", {"a = all(b)"}),
        ("a = b.startswith(c)", {"a = b.endswith(c)"}),
        ("a = b if c else d", {"a = b if True else d", "a = b if False else d"}),
        ("a = [b for b in c if b]", {"a = [b for b in c if True]", "a = [b for b in c if False]"}),
        ("a = f'{b}'", {'a = ""'}),
        ("call(a)", {"pass"}),
        ("a.b = c", {"pass"}),
        ("raise a from None", {"pass"}),
        ("continue", {"break"}),
        ("break", {"continue"}),
    ],
)
def test_each_kind_of_change(statement: str, expected: set[str]) -> None:
    assert changed(statement) == expected


@pytest.mark.parametrize(
    "statement",
    [
        '"a docstring"',
        "a = 'three words long'",
        "a = f'it is {b}'",
        "a: Literal['x']",
        "A: TypeAlias = 'x'",
        "a = cast('B', c)",
        "import a",
        "a = b",
    ],
)
def test_what_is_left_alone(statement: str) -> None:
    assert changed(statement) == set()


def test_a_change_knows_its_function_and_the_lines_of_its_statement() -> None:
    found = {(m.line, m.kind): m for m in mutants("small.py", MODULE)}
    assert found[2, "number"].function is None
    assert found[5, "constant"].function is None  # a default is evaluated at the import
    assert found[9, "comparison"].function == ("over", 5)
    assert (found[9, "comparison"].first, found[9, "comparison"].last) == (9, 9)
    assert {m.line for m in found.values()} == {2, 5, 7, 8, 9, 10, 11}


def test_places_are_right_behind_letters_of_several_bytes() -> None:
    text = "a = 'é' == b\n"
    assert "a = 'é' != b\n" in {mutant.applied(text) for mutant in mutants("m.py", text)}


def test_what_does_not_compile_is_told() -> None:
    assert not compiles("continue\n")
    assert compiles("'x' is 'y'\n")


def baseline(
    runs: Mapping[str, Mapping[int, set[str]]],
    seconds: Mapping[str, float],
    imported: frozenset[int] = frozenset(),
) -> Baseline:
    known = {
        path: {line: frozenset(tests) for line, tests in lines.items()}
        for path, lines in runs.items()
    }
    return Baseline(lambda path: known.get(path, {}), lambda _: imported, seconds)


def drawn(line: int, kind: str) -> Mutant:
    path = "migrator/room/small.py"
    return next(m for m in mutants(path, MODULE) if (m.line, m.kind) == (line, kind))


def test_the_most_direct_tests_come_first_then_the_fastest() -> None:
    tests = {
        "tests/cli/test_a.py::test_1": 0.1,
        "tests/room/test_b.py::test_2": 3.0,
        "tests/room/test_small.py::test_3": 5.0,
        "tests/room/test_small_builds.py::test_5": 6.0,
        "tests/room/test_smaller.py::test_6": 3.5,
        "tests/cli/test_a.py::test_4": 0.01,
        "tests/cli/test_a.py::test_too_long": 1000.0,
    }
    runs = {"migrator/room/small.py": {9: {*tests, "tests/x.py::test_failed"}, 11: {"other"}}}
    chosen = choose(drawn(9, "comparison"), baseline(runs, tests), Uses({}))
    assert [test[-1] for test in chosen.tests] == ["3", "5", "2", "6", "4", "1"]
    assert not chosen.fresh


def test_a_constant_has_the_tests_of_the_lines_that_use_it_in_any_module() -> None:
    texts = {
        "migrator/room/small.py": MODULE,
        "migrator/room/user.py": "from migrator.room.small import LIMIT\n\nTWICE = 2 * LIMIT\n\n"
        "def twice():\n    return TWICE\n",
        "migrator/room/other.py": "LIMIT = 5\n\ndef limit():\n    return LIMIT\n",
    }
    runs = {
        "migrator/room/small.py": {2: {""}, 11: {"direct"}, 9: {"no"}},
        "migrator/room/user.py": {6: {"through"}},
        "migrator/room/other.py": {4: {"no"}},
    }
    seconds = {"direct": 1.0, "through": 2.0, "no": 3.0}
    chosen = choose(drawn(2, "number"), baseline(runs, seconds), Uses(texts))
    assert chosen.fresh
    assert chosen.tests == ("direct", "through")


def test_what_a_function_did_at_the_import_is_done_anew() -> None:
    runs, seconds = {"migrator/room/small.py": {9: {"test"}}}, {"test": 1.0}
    measured = baseline(runs, seconds, frozenset({9}))
    assert choose(drawn(9, "comparison"), measured, Uses({})).fresh


def test_a_function_with_a_cache_has_the_tests_of_its_callers_and_its_module_s_own() -> None:
    cached = MODULE.replace("def over", "@lru_cache(maxsize=4)\ndef over")
    path = "migrator/room/small.py"
    texts = {path: f"{cached}\n\ndef caller():\n    return over(1)\n"}
    (mutant,) = (m for m in mutants(path, texts[path]) if (m.line, m.kind) == (10, "comparison"))
    runs = {path: {10: {"first"}, 16: {"calls"}}}
    seconds = {"first": 1.0, "calls": 2.0, "tests/room/test_small.py::test_a": 3.0, "no": 1.0}
    chosen = choose(mutant, baseline(runs, seconds), Uses(texts))
    assert chosen.tests == ("tests/room/test_small.py::test_a", "first", "calls")
    assert not chosen.fresh


def test_parameters_that_a_mutant_changed_do_not_lose_the_test() -> None:
    there = ["t::a[1]", "t::a[XX2]", "t::b", "t::c"]
    assert ordered(["t::b", "t::a[2]"], there) == ["t::b", "t::a[1]", "t::a[XX2]"]
    assert ordered(["t::c", "t::a[1]"], there) == ["t::c", "t::a[1]"]


@pytest.fixture(scope="module")
def small_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of one module and its tests, with this package's plugins."""
    root = tmp_path_factory.mktemp("small")
    for name, text in {
        "migrator/__init__.py": "",
        "migrator/room/__init__.py": "",
        "migrator/room/small.py": MODULE,
        "test_small.py": TESTS,
        "pytest.ini": "[pytest]\nmarkers = slow\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    (root / "tests").mkdir()
    (root / "tests" / "__init__.py").touch()
    (root / "tests" / "mutants").symlink_to(ROOT / "tests" / "mutants")
    return root


def jobs(lines: set[tuple[int, str]], limit: float) -> Iterator[dict[str, Any]]:
    """Each change of these lines and kinds as a job of all three tests."""
    for number, mutant in enumerate(mutants("migrator/room/small.py", MODULE)):
        if (mutant.line, mutant.kind) in lines:
            tests = [f"test_small.py::test_{name}" for name in ("above", "below", "negative")]
            yield {
                "number": number,
                "path": mutant.path,
                "text": mutant.applied(MODULE),
                "function": mutant.function,
                "tests": tests,
                "limit": limit,
            }


def test_a_fork_tells_a_mutant_that_lives_from_those_that_do_not(small_tree: Path) -> None:
    given = list(
        jobs({(7, "condition"), (9, "comparison"), (11, "comparison"), (10, "arithmetic")}, 60)
    )
    for job in given:
        job["file"] = str(small_tree / job["path"])
        if "value -= 10" in job["text"]:  # it never ends
            job["limit"] = 0.5
    (small_tree / "jobs.json").write_text(json.dumps(given), "utf-8")
    names = {
        "MUTANTS_JOBS": str(small_tree / "jobs.json"),
        "MUTANTS_RESULTS": str(small_tree / "results"),
    }
    subprocess.run(
        [*fresh.PYTEST, "-p", "tests.mutants.forked"],
        cwd=small_tree,
        env=fresh.environment(small_tree, **names),
        check=True,
        capture_output=True,
    )
    results = dict(map(json.loads, (small_tree / "results").read_text("utf-8").splitlines()))
    told = {_line_changed(job["text"]): results[job["number"]] for job in given}
    assert told == {
        "if True:": "failed test_small.py::test_above",
        "if False:": "passed",
        "while value <= 0:": "passed",
        "value -= 10": "failed time limit",
        "return value >= LIMIT": "passed",
    }


def _line_changed(text: str) -> str:
    (line,) = set(text.splitlines()) - set(MODULE.splitlines())
    return line.strip()


def test_a_constant_is_tested_in_a_pytest_of_its_own(small_tree: Path) -> None:
    given = list(jobs({(2, "number"), (5, "constant")}, 60))
    before = (small_tree / "migrator/room/small.py").read_bytes()
    results = dict(fresh.run(given, [small_tree]))
    assert [results[job["number"]] for job in given] == ["failed with exit code 1", "passed"]
    assert (small_tree / "migrator/room/small.py").read_bytes() == before


def test_survivors_are_shown_as_the_lines_before_and_after() -> None:
    shown = change(drawn(9, "comparison"), MODULE)
    assert shown == "-    while value < 0:\n+    while value <= 0:"


def test_the_score_is_what_was_killed_of_what_was_drawn() -> None:
    two = [drawn(9, "comparison"), drawn(11, "comparison")]
    paths = [Mutant(**{**vars(m), "path": "migrator/multus/x.py"}) for m in two]
    lines = list(table(paths, {0: "failed test", 1: "error: x"}))
    assert [line.split() for line in lines[1:]] == [
        ["multus", "1", "2", "50.0%"],
        ["total", "1", "2", "50.0%"],
    ]
