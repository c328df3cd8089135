"""YAML of one tree in many styles, for properties: a writer that knows nothing of the editor."""

from __future__ import annotations

import json
import random
import re
from typing import Any

_WORD = re.compile(r"[a-z][a-z-]*")
_WORDS = re.compile(r"[a-z]+(?: [a-z]+){3,}")
_LITERAL = re.compile(r"[a-z ]*[a-z](?:\n(?:[a-z ]*[a-z])?)*\n?")


class Writer:
    """Writes a tree with the choices of ``rng``: each map and list, each scalar its own."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.anchors: list[tuple[str, str]] = []
        self.step = rng.choice((2, 2, 4))
        self.lists = rng.choice((0, 2))
        self.comments = rng.random() < 0.7
        self.aliases = rng.random() < 0.3

    def text(self, tree: Any) -> str:
        lines = self.block(tree, 0)
        if self.chance(0.2):
            lines = ["---", *lines]
        text = "\n".join(lines) + ("" if self.chance(0.2) else "\n")
        return text.replace("\n", "\r\n") if self.chance(0.2) else text

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def remark(self) -> str:
        return "  # a\tremark: {x}" if self.comments and self.chance(0.2) else ""

    def above(self, column: int) -> list[str]:
        if not self.comments or self.chance(0.7):
            return []
        return self.rng.choice(([""], [" " * column + "# above"], ["# at the margin"], ["", ""]))

    def block(self, tree: Any, column: int) -> list[str]:
        lines: list[str] = []
        pad = " " * column
        if isinstance(tree, dict):
            for key, value in tree.items():
                head, below = self.value(value, column, self.step)
                lines += [*self.above(column), f"{pad}{self.word(key)}:{head}", *below]
        else:
            for value in tree:
                head, below = self.item(value, column)
                lines += [*self.above(column), f"{pad}-{head}", *below]
        return lines

    def item(self, value: Any, column: int) -> tuple[str, list[str]]:
        if value and isinstance(value, dict | list) and self.chance(0.6):
            first, *below = self.compact(value, column + 2)
            return f" {first}", below
        return self.value(value, column, 2)

    def compact(self, value: Any, column: int) -> list[str]:
        comments, self.comments = self.comments, False
        lines = self.block(value, column)
        self.comments = comments
        return [lines[0].lstrip(" "), *lines[1:]]

    def value(self, value: Any, column: int, step: int) -> tuple[str, list[str]]:
        spelled = json.dumps(value, sort_keys=True)
        known = [name for name, what in self.anchors if what == spelled]
        if known and self.aliases and self.chance(0.7):
            newest = dict(self.anchors)
            if newest[known[-1]] == spelled:
                return f" *{known[-1]}{self.remark()}", []
        anchor = f" &{self.rng.choice('pqr')}" if self.aliases and self.chance(0.5) else ""
        head, below = self.plain_value(value, column, step)
        if anchor:
            self.anchors.append((anchor[2:], spelled))
        return f"{anchor}{head}", below

    def plain_value(self, value: Any, column: int, step: int) -> tuple[str, list[str]]:
        if value and isinstance(value, dict | list):
            if self.chance(0.25):
                return f" {self.flow(value, column)}{self.remark()}", []
            inner = column + (step if isinstance(value, dict) or step == 2 else self.step)
            if isinstance(value, list) and step == self.step and self.lists == 0 and column >= 0:
                inner = column + 2
            return self.remark(), self.block(value, inner)
        if isinstance(value, str) and _LITERAL.fullmatch(value) and self.chance(0.5):
            return self.literal(value, column, step)
        if value is None and self.chance(0.5):
            return self.remark(), []
        if isinstance(value, str) and _WORDS.fullmatch(value) and self.chance(0.7):
            return self.folded(value, column, step)
        return f" {self.scalar(value)}{self.remark()}", []

    def literal(self, value: str, column: int, step: int) -> tuple[str, list[str]]:
        ends = len(value) - len(value.rstrip("\n"))
        chomp = ("-", "", "+")[min(ends, 2)]
        content = value.rstrip("\n").split("\n") + [""] * max(ends - 1, 0)
        digit = str(step) if value.startswith(" ") or self.chance(0.1) else ""
        pad = " " * (column + step)
        lines = [f"{pad}{line}" if line else "" for line in content]
        return f" |{digit}{chomp}{self.remark()}", lines

    def folded(self, value: str, column: int, step: int) -> tuple[str, list[str]]:
        """Words over several lines: plain, in quotes or folded."""
        pad = " " * (column + step)
        words = value.split(" ")
        at = self.rng.randint(1, len(words) - 1)
        lines = [" ".join(words[:at]), " ".join(words[at:])]
        style = self.rng.choice(("", "'", '"', ">-"))
        if style == ">-":
            return f" >-{self.remark()}", [f"{pad}{line}" for line in lines]
        return f" {style}{lines[0]}", [f"{pad}{lines[1]}{style}{self.remark()}"]

    def word(self, key: str) -> str:
        plain = _WORD.fullmatch(key) and key not in ("y", "n", "yes", "no", "null", "true")
        return key if plain and self.chance(0.8) else json.dumps(key)

    def scalar(self, value: Any) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        safe = _WORD.fullmatch(value) and value not in ("null", "true", "false")
        if safe and self.chance(0.6):
            return value
        if "\n" not in value and value.isprintable() and self.chance(0.5):
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028")

    def flow(self, tree: Any, column: int) -> str:
        if isinstance(tree, dict) and tree:
            rows = [f"{self.word(key)}: {self.flow(value, column)}" for key, value in tree.items()]
            return self.bracketed("{", rows, "}", column)
        if isinstance(tree, list) and tree:
            return self.bracketed("[", [self.flow(value, column) for value in tree], "]", column)
        return self.scalar(tree)

    def bracketed(self, opens: str, rows: list[str], closes: str, column: int) -> str:
        if self.chance(0.3):
            pad = " " * (column + 4)
            comma = "," if self.chance(0.3) else ""
            lines = f",{self.remark()}\n{pad}".join(rows)
            return f"{opens}{self.remark()}\n{pad}{lines}{comma}{self.remark()}\n{pad}{closes}"
        return f"{opens}{', '.join(rows)}{closes}"
