"""How the user's own kubectl is called, and what its complaints become."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from migrator.model.errors import EnvironmentProblem
from migrator.tools import kubectl, programs
from migrator.tools.bounds import BUILD_OUTPUT
from migrator.tools.kubectl import Answer, Kubectl, Refused, find_kubectl, shown_command
from tests.tools.test_kustomize import script

FORBIDDEN = (
    'Error from server (Forbidden): nodes is forbidden: User "me" cannot list resource "nodes"'
)


def fake(folder: Path, body: str, context: str = "") -> Kubectl:
    return Kubectl(path=str(script(folder, "kubectl", body)), context=context)


def says(folder: Path, *lines: str) -> Kubectl:
    """One that fails with these lines."""
    text = shlex.quote("\n".join(lines))
    return fake(folder, f"printf '%s\\n' {text} >&2; exit 1")


def test_it_gets_one_path_and_its_whole_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/home/me/config")
    monkeypatch.setenv("CLOUD_PROFILE", "prod")
    tool = fake(tmp_path, 'echo "$@"; echo "$KUBECONFIG $CLOUD_PROFILE $KUBECTL_KUBERC"', "prod")
    assert tool.get("/api/v1/pods?limit=500").decode().splitlines() == [
        "get --raw=/api/v1/pods?limit=500 --request-timeout=60s --context=prod",
        "/home/me/config prod false",
    ]


def test_it_reads_no_standard_input(tmp_path: Path) -> None:
    assert fake(tmp_path, "cat; echo end").get("/x") == b"end\n"


def test_what_is_shown_is_what_is_run(tmp_path: Path) -> None:
    tool = fake(tmp_path, 'printf "%s\\n" "$@"', "a 'b'")
    shown = shlex.split(shown_command("/x?limit=1", "a 'b'"))
    assert shown == ["kubectl", *tool.get("/x?limit=1").decode().splitlines()]


@pytest.mark.parametrize(
    ("line", "answer", "reached"),
    [
        (FORBIDDEN, Answer.FORBIDDEN, True),
        ("Error from server (NotFound): the server could not find it", Answer.ABSENT, True),
        ("Error from server (Expired): The provided continue parameter", Answer.EXPIRED, True),
        ("Error from server (Gone): too old", Answer.EXPIRED, True),
        ("Error from server (InternalError): an error", Answer.FAILED, True),
        ("error: unexpected EOF", Answer.FAILED, False),
        ("error: You must be logged in to the server (Unauthorized)", Answer.FAILED, False),
        ("The connection to the server x:6443 was refused", Answer.FAILED, False),
        ("", Answer.FAILED, False),
    ],
)
def test_a_failure_is_what_the_server_calls_it(
    tmp_path: Path, line: str, answer: Answer, reached: bool
) -> None:
    with pytest.raises(Refused) as told:
        says(tmp_path, line).get("/x")
    assert (told.value.answer, told.value.reached) == (answer, reached)
    assert "\n" not in told.value.detail


@pytest.mark.parametrize(
    "lines",
    [
        ["E0101 12:00:00.123456 4711 memcache.go:265] couldn't get it", FORBIDDEN],
        ["Warning: policy/v1beta1 PodSecurityPolicy is deprecated in v1.21+", FORBIDDEN],
        [FORBIDDEN],
    ],
    ids=["a log", "a warning", "alone"],
)
def test_a_complaint_is_one_line_without_times(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(Refused) as told:
        says(tmp_path, *lines).get("/x")
    assert told.value.detail == FORBIDDEN


@pytest.mark.parametrize(
    "line",
    [
        "Unable to connect to the server: context deadline exceeded",
        "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded)",
        "Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout",
    ],
)
def test_too_late_is_told_in_one_way(tmp_path: Path, line: str) -> None:
    with pytest.raises(Refused, match="there was no whole answer within 60 seconds"):
        says(tmp_path, line).get("/x")


def test_our_end_of_a_connection_is_not_told(tmp_path: Path) -> None:
    line = "error: read tcp 127.0.0.1:43210->10.0.0.1:6443: read: connection reset by peer"
    with pytest.raises(Refused) as told:
        says(tmp_path, line).get("/x")
    assert told.value.detail == "read: connection reset by peer"


def test_words_of_strangers_are_one_short_line_without_secrets(tmp_path: Path) -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"  # noqa: S105
    with pytest.raises(Refused) as told:
        says(tmp_path, f"error: \x1b[31m {token}", "second \u2028 line", "x" * 10_000).get("/x")
    assert token not in told.value.detail
    assert told.value.detail.isprintable()
    assert len(told.value.detail) < 310


def test_a_busy_server_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(kubectl, "sleep", waits.append)
    count = shlex.quote(str(tmp_path / "count"))
    busy = 'echo "Error from server (TooManyRequests): later" >&2; exit 1'
    tool = fake(tmp_path, f'echo >> {count}; test "$(wc -l < {count})" -gt 2 && exit 0; {busy}')
    assert tool.get("/x") == b""
    assert waits == [1.0, 2.0]


def test_a_server_that_stays_busy_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kubectl, "sleep", lambda _: None)
    with pytest.raises(Refused) as told:
        says(tmp_path, "Error from server (TooManyRequests): later").get("/x")
    assert told.value.answer is Answer.BUSY


def test_an_answer_without_end_is_a_failed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUILD_OUTPUT.variable, "1")
    with pytest.raises(Refused, match="printed more than 1 MiB"):
        fake(tmp_path, "yes").get("/x")


def test_the_context_is_that_which_is_asked_for_or_kubectls_own(tmp_path: Path) -> None:
    body = 'test "$1 $2" = "config current-context" && echo prod'
    assert fake(tmp_path, body).current_context() == "prod"
    assert fake(tmp_path, body, "other").current_context() == "other"
    assert says(tmp_path, "error: current-context is not set").current_context() == ""


def test_without_kubectl_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "_scripts", lambda: ())
    with pytest.raises(EnvironmentProblem, match="kubectl was not found"):
        find_kubectl()
    script(tmp_path, "kubectl", "echo {}")
    found = find_kubectl("c")
    assert (found.path, found.context) == (str(tmp_path / "kubectl"), "c")
    assert json.loads(found.get("/version")) == {}


def test_a_kubectl_that_cannot_be_run_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="cannot be run"):
        Kubectl(path=str(tmp_path / "none")).get("/x")
