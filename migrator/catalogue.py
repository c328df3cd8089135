"""Every rule of the program, for ``rules``, ``explain`` and docs/rules.md."""

from __future__ import annotations

from migrator.checks import CHECKS
from migrator.model import Rule
from migrator.steps import STEPS


def all_rules() -> tuple[Rule, ...]:
    """Steps in their order, then checks by id."""
    checks = [rule for rules, _ in CHECKS for rule in rules]
    return (*(rule for rule, _ in STEPS), *sorted(checks, key=lambda rule: rule.id))
