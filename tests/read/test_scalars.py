"""Each expected value is what kubectl 1.32 made of the same scalar (annotate --local -o json)."""

from __future__ import annotations

import pytest

from migrator.read.scalars import NotFinite, resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("0644", 420, id="file modes are octal"),
        pytest.param("0o17", 15, id="octal of YAML 1.2"),
        pytest.param("-0o17", -15, id="negative octal"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("0XFF", 255, id="hexadecimal, capital X"),
        pytest.param("-0x1f", -31, id="negative hexadecimal"),
        pytest.param("0b101", 5, id="binary"),
        pytest.param("+0b11", 3, id="signed binary"),
        pytest.param("1_000", 1000, id="underscores in a number"),
        pytest.param("1__0_", 10, id="underscores anywhere"),
        pytest.param("-_1", -1, id="underscore behind the sign"),
        pytest.param("+5", 5, id="plus sign"),
        pytest.param("08", 8.0, id="not octal, so a float"),
        pytest.param("1.5_0", 1.5, id="underscore in a float"),
        pytest.param("1.", 1.0, id="no digit behind the point"),
        pytest.param("-.5", -0.5, id="no digit before the point"),
        pytest.param("1E+3", 1000.0, id="exponent"),
        pytest.param("18446744073709551615", 2**64 - 1, id="unsigned 64 bit"),
        pytest.param("123456789012345678901234567890", 1.2345678901234568e29, id="beyond 64 bit"),
        pytest.param("True", True, id="capitalised true"),
        pytest.param("FALSE", False, id="false in capitals"),
        pytest.param("~", None, id="tilde"),
        pytest.param("Null", None, id="capitalised null"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_scalars_that_are_no_strings(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2024-01-01", id="a date"),
        pytest.param("2024-01-01T00:00:00Z", id="a timestamp"),
        pytest.param("12:30:45", id="base 60 of YAML 1.1"),
        pytest.param("yes", id="a boolean of YAML 1.1 only: kustomize keeps the string"),
        pytest.param("off", id="another of them"),
        pytest.param("y", id="one letter"),
        pytest.param("tRUE", id="mixed case"),
        pytest.param("0o8", id="no octal digit"),
        pytest.param("0b2", id="no binary digit"),
        pytest.param("0x", id="a prefix alone"),
        pytest.param("1e400", id="beyond any float"),
        pytest.param("9" * 5000, id="beyond any float, in digits"),
        pytest.param("0x" + "f" * 17, id="hexadecimal beyond 64 bit"),
        pytest.param("_1", id="underscore first"),
        pytest.param(".5_0", id="underscore behind a leading point"),
        pytest.param("-", id="a dash"),
        pytest.param("1.2.3", id="a version"),
        pytest.param("v4.2.4", id="a tag"),
        pytest.param("10.0.0.0/8", id="a network"),
        pytest.param("<<", id="the merge key as a value"),
        pytest.param("\u0663", id="a digit that is not ASCII"),
        pytest.param("$SNAP_DATA", id="a placeholder"),
        pytest.param("1\n", id="a line break at the end"),
    ],
)
def test_scalars_that_stay_strings(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.Inf", "+.INF"])
def test_what_json_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(NotFinite):
        resolve(text)
