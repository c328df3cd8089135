"""A unified diff of the user's own files, without their secrets."""

from __future__ import annotations

import difflib
import io
import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from migrator.gitops.in_place import Rewrite
from migrator.read.files import shown
from migrator.report.safe import visible
from migrator.trees.redact import MARK, redact_text

_NO_END: Final = "\n\\ No newline at end of file\n"
_DOCUMENT: Final = re.compile(r"^(?=---(?:\s|\Z))", re.MULTILINE)


def unified(rewrites: Sequence[Rewrite], top: Path) -> Iterator[str]:
    """The lines of a diff that is to be applied in the folder ``top``.

    The lines of the files are compared, and each is printed as far as it holds no secret: a line
    that is hidden is still counted. Of the characters that are not shown as they are, tabs stay,
    and carriage returns at the end of a line.
    """
    for each in rewrites:
        name = shown(Path(os.path.relpath(os.path.realpath(each.path), top)))
        old, new = (each.old or b"").decode("utf-8"), each.new.decode("utf-8")
        open_lines = {*_open_lines(old), *_open_lines(new)}
        headers = ("/dev/null" if each.old is None else f"a/{name}", f"b/{name}")
        lines = difflib.unified_diff(_lines(old), _lines(new), *headers)
        for number, line in enumerate(lines):
            if number < len(headers) or line.startswith("@@ "):
                yield line
                continue
            end = next((end for end in ("\r\n", "\n") if line.endswith(end)), "")
            text = _without_secrets(line[1:].removesuffix(end), open_lines)
            yield line[0] + visible(text, keep="\t") + (end or _NO_END)


def _lines(text: str) -> list[str]:
    """The lines as a diff counts them."""
    return io.StringIO(text, newline="\n").readlines()


def _open_lines(text: str) -> Iterator[str]:
    """The lines, without white space around them, that stay as they are where the secrets are taken
    out. One document after another: what is known of one says nothing of the next."""
    for document in _DOCUMENT.split(text):
        for line in redact_text(document).splitlines():
            yield line.strip()


def _without_secrets(line: str, open_lines: Collection[str]) -> str:
    if line.strip() in open_lines:
        return line
    clean = redact_text(line)
    indent = line[: len(line) - len(line.lstrip())]
    return clean if clean != line else f"{indent}{MARK}"
