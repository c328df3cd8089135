"""Whole runs on manifests in which something is wrong, for a stated time: ``make fuzz``.

    python -m tests.fuzz SECONDS [FOLDER]

Takes the files of FOLDER (real manifests; the samples without it), changes some places of the text
or of the tree, and runs ``plan``, ``check``, ``diff`` and at times ``verify`` on them, with node files
that are changed as well. Each run has to end with a code of the contract, with lines and no
traceback, in bounded time, with its inputs as they were, and with all of OUT or none of it. What
does not is written below ``fuzz-found/`` and printed; the exit code is then 1. The seed is printed.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from tests.cli.tools import Run, migrator
from tests.plan.test_malformed import places, replaced

SAMPLES: Final = Path(__file__).resolve().parents[1] / "samples"
FOUND: Final = Path("fuzz-found")
MOST_CPU: Final = 20.0
"""Seconds of one run on some files of a few KB."""
CODES: Final = frozenset({0, 1, 2, 3, 4, 64})
VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1e300, "", "x", "multus", "/etc/cni/net.d", "{}", "[1]", "[" * 300, [], {}, [None],
    {"name": 5}, "${VAR}", "{{ x }}", "../../x", "\x85", "\u202e", "a" * 300, "--multus-conf-file=/x",
    '{"cniVersion": "0.3.1", "name": "n", "type": "bridge"}', '{"plugins": [{}]}', "ns/net@eth1",
)  # fmt: skip
PIECES: Final = (
    "\n", " ", "\t", "'", '"', "- ", ": ", "{", "}", "[", "]", "#", "&a ", "*a", "!!str ", "|\n", ">-\n",
    "---\n", "\x00", "\x1b[31m", "\ufeff", "<<: ", "%YAML 1.1\n", "null", "é", "\\", "kind: List\n",
)  # fmt: skip


def texts(folder: Path) -> list[str]:
    """Manifests that a run takes in a moment."""
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in (".yaml", ".yml", ".json")]
    read = [p.read_text("utf-8", "replace") for p in files if p.stat().st_size < 30_000]
    return [text for text in read if "multus" in text.lower() or "cni" in text.lower()]


def spoiled(text: str, rng: random.Random) -> str:
    """The text with pieces put in, taken out, or its JSON tree with other values."""
    if rng.random() < 0.5:
        try:
            return _other_values(text, rng)
        except ValueError:
            pass
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(text) + 1)
        gone = rng.choice((0, 0, 1, 3, 40))
        text = text[:at] + rng.choice(("", *PIECES)) + text[at + gone :]
    return text


def _other_values(text: str, rng: random.Random) -> str:
    import yaml

    try:
        trees = [tree for tree in yaml.safe_load_all(text) if isinstance(tree, dict)]
    except (yaml.YAMLError, TypeError) as error:
        raise ValueError from error
    if not trees:
        raise ValueError
    for _ in range(rng.choice((1, 1, 2, 4))):
        index = rng.randrange(len(trees))
        place = rng.choice([p for p in places(trees[index]) if p] or [()])
        if place:
            trees[index] = replaced(trees[index], place, rng.choice(VALUES))
    return "\n---\n".join(json.dumps(tree, indent=1, default=str) for tree in trees)


def faults(run: Run, out: Path | None) -> Iterator[str]:
    """What is wrong with the end of a run."""
    if run.code not in CODES:
        yield f"exit code {run.code}"
    if "Traceback" in run.err:
        yield "a traceback"
    if run.code == 1 and not run.err.strip() and "NOT FOUND" not in run.out:
        yield "exit code 1 without a line"
    if out is not None and out.exists() and not (out / "plan.json").is_file():
        yield "OUT without plan.json"
    if out is not None and out.exists() and run.code in (1, 64):
        yield f"OUT with exit code {run.code}"


def one(corpus: Sequence[str], nodes: Sequence[str], rng: random.Random, folder: Path) -> list[str]:
    """One run in an empty folder; the lines say what is wrong with it."""
    inputs = folder / "in"
    inputs.mkdir()
    for number in range(rng.choice((1, 1, 2, 3))):
        text = rng.choice(corpus)
        (inputs / f"{number}.yaml").write_text(spoiled(text, rng), "utf-8", "surrogatepass")
    options = ["--keep-going"] if rng.random() < 0.3 else []
    if rng.random() < 0.5:
        conf = folder / "nodes" / "etc" / "cni" / "net.d"
        conf.mkdir(parents=True)
        name = rng.choice(("10-a.conflist", "00-multus.conf", "x.conf"))
        (conf / name).write_text(spoiled(rng.choice(nodes), rng), "utf-8", "surrogatepass")
        options += ["--node-files", "nodes"]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    command = rng.choice(("plan", "plan", "plan", "check", "diff"))
    out = folder / "out" if command == "plan" else None
    if out is not None:
        verified = rng.random() < 0.1
        options += ["-o", "out", *(["--allow", "P04"] if rng.random() < 0.3 else [])]
        options += [] if verified else ["--no-verify"]
    elif command == "check":
        form = rng.choice(
            ("json", "sarif", "junit", "github", "github-summary", "markdown", "html")
        )
        options += ["--format", form]
    begin = time.process_time()
    try:
        run = migrator(command, "in", *options, cwd=folder)
    except BaseException:
        return [f"{command} {' '.join(options)}: {traceback.format_exc()}"]
    found = list(faults(run, out))
    if time.process_time() - begin > MOST_CPU:
        found.append(f"{time.process_time() - begin:.0f} CPU seconds")
    if {path: path.read_bytes() for path in before} != before:
        found.append("an input was changed")
    if out is not None and (out / "component").is_dir() and rng.random() < 0.1:
        found += faults(migrator("verify", "out", cwd=folder), None)
    return [f"{command} {' '.join(options)}: {fault}\n{run.err}" for fault in found]


def main(seconds: float, folder: Path, seed: int) -> int:
    """Runs until the time is over; returns the exit code."""
    corpus, rng = texts(folder), random.Random(seed)  # noqa: S311 - a repeatable one
    nodes = [p.read_text("utf-8") for p in sorted(SAMPLES.rglob("*.conf*")) if p.is_file()]
    print(f"seed {seed}, {len(corpus)} manifests, {seconds:.0f} s")
    end, runs, wrong = time.monotonic() + seconds, 0, Counter[str]()
    while time.monotonic() < end:
        place = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            for line in one(corpus, nodes, rng, place):
                wrong[line.strip().split("\n")[-1]] += 1
                shutil.copytree(place, FOUND / str(runs), dirs_exist_ok=True)
                print(f"run {runs}, kept in {FOUND / str(runs)}: {line}")
        finally:
            shutil.rmtree(place, ignore_errors=True)
        runs += 1
    print(f"{runs} runs, {wrong.total()} faults")
    for line, count in wrong.most_common(20):
        print(f"{count:5} {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    where = Path(sys.argv[2]) if len(sys.argv) == 3 else SAMPLES
    sys.exit(main(float(sys.argv[1]), where, random.SystemRandom().randrange(10**9)))
