"""Pull requests of GitHub and merge requests of GitLab, by the programs that their users have: gh, glab."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from migrator.tools import as_user
from migrator.tools.as_user import ProgramFailed
from migrator.tools.process import Done

_HOST: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?\[?([A-Za-z0-9._-]+)(?=[\]:/])")
_SILENT: Final = {"GH_PROMPT_DISABLED": "1", "NO_PROMPT": "1"}


class Host(Enum):
    """Whose remote it is; the value is the program for it."""

    GITHUB = "gh"
    GITLAB = "glab"


class Wish(Struct, frozen=True, kw_only=True):
    """A request that is to be: ``branch`` into ``base``; ``body`` is its text."""

    branch: str
    base: str
    title: str
    body: str
    draft: bool


class Open(Struct, frozen=True, kw_only=True):
    """A request that is there, by the ``name`` that its program knows."""

    name: str
    url: str
    body: str


def host_of(url: str) -> Host | None:
    """Whose remote a URL names: github.com and what GH_HOST says, hosts with gitlab in their name and what
    GITLAB_HOST says; None for others."""
    found = _HOST.match(url)
    host = found[1].lower() if found else ""
    if host and host in ("github.com", "ssh.github.com", _stated("GH_HOST")):
        return Host.GITHUB
    if host and ("gitlab" in host or host == _stated("GITLAB_HOST")):
        return Host.GITLAB
    return None


def _stated(variable: str) -> str:
    text = os.environ.get(variable, "").lower()
    found = _HOST.match(f"{text}/") if text else None
    return found[1] if found else ""


def is_there(host: Host) -> bool:
    """Whether its program is on PATH."""
    return as_user.program(host.value) is not None


def command(host: Host, wish: Wish, file: str) -> str:
    """What a person types to make the request, with its body in a file."""
    draft = ["--draft"] if wish.draft else []
    if host is Host.GITHUB:
        return shlex.join(["gh", *_create_on_github(wish), "--body-file", file, *draft])
    return f'{shlex.join(["glab", *_create_on_gitlab(wish), *draft])} --description "$(cat {shlex.quote(file)})"'


def put(root: Path, host: Host, wish: Wish) -> tuple[str, bool]:
    """Makes the request, or gives the one that is there this body: its URL, and whether anything was done.

    Errors: MigratorError with what the program said.
    """
    there = _open(root, host, wish.branch)
    if there is None:
        return _create(root, host, wish), True
    if _lines(there.body) == _lines(wish.body):
        return there.url, False
    if host is Host.GITHUB:
        _run(root, host, ["pr", "edit", there.name, "--body-file", "-"], wish.body)
    else:
        _run(root, host, ["mr", "update", there.name, "--description", wish.body, "--yes"])
    return there.url, True


def _create(root: Path, host: Host, wish: Wish) -> str:
    draft = ["--draft"] if wish.draft else []
    if host is Host.GITHUB:
        words = [*_create_on_github(wish), "--body-file", "-", *draft]
        return _last_line(_run(root, host, words, wish.body))
    words = [*_create_on_gitlab(wish), *draft, "--description", wish.body, "--yes"]
    return _last_line(_run(root, host, words))


def _create_on_github(wish: Wish) -> list[str]:
    return ["pr", "create", "--head", wish.branch, "--base", wish.base, "--title", wish.title]


def _create_on_gitlab(wish: Wish) -> list[str]:
    words = ["mr", "create", "--source-branch", wish.branch, "--target-branch", wish.base]
    return [*words, "--title", wish.title]


def _open(root: Path, host: Host, branch: str) -> Open | None:
    """The request of a branch that is open. One from a fork whose branch has the same name is another."""
    if host is Host.GITHUB:
        fields = "number,url,body,isCrossRepository"
        words = ["pr", "list", "--head", branch, "--state", "open", "--json", fields]
        own = (each for each in _listed(_run(root, host, words)) if not each["isCrossRepository"])
        keys = ("number", "url", "body")
    else:
        words = ["mr", "list", "--source-branch", branch, "--output", "json"]
        found = _listed(_run(root, host, words))
        own = (each for each in found if each["source_project_id"] == each["target_project_id"])
        keys = ("iid", "web_url", "description")
    each = next(own, None)
    return (
        Open(name=str(each[keys[0]]), url=str(each[keys[1]]), body=str(each[keys[2]] or ""))
        if each
        else None
    )


def _listed(done: Done) -> Sequence[Mapping[str, Any]]:
    """What a program prints as a list of objects; glab prints a sentence where there are none."""
    try:
        found = json.loads(done.out)
    except ValueError:
        return ()
    return found if isinstance(found, list) else ()


def _run(root: Path, host: Host, words: Sequence[str], given: str = "") -> Done:
    called = f"{host.value} {words[0]} {words[1]}"
    done = as_user.run(
        [as_user.program(host.value) or host.value, *words],
        called=called,
        folder=root,
        given=given.encode("utf-8"),
        settings=_SILENT,
    )
    if done.code != 0:
        raise ProgramFailed(called, done)
    return done


def _last_line(done: Done) -> str:
    lines = done.out.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
