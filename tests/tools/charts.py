"""Small charts, written for the tests: as folders, and packed in every way that is wrong."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from tests.kustomize.plans import write

CHART: Final = "apiVersion: v2\nname: net\nversion: 1.0.0\n"
SUB: Final = "apiVersion: v2\nname: sub\nversion: 1.0.0\n"
CONFIG: Final = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  a: {{ .Values.a | quote }}
"""


def config(value: str) -> str:
    """A template whose one value is ``value``, an action."""
    return CONFIG.replace(".Values.a", value)


def chart(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """A chart with one template, and ``files``, the way from the folder to the text."""
    everything = {"Chart.yaml": CHART, "templates/a.yaml": CONFIG, **(files or {})}
    write(folder, everything)
    return folder


def objects(text: str) -> list[dict[str, object]]:
    """What a render holds, without its comments and empty documents."""
    return [thing for thing in yaml.load_all(text, yaml.CSafeLoader) if thing]


def packed(files: Mapping[str, str | bytes], name: str = "net") -> bytes:
    """A .tgz as `helm package` writes it: all below one folder."""
    return archive([plain(f"{name}/{path}", data) for path, data in files.items()])


def archive(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as out:
        for member, data in members:
            out.addfile(member, io.BytesIO(data))
    return made.getvalue()


def plain(name: str, data: str | bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    content = data.encode() if isinstance(data, str) else data
    member.size = len(content)
    return member, content


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    """A member that is no plain file: ``kind`` is a type of tarfile."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""
