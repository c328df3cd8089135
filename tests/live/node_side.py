"""What runs on a node, run here for real on a folder that stands for the node's root."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from tests.needs import give_up

SCRIPT: Final = Path(__file__).parents[2] / "templates/live/read-node.sh"
SHELLS: Final = tuple(
    {
        Path(found).resolve().name: s
        for s in ("bash", "busybox", "dash", "sh")
        if (found := shutil.which(s))
    }.values()
)
"""The shell of this machine, and those that nodes and images have, where they are installed: each once."""


def archive(
    root: Path, *directories: str, shell: str = "sh", path: str = "", script: Path = SCRIPT
) -> bytes:
    """What the script prints for these directories of the host below ``root``. busybox runs with its
    own programs alone, and ``path`` is another PATH for the others."""
    command = [
        shell,
        *(["sh"] if shell == "busybox" else []),
        str(script),
        f"{root}/",
        *directories,
    ]
    environment = {"PATH": path or _path(shell, root)}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert done.stderr == b""
    return done.stdout


def _path(shell: str, root: Path) -> str:
    if shell != "busybox":
        return "/usr/local/bin:/usr/bin:/bin"
    programs = root.parent / "busybox"
    if not programs.is_dir():
        programs.mkdir()
        subprocess.run(["busybox", "--install", "-s", str(programs)], check=True)
    found = str(programs)
    (programs / "busybox").unlink(missing_ok=True)
    (programs / "busybox").symlink_to(shutil.which("busybox") or "")
    return found


def members(data: bytes) -> dict[str, bytes]:
    """Regular files of an archive by their names."""
    with tarfile.open(fileobj=BytesIO(data)) as found:
        files = [(member.name, found.extractfile(member)) for member in found if member.isreg()]
        return {name: file.read() for name, file in files if file}


def notes(data: bytes, name: str) -> dict[str, Any]:
    """links.json or left-out.json: path -> target, or why."""
    found = json.loads(members(data)[name])
    return {item["path"]: item.get("target", item.get("why")) for item in found}


def linted(text: str) -> str:
    """What shellcheck says of a script for a POSIX shell."""
    program = Path(sysconfig.get_path("scripts"), "shellcheck")
    if not program.exists():
        give_up("shellcheck is not in .venv: its package has none for this machine")
    done = subprocess.run(
        [str(program), "--shell=sh", "-"], input=text, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
