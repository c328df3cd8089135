#!/usr/bin/env python3
"""Hold a library of cases against the list of those that are known not to hold yet.

    cases.py FOLDER KNOWN

FOLDER has a program `run`, which prints a line "NAME: why" for each case that fails and then
"N of M cases hold". KNOWN lists names, one a line; what follows a # is a comment. Red (exit 1) is a
case that fails and is not listed, and a listed one that holds: then its line goes. What the program
prints has to add up, else nothing is known and the exit code is 2.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_FAILED = re.compile(r"(\S+): (.*)")
_SUM = re.compile(r"(\d+) of (\d+) cases hold")


@dataclass(frozen=True)
class Outcome:
    """``failed`` maps the name of a case to why it does not hold; ``total`` counts all cases."""

    failed: Mapping[str, str]
    total: int


def known_names(text: str) -> frozenset[str]:
    """The names that a list holds."""
    names = (line.partition("#")[0].strip() for line in text.splitlines())
    return frozenset(name for name in names if name)


def outcome(printed: str) -> Outcome:
    """What the program found. Errors: ValueError where its lines and its sum do not agree."""
    *lines, last = printed.rstrip("\n").split("\n")
    counted = _SUM.fullmatch(last)
    if not counted:
        raise ValueError(f"no sum at the end, but {last!r}")
    held, total = map(int, counted.groups())
    failed = {found[1]: found[2] for found in map(_FAILED.fullmatch, lines) if found}
    if not total or len(failed) != total - held:
        raise ValueError(f"{len(failed)} cases are named, but {last}")
    return Outcome(failed=failed, total=total)


def complaints(found: Outcome, known: frozenset[str]) -> Iterator[str]:
    """A line for each case that is not as the list says."""
    for name, why in found.failed.items():
        if name not in known:
            yield f"{name}: {why}"
    for name in sorted(known - found.failed.keys()):
        yield f"{name}: is listed, and holds (or there is no such case): take it off the list"


def main(folder: Path, known_file: Path) -> int:
    """Run the cases and say what is not as listed; returns the exit code."""
    known = known_names(known_file.read_text(encoding="utf-8"))
    command = [str((folder / "run").resolve()), str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    try:
        found = outcome(done.stdout)
    except ValueError as error:
        print(f"{done.stdout}the cases cannot be judged (exit {done.returncode}): {error}")
        return 2
    wrong = list(complaints(found, known))
    held = found.total - len(found.failed)
    print(*wrong, f"{held} of {found.total} cases hold, {len(known)} are known not to", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
