"""Inputs that a user named and that hold nothing: an error, never an all-clear."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Final

from migrator.model.errors import InputError
from migrator.model.inputs import Problem
from migrator.read.chunks import each
from migrator.read.files import problem
from migrator.read.scan import holds_objects
from migrator.read.streams import Stream, decode, parse_text
from migrator.read.wording import quoted

# How kubectl's messages begin (k8s.io/kubectl, pkg/cmd/get and pkg/cmd/util/helpers.go); some of
# them are maps to a YAML parser.
_KUBECTL: Final = (
    b"Error from server",
    b"error:",
    b"No resources found",
    b"Unable to connect to the server",
    b"The connection to the server",
)
_HINT: Final = (
    "give manifests; if they come from kubectl, check its context, the namespace and the names"
)


def nothing_in(stream: Stream) -> Problem | None:
    """What is wrong with an input that is empty or text of another kind, None where it holds data.

    Data that is no object (values of a chart, a compose file) is no error here.
    """
    chunks = each(stream.data)
    first = next(chunks, None)
    if first is None:
        return problem(Path(stream.name), "empty: no document is in it", _HINT)
    if any(holds_objects(chunk.data) for chunk in chain((first,), chunks)):
        return None
    text = first.data.strip()
    if not text.startswith(_KUBECTL) and _is_data(stream):
        return None
    said = quoted(text.splitlines()[0].decode("utf-8", "replace"))
    return problem(Path(stream.name), f"no Kubernetes object, but the text '{said}'", _HINT)


def _is_data(stream: Stream) -> bool:
    """Whether a map or a list is in it; what cannot be parsed is reported elsewhere."""
    for chunk in each(stream.data):
        try:
            parsed, _ = parse_text(
                decode(chunk.data, file=stream.name), file=stream.name, line=chunk.line
            )
        except InputError:
            return True
        if any(isinstance(item.value, dict | list) for item in parsed):
            return True
    return False
