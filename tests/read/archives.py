"""Archives of node files for tests, good and bad."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    """A regular file; ``fields`` are those of TarInfo that differ from one."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def folder(name: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.DIRTYPE)


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.SYMTYPE, linkname=target)


def packed(members: Iterable[tuple[tarfile.TarInfo, bytes]], **options: object) -> bytes:
    """A tar archive with these members; ``options`` are those of `tarfile.TarFile`."""
    file = io.BytesIO()
    with tarfile.TarFile(fileobj=file, mode="w", **options) as archive:  # type: ignore[arg-type]
        for info, data in members:
            archive.addfile(info, io.BytesIO(data) if data else None)
    return file.getvalue()


def of_files(files: Mapping[str, str | bytes]) -> bytes:
    """An archive with these files alone."""
    pairs = files.items()
    return packed(member(n, d if isinstance(d, bytes) else d.encode()) for n, d in pairs)


def of_folder(root: Path) -> bytes:
    """An archive of all that lies below a folder, links as they are."""
    file = io.BytesIO()
    with tarfile.TarFile(fileobj=file, mode="w") as archive:
        for path in sorted(root.iterdir()):
            archive.add(path, path.name)
    return file.getvalue()


def gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)
