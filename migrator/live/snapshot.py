"""What was collected -> the files of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from migrator import __version__
from migrator.live.collect import Collected, Unread
from migrator.live.reader import reader_files
from migrator.model.inputs import Document
from migrator.read import snapshot
from migrator.read.files import SNAPSHOT
from migrator.read.streams import parse_documents
from migrator.trees.dump import one_line
from migrator.trees.unseen import json_text


def files(
    collected: Collected, *, namespaces: Sequence[str], context: str, when: str
) -> Mapping[str, str]:
    """The texts of a snapshot by their paths in it; ``when`` is a moment in UTC."""
    texts = {
        f"{snapshot.OBJECTS}/{outcome.resource.id}.yaml": "---\n".join(outcome.texts.values())
        for outcome in collected.outcomes
        if outcome.texts
    }
    about = snapshot.SnapshotFile(
        version=__version__,
        collected=when,
        context=one_line(context),
        server=collected.server,
        namespaces=tuple(sorted(set(namespaces))),
        read=counts(collected),
        absent=tuple(sorted(_absent(collected))),
        unread=tuple(
            snapshot.Unread(
                resource=each.resource.id,
                namespace=each.namespace,
                reason=each.reason,
                detail=each.detail,
            )
            for each in unread(collected)
        ),
    )
    return {**texts, SNAPSHOT: json_text(msgspec.to_builtins(about))}


def reader(files: Mapping[str, str], *, image: str, context: str) -> Mapping[str, str]:
    """How the user gets the files of the nodes, by the objects in ``files``. Errors: InputError where a
    name may be in no script."""
    installs = (*_objects(files, "daemonsets.apps"), *_objects(files, "configmaps"))
    return reader_files(installs, _objects(files, "nodes"), image=image, context=context)


def _objects(files: Mapping[str, str], resource: str) -> tuple[Document, ...]:
    name = f"{snapshot.OBJECTS}/{resource}.yaml"
    return parse_documents(files.get(name, "").encode(), name)[0]


def counts(collected: Collected) -> dict[str, int]:
    """How many objects are kept of each resource that was read, by its id."""
    found = {o.resource.id: len(o.texts) for o in collected.outcomes if o.texts is not None}
    return dict(sorted(found.items()))


def unread(collected: Collected) -> list[Unread]:
    """What was not read, by resource and namespace."""
    found = (each for outcome in collected.outcomes for each in outcome.unread)
    return sorted(found, key=lambda each: (each.resource.id, each.namespace))


def _absent(collected: Collected) -> list[str]:
    return [o.resource.id for o in collected.outcomes if o.texts is None and not o.unread]
