"""``python -m tests.mutants COUNT SEED``: see the package."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from tests.mutants import fresh
from tests.mutants.choice import Uses, choose, read_baseline
from tests.mutants.operators import Mutant, compiles, mutants

ROOT: Final = Path(__file__).resolve().parents[2]
ROOMS: Final = ("multus", "steps", "kustomize", "thick")
ABOVE: Final = ("inventory", "checks", "plan")
FOLDERS: Final = (*(f"tests/{name}" for name in (*ROOMS, *ABOVE)), "tests/rules")
"""The tests that take part: those of the rooms, and of what is right beside and above them."""
KEPT: Final = ROOT / ".mutants"
"""What is known of the tests as they are now; git ignores it."""
COVERAGE, IMPORTS = KEPT / "coverage", KEPT / "imports"
SECONDS, STAMP = KEPT / "seconds.json", KEPT / "stamp"
SOURCES: Final = ("migrator", "templates", "tests", "samples", "pyproject.toml")
NOT_COPIED: Final = shutil.ignore_patterns(
    ".git", ".venv", ".mutants", ".mypy_cache", ".ruff_cache", ".pytest_cache", "node_modules"
)
CORES: Final = len(os.sched_getaffinity(0))
PATIENCE: Final = 5.0
"""A mutant has that many times the seconds that its tests took, and ten more."""


def stamp() -> str:
    """A digest of every file that a test may read."""
    digest = hashlib.sha256()
    for name in SOURCES:
        for file in sorted([ROOT / name, *(ROOT / name).rglob("*")]):
            if (
                file.is_file()
                and "__pycache__" not in file.parts
                and "node_modules" not in file.parts
            ):
                digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def measure() -> None:
    """Run the tests once with coverage, unless that is known already."""
    now = stamp()
    if STAMP.is_file() and STAMP.read_text("utf-8") == now:
        return
    print("which tests run which lines: all tests that take part, once, with coverage", flush=True)
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir()
    subprocess.run(
        [
            *(*fresh.PYTEST, "-n", str(CORES), "-p", "tests.mutants.seconds"),
            *(f"--cov=migrator.{name}" for name in (*ROOMS, *ABOVE)),
            *("--cov-context=test", "--cov-report=", *FOLDERS),
        ],
        cwd=ROOT,
        env={**os.environ, "COVERAGE_FILE": str(COVERAGE), "MUTANTS_SECONDS": str(SECONDS)},
        check=False,  # a test that fails is left out
    )
    subprocess.run(
        [sys.executable, "-m", "coverage", "run", "-m", "tests.mutants.imports"],
        cwd=ROOT,
        env={**os.environ, "COVERAGE_FILE": str(IMPORTS)},
        check=True,
    )
    STAMP.write_text(now, "utf-8")


def sample(texts: Mapping[str, str], count: int, seed: int) -> list[Mutant]:
    """Of each room its share; each room has a draw of its own."""
    rooms: dict[str, list[Mutant]] = {room: [] for room in ROOMS}
    for path, text in texts.items():
        room = path.split("/")[1]
        if room in rooms:
            rooms[room] += mutants(path, text)
    total = sum(map(len, rooms.values()))
    chosen = []
    for room, found in rooms.items():
        random.Random(f"{seed} {room}").shuffle(found)  # noqa: S311 - a repeatable one
        whole = (mutant for mutant in found if compiles(mutant.applied(texts[mutant.path])))
        share = round(count * len(found) / total)
        chosen += [mutant for mutant, _ in zip(whole, range(share), strict=False)]
    return chosen


def jobs_of(drawn: Sequence[Mutant], texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the runners take: each mutant with its tests."""
    baseline, uses = read_baseline(COVERAGE, IMPORTS, SECONDS, ROOT), Uses(texts)
    jobs = []
    for number, mutant in enumerate(drawn):
        chosen = choose(mutant, baseline, uses)
        jobs.append(
            {
                "number": number,
                "path": mutant.path,
                "text": mutant.applied(texts[mutant.path]),
                "function": mutant.function,
                "tests": chosen.tests,
                "limit": 10 + PATIENCE * sum(map(baseline.seconds.__getitem__, chosen.tests)),
                "fresh": chosen.fresh,
            }
        )
    return jobs


def run(jobs: Sequence[dict[str, Any]], folder: Path) -> Iterator[tuple[int, str]]:
    """(number, result) of each job as it ends."""
    copies = [folder / f"copy{number}" for number in range(CORES)]
    for copy in copies:
        shutil.copytree(ROOT, copy, ignore=NOT_COPIED, symlinks=True)
    without = [job for job in jobs if not job["tests"]]
    yield from ((job["number"], "passed: no test runs it") for job in without)
    yield from forked([job for job in jobs if job["tests"] and not job["fresh"]], copies[0], folder)
    anew = [job for job in jobs if job["tests"] and job["fresh"]]
    if anew:
        control = fresh.tested(anew[0]["tests"], copies[0], anew[0]["limit"])
        if control != "passed":
            sys.exit(f"the tests do not pass without a mutant: {control}")
        yield from fresh.run(anew, copies)


def forked(jobs: Sequence[dict[str, Any]], copy: Path, folder: Path) -> Iterator[tuple[int, str]]:
    """One pytest for all; it appends to a file what is read here."""
    file, results = folder / "jobs.json", folder / "results.jsonl"
    for job in jobs:
        job["file"] = str(copy / job["path"])
    file.write_text(json.dumps(jobs), "utf-8")
    results.touch()
    names = {"MUTANTS_JOBS": str(file), "MUTANTS_RESULTS": str(results)}
    log = folder / "forked.log"
    with log.open("wb") as output, results.open(encoding="utf-8") as lines:
        process = subprocess.Popen(
            [*fresh.PYTEST, "-p", "tests.mutants.forked", *FOLDERS],
            cwd=copy,
            env=fresh.environment(copy, **names),
            stdout=output,
            stderr=output,
        )
        seen = 0
        while seen < len(jobs):
            ended = process.poll() is not None
            for line in lines:
                seen += 1
                number, result = json.loads(line)
                yield number, result
            if ended and seen < len(jobs):
                sys.exit(
                    f"pytest ended with {process.returncode}:\n{log.read_text('utf-8')[-2000:]}"
                )
            time.sleep(0.1)
        process.wait()


def change(mutant: Mutant, text: str) -> str:
    """The lines before and after, as a small diff."""
    begin = text.rfind("\n", 0, mutant.start) + 1
    after = text.find("\n", mutant.end)
    end = len(text) if after < 0 else after
    new = text[begin : mutant.start] + mutant.new + text[mutant.end : end]
    old = [f"-{line}" for line in text[begin:end].split("\n")]
    return "\n".join([*old, *(f"+{line}" for line in new.split("\n"))])


def table(drawn: Sequence[Mutant], results: Mapping[int, str]) -> Iterator[str]:
    """The scores: killed of drawn, by room and in total."""
    yield f"{'room':10} {'killed':>7} {'of':>5} {'score':>7}"
    for room in (*ROOMS, "total"):
        of = [
            results[number].startswith("failed")
            for number, mutant in enumerate(drawn)
            if room in ("total", mutant.path.split("/")[1])
        ]
        if of:
            yield f"{room:10} {sum(of):7} {len(of):5} {100 * sum(of) / len(of):6.1f}%"


def main(count: int, seed: int) -> int:
    """Draws, runs and prints; the exit code says nothing of the score."""
    begin = time.monotonic()
    files = sorted((ROOT / "migrator").rglob("*.py"))
    texts = {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in files}
    measure()
    drawn = sample(texts, count, seed)
    jobs = jobs_of(drawn, texts)
    print(f"seed {seed}, {len(drawn)} mutants, {sum(j['fresh'] for j in jobs)} of them run anew")
    results: dict[int, str] = {}
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for number, result in run(jobs, Path(folder)):
            results[number] = result
            print("." if result.startswith("failed") else "S", end="", flush=True)
    print("\n")
    for number, mutant in enumerate(drawn):
        if not results[number].startswith("failed"):
            tests = len(jobs[number]["tests"])
            print(f"{mutant.path}:{mutant.line}: {mutant.kind} ({results[number]}, {tests} tests)")
            print(change(mutant, texts[mutant.path]), end="\n\n")
    print("\n".join(table(drawn, results)))
    print(f"seed {seed}, {(time.monotonic() - begin) / 60:.0f} minutes")
    KEPT.joinpath("last.json").write_text(
        json.dumps([{**asdict(m), "result": results[n]} for n, m in enumerate(drawn)]), "utf-8"
    )
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("python -m tests.mutants COUNT SEED")
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
