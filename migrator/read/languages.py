"""Files of other languages that make manifests: they are not read, and none that names Multus is passed
over in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from migrator.model.errors import InputError
from migrator.model.inputs import Foreign, Language, Source
from migrator.read.files import read_bytes, shown
from migrator.read.scan import names_multus
from migrator.read.streams import Stream

SUFFIXES: Final[Mapping[str, Language]] = {
    ".tf": Language.TERRAFORM,
    ".tofu": Language.TERRAFORM,
    ".jsonnet": Language.JSONNET,
    ".libsonnet": Language.JSONNET,
    ".nix": Language.NIX,
    ".cue": Language.CUE,
    ".j2": Language.JINJA,
}
"""The ends of the names of such files."""

_FROM_A_CLUSTER: Final = "give what it makes: kubectl get ds,cm,clusterrole,net-attach-def -A -o yaml | multus-migrator plan -"
MADE: Final[Mapping[Language, str]] = {
    Language.TERRAFORM: _FROM_A_CLUSTER,
    Language.JSONNET: "give what it makes: jsonnet -y FILE | multus-migrator plan -",
    Language.NIX: _FROM_A_CLUSTER,
    Language.CUE: "give what it makes: cue export FILE --out yaml | multus-migrator plan -",
    Language.JINJA: "render it first, and give what comes out",
    Language.ANSIBLE: _FROM_A_CLUSTER,
}
"""How to have it read, in words."""

_LIST: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*)?\r?\n|---[^\n]*\n)*-[ \t]")
"""The begin of a file whose first document is a list."""
_TASKS: Final = re.compile(
    rb"^[ \t]*(?:-[ \t]+)?(?:hosts|tasks|import_playbook|include_tasks|import_tasks|shell|command|template|k8s"
    rb"|(?:ansible|community|kubernetes)\.\w+\.\w+)[ \t]*:",
    re.MULTILINE,
)
"""A key that plays and tasks of Ansible have (docs.ansible.com, playbook keywords; kubernetes.core)."""

_OPERATION: Final = re.compile(rb"""^[ \t]*(?:-[ \t]+)?["']?op["']?[ \t]*:""", re.MULTILINE)
"""A key of JSON6902 patches, which are lists, too, and may put a command into a container."""


def foreign(path: Path) -> Iterator[Foreign]:
    """The file, if it is of such a language and names Multus. One that cannot be read says nothing."""
    language = SUFFIXES.get(path.suffix.lower())
    if language is None:
        return
    try:
        data = read_bytes(path)
    except InputError:
        return
    if names_multus(data):
        yield Foreign(source=_place(shown(path), data), language=language)


def playbooks(streams: Iterable[Stream]) -> Iterator[Foreign]:
    """The YAML files that are plays or tasks of Ansible, which hold no Kubernetes object, and name Multus."""
    for stream in streams:
        data = stream.data
        if not _LIST.match(data) or _OPERATION.search(data):
            continue
        if names_multus(data) and _TASKS.search(data):
            yield Foreign(source=_place(stream.name, data), language=Language.ANSIBLE)


def _place(name: str, data: bytes) -> Source:
    """The line that names Multus first; the first one where an escape hides it."""
    at = data.lower().find(b"multus")
    return Source(file=name, line=data.count(b"\n", 0, max(at, 0)) + 1)
