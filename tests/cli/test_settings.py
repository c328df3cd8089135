"""multus-migrator.toml: what it can say, and one clear line for each thing that is wrong."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cli.settings import Config, parse_config, read_config
from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import Source
from migrator.plan.planner import KNOWN_IDS

WHOLE = """\
# decisions
[nads]
"istio-system/istio-cni" = "mount"
"default/macvlan" = "explicit"

[[suppress]]
id = "P24"
object = "DaemonSet kube-system/kube-multus-ds"
reason = "evictions are off"
expires = 2027-01-31

[[suppress]]
id = "p30"
object = "*"
reason = "the mirror pins its tags"
"""


def _parsed(text: str) -> Config:
    return parse_config(text, "multus-migrator.toml", KNOWN_IDS)


def _lines(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        _parsed(text)
    return caught.value.lines()


def test_all_that_it_can_say() -> None:
    config = _parsed(WHOLE)
    assert config.nads == {"istio-system/istio-cni": "mount", "default/macvlan": "explicit"}
    first, second = config.suppressions
    assert (first.id, first.object, first.reason, first.expires) == (
        "P24",
        "DaemonSet kube-system/kube-multus-ds",
        "evictions are off",
        datetime.date(2027, 1, 31),
    )
    assert first.source == Source(file="multus-migrator.toml", line=6)
    assert (second.id, second.expires) == ("P30", None)
    assert second.source.line == 12


@pytest.mark.parametrize("text", ["", "# nothing\n", "[nads]\n", "suppress = []\n"])
def test_nothing_is_fine(text: str) -> None:
    assert _parsed(text) == Config(nads={}, suppressions=())


SUPPRESS = '[[suppress]]\nid = "P24"\nobject = "*"\nreason = "x"\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            '\n[nad]\n"a/b" = "mount"\n',
            "multus-migrator.toml:2: unknown key nad; did you mean nads?",
            id="a misspelt table",
        ),
        pytest.param(
            '[nads]\n"a/b" = "mounted"\n',
            "multus-migrator.toml:2: unknown strategy 'mounted'; did you mean mount?",
            id="a misspelt strategy",
        ),
        pytest.param(
            '[nads]\nistio-cni = "mount"\n',
            'multus-migrator.toml:2: istio-cni is not namespace/name; write it as "namespace/name"',
            id="a NAD without its namespace",
        ),
        pytest.param(
            "[nads]\n'a/b' = 3\n",
            "multus-migrator.toml:2: unknown strategy 3; "
            "known are auto, explicit, configmap, mount",
            id="a strategy that is no text",
        ),
        pytest.param(
            SUPPRESS.replace("P24", "P244"),
            "multus-migrator.toml:2: no rule has the id P244; did you mean P44?",
            id="an unknown id",
        ),
        pytest.param(
            SUPPRESS.replace("P24", "S03"),
            "multus-migrator.toml:2: no rule has the id S03; did you mean P03?",
            id="the id of a step",
        ),
        pytest.param(
            SUPPRESS.replace('reason = "x"\n', ""),
            "multus-migrator.toml:1: [[suppress]] has no reason; say why",
            id="no reason",
        ),
        pytest.param(
            SUPPRESS.replace('"x"', '" "'),
            "multus-migrator.toml:4: [[suppress]] has no reason; say why",
            id="a reason of blanks",
        ),
        pytest.param(
            SUPPRESS.replace('object = "*"\n', ""),
            "multus-migrator.toml:1: [[suppress]] has no object; add object",
            id="no object",
        ),
        pytest.param(
            SUPPRESS + "expires = '2027-01-31'\n",
            "multus-migrator.toml:5: expires is not a date; "
            "write it without quotes: expires = 2027-01-31",
            id="a date in quotes",
        ),
        pytest.param(
            SUPPRESS + "expires = 2027-01-31T00:00:00Z\n",
            "multus-migrator.toml:5: expires is not a date; "
            "write it without quotes: expires = 2027-01-31",
            id="a time",
        ),
        pytest.param(
            SUPPRESS + "expire = 2027-01-31\n",
            "multus-migrator.toml:5: unknown key expire; did you mean expires?",
            id="a misspelt key",
        ),
        pytest.param(
            '[suppress]\nid = "P24"\n',
            "multus-migrator.toml:1: suppress is not a list of tables; write [[suppress]]",
            id="one pair of brackets",
        ),
        pytest.param(
            'suppress = [{id = "P24", object = "*", reason = "x"}]\n',
            "multus-migrator.toml:1: suppress is written inline; write [[suppress]] tables",
            id="inline tables",
        ),
        pytest.param(
            "nads = 3\n",
            "multus-migrator.toml:1: nads is not a table; write [nads]",
            id="a table that is none",
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place_and_a_hint(text: str, line: str) -> None:
    assert _lines(text) == [line]


def test_every_mistake_is_told_at_once() -> None:
    text = '[nads]\n"a" = "x"\n' + SUPPRESS.replace("P24", "Z99").replace('"x"', '""')
    places = [line.split(": ")[0] for line in _lines(text)]
    assert places == [
        "multus-migrator.toml:2",
        "multus-migrator.toml:2",
        "multus-migrator.toml:6",
        "multus-migrator.toml:4",
    ]


def test_broken_toml_says_the_line() -> None:
    (line,) = _lines("[nads]\n\n= 3\n")
    assert line.startswith("multus-migrator.toml:3: not TOML: ")


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "multus-migrator.toml"
    file.write_text(WHOLE, encoding="utf-8")
    assert len(read_config(file, KNOWN_IDS).suppressions) == 2


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MigratorError) as caught:
        read_config(tmp_path / "no.toml", KNOWN_IDS)
    assert "no such file or folder" in caught.value.lines()[0]


def test_bytes_that_are_no_text_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(MigratorError) as caught:
        read_config(tmp_path / "x.toml", KNOWN_IDS)
    assert caught.value.lines() == [f"{tmp_path / 'x.toml'} is not UTF-8; save it as UTF-8"]


@given(st.text(alphabet='[]="\n sundexprio.P24*', max_size=60))
def test_any_text_is_a_config_or_a_list_of_problems(text: str) -> None:
    try:
        _parsed(text)
    except InputError as error:
        assert error.lines()


SUPPRESSION = '[[suppress]]\nid = "P24"\nobject = "x"\nreason = "y"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("".join(f"k{i} = 1\n" for i in range(22_000)), "unknown key k0", id="unknown keys"),
        pytest.param("[nads]\n" + "".join(f'"a/n{i}" = 1\n' for i in range(15_000)), "unknown strategy", id="strategies"),
        pytest.param(SUPPRESSION.replace("P24", "X") * 4_000, "no rule has the id X", id="suppressions"),
        pytest.param(".".join(["a"] * 100_000) + " = 1\n", "a key of more than 100 levels", id="dots"),
        pytest.param('"' + '\\"' * 100_000 + "\\", "not TOML: ", id="quotes"),
        pytest.param("x = " + "[" * 100_000, "too deep within each other", id="lists"),
        pytest.param("x = " + "{a=" * 80_000, "too deep within each other", id="tables"),
        pytest.param("x = " + "1" * 250_000, "not TOML: ", id="digits"),
        pytest.param("a" * 250_000 + " = 1\n", "unknown key aaa", id="one key"),
    ],
)  # fmt: skip
def test_no_small_file_takes_long(text: str, said: str) -> None:
    begin = time.process_time()
    lines = _lines(text)
    assert said in lines[0]
    assert len(lines) <= 100
    assert time.process_time() - begin < 10


def test_many_decisions_are_read(tmp_path: Path) -> None:
    begin = time.process_time()
    nads = "".join(f'"a/n{i}" = "mount"\n' for i in range(2_000))
    path = tmp_path / "multus-migrator.toml"
    path.write_text(SUPPRESSION * 2_000 + "[nads]\n" + nads)
    assert len(read_config(path, KNOWN_IDS).suppressions) == 2_000
    assert time.process_time() - begin < 10


def test_what_is_no_file_of_a_bounded_size_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large.toml").open("wb") as file:
        file.truncate(10**9)
    for path, said in (
        (tmp_path / "large.toml", "larger than 256 KiB"),
        (Path("/dev/zero"), "a device, not a file"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        with pytest.raises(InputError) as error:
            read_config(path, KNOWN_IDS)
        assert error.value.lines()[0].startswith(f"{path}:1: {said}")
