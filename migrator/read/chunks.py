"""A byte stream -> its documents as bytes, with the line on which each begins.

Splitting needs no parser: ``---`` and ``...`` at column 0 followed by white space always end a
document, since the text of a block scalar is indented and YAML forbids them in quoted scalars.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from migrator.tools.bounds import DOCUMENTS

# At column 0, or behind the byte order mark of a file that was joined on. Regexes that begin with
# literal bytes are searched many times as fast as those that begin with a look behind.
_COLUMN: Final = rb"(?!\S)(?:(?<![^\r\n]...)|(?<=\xef\xbb\xbf...)(?<![^\r\n]\xef\xbb\xbf...))[ \t]*"
_START: Final = re.compile(rb"(---)" + _COLUMN, re.DOTALL)
_END: Final = re.compile(rb"(\.\.\.)" + _COLUMN, re.DOTALL)
_MARKER: Final = re.compile(rb"(---|\.\.\.)" + _COLUMN, re.DOTALL)
_MARKER_HERE: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:---|\.\.\.)(?!\S)")
_DASHES: Final = (b"\n---", b"\r---", b"\xbf---", b"\n...", b"\r...")
"""How what may be a marker looks behind the first line: to count these is fast."""
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_CONTENT: Final = re.compile(rb"(?<![^\r\n])[ \t]*[^ \t\r\n#]")
_DIRECTIVES: Final = re.compile(rb"(?:(?:%|[ \t]*#)[^\r\n]*(?:\r\n?|\n)|[ \t]*(?:\r\n?|\n))*")


_MARK: Final = codecs.BOM_UTF8
_Bound = tuple[re.Match[bytes] | None, int]
"""The marker before a document, None for the first, and where the document ends."""


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
    return tuple(each(stream))


def each(stream: bytes) -> Iterator[Chunk]:
    """The documents of ``split`` one by one."""
    return _chunks(stream, _bounds(stream))


def numbered(stream: bytes) -> tuple[Chunk, ...]:
    """Every document of a stream as YAML counts them, also an empty one behind a ``---``."""
    return tuple(_chunks(stream, _bounds(stream), empty=True))


def chunks_at(stream: bytes, places: Iterable[int]) -> Iterator[Chunk]:
    """Those documents of ``split`` that may hold one of the ``places``, which are ascending."""
    return _chunks(stream, _around(places, _bounds(stream)))


def is_one(stream: bytes) -> bool:
    """Whether no second document is in a stream."""
    return next(islice(each(stream), 1, None), None) is None


def _bounds(stream: bytes) -> Iterator[_Bound]:
    before = None
    for marker in (_MARKER if _END.search(stream) else _START).finditer(stream):
        at = marker.start()
        yield before, at - 3 if at >= 3 and stream.startswith(_MARK, at - 3) else at
        before = marker
    yield before, len(stream)


def _around(places: Iterable[int], bounds: Iterable[_Bound]) -> Iterator[_Bound]:
    """The bounds between which a place is."""
    ahead = iter(places)
    place = next(ahead, None)
    for bound in bounds:
        if place is None:
            return
        if place < bound[1]:
            yield bound
            place = next((p for p in ahead if p >= bound[1]), None)


def _chunks(stream: bytes, bounds: Iterable[_Bound], *, empty: bool = False) -> Iterator[Chunk]:
    line, counted, returns = 1, 0, b"\r" in stream
    for marker, end in bounds:
        start = _begin(stream, marker)
        data = stream[start:end]
        if _CONTENT.search(data) or (empty and marker is not None and marker[1] == b"---"):
            line += _line_ends(stream, counted, start, returns=returns)
            counted = start
            yield Chunk(data=data, line=line, offset=start)


def _line_ends(stream: bytes, start: int, end: int, *, returns: bool) -> int:
    r"""The ends of lines: ``\n``, ``\r\n``, and ``\r`` alone where the stream has ``returns``."""
    count = stream.count(b"\n", start, end)
    if returns:
        count += stream.count(b"\r", start, end) - stream.count(b"\r\n", start, end)
    return count


def _begin(stream: bytes, marker: re.Match[bytes] | None) -> int:
    """Where the document after a marker begins: on the next line, or at the ``---`` itself."""
    if marker is None:
        start = len(_MARK) if stream.startswith(_MARK) else 0
        return _after_directives(stream, start)
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
    return match.end() if match and _MARKER_HERE.match(stream, match.end()) else start
