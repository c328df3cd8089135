"""What is said of many clusters: on the terminal, in fleet.md, and in fleet.json for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from migrator import __version__
from migrator.kustomize.digests import sha256
from migrator.kustomize.plan_json import TOOL
from migrator.live.fleet import BLOCKED, Blocker, Outcome, Result, Told, fingerprint
from migrator.model.plan import Plan
from migrator.report import environment
from migrator.report.safe import short, visible
from migrator.report.summary import Summary, summarise
from migrator.trees.redact import redact_text
from migrator.trees.unseen import json_text
from migrator.trees.wording import listed

NAME: Final = "fleet.json"
SCHEMA: Final = 1
"""Version of fleet.json: raised where a reader of the old one would go wrong."""
_SENTENCE: Final = 400
_LINES: Final = 20


class Shard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a fleet: that of ``index`` (from 1 on) of ``of``. It has every ``of``-th cluster."""

    index: Annotated[int, Meta(ge=1, le=10**6)]
    of: Annotated[int, Meta(ge=1, le=10**6)]

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


class Named(Struct, frozen=True, kw_only=True):
    """A fleet with what is said of the run: ``digest`` is that of what was asked for, ``shard`` the part that
    this is, None for the whole."""

    told: Told
    digest: str
    shard: Shard | None = None


def result_of(name: str, plan: Plan) -> Result:
    """What the whole is told from. ``plan`` is one without secrets."""
    summary = summarise(plan)
    if summary.readiness == "not-found":
        return Result(name=name, outcome="not-found")
    source = ", ".join(summary.sources) or "networks without a Multus DaemonSet"
    return Result(
        name=name,
        outcome=msgspec.convert(summary.readiness, Outcome),
        source=_cut(source),
        target=f"v{summary.target}",
        changed=len(summary.changed) - summary.new,
        new=summary.new,
        manual=len(summary.manual),
        unknown=len(summary.unknown),
        condition=_condition(summary),
        blockers=tuple(
            Blocker(
                id=group.id,
                title=_cut(group.title),
                seen=_cut(group.cases[0].seen),
                remedy=_cut(group.remedy or group.cases[0].remedy),
            )
            for group in summary.blockers
        ),
        fingerprint=fingerprint(plan),
    )


def failed(name: str, lines: list[str]) -> Result:
    """A cluster of which there is no plan, and why: at most so many lines as a person reads."""
    more = [f"... and {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    clean = (_cut(visible(redact_text(line))) for line in (*lines[:_LINES], *more))
    return Result(name=name, outcome="failed", error=tuple(clean))


def _cut(text: str) -> str:
    return short(text, _SENTENCE)


def _condition(summary: Summary) -> str:
    if summary.readiness != "ready-if":  # what is blocked rests on nothing yet
        return ""
    words: Any = environment.terminal().get_template("verdict.j2").module
    return _cut(str(words.assumptions(summary)).strip())


def as_text(named: Named, out: str) -> str:
    """One screen; ``out`` is where the rest of it was written."""
    return _rendered(named, md=False, out=out)


def as_markdown(named: Named) -> str:
    """fleet.md: every cluster, with a link to its own report."""
    return _rendered(named, md=True, out="")


def as_html(named: Named) -> str:
    """fleet.html."""
    from migrator.report.html.fleet import render  # which is made of what stands here

    return render(named)


def _rendered(named: Named, *, md: bool, out: str) -> str:
    page = environment.markdown() if md else environment.terminal()
    values = {**described(named), "md": md, "out": out, "listed": listed}
    return environment.squeezed(page.get_template("fleet.txt.j2").render(**values))


def described(named: Named) -> dict[str, Any]:
    """What all of the reports say."""
    told = named.told
    return {
        "t": told,
        "shard": named.shard,
        "total": len(told.results),
        "blocked": len(told.of(*BLOCKED)),
        "failed": told.of("failed"),
        "without": told.of("not-found"),
        "going": sum(each.can_go for each in told.results),
    }


def as_json(named: Named, files: Mapping[str, str]) -> str:
    """fleet.json, beside which ``files`` (path -> text) stand. The shape is docs/fleet.schema.json."""
    told = named.told
    counts = Counter(each.outcome for each in told.results)
    shard = named.shard
    document = {
        "schema": SCHEMA,
        "tool": TOOL,
        "version": __version__,
        "fleet": named.digest,
        "shard": {"index": shard.index, "of": shard.of} if shard else None,
        "outcome": told.outcome,
        "counts": {outcome: counts[outcome] for outcome in sorted(counts)},
        "groups": [
            {
                "fingerprint": group.first.fingerprint,
                "outcome": group.first.outcome,
                "clusters": list(group.clusters),
            }
            for group in told.groups
        ],
        "waves": [list(wave) for wave in told.waves],
        "clusters": [msgspec.to_builtins(each) for each in told.results],
        "files": {PurePosixPath(path).as_posix(): sha256(t.encode()) for path, t in files.items()},
    }
    return json_text(document)
