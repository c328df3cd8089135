"""Go's types, texts, addresses and versions. Expectations were checked against Go itself."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from migrator.golang import addr as goaddr
from migrator.golang import jsontext as gojson
from migrator.golang import semver
from migrator.golang import shape as goshape
from migrator.golang import text as gotext
from migrator.golang.errors import GoError
from migrator.golang.shape import ANYTHING, BOOL, INT, STRING, Address, Map, Pointer, Slice, Struct

INNER = Struct("pkg.Inner", (("type", STRING),))
OUTER = Struct(
    "pkg.Outer",
    (
        ("name", STRING),
        ("disk", BOOL),
        ("count", INT),
        ("inner", INNER),
        ("names", Slice(STRING)),
        ("items", Slice(Pointer(INNER))),
        ("switches", Map(BOOL)),
        ("raw", Map(ANYTHING)),
        ("limit", Pointer(INT)),
        ("route", Pointer(Slice(Address()))),
    ),
)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        pytest.param('{"NAME":"n"}', "name", "n", id="any spelling of the key"),
        pytest.param('{"DIS\u212a":true}', "disk", True, id="the Kelvin sign is a k"),
        pytest.param('{"name":"a","Name":"b"}', "name", "b", id="the later spelling wins"),
        pytest.param('{"name":null}', "name", "", id="null leaves a string alone"),
        pytest.param('{"name":"a","name":null}', "name", "a", id="null after a value too"),
        pytest.param('{"inner":null}', "inner", {"type": ""}, id="null leaves a struct alone"),
        pytest.param('{"names":null}', "names", None, id="null is a nil slice"),
        pytest.param('{"names":[]}', "names", [], id="an empty slice is not nil"),
        pytest.param('{"names":["a",null]}', "names", ["a", ""], id="null among strings"),
        pytest.param('{"items":[null]}', "items", [None], id="null is a nil pointer"),
        pytest.param('{"limit":null}', "limit", None, id="null pointer to int"),
        pytest.param('{"limit":0}', "limit", 0, id="pointer to zero"),
        pytest.param('{"count":-0}', "count", 0, id="minus zero is an int"),
        pytest.param('{"count":9223372036854775807}', "count", 2**63 - 1, id="largest int64"),
        pytest.param('{"frob":{"x":1e999}}', "name", "", id="unknown keys are not looked at"),
        pytest.param(
            '{"inner":{"type":"a"},"inner":{}}', "inner", {"type": "a"}, id="structs are merged"
        ),
        pytest.param(
            '{"items":[{"type":"a"},{}],"items":[{}]}', "items", [{"type": "a"}], id="elements too"
        ),
        pytest.param(
            '{"raw":{"a":1},"raw":{"b":2}}', "raw", {"a": 1, "b": 2}, id="maps are merged"
        ),
        pytest.param('{"switches":{"a":null}}', "switches", {"a": False}, id="null in a map"),
        pytest.param(
            '{"route":["10.0.0.1","2001:DB8:0::1","::ffff:1.2.3.4","",null]}',
            "route",
            ["10.0.0.1", "2001:db8::1", "1.2.3.4", "", ""],
            id="addresses are written anew",
        ),
    ],
)
def test_decodes(text: str, field: str, value: Any) -> None:
    assert goshape.unmarshal(text, OUTER)[field] == value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param('{"name":1}', "number into Go struct field Outer.name of type string", id="1"),
        pytest.param(
            '{"name":true}', "bool into Go struct field Outer.name of type string", id="t"
        ),
        pytest.param(
            '{"disk":"true"}', "string into Go struct field Outer.disk of type bool", id="b"
        ),
        pytest.param(
            '{"count":1.0}', "number 1.0 into Go struct field Outer.count of type int", id="f"
        ),
        pytest.param(
            '{"count":1e3}', "number 1e3 into Go struct field Outer.count of type int", id="e"
        ),
        pytest.param(
            '{"count":9223372036854775808}',
            "number 9223372036854775808 into Go struct field Outer.count of type int",
            id="int64 overflow",
        ),
        pytest.param(
            '{"inner":[]}', "array into Go struct field Outer.inner of type pkg.Inner", id="struct"
        ),
        pytest.param(
            '{"inner":{"type":{}}}',
            "object into Go struct field Inner.inner.type of type string",
            id="field of a field",
        ),
        pytest.param(
            '{"items":["x"]}',
            "string into Go struct field Outer.items of type pkg.Inner",
            id="item",
        ),
        pytest.param(
            '{"switches":{"a":1}}',
            "number into Go struct field Outer.switches of type bool",
            id="map",
        ),
        pytest.param(
            '{"raw":{"a":[1e999]}}',
            "number 1e999 into Go struct field Outer.raw of type float64",
            id="beyond float64",
        ),
        pytest.param("[]", "array into Go value of type pkg.Outer", id="the document itself"),
        pytest.param(
            '{"name":1,"disk":1}',
            "number into Go struct field Outer.name of type string",
            id="the first of two",
        ),
    ],
)
def test_refuses(text: str, error: str) -> None:
    with pytest.raises(GoError) as raised:
        goshape.unmarshal(text, OUTER)
    assert str(raised.value) == f"json: cannot unmarshal {error}"


def test_a_bad_address_is_the_error_whatever_came_before() -> None:
    with pytest.raises(GoError, match=r"^invalid IP address: x$"):
        goshape.unmarshal('{"name":1,"route":["x"]}', OUTER)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        pytest.param("plain", "plain", id="no percent"),
        pytest.param("50%", "50%!(NOVERB)", id="at the end"),
        pytest.param("100%%", "100%", id="doubled"),
        pytest.param("n%d", "n%!d(MISSING)", id="a verb without argument"),
        pytest.param("'50%'", "'50%!'(MISSING)", id="whatever follows is the verb"),
        pytest.param("%-08.3f", "%!f(MISSING)", id="flags, width and precision"),
        pytest.param("%[1]s", "%!s(BADINDEX)", id="an index"),
        pytest.param("%*s", "%!(BADWIDTH)%!s(MISSING)", id="width from an argument"),
        pytest.param("%.*s", "%!(BADPREC)%!s(MISSING)", id="precision from an argument"),
    ],
)
def test_a_users_percent_in_a_format(text: str, printed: str) -> None:
    assert gotext.sprintf_without_arguments(text) == printed


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        pytest.param("é😀", '"é😀"', id="printable"),
        pytest.param('a"\\\n\t\x00\x7f', r'"a\"\\\n\t\x00\x7f"', id="ASCII"),
        pytest.param(
            "\x85\xa0\u2028\U000e0001", r'"\u0085\u00a0\u2028\U000e0001"', id="not printable"
        ),
        pytest.param("\udcff\ud800", '"\\xff\ufffd"', id="bytes and surrogates"),
    ],
)
def test_quote(text: str, quoted: str) -> None:
    assert gotext.quote(text) == quoted


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        pytest.param(
            '{"b":[1,true],"a":{"c":null}}', "map[a:map[c:<nil>] b:[1 true]]", id="nested"
        ),
        pytest.param("{}", "map[]", id="empty map"),
        pytest.param("[123456,1234567,0.00001]", "[123456 1.234567e+06 1e-05]", id="floats"),
    ],
)
def test_prints_values(text: str, printed: str) -> None:
    assert gotext.sprint(gojson.parse(text)) == printed


@pytest.mark.parametrize(
    ("path", "joined", "directory", "extension"),
    [
        pytest.param("a.conf", "/d/a.conf", ".", ".conf", id="a name"),
        pytest.param("/etc/x", "/d/etc/x", "/etc", "", id="an absolute path stays below"),
        pytest.param("../x", "/x", "..", "", id="dots are resolved"),
        pytest.param("", "/d", ".", "", id="nothing"),
        pytest.param(".conf", "/d/.conf", ".", ".conf", id="nothing but an extension"),
        pytest.param("//a//b/", "/d/a/b", "/a/b", "", id="doubled slashes"),
    ],
)
def test_paths(path: str, joined: str, directory: str, extension: str) -> None:
    assert gotext.join("/d", path) == joined
    assert gotext.directory(path) == directory
    assert gotext.extension(path) == extension


def test_trims_what_unicode_calls_space_and_nothing_else() -> None:
    assert gotext.trim_space("\u3000\x85\v a\x1c ") == "a\x1c"


@pytest.mark.parametrize("text", ["02:00:5e:10:00:01", "02-00-5E-10-00-00-00-01", "0200.5e10.0001"])
def test_mac(text: str) -> None:
    assert goaddr.mac_error(text) == ""


@pytest.mark.parametrize(
    "text",
    ["zz", "02:00:5e:10:00", "02:00-5e:10:00:01", "02005e100001", "02:00:5e:10:00:0g", "é" * 9],
)
def test_no_mac(text: str) -> None:
    assert goaddr.mac_error(text) == f"address {text}: invalid MAC address"


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "1.2.3.04", "fe80::1%eth0", "1::2::3", "00001::", "\u0661.1.1.1"]
)
def test_no_ip(text: str) -> None:
    assert goaddr.canonical_ip(text) is None


@pytest.mark.parametrize("text", ["10.0.0.1/24", "10.0.0.1/024", "::1/128", "10.0.0.1/0"])
def test_cidr(text: str) -> None:
    assert goaddr.cidr_error(text) == ""


@pytest.mark.parametrize(
    "text", ["10.0.0.1/33", "::1/129", "10.0.0.1/", "/24", "1.2.3.4/-1", "1.2.3.4/8/8"]
)
def test_no_cidr(text: str) -> None:
    assert goaddr.cidr_error(text) == f"invalid CIDR address: {text}"


@pytest.mark.parametrize(
    ("text", "older"),
    [
        pytest.param("0.3.1", True, id="0.3.1"),
        pytest.param("0.4.0-rc1", True, id="a candidate comes before"),
        pytest.param("0.4.0", False, id="0.4.0"),
        pytest.param("0.4.0+build.1", False, id="build metadata does not count"),
        pytest.param("1.1.0", False, id="1.1.0"),
    ],
)
def test_older_than_0_4_0(text: str, older: bool) -> None:
    assert semver.make(text).less(semver.V040) is older


def test_prereleases_are_compared_part_by_part() -> None:
    ordered = ["1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-a", "1.0.0-a.1", "1.0.0-b", "1.0.0"]
    versions = [semver.make(text) for text in ordered]
    assert all(a.less(b) and not b.less(a) for a, b in itertools.pairwise(versions))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "Version string empty", id="empty"),
        pytest.param("0.4", "No Major.Minor.Patch elements found", id="two parts"),
        pytest.param("v1.0.0", 'Invalid character(s) found in major number "v1"', id="v"),
        pytest.param("1.x.0", 'Invalid character(s) found in minor number "x"', id="x"),
        pytest.param(
            "1.0.0.0", 'Invalid character(s) found in patch number "0.0"', id="four parts"
        ),
        pytest.param("01.0.0", 'Major number must not contain leading zeroes "01"', id="zero"),
        pytest.param("1..0", 'strconv.ParseUint: parsing "": invalid syntax', id="no minor"),
        pytest.param("1.0.0-", "Prerelease is empty", id="no prerelease"),
        pytest.param(
            "1.0.0-01", 'Numeric PreRelease version must not contain leading zeroes "01"', id="01"
        ),
        pytest.param("1.0.0-a_b", 'Invalid character(s) found in prerelease "a_b"', id="a_b"),
        pytest.param("1.0.0+", "Build meta data is empty", id="no build"),
        pytest.param("1.0.0+é", 'Invalid character(s) found in build meta data "é"', id="build"),
    ],
)
def test_no_version(text: str, error: str) -> None:
    with pytest.raises(GoError) as raised:
        semver.make(text)
    assert str(raised.value) == error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("1.2.3.4", 'invalid version "1.2.3.4": too many parts', id="four parts"),
        pytest.param(
            "x.1",
            'failed to convert major version part "x": strconv.Atoi: parsing "x": invalid syntax',
            id="no number",
        ),
        pytest.param(
            "1.99999999999999999999",
            'failed to convert minor version part "99999999999999999999": strconv.Atoi: parsing '
            '"99999999999999999999": value out of range',
            id="too large",
        ),
    ],
)
def test_no_cni_version(text: str, error: str) -> None:
    with pytest.raises(GoError) as raised:
        semver.cni_version(text)
    assert str(raised.value) == error


def test_cni_versions_may_be_short_or_empty() -> None:
    assert [semver.cni_version(text) for text in ("", "1", "1.1", "+1.2.3")] == [
        (0, 1, 0),
        (1, 0, 0),
        (1, 1, 0),
        (1, 2, 3),
    ]
