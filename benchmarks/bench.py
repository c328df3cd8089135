"""Measures the program against its targets, in CPU seconds of one run and ratios of them.

    python -m benchmarks.bench                   every part, medians of 5
    python -m benchmarks.bench scan start        these parts
    python -m benchmarks.bench scan --rounds 1   one figure, soon
    python -m benchmarks.bench --write           the tables of benchmarks/README.md, too

Seconds depend on the machine and on what else it does; a ratio is one of medians of the same rounds.
Exits with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import fleets, measure, repository
from benchmarks.estates import MANIFESTS, Estate, estate, write
from benchmarks.measure import PYTHON, TOOL, Run, medians

README: Final = Path(__file__).with_name("README.md")
C_PARSE: Final = "C parses"
LARGE: Final = estate(100_000, share=0.01)
RELEVANT: Final = estate(10_000, share=1)
SMALL: Final = estate(1_000, share=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value; ``target`` is the most that it may be, None where nothing is promised."""

    what: str
    value: float
    unit: str
    seconds: float
    target: float | None = None

    @property
    def missed(self) -> bool:
        return self.target is not None and self.value > self.target


Figures = Iterator[Figure]
Part = Callable[[Path, int], Figures]


def _made(folder: Path, wanted: Estate) -> Path:
    """The estate in a folder of its own below ``folder``, made once."""
    place = folder / f"{wanted.documents}-{wanted.nads}-{wanted.workloads}"
    if not place.exists():
        write(wanted, place)
    return place


def _against(runs: dict[str, Run], name: str, target: float | None, what: str) -> Figure:
    """A figure in C parses of the same rounds."""
    cpu = runs[name].cpu
    return Figure(
        what=what, value=cpu / runs["c-parse"].cpu, unit=C_PARSE, seconds=cpu, target=target
    )


Calls = dict[str, Callable[[], Run]]


def _work(place: Path, *names: str) -> Calls:
    return {name: partial(measure.work, name, place / MANIFESTS) for name in names}


def _plan(place: Path) -> Calls:
    return {"plan": partial(measure.plan, place)}


def scan(folder: Path, rounds: int) -> Figures:
    """100,000 documents, 1% relevant: scan and split; the same and read."""
    runs = medians(_work(_made(folder, LARGE), "c-parse", "scan", "read"), rounds)
    yield _against(runs, "scan", 0.08, "scan and split, 100,000 documents")
    yield _against(runs, "read", None, "scan, split and read, 100,000 documents")


def large(folder: Path, rounds: int) -> Figures:
    """100,000 documents, 1% relevant: the whole plan with all reports, and its memory."""
    place = _made(folder, LARGE)
    runs = medians(_work(place, "c-parse") | _plan(place), rounds)
    yield _against(runs, "plan", 0.25, "whole plan, 100,000 documents")
    yield Figure(
        what="its peak memory",
        value=runs["plan"].peak,
        unit="MiB",
        seconds=runs["plan"].cpu,
        target=200,
    )


def read(folder: Path, rounds: int) -> Figures:
    """10,000 relevant documents: reading."""
    runs = medians(_work(_made(folder, RELEVANT), "c-parse", "read"), rounds)
    yield _against(runs, "read", 1.5, "read, 10,000 relevant documents")


def relevant(folder: Path, rounds: int) -> Figures:
    """10,000 relevant documents: the whole plan with all reports."""
    place = _made(folder, RELEVANT)
    runs = medians(_work(place, "c-parse") | _plan(place), rounds)
    yield _against(runs, "plan", 6, "whole plan, 10,000 relevant documents")


def peers(folder: Path, rounds: int) -> Figures:
    """What others take for 1,000 relevant documents."""
    place = _made(folder, SMALL)
    calls = _work(place, "c-parse", "read", "ruamel") | _plan(place)
    calls["kustomize"] = partial(measure.kustomize, place)
    runs = medians(calls, rounds)
    for name, what in {
        "read": "read",
        "plan": "whole plan",
        "ruamel": "ruamel.yaml's round-trip loader",
        "kustomize": "kubectl kustomize",
    }.items():
        yield _against(runs, name, None, f"{what}, 1,000 relevant documents")


def start(_folder: Path, rounds: int) -> Figures:
    """The smallest plan, and what comes before one."""
    calls: Calls = {
        "click": partial(measure.run, (PYTHON, "-c", "import click")),
        "help": partial(measure.run, (*TOOL, "--help")),
        "sample": measure.sample,
    }
    runs = medians(calls, rounds)
    yield Figure(
        what="--help",
        value=runs["help"].cpu / runs["click"].cpu,
        unit="`import click`",
        seconds=runs["help"].cpu,
        target=2,
    )
    sample = runs["sample"].cpu
    what = "samples/v4.0-thin, planned and written"
    yield Figure(what=what, value=sample, unit="s", seconds=sample, target=0.35)
    yield Figure(what=what, value=sample / runs["click"].cpu, unit="`import click`", seconds=sample)


def documents(folder: Path, rounds: int) -> Figures:
    """1,000 to 100,000 documents, 1% relevant."""
    sizes = (1_000, 2_000, 5_000, 10_000, 50_000, 100_000)
    yield from _curve(
        {size: estate(size, share=0.01) for size in sizes}, "documents", folder, rounds
    )


def nads(folder: Path, rounds: int) -> Figures:
    """100 to 10,000 networks, with as many workloads."""
    sizes = (100, 200, 1_000, 2_000, 5_000, 10_000)
    estates = {size: Estate(documents=2 * size + 5, nads=size, workloads=size) for size in sizes}
    yield from _curve(estates, "NADs", folder, rounds)


def _curve(estates: dict[int, Estate], unit: str, folder: Path, rounds: int) -> Figures:
    """The whole plan of each size, and for each of which there is half: how many times the CPU."""
    places = {size: _made(folder, wanted) for size, wanted in estates.items()}
    calls = {str(size): partial(measure.plan, place) for size, place in places.items()}
    runs = medians(calls, rounds)
    for size in estates:
        cpu = runs[str(size)].cpu
        what = f"whole plan, {size:,} {unit}"
        if half := runs.get(str(size // 2)):
            value = cpu / half.cpu
            unit_ = f"times that of {size // 2:,}"
            yield Figure(what=what, value=value, unit=unit_, seconds=cpu, target=2.1)
        else:
            yield Figure(what=what, value=cpu, unit="s", seconds=cpu)


def builds(folder: Path, rounds: int) -> Figures:
    """5,000 networks whose config is in files of the nodes: what `verify` builds of their plan."""
    number = 5_000
    wanted = Estate(documents=number + 5, nads=number, workloads=0, nodes=1, empty=True)
    out = measure.overlay(_made(folder, wanted))
    plain = measure.as_they_were(out, folder / "plain")
    folders = {
        "base": plain,
        "verified base": out / "base",
        "OUT": out,
        "rollback": out / "rollback",
    }
    calls: Calls = {name: partial(measure.build, place) for name, place in folders.items()}
    calls["verify"] = partial(measure.run, (*TOOL, "verify", str(out)))
    runs = medians(calls, rounds)
    one = runs["base"].cpu
    verified = sum(runs[name].cpu for name in ("verified base", "OUT", "rollback"))
    yield Figure(what="all as they were, as resources", value=one, unit="s", seconds=one)
    unit = "such builds"
    for name, cpu in (("OUT", runs["OUT"].cpu), ("rollback", runs["rollback"].cpu)):
        yield Figure(what=name, value=cpu / one, unit=unit, seconds=cpu)
    what = "base, OUT and rollback, as `verify` builds them"
    yield Figure(what=what, value=verified / one, unit=unit, seconds=verified, target=4)
    whole = runs["verify"].cpu
    yield Figure(what="the whole of `verify`", value=whole / one, unit=unit, seconds=whole)


def revisions(folder: Path, rounds: int) -> Figures:
    """A repository with 1,000 commits and 2,000 files: the review of its last 20 commits."""
    place = folder / "repository"
    if not place.exists():
        repository.write(place)
    cpu = medians({"review": partial(measure.review, place)}, rounds)["review"].cpu
    what = "review --git, 1,000 commits and 2,000 files"
    yield Figure(what=what, value=cpu, unit="s", seconds=cpu, target=3)


def fleet(folder: Path, rounds: int) -> Figures:
    """500 clusters on one processor and on two, and 1,000 in three groups."""
    places = {n: fleets.write(n, folder / f"fleet-{n}") for n in (100, 500, 1_000)}
    runs: dict[int, list[measure.FleetRun]] = {1: [], 2: []}
    for _ in range(rounds):
        for cores, done in runs.items():
            done.append(measure.fleet(places[500], cores))
    one, two = (min(each.wall for each in runs[cores]) for cores in (1, 2))
    best = min(runs[2], key=lambda each: each.wall)
    what = "fleet, 500 clusters"
    yield Figure(
        what=f"{what}: CPU of what is not divided",
        value=100 * best.own / best.run.cpu,
        unit="%",
        seconds=best.own,
        target=10,
    )
    yield Figure(
        what=f"{what}: time on two processors, the best of each",
        value=two / one,
        unit="times that on one",
        seconds=best.run.cpu,
        target=1 / 1.8,
    )
    few, many = (measure.fleet(places[n], 2) for n in (100, 1_000))
    yield Figure(
        what="fleet, 1,000 clusters: peak memory of a process",
        value=many.run.peak / few.run.peak,
        unit="times that of 100",
        seconds=many.run.cpu,
        target=1.3,
    )
    yield Figure(
        what="its groups of equal plans",
        value=sum(line[:2] in ("1.", "2.", "3.", "4.") for line in _groups(many.said)),
        unit="groups",
        seconds=many.run.cpu,
        target=3,
    )


def _groups(said: str) -> list[str]:
    return said.partition("Groups of equal plans")[2].partition("In which order")[0].splitlines()


PARTS: Final[dict[str, Part]] = {
    part.__name__: part
    for part in (
        scan,
        large,
        read,
        relevant,
        peers,
        start,
        documents,
        nads,
        builds,
        revisions,
        fleet,
    )
}


def table(figures: list[Figure]) -> str:
    rows = ["| what | measured | target | | CPU s |", "|---|---|---|---|---|"]
    for figure in figures:
        target = "" if figure.target is None else f"at most {figure.target:g}"
        verdict = "" if figure.target is None else "missed" if figure.missed else "met"
        rows.append(
            f"| {figure.what} | {figure.value:.3g} {figure.unit} | {target} | {verdict}"
            f" | {figure.seconds:.2f} |"
        )
    return "\n".join(rows)


def put(text: str, part: str, lines: str) -> str:
    """The README with what stands between the markers of a part replaced."""
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{README.name}: no marker for {part}")
    return pattern.sub(lambda _: f"{begin}{lines}\n{end}", text)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the program against its targets.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=5, help="runs of which the median counts")
    parser.add_argument("--write", action="store_true", help="write the tables into the README")
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in given.parts or PARTS:
            figures = list(PARTS[name](Path(folder), given.rounds))
            missed = missed or any(figure.missed for figure in figures)
            lines = table(figures)
            print(f"{name}: {PARTS[name].__doc__}\n{lines}\n", flush=True)
            if given.write:
                README.write_text(put(README.read_text(), name, lines))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
