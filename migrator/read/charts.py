"""Helm charts among the files of a folder: what they are made of, before anybody renders them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from migrator.model.errors import InputError
from migrator.model.inputs import ChartFile, Source
from migrator.read.chunks import split
from migrator.read.scan import is_related
from migrator.read.streams import Stream, decode, parse_text
from migrator.read.tree import Parsed

_CHART: Final = "Chart.yaml"
_REQUIREMENTS: Final = "requirements.yaml"
"""Where Helm 2 had the dependencies of a chart (helm.sh/docs/topics/charts)."""


def charts_of(streams: Sequence[Stream]) -> tuple[ChartFile, ...]:
    """The charts in whose own files a word of the quick scan stands, in input order; what cannot be
    parsed is reported where it matters."""
    by_name = {stream.name: stream for stream in streams}
    found = []
    for stream in streams:
        if PurePosixPath(stream.name).name != _CHART:
            continue
        folder = stream.name.removesuffix(_CHART).rstrip("/") or "."
        beside = {
            name: by_name.get(stream.name.removesuffix(_CHART) + name)
            for name in (_REQUIREMENTS, "values.yaml")
        }
        own = [stream, *filter(None, beside.values())]
        chart = _document(stream)
        if chart is None or not any(is_related(part.data) for part in own):
            continue
        values = beside["values.yaml"]
        parsed = _document(values) if values else None
        requirements = beside[_REQUIREMENTS]
        found.append(
            ChartFile(
                folder=folder,
                source=Source(file=stream.name, line=1),
                name=str(chart.value.get("name") or ""),
                dependencies=tuple(
                    entry
                    for part in (stream, requirements)
                    if part is not None
                    for entry in _dependencies(part)
                ),
                values=parsed.value if parsed else {},
            )
        )
    return tuple(found)


def _dependencies(stream: Stream) -> Iterator[tuple[Mapping[str, Any], Source]]:
    document = _document(stream)
    entries = document.value.get("dependencies") if document else None
    if document is None or not isinstance(entries, list):
        return
    lines = document.lines.child("dependencies") or document.lines
    for index, entry in enumerate(entries):
        if isinstance(entry, dict):
            at = lines.child(index) or lines
            yield entry, Source(file=stream.name, line=at.line)


def _document(stream: Stream) -> Parsed | None:
    """The one map that the file holds, None where it holds something else."""
    for chunk in split(stream.data):
        try:
            text = decode(chunk.data, file=stream.name, line=chunk.line, offset=chunk.offset)
            parsed, _ = parse_text(text, file=stream.name, line=chunk.line)
        except InputError:
            return None
        for item in parsed:
            if isinstance(item.value, dict):
                return item
    return None
