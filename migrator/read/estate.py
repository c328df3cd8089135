"""What all releases of the inputs share, looked up once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from migrator.model.errors import InputError
from migrator.model.inputs import Document
from migrator.read.chart_files import Around
from migrator.read.files import read_bytes, repository_of
from migrator.read.flux_patches import GROUP
from migrator.read.lookup import Lookup
from migrator.read.remotes import repository_of_url
from migrator.read.scan import names_multus
from migrator.read.streams import folder_of
from migrator.tools.git import remotes

_PROSE: Final = (".md", ".txt")
_COMMENT: Final = re.compile(rb"^[ \t]*#.*", re.MULTILINE)


class Estate:
    """The objects of the inputs, and where their files lie."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self._charts: dict[Path, bool] = {}
        self._known: dict[Path, frozenset[str]] = {}

    @cached_property
    def sources(self) -> Sequence[Document]:
        """The places that Flux takes charts from, and all that was read."""
        return self.lookup.flux_sources()

    @cached_property
    def patches(self) -> Sequence[Document]:
        """Objects of Flux that may patch releases."""
        found = self.lookup.with_words(GROUP.encode())
        return [document for document in found if "patches" in (document.data.get("spec") or {})]

    @cached_property
    def _folders(self) -> Mapping[str, Path]:
        """The folder of each file, and of what a root builds, links followed."""
        named = {s.name: folder for s in self.lookup.streams if (folder := folder_of(s))}
        real = {folder: Path(os.path.realpath(folder)) for folder in set(named.values())}
        return {name: real[folder] for name, folder in named.items()}

    @cached_property
    def _common(self) -> Path:
        return Path(os.path.commonpath(list(self._folders.values())))

    def around(self, document: Document) -> Around | None:
        """Where the file is that has a release, None for what is no file."""
        beside = self._folders.get(document.source.file)
        if beside is None:
            return None
        top = repository_of(beside)
        return Around(beside, top, self._remotes(top)) if top else Around(beside, self._common)

    def _remotes(self, top: Path) -> frozenset[str]:
        if top not in self._known:
            self._known[top] = frozenset(filter(None, map(repository_of_url, remotes(top))))
        return self._known[top]

    def names_multus(self, chart: Path) -> bool:
        """Whether a file of a chart has a word of Multus, other than in prose: many releases may share
        one chart that can do much. A packed one is not unpacked for that."""
        if chart not in self._charts:
            self._charts[chart] = any(map(_names_multus, chart.rglob("*")))
        return self._charts[chart]


def _names_multus(path: Path) -> bool:
    """A link leads where it will, and helm is not given any (tools/charts.py)."""
    if path.is_symlink() or not path.is_file() or path.suffix in _PROSE:
        return False
    try:
        return names_multus(_COMMENT.sub(b"", read_bytes(path)))
    except InputError:  # which whoever renders it is told
        return False
