"""What `fastyaml` leaves: every document that is odd or wrong, read with ruamel.yaml's parser.

This reader alone gives verdicts and messages.
"""

from __future__ import annotations

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from migrator.model.errors import InputError
from migrator.model.inputs import Problem, Source
from migrator.read.tree import Parsed
from migrator.read.wording import broken_yaml, unless_template
from migrator.read.yamldata import Builder
from migrator.read.yamlscan import Scanner


def parse(text: str, *, file: str, line: int) -> Parsed:
    """The one document of ``text``, which begins on ``line`` of ``file``; raises InputError."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = Scanner
    try:
        parsed = Builder(yaml.parse(text), file=file, line=line).document()
    except MarkedYAMLError as error:
        raise InputError((broken_yaml(error, text, file=file, line=line),)) from None
    except (ValueError, OverflowError):  # chr() of an escape such as "\UFFFFFFFF"
        source = Source(file=file, line=line)
        message = "broken YAML: an escape in double quotes is not a Unicode character"
        raise InputError((Problem(source=source, message=message, hint="correct it"),)) from None
    problems = tuple(unless_template(p, text, line=line) for p in parsed.problems)
    return parsed._replace(problems=problems)
