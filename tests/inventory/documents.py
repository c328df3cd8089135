"""Documents for tests, read from YAML text as a user would write it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from migrator.inventory.meshes.injection import all_workloads
from migrator.inventory.workloads import find_requests
from migrator.model.inputs import CniFile, Document, NodeFiles, Source
from migrator.model.inventory import NetworkAttachment, Workload
from migrator.read.streams import parse_documents

NO_FILES = NodeFiles(nodes=(), directories=frozenset(), files=())


def documents(text: str, name: str = "input.yaml") -> tuple[Document, ...]:
    """The objects of a YAML stream; all of it has to be readable."""
    found, problems = parse_documents(textwrap.dedent(text).encode(), name)
    assert not problems, problems
    return found


def document(text: str, name: str = "input.yaml") -> Document:
    (only,) = documents(text, name)
    return only


def node_file(
    name: str, content: str, directory: str = "/etc/cni/net.d", node: str = ""
) -> CniFile:
    """A CNI file as it was copied from a node."""
    source = Source(file=f"nodes/{node or 'all'}{directory}/{name}", line=1)
    return CniFile(node=node, directory=directory, name=name, content=content, source=source)


def node_files(*files: CniFile) -> NodeFiles:
    return NodeFiles(
        nodes=tuple(dict.fromkeys(f.node for f in files)),
        directories=frozenset((f.node, f.directory) for f in files),
        files=files,
    )


def find_workloads(documents: Sequence[Document]) -> tuple[Workload, ...]:
    """What pod templates ask for, without what a webhook adds."""
    return tuple(request.workload() for request in find_requests(documents))


def injected_workloads(
    documents: Sequence[Document], nads: Sequence[NetworkAttachment]
) -> tuple[Workload, ...]:
    """What a webhook adds."""
    return tuple(w for w in all_workloads(documents, nads) if w.origin == "injected")
