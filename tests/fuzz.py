"""Whole runs on manifests in which something is wrong, for a stated time: ``make fuzz``.

    python -m tests.fuzz SECONDS [FOLDER [SEED]]

Takes the files of FOLDER (real manifests; the samples without it), alone or with those beside them,
changes some places of the text or of the tree (`tests.spoil`), and runs ``plan``, ``check``, ``diff`` and
``verify`` on them, with node files, a config file or a kustomize root that are changed as well. Where
OUT was proved, ``verify`` has to prove it again; where one of its files was changed then, ``verify`` and
the next ``plan`` have to refuse it. Each run has to end with a code of the contract, with lines and no
traceback, with nothing in them that a terminal obeys, in bounded time, with its inputs as they were, and
with all of OUT or none of it. What does not is written below ``fuzz-found/`` and printed; the exit code
is then 1. The seed is printed: with it, the runs are the same.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from migrator.plan.planner import KNOWN_IDS
from tests.cli.tools import Run, migrator
from tests.spoil import spoil_out, spoiled, write, write_nodes, write_root

SAMPLES: Final = Path(__file__).resolve().parents[1] / "samples"
FOUND: Final = Path("fuzz-found")
MOST_CPU: Final = 20.0
"""Seconds of one run on some files of a few KB."""
CODES: Final = frozenset({0, 1, 2, 3, 4, 64})
LARGEST: Final = 30_000
"""Bytes of a manifest that a run takes in a moment."""
FORMATS: Final = ("json", "sarif", "junit", "github", "github-summary", "markdown", "html")
ALLOWED: Final = tuple(word for name in sorted(KNOWN_IDS) for word in ("--allow", name))
CONFIG: Final = """\
[nads]
"istio-system/istio-cni" = "mount"

[[suppress]]
id = "P24"
object = "*"
reason = "x"
expires = 2027-01-31
"""
ENVIRONMENT: Final = {"MULTUS_MIGRATOR_MAX_INPUT_SECONDS": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Texts to begin with: single manifests, those of one estate together, roots, and the rest."""

    manifests: Sequence[str]
    estates: Sequence[Sequence[str]]
    roots: Sequence[str]
    nodes: Sequence[str]
    configs: Sequence[str]


def corpus_of(folder: Path) -> Corpus:
    """What the folder and the samples hold."""
    samples = [_texts(path) for path in sorted(SAMPLES.glob("*/manifests"))]
    return Corpus(
        manifests=_texts(folder) or _texts(SAMPLES),
        estates=samples,
        roots=[_text(path) for path in sorted(folder.rglob("kustomization.y*ml"))],
        nodes=[_text(p) for p in sorted(SAMPLES.rglob("*.conf*")) if p.is_file()],
        configs=[CONFIG],
    )


def _texts(folder: Path) -> list[str]:
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in (".yaml", ".yml", ".json")]
    read = [_text(path) for path in files if path.stat().st_size < LARGEST]
    return [text for text in read if "multus" in text.lower() or "cni" in text.lower()]


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace")


def faults(run: Run, out: Path | None) -> Iterator[str]:
    """What is wrong with the end of a run."""
    if run.code not in CODES:
        yield f"exit code {run.code}"
    if "Traceback" in run.err:
        yield "a traceback"
    if run.code == 1 and not run.err.strip() and "NOT FOUND" not in run.out:
        yield "exit code 1 without a line"
    for stream, text in (("stdout", run.out), ("stderr", run.err)):
        if obeyed := sorted({char for char in text if _is_obeyed(char)}):
            yield f"{stream} holds {', '.join(map(ascii, obeyed))}"
    if out is not None and out.exists() and not (out / "plan.json").is_file():
        yield "OUT without plan.json"
    if out is not None and out.exists() and run.code in (1, 64):
        yield f"OUT with exit code {run.code}"


def _is_obeyed(char: str) -> bool:
    """Whether a terminal does something with it, or shows nothing."""
    return char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf")


def one(corpus: Corpus, rng: random.Random, folder: Path) -> list[str]:
    """One run in an empty folder, and what follows from it; the lines say what is wrong."""
    options = _inputs(corpus, rng, folder)
    before = _files(folder)
    command = rng.choice(("plan", "plan", "plan", "plan", "check", "diff", "edit"))
    if command == "edit":
        options += ["--diff"]
    if command == "check":
        options += ["--format", rng.choice(FORMATS)]
    out = folder / "out" if command == "plan" else None
    if out is not None:
        options += ["-o", "out", *(ALLOWED if rng.random() < 0.5 else ())]
        options += ["--no-verify"] if rng.random() < 0.5 else []
    run, found = _run(folder, command, "in", *options)
    found += [] if run is None else faults(run, out)
    if {path: path.read_bytes() for path in before} != before:
        found.append("an input was changed")
    if run is not None and out is not None and (out / "component").is_dir():
        proved = "--no-verify" not in options and run.code == 0
        found += _after(folder, ["plan", "in", *options], rng, proved=proved)
    shown = " ".join(options).replace(" ".join(ALLOWED), "--allow ALL")
    return [f"{command} in {shown}: {fault}\n{run.err if run else ''}" for fault in found]


def _inputs(corpus: Corpus, rng: random.Random, folder: Path) -> list[str]:
    """Writes what a run reads, and returns the options that name it."""
    if rng.random() < 0.4:
        texts = list(rng.choice(corpus.estates))
        index = rng.randrange(len(texts))
        texts[index] = spoiled(texts[index], rng)
    else:
        texts = [
            spoiled(rng.choice(corpus.manifests), rng) for _ in range(rng.choice((1, 1, 2, 3)))
        ]
    for number, text in enumerate(texts):
        write(folder / "in" / f"{number}.yaml", text)
    options = ["--keep-going"] if rng.random() < 0.3 else []
    if rng.random() < 0.15:
        write_root(folder / "in", corpus.roots, rng)
    if rng.random() < 0.5:
        write_nodes(folder / "nodes", corpus.nodes, rng)
        options += ["--node-files", "nodes"]
    if rng.random() < 0.1:
        write(folder / "c.toml", spoiled(rng.choice(corpus.configs), rng))
        options += ["--config", "c.toml"]
    if rng.random() < 0.2:
        options += ["--target", rng.choice(("4.0.2", "4.1.4", "4.2.4", "auto", "3.9"))]
    return options


def _after(folder: Path, again: list[str], rng: random.Random, *, proved: bool) -> list[str]:
    """``verify`` on what was written, and both commands where something in it was changed."""
    out = folder / "out"
    run, found = _run(folder, "verify", "out")
    found += [] if run is None else faults(run, None)
    if run is not None and proved and run.code != 0:
        found.append(f"verify: exit code {run.code} of what plan had proved\n{run.err}")
    what = spoil_out(out, rng)
    changed = _files(out)
    for arguments in (["verify", "out"], again):
        run, more = _run(folder, *arguments)
        found += more
        if run is None:
            continue
        found += faults(run, None)
        # what is gone takes nothing of anybody's with it: the next plan may write anew
        free = arguments[0] == "plan" and what.startswith(("gone ", "folder "))
        if not what.endswith(" plan.json") and not free and run.code not in (1, 64):
            found.append(f"{arguments[0]}: exit code {run.code} of OUT with {what}")
        if run.code == 1 and _files(out) != changed:
            found.append(f"{arguments[0]}: OUT with {what} was changed")
    return found


def _run(folder: Path, *arguments: str) -> tuple[Run | None, list[str]]:
    """The run, None where it raised; what is wrong so far."""
    begin = time.process_time()
    try:
        run = migrator(*arguments, cwd=folder, env=ENVIRONMENT)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None, [f"{arguments[0]}: {traceback.format_exc()}"]
    spent = time.process_time() - begin
    return run, [f"{arguments[0]}: {spent:.0f} CPU seconds"] if spent > MOST_CPU else []


def _files(folder: Path) -> Mapping[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def main(seconds: float, folder: Path, seed: int, one_run: Callable[..., list[str]] = one) -> int:
    """Runs until the time is over; returns the exit code."""
    corpus = corpus_of(folder)
    print(f"seed {seed}, {len(corpus.manifests)} manifests, {seconds:.0f} s", flush=True)
    end, runs, wrong = time.monotonic() + seconds, 0, Counter[str]()
    while time.monotonic() < end:
        place = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            rng = random.Random(f"{seed} {runs}")  # noqa: S311 - a repeatable one
            for line in one_run(corpus, rng, place):
                wrong[line.strip().split("\n")[-1]] += 1
                shutil.copytree(place, FOUND / str(runs), dirs_exist_ok=True, symlinks=True)
                print(f"run {runs}, kept in {FOUND / str(runs)}: {line}", flush=True)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        runs += 1
    print(f"{runs} runs, {wrong.total()} faults")
    for line, count in wrong.most_common(20):
        print(f"{count:5} {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3, 4):
        sys.exit(__doc__)
    where = Path(sys.argv[2]) if len(sys.argv) > 2 else SAMPLES
    chosen = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(10**9)
    sys.exit(main(float(sys.argv[1]), where, chosen))
