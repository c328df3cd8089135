"""What the tests of reading share."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from migrator.inventory.build import build_inventory
from migrator.model.errors import InputError
from migrator.model.inputs import Document, Reading
from migrator.read.reading import read_inputs
from migrator.read.streams import parse_documents

NAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  name: {name}
  namespace: apps
spec:
  config: '{{"cniVersion": "0.3.1", "name": "{name}", "type": "macvlan"}}'
"""


def nad(name: str = "storage") -> str:
    return NAD.format(name=name)


def no_build(folder: Path) -> str:
    raise AssertionError(f"{folder} must not be built")


def read(
    *inputs: Path | str,
    stdin: bytes = b"",
    node_files: Path | None = None,
    build: Callable[[Path], str] | None = no_build,
    keep_going: bool = False,
) -> Reading:
    return read_inputs(
        [str(item) for item in inputs],
        stdin=io.BytesIO(stdin),
        node_files=None if node_files is None else str(node_files),
        build=build,
        keep_going=keep_going,
    )


def refused(*inputs: Path | str, **options: Any) -> list[str]:
    """The lines of the InputError that reading, or understanding what was read, must end with."""
    try:
        build_inventory(read(*inputs, **options))
    except InputError as error:
        return error.lines()
    raise AssertionError("read without complaint")


def parsed(text: str | bytes, *, name: str = "f.yaml") -> tuple[Document, ...]:
    """The documents of a text that has no problem."""
    data = text if isinstance(text, bytes) else text.encode()
    documents, problems = parse_documents(data, name)
    assert problems == ()
    return documents


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files by their relative path, line ends as they are; gives the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def names(reading: Reading) -> list[str]:
    return [document.ref.name for document in reading.documents]
