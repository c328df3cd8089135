"""What the releases that an install may be would each give to workloads today.

A floating tag (``stable``, ``snapshot``, ``latest``) does not name the release, and the shape of
the manifest does not either: the image moves without it. What the manifest does tell is the
program that the container starts, and its flags.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from migrator.checks.guess import Guess, Other
from migrator.inventory.confdir import main_install
from migrator.model.inventory import Install
from migrator.model.plan import Attachment
from migrator.model.release import Release
from migrator.multus import releases
from migrator.plan.attachments import Comparison, Today
from migrator.thick.intent import Intent

_Key = tuple[str, str, str, str]
_Outcome = tuple[str, str, bool, object]


def guess(intent: Intent, compared: Comparison, rows: Iterable[Attachment]) -> Guess | None:
    """The guess that a plan rests on; None where the release is known, or where nothing moves.
    ``rows`` are the attachments under the recognised release. Pure."""
    install = main_install(intent.inventory)
    moving = {form.install.daemonset.ref for form in intent.moving}
    if install is None or install.daemonset.ref not in moving:
        return None
    if install.confidence not in ("likely", "assumed"):
        return None
    if all(row.before.unknown for row in rows):
        return Guess(install=install, compared=False, others=())
    known = candidates(install)
    networks = _differing(compared, install.release, known)
    others = [Other(release=r, networks=networks[releases.rules_of(r)]) for r in known]
    return Guess(install=install, compared=True, others=tuple(others))


_Rules = tuple[bool, ...]


def _differing(
    compared: Comparison, recognised: Release, known: Iterable[Release]
) -> Mapping[_Rules, tuple[str, ...]]:
    """The networks that are not the same under releases with other rules, in their order. Each
    workload is put to all releases before the next: most answers are the same, and none is kept."""
    taken = compared.under(recognised)
    others: dict[_Rules, Today] = {}
    for release in known:
        rules = releases.rules_of(release)
        if rules != releases.rules_of(recognised) and rules not in others:
            others[rules] = compared.under(release)
    found: dict[_Rules, dict[str, None]] = {releases.rules_of(recognised): {}}
    for rules, today in others.items():
        found[rules] = dict.fromkeys(_apart(taken.of_every_pod(), today.of_every_pod()))
    for workload in compared.before.inventory.workloads:
        given = taken.gives(workload)
        for rules, today in others.items():
            if today.gives(workload) != given:
                found[rules] |= dict.fromkeys(_apart(taken.of(workload), today.of(workload)))
    return {rules: tuple(networks) for rules, networks in found.items()}


def candidates(install: Install) -> tuple[Release, ...]:
    """Every known release that has the program and the flags that the manifest starts: v3 has
    entrypoint.sh, v4 thin_entrypoint, and only v3.9 the daemon of the thick-plugin manifest."""
    flags = {flag.name for flag in install.flags}
    found = []
    for release in releases.TABLE:
        v4 = releases.THIN_ENTRYPOINT.holds(release)
        fits = {
            "shell": not v4,
            "goflag": releases.THICK_PREVIEW.holds(release),
            "pflag": v4 and (releases.FLAGS_OF_4_1.holds(release) or not flags & _LATER_FLAGS),
            "daemon": v4,
        }.get(install.entrypoint, True)
        if fits:
            found.append(release)
    return tuple(sorted(found))


_LATER_FLAGS = frozenset({"multus-cni-conf-dir", "skip-config-watch"})


def _outcomes(rows: Iterable[Attachment]) -> dict[_Key, _Outcome]:
    """What counts of each row on each node: the words of an error differ between releases, and no
    pod starts with either."""
    return {
        (str(row.workload), row.network, row.origin, node): (
            row.before.config,
            row.verdict,
            bool(row.before.unknown),
            row.difference,
        )
        for row in rows
        for node in row.nodes or ("",)
    }


def _apart(one: Iterable[Attachment], other: Iterable[Attachment]) -> Iterator[str]:
    """The networks that are not the same in the rows of both."""
    left, right = _outcomes(one), _outcomes(other)
    for key in dict.fromkeys((*left, *right)):
        if left.get(key) != right.get(key):
            yield key[1]
