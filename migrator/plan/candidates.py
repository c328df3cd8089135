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
from migrator.plan.attachments import Comparison
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
    taken = _outcomes(rows)
    if all(unknown for _, _, unknown, _ in taken.values()):
        return Guess(install=install, compared=False, others=())
    networks: dict[tuple[bool, ...], tuple[str, ...]] = {releases.rules_of(install.release): ()}
    others = []
    for release in candidates(install):
        rules = releases.rules_of(release)
        if rules not in networks:
            networks[rules] = tuple(_differing(taken, _outcomes(compared.rows(release))))
        others.append(Other(release=release, networks=networks[rules]))
    return Guess(install=install, compared=True, others=tuple(others))


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


def _differing(one: Mapping[_Key, _Outcome], other: Mapping[_Key, _Outcome]) -> Iterator[str]:
    """The networks that are not the same under both, once each."""
    found = [key for key in (*one, *other) if one.get(key) != other.get(key)]
    yield from dict.fromkeys(network for _, network, _, _ in found)
