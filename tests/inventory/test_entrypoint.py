"""Which program a container runs, and with which words."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.inventory.entrypoint import CommandLine, command_line
from migrator.multus.images import UPSTREAM, parse_image


def line(image: str = f"{UPSTREAM}:v3.9.3", **container: Any) -> CommandLine:
    return command_line(container, parse_image(image))


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (["/entrypoint.sh"], "shell"),
        (["/thin_entrypoint"], "pflag"),
        (["/usr/src/multus-cni/bin/multus-daemon"], "daemon"),
        (["thin_entrypoint"], "pflag"),
        (["/bin/sleep", "infinity"], "unknown"),
        (["/opt/my-entrypoint.sh"], "unknown"),
    ],
)
def test_the_program_is_the_last_part_of_the_path(command: list[str], program: str) -> None:
    assert line(command=command).program == program


@pytest.mark.parametrize(
    ("container", "argv", "in_args"),
    [
        ({"command": ["/entrypoint.sh"], "args": ["--a", "--b"]}, ("--a", "--b"), True),
        ({"command": ["/entrypoint.sh", "--a"]}, ("--a",), False),
        ({"command": ["/entrypoint.sh", "--a"], "args": ["--b"]}, ("--a", "--b"), False),
        ({"command": ["/entrypoint.sh"]}, (), False),
    ],
    ids=["in args", "in command", "in both", "none"],
)
def test_the_words_after_the_program(
    container: dict[str, Any], argv: tuple[str, ...], in_args: bool
) -> None:
    found = line(**container)
    assert (found.argv, found.in_args) == (argv, in_args)


@pytest.mark.parametrize(
    ("image", "program"),
    [
        ("nfvpe/multus:v3.1", "shell"),
        ("docker.io/nfvpe/multus", "shell"),
        (f"{UPSTREAM}:v3.8", "shell"),
        (f"{UPSTREAM}:stable", "pflag"),
        (f"{UPSTREAM}:v4.1.0", "pflag"),
        ("mirror.example/k8snetworkplumbingwg/multus-cni:v4.1.0", "pflag"),
        (f"{UPSTREAM}:v4.3.0-thick", "daemon"),
        (f"{UPSTREAM}:snapshot-thick", "daemon"),
        (f"{UPSTREAM}:v3.9.3-thick-amd64", "unknown"),
        (f"{UPSTREAM}@sha256:ab", "unknown"),
        ("mirror.example/somebody/multus-cni:v4.1.0", "unknown"),
        ("mirror.example/other/multus:v3", "unknown"),
        ("calico/node:v3.26", "unknown"),
    ],
)
def test_without_a_command_it_is_the_images_entrypoint(image: str, program: str) -> None:
    found = line(image=image, args=["--a"])
    assert (found.program, found.argv) == (program, ("--a",))


@pytest.mark.parametrize(
    ("command", "args", "argv"),
    [
        (["/bin/sh", "-c", "exec /entrypoint.sh --a=1 --b"], [], ("--a=1", "--b")),
        (["sh", "-c"], ["sleep 5; /entrypoint.sh --a=1"], ("--a=1",)),
        (["bash", "-ec", "set -e\n/entrypoint.sh \\\n  --a=1 \\\n  --b=2\n"], [], ("--a=1", "--b=2")),
        (["sh", "-c", "/entrypoint.sh --a='x y' # note"], [], ("--a=x y",)),
        (["sh", "-c", "/entrypoint.sh\n--a=1\n--b=2"], [], ("--a=1", "--b=2")),
        (["sh", "-c", "/entrypoint.sh --a=1 && touch /done"], [], ("--a=1",)),
        (["sh", "-c", "# /entrypoint.sh --old\n/entrypoint.sh --a=1"], [], ("--a=1",)),
    ],
    ids=[
        "exec",
        "script in args",
        "continued lines",
        "quotes and a comment",
        "flags on lines of their own, as a folded scalar leaves them",
        "another command after it",
        "a comment with a call is no call",
    ],
)  # fmt: skip
def test_a_shell_script_around_the_entrypoint(
    command: list[str], args: list[str], argv: tuple[str, ...]
) -> None:
    found = line(command=command, args=args)
    assert (found.program, found.argv) == ("shell", argv)
    assert "entrypoint.sh" in found.script


def test_a_script_that_calls_something_else_is_unknown() -> None:
    found = line(command=["sh", "-c", "sleep infinity"])
    assert (found.program, found.script != "") == ("unknown", True)


def test_the_last_call_of_a_script_is_the_one_that_runs_on() -> None:
    script = "/entrypoint.sh --version\n/thin_entrypoint --cni-version=1.0.0\n"
    found = line(command=["sh", "-c", script])
    assert (found.program, found.argv) == ("pflag", ("--cni-version=1.0.0",))
