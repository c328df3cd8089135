"""The shards of a fleet as one: what a run without ``--shard`` would have written, byte for byte.

Other machines wrote them, so nothing is taken as it comes: each is held against the others, and each plan
against the digests that vouch for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from migrator import __version__
from migrator.cli.fleet_out import FleetFile, prepare, read_fleet_json, write_reports
from migrator.cli.fleet_work import place_of, plan_files, remove_result, write_result
from migrator.cli.output import staged
from migrator.cli.progress import doing
from migrator.kustomize.plan_json import NAME as PLAN
from migrator.live.fleet import Result, is_name, told
from migrator.model.errors import MigratorError
from migrator.report.fleet import NAME, Named
from migrator.trees.wording import listed

_AGAIN = "run that shard again"


class _Said(Struct, frozen=True):
    """What a plan.json says of its own plan."""

    verdict: str


def merged(folders: Sequence[Path], out: Path) -> Named:
    """Writes OUT. Errors: MigratorError where a shard is missing, given twice, of another fleet or version, or
    not as it was written."""
    if not folders:
        raise click.UsageError("give the folders of all shards")
    shards = [read_fleet_json(folder / NAME) for folder in folders]
    ordered = _ordered(folders, shards)
    real = out.resolve()
    if around := next((f for f in folders if f.resolve() in (real, *real.parents)), None):
        raise MigratorError(f"{out} is or lies in {around}", hint="choose another folder with -o")
    clusters = _interleaved([shard.clusters for _, shard in ordered])
    _check_whole(clusters, ordered)
    _check_roots(clusters, ordered, real)
    prepare(out, {result.name for result, _ in clusters}, None)
    with doing(f"copying {len(clusters)} plans"):
        for result, index in clusters:
            _copy(result, ordered[index][0], out)
    results = [result for result, _ in clusters]
    named = Named(told=told(results, whole=True), digest=shards[0].fleet)
    write_reports(out, named)
    return named


def _ordered(folders: Sequence[Path], shards: Sequence[FleetFile]) -> list[tuple[Path, FleetFile]]:
    """By their numbers. Errors: MigratorError unless they are all shards of one fleet, each once."""
    found: dict[int, tuple[Path, FleetFile]] = {}
    first = shards[0]
    for folder, shard in zip(folders, shards, strict=True):
        if shard.shard is None:
            hint = "merge takes what was written with --shard"
            raise MigratorError(f"{folder} holds a whole fleet", hint=hint)
        if shard.version != __version__:
            told = f"{folder} was written by version {shard.version}, and this is {__version__}"
            raise MigratorError(told, hint="use one version for all")
        if shard.fleet != first.fleet or not first.shard or shard.shard.of != first.shard.of:
            told = f"{folder} is no shard of the fleet of {folders[0]}"
            hint = "use the same FLEET.yaml, options and number of shards for all"
            raise MigratorError(told, hint=hint)
        other = found.setdefault(shard.shard.index, (folder, shard))
        if other[0] is not folder:
            told = f"{other[0]} and {folder} are both shard {shard.shard}"
            raise MigratorError(told, hint="give each shard once")
    of = first.shard.of if first.shard else 0
    if missing := [f"{index}/{of}" for index in range(1, min(of, 1000) + 1) if index not in found]:
        raise MigratorError(f"missing: shard {listed(missing)}", hint="give the folders of all")
    return [found[index] for index in sorted(found)]


def _interleaved(parts: Sequence[Sequence[Result]]) -> list[tuple[Result, int]]:
    """Each result with the index of its shard, in the order of FLEET.yaml: every shard has each N-th.

    Errors: MigratorError where no fleet gives such shards."""
    total, of = sum(map(len, parts)), len(parts)
    clusters = (
        [(parts[index % of][index // of], index % of) for index in range(total)]
        if all(len(part) == len(range(index, total, of)) for index, part in enumerate(parts))
        else []
    )
    names = {result.name.casefold() for result, _ in clusters}
    if len(names) < total or not all(is_name(result.name) for result, _ in clusters):
        raise MigratorError("the shards are no parts of one fleet", hint=_AGAIN)
    return clusters


def _check_roots(
    clusters: Sequence[tuple[Result, int]], shards: Sequence[tuple[Path, FleetFile]], out: Path
) -> None:
    """A plan names the kustomize root that it is laid around by a path. Errors: MigratorError where that would
    lead elsewhere from OUT."""
    for result, index in clusters:
        folder = shards[index][0]
        if result.root and folder.resolve().parent != out.parent:
            told = f"the plan of {result.name} names its kustomize root as {result.root}"
            raise MigratorError(told, hint=f"give an OUT beside {folder}, where that holds, too")


def _check_whole(
    clusters: Sequence[tuple[Result, int]], shards: Sequence[tuple[Path, FleetFile]]
) -> None:
    """A cluster has a plan, and is in a group, unless there is none to make. Errors: MigratorError."""
    for result, index in clusters:
        planned = result.outcome not in ("failed", "not-found")
        if not bool(result.plan) == bool(result.fingerprint) == planned:
            told = f"{shards[index][0] / NAME}: {result.name} is {result.outcome}, which does not fit the rest"
            raise MigratorError(told, hint=_AGAIN)


def _copy(result: Result, shard: Path, out: Path) -> None:
    if not result.plan:
        remove_result(out, result.name)
    else:
        folder = place_of(shard, result.name)
        files = _plan(folder, result)
        with staged(place_of(out, result.name), files):
            pass
    if result.key:
        write_result(out, result)


def _plan(folder: Path, result: Result) -> dict[str, str]:
    """Path -> text. Errors: MigratorError where the plan is not as it was written."""
    try:
        found = plan_files(folder, result.plan)
        files = {name: path.read_bytes().decode() for name, path in found.items()}
        said = msgspec.json.decode(files[PLAN], type=_Said).verdict if files else ""
    except (OSError, UnicodeDecodeError, msgspec.DecodeError):
        files, said = {}, ""
    if not files or said != result.outcome:
        raise MigratorError(f"{folder} is not as it was written", hint=_AGAIN)
    return files
