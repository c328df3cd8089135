"""A runner: bash with an environment of its own, the program, and changes to review."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cli.test_review_git import commit, git, manifest
from tests.cli.tools import ROOT

MULTUS, VIDEO = "infra/multus.yaml", "apps/video.yaml"
START = {MULTUS: manifest("multus.yaml"), VIDEO: manifest("video.yaml")}
BUMPED = {MULTUS: START[MULTUS].replace("v4.0.2", "v4.2.4-thick")}
OTHER = {VIDEO: START[VIDEO].replace("br-cam", "br-other")}
HOSTILE = dict.fromkeys(("venv.py", "pip.py"), "raise SystemExit('taken from the work tree')\n")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def bash(script: str, cwd: Path, env: Mapping[str, str]) -> Done:
    """As a runner does: `shell: bash` of GitHub, and what GitLab sets."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**clean, "no_proxy": "127.0.0.1", **env},
        capture_output=True,
        text=True,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def program(folder: Path) -> None:
    """The multus-migrator of this checkout, where an installation would be."""
    (folder / "bin").mkdir(parents=True)
    script = folder / "bin" / "multus-migrator"
    text = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m migrator "$@"\n'
    script.write_text(text if sys.version_info >= (3, 11) else text.replace(" -P", ""))
    script.chmod(0o755)


def merged(repo: Path, files: Mapping[str, str | bytes | None]) -> str:
    """Commits to `change`, merges it into a `main` that has gone on, as GitHub does; the head of `change`."""
    head = commit(repo, files)
    git(repo, "checkout", "--quiet", "--detach", "main")
    commit(repo, {"README.md": "hello\n"})
    git(repo, "merge", "--quiet", "--no-ff", "--message", "merged", "change")
    return head
