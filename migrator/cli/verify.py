"""``multus-migrator verify``: the proof of an overlay, and what a cluster is against it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrator.cli import exitcodes
from migrator.cli.fetching import fetching
from migrator.inventory.running_pods import examine
from migrator.model.errors import MigratorError, VerificationError
from migrator.model.inputs import Source
from migrator.multus.releases import DEFAULT_TARGET
from migrator.plan.judge import prove
from migrator.read.files import read_bytes, read_limited
from migrator.read.offline import guarded
from migrator.report import proofs
from migrator.tools.bounds import PODS
from migrator.tools.kustomize import builder, find_tool, no_tool

if TYPE_CHECKING:
    from migrator.kustomize.verify import VerifyReport


@click.command()
@click.argument("out", required=False, metavar="[OUT]")
@click.option(
    "--pods",
    metavar="FILE",
    help="Output of kubectl get pods -A -o json (- for stdin): list the pods that run without a "
    "network that they ask for.",
)
@click.option(
    "--against",
    metavar="FILE",
    help="Output of kubectl get daemonsets,configmaps,... -A -o yaml (- for stdin), "
    "before, during or after the rollout: compare it with OUT.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    help="How the result is printed: text (the default), json, or markdown with --against.",
)
@fetching
def verify(
    out: str | None, pods: str | None, against: str | None, form: str | None, fetch: bool
) -> int:
    """Build OUT with the real kustomize and prove that it is what was planned, that it has what
    the daemon needs, and that rollback/ gives the old install.

    With --pods: list the pods that lack a network, and exit with 1 if there are any. The two can
    be used together or alone.

    With --against: show where the rollout stands, what is missing or has drifted, who owns the
    fields that change, which nodes run thin and which thick, pods without their networks, and
    what the way back would leak. Exits with 0 if nothing is wrong for where the rollout stands:
    not begun, stage one of either way, or done. Exits with 1 if objects are missing, have drifted
    or are at no stage, or not at the same one; if apply would leave fields behind; if a node is
    not as it should be; if a pod runs without its networks or outlived its daemon; or if the dump
    lacks what is needed to tell (DaemonSets, or Pods once the rollout has begun).

    \b
      multus-migrator verify multus-thick
      kubectl get pods -A -o json | multus-migrator verify --pods -
      kubectl get daemonsets,configmaps,clusterroles,net-attach-def,crd,pods,nodes -A -o yaml |
        multus-migrator verify multus-thick --against -
    """
    _check(out, pods, against, form)
    code = exitcodes.OK
    if out:
        report = _overlay(Path(out), fetch=fetch)
        if not report.ok:
            if form == "json" and not against:
                click.echo(proofs.as_json(report, out), nl=False)
            raise VerificationError(proofs.mismatches(report), out)
        if form in (None, "text"):
            click.echo(proofs.overlay(report, out), nl=False)
        elif not against:
            click.echo(proofs.as_json(report, out), nl=False)
        if against:
            code = _against(report, out, against, form or "text")
    if pods:
        code = max(code, _pods(pods))
    return code


def _check(out: str | None, pods: str | None, against: str | None, form: str | None) -> None:
    """Errors: UsageError for options that do not go together."""
    if against and not out:
        raise click.UsageError("--against compares a dump with OUT: give both")
    if not out and not pods:
        raise click.UsageError("give OUT, or --pods FILE")
    if form == "markdown" and not against:
        raise click.UsageError("--format markdown needs --against: give it too")
    if pods and form not in (None, "text"):
        raise click.UsageError(f"--pods prints text, which is not {form}: call verify twice")
    if pods == against == "-":
        raise click.UsageError("--pods and --against cannot both read standard input")


def _overlay(out: Path, *, fetch: bool) -> VerifyReport:
    tool = find_tool()
    if tool is None:
        raise no_tool("not verified")
    return prove(out, guarded(builder(tool, fetch=fetch), fetch=fetch), tool=str(tool))


def _against(report: VerifyReport, out: str, name: str, form: str) -> int:
    from migrator.live.against import against  # most calls hold nothing live against a plan
    from migrator.report import live

    found = against(_data(name), name, report.plan, report.builds.before, report.builds.after)
    click.echo(live.WRITERS[form](found, out, name), nl=False)
    return exitcodes.ERROR if found.faults else exitcodes.OK


def _pods(name: str) -> int:
    report = examine(_read(name), name, DEFAULT_TARGET)
    click.echo(proofs.pods(report), nl=False)
    return exitcodes.ERROR if report.silent else exitcodes.OK


def _data(name: str) -> bytes:
    if name == "-":
        return read_limited(sys.stdin.buffer, Path(name), PODS)
    return read_bytes(Path(name), PODS)


def _read(name: str) -> str:
    try:
        return _data(name).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MigratorError("not UTF-8 text", source=Source(file=name, line=1)) from None
