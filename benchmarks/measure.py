"""CPU seconds and memory of whole commands, their children included, and medians of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.estates import MANIFESTS, NODES, SAMPLE
from migrator.tools.kustomize import find_tool

ROOT: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = sys.executable
TOOL: Final = (PYTHON, "-m", "migrator")
FINE: Final = (0, 1, 2, 3)
"""Exit codes of a plan that was written: with findings of any kind, too."""
MIB: Final = 1024  # wait4 counts KiB on Linux


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """CPU seconds (user and system) of a process and its children, and its peak in MiB."""

    cpu: float
    peak: float


def run(command: Sequence[str], *, folder: Path = ROOT) -> Run:
    """Runs a command, from ``folder``, to its end; raises SystemExit with what it said if it fails."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)}: {said.read().decode()[-2000:]}")
    return Run(cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss / MIB)


def work(name: str, file: Path) -> Run:
    """A piece of work of ``benchmarks.work``, which counts its own seconds."""
    command = (PYTHON, "-m", "benchmarks.work", name, str(file))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return Run(cpu=float(done.stdout), peak=float("nan"))


def plan(folder: Path) -> Run:
    """The whole plan of an estate, written with all reports and not built with kustomize."""
    nodes = folder / NODES
    return written(folder / MANIFESTS, nodes)


def written(manifests: Path, nodes: Path) -> Run:
    with tempfile.TemporaryDirectory() as out:
        return run(
            (
                *TOOL,
                *("plan", str(manifests), "--node-files", str(nodes)),
                *("-o", f"{out}/out", "--no-verify", "--quiet"),
            )
        )


def overlay(folder: Path) -> Path:
    """The plan of an estate, written once and not built."""
    out = folder / "out"
    words = (str(folder / MANIFESTS), "--node-files", str(folder / NODES), "-o", str(out))
    run((*TOOL, "plan", *words, "--no-verify", "--quiet"))
    return out


def as_they_were(out: Path, folder: Path) -> Path:
    """A kustomization of all old objects of OUT as plain resources, written to ``folder``."""
    old = [*out.glob("base/**/*.yaml"), *out.glob("rollback/networks/**/*.yaml")]
    files = [path for path in old if path.name != "kustomization.yaml"]
    folder.mkdir()
    for path in files:
        shutil.copyfile(path, folder / path.name)
    names = "".join(f"- {path.name}\n" for path in files)
    (folder / "kustomization.yaml").write_text(f"resources:\n{names}")
    return folder


def build(folder: Path) -> Run:
    """A build by the kustomize that `verify` takes."""
    tool = find_tool()
    if tool is None:
        raise SystemExit("neither kustomize nor kubectl was found")
    return run((*tool.command, str(folder)))


def sample() -> Run:
    """The smallest sample, planned and written."""
    return written(SAMPLE / "manifests", SAMPLE / "nodes")


def review(repository: Path) -> Run:
    """The last 20 commits of a repository, judged."""
    words = ("review", "--git", "HEAD~20..HEAD", "--allow", "P66")
    return run((*TOOL, *words), folder=repository)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRun:
    """A run of ``fleet``: seconds by the clock, CPU seconds of its first process and of all, the peak of the
    largest in MiB, and what it said."""

    wall: float
    own: float
    run: Run
    said: str


_FLEET: Final = """
import os, sys, time
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[1])])
from migrator.cli.main import run
code = run(sys.argv[3:])
sys.stdout.flush()
with open(sys.argv[2], "w") as file:
    file.write(str(time.process_time()))
sys.exit(code not in (0, 4))
"""


def fleet(file: Path, cores: int) -> FleetRun:
    """The plans of a fleet on so many processors, written and not built with kustomize."""
    with tempfile.TemporaryDirectory() as folder:
        out, own, said = (Path(folder, name) for name in ("out", "own", "said"))
        words = ("fleet", str(file), "-o", str(out), "--no-verify")
        with said.open("w") as stream:
            begin = time.monotonic()
            process = subprocess.Popen(
                (PYTHON, "-c", _FLEET, str(cores), str(own), *words), cwd=ROOT, stdout=stream
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(words)}: {said.read_text()[-2000:]}")
        cpu = Run(cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss / MIB)
        return FleetRun(wall=wall, own=float(own.read_text()), run=cpu, said=said.read_text())


def kustomize(folder: Path) -> Run:
    """``kubectl kustomize`` of the documents of an estate as one resource."""
    manifests = folder / Path(MANIFESTS).parent
    listing = manifests / "kustomization.yaml"
    listing.write_text(f"resources: [{Path(MANIFESTS).name}]\n")
    try:
        return build(manifests)
    finally:
        listing.unlink()


def medians(calls: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, Run]:
    """The median of each call; each round makes all calls, so that a busy machine slows all."""
    runs: dict[str, list[Run]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            runs[name].append(call())
    return {
        name: Run(cpu=median(r.cpu for r in done), peak=median(r.peak for r in done))
        for name, done in runs.items()
    }
