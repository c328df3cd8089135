"""``multus-migrator fleet``: many clusters, and one report over all."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from migrator.cli import exitcodes, values
from migrator.cli.completion import rule_ids
from migrator.cli.fetching import fetching
from migrator.cli.fleet_file import Cluster, read_fleet
from migrator.cli.fleet_merge import merged
from migrator.cli.fleet_out import prepare, write_reports
from migrator.cli.fleet_work import DONE, Job, Typed
from migrator.cli.options import known_ids, valid
from migrator.cli.places import check_apart
from migrator.cli.progress import doing
from migrator.cli.written import WRITTEN
from migrator.live.fleet import Result, told
from migrator.read.garbage import seldom_collected
from migrator.report import fleet as reports
from migrator.report.fleet import Named, Shard, failed
from migrator.tools.forks import processors, spread
from migrator.tools.kustomize import find_tool

_SHARD: Final = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,5})")
_MERGE: Final = "merge"


@click.command()
@click.argument("fleet", nargs=-1, required=True, metavar="FLEET.yaml | merge SHARD...")
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    default="multus-fleet",
    show_default=True,
    help="Folder to write, in no input; a run that was stopped goes on there.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=1024),
    metavar="N",
    help="Clusters that are planned at the same time; as many as there are processors.",
)
@click.option(
    "--shard",
    metavar="I/N",
    help="Plan part I of N, from 1/N to N/N, on a machine of its own; merge makes one of all.",
)
@click.option(
    "--allow",
    metavar="ID",
    multiple=True,
    shell_complete=rule_ids,
    help="Go on in spite of this blocker, in every cluster; repeatable.",
)
@click.option("--image", metavar="IMAGE", default="", help="Thick image to use in every cluster.")
@fetching
@click.option("--no-verify", is_flag=True, help="Do not build the results with kustomize.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@seldom_collected()
def fleet(
    fleet: tuple[str, ...],
    out: str,
    jobs: int | None,
    shard: str | None,
    allow: tuple[str, ...],
    image: str,
    fetch: bool,
    no_verify: bool,
    quiet: bool,
) -> int:
    """Plan many clusters, as plan does each, and tell which plans are equal and in which order to go.

    FLEET.yaml lists the clusters: their names, inputs, node files and settings (docs/fleet.md).

    \b
      multus-migrator fleet fleet.yaml -o out
      multus-migrator fleet fleet.yaml -o part-1 --shard 1/2   (2/2 elsewhere)
      multus-migrator fleet merge part-1 part-2 -o out

    Exits with 4 if a cluster is blocked, else with 1 if one has no plan. A shard exits with 0 once
    it is written: merge tells what is in it.
    """
    if out == "-":
        hint = "the result is a folder: name one"
        raise click.BadParameter(hint, param_hint="-o")
    if fleet[0] == _MERGE:
        if jobs or shard or allow or image or fetch or no_verify:
            raise click.UsageError(f"{_MERGE} takes the folders of shards, -o and -q alone")
        named = merged(list(map(Path, fleet[1:])), Path(out))
    elif len(fleet) > 1:
        raise click.UsageError(f"one FLEET.yaml, or {_MERGE} and the folders of shards")
    else:
        known_ids(allow)
        valid(values.image, image, "--image")
        typed = Typed(
            allow=tuple(sorted({each.upper() for each in allow})),
            image=image,
            fetch=fetch,
            verify=not no_verify,
        )
        named = _planned(Path(fleet[0]), Path(out), typed, _shard(shard), jobs or processors())
    if not quiet:
        click.echo(reports.as_text(named, out), nl=False)
    return exitcodes.of_fleet(named.told, part=named.shard is not None)


def _shard(text: str | None) -> Shard | None:
    if text is None:
        return None
    found = _SHARD.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise click.BadParameter(f"{text!r} is not I/N such as 1/4 or 4/4", param_hint="--shard")
    return Shard(index=int(found[1]), of=int(found[2]))


def _planned(file: Path, out: Path, typed: Typed, shard: Shard | None, jobs: int) -> Named:
    """Plans the clusters of the shard, and writes OUT. Errors: those of FLEET.yaml and of OUT; what is wrong
    with one cluster is its result."""
    clusters = read_fleet(file)
    given = (path for each in clusters for path in (*each.inputs, each.node_files) if path)
    check_apart(out, [str(file.parent / path) for path in given])
    prepare(out, {each.name for each in clusters}, shard)
    mine = clusters[shard.index - 1 :: shard.of] if shard else clusters
    folder = os.path.realpath(file.parent)
    job = Job(
        folder=Path(folder),
        out=Path(os.path.relpath(out, folder)),
        typed=typed,
        tool=find_tool() if typed.verify else None,
    )
    WRITTEN.note_if(f"{out / DONE}, with which the same command goes on,", (out / DONE).is_dir)
    with doing(f"planning {len(mine)} clusters"):
        results = _results(mine, job, jobs)
    asked = msgspec.json.encode((clusters, typed))
    digest = hashlib.sha256(asked).hexdigest()
    named = Named(told=told(results, whole=shard is None), digest=digest, shard=shard)
    write_reports(out, named)
    return named


def _results(clusters: Sequence[Cluster], job: Job, jobs: int) -> list[Result]:
    """In the order of the clusters, whichever is ready first."""

    def work(index: int) -> bytes:
        return msgspec.json.encode(job.result(clusters[index]))

    found: dict[int, Result] = {}
    for answer in spread(range(len(clusters)), work, jobs):
        if answer.data is None:
            why = f"the process that planned it {answer.end}; the same command tries it again"
            found[answer.item] = failed(clusters[answer.item].name, [why])
        else:
            found[answer.item] = msgspec.json.decode(answer.data, type=Result)
    return [found[index] for index in range(len(clusters))]
