"""A list of the API, page by page: each page is reduced to text before the next is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Struct

from migrator.kustomize.names import encoded
from migrator.live.belongs import Known, Name, learned
from migrator.live.reduce import TooDeep, reduced
from migrator.live.resources import Resource
from migrator.tools.bounds import DEPTH, DOCUMENTS, FILE
from migrator.tools.kubectl import Answer, Refused
from migrator.trees.dig import string
from migrator.trees.dump import dump, one_line

Get = Callable[[str], bytes]
"""GET of a path of the API. Errors: Refused."""

_PAGE: Final = 500
"""Objects that are asked for at a time, as kubectl does."""
_STARTS: Final = 3
"""How often a list is begun, whose continue token expired on the way (410)."""


class Listed(Struct, frozen=True, kw_only=True):
    """The objects of a list as YAML, by namespace and name, and what they say of others."""

    texts: Mapping[Name, str]
    known: Known


def read_list(get: Get, path: str, resource: Resource, known: Known) -> Listed:
    """All objects of a list, or the single object of a resource that has a name.

    Errors: Refused; what is no list of these objects, or more than a plan reads, is a failed answer.
    """
    for _ in range(_STARTS):
        found = unless(Answer.EXPIRED, partial(_read, get, path, resource, known))
        if found is not None:
            return found
    raise failed(f"the list changed {_STARTS} times while it was read")


def unless(told: Answer, read: Callable[[], Listed]) -> Listed | None:
    """What is read, None where that is the server's answer. Errors: Refused with another."""
    try:
        return read()
    except Refused as refused:
        if refused.answer is not told:
            raise
    return None


def failed(detail: str) -> Refused:
    return Refused(Answer.FAILED, detail, reached=True)


def answer(get: Get, path: str) -> Mapping[str, Any]:
    """The JSON object that the server answers with. Errors: Refused."""
    try:
        found = msgspec.json.decode(get(path))
    except (ValueError, RecursionError) as error:
        raise failed(f"the answer is not JSON: {one_line(str(error))}") from None
    if not isinstance(found, dict):
        raise failed("the answer is not an object")
    return found


def _read(get: Get, path: str, resource: Resource, known: Known) -> Listed:
    texts: dict[Name, str] = {}
    size = 0
    for item in _items(get, path, resource):
        known = learned(known, resource.kind, item)
        named = string(item, "metadata", "namespace"), string(item, "metadata", "name")
        if text := _text(item, resource, known):
            size += _size(text) - _size(texts.get(named, ""))
            texts[named] = text
            _refuse_more(len(texts), size)
    return Listed(texts=texts, known=known)


def together(parts: Iterable[Listed]) -> Mapping[Name, str]:
    """The objects of several lists, by namespace and name. Errors: Refused for more than a plan reads."""
    texts = dict(sorted(pair for part in parts for pair in part.texts.items()))
    _refuse_more(len(texts), sum(map(_size, texts.values())))
    return texts


def _size(text: str) -> int:
    """Bytes of it in a file, with the line between two documents."""
    return len(text.encode()) + len("---\n")


def _refuse_more(count: int, size: int) -> None:
    if size > FILE.bytes() or count > DOCUMENTS.value():
        most = f"{FILE.value()} {FILE.unit} or {DOCUMENTS.value():,} {DOCUMENTS.unit}"
        raise failed(f"there is more of it than a plan reads of a file, {most}")


def _text(item: Mapping[str, Any], resource: Resource, known: Known) -> str:
    """What is written of an object, "" for nothing. Errors: Refused for one that nobody could read."""
    try:
        made = reduced(item, resource, known)
        return "" if made is None else dump(made)
    except (TooDeep, RecursionError):
        where = f"{string(item, 'metadata', 'namespace')}/{string(item, 'metadata', 'name')}"
        raise failed(f"{one_line(where)} has more than {DEPTH} levels") from None


def _items(get: Get, path: str, resource: Resource) -> Iterator[Mapping[str, Any]]:
    """Each object with its type. What is null is none; items of a typed list leave their kind to the
    list. Errors: Refused where one is of another kind, Secrets above all: the answer is to something else."""
    if resource.name:
        yield from _item(answer(get, path), resource, "", "")
        return
    for page in _pages(get, path):
        items, kind = page.get("items"), string(page, "kind")
        if not isinstance(items, list | None) or not kind.endswith("List"):
            raise failed("the answer is not a list of objects")
        for item in items or ():
            if item is not None:
                yield from _item(
                    item, resource, string(page, "apiVersion"), kind.removesuffix("List")
                )


def _pages(get: Get, path: str) -> Iterator[Mapping[str, Any]]:
    token, seen = "", set[str]()
    while token not in seen:
        seen.add(token)
        more = f"&continue={encoded(token)}" if token else ""
        page = answer(get, first_page(path) + more)
        yield page
        token = string(page, "metadata", "continue")
        if not token:
            return
    raise failed("the server gives the same page again and again")


def first_page(path: str) -> str:
    return f"{path}?limit={_PAGE}"


def _item(item: Any, resource: Resource, version: str, kind: str) -> Iterator[Mapping[str, Any]]:
    """Errors: Refused for what is no object of the kind."""
    if not string(item, "metadata", "name"):
        raise failed("an item of the list is not an object with a name")
    found = string(item, "kind") or kind
    if found != resource.kind:
        raise failed(f"an item of the list is of kind {one_line(found)!r}, not {resource.kind}")
    yield {**item, "apiVersion": string(item, "apiVersion") or version, "kind": resource.kind}
