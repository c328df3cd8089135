"""What became of one flag or key of the old configuration, and of all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from migrator.model.inputs import Source
from migrator.model.inventory import HostPaths
from migrator.model.plan import Outcome
from migrator.trees import pods
from migrator.trees.variables import has_variables, variables
from migrator.trees.wording import listed


class Entry(Struct, frozen=True, kw_only=True):
    """What became of one flag or key. ``warning`` is what a person should know, with the id of
    the pitfall in ``pitfall``; ``manual`` says that somebody has to act. ``primary`` is the file or
    the network that it says is the primary CNI, None where it says nothing of it."""

    kind: str
    name: str
    outcome: Outcome
    detail: str
    source: Source
    pitfall: str = ""
    warning: str = ""
    manual: bool = False
    primary: str | None = None


class Translation(Struct, frozen=True, kw_only=True):
    """``keys`` go into daemon-config.json. ``networks`` are delegates that become NADs in
    ``multus_namespace``: (name, config JSON). ``host_dirs`` must be mounted at their own path."""

    keys: Mapping[str, Any]
    entries: tuple[Entry, ...]
    bin_dirs: tuple[str, ...]
    host_dirs: tuple[str, ...]
    networks: tuple[tuple[str, str], ...]


EMPTY = "empty, as if it were not there"


def container_path(path: str, paths: HostPaths) -> str:
    """Where the daemon sees a host path: the longest of its mounts, else the whole host below
    /hostroot (P11)."""
    path = pods.without_var_run(path)
    mounts = [
        (paths.cni_conf_dir, paths.cni_conf_mount),
        (paths.autoconfig_dir, paths.autoconfig_mount),
        ("/run", "/host/run"),
    ]
    for host, inside in sorted(mounts, key=lambda m: -len(m[0])):
        rest = pods.below(path, host)
        if rest is not None:
            return f"{inside}/{rest}" if rest else inside
    return "/hostroot" + path


def filled_in_later(entry: Entry, value: str) -> Entry | None:
    """The entry of a value that has to be known, where a variable stands for it."""
    named = listed(variables(value))
    if not named:
        return None
    detail = f"{named} is filled in when it is applied, and the daemon's setting depends on it"
    return replace(entry, outcome="unknown", detail=detail, manual=True)


def warned(entry: Entry, key: str, value: object) -> Entry:
    """The entry with what a person should know of ``value`` as the daemon-config key ``key``."""
    if has_variables(str(value)):
        return entry
    if key == "globalNamespaces" and "default" not in [n.strip() for n in str(value).split(",")]:
        text = "globalNamespaces replaces the list: the namespace default is not in it"
        return replace(entry, pitfall="P20", warning=text)
    if key == "logFile":
        text = (
            f"the directory of {value} is mounted at the same path, so that the file stays on the "
            "host"
        )
        return replace(entry, pitfall="P17", warning=text)
    return entry
