"""The changes that are tried on a Python file: each replaces one span of its text.

Not changed, by rule: docstrings, annotations and type aliases, ``Literal[...]`` and the type of a
``cast``, imports, what ``if TYPE_CHECKING`` holds, messages (a string of three words or more, an
f-string of two) and what stands within an f-string (its places are not known before Python 3.12).
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_COMPARISONS: Final[dict[type[ast.cmpop], tuple[str, str]]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_ARITHMETIC: Final[dict[type[ast.operator], tuple[str, str]]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
}
_TWINS: Final = {
    "any": "all",
    "all": "any",
    "min": "max",
    "max": "min",
    "startswith": "endswith",
    "endswith": "startswith",
}
_MESSAGE_WORDS: Final = 3
_NOT_RUN: Final = frozenset({"annotation", "returns", "type_comment", "cause"})
"""Fields of a statement: types, and ``from None`` of a raise."""
_TYPES: Final = frozenset({"Literal", "dict", "list", "tuple", "set", "frozenset"})


@dataclass(frozen=True)
class Mutant:
    """``text[start:end]`` (characters) of the file becomes ``new``; ``line`` counts from 1.

    ``function`` is the (name, first line) of the outermost function or method whose body holds the
    span, None for what runs when the module is imported. ``first`` and ``last`` are the lines of
    the innermost statement around it, of a compound statement those of its head.
    """

    path: str
    line: int
    start: int
    end: int
    new: str
    kind: str
    function: tuple[str, int] | None
    first: int
    last: int

    def applied(self, text: str) -> str:
        """The file's text with the change."""
        return text[: self.start] + self.new + text[self.end :]


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    new: str
    kind: str


class _Source:
    """A file's text and tree, and where in the text a node or an operator stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        self._tokens = [
            (self._starts[token.start[0] - 1] + token.start[1], token.string)
            for token in tokens
            if token.type in (tokenize.OP, tokenize.NAME)
        ]

    def _offset(self, line: int, column: int) -> int:
        """The tree counts the bytes of a line in UTF-8."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self._offset(node.lineno, node.col_offset)
        return start, self._offset(node.end_lineno, node.end_col_offset)

    def line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def operator(self, begin: int, end: int, words: str) -> tuple[int, int]:
        """Where ``words`` stand between two operands."""
        wanted = words.split()
        between = [(at, text) for at, text in self._tokens if begin <= at < end]
        for number, (at, _) in enumerate(between):
            found = between[number : number + len(wanted)]
            if [text for _, text in found] == wanted:
                return at, found[-1][0] + len(wanted[-1])
        raise ValueError(f"no {words!r} from character {begin} to {end}")


def mutants(path: str, text: str) -> list[Mutant]:
    """Every change of the file, in the order of the text. Not each need compile (``compiles``)."""
    source = _Source(text)
    found = []
    for statement, function in _statements(source.tree.body, None):
        lines = _head(statement)
        for edit in _of_statement(source, statement):
            line = source.line(edit.start)
            span = (edit.start, edit.end, edit.new, edit.kind)
            found.append(Mutant(path, line, *span, function, *lines))
    return sorted(found, key=lambda m: (m.start, m.end, m.new))


def compiles(text: str) -> bool:
    """Whether the text is Python: ``continue`` outside of a loop is not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _statements(
    body: Iterable[ast.stmt], function: tuple[str, int] | None
) -> Iterator[tuple[ast.stmt, tuple[str, int] | None]]:
    """Each statement with the function that runs it; a def itself is run where it stands."""
    for statement in body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)) or _for_types_only(statement):
            continue
        yield statement, function
        inner = function
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and function is None:
            first = min((d.lineno for d in statement.decorator_list), default=statement.lineno)
            inner = (statement.name, first)
        for part in _blocks(statement):
            yield from _statements(part, inner)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _for_types_only(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"


def _head(statement: ast.stmt) -> tuple[int, int]:
    """The lines of a statement without those of its blocks."""
    last = statement.end_lineno or statement.lineno
    blocks = [block for block in _blocks(statement) if block]
    inner = blocks[0][0] if blocks else None
    if inner is not None and inner.lineno > statement.lineno:
        last = inner.lineno - 1
    return statement.lineno, last


def _of_statement(source: _Source, statement: ast.stmt) -> Iterator[_Edit]:
    """The edits of a statement and of the expressions of its head."""
    start, end = source.span(statement)
    match statement:
        case ast.Expr(value=ast.Constant()):
            return  # a docstring
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Assert():
            yield _Edit(start, end, "pass", "statement dropped")
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield _Edit(start, end, "pass", "statement dropped")
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield _Edit(*source.span(value), "None", "return value")
        case ast.Continue():
            yield _Edit(start, end, "break", "continue")
        case ast.Break():
            yield _Edit(start, end, "continue", "break")
    if isinstance(statement, ast.AugAssign) and type(statement.op) in _ARITHMETIC:
        old, new = _ARITHMETIC[type(statement.op)]
        between = source.span(statement.target)[1], source.span(statement.value)[0]
        yield _Edit(*source.operator(*between, f"{old}="), f"{new}=", "arithmetic")
    for test in _tests(statement):
        yield from _condition(source, test)
    for expression in _expressions(statement):
        yield from _of_expression(source, expression)


def _expressions(statement: ast.AST) -> Iterator[ast.AST]:
    """The expressions that a statement evaluates itself, not those of its blocks."""
    for name, value in ast.iter_fields(statement):
        if name in _NOT_RUN or (name == "value" and _is_alias(statement)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(
                child, (ast.stmt, ast.ExceptHandler, ast.match_case)
            ):
                yield from _walk(child)
            elif isinstance(child, ast.match_case) and child.guard:
                yield from _walk(child.guard)


def _is_alias(statement: ast.AST) -> bool:
    """``X: TypeAlias = ...``."""
    return isinstance(statement, ast.AnnAssign) and ast.unparse(statement.annotation) == "TypeAlias"


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, (ast.JoinedStr, ast.arg)):
        return
    children = list(ast.iter_child_nodes(node))
    match node:
        case ast.Call(func=ast.Name(id="cast")):
            children.remove(node.args[0])
        case ast.Subscript(value=ast.Name(id=name)) if name in _TYPES:
            return
        case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
            children = [node.left]
    for child in children:
        yield from _walk(child)


def _of_expression(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    match node:
        case ast.Compare():
            yield from _comparison(source, node)
        case ast.BoolOp():
            old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                place = source.operator(source.span(left)[1], source.span(right)[0], old)
                yield _Edit(*place, new, "and/or")
        case ast.UnaryOp(op=ast.Not()):
            start, end = source.operator(*source.span(node), "not")
            yield _Edit(start, end, "", "not")
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            old, new = _ARITHMETIC[type(node.op)]
            between = source.span(node.left)[1], source.span(node.right)[0]
            yield _Edit(*source.operator(*between, old), new, "arithmetic")
        case ast.Constant() | ast.JoinedStr():
            yield from _constant(source, node)
        case ast.Slice():
            for bound in (node.lower, node.upper):
                if bound is not None and not isinstance(bound, ast.Constant):
                    start, end = source.span(bound)
                    yield _Edit(start, end, f"({source.text[start:end]}) + 1", "slice")
        case ast.Name(ctx=ast.Load(), id=name) if name in _TWINS:
            yield _Edit(*source.span(node), _TWINS[name], "twin")
        case ast.Attribute(attr=name) if name in _TWINS:
            end = source.span(node)[1]
            yield _Edit(end - len(name), end, _TWINS[name], "twin")
    for test in _tests(node):
        yield from _condition(source, test)


def _tests(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.IfExp() | ast.If() | ast.While():
            return [node.test]
        case ast.comprehension():
            return node.ifs
        case ast.Match():
            return [case.guard for case in node.cases if case.guard]
    return []


def _condition(source: _Source, test: ast.expr) -> Iterator[_Edit]:
    if not isinstance(test, ast.Constant):
        for new in ("True", "False"):
            yield _Edit(*source.span(test), new, "condition")


def _comparison(source: _Source, node: ast.Compare) -> Iterator[_Edit]:
    operands = [node.left, *node.comparators]
    for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
        old, new = _COMPARISONS[type(op)]
        place = source.operator(source.span(left)[1], source.span(right)[0], old)
        yield _Edit(*place, new, "comparison")


def _constant(source: _Source, node: ast.Constant | ast.JoinedStr) -> Iterator[_Edit]:
    place = source.span(node)
    if isinstance(node, ast.JoinedStr):
        said = " ".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
        if len(said.split()) < _MESSAGE_WORDS - 1:
            yield _Edit(*place, '""', "string")
        return
    match node.value:
        case bool():
            yield _Edit(*place, str(not node.value), "constant")
        case None:
            yield _Edit(*place, "True", "constant")
        case int() | float():
            yield _Edit(*place, str(node.value + 1), "number")
        case "":
            yield _Edit(*place, '"XX"', "string")
        case str() if not _is_message(node.value):
            yield _Edit(*place, repr(f"XX{node.value}XX"), "string")


def _is_message(text: str) -> bool:
    return len(text.split()) >= _MESSAGE_WORDS
