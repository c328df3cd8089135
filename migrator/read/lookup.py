"""Objects that a release names, wherever the inputs have them: also where no word of the quick scan
is in their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from migrator.model.inputs import Document
from migrator.read.namespaces import effective_namespace
from migrator.read.streams import Stream, read_stream


class Lookup(NamedTuple):
    """``documents`` were read, and ``streams`` are all that there is to read."""

    documents: Sequence[Document]
    streams: Sequence[Stream]

    def find(self, kind: str, namespace: str, name: str, group: str = "") -> Document | None:
        """The first object of that kind and name: in the namespace, or in one that is not said."""
        fitting = (d for d in self._all(kind, name) if d.ref.group == group)
        return next((d for d in fitting if _lands(d, namespace)), None)

    def flux_sources(self) -> Sequence[Document]:
        """What is known of the places that Flux takes charts from."""
        passed_over = objects_with(self.streams, (b"source.toolkit.fluxcd.io",))
        return (*self.documents, *passed_over)

    def with_words(self, *words: bytes) -> Sequence[Document]:
        """The objects of the files in which one of the words stands."""
        holding = [s for s in self.streams if any(word in s.data for word in words)]
        return tuple(objects_with(holding, ()))

    def _all(self, kind: str, name: str) -> Iterator[Document]:
        for document in (*self.documents, *self._passed_over(kind, name)):
            if (document.ref.kind, document.ref.name) == (kind, name):
                yield document

    def _passed_over(self, kind: str, name: str) -> Iterator[Document]:
        return objects_with(self.streams, (kind.encode(), name.encode()))


def _lands(document: Document, namespace: str) -> bool:
    return namespace == effective_namespace(document) or not document.ref.namespace


def objects_with(streams: Iterable[Stream], words: Sequence[bytes]) -> Iterator[Document]:
    """The objects of the streams in which all ``words`` stand as they are; what cannot be read is
    passed over, since it is reported where it matters."""
    for stream in streams:
        if all(word in stream.data for word in words):
            yield from read_stream(stream, everything=True).documents
