"""M05: the release that runs today is not known, and that matters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from migrator.checks.common import container_at, finding
from migrator.model.inventory import Install
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.trees.wording import listed

RULE = Rule(
    id="M05",
    title="The source release is a guess",
    why="the rules of the source release decide what each workload gets today; a "
    "floating tag (stable, snapshot, latest) does not say which release that is, "
    "and nodes may hold different builds of it",
    reference="deployments/ of multus-cni v3.1 to v4.3.0",
    handling="Every network is resolved under each release that contains the program that "
    "the manifest starts. It is reported where they differ, and where the inputs "
    "hold no network to compare.",
    severity="warning",
)
RULES = (RULE,)


class Other(Struct, frozen=True, kw_only=True):
    """A release that may run, and the networks that it resolves otherwise than the guessed one."""

    release: Release
    networks: tuple[str, ...]


class Guess(Struct, frozen=True, kw_only=True):
    """An install of which the release is guessed. ``compared`` is False where not one network of
    the inputs can be resolved, so that nothing tells the releases apart; ``others`` is empty then.
    """

    install: Install
    compared: bool
    others: tuple[Other, ...]


def findings(guess: Guess | None) -> Iterable[Finding]:
    """Nothing where all releases that may run give every workload the same."""
    if guess is None:
        return
    install = guess.install
    taken = f"v{install.release} {install.mode}: {install.evidence}"
    differing = _by_network(guess.others)
    if differing:
        told = "; ".join(
            f"{listed(networks, most=3)} under {_spans(those, guess)}"
            for those, networks in differing
        )
        yield finding(
            RULE,
            document=install.daemonset,
            source=container_at(install, "image"),
            seen=f"{taken}; what pods get today depends on it for {told}",
            remedy=_remedy(install),
        )
    elif not guess.compared and install.mode == "thin":
        yield finding(
            RULE,
            document=install.daemonset,
            source=container_at(install, "image"),
            severity="info",
            seen=f"{taken}; the inputs hold no network on which releases could differ",
            remedy=_remedy(install),
        )


def _remedy(install: Install) -> str:
    """The version flag is that of cmd/main.go, and of cmd/multus-daemon in thick mode."""
    program = f"{install.paths.bin_dir}/multus --version on a node"
    if install.mode == "thick":
        program = "multus-daemon -version in its pod"
    return f"state what runs with --source RELEASE; {program} prints it"


def _by_network(others: Sequence[Other]) -> list[tuple[tuple[Release, ...], list[str]]]:
    """The networks that differ under the same releases, together."""
    names = dict.fromkeys(network for other in others for network in other.networks)
    groups: dict[tuple[Release, ...], list[str]] = {}
    for name in names:
        those = tuple(other.release for other in others if name in other.networks)
        groups.setdefault(those, []).append(name)
    return list(groups.items())


def _spans(those: Sequence[Release], guess: Guess) -> str:
    """``v3.1.0 to v3.3.0, v4.0.2``: releases that follow each other among those that may run."""
    every = [other.release for other in guess.others]
    runs: list[list[Release]] = []
    for release in those:
        place = every.index(release)
        if runs and place and runs[-1][-1] == every[place - 1]:
            runs[-1].append(release)
        else:
            runs.append([release])
    return listed(f"v{run[0]}" + (f" to v{run[-1]}" if len(run) > 1 else "") for run in runs)
