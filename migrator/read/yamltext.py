"""YAML text -> plain data with lines, as Kubernetes reads it."""

from __future__ import annotations

from typing import Final

from yaml.reader import Reader

from migrator.model.errors import InputError
from migrator.read import fastyaml
from migrator.read.tree import Parsed
from migrator.read.wording import control_character

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
    from migrator.read import oddyaml  # with ruamel.yaml, which starts slowly and few inputs need

    return oddyaml.parse(text, file=file, line=line)
