"""YAML text -> plain data with lines, as Kubernetes reads it."""

from __future__ import annotations

from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from yaml.reader import Reader

from migrator.model.errors import InputError
from migrator.model.inputs import Problem, Source
from migrator.read import fastyaml
from migrator.read.tree import Parsed
from migrator.read.wording import broken_yaml, control_character, unless_template
from migrator.read.yamldata import Builder
from migrator.read.yamlscan import Scanner

# What YAML allows nowhere, not even in a comment (YAML 1.2, c-printable). Making it anew would be
# one of the dearest things of a start.
_CONTROL: Final = Reader.NON_PRINTABLE


def parse_yaml(text: str, *, file: str, line: int) -> Parsed:
    """The one document of ``text``, which begins on ``line`` of ``file``.

    Raises InputError where it is not YAML. What is YAML but not data as Kubernetes has it
    (duplicate keys, tags, NaN) is kept as problems: the document may not be an object at all.
    """
    if bad := _CONTROL.search(text):
        raise InputError((control_character(text, bad.start(), file=file, line=line),))
    if read := fastyaml.parse(text, line):
        return read
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
