"""Thin settings -> daemon-config.json: every flag and every key of a hand-written config.

Each input gives exactly one Entry, so that nothing is dropped without a word (promise 2). Which
key becomes what: pkg/types/conf.go, pkg/server/config/generator.go and cmd/multus-daemon/main.go
of v4.0.0 to v4.3.0.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from migrator.inventory.config_volumes import config_places
from migrator.model.inventory import Install
from migrator.model.release import Release
from migrator.multus import daemon, releases
from migrator.multus.primary import Primary, cni_version
from migrator.thick.entry import Entry, Translation, container_path
from migrator.thick.flags import thin_flags
from migrator.thick.handwritten import hand_written
from migrator.trees import pods
from migrator.trees.wording import listed

__all__ = ["Entry", "Translation", "container_path", "translate"]


def translate(
    install: Install, target_release: Release, primary: Primary, copied: str = ""
) -> Translation:
    """The daemon-config keys that keep what ``install`` does today. Pure.

    ``copied`` is the path of the nodes at which a config that the inputs lack was seen."""
    keys: dict[str, Any] = {}
    entries: list[Entry] = []
    networks: tuple[tuple[str, str], ...] = ()
    if install.mode == "thick":
        keys, entries = _own_config(install, target_release)
    for entry, values in thin_flags(install) if install.mode == "thin" else ():
        keys.update(values)
        entries.append(entry)
    entries.extend(_about_image_config(install))
    if copied:
        entries = [
            _seen_on_nodes(entry, copied) if entry.pitfall == "P02" else entry for entry in entries
        ]
    if install.config is not None:
        hand = hand_written(install.config, install, primary)
        keys.update(hand.keys)
        entries.extend(hand.entries)
        networks = hand.networks
    inline = any(e.kind == "config-key" and e.primary is not None for e in entries)
    version = list(_about_version(keys, install, target_release, primary))
    file = [] if inline else list(_about_primary(keys, install, primary))
    if not primary.cni_version and any(entry.warning for entry in file):
        # nobody has seen the file: that is told once, with the option that shows both
        version = [
            replace(entry, pitfall="", warning="") if entry.pitfall == "P12" else entry
            for entry in version
        ]
    entries += version + file
    bin_dirs = _bin_dirs(keys, install)
    log_dir = posixpath.dirname(str(keys.get("logFile") or ""))
    if log_dir.startswith("/") and not _mountable(log_dir):
        del keys["logFile"]
        entries = [_without_log_file(entry) for entry in entries]
        log_dir = ""
    return Translation(
        keys=_nested(keys),
        entries=tuple(entries),
        bin_dirs=bin_dirs,
        host_dirs=(log_dir,) if log_dir.startswith("/") else (),
        networks=networks,
    )


_SYSTEM = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr")


def _mountable(directory: str) -> bool:
    """Whether the host's directory may stand at its own path in the container: mounted over
    /usr or /etc it would take the daemon's own programs and settings away, over /run the mounts
    below it (/var/run is a link to it), and the daemon empties its socket's at each start."""
    path = pods.without_var_run(directory)
    if path == "/run" or pods.below(path, "/run/multus") is not None:
        return False
    top = "/" + path.split("/")[1]
    return path.count("/") > 1 and top not in _SYSTEM


def _without_log_file(entry: Entry) -> Entry:
    """A log file whose directory cannot be mounted at its own path."""
    if entry.pitfall != "P17":
        return entry
    text = "a log file in a system directory of the host cannot be kept; the daemon logs to stderr"
    return replace(entry, outcome="dropped", detail=text, warning=text)


def _bin_dirs(keys: dict[str, Any], install: Install) -> tuple[str, ...]:
    """Where plugins are: the directory of the Multus binary, then a binDir of its own. binDir is
    said where it is not the daemon's default (P07)."""
    own = install.paths.bin_dir
    if keys.get("binDir") and keys["binDir"] != own:
        return own, str(keys["binDir"])
    if own != "/opt/cni/bin":
        keys["binDir"] = own
    return (own,)


def _about_image_config(install: Install) -> Iterator[Entry]:
    """The shell of v3 copies a config of its image unless --multus-conf-file says otherwise, or
    the one that is mounted there."""
    said = any(flag.name == "multus-conf-file" for flag in install.flags)
    if install.config_file and install.config is None and not said:
        container = pods.container(pods.pod_spec(install.daemonset.data), install.container)
        places = config_places(install.daemonset, container, install.config_file)
        whose = f"ConfigMap {listed(p.config_map for p in places)}" if places else "its image"
        text = (
            f"thin mode uses {install.config_file} of {whose}, which is not in the inputs: its "
            "settings cannot be carried over"
        )
        yield Entry(
            kind="config-key",
            name=install.config_file,
            outcome="unknown",
            detail=text,
            source=install.daemonset.source,
            pitfall="P02",
            warning=text,
            manual=True,
        )


def _seen_on_nodes(entry: Entry, path: str) -> Entry:
    """A config that the inputs lack, and the nodes have: P85 holds each of its keys against the
    plan."""
    text = (
        f"the ConfigMap with it is not in the inputs; the nodes' copy, {path}, was "
        "read, and P85 names each key that differs from the plan"
    )
    return replace(entry, outcome="dropped", detail=text, pitfall="", warning="", manual=False)


def keeps_config_file(release: Release) -> bool:
    """v4.0.x copies a file as multusConfigFile to the node; later daemons end with one (P02)."""
    return releases.CONFIG_FILE_COPIED.holds(release)


def _own_config(install: Install, release: Release) -> tuple[dict[str, Any], list[Entry]]:
    """A thick install's own daemon-config.json stays, except for a "type", and from v4.1.0 on for
    a config file of its own: its keys are nowhere in the inputs."""
    config = install.daemon_config
    if config is None:
        return {}, []
    if config.error:
        text = f"{config.error}: its settings cannot be carried over"
        source = config.source
        return {}, [
            Entry(kind="config-key", name=config.key, outcome="unknown", detail=text, source=source)
        ]
    entries = []
    wrong = daemon.wrong_type(config.text, release)
    for key, value in config.data.items():
        detail = "in daemon-config.json already"
        entry = Entry(
            kind="config-key", name=key, outcome="kept", detail=detail, source=config.source
        )
        if key == "type":
            detail = "with it the runtime would call the old thin binary"
            entry = replace(entry, outcome="dropped", detail=detail)
        elif wrong is not None and wrong.path[:1] == (key,):
            entry = replace(entry, outcome="unknown", detail=f"Multus rejects it: {wrong}")
        elif _is_file(key, value) and not keeps_config_file(release):
            text = f"becomes auto; the settings in {value} cannot be carried over"
            entry = replace(entry, outcome="unknown", detail=text, pitfall="P02")
            entry = replace(entry, warning=text, manual=True)
        entries.append(entry)
    return {k: v for k, v in config.data.items() if k != "type"}, entries


def _is_file(key: str, value: object) -> bool:
    return key == "multusConfigFile" and value not in ("auto", "", None)


def _nested(keys: Mapping[str, Any]) -> dict[str, Any]:
    """``logOptions.maxSize`` -> {"logOptions": {"maxSize": ...}}."""
    result: dict[str, Any] = {}
    for key, value in keys.items():
        head, _, rest = key.partition(".")
        if rest and head == "logOptions":
            known = result.get(head)
            result[head] = {**(known if isinstance(known, Mapping) else {}), rest: value}
        else:
            result[key] = value
    return result


def _about_version(
    keys: dict[str, Any], install: Install, target_release: Release, primary: Primary
) -> Iterator[Entry]:
    """cniVersion (ruling 8): stated, else the primary's, else 0.3.1; never 0.4.0 or more over a
    primary below 0.4.0 (CheckVersionCompatibility), at most 1.0.0 before v4.3.0 (P13).

    What a running thick install states stays: its daemon has started with it.
    """
    entry = Entry(
        kind="config-key",
        name="cniVersion",
        outcome="kept",
        detail="",
        source=install.daemonset.source,
    )
    stated = str(keys.get("cniVersion") or "")
    version = stated or primary.cni_version
    if install.mode == "thick" and stated:
        return
    if not version:
        keys["cniVersion"] = "0.3.1"
        text = (
            "the primary CNI's cniVersion is not known; daemon-config.json has 0.3.1, as "
            "upstream's does, which works over every primary CNI"
        )
        yield replace(entry, detail=text, pitfall="P12", warning=text)
        return
    keys["cniVersion"] = version
    if primary.cni_version and cni_version(primary.cni_version) < (0, 4, 0) <= cni_version(version):
        keys["cniVersion"] = primary.cni_version
        text = (
            f"cniVersion {version} over a primary CNI of {primary.cni_version} makes "
            "the daemon exit; lowered"
        )
        yield replace(entry, detail=text, pitfall="P12", warning=text)
    elif cni_version(version) > (1, 0, 0) and not releases.STATUS_ANSWERED.holds(target_release):
        keys["cniVersion"] = "1.0.0"
        text = f"cniVersion {version} makes the runtime call STATUS, which fails before v4.3.0; lowered"
        yield replace(entry, detail=text, pitfall="P13", warning=text)
    elif not stated:
        yield replace(entry, detail=f"cniVersion {version}, the primary CNI's own")


def _cluster_file(keys: Mapping[str, Any], install: Install) -> str:
    """The file that a clusterNetwork path names: auto mode takes capabilities and the version to
    compare with from a file beside it, and that has to be the same one."""
    directory, _, name = str(keys.get("clusterNetwork") or "").rpartition("/")
    same = directory == install.paths.autoconfig_mount
    return name if same and name.endswith((".conf", ".conflist")) else ""


def _about_primary(keys: dict[str, Any], install: Install, primary: Primary) -> Iterator[Entry]:
    """multusMasterCNI is pinned where the primary is known: auto mode would take the first file,
    which may be another one tomorrow (P03, P04)."""
    entry = Entry(
        kind="config-key",
        name="multusMasterCNI",
        outcome="kept",
        detail="",
        source=install.daemonset.source,
    )
    if keys.get("multusMasterCNI"):
        return
    named = _cluster_file(keys, install)
    if named or primary.file:
        keys["multusMasterCNI"] = named or primary.file
        which = "what clusterNetwork names" if named else "the primary CNI today"
        yield replace(entry, detail=f"multusMasterCNI: {named or primary.file}, {which}")
        return
    if primary.by_node:
        # what is the matter there, the checks of the node files tell
        detail = (
            "left out: the nodes do not share one primary CNI, so each daemon takes its first file"
        )
        yield replace(entry, outcome="dropped", detail=detail)
        return
    text = (
        f"the primary CNI's file is not known ({install.paths.autoconfig_dir} of no node was given "
        "with --node-files): the daemon takes the first .conf or .conflist there"
    )
    yield replace(entry, detail=text, pitfall="P04", warning=text)
