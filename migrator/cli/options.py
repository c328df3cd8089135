"""Options that several commands share, and the work behind them: reading and planning."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec.structs import replace

from migrator.checks.suppression import Suppression
from migrator.checks.withdrawn import WITHDRAWN
from migrator.cli import values
from migrator.cli.completion import rule_ids
from migrator.cli.fetching import fetching
from migrator.cli.plans import Plans
from migrator.cli.progress import doing
from migrator.cli.settings import FILE, NOTHING, Config, read_config
from migrator.cli.talk import say, say_what_lies_beside, say_what_was_left_out
from migrator.inventory.build import build_inventory
from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.model.inputs import Problem, Reading
from migrator.model.inventory import Target
from migrator.model.plan import Plan, Readiness
from migrator.model.release import Release
from migrator.multus.releases import DEFAULT_TARGET, TARGETS
from migrator.plan.planner import KNOWN_IDS, make_plan
from migrator.plan.target import AUTO, plan_to_target, stated_target
from migrator.read.chart_sources import ChartSource
from migrator.read.garbage import seldom_collected
from migrator.read.naming import Namer
from migrator.read.offline import downloads
from migrator.read.reading import read_inputs
from migrator.read.renders import Tools
from migrator.thick.stages import stage_named
from migrator.tools.kustomize import builder, built_files, find_tool, no_tool
from migrator.trees.wording import closest, listed

if TYPE_CHECKING:
    from migrator.tools.helm import Template

F = TypeVar("F", bound=Callable[..., Any])
V = TypeVar("V")

_INPUTS = click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")

_OPTIONS = (
    click.option(
        "--node-files",
        metavar="DIR",
        help="CNI files copied from the nodes: DIR/etc/cni/... for one set, or "
        "DIR/<node>/etc/cni/... or DIR/<node>.tar for each node.",
    ),
    click.option(
        "--target",
        metavar="RELEASE",
        default=AUTO,
        show_default=True,
        help="Multus release to move to: "
        f"{', '.join(map(str, TARGETS))}, such as 4.2 for its newest patch, latest, or auto.",
    ),
    click.option(
        "--source",
        metavar="RELEASE",
        default="",
        help="Release that runs now, such as 3.9.3 or 4.0.2-thin; by default it is read "
        "from the manifests.",
    ),
    click.option(
        "--image",
        metavar="IMAGE",
        default="",
        help="Thick image to use; by default it follows from the source's image and --target.",
    ),
    click.option(
        "--primary-cni",
        metavar="FILE",
        default="",
        help="File name of the primary CNI in the nodes' CNI directory, such as "
        "10-calico.conflist.",
    ),
    click.option(
        "--nad-config",
        type=click.Choice(values.STRATEGIES),
        default="auto",
        show_default=True,
        help="How NADs without spec.config get their configuration.",
    ),
    click.option(
        "--allow",
        metavar="ID",
        multiple=True,
        shell_complete=rule_ids,
        help="Go on despite this blocker; repeatable.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        help=f"Settings of single NADs and suppressed findings; by default {FILE} of this "
        "folder, if there is one.",
    ),
    click.option(
        "--rendered",
        metavar="RELEASE=FILE",
        multiple=True,
        help="Output of helm template for a release in the inputs, such as one whose chart "
        "is not among your files, or upstream's manifest for what applies that; - is "
        "standard input; repeatable.",
    ),
    click.option(
        "--stage",
        type=click.Choice(["1", "2"]),
        help="Roll out in two stages: 1 is thick mode under OnDelete, so that nodes are "
        "moved one by one; 2 restores each DaemonSet's update strategy.",
    ),
    fetching,
    click.option(
        "--keep-going", is_flag=True, help="Leave out inputs that cannot be read, and say which."
    ),
    click.option(
        "--if-present",
        is_flag=True,
        help="Exit with 0 if no Multus and no network is found: for hooks and CI.",
    ),
)


def planning(command: F) -> F:
    """Decorator: INPUT... and the options that decide the plan. What is read and planned is kept
    to the end, so Python would look through all of it for garbage again and again."""
    command = seldom_collected()(command)
    for option in reversed(_OPTIONS):
        command = option(command)
    return _INPUTS(command)


def colour(command: F) -> F:
    """Decorator: --color."""
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colour the output; auto: on a terminal or with FORCE_COLOR, unless NO_COLOR is set.",
    )(command)


def use_colour(choice: str) -> bool:
    """Whether to colour stdout. --color outranks the environment, and there any non-empty NO_COLOR
    (no-color.org) outranks any non-empty FORCE_COLOR (force-color.org)."""
    if choice == "auto":
        wanted = sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))
        return wanted and not os.environ.get("NO_COLOR")
    return choice == "always"


def terminal_width() -> int:
    """Columns of the terminal, at most 120; 0 where stdout is none: its lines are not folded."""
    return min(shutil.get_terminal_size((80, 24)).columns, 120) if sys.stdout.isatty() else 0


def built(folder: Path, *, fetch: bool) -> str | None:
    """The build of a root, None without a tool. Looked for here, since to ask kubectl for its
    version takes longer than most runs, and few inputs are roots. The network is there for what downloads."""
    tool = find_tool()
    return builder(tool, fetch=fetch and downloads(folder))(folder) if tool else None


def _chart(wanted: Template) -> tuple[str, str] | None:
    """What a chart renders, twice; None without helm."""
    from migrator.tools.helm import find_helm, template  # few inputs have a chart to render

    helm = find_helm()
    return template(helm, wanted) if helm else None


@contextlib.contextmanager
def _pulled(source: ChartSource) -> Iterator[Path]:
    """The chart of a source, downloaded. Errors: MigratorError."""
    from migrator.tools.helm import find_helm, pulled  # few inputs have a chart to render

    helm, remote = find_helm(), source.remote
    if helm is None or remote is None:
        raise MigratorError("no helm was found", hint="install it")
    chart, repository = remote
    with pulled(helm, chart, repository, source.version) as packed:
        yield packed


def built_from(files: Mapping[str, str], *, fetch: bool = False) -> str:
    """The build of a root that is made of ``files``. Errors: EnvironmentProblem without a tool."""
    tool = find_tool()
    if tool is None:
        raise no_tool("nothing runs the post-renderers")
    return built_files(tool, files, fetch=fetch)


def tools(*, fetch: bool) -> Tools:
    if not fetch:
        return Tools(_chart, built_from)
    return Tools(_chart, built_from, _pulled, partial(built_from, fetch=True))


def _rendered(given: Sequence[str], inputs: Sequence[str]) -> Mapping[str, str]:
    """The files by the names of their releases."""
    found = dict(entry.partition("=")[::2] for entry in given)
    hint = "'--rendered'"
    for entry in given:
        name, _, file = entry.partition("=")
        if not (name and file):
            raise click.BadParameter(f"{entry!r} is not RELEASE=FILE", param_hint=hint)
        if found[name] != file:
            raise click.BadParameter(f"{name!r} is given twice", param_hint=hint)
    if [*inputs, *found.values()].count("-") > 1:
        raise click.BadParameter("standard input can be read once", param_hint=hint)
    return found


def planned(options: dict[str, Any], *, telling: bool = True) -> Plans:
    """Read the inputs; what is asked for the plan makes it. ``telling`` says what was left out.

    Errors: InputError with one line for each; MigratorError where nothing of Multus is in them,
    unless --if-present was given, once the plan is asked for.
    """
    source = valid(values.source_release, options["source"], "--source")
    known_ids(options["allow"])
    config = _config(options["config"])
    target = Target(
        release=_target(options["target"]),
        image=valid(values.image, options["image"], "--image"),
        source_release=source,
        nad_config=options["nad_config"],
        nad_overrides=config.nads,
        primary_cni=valid(values.primary_cni, options["primary_cni"], "--primary-cni"),
        stage=stage_named(options["stage"]),
    )
    with doing("reading"):
        reading = read_inputs(
            options["inputs"],
            stdin=sys.stdin.buffer,
            node_files=options["node_files"],
            build=partial(built, fetch=options["fetch"]),
            keep_going=options["keep_going"],
            rendered=_rendered(options["rendered"], options["inputs"]),
            tools=tools(fetch=options["fetch"]),
            fetch=options["fetch"],
        )
    if telling:
        say_what_was_left_out(reading.problems)
        say_what_lies_beside(options["inputs"], reading)
    allowed = [name.upper() for name in options["allow"]]
    left_out: list[Problem] = []

    def make(named: Reading, name: Namer) -> Plan:
        suppressions = [_renamed(suppression, name) for suppression in config.suppressions]
        with doing(f"planning {len(named.documents)} objects"):
            inventory = build_inventory(named, source, keep_going=options["keep_going"])
            if not left_out:
                left_out.extend(
                    _typed(inventory.reading.problems[len(named.problems) :], reading, name)
                )
                if telling:
                    say_what_was_left_out(left_out)

            def plan_to(release: Release) -> Plan:
                wanted = replace(target, release=release)
                return make_plan(inventory, wanted, allowed, suppressions, today())

            plan = plan_to_target(inventory, options["target"], plan_to)
        if plan.readiness is Readiness.NOT_FOUND and not options["if_present"]:
            raise _not_found(reading, options["inputs"])
        return plan

    return Plans(reading, tuple(filter(None, (*options["inputs"], options["node_files"]))), make)


def _typed(problems: Sequence[Problem], reading: Reading, name: Namer) -> Iterator[Problem]:
    """Problems under the names that the user typed."""
    files = {name(file): file for file in {d.source.file for d in reading.documents}}
    for problem in problems:
        file = files.get(problem.source.file, problem.source.file)
        yield replace(problem, source=replace(problem.source, file=file))


def _renamed(suppression: Suppression, name: Namer) -> Suppression:
    source = suppression.source
    return replace(suppression, source=replace(source, file=name(source.file)))


def _target(text: str) -> Release:
    """What --target says, and the recommended release where the plan is to find it."""
    return valid(stated_target, text, "--target") or DEFAULT_TARGET


def valid(take: Callable[[str], V], text: str, option: str) -> V:
    """What an option's value stands for. Errors: BadParameter with the ValueError that it is."""
    try:
        return take(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def _not_found(reading: Reading, inputs: Sequence[str]) -> MigratorError:
    where = listed(inputs)
    hint = "check the folder, or the context and namespace of kubectl; --if-present: no error"
    if reading.mentions:
        places = listed(map(str, reading.mentions))
        hint = f"Multus is named without an object, as in values, at {places}: render it first"
    return MigratorError(
        "NOT FOUND: no Multus DaemonSet, no NetworkAttachmentDefinition and no networks annotation "
        f"in {where}",
        hint=hint,
    )


def known_ids(ids: Sequence[str]) -> None:
    """A misspelt --allow would go unnoticed where nothing blocks."""
    for name in ids:
        if name.upper() in WITHDRAWN:
            say(f"--allow {name} does nothing: it was withdrawn. {WITHDRAWN[name.upper()]}")
        elif name.upper() not in KNOWN_IDS:
            close = closest(name.upper(), KNOWN_IDS, most=3)
            hint = f"; did you mean {close}?" if close else "; see: multus-migrator rules"
            raise click.BadParameter(f"no check has the id {name}{hint}", param_hint="--allow")


def _config(name: str | None) -> Config:
    if name is None and not Path(FILE).is_file():
        return NOTHING
    return read_config(Path(name or FILE), KNOWN_IDS | WITHDRAWN.keys())


def today() -> datetime.date:
    """The day that expiry is judged by."""
    return now().date()


def now() -> datetime.datetime:
    """The moment in UTC; SOURCE_DATE_EPOCH makes a run repeatable. Errors: EnvironmentProblem where that
    is no moment that there is."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch.isdecimal():
        return datetime.datetime.now(tz=datetime.timezone.utc)
    try:
        return datetime.datetime.fromtimestamp(int(epoch), tz=datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        hint = "it counts the seconds since 1970; unset it for now"
        raise EnvironmentProblem("SOURCE_DATE_EPOCH is not a point in time", hint=hint) from None
