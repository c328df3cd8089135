"""The three parsers of thin Multus read the same words differently."""

from __future__ import annotations

import pytest

from migrator.multus.flags import (
    BOOLEAN_FLAGS,
    FLAGS,
    WITHOUT_EFFECT,
    Entrypoint,
    is_boolean,
    is_true,
    parse_flags,
)


def read(entrypoint: Entrypoint, *argv: str) -> list[tuple[str, str]]:
    return [(name, value) for _, name, value, _ in parse_flags(entrypoint, argv)]


@pytest.mark.parametrize(
    ("entrypoint", "argv", "expected"),
    [
        pytest.param("shell", ["--cni-version=0.3.1"], [("cni-version", "0.3.1")], id="shell: ="),
        pytest.param(
            "shell",
            ["--multus-log-file=/a=b"],
            [("multus-log-file", "/a")],
            id="shell: awk -F= loses the text after a second =",
        ),
        pytest.param(
            "shell",
            ["--cni-version", "0.3.1"],
            [("cni-version", ""), ("", "")],
            id="shell: a value in its own word is an unknown parameter",
        ),
        pytest.param("shell", ["--restart-crio"], [("restart-crio", "")], id="shell: bare boolean"),
        pytest.param("shell", ["-cni-version=1"], [("", "")], id="shell: no single dash"),
        pytest.param("shell", ["-h"], [("help", "")], id="shell: -h"),
        pytest.param(
            "pflag",
            ["--multus-log-file=/a=b"],
            [("multus-log-file", "/a=b")],
            id="pflag: only the first = splits",
        ),
        pytest.param(
            "pflag",
            ["--cni-version", "0.3.1", "--namespace-isolation"],
            [("cni-version", "0.3.1"), ("namespace-isolation", "true")],
            id="pflag: value in its own word, bare boolean",
        ),
        pytest.param(
            "pflag",
            ["--namespace-isolation", "false"],
            [("namespace-isolation", "true"), ("", "")],
            id="pflag: a boolean takes no word of its own",
        ),
        pytest.param(
            "pflag",
            ["stray", "--cni-version=1.0.0"],
            [("", ""), ("cni-version", "1.0.0")],
            id="pflag: goes on after a stray word",
        ),
        pytest.param(
            "pflag", ["--", "--cni-version=1.0.0"], [("", ""), ("", "")], id="pflag: -- ends it"
        ),
        pytest.param(
            "pflag", ["--cni-version"], [("cni-version", "")], id="pflag: value is missing"
        ),
        pytest.param("pflag", ["-cni-version=1"], [("", "")], id="pflag: one dash is shorthands"),
        pytest.param(
            "goflag",
            ["-cni-version=0.3.1", "--multus-log-level", "debug"],
            [("cni-version", "0.3.1"), ("multus-log-level", "debug")],
            id="goflag: one dash or two",
        ),
        pytest.param("goflag", ["-v"], [("version", "true")], id="goflag: -v"),
        pytest.param(
            "goflag",
            ["-namespace-isolation", "true", "-cni-version=0.3.1"],
            [("namespace-isolation", "true"), ("", ""), ("", "")],
            id="goflag: stops at the first word that is no flag",
        ),
        pytest.param("goflag", ["---x", "-"], [("", ""), ("", "")], id="goflag: not a flag"),
    ],
)
def test_each_parser_reads_words_its_own_way(
    entrypoint: Entrypoint, argv: list[str], expected: list[tuple[str, str]]
) -> None:
    assert read(entrypoint, *argv) == expected


def test_index_and_raw_text_point_at_the_words() -> None:
    found = list(parse_flags("pflag", ["--a=1", "--cni-version", "1.0.0", "--b=2"]))
    assert [(index, raw) for index, _, _, raw in found] == [
        (0, "--a=1"),
        (1, "--cni-version 1.0.0"),
        (3, "--b=2"),
    ]


@pytest.mark.parametrize(
    ("entrypoint", "value", "expected"),
    [
        ("shell", "true", True),
        ("shell", "True", False),
        ("shell", "1", False),
        ("shell", "", False),
        ("pflag", "true", True),
        ("pflag", "T", True),
        ("pflag", "1", True),
        ("pflag", "0", False),
        ("pflag", "False", False),
        ("goflag", "TRUE", True),
    ],
)
def test_booleans(entrypoint: Entrypoint, value: str, expected: bool) -> None:
    assert is_true(entrypoint, "namespace-isolation", value) is expected


@pytest.mark.parametrize("name", ["skip-multus-binary-copy", "multus-log-to-stderr"])
@pytest.mark.parametrize(("value", "expected"), [("false", False), ("", True), ("0", True)])
def test_the_shell_compares_two_flags_with_false(name: str, value: str, expected: bool) -> None:
    assert is_true("shell", name, value) is expected


@pytest.mark.parametrize(
    ("entrypoint", "value", "expected"),
    [("shell", "yes", True), ("pflag", "yes", False), ("pflag", "f", True), ("goflag", "", False)],
)
def test_what_is_taken_as_a_boolean(entrypoint: Entrypoint, value: str, expected: bool) -> None:
    assert is_boolean(entrypoint, value) is expected


THIN_FLAGS = {
    "3.1 to 4.3.0": "cni-conf-dir cni-bin-dir multus-conf-file help",
    "3.2": "multus-kubeconfig-file-host namespace-isolation multus-log-level multus-log-file",
    "3.3": "cni-version multus-autoconfig-dir override-network-name cleanup-config-on-exit "
    "rename-conf-file additional-bin-dir restart-crio",
    "3.4": "skip-multus-binary-copy readiness-indicator-file multus-bin-file",
    "3.7": "multus-master-cni-file-name global-namespaces multus-log-to-stderr",
    "4.0": "skip-tls-verify force-cni-version",
    "4.1": "multus-cni-conf-dir skip-config-watch",
    "3.9 thick-plugin": "cni-config-dir multus-master-cni-file multus-log-max-size "
    "multus-log-max-age multus-log-max-backups multus-log-compress version",
}


@pytest.mark.parametrize("names", THIN_FLAGS.values(), ids=THIN_FLAGS)
def test_every_flag_of_every_release_is_known(names: str) -> None:
    assert set(names.split()) <= FLAGS.keys()


def test_no_flag_is_known_that_no_release_has() -> None:
    assert {name for names in THIN_FLAGS.values() for name in names.split()} == FLAGS.keys()


def test_the_sets_of_flags_name_known_flags() -> None:
    assert FLAGS.keys() >= BOOLEAN_FLAGS
    assert FLAGS.keys() >= WITHOUT_EFFECT
