"""Writes the two tables of docs/trust.md.

    python -m tests.trust                    measure, and write the tables
    python -m tests.trust --before FOLDER    measure an older checkout, for the column of before:
                                             what is not known of its commit yet

Each input goes to the program in a process of its own, and each fault into the writer; where one of
them ends otherwise than `tests.trust.inputs` says, that is printed and nothing is written.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.trust.faults import FAULTS, WAYS, Outcome, Point, Way, outcomes
from tests.trust.inputs import HOSTILE
from tests.trust.making import Hostile
from tests.trust.measure import MOST_CPU, Measured, measure

ROOT: Final = Path(__file__).resolve().parents[2]
TRUST: Final = ROOT / "docs" / "trust.md"
BEFORE: Final = Path(__file__).with_name("before.json")
"""What the commit of that id did, from --before: code, CPU seconds, MiB, and whether it was sound; and how
many of its writer's calls ended in which failing, counted once with its own writer."""
MARKS: Final = ("<!-- {} begins: make trust -->", "<!-- {} ends -->")
_LONGEST: Final = 110
_ENDED: Final = f"A run was ended after {MOST_CPU} CPU seconds, or {3 * MOST_CPU} of the clock, and had 6 GiB of memory."


def wrong(hostile: Hostile, measured: Measured) -> str:
    """How a run ended otherwise than it has to, "" for one that did not."""
    said = hostile.said in measured.said if hostile.said else not measured.said
    if measured.code == hostile.code and said and measured.sound:
        return ""
    return f"{hostile.name}: {measured}"


def inputs_table(measured: Mapping[str, Measured], before: Mapping[str, Any]) -> list[str]:
    """One row for each input."""
    rows = [
        f"Before: commit {before['commit']}. {_ENDED}",
        "",
        "| hostile input | exit code | CPU s | MiB | what it says | before: exit code, CPU s, MiB |",
        "|---|---|---|---|---|---|",
    ]
    for hostile in HOSTILE:
        found, old = measured[hostile.name], before["inputs"].get(hostile.name)
        cells = (
            hostile.name,
            found.code,
            _seconds(found.cpu),
            found.mib,
            _said(found.said),
            _old(old),
        )
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return rows


def _seconds(cpu: float) -> str:
    return f"{cpu:.0f}" if cpu >= 1.5 else "1"


def _said(text: str) -> str:
    """A line as a cell of a table."""
    if not text:
        return "nothing"
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}..."
    return f"`{short.replace('`', chr(39)).replace('|', '/')}`"


def _old(old: Mapping[str, Any] | None) -> str:
    if old is None:
        return "not measured"
    code = "ended" if old["code"] is None else old["code"]
    unsound = "" if old["sound"] or old["code"] is None else ", and what it wrote was wrong"
    traceback = ", a traceback" if old["traceback"] else ""
    return f"{code}, {_seconds(old['cpu'])}, {old['mib']}{traceback}{unsound}"


Faulted = Mapping[Way, Sequence[tuple[Point, Mapping[str, Outcome]]]]
Row = tuple[Point, tuple[tuple[str, Outcome], ...]]
_FAILINGS: Final[Mapping[str, Callable[[Outcome], bool]]] = {
    "OUT is new, and the run says that it was not written": lambda o: (
        o.at == "new" and o.code == 1 and "written whole" not in o.said
    ),
    "OUT is there no more": lambda o: o.at == "absent",
    "OUT is a mixture": lambda o: o.at == "a mixture",
    "a traceback": lambda o: o.code == -1,
    "something stays beside OUT for good": lambda o: not o.clean,
}


def failings_table(found: Faulted, before: Mapping[str, Any]) -> list[str]:
    """How many calls end in each failing, now and before, where OUT is replaced in one exchange."""
    results = [results for _, results in found[WAYS[0]]]
    rows = [
        f"Calls that end in a failing: of {len(results)} now, of {before['calls']} before.",
        "",
        f"| failing | {' | '.join(f'{fault}: now, before' for fault in FAULTS)} |",
        "|---|" + "---|" * len(FAULTS),
    ]
    for failing, fails in _FAILINGS.items():
        now = {fault: sum(fails(each[fault]) for each in results) for fault in FAULTS}
        cells = (f"{now[fault]}, {before['faults'][failing][fault]}" for fault in FAULTS)
        rows.append(f"| {failing} | {' | '.join(cells)} |")
    return rows


def faults_table(faulted: Faulted) -> list[str]:
    """One row for all calls that are of one kind and end in the same way."""
    counts: dict[Row, dict[str, int]] = {}
    for way in WAYS:
        for point, results in faulted[way]:
            found = counts.setdefault((point, tuple(results.items())), dict.fromkeys(WAYS, 0))
            found[way] += 1
    head = [f"| the call that fails | {' | '.join(WAYS)} | {' | '.join(FAULTS)} |"]
    head += ["|---|" + "---|" * (len(WAYS) + len(FAULTS))]
    return head + [
        f"| {point.call}: {point.about} | {' | '.join(str(n or '') for n in found.values())} | "
        f"{' | '.join(_outcome(outcome) for _, outcome in results)} |"
        for (point, results), found in counts.items()
    ]


def _outcome(outcome: Outcome) -> str:
    code = f", {outcome.code}" if outcome.code is not None else ""
    said = f": {_said(outcome.said)}" if outcome.said else ""
    return f"**{outcome.at}**{code}{said}"


def put(text: str, name: str, rows: Sequence[str]) -> str:
    """The text with the rows between the marks of that name."""
    begin, end = (mark.format(name) for mark in MARKS)
    above, _, rest = text.partition(begin)
    below = rest.partition(end)[2]
    return f"{above}{begin}\n{chr(10).join(rows)}\n{end}{below}"


def _measured(package: Path, hostiles: Sequence[Hostile]) -> Iterator[tuple[Hostile, Measured]]:
    for hostile in hostiles:
        found = measure(hostile, package)
        print(f"{hostile.name}: {found.code}, {found.cpu:.1f} s, {found.mib} MiB", flush=True)
        yield hostile, found


def _before(package: Path) -> None:
    git = ["git", "-C", str(package), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
    known = json.loads(BEFORE.read_text()) if BEFORE.exists() else {}
    found = known["inputs"] if known.get("commit") == commit else {}
    for hostile, measured in _measured(package, [h for h in HOSTILE if h.name not in found]):
        found[hostile.name] = {
            "code": measured.code,
            "cpu": round(measured.cpu, 1),
            "mib": measured.mib,
            "sound": measured.sound,
            "traceback": measured.traceback,
        }
    inputs = {hostile.name: found[hostile.name] for hostile in HOSTILE}
    BEFORE.write_text(json.dumps({**known, "commit": commit, "inputs": inputs}, indent=1) + "\n")


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--before"] and len(arguments) == 2:
        _before(Path(arguments[1]).resolve())
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 64
    measured = dict(_measured(ROOT, HOSTILE))
    if bad := [line for hostile, found in measured.items() if (line := wrong(hostile, found))]:
        print("\n".join(["", *bad]), file=sys.stderr)
        return 1
    by_name = {hostile.name: found for hostile, found in measured.items()}
    before = json.loads(BEFORE.read_text())
    faulted = {way: list(outcomes(way)) for way in WAYS}
    text = put(TRUST.read_text(), "inputs", inputs_table(by_name, before))
    text = put(text, "failings", failings_table(faulted, before))
    TRUST.write_text(put(text, "faults", faults_table(faulted)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
