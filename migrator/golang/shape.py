"""json.Unmarshal into Go's types: which values a struct accepts, and the error for the others.

A ``Shape`` describes a Go type. ``unmarshal`` gives a struct as a dict of all its fields by JSON
name, a slice as a list or None, a map as a dict or None, a pointer as its target or None.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, Final

import msgspec

from migrator.golang import addr as goaddr
from migrator.golang import jsontext as gojson
from migrator.golang.errors import GoError
from migrator.golang.jsontext import Number, Object


class Scalar(msgspec.Struct, frozen=True):
    """string, bool or int, with the zero value."""

    go: str
    zero: Any


class Anything(msgspec.Struct, frozen=True):
    go: str = "interface {}"
    zero: Any = None


class Address(msgspec.Struct, frozen=True):
    """net.IP: a string that UnmarshalText takes, "" for a nil IP."""

    go: str = "net.IP"
    zero: Any = ""


class Slice(msgspec.Struct, frozen=True):
    element: Shape
    zero: Any = None

    @property
    def go(self) -> str:
        return f"[]{self.element.go}"


class Map(msgspec.Struct, frozen=True):
    element: Shape
    zero: Any = None

    @property
    def go(self) -> str:
        return f"map[string]{self.element.go}"


class Pointer(msgspec.Struct, frozen=True):
    target: Shape
    zero: Any = None

    @property
    def go(self) -> str:
        return f"*{self.target.go}"


class Struct(msgspec.Struct, frozen=True, dict=True):
    """``name`` is the Go type with its package; ``fields`` are JSON names in order."""

    name: str
    fields: tuple[tuple[str, Shape], ...]

    @property
    def go(self) -> str:
        return self.name

    @cached_property
    def zero(self) -> dict[str, Any]:
        """Nobody changes it: what is decoded stands in a copy."""
        return {name: shape.zero for name, shape in self.fields}

    @cached_property
    def by_name(self) -> dict[str, str]:
        """JSON name by folded name: Go prefers the exact name, then takes any spelling."""
        return {fold(name): name for name, _ in reversed(self.fields)}

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        return dict(self.fields)


Shape = Scalar | Anything | Address | Slice | Map | Pointer | Struct

STRING: Final = Scalar("string", "")
BOOL: Final = Scalar("bool", False)
INT: Final = Scalar("int", 0)
ANYTHING: Final = Anything()

_INTEGER = re.compile(r"-?[0-9]{1,19}")


def unmarshal(text: str, shape: Shape, into: Any = None) -> Any:
    """Decode ``text``; ``into`` is what the target held before. Raises ``GoError``."""
    value = gojson.parse(text)
    decoding = _Decoding()
    decoded = _decode(decoding, value, shape, shape.zero if into is None else into)
    if decoding.errors:
        raise GoError(str(decoding.errors[0]))
    return decoded


def mismatch(text: str, shape: Shape) -> Mismatch | None:
    """The value that makes ``unmarshal`` fail by its type; None where there is none, and where
    the text is no JSON."""
    try:
        value = gojson.parse(text)
        decoding = _Decoding()
        _decode(decoding, value, shape, shape.zero)
    except GoError:
        return None
    return next(iter(decoding.errors), None)


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """A value of another type than Go's: ``path`` has the JSON keys that lead to it, () for the
    whole text, ``value`` is what json calls it, ``go`` the type that it should have."""

    struct: str
    path: tuple[str, ...]
    value: str
    go: str

    def __str__(self) -> str:
        place = f"struct field {self.struct}.{'.'.join(self.path)}" if self.path else "value"
        return f"json: cannot unmarshal {self.value} into Go {place} of type {self.go}"


class _Decoding:
    """The first error wins (saveError); where the decoder stands is part of its text."""

    __slots__ = ("errors", "path", "struct")

    def __init__(self) -> None:
        self.errors: list[Mismatch] = []
        self.struct = ""
        self.path: tuple[str, ...] = ()

    def mismatch(self, value: str, go: str) -> None:
        found = Mismatch(struct=self.struct, path=self.path, value=value, go=go)
        self.errors.append(found)


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"


def _decode(decoding: _Decoding, value: Any, shape: Shape, old: Any) -> Any:
    """Decode a value over ``old``; null empties what can be nil and leaves the rest alone."""
    if isinstance(shape, Pointer):
        if value is None:
            return None
        return _decode(decoding, value, shape.target, shape.target.zero if old is None else old)
    if isinstance(shape, Anything):
        return _decode_anything(decoding, value)
    if value is None:
        return shape.zero if isinstance(shape, (Slice, Map, Address)) else old
    if isinstance(shape, Struct) and isinstance(value, Object):
        return _decode_struct(decoding, value, shape, old)
    if isinstance(shape, Slice) and isinstance(value, list):
        return _decode_slice(decoding, value, shape, old or [])
    if isinstance(shape, Map) and isinstance(value, Object):
        return _decode_map(decoding, value, shape, old)
    return _decode_scalar(decoding, value, shape, old)


def _decode_scalar(decoding: _Decoding, value: Any, shape: Shape, old: Any) -> Any:
    if shape in (STRING, BOOL) and _kind(value) == shape.go:
        return value
    if isinstance(shape, Address) and isinstance(value, str):
        return _address(value)
    if shape == INT and isinstance(value, Number):
        literal = value.literal
        if _INTEGER.fullmatch(literal) and -(2**63) <= int(literal) < 2**63:
            return int(literal)
        decoding.mismatch(f"number {literal}", shape.go)
        return old
    decoding.mismatch(_kind(value), shape.go)
    return old


def _address(text: str) -> str:
    """IP.UnmarshalText, whose error ends the decoding at once, whatever was wrong before."""
    address = goaddr.canonical_ip(text) if text else ""
    if address is None:
        raise GoError(f"invalid IP address: {text}")
    return address


def _decode_struct(decoding: _Decoding, value: Object, shape: Struct, old: Any) -> Any:
    """Later keys write over earlier ones, in the order of the text; unknown keys are skipped."""
    fields = dict(old)
    struct, path = decoding.struct, decoding.path
    for key, item in value.pairs:
        name = key if key in shape.shapes else shape.by_name.get(fold(key))
        if name is None:
            continue
        if shape.shapes[name] is STRING and type(item) is str:
            fields[name] = item
            continue
        decoding.struct, decoding.path = shape.name.rpartition(".")[2], (*path, name)
        fields[name] = _decode(decoding, item, shape.shapes[name], fields[name])
        decoding.struct, decoding.path = struct, path
    return fields


def _decode_slice(decoding: _Decoding, value: list[Any], shape: Slice, old: list[Any]) -> list[Any]:
    """A second array under the same key is decoded over the elements of the first."""
    return [
        _decode(decoding, item, shape.element, old[i] if i < len(old) else shape.element.zero)
        for i, item in enumerate(value)
    ]


def _decode_map(decoding: _Decoding, value: Object, shape: Map, old: Any) -> dict[str, Any]:
    items = dict(old or {})
    if isinstance(shape.element, Anything):
        for key, item in value.pairs:
            items[key] = item if type(item) is str else _decode_anything(decoding, item)
        return items
    for key, item in value.pairs:
        items[key] = _decode(decoding, item, shape.element, shape.element.zero)
    return items


def _decode_anything(decoding: _Decoding, value: Any) -> Any:
    """An interface{} takes all but a number beyond float64."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, Object):
            todo.extend(entry for _, entry in reversed(item.pairs))
        elif isinstance(item, list):
            todo.extend(reversed(item))
        elif isinstance(item, Number) and item in (float("inf"), float("-inf")):
            decoding.mismatch(f"number {item.literal}", "float64")
            break
    return value


def fold(name: str) -> str:
    """Equal for names that encoding/json takes for the same (ASCII case, long s, Kelvin sign)."""
    if name.isascii():
        return name.lower()
    folded = name.replace("\u017f", "s").replace("\u212a", "k")
    return "".join(char.lower() if char.isascii() else char for char in folded)
