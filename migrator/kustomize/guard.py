"""JSON6902 ``test`` operations that fail a build whose base is not the one that was planned.

A secret is never tested: a test says its value, and is read by more people than what is applied.

``test`` with null passes where the field is absent, but not below an absent parent or behind the
end of a list (evanphx/json-patch, seen in kustomize 5.5): so absence is tested at the nearest
parent that is there, and in a list by the whole list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.model.plan import Change
from migrator.trees.paths import find_item, get, same
from migrator.trees.redact import redact

_ANNOTATIONS: Final = ("metadata", "annotations")
_REFERENCES: Final = frozenset(
    {"serviceAccountName", "serviceAccount", "priorityClassName", "secretName", "claimName"}
)
_NAMES: Final = frozenset({"name", "namespace"})
_REFERRING: Final = frozenset(
    {
        "configMap",
        "configMapKeyRef",
        "configMapRef",
        "secret",
        "secretKeyRef",
        "secretRef",
        "roleRef",
    }
)
"""Of kustomize's nameReference table, what an install of Multus can have."""
_IMAGE: Final = re.compile(r"/(?:containers|initContainers)/[0-9]+/image\Z")


class Test(NamedTuple):
    """``value`` is None where the field must be absent (or null)."""

    path: tuple[str | int, ...]
    value: Any


def guards(before: Mapping[str, Any], changes: Iterable[Change]) -> list[dict[str, Any]]:
    """The operations that test what each change found: apiVersion first, each place once."""
    tests = [Test(("apiVersion",), before.get("apiVersion"))]
    for change in changes:
        for test in _tests(before, change):
            if not any(test.path[: len(seen.path)] == seen.path for seen in tests):
                tests = [seen for seen in tests if seen.path[: len(test.path)] != test.path]
                tests.append(test)
    clean = redact(before)
    return [
        {"op": "test", "path": pointer(path), "value": value}
        for test in tests
        for path, value in _without_secrets(test, get(clean, test.path))
    ]


def _without_secrets(test: Test, clean: Any) -> Iterator[Test]:
    """The test, or those of its leaves that are no secret; ``clean`` is its value without any."""
    path, value = test
    if value is None or same(value, clean):
        yield test
    elif isinstance(value, Mapping) and isinstance(clean, Mapping):
        for key, child in value.items():
            yield from _without_secrets(Test((*path, key), child), clean[key])
    elif isinstance(value, list) and isinstance(clean, list):
        for index, child in enumerate(value):
            yield from _without_secrets(Test((*path, index), child), clean[index])


def leaves(operations: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The tests for what a root builds: leaf by leaf, without the names by which objects refer to
    one another.

    While a component runs, such a name is still the source's; prefix, suffix and the hash of a
    generator come last (seen in kubectl 1.24 to 1.37). What is appended to a list goes unseen.
    """
    for operation in operations:
        yield from _below(operation["path"], operation["value"])


def _below(at: str, value: Any) -> Iterator[dict[str, Any]]:
    parts = at.rsplit("/", 2)[1:]
    if parts[-1] in _REFERENCES or (parts[-1] in _NAMES and parts[0] in _REFERRING):
        return
    if value and isinstance(value, Mapping):
        for key, child in value.items():
            yield from _below(at + pointer((key,)), child)
    elif value and isinstance(value, list):
        for index, child in enumerate(value):
            yield from _below(f"{at}/{index}", child)
    else:
        yield {"op": "test", "path": at, "value": value}


def without_images(operations: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The tests, but for those of images of containers: whoever bumps the tag in the base (Renovate,
    say) must not stop what is applied from a committed component, which sets the image anyway."""
    return (each for each in operations if not _IMAGE.search(each["path"]))


def pointer(path: Path) -> str:
    """A JSON pointer (RFC 6901) of map keys and indices."""
    return "".join("/" + str(s).replace("~", "~0").replace("/", "~1") for s in path)


def _tests(before: Mapping[str, Any], change: Change) -> Iterator[Test]:
    if change.path == _ANNOTATIONS:
        # While kustomize patches, the map holds annotations of its own: test key by key.
        for key in dict.fromkeys([*(change.before or {}), *(change.after or {})]):
            yield from _walk(before, (*_ANNOTATIONS, key))
    elif change.path:
        yield from _walk(before, change.path)


def _walk(tree: Any, path: Path) -> Iterator[Test]:
    """Follows ``path`` as far as it goes, testing the merge keys of the items on the way."""
    at: tuple[str | int, ...] = ()
    for segment in path:
        if isinstance(segment, ItemKey):
            index = find_item(tree, segment)
            if index is None:
                yield Test(at, tree)
                return
            at, tree = (*at, index), tree[index]
            yield Test((*at, segment.field), tree[segment.field])
            continue
        if tree is None and at != _ANNOTATIONS:
            yield Test(at, None)
            return
        at = (*at, segment)
        tree = get(tree, (segment,))
        if tree is MISSING and at != _ANNOTATIONS:
            yield Test(at, None)
            return
    yield Test(at, tree)
