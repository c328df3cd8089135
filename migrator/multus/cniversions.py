"""Which version of the CNI specification libcni gives the plugins of a network.

Source: ConfListFromBytes of libcni 1.2.0-rc1 (v4.1) and 1.2.0 to 1.3.0 (v4.2, v4.3), and
pkg/version and pkg/types/create of each vendored libcni.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any, Final

from migrator.golang import loosesemver, semver
from migrator.golang import text as gotext
from migrator.golang.errors import GoError
from migrator.multus import releases
from migrator.multus.releases import Release

_ALWAYS: Final = ("", "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0")
_CURRENT: Final = "1.1.0"
"""version.Current() of libcni 1.2.0-rc1 to 1.3.0."""
_PLACE: Final = "error parsing configuration list:"


def known(version: str, release: Release) -> bool:
    """Whether a result in this version can be read (types/create)."""
    return (
        version in _ALWAYS
        or (version == "1.0.0" and releases.CNI_1_0.holds(release))
        or (version == "1.1.0" and releases.CNI_1_1.holds(release))
    )


def of_list(raw: Mapping[str, Any], version: str, release: Release) -> str:
    """The version of a list: its cniVersion, or the highest known one of its cniVersions too."""
    if "cniVersions" not in raw or not releases.LENIENT_CHECK.holds(release):
        return version
    entries = _entries(raw["cniVersions"])
    if releases.LENIENT_BOOLEANS.holds(release):
        return _highest(entries, version)
    return _loosely_highest(entries, version)


def _entries(versions: Any) -> list[Any]:
    if not isinstance(versions, list):
        # Go prints the type it wanted, the variable of the failed assertion.
        raise GoError(f"{_PLACE} invalid type for cniVersions: []interface {{}}")
    return versions


def _not_a_text(entry: Any, index: int) -> GoError:
    kind = gotext.type_name(entry)
    return GoError(f"{_PLACE} invalid type for cniVersions index {index}: {kind}")


def _highest(entries: list[Any], version: str) -> str:
    """libcni 1.2.0: every entry must parse; those above the known specification do not count."""
    kept: list[str] = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, str):
            raise _not_a_text(entry, index)
        if not _above_current(entry, f"cniVersions entry {entry} at index {index}"):
            kept.append(entry)
    if version and not _above_current(version, f"cniVersion {version}"):
        kept.append(version)
    return max(kept, key=cmp_to_key(_order)) if kept else version


def _order(one: str, other: str) -> int:
    left, right = semver.cni_version(one), semver.cni_version(other)
    return (left > right) - (left < right)


def _above_current(version: str, what: str) -> bool:
    try:
        return semver.cni_version(version) > semver.cni_version(_CURRENT)
    except GoError as error:
        raise GoError(f"{_PLACE} invalid {what}: {error}") from None


def _loosely_highest(entries: list[Any], version: str) -> str:
    """libcni 1.2.0-rc1: a looser parser, which writes the chosen version anew."""
    kept: list[loosesemver.Version] = []
    current = loosesemver.parse(_CURRENT)
    for index, entry in enumerate(entries):
        if not isinstance(entry, str):
            raise _not_a_text(entry, index)
        # Go prints the version that the failed parse left nil, not the entry.
        kept.append(_loosely(entry, f"cniVersions entry <nil> at index {index}"))
    if version:
        kept.append(_loosely(version, "cniVersion <nil>"))
    kept = [one for one in kept if not current.less(one)]
    return str(max(kept, key=loosesemver.Version.rank)) if kept else version


def _loosely(version: str, what: str) -> loosesemver.Version:
    try:
        return loosesemver.parse(version)
    except GoError as error:
        raise GoError(f"{_PLACE} invalid {what}: {error}") from None
