"""What of a plan goes into rollout.sh: each value is held against what it is, or there is no script.

Ruling 20: values in scripts are validated as names, or refused. Quoting comes after it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from migrator.kustomize import smoke
from migrator.multus import nodefile
from migrator.report.method import Method
from migrator.report.rollouts import Rollout, Side, by_hand

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_DNS_LABEL: Final = re.compile(_LABEL)
_WORD: Final = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_PAIR: Final = rf"(?:{_LABEL}(?:\.{_LABEL})*/)?{_WORD}=(?:{_WORD})?"
_SELECTOR: Final = re.compile(rf"{_PAIR}(?:,{_PAIR})*")
_PART: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST: Final = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
_IMAGE: Final = re.compile(
    rf"(?=.{{1,512}}\Z)(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::[\w][\w.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?",
    re.ASCII,
)
"""A reference of github.com/distribution/reference, with a digest that has one form."""
_LIMIT: Final = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*/)?{_WORD}")
_QUANTITY: Final = re.compile(
    r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]+)?"
)
_RELEASE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:-[A-Za-z0-9.-]+)?")
_FILE: Final = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9._@+-]{0,254}")
_SMOKE: Final = re.compile(rf"{re.escape(smoke.FOLDER)}/[a-z0-9.%A-F-]+\.yaml")


class Values(Struct, frozen=True, kw_only=True):
    """The block of variables: ``lists`` has the name of each array, with an entry for each DaemonSet."""

    method: Method
    release: str
    lists: tuple[tuple[str, tuple[str, ...]], ...]


class _Column(Struct, frozen=True, kw_only=True):
    """One array: ``what`` names it to a person whose plan has a value that is not ``valid``."""

    name: str
    what: str
    of: Callable[[Rollout], str]
    valid: Callable[[str], bool]


def _full(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


def _or_none(valid: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: not text or valid(text)


def _among(*words: str) -> Callable[[str], bool]:
    return lambda text: text in words


def _limits(text: str) -> bool:
    limits = json.loads(text)
    return isinstance(limits, dict) and all(
        _LIMIT.fullmatch(name) and _QUANTITY.fullmatch(str(amount))
        for name, amount in limits.items()
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _copied(rollout: Rollout) -> str:
    """The config that thin mode had copied, where root may remove it. Pinned, the daemon does not take
    it for the primary CNI: it goes when the daemon runs."""
    return rollout.copied_config if rollout.removes else ""


def _there(empty: bool) -> str:
    return "none" if empty else "any"


def _sides(
    name: str, what: str, of: Callable[[Side], str], valid: Callable[[str], bool]
) -> tuple[_Column, _Column]:
    """What the Multus container is before, and what it is after."""
    return (
        _Column(name=f"OLD_{name}", what=what, of=lambda r: of(r.old), valid=valid),
        _Column(name=f"NEW_{name}", what=f"new {what}", of=lambda r: of(r.new), valid=valid),
    )


_COLUMNS: Final = (
    _Column(name="NAMESPACES", what="namespace", of=lambda r: r.namespace, valid=_full(_DNS_LABEL)),
    _Column(name="NAMES", what="name", of=lambda r: r.name, valid=_full(_NAME)),
    _Column(name="SELECTORS", what="selector", of=lambda r: r.selector, valid=_full(_SELECTOR)),
    _Column(name="CONTAINERS", what="container", of=lambda r: r.container, valid=_full(_DNS_LABEL)),
    _Column(
        name="OLD_MODES",
        what="mode",
        of=lambda r: "thin" if r.thin else "thick",
        valid=_among("thin", "thick"),
    ),
    _Column(name="OLD_RELEASES", what="release", of=lambda r: r.release, valid=_full(_RELEASE)),
    *_sides("IMAGES", "image", lambda side: side.image, _full(_IMAGE)),
    *_sides("LIMITS", "limits", lambda side: side.limits, _limits),
    *_sides("ARGS", "arguments", lambda side: _there(side.no_args), _among("any", "none")),
    *_sides("COMMANDS", "command", lambda side: _there(side.no_command), _among("any", "none")),
    _Column(name="CNI_DIRS", what="conf dir", of=lambda r: r.cni_dir, valid=nodefile.is_plain),
    _Column(
        name="CNI_MOUNTS",
        what="mount of the conf dir",
        of=lambda r: r.cni_mount,
        valid=nodefile.is_plain,
    ),
    _Column(name="BIN_DIRS", what="bin dir", of=lambda r: r.bin_dir, valid=nodefile.is_plain),
    _Column(
        name="PRIMARIES",
        what="primary CNI's file",
        of=lambda r: r.primary,
        valid=_or_none(_full(_FILE)),
    ),
    _Column(
        name="OLD_FILES",
        what="copied config",
        of=lambda r: r.copied_config,
        valid=_or_none(_full(_FILE)),
    ),
    _Column(
        name="EARLY",
        what="copied config",
        of=lambda r: "" if r.primary else _copied(r),
        valid=_or_none(_full(_FILE)),
    ),
    _Column(
        name="LATE",
        what="copied config",
        of=lambda r: _copied(r) if r.primary else "",
        valid=_or_none(_full(_FILE)),
    ),
    _Column(name="CONFLISTS", what="", of=lambda r: _yes(r.conflist), valid=_among("yes", "no")),
    _Column(name="RENAMED", what="", of=lambda r: _yes(r.restores), valid=_among("yes", "no")),
    _Column(name="TOLERATES", what="", of=lambda r: _yes(r.tolerates), valid=_among("yes", "no")),
)


def refusals(rollouts: Sequence[Rollout], files: Iterable[str]) -> list[str]:
    """Why there is no script for these, one phrase each; [] where there is one. ``files`` are the
    paths of OUT."""
    found = [f"the path {path} is to be looked at by hand" for path in by_hand(rollouts)]
    for rollout in rollouts:
        for column in _COLUMNS:
            value = column.of(rollout)
            if not column.valid(value):
                found.append(f"the {column.what} {value!r} of {rollout.name!r} is none")
    found += [
        f"the file {path!r} has no plain name"
        for path in _smoke(files)
        if not _SMOKE.fullmatch(path)
    ]
    return list(dict.fromkeys(found))


def values(
    rollouts: Sequence[Rollout], release: str, files: Iterable[str], method: Method
) -> Values:
    """The block of variables for what `refusals` has nothing against.

    Errors: ValueError for a release that is none (a bug).
    """
    if not _RELEASE.fullmatch(release):
        raise ValueError(f"no release: {release!r}")
    lists = [(column.name, tuple(map(column.of, rollouts))) for column in _COLUMNS]
    lists.append(("SMOKE_FILES", tuple(_smoke(files))))
    return Values(method=method, release=release, lists=tuple(lists))


def _smoke(files: Iterable[str]) -> Iterator[str]:
    return (path for path in sorted(files) if path.startswith(f"{smoke.FOLDER}/"))
