"""One stream of bytes (a file, standard input, a build) -> its documents and problems."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from migrator.model.errors import InputError
from migrator.model.inputs import Document, Form, Problem, Source
from migrator.read.chunks import Chunk, chunks_at, is_crowded, is_one, split, told
from migrator.read.documents import documents_of, is_object
from migrator.read.garbage import seldom_collected
from migrator.read.jsontext import parse_json
from migrator.read.scan import (
    holds_objects,
    is_helm_output,
    is_other_crd,
    is_related,
    matters,
    names_multus,
    places,
)
from migrator.read.tree import Parsed
from migrator.read.unrendered import unrendered_in
from migrator.read.wording import broken_json, in_helm_output
from migrator.read.yamltext import parse_yaml

_MARKS: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",  # begins like UTF-16, so it is looked for first
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_FORMS: Final[dict[str, Form]] = {"stdin": "stdin", "build": "build"}
_AS_UTF8: Final = "save it as UTF-8 (PowerShell: Out-File -Encoding utf8)"


class Stream(NamedTuple):
    """An input as bytes. ``path`` is where a file was opened, ``real`` the same with all links
    followed ("" without one), ``folder`` what a build was made of; ``named`` by the user himself."""

    name: str
    data: bytes
    origin: Literal["file", "stdin", "build"] = "file"
    path: Path | None = None
    real: str = ""
    named: bool = False
    folder: Path | None = None


def folder_of(stream: Stream) -> Path | None:
    """The folder of a file, or what a build was made of, as it was named; None for standard input."""
    return stream.folder or (stream.path.parent if stream.path else None)


class Content(NamedTuple):
    """What one stream holds; ``mentions`` are places that name Multus, but are no object."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    mentions: tuple[Source, ...] = ()


def parse_documents(
    data: bytes, name: str, *, stdin: bool = False
) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Every Kubernetes object of one stream, and what in it could not be read; raises nothing."""
    stream = Stream(name=name, data=data, origin="stdin" if stdin else "file")
    content = read_stream(stream, everything=True)
    return content.documents, content.problems


@seldom_collected()
def read_stream(stream: Stream, *, everything: bool, injected: bool = False) -> Content:
    """The documents of a stream: ``everything``, or those which the quick scan finds to matter.

    ``injected`` is handed to the scan. A document with a problem is left out.
    """
    data = stream.data
    if is_crowded(data):
        message, hint = told()
        source = Source(file=stream.name, line=1)
        return Content((), (Problem(source=source, message=message, hint=hint),))
    alone = is_one(data)
    chunks = split(data) if everything else chunks_at(data, places(data, injected=injected))
    documents: list[Document] = []
    problems: list[Problem] = []
    mentions: list[Source] = []
    rendered = is_helm_output(stream.data)
    for chunk in chunks:
        if not holds_objects(chunk.data) and names_multus(chunk.data):
            mentions.append(Source(file=stream.name, line=_line_of_multus(chunk)))
        if not (everything or matters(chunk.data, injected=injected)):
            continue
        try:
            documents += _documents(stream, chunk, alone=alone)
        except InputError as error:
            related = (stream.named or is_related(chunk.data)) and not is_other_crd(chunk.data)
            found = map(in_helm_output, error.problems) if rendered else error.problems
            problems += (replace(problem, related=related) for problem in found)
    return Content(tuple(documents), tuple(dict.fromkeys(problems)), tuple(mentions))


def _line_of_multus(chunk: Chunk) -> int:
    """The line of the first mention, that of the document where an escape hides it."""
    at = chunk.data.lower().find(b"multus")
    return chunk.line + chunk.data.count(b"\n", 0, max(at, 0))


def parse_text(text: str, *, file: str, line: int) -> tuple[tuple[Parsed, ...], bool]:
    """The documents of a text without ``---``, and whether it was JSON; raises InputError.

    Like kubectl, what begins with a bracket is tried as JSON first: it may still be YAML.
    """
    if not text.lstrip().startswith(("{", "[")):
        return (parse_yaml(text, file=file, line=line),), False
    try:
        return parse_json(text, file=file, line=line), True
    except json.JSONDecodeError as error:
        as_json = InputError((broken_json(error, file=file, line=line),))
    try:
        return (parse_yaml(text, file=file, line=line),), False
    except InputError:
        if file.endswith(".json"):
            raise as_json from None
        raise


def decode(data: bytes, *, file: str, line: int = 1, offset: int = 0) -> str:
    """Bytes that stand on ``line`` at ``offset`` of ``file`` as text; raises InputError."""
    if other := next((name for mark, name in _MARKS.items() if data.startswith(mark)), None):
        source = Source(file=file, line=line)
        problem = Problem(source=source, message=f"the file is {other}, not UTF-8", hint=_AS_UTF8)
        raise InputError((problem,))
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start + len(data) - len(error.object)
        source = Source(file=file, line=line + data.count(b"\n", 0, at))
        message = f"not UTF-8: byte 0x{data[at]:02x} at offset {offset + at}"
        problem = Problem(source=source, message=message, hint=_AS_UTF8)
        raise InputError((problem,)) from None


def _documents(stream: Stream, chunk: Chunk, *, alone: bool) -> list[Document]:
    """The objects of one document; the only one of a file keeps the text of the whole file."""
    file = stream.name
    text = decode(chunk.data, file=file, line=chunk.line, offset=chunk.offset)
    parsed, is_json = parse_text(text, file=file, line=chunk.line)
    objects = [item for item in parsed if is_object(item.value)]
    if problems := tuple(problem for item in objects for problem in item.problems):
        raise InputError(problems)
    if objects and alone:
        text = decode(stream.data, file=file)
    form = _FORMS.get(stream.origin, "json" if is_json else "standalone")
    documents = [
        document
        for item in objects
        for document in documents_of(item.value, item.lines, file=file, form=form, text=text)
    ]
    actions = "{{" in text or "{%" in text
    if actions and (templates := tuple(filter(None, map(unrendered_in, documents)))):
        raise InputError(templates)
    return documents
