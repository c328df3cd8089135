"""A byte stream -> its documents as bytes, with the line on which each begins.

Splitting needs no parser: ``---`` and ``...`` at column 0 followed by white space always end a
document, since the text of a block scalar is indented and YAML forbids them in quoted scalars.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from migrator.tools.bounds import DOCUMENTS

_MARKER: Final = re.compile(rb"(?<![^\r\n])(?:\xef\xbb\xbf)?(---|\.\.\.)(?!\S)[ \t]*")
_DASHES: Final = (b"\n---", b"\r---", b"\xbf---", b"\n...", b"\r...")
"""How what may be a marker looks behind the first line: to count these is fast."""
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_CONTENT: Final = re.compile(rb"(?<![^\r\n])[ \t]*[^ \t\r\n#]")
_DIRECTIVES: Final = re.compile(rb"(?:(?:%|[ \t]*#)[^\r\n]*(?:\r\n?|\n)|[ \t]*(?:\r\n?|\n))*")


class Chunk(NamedTuple):
    """One document that is not empty: its bytes without the ``---`` line.

    Content that shares the line of the ``---`` keeps that line whole. ``line`` is 1-based,
    ``offset`` counts bytes of the stream.
    """

    data: bytes
    line: int
    offset: int


def is_crowded(stream: bytes) -> bool:
    """Whether a stream has more documents, empty ones too, than are read."""
    most = DOCUMENTS.value()
    if sum(map(stream.count, _DASHES)) < most:
        return False
    return len(list(islice(_MARKER.finditer(stream, 1), most))) == most


def told() -> tuple[str, str]:
    """What is said of such a stream, and the hint."""
    message = f"more than {DOCUMENTS.value():,} documents, which are not read"
    return message, f"leave out what has nothing to do with networks; {DOCUMENTS.more}"


def split(stream: bytes) -> tuple[Chunk, ...]:
    """The documents of a stream; those of blanks, comments and directives alone are left out."""
    chunks = []
    line, counted = 1, 0
    for start, end in _spans(stream):
        line += len(_LINE_END.findall(stream, counted, start))
        counted = start
        data = stream[start:end]
        if _CONTENT.search(data):
            chunks.append(Chunk(data=data, line=line, offset=start))
    return tuple(chunks)


def _spans(stream: bytes) -> Iterator[tuple[int, int]]:
    """Where each document begins and ends, in bytes."""
    start = len(codecs.BOM_UTF8) if stream.startswith(codecs.BOM_UTF8) else 0
    start = _after_directives(stream, start)
    for marker in _MARKER.finditer(stream):
        if marker.start() > start:
            yield start, marker.start()
        start = _body_start(stream, marker)
    yield start, len(stream)


def _body_start(stream: bytes, marker: re.Match[bytes]) -> int:
    """Where the document after a marker begins: on the next line, or at the ``---`` itself."""
    rest = stream[marker.end() : marker.end() + 1]
    if marker[1] == b"---" and rest not in (b"", b"\r", b"\n", b"#"):
        return marker.start(1)
    newline = _LINE_END.search(stream, marker.end())
    following = newline.end() if newline else len(stream)
    return _after_directives(stream, following) if marker[1] == b"..." else following


def _after_directives(stream: bytes, start: int) -> int:
    """Behind the directives (``%YAML 1.2``) that may stand at ``start``, else ``start`` itself.

    They change nothing that Kubernetes reads, and their document begins at the next ``---``.
    """
    match = _DIRECTIVES.match(stream, start)
    return match.end() if match and _MARKER.match(stream, match.end()) else start
