"""One run of the program in a process of its own, on one hostile input: what it costs, how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tests.trust.making import Hostile

MOST_CPU: Final = 30
"""CPU seconds, and three times as many of the clock, after which a run is ended."""
_MEMORY: Final = 6 * 2**30
"""Bytes of data that a run may hold, lest an older release takes the machine with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """``code`` is None for a run that was ended; ``cpu`` in seconds and ``mib`` of the program and
    what it started; ``said`` the last line on stderr, of a ``traceback`` maybe; ``sound`` whether
    what it wrote is."""

    code: int | None
    cpu: float
    mib: int
    said: str
    traceback: bool
    sound: bool


def measure(hostile: Hostile, package: Path) -> Measured:
    """Runs the program whose source lies in ``package``."""
    with tempfile.TemporaryDirectory(prefix="trust-") as name:
        folder = Path(name) / "here"
        folder.mkdir()
        hostile.make(folder)
        with (Path(name) / "err").open("w+b") as err:
            usage = _run(hostile, package, Path(name), err)
            err.seek(0)
            lines = err.read(10**6).decode("utf-8", "replace").strip().splitlines()
        code, cpu, kib = usage.split()
        return Measured(
            code=int(code) if int(code) >= 0 else None,
            cpu=float(cpu),
            mib=int(kib) // 1024,
            said=lines[-1] if lines else "",
            traceback=any(line.startswith("Traceback") for line in lines),
            sound=int(code) >= 0 and hostile.sound(folder),
        )


def _run(hostile: Hostile, package: Path, place: Path, err: IO[bytes]) -> str:
    """``code cpu kib`` of the run, which is ended where it takes too long."""
    environment = {
        "PATH": f"{place}:{os.environ['PATH']}",
        "PYTHONPATH": str(package),
        "NO_COLOR": "1",
        **hostile.environment,
    }
    if hostile.tool:
        hostile.install_tool(place)
    command = [sys.executable, "-m", "migrator", *hostile.arguments]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, hostile.stdout, *command],
        cwd=place / "here",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=err,
        env=environment,
        check=True,
        text=True,
    )
    return done.stdout


_LAUNCHER: Final = f"""
import os, resource, signal, sys
told = os.dup(1)
os.set_inheritable(told, False)
pid = os.fork()
if not pid:
    os.setsid()
    for limit, most in ((resource.RLIMIT_CPU, {MOST_CPU}), (resource.RLIMIT_DATA, {_MEMORY})):
        resource.setrlimit(limit, (most, most))
    reading, writing = os.pipe()
    os.close(reading)
    streams = {{"kept": "/dev/null", "closed": "/dev/null", "full": "/dev/full"}}
    name = streams.get(sys.argv[1])
    os.dup2(os.open(name, os.O_WRONLY) if name else writing, 1)
    if sys.argv[1] == "closed":
        os.close(1)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(sys.argv[2], sys.argv[2:])
signal.signal(signal.SIGALRM, lambda *_: os.killpg(pid, signal.SIGKILL))
signal.alarm({3 * MOST_CPU})
_, status, usage = os.wait4(pid, 0)
line = f"{{os.waitstatus_to_exitcode(status)}} {{usage.ru_utime + usage.ru_stime}} {{usage.ru_maxrss}}"
os.write(told, line.encode())
"""
"""What starts the program: its own memory, which counts as that of what it starts, is small."""
