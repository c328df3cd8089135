"""A shell for one reader of one page: a clone of the samples, a terminal of 80 columns, and a
cluster that answers once it is asked something."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from migrator.cli.main import run
from tests.cluster.by_hand import ByHand
from tests.cluster.estate import Estate, estate
from tests.cluster.words import Words
from tests.docs.pages import ROOT
from tests.needs import give_up

_ENVIRONMENT: Final = {
    "NO_COLOR": "1",
    "COLUMNS": "80",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_{what}": "you@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}  # fmt: skip
_ASKS_A_CLUSTER: Final = re.compile(r"\bkubectl (?!kustomize)|\bbash (?:\S*/)?rollout\.sh")
_OURS: Final = "multus-migrator "
_TO_OURS: Final = re.compile(rf"(.*)\|\s*{_OURS}(.*)", re.S)
"""A pipe into the program, which is run in this process: to start Python costs more."""
_NODES: Final = ("worker-1", "worker-2")


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


class _Practice(ByHand):
    def _config(self, words: Words, stdin: str) -> str:
        super()._config(words, stdin)
        return "practice"


class Shell:
    """``code`` is the exit code of the last command. It stands in a clone in ``folder``, whose name
    has a space."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.cwd = folder / "a clone"
        self.last = self.cwd
        shutil.copytree(ROOT / "samples", self.cwd / "samples")
        self.code = 0
        self.cluster: Estate | None = None
        scripts = sysconfig.get_path("scripts")
        if not Path(scripts, "kubectl").exists():
            give_up("the kubectl of constraints.txt, whose version the pages name, is not in .venv")
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "MULTUS_"))},
            **_ENVIRONMENT,
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        }

    def type(self, text: str) -> str:
        """What the command prints, on both streams."""
        piped = _TO_OURS.fullmatch(text)
        if text.startswith("cd "):
            there = self.last if text == 'cd "$OLDPWD"' else (self.cwd / text[3:])
            self.last, self.cwd = self.cwd, there.resolve(strict=True)
            return ""
        if text == "echo $?":
            said, self.code = f"{self.code}\n", 0
            return said
        if piped:
            said = self._bash(piped[1])
            return said if self.code else self._ours(piped[2], said.encode())
        if text.startswith(_OURS):
            return self._ours(text.removeprefix(_OURS), b"")
        return self._bash(text)

    def _ours(self, words: str, stdin: bytes) -> str:
        out = io.BytesIO()
        given = shlex.split(words.replace("\\\n", " "))
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.cwd)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            streams = (
                _Terminal(out, encoding="utf-8", write_through=True),
                io.TextIOWrapper(out, encoding="utf-8", write_through=True),
            )
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            self.code = run(given)
        for stream in streams:
            stream.detach()  # else the first that goes closes what both write to
        return out.getvalue().decode()

    def _bash(self, text: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.cwd,
            env=self._reached() if _ASKS_A_CLUSTER.search(text) else self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        self.code = done.returncode
        return done.stdout

    def _reached(self) -> dict[str, str]:
        """The environment in which kubectl is that of the cluster, whose plan lies here."""
        if self.cluster is None:
            if shutil.which("jq") is None:
                give_up("jq is not on PATH")
            out = self.cwd if (self.cwd / "rollout.sh").exists() else self.cwd / "overlay"
            made = estate(out, self.folder / "cluster", "apply", _NODES, _Practice)
            self.cluster = self.stack.enter_context(made)
        return {**self.environment, "PATH": self.cluster.environment["PATH"]}
