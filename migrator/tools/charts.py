"""A copy of a chart that nobody trusts, without what helm would follow out of it.

helm 3.9 to 4.3 reads what a link in a chart leads to, and fetches what a ``values.schema.json`` refers
to, from loopback too. So the copy has no schema, in no sub-chart either, and a chart with a link is
refused: without it the chart would be another one, and nobody would know. What is packed is packed
anew, from names and bytes that were looked at: helm sees nothing that this module did not.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import stat
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools.bounds import CHART, CHART_FILES
from migrator.tools.copies import temporary

_DEEPEST: Final = 8
"""Packed sub-charts within each other. A packed file can hold itself."""
_ABOUT: Final = re.compile(r"[^/]+/Chart\.yaml")
_SCHEMA: Final = re.compile(r"(?:charts/[^/]+/)*values\.schema\.json")
_PACKED: Final = re.compile(r"(?:charts/[^/]+/)*charts/[^/_.][^/]*\.tgz")
"""What helm unpacks: it passes by what begins with _ or . (chart/loader/load.go, LoadFiles)."""
_OWN_VALUES: Final = re.compile(r"[^/]+/values\.yaml")
"""In a packed chart, which is one folder."""
_NOT_COPIED: Final = ".git"
"""No chart that is packed or fetched has it, and its config may hold the password of a remote."""
_CLOCK: Final = re.compile(rb"\b(?:now|ago|date\w*|htmlDate\w*)\b")
"""The functions of templates that read the clock: `date` does, for a value that is no time."""
_INSTEAD: Final = "put what it leads to in its place"


class ChartCopy:
    """The copy of one chart, made by `into`; ``reads_clock`` tells then whether it may read the clock."""

    def __init__(self, chart: Path) -> None:
        self._chart = chart
        self._bytes = CHART.bytes()
        self._files = CHART_FILES.value()
        self.reads_clock = False

    def into(self, folder: Path) -> Path:
        """The copy, below ``folder``: of a folder a folder, of a packed chart a packed one.

        Errors: MigratorError for what cannot be read or passes a bound, for links, for what is neither
        a file nor a folder, and for what leads out of a packed chart; OSError where it cannot be written.
        """
        place = folder / "chart"
        if self._chart.is_dir():
            place.mkdir()
            for name, path in self._walk():
                self._place(place / name, self._cleaned(name, self._read(path), str(path)))
            return place
        packed = place.with_suffix(".tgz")
        packed.write_bytes(self._repacked(self._read(self._chart), str(self._chart), depth=0))
        return packed

    def values(self) -> bytes:
        """The chart's own values, "" where it has none. Errors: as `into`, for what is read of it."""
        if self._chart.is_dir():
            path = self._chart / "values.yaml"
            return self._read(path) if path.is_file() and not path.is_symlink() else b""
        return self._packed_one(_OWN_VALUES)

    def about(self) -> bytes:
        """The Chart.yaml of a packed chart, b"" where it has none. Errors: MigratorError, as `into`."""
        return self._packed_one(_ABOUT)

    def _packed_one(self, called: re.Pattern[str]) -> bytes:
        shown = str(self._chart)
        members = self._members(self._unzipped(self._read(self._chart), shown), shown)
        return next((data for name, data in members if called.fullmatch(name)), b"")

    def _walk(self) -> Iterator[tuple[str, Path]]:
        """The files of the folder: each name in the chart, with ``/``, and its path."""
        todo = [("", self._chart)]
        while todo:
            within, folder = todo.pop()
            for entry in self._entries(folder):
                name, path = within + entry.name, folder / entry.name
                self._count(str(path))
                if entry.is_symlink():
                    raise MigratorError(
                        f"{path} is a link, and charts may have none", hint=_INSTEAD
                    )
                if entry.is_dir():
                    todo.append((f"{name}/", path))
                else:
                    yield name, path

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise _unreadable(folder, error) from error
        return [entry for entry in found if entry.name != _NOT_COPIED]

    def _read(self, path: Path) -> bytes:
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise MigratorError(f"{path} is neither a file nor a folder")
            with path.open("rb") as file:
                data = file.read(self._bytes + 1)
        except OSError as error:
            raise _unreadable(path, error) from error
        self._weigh(len(data), str(path))
        return data

    def _place(self, path: Path, data: bytes | None) -> None:
        if data is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def _cleaned(self, name: str, data: bytes, shown: str, depth: int = 0) -> bytes | None:
        """The bytes of a file of a chart as the copy has them, None for what it has not."""
        if _SCHEMA.fullmatch(name):
            return None
        if _PACKED.fullmatch(name):
            return self._repacked(data, shown, depth)
        self.reads_clock = self.reads_clock or reads_clock(data)
        return data

    def _repacked(self, data: bytes, shown: str, depth: int) -> bytes:
        if depth > _DEEPEST:
            raise MigratorError(f"{shown} holds packed charts in packed charts without end")
        self._bytes += len(data)  # counted as it is unpacked
        made = io.BytesIO()
        with tarfile.open(
            fileobj=made, mode="w:gz", compresslevel=1, format=tarfile.PAX_FORMAT
        ) as out:
            for name, found in self._members(self._unzipped(data, shown), shown):
                within = name.partition("/")[2]
                kept = self._cleaned(within, found, f"{shown}: {name}", depth + 1)
                if kept is not None:
                    member = tarfile.TarInfo(name)
                    member.size = len(kept)
                    out.addfile(member, io.BytesIO(kept))
        return made.getvalue()

    def _unzipped(self, data: bytes, shown: str) -> bytes:
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                unzipped = file.read(self._bytes + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise MigratorError(f"{shown} is not a packed chart: {error}") from error
        self._weigh(len(unzipped), shown)
        return unzipped

    def _members(self, data: bytes, shown: str) -> Iterator[tuple[str, bytes]]:
        """The files of an archive, each with its name, which is harmless."""
        # RecursionError: a header that says more of the next one, which says more of the next one.
        broken = (tarfile.TarError, OSError, EOFError, ValueError, ArithmeticError, RecursionError)
        try:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
                for member in archive:
                    self._count(shown)
                    _check(member, shown)
                    if member.isfile():
                        file = archive.extractfile(member)
                        yield member.name, file.read() if file else b""
        except broken as error:
            raise MigratorError(f"{shown} is not a packed chart: {_said(error)}") from error

    def _weigh(self, size: int, shown: str) -> None:
        self._bytes -= size
        if self._bytes < 0:
            message = f"{self._told(shown)} is larger than {CHART.value()} {CHART.unit}, unpacked"
            raise MigratorError(message, hint=CHART.more)

    def _count(self, shown: str) -> None:
        self._files -= 1
        if self._files < 0:
            message = (
                f"{self._told(shown)} holds more than {CHART_FILES.value():,} files and folders"
            )
            raise MigratorError(message, hint=CHART_FILES.more)

    def _told(self, shown: str) -> str:
        """The chart, and what of it passed its bound."""
        chart = str(self._chart)
        return chart if shown == chart else f"{chart}, with {shown},"


@contextlib.contextmanager
def packed_chart(data: bytes) -> Iterator[Path]:
    """A packed chart as a file, for the time of a block. Errors: EnvironmentProblem for a full disk."""
    with temporary("unpack a chart in") as folder:
        path = Path(folder) / "chart.tgz"
        try:
            path.write_bytes(data)
        except OSError as error:
            raise EnvironmentProblem(f"there is no room for a chart: {error.strerror}") from error
        yield path


def reads_clock(text: bytes) -> bool:
    """Whether a template in ``text`` may read the clock; other text that has the word may not."""
    return _CLOCK.search(text) is not None


def _check(member: tarfile.TarInfo, shown: str) -> None:
    """Errors: MigratorError for a member that is no plain file or folder of its archive."""
    name = member.name
    if not name.isprintable():
        raise MigratorError(f"{shown} holds a file whose name is not text")
    if name.startswith("/") or ":" in name.partition("/")[0]:
        raise MigratorError(f"{shown}: {name} is an absolute path")
    if ".." in re.split(r"[/\\]", name):
        raise MigratorError(f"{shown}: {name} leads out of the chart")
    if member.issym() or member.islnk():
        raise MigratorError(f"{shown}: {name} is a link, and charts may have none", hint=_INSTEAD)
    if not (member.isfile() or member.isdir()) or member.issparse():
        raise MigratorError(f"{shown}: {name} is neither a file nor a folder")
    if "\\" in name or "" in (parts := name.split("/")) or (member.isfile() and "." in parts):
        raise MigratorError(f"{shown}: {name} is not a path that helm packs")


def _unreadable(path: Path, error: OSError) -> MigratorError:
    return MigratorError(f"{path} cannot be read: {error.strerror or error}")


def _said(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
