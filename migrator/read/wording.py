"""What the parsers complain of, as one clear line with the place and what to do."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from migrator.model.inputs import Problem, Source

if TYPE_CHECKING:  # most inputs need no ruamel.yaml, which takes as long to start as to read them
    from ruamel.yaml.error import MarkedYAMLError

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_TEMPLATE: Final = re.compile(r"\{\{|\{%")
_TEMPLATE_LINE: Final = re.compile(r"[ \t]*(?:- )?(?:\{\{|\{%)")
_MAX_QUOTE: Final = 160

_HELM: Final = re.compile(
    r"\{\{-?\s*(?:/\*|(?:if |with |range |\(|not |quote |default )*"
    r"(?:\.Values|\.Release|\.Chart|\.Capabilities|include |template |define ))"
)
"""What Helm's templates begin with, and those of Jinja2 do not."""

KEY_IS_NO_STRING: Final = "a key is not a string"
UNRENDERED: Final = "an unrendered template ({{ }} or {% %}), not a manifest"


def broken_yaml(error: MarkedYAMLError, text: str, *, file: str, line: int) -> Problem:
    """A syntax error of the document ``text`` that begins on ``line``."""
    mark = error.problem_mark or error.context_mark
    at = min(mark.line, text.rstrip().count("\n")) if mark else 0
    template = _template_line(text, at)
    if template is not None:
        return unrendered(Source(file=file, line=line + template), text)
    source = Source(file=file, line=line + at)
    what = error.problem or error.context or "it cannot be parsed"
    if r"'\t'" in what:
        return Problem(source=source, message="a tab indents a line", hint="indent with spaces")
    if error.problem and error.context and error.context_mark:
        what += f" {error.context} that begins on line {line + error.context_mark.line}"
    hint = "check the indentation and the quotes there"
    return Problem(source=source, message=f"broken YAML: {quoted(what)}", hint=hint)


def broken_json(error: json.JSONDecodeError, *, file: str, line: int) -> Problem:
    """A syntax error of a JSON text that begins on ``line``."""
    template = _template_line(error.doc, error.lineno - 1)
    if template is not None:
        return unrendered(Source(file=file, line=line + template), error.doc)
    source = Source(file=file, line=line + error.lineno - 1)
    message = f"broken JSON: {quoted(error.msg)} (column {error.colno})"
    return Problem(source=source, message=message, hint="check the commas and quotes there")


def control_character(text: str, position: int, *, file: str, line: int) -> Problem:
    """A character that YAML does not allow, at an index of ``text``."""
    source = Source(file=file, line=line + text.count("\n", 0, position))
    name = "a NUL byte" if text[position] == "\0" else f"a control character {text[position]!a}"
    hint = "save the file as UTF-8 text, without binary data"
    return Problem(source=source, message=f"{name} is not allowed in YAML", hint=hint)


def unless_template(problem: Problem, text: str, *, line: int) -> Problem:
    """The problem, or what causes it: ``name: {{ .x }}`` parses as a map whose key is a map."""
    at = problem.source.line - line
    if problem.message != KEY_IS_NO_STRING or _template_line(text, at) != at:
        return problem
    return unrendered(problem.source, text)


def quoted(text: str) -> str:
    """Text of an input on one line: no control characters, and not endless."""
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(text.split()))
    return line if len(line) <= _MAX_QUOTE else f"{line[:_MAX_QUOTE]}..."


def _template_line(text: str, at: int) -> int | None:
    """The line (0-based) of the template action to blame for an error on line ``at``."""
    lines = _LINE_END.split(text)
    for number in (at, at - 1):
        if 0 <= number < len(lines) and _TEMPLATE.search(lines[number]):
            return number
    return next((n for n, line in enumerate(lines) if _TEMPLATE_LINE.match(line)), None)


def unrendered(source: Source, text: str) -> Problem:
    """A template that nobody has filled in yet; ``text`` tells which tool would."""
    hint = "render it first, with the tool that fills it in, and give what comes out"
    if _HELM.search(text):
        hint = "render it first: helm template CHART | multus-migrator plan -"
    return Problem(source=source, message=UNRENDERED, hint=hint)


def in_helm_output(problem: Problem) -> Problem:
    """A template in what helm has rendered already: to render it again changes nothing.

    Helm copies the files of a chart's crds/ as they are (helm.sh/docs/topics/charts, "Limitations
    on CRDs").
    """
    if problem.message != UNRENDERED:
        return problem
    return replace(
        problem,
        message="template text ({{ }} or {% %}) in what helm has rendered",
        hint="helm copies crds/ as it is: take that line out, or the document if the cluster "
        "has its object already",
    )
