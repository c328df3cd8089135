"""What rendering gives, and what it needs: apart from how it is done, which is loaded where an input asks
for a chart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.model.inputs import Document, InputFile, Problem, Render
from migrator.read.streams import Content, Stream
from migrator.read.upstream import REPOSITORY

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from migrator.read.chart_sources import ChartSource
    from migrator.tools.helm import Template

RenderChart = Callable[["Template"], "tuple[str, str] | None"]
"""A chart with its values -> what it renders, twice; None without helm. Raises MigratorError."""

BuildFiles = Callable[[Mapping[str, str]], str]
"""The files of a kustomize root by name -> its build; raises MigratorError."""

PullChart = Callable[["ChartSource"], "AbstractContextManager[Path]"]
"""Downloads the chart of a source for the time of a block; raises MigratorError."""

_SOURCE: Final = b"source.toolkit.fluxcd.io/v"
_RENDERED: Final = re.compile(r" \((?:rendered|applied)(?: \d+)?(?:, chart \d+)?\)\Z")
"""Stands after the name of the file that has a release, or what applies a root: what its chart, or that
root, makes is no file."""

RELEASES: Final = (b"helm.toolkit.fluxcd.io/v", b"helm.cattle.io/v", b"argoproj.io/v")
"""The apiVersion of what asks for a chart; the large CRDs of these have none."""
APPLIES: Final = (b"kustomize.toolkit.fluxcd.io/v", b"argoproj.io/v")
"""That of what may apply upstream's own manifests."""


def file_of(name: str) -> str:
    """The file that has the release, of the name of what its chart makes; of others the name itself."""
    return _RENDERED.sub("", name)


class Tools(NamedTuple):
    """What renders charts, and builds what post-renderers make of that; ``pull`` downloads charts, and
    ``fetch`` builds what it downloads, if anything is to be downloaded."""

    render: RenderChart
    build: BuildFiles
    pull: PullChart | None = None
    fetch: BuildFiles | None = None


class Rendered(NamedTuple):
    """``contents`` is what was read of ``renders``, and of releases that the user rendered and the
    quick scan passed over. What lies in ``charts`` (folders, links
    followed) is in them, and is to be read nowhere else."""

    renders: tuple[Render, ...] = ()
    contents: tuple[Content, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    charts: tuple[Path, ...] = ()

    @property
    def documents(self) -> Iterator[Document]:
        return (document for content in self.contents for document in content.documents)

    @property
    def broken(self) -> Iterator[Problem]:
        """What of a render is no YAML, or no object."""
        return (problem for content in self.contents for problem in content.problems)


def joined(parts: Iterable[Rendered]) -> Rendered:
    """All of them as one, in their order."""
    return Rendered(*(tuple(chain.from_iterable(part)) for part in zip(*parts, strict=True)))


def ask_for_renders(documents: Sequence[Document], streams: Sequence[Stream]) -> bool:
    """Whether an object of the inputs may ask for a chart, or apply upstream's manifests."""
    groups = tuple(word.decode().partition("/")[0] for word in RELEASES)
    return (
        any(document.ref.group in groups for document in documents)
        or any(word in stream.data for stream in streams for word in RELEASES)
        or names_upstream(streams)
    )


def names_upstream(streams: Sequence[Stream]) -> bool:
    """Whether upstream's repository is named beside an object that has sources of files."""
    return any(
        REPOSITORY.encode() in s.data and any(word in s.data for word in (_SOURCE, APPLIES[1]))
        for s in streams
    )
