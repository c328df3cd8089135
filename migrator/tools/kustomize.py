"""The real kustomize: finding it, and building a folder with it (ruling 10).

Processes are started by ``process.py`` alone. The build cannot reach a network: git may use no protocol,
and the proxies lead nowhere; no cluster is asked for anything.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools import bounds, programs
from migrator.tools.copies import temporary
from migrator.trees.redact import redact_text

Build = Callable[[Path], str]
"""The folder of a kustomization -> its build as YAML text."""

_OLDEST: Final[Mapping[str, tuple[int, int]]] = {"kustomize": (4, 0), "kubectl": (1, 21)}
"""The first that build what is written here; kubectl 1.20 still has the kustomize of 2.0.3."""
_VERSION: Final = re.compile(r"v(\d+)\.(\d+)[\w.+-]*")
_LONGEST: Final = 2000
_VERSION_SECONDS: Final = 20.0
_NOWHERE: Final = "http://127.0.0.1:9"
_NETWORK: Final = (
    *("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"),
)
_KEPT: Final = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")


class Tool(Struct, frozen=True, kw_only=True):
    """A program that builds: ``command`` is its absolute path and the words before the folder."""

    name: str
    version: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def find_tool(search: str | None = None) -> Tool | None:
    """The first kustomize, else kubectl (which contains one), that is new enough, where `programs.found`
    looks; None without one. `unfit` says what else was there."""
    return next((each for each in _candidates(search) if isinstance(each, Tool)), None)


def unfit(search: str | None = None) -> str:
    """Why `find_tool` has none, as the part of a sentence."""
    passed = [str(error) for error in _candidates(search) if isinstance(error, MigratorError)]
    return "; ".join(passed) or "neither kustomize nor kubectl was found"


def no_tool(purpose: str) -> EnvironmentProblem:
    """The error of who needs a tool, where `find_tool` has none."""
    hint = f"install kubectl {_told(_OLDEST['kubectl'])} or kustomize {_told(_OLDEST['kustomize'])}, or newer"
    return EnvironmentProblem(f"{purpose}: {unfit()}", hint=hint)


def _candidates(search: str | None) -> Iterator[Tool | MigratorError]:
    """Each program, or why it is not fit."""
    yield from (_asked(_kustomize, path) for path in programs.found("kustomize", search))
    yield from (_asked(_kubectl, path) for path in programs.found("kubectl", search))


def _asked(ask: Callable[[str], Tool], path: str) -> Tool | MigratorError:
    try:
        return ask(path)
    except MigratorError as error:
        return error


def _kustomize(path: str) -> Tool:
    text = _version_of(path)
    match = _VERSION.search(text)
    if match:
        _check_age("kustomize", path, match)
    version = match[0] if match else " ".join(text.split())  # one that somebody built
    return Tool(name="kustomize", version=version, command=(path, "build"))


def _kubectl(path: str) -> Tool:
    try:
        told = json.loads(_version_of(path, "--client", "--output=json"))
        release = str(told["clientVersion"]["gitVersion"])
        built_in = told.get("kustomizeVersion")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise EnvironmentProblem(f"{path} does not print its version") from None
    if match := _VERSION.search(release):
        _check_age("kubectl", path, match)
    if not built_in:  # before 1.24
        return Tool(name="kubectl", version=release, command=(path, "kustomize"))
    return Tool(name="kubectl kustomize", version=str(built_in), command=(path, "kustomize"))


def _check_age(name: str, path: str, version: re.Match[str]) -> None:
    """Errors: EnvironmentProblem for what knows no components as they are used here."""
    oldest = _OLDEST[name]
    if tuple(map(int, version.groups())) < oldest:
        raise EnvironmentProblem(f"{path} is {name} {version[0]}, and older than {_told(oldest)}")


def _told(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


@cache
def _version_of(path: str, *words: str) -> str:
    """What a program says of its version. It is asked once: kubectl takes as long for it as for a
    small build."""
    return _run([path, "version", *words], _VERSION_SECONDS)


def builder(tool: Tool, *, fetch: bool = False) -> Build:
    """A function that builds a folder within the bounds of a build; with ``fetch``, it downloads what
    the folder takes by https.

    Errors: MigratorError with the line of the tool's complaint that says what is wrong.
    """
    return partial(_build, tool, fetch=fetch)


def built_files(tool: Tool, files: Mapping[str, str], *, fetch: bool = False) -> str:
    """The build of a kustomize root that is made of ``files`` (path -> text); with ``fetch``, it
    downloads what they take by https.

    Errors: as those of ``builder``; EnvironmentProblem where it cannot be put down.
    """
    with put_down(files) as folder:
        return _build(tool, folder, fetch=fetch)


@contextmanager
def put_down(files: Mapping[str, str]) -> Iterator[Path]:
    """A folder that holds ``files`` (path -> text) for the time of a block.

    Errors: EnvironmentProblem where it cannot be put down; those of the block name no folder of ours.
    """
    with temporary("build in") as made:
        try:
            for name, text in files.items():
                path = Path(made, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            message = f"what is to be built cannot be put down: {error.strerror or error}"
            raise EnvironmentProblem(message) from error
        try:
            yield Path(made)
        except MigratorError as error:  # the user knows nothing of that folder
            raise MigratorError(error.message.replace(made, "."), hint=error.hint) from None


def _build(tool: Tool, folder: Path, *, fetch: bool = False) -> str:
    return _run([*tool.command, str(folder)], bounds.BUILD_TIME.value(), fetch=fetch)


def _run(command: Sequence[str], seconds: float, *, fetch: bool = False) -> str:
    from migrator.tools import process  # a plan that is not built starts no program

    called = " ".join([Path(command[0]).name, *command[1:]])
    done = process.run(
        command, called=called, environment=_environment(fetch=fetch), seconds=seconds
    )
    if done.code != 0:
        complaint = telling_line(done.err.decode("utf-8", "replace"))
        raise MigratorError(f"`{called}` failed: {complaint}")
    try:
        return done.out.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"`{called}` printed what is not UTF-8, at byte {error.start}"
        raise MigratorError(message, hint="save the files that it reads as UTF-8") from None


def _environment(*, fetch: bool) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if fetch:
        kept |= fetching()
        return {**kept, "GIT_ALLOW_PROTOCOL": "https", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE)
    return {**kept, **proxies, "GIT_ALLOW_PROTOCOL": "none", "LC_ALL": "C"}


def fetching() -> Mapping[str, str]:
    """What of the environment a program needs that may download by https, and by nothing else: the
    way of plain http leads nowhere, save to this machine itself."""
    kept = {name: os.environ[name] for name in _NETWORK if name in os.environ}
    return {**kept, "HTTP_PROXY": _NOWHERE, "http_proxy": _NOWHERE}


def telling_line(stderr: str) -> str:
    """What a person needs of kustomize's complaint: without the log prefix, on one line.

    kubectl logs ``E0101 12:00:00 123 run.go:72] "command failed" err="..."`` or, where the text
    has several lines, ``err=<`` and the text; kustomize writes ``Error: ...``. Either may show an
    object: its secrets are taken out while the lines of its YAML still tell where a value ends.
    """
    logged = re.search(r'err=("(?:[^"\\]|\\.)*")', stderr)
    if logged:
        text = _unquoted(logged[1])
    else:
        block = re.search(r"err=<\n(.*?)\n? >", stderr, re.DOTALL)
        text = block[1] if block else re.sub(r"^(?:Error|error): ", "", stderr.strip())
    line = " ".join(redact_text(text).split()) or "no message"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:  # Go escapes that JSON does not know, such as \x1b
        return text.strip('"')
