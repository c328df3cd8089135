"""``multus-migrator collect``: a cluster as files, which plan, check and review read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from migrator.cli import exitcodes
from migrator.cli.options import now
from migrator.cli.output import check_replaceable, left_behind, write_snapshot
from migrator.cli.progress import doing
from migrator.cli.snapshots import foreign
from migrator.cli.talk import say
from migrator.live import snapshot
from migrator.live.collect import Collected, Unread, read_cluster, requests
from migrator.live.reader import IMAGE, MANIFEST, SCRIPT
from migrator.model.errors import InputError
from migrator.model.inputs import WhyNotRead
from migrator.multus.images import is_reference
from migrator.read.garbage import seldom_collected
from migrator.read.snapshot import NODES
from migrator.tools.kubectl import find_kubectl, shown_command, shown_context_command
from migrator.trees.wording import listed

_NAMESPACE: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@click.command()
@click.option(
    "-o",
    "--out",
    metavar="SNAPSHOT",
    help="Folder to write; an earlier snapshot there is replaced.",
)
@click.option(
    "--context",
    metavar="NAME",
    default="",
    help="Context of the kubeconfig; by default the current one.",
)
@click.option(
    "-n",
    "--namespace",
    "namespaces",
    metavar="NAME",
    multiple=True,
    help="Read only this namespace, for users who may not list all; repeatable.",
)
@click.option(
    "--reader-image",
    metavar="IMAGE",
    default=IMAGE,
    show_default=True,
    help="Image with sh, find and tar, for the pods that read-nodes.sh runs on the nodes.",
)
@click.option("--dry-run", is_flag=True, help="Print the commands that would be run, but run none.")
@seldom_collected()
def collect(
    out: str | None,
    context: str,
    namespaces: tuple[str, ...],
    reader_image: str,
    dry_run: bool,
) -> int:
    """Read a cluster with your own kubectl into SNAPSHOT, a folder that plan, check and review read.

    Every request is a GET. Secrets are never asked for, and literal values of environment
    variables are left out. What you may not read is named, and the rest is written.

    \b
      multus-migrator collect -o prod-eu --context prod-eu
      multus-migrator plan prod-eu

    Exits with 1, and writes nothing, where the DaemonSets cannot be read.
    """
    wanted = sorted(set(namespaces))
    for name in wanted:
        if not _NAMESPACE.fullmatch(name):
            raise click.BadParameter(
                f"{name!r} is not the name of a namespace", param_hint="--namespace"
            )
    if not is_reference(reader_image):
        raise click.BadParameter(
            f"{reader_image!r} is not an image reference", param_hint="--reader-image"
        )
    if dry_run:
        click.echo("\n".join(_commands(wanted, context)))
        return exitcodes.OK
    if not out or out == "-":
        raise click.UsageError("name the folder to write with -o, or give --dry-run")
    place = Path(out)
    check_replaceable(place, foreign)
    _collect(place, wanted, context, reader_image)
    return exitcodes.OK


def _collect(place: Path, namespaces: Sequence[str], context: str, image: str) -> None:
    kubectl = find_kubectl(context)
    name = kubectl.current_context()
    when = now().strftime("%Y-%m-%dT%H:%M:%SZ")
    found = read_cluster(kubectl.get, namespaces, doing)
    files = snapshot.files(found, namespaces=namespaces, context=name, when=when)
    reader = _reader(files, image, name)
    write_snapshot(place, {**files, **reader}, kept=NODES, foreign=foreign)
    for line in (*_told(found), *_next(place, SCRIPT in reader)):
        say(line)
    if left := left_behind(place):
        say(f"left beside {place}: {listed(map(str, left))}; remove it")


def _reader(files: Mapping[str, str], image: str, context: str) -> Mapping[str, str]:
    """None where a context or a node has a name that may be in no script, which is said."""
    try:
        return snapshot.reader(files, image=image, context=context)
    except InputError as error:
        for line in error.lines():
            say(f"not written: {MANIFEST} and {SCRIPT}: {line}")
        return {}


def _commands(namespaces: Sequence[str], context: str) -> Iterator[str]:
    """The commands of a whole collection, with what each is for; lines of a shell."""
    yield "# A list is read in pages: the next has &continue=TOKEN, which the one before gave. A group that"
    yield "# the server does not serve is not asked for, and the version is the one that it prefers."
    if not context:
        yield shown_context_command()
    said = ""
    for why, path in requests(namespaces):
        if why != said:
            yield f"# {why}"
        said = why
        yield shown_command(path, context)


def _told(found: Collected) -> Iterator[str]:
    counts = {name: count for name, count in snapshot.counts(found).items() if count}
    yield "read: " + ", ".join(f"{count} {name}" for name, count in counts.items())
    for each in snapshot.unread(found):
        yield f"not read: {_unread(each)}"
    if not found.finds_multus:
        yield "no DaemonSet that was read runs Multus"


def _unread(each: Unread) -> str:
    where = f" in {each.namespace}" if each.namespace else ""
    if each.reason is WhyNotRead.FORBIDDEN:
        verb = (
            "get" if each.resource.name or (each.resource.kind == "Namespace" and where) else "list"
        )
        return f"{each.resource.id}{where} (forbidden): it takes the right to {verb} them"
    return f"{each.resource.id}{where} (failed): {each.detail}"


def _next(place: Path, reads_nodes: bool) -> Iterator[str]:
    folder = str(place)
    if reads_nodes:
        yield f"next, for the files of the nodes: {shlex.join(('sh', str(place / SCRIPT)))}"
    yield f"next: {shlex.join(('multus-migrator', 'plan', folder))}"
