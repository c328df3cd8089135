"""Images that a kustomization of the root sets: the plan's image is written where that one stands.

kustomize puts the ``newName``, ``newTag`` and ``digest`` of an entry into each image of its ``name``,
whatever tag that has (api/filters/imagetag).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from migrator.gitops.places import user_file
from migrator.golang.shape import fold
from migrator.model.errors import MigratorError
from migrator.model.inputs import Source
from migrator.multus.images import parse_image
from migrator.read.files import shown
from migrator.read.kustomization import Kustomization
from migrator.trees.dig import scalar, string

_FIELD: Final = "images"


class Entry(NamedTuple):
    """An item of ``images`` in a kustomization: the file, its document, the key as it is spelled
    there, and the number of the item."""

    file: Path
    document: int
    key: str
    number: int

    def __str__(self) -> str:
        return f"{_FIELD}[{self.number}] of {shown(self.file)}"


class RootImages:
    """The entries that make an image, and what becomes of them."""

    def __init__(self, members: Iterable[Kustomization]) -> None:
        self._entries = [entry for member in members for entry in _entries(member)]
        self.wanted: dict[Entry, str] = {}

    def take(self, here: Any, built: Any, after: Any) -> bool:
        """Whether one entry alone makes ``built`` of the image ``here``; it shall make ``after`` then.

        Errors: MigratorError where it shall make two images.
        """
        if not all(isinstance(each, str) and each for each in (here, built, after)):
            return False
        found = [entry for entry, item in self._entries if made_of(item, here) == built]
        if len(found) != 1:
            return False
        if self.wanted.setdefault(found[0], after) != after:
            message = f"{found[0]} sets an image that becomes two: {self.wanted[found[0]]}, {after}"
            source = Source(file=shown(found[0].file), line=1)
            raise MigratorError(message, source=source, hint="give each image an entry of its own")
        return True

    def changed(self) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
        """The entries that change, as they shall be."""
        items = dict(self._entries)
        return ((entry, making(items[entry], after)) for entry, after in self.wanted.items())


def _entries(member: Kustomization) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
    for document, tree in user_file(member.path).trees.items():
        for key, value in tree.items() if isinstance(tree, Mapping) else ():
            for number, item in enumerate(value) if isinstance(value, list) else ():
                if fold(key) == _FIELD and isinstance(item, Mapping):
                    yield Entry(member.path, document, key, number), item


def made_of(item: Mapping[str, Any], image: str) -> str | None:
    """What an entry makes of an image; None where it is another's, or has more than is known here."""
    known = parse_image(image)
    names = {"name", "newName", "newTag", "digest"}
    if string(item, "name") != known.repository or not item.keys() <= names:
        return None
    repository = string(item, "newName") or known.repository
    tag, digest = scalar(item, "newTag"), string(item, "digest")
    if digest:
        return f"{repository}{f':{tag}' if tag else ''}@{digest}"
    if tag:
        return f"{repository}:{tag}"
    return repository + image.removeprefix(known.repository)


def making(item: Mapping[str, Any], image: str) -> Mapping[str, Any]:
    """The entry that makes ``image``: fields that it needs no more are gone."""
    wanted = parse_image(image)
    made = {key: value for key, value in item.items() if key not in ("newTag", "digest")}
    if wanted.repository != (string(item, "newName") or string(item, "name")):
        made["newName"] = wanted.repository
    if wanted.tag:
        made["newTag"] = wanted.tag
    if wanted.digest:
        made["digest"] = wanted.digest
    return {key: made[key] for key in (*item, *made) if key in made}
