"""The value that json.Unmarshal refuses by its type, with the keys that lead to it."""

from __future__ import annotations

import pytest

from migrator.golang import shape
from migrator.golang.errors import GoError
from migrator.golang.shape import BOOL, INT, STRING, Pointer, Slice, Struct

CONF = Struct(
    "types.Conf",
    (
        ("port", Pointer(INT)),
        ("names", Slice(STRING)),
        ("options", Pointer(Struct("types.Options", (("compress", BOOL),)))),
    ),
)


@pytest.mark.parametrize(
    ("text", "path", "value", "go"),
    [
        ('{"port": "9091"}', ("port",), "string", "int"),
        ('{"port": 1.5}', ("port",), "number 1.5", "int"),
        ('{"names": ["a", 2]}', ("names",), "number", "string"),
        ('{"options": {"compress": 1}}', ("options", "compress"), "number", "bool"),
        ("[]", (), "array", "types.Conf"),
    ],
)
def test_the_first_value_of_a_wrong_type(
    text: str, path: tuple[str, ...], value: str, go: str
) -> None:
    found = shape.mismatch(text, CONF)
    assert found is not None
    assert (found.path, found.value, found.go) == (path, value, go)
    with pytest.raises(GoError, match="json: cannot unmarshal") as caught:
        shape.unmarshal(text, CONF)
    assert str(caught.value) == str(found)


@pytest.mark.parametrize("text", ["{", '{"port": null, "names": []}', "null", ""])
def test_none_where_the_types_are_right_or_the_text_is_no_json(text: str) -> None:
    assert shape.mismatch(text, CONF) is None
