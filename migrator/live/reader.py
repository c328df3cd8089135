"""What a user runs to get the CNI files of the nodes: reader.yaml and read-nodes.sh."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from jinja2 import Environment
from msgspec import Struct

from migrator.live.reader_dirs import Directories, directories
from migrator.model.errors import InputError
from migrator.model.inputs import Document, Problem, Source
from migrator.multus.images import is_reference
from migrator.thick import blueprint
from migrator.trees import jinja
from migrator.trees.dig import string
from migrator.trees.resources import templates_dir

IMAGE: Final = "docker.io/library/busybox:1.37.0"
"""An image with what templates/live/read-node.sh needs; --reader-image names another one."""
MANIFEST: Final = "reader.yaml"
SCRIPT: Final = "read-nodes.sh"

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_NODE: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
"""validateNodeName of Kubernetes: a DNS subdomain."""
_CONTEXT: Final = re.compile(r"[A-Za-z0-9][ -&(-~]{0,511}")
"""Any printable ASCII but a quote: contexts are called as clouds and people like."""


class _Raw(str):
    """A text of ours that goes into a script as it is."""


class _Values(Struct, frozen=True, kw_only=True):
    """The block of variables of read-nodes.sh, and the script for the node."""

    context: str
    nodes: str
    mounted: str
    directories: str
    script: _Raw


class _Mount(Struct, frozen=True, kw_only=True):
    name: str
    path: str


def reader_files(
    daemonsets: Sequence[Document],
    nodes: Sequence[Document],
    *,
    image: str = IMAGE,
    context: str = "",
) -> Mapping[str, str]:
    """The texts of `MANIFEST` and `SCRIPT`, by their names.

    ``daemonsets`` are those that run Multus, with the ConfigMaps that they mount where these were
    read; ``nodes`` are Node objects, as many as were. ``context`` is one of kubectl, "" for the
    current one. Errors: InputError where one of these is no name, and so may be in no script.
    """
    linux = [node for node in nodes if not _is_windows(node)]
    names = sorted({node.ref.name for node in linux})
    refused = (*_refused(linux), *_odd(image, context))
    if refused:
        raise InputError(refused)
    found = directories(daemonsets, linux)
    script = (templates_dir() / "live" / "read-node.sh").read_text(encoding="utf-8")
    values = _Values(
        context=context,
        nodes=" ".join(names),
        mounted=" ".join(found.mounted),
        directories=" ".join(found.all),
        script=_Raw(script),
    )
    page = _scripts().get_template(f"{SCRIPT}.j2")
    return {MANIFEST: _manifest(found, script, image), SCRIPT: page.render(v=values)}


def _manifest(found: Directories, script: str, image: str) -> str:
    return blueprint.text(
        "reader",
        script=textwrap.indent(script, "    ").rstrip("\n"),
        image=image,
        left=list(_left(found)),
        mounts=[_Mount(name=f"host-{i}", path=path) for i, path in enumerate(found.mounts)],
    )


def _left(found: Directories) -> Iterator[str]:
    """What a pod cannot look at, for a comment: a path of the inputs may be anything."""
    for path in found.all:
        if path not in found.mounted:
            yield f"{path}, which need not be there; sh {SCRIPT} --ssh reads it"
    for path in found.refused:
        yield f"{path!a}, which is not a CNI directory"


@cache
def _scripts() -> Environment:
    """Everything is one word of a shell script, in quotes."""
    return jinja.environment(
        jinja.TEXTS, {}, lambda value: value if isinstance(value, _Raw) else _word(value)
    )


def _word(value: object) -> str:
    return "'" + str(value).replace("'", "'\"'\"'") + "'"


def _is_windows(node: Document) -> bool:
    """Multus has no image for it, and neither has the reader."""
    return string(node.data, "metadata", "labels", "kubernetes.io/os") == "windows"


def _refused(nodes: Iterable[Document]) -> Iterator[Problem]:
    for node in nodes:
        if not _NODE.fullmatch(node.ref.name):
            message = f"not the name of a node: {node.ref.name[:100]!a}"
            hint = "Kubernetes has no such nodes; find out where the object comes from"
            yield Problem(source=node.source, message=message, hint=hint)


def _odd(image: str, context: str) -> Iterator[Problem]:
    place = Source(file=SCRIPT, line=1)
    if not is_reference(image) or len(image) > 512:
        hint = "see --reader-image"
        yield Problem(source=place, message=f"no image: {image[:100]!a}", hint=hint)
    if context and not _CONTEXT.fullmatch(context):
        message = f"the name of the context may be in no script: {context[:100]!a}"
        hint = "give it another one: kubectl config rename-context OLD NEW"
        yield Problem(source=place, message=message, hint=hint)
