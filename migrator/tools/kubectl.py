"""The user's own kubectl, with which a cluster is read: GET requests, and nothing else (promise 7).

``kubectl get --raw PATH`` sends one GET for PATH, and asks for no discovery. It is the user's own program,
and gets the whole environment: its kubeconfig, proxies, and what the plugins need that log it in.
"""

from __future__ import annotations

import os
import re
import shlex
from enum import Enum
from time import sleep
from typing import Final

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools import bounds, process, programs
from migrator.tools.kustomize import telling_line
from migrator.trees.dump import one_line

_STARTS: Final = 60.0
"""Seconds for kubectl itself, beside the answer: it may have to log in first, or is told to come again
later (429), which it does by itself."""
_WAITS: Final = (1.0, 2.0, 4.0)
"""Seconds between one request and the same again, where the server is busy."""
_LONGEST: Final = 300
_LOGGED: Final = re.compile(r"(?m)^[EIW]\d{4} \d\d:.*\n?|^Warning: .*\n?")
"""Lines of its log, with times and process ids, and what the server says of old versions."""
_LATE: Final = re.compile(r"Client\.Timeout|context deadline exceeded|i/o timeout")
"""Go says one or the other, as it happens (net/http)."""
_PORTS: Final = re.compile(r"\b(?:read|write|dial) tcp \S+->\S+: ")
"""The ends of a connection, of which ours is another each time."""
_STATUS: Final = re.compile(r"Error from server \((\w+)\)")
"""The reason of a metav1.Status (k8s.io/kubectl, pkg/cmd/util, StandardErrorMessage)."""


class Answer(Enum):
    """How a request failed."""

    FORBIDDEN = "forbidden"
    ABSENT = "absent"
    """The server has no such resource or object."""
    BUSY = "busy"
    """The server wants it to come again later."""
    EXPIRED = "expired"
    """The continue token of a list is too old: the list has to be asked for anew."""
    FAILED = "failed"
    """The server refused it for another reason, or the answer came broken, late, or not at all."""


_ANSWERS: Final = {
    "Forbidden": Answer.FORBIDDEN,
    "NotFound": Answer.ABSENT,
    "Expired": Answer.EXPIRED,
    "Gone": Answer.EXPIRED,
    "TooManyRequests": Answer.BUSY,
}


class Refused(MigratorError):
    """A request without a result; ``detail`` is one line. ``reached`` is False where it is not known that
    there is a server at all."""

    def __init__(self, answer: Answer, detail: str, *, reached: bool) -> None:
        super().__init__(detail)
        self.answer = answer
        self.detail = detail
        self.reached = reached


class Kubectl(Struct, frozen=True, kw_only=True):
    """A kubectl and the context that it is to use, "" for the current one."""

    path: str
    context: str = ""

    def get(self, path: str) -> bytes:
        """What the server answers to ``GET path``, after a while if it is busy: kubectl itself waits as
        long as it is told, but for those of some years. Errors: Refused; EnvironmentProblem where kubectl
        cannot be run."""
        for seconds in _WAITS:
            try:
                return self._get(path)
            except Refused as refused:
                if refused.answer is not Answer.BUSY:
                    raise
            sleep(seconds)
        return self._get(path)

    def _get(self, path: str) -> bytes:
        command = [self.path, *_words(path, self.context)]
        seconds = bounds.ANSWER_TIME.value() + _STARTS
        try:
            done = _run(command, f"kubectl get --raw {path}", seconds)
        except EnvironmentProblem:
            raise
        except MigratorError as error:
            raise Refused(Answer.FAILED, error.message, reached=False) from None
        if done.code == 0:
            return done.out
        complaint = _complaint(done.err)
        status = _STATUS.search(complaint)
        answer = _ANSWERS.get(status[1], Answer.FAILED) if status else Answer.FAILED
        raise Refused(answer, complaint, reached=status is not None)

    def current_context(self) -> str:
        """The name of the context that is used, "" where there is none, as in a pod. No request."""
        if self.context:
            return self.context
        done = _run([self.path, *_CURRENT], "kubectl config current-context", _STARTS)
        return done.out.decode("utf-8", "replace").strip() if done.code == 0 else ""


def find_kubectl(context: str = "") -> Kubectl:
    """The first kubectl where `programs.found` looks. Errors: EnvironmentProblem without one."""
    path = next(programs.found("kubectl"), None)
    if path is None:
        raise EnvironmentProblem("kubectl was not found", hint="install it, or extend PATH")
    return Kubectl(path=path, context=context)


def shown_command(path: str, context: str) -> str:
    """The command of a request, to be copied into a shell."""
    return shlex.join(("kubectl", *_words(path, context)))


def shown_context_command() -> str:
    return shlex.join(("kubectl", *_CURRENT))


_CURRENT: Final = ("config", "current-context")


def _words(path: str, context: str) -> tuple[str, ...]:
    wait = f"--request-timeout={bounds.ANSWER_TIME.value()}s"
    return ("get", f"--raw={path}", wait, *([f"--context={context}"] if context else ()))


def _run(command: list[str], called: str, seconds: float) -> process.Done:
    environment = {**os.environ, "KUBECTL_KUBERC": "false"}  # flags of its own for every get
    return process.run(command, called=called, environment=environment, seconds=seconds)


def _complaint(stderr: bytes) -> str:
    """What kubectl complains of, on one line that says nothing of times and processes."""
    text = _LOGGED.sub("", stderr.decode("utf-8", "replace"))
    if _LATE.search(text):
        return f"there was no whole answer within {bounds.ANSWER_TIME.value()} seconds"
    line = one_line(telling_line(_PORTS.sub("", text)))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
