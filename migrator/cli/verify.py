"""``multus-migrator verify``: the proof of an overlay, or of the pods after the rollout."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from migrator.cli import exitcodes
from migrator.cli.fetching import fetching
from migrator.inventory.running_pods import examine
from migrator.model.errors import EnvironmentProblem, MigratorError, VerificationError
from migrator.model.inputs import Source
from migrator.multus.releases import DEFAULT_TARGET
from migrator.plan.judge import prove
from migrator.read.files import read_bytes, read_limited
from migrator.read.offline import guarded
from migrator.report import proofs
from migrator.tools.bounds import PODS
from migrator.tools.kustomize import builder, find_tool


@click.command()
@click.argument("out", required=False, metavar="[OUT]")
@click.option(
    "--pods",
    metavar="FILE",
    help="Output of kubectl get pods -A -o json (- for stdin): list the pods that run without a "
    "network that they ask for.",
)
@fetching
def verify(out: str | None, pods: str | None, fetch: bool) -> int:
    """Build OUT with the real kustomize and prove that it is what was planned, that it has what
    the daemon needs, and that rollback/ gives the old install.

    With --pods: list the pods that lack a network, and exit with 1 if there are any. The two can
    be used together or alone.

    \b
      multus-migrator verify multus-thick
      kubectl get pods -A -o json | multus-migrator verify --pods -
    """
    if not out and not pods:
        raise click.UsageError("give OUT, or --pods FILE")
    code = exitcodes.OK
    if out:
        _overlay(Path(out), fetch=fetch)
    if pods:
        code = _pods(pods)
    return code


def _overlay(out: Path, *, fetch: bool) -> None:
    tool = find_tool()
    if tool is None:
        raise EnvironmentProblem(
            "not verified: neither kustomize nor kubectl is on PATH",
            hint="install one of them and run verify again",
        )
    report = prove(out, guarded(builder(tool, fetch=fetch), fetch=fetch), tool=str(tool))
    if not report.ok:
        raise VerificationError(proofs.mismatches(report), out)
    click.echo(proofs.overlay(report, str(out)), nl=False)


def _pods(name: str) -> int:
    report = examine(_read(name), name, DEFAULT_TARGET)
    click.echo(proofs.pods(report), nl=False)
    return exitcodes.ERROR if report.silent else exitcodes.OK


def _read(name: str) -> str:
    try:
        if name == "-":
            return read_limited(sys.stdin.buffer, Path(name), PODS).decode("utf-8-sig")
        return read_bytes(Path(name), PODS).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MigratorError("not UTF-8 text", source=Source(file=name, line=1)) from None
