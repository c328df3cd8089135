"""No prose decides: what the program does never hangs on the words of a sentence."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest

from migrator.catalogue.cases import Case, cases_of
from migrator.catalogue.examples import planned
from migrator.inventory.leftovers import Kind
from migrator.model.plan import Plan
from migrator.thick.nad_strategy import Why
from tests.test_architecture import MODULES

PROSE = frozenset(
    {"reason", "detail", "why", "error", "seen", "warning", "evidence", "remedy", "title"}
    | {"message", "hint", "unknown", "image_remark", "refused", "note", "delegate_error", "panic"}
)
"""Fields that hold sentences for people."""
READS = frozenset({"startswith", "endswith", "partition", "rpartition", "find", "index"})


def _is_prose(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in PROSE


def _text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(node.value)


def _decided_by_words(tree: ast.AST) -> Iterator[int]:
    """Lines that compare a sentence with a text, or take it apart."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(map(_is_prose, sides)) and any(map(_text, sides)):
                yield node.lineno
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in READS
            and _is_prose(node.func.value)
        ):
            yield node.lineno


@pytest.mark.parametrize(
    "code",
    [
        'x = "isolation" in row.error',
        'x = choice.why == "it is empty"',
        'x = entry.detail.startswith("multusMasterCNI: ")',
    ],
)
def test_the_rule_finds_what_decided_by_words_once(code: str) -> None:
    assert list(_decided_by_words(ast.parse(code))) == [1]


def test_no_line_decides_by_the_words_of_a_sentence() -> None:
    found = [
        f"{module.name}:{line}"
        for module in MODULES
        for line in _decided_by_words(ast.parse(module.read_text(encoding="utf-8")))
    ]
    assert found == []


CASES = [
    case
    for rule in ("N01", "N02", "N05", "N07", "N16", "S15", "S16", "P28", "P39", "P04")
    for case in cases_of(rule)
]


def _decisions(plan: Plan) -> Any:
    """All of a plan but its sentences."""
    return json.dumps(
        {
            "changes": [
                [str(c.object), str(c.path), repr(c.after), c.rule]
                for o in plan.objects
                for c in o.changes
            ],
            "findings": [
                [f.id, f.severity, f.cured, f.manual, str(f.object)] for f in plan.findings
            ],
            "accounts": [[a.kind, a.name, a.outcome] for a in plan.accounts],
            "attachments": [[a.network, a.verdict] for a in plan.attachments],
        }
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_other_words_for_the_reasons_change_no_plan(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sentence that is made from a class of reasons, put into other words."""
    before = _decisions(planned(case))
    for reasons in (Why, Kind):
        for index, member in enumerate(reasons):
            monkeypatch.setattr(member, "_value_", f"reworded {index} {{0}}")
    assert _decisions(planned(case)) == before
