"""One flag of a thin entrypoint -> what becomes of it, and its keys in daemon-config.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from migrator.model.inventory import Flag, Install
from migrator.model.plan import Outcome
from migrator.multus import releases
from migrator.multus.defaults import CONF_DIR
from migrator.multus.flags import FLAGS, WITHOUT_EFFECT, FlagInfo, is_boolean, is_true
from migrator.thick.entry import EMPTY, Entry, container_path, filled_in_later, warned
from migrator.trees.variables import has_variables

Result = tuple[Entry, dict[str, Any]]

_BAD = object()
_NEEDS_VALUE = ("bool", "number", "container-path")
"""Handlings that write another value than the text of the flag."""
_LEVELS = ("debug", "verbose", "error", "panic")
"""pkg/logging GetLoggingLevel, v3.2 to v4.3.0."""


def thin_flags(install: Install) -> Iterator[Result]:
    """What becomes of each flag, in order. Of one that is given again the last counts, an empty one
    too: the shell overwrites its variable, and both Go parsers set the value once more."""
    last = {flag.name: flag for flag in install.flags}
    for flag in install.flags:
        if flag.name in FLAGS and last[flag.name] is not flag:
            detail = f"given again later, and the last one counts: {last[flag.name].raw}"
            yield (
                Entry(
                    kind="flag", name=flag.raw, outcome="dropped", detail=detail, source=flag.source
                ),
                {},
            )
        else:
            yield thin_flag(flag, install)


def thin_flag(flag: Flag, install: Install) -> Result:
    """(what became of the flag, its daemon-config keys; dotted keys lie in an object)."""
    entry = Entry(kind="flag", name=flag.raw, outcome="dropped", detail="", source=flag.source)
    info = FLAGS.get(flag.name)
    if info is None:
        detail = "no entrypoint of Multus v3.1 to v4.3.0 knows this flag"
        return replace(entry, outcome="unknown", detail=detail, manual=True), {}
    if install.config_file and flag.name in WITHOUT_EFFECT:
        detail = f"without effect: thin mode copied {install.config_file} and generated nothing"
        return replace(entry, detail=detail), {}
    if info.handling == "own":
        return _OWN[flag.name](flag, info, entry, install)
    if info.handling == "drop":
        return replace(entry, detail=info.why), {}
    if info.handling in _NEEDS_VALUE or info.key == "logFile":
        later = filled_in_later(entry, flag.value)
        if later is not None:
            return later, {}
    value = _value(flag, info, install)
    if value is None:
        return replace(entry, detail=EMPTY), {}
    if value is _BAD:
        kind = "boolean" if info.handling == "bool" else "number"
        detail = f"{flag.value!r} is not a {kind}"
        return replace(entry, outcome="unknown", detail=detail, manual=True), {}
    detail = f"{info.key}: {json.dumps(value)} in daemon-config.json"
    outcome: Outcome = "moved" if info.handling == "container-path" else "renamed"
    entry = replace(entry, outcome=outcome, detail=detail)
    return warned(entry, info.key, value), {info.key: value}


def _value(flag: Flag, info: FlagInfo, install: Install) -> Any:
    if info.handling == "bool":
        if not is_boolean(install.entrypoint, flag.value):
            return _BAD
        return is_true(install.entrypoint, flag.name, flag.value)
    if not flag.value:
        return None
    if info.handling == "number":
        usual = flag.value.isdecimal() and len(flag.value) < 10
        return int(flag.value) if usual else _BAD
    if info.handling == "container-path":
        return container_path(flag.value, install.paths)
    return flag.value


def _truth(flag: Flag, install: Install) -> bool:
    return is_true(install.entrypoint, flag.name, flag.value)


def _directory(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    paths = install.paths
    value = paths.cni_conf_mount if info.key == "cniConfigDir" else paths.autoconfig_mount
    return replace(entry, outcome="renamed", detail=f"{info.key}: {value}"), {}


def _bin_dir(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    where = install.paths.bin_dir
    detail = f"{where} is still the directory of the binary, mounted at its own path"
    return replace(entry, outcome="moved", detail=detail), {}


def _version(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    if not flag.value:
        return replace(entry, detail=EMPTY), {}
    detail = f"cniVersion: {flag.value} in daemon-config.json"
    return replace(entry, outcome="renamed", detail=detail), {"cniVersion": flag.value}


def _conf_file(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    if not install.config_file:
        return replace(entry, outcome="renamed", detail="multusConfigFile: auto"), {}
    if install.config is None:
        text = (
            f"the Multus config {install.config_file} is not in the inputs: its settings cannot be "
            "carried over"
        )
        lost = replace(entry, outcome="unknown", detail=text, pitfall="P02")
        return replace(lost, warning=text, manual=True), {}
    where = install.config.source
    detail = f"multusConfigFile: auto; the keys of the config at {where} go to daemon-config.json"
    return replace(entry, outcome="renamed", detail=detail), {}


def _master(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    if not flag.value:
        return replace(entry, detail=EMPTY), {}
    detail = f"multusMasterCNI: {flag.value}"
    entry = replace(entry, outcome="renamed", detail=detail, primary=flag.value)
    if releases.MASTER_FLAG_IGNORED.holds(install.release) and install.entrypoint == "pflag":
        text = (
            "thin v4.0.x ignored this flag and took the first file; thick mode honours it, so make "
            f"sure that {flag.value} is the primary CNI on every node"
        )
        entry = replace(entry, pitfall="P04", warning=text)
    return entry, {"multusMasterCNI": flag.value}


def _log_level(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    """The shell takes the four words as they are, thin_entrypoint in any case; with another word
    either ends, and the daemon goes on without a level."""
    if not flag.value:
        return replace(entry, detail=EMPTY), {}
    level = flag.value.lower()
    if level not in _LEVELS and not has_variables(flag.value):
        detail = f"{flag.value} is not a log level of Multus; these are {', '.join(_LEVELS)}"
        return replace(entry, detail=detail), {}
    level = level if level in _LEVELS else flag.value
    detail = f'logLevel: "{level}" in daemon-config.json'
    return replace(entry, outcome="renamed", detail=detail), {"logLevel": level}


def _plugin_dir(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    if not flag.value:
        return replace(entry, detail=EMPTY), {}
    path = flag.value.rstrip("/")
    return replace(entry, outcome="renamed", detail=f"binDir: {path}; {info.why}"), {"binDir": path}


def _thin_conf_dir(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    entry = replace(entry, detail=info.why)
    if flag.value.rstrip("/").endswith(CONF_DIR):
        return entry, {}
    text = (
        f"thin Multus never read {flag.value}: it looks in /etc/cni/multus/net.d, and so will the "
        "daemon"
    )
    return replace(entry, pitfall="P01", warning=text), {}


def _renamed_primary(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    if not _truth(flag, install):
        return _plain(flag, info, entry, install)
    text = "restore the primary CNI's renamed *.old file on every node before the rollout"
    return replace(entry, detail=info.why, pitfall="P04", warning=text, manual=True), {}


def _no_binary(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    if not _truth(flag, install):
        return _plain(flag, info, entry, install)
    text = (
        "the binary was provided by something else; multus-shim is installed by the init container"
    )
    return replace(entry, detail=info.why, warning=text, pitfall="P25"), {}


def _plain(flag: Flag, info: FlagInfo, entry: Entry, install: Install) -> Result:
    """A boolean that has no effect in thick mode."""
    detail = info.why if _truth(flag, install) else "false, which is the default"
    return replace(entry, detail=detail), {}


_OWN: Mapping[str, Callable[[Flag, FlagInfo, Entry, Install], Result]] = {
    "cni-conf-dir": _directory,
    "cni-config-dir": _directory,
    "multus-autoconfig-dir": _directory,
    "cni-bin-dir": _bin_dir,
    "cni-version": _version,
    "multus-conf-file": _conf_file,
    "multus-master-cni-file-name": _master,
    "multus-master-cni-file": _master,
    "additional-bin-dir": _plugin_dir,
    "multus-log-level": _log_level,
    "multus-cni-conf-dir": _thin_conf_dir,
    "rename-conf-file": _renamed_primary,
    "skip-multus-binary-copy": _no_binary,
    "force-cni-version": _plain,
}
