"""What reads or shows foreign text takes time in line with its length, on the worst text for it.

Each text is one piece again and again. Eight times the length may take some more than eight times
the CPU seconds; a regex that tries again from each place takes sixty-four times as many.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from migrator.golang import jsontext, loosesemver
from migrator.golang.errors import GoError
from migrator.golang.text import sprintf_without_arguments
from migrator.inventory.entrypoint import command_line
from migrator.model import release
from migrator.model.errors import MigratorError
from migrator.multus import annotation, images
from migrator.read import scan
from migrator.read.streams import parse_documents
from migrator.report import safe, values
from migrator.trees import embedded
from migrator.trees.dump import dump
from migrator.trees.paths import parse_path
from migrator.trees.redact import redact_text

RELEASE = release.parse("4.2.4")
IMAGE = images.parse_image("ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2")

READERS: dict[str, Callable[[str], Any]] = {
    "redact": redact_text,
    "prose in Markdown": safe.md,
    "code in Markdown": safe.mdcode,
    "a cell": lambda text: safe.mdcell(safe.md(text)),
    "a terminal": safe.term,
    "lines of a report": values.lines,
    "YAML written": lambda text: dump({"a": text}),
    "a shell script": lambda text: command_line({"command": ["sh", "-c", text]}, IMAGE),
    "an image": images.parse_image,
    "whether it is an image": images.is_reference,
    "an annotation": lambda text: annotation.parse(text, "default", RELEASE),
    "a release": release.find,
    "a version": loosesemver.parse,
    "JSON": jsontext.parse,
    "JSON in a text": embedded.json_or_text,
    "a format of Go": sprintf_without_arguments,
    "a path": parse_path,
    "the quick scan": lambda text: scan.matters(text.encode()),
    "whether it is related": lambda text: scan.is_related(text.encode()),
    "YAML read": lambda text: parse_documents(text.encode(), "x.yaml"),
}
WORDS = ("token", "auth", "password=", "--token", "eyJ", "eyJaaaaaaaaaaaa.", "<redacted", "Bearer ",
         "-----BEGIN ", "-----END ", "://", "ref=", "multus", "multus-daemon", "entrypoint.sh", "@",
         "\\\n", "$(", "{{", "- ", "a: ", "GH-1",
         "-p ", "pwd=", "psk: |\n", "a.b/token", "kind: Secret data:", "name: token value", "\\\"")  # fmt: skip
SIGNS = (*" \n\t.,:;=/-_!?#&|(){}[]<>\"'`\\%~*a0", "é", "\x00")
PIECES = (*WORDS, *SIGNS, *(a + b for a, b in product(WORDS, (*SIGNS, *WORDS)) if a != b),
          *(a + b for a, b in product(".-=:;'\"(!<", SIGNS)))  # fmt: skip
RANKED, SHORT, LONG = 300, 1_500, 12_000


def cost(reader: Callable[[str], Any], text: str) -> float:
    """CPU seconds of one call; what it thinks of the text does not matter."""
    begin = time.process_time()
    with contextlib.suppress(MigratorError, GoError, ValueError):
        reader(text)
    return time.process_time() - begin


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_the_worst_text_costs_what_its_length_is(name: str) -> None:
    reader = READERS[name]
    begin = "" if name != "YAML read" else "kind: multus\n"

    def text(piece: str, length: int) -> str:
        return begin + piece * (length // len(piece)) + "\x01"

    for piece in sorted(PIECES, key=lambda p: -cost(reader, text(p, RANKED)))[:5]:
        short, long = (cost(reader, text(piece, length)) for length in (SHORT, LONG))
        if long > 24 * short + 0.02:  # once more: the machine may have been busy
            short, long = (cost(reader, text(piece, length)) for length in (SHORT, LONG))
        assert long <= 24 * short + 0.02, piece
