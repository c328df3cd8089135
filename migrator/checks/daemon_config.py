"""P02, P11, P12, P13, P17, P18, P31: what daemon-config.json says and the daemon cannot live with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.checks.common import (
    daemons,
    finding,
    is_filled_in_later,
    main_of,
    on_nodes,
    pod_of,
    settings_of,
)
from migrator.golang.errors import GoError
from migrator.inventory.running import refused
from migrator.model.inputs import Source
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus import daemon, releases
from migrator.multus.primary import cni_version, content, find_primary
from migrator.thick.socket import OTHER, USUAL, lost_in
from migrator.trees import pods
from migrator.trees.dig import string
from migrator.trees.variables import has_variables
from migrator.trees.wording import listed

CONFIG_FILE = Rule(
    id="P02",
    title="Multus has a hand-written config",
    why="with a path in multusConfigFile, the daemon of v4.1.0 and later has nothing "
    "to wait for and silently exits at once with code 0; the keys of that file "
    "have to move to daemon-config.json",
    reference="multus-cni#1366, PR#1508, PR#1543",
    handling="multusConfigFile is always auto; each key of the hand-written config moves to "
    "daemon-config.json, and further delegates become NADs (S12, S14).",
    severity="blocker",
)
READINESS = Rule(
    id="P11",
    title="The readiness indicator file is a host path",
    why="thin Multus looks for it on the host, but the daemon looks in its container, "
    "where the CNI directory is elsewhere: it gives up after 45 seconds, again and "
    "again",
    reference="cmd/multus-daemon/main.go, pkg/server/config/manager.go; multus-cni#1306",
    handling="The path becomes the one that the container sees, by the longest mount (S12).",
    severity="blocker",
)
VERSIONS = Rule(
    id="P12",
    title="Multus's cniVersion is above the primary CNI's",
    why="a cniVersion of 0.4.0 or more over a primary CNI below 0.4.0, or no "
    "cniVersion at all, makes the daemon exit with code 2",
    reference="CheckVersionCompatibility, pkg/server/config/generator.go; multus-cni#1060, #561",
    handling="cniVersion is the one that you state or the primary CNI's, else 0.3.1; never "
    "0.4.0 or more over a primary CNI below 0.4.0 (S12).",
    severity="warning",
)
STATUS = Rule(
    id="P13",
    title="cniVersion 1.1.0 needs v4.3.0",
    why="the runtime then calls STATUS and GC, which daemons before v4.3.0 answer with "
    "an error: the node is not ready",
    reference="multus-cni ec08b5fa8, PR#1273",
    until=Release(4, 3, 0),
    handling="cniVersion is at most 1.0.0 for targets below v4.3.0 (S12).",
    severity="warning",
)
LOG = Rule(
    id="P17",
    title="The daemon's log is lost or not written",
    why="the log file is a path in the container: unless that is mounted, the file is "
    "lost with the container and no log shipper reads it; and logToStderr is false "
    "by default",
    reference="cmd/multus-daemon/main.go; multus-cni#1071",
    handling="logToStderr is true; the directory of logFile is mounted (S06, S12).",
    severity="warning",
)
SOCKET = Rule(
    id="P18",
    title="socketDir and daemonSocketDir must be one host directory, used by nothing else",
    why="the shim finds the daemon by daemonSocketDir on the host, and the daemon "
    "deletes socketDir with everything in it when it starts: a shared directory "
    "would lose its content",
    reference="pkg/server/server.go FilesystemPreRequirements, pkg/server/api/shim.go",
    handling="socketDir is /host/run/multus/ on the mount of /run; where the primary CNI's "
    "file or another path of the install is in /run/multus, it is "
    "/host/run/multus-daemon/, and daemonSocketDir tells the shim, for targets "
    "from v4.1.0 on (S06, S12).",
    severity="blocker",
)
LIMIT = Rule(
    id="P31",
    title="v4.3.0 may exit without a log",
    why="in one cluster every v4.3.0 daemon exited at once, and the cause is not "
    "known; a connectionLimit of 0 or less makes it exit with code 3",
    reference="gavinmcfall/home-ops PR#2424",
    since=Release(4, 3, 0),
    handling="terminationMessagePolicy shows the last lines of a daemon that exits; the "
    "default target is v4.2.4 (S10).",
    severity="warning",
)
PLACE = Rule(
    id="M12",
    title="v4.0.x writes 00-multus.conf next to the primary CNI's file",
    why="in auto mode its daemon ignores cniConfigDir: where the primary CNI's file is "
    "in another directory, the container runtime never sees 00-multus.conf and no "
    "pod gets a second network",
    reference="pkg/server/config/manager.go v4.0.0 to v4.0.2",
    until=Release(4, 1, 0),
    severity="blocker",
)
RULES = (CONFIG_FILE, READINESS, VERSIONS, STATUS, LOG, SOCKET, LIMIT, PLACE)

_SHARED = frozenset(
    {"/", "/run", "/var", "/tmp", "/etc", "/opt", "/var/lib", "/run/k8s.cni.cncf.io"}  # noqa: S108
)


def findings(state: State) -> Iterable[Finding]:
    for install in state.inventory.installs:
        yield from _readiness(install, state.inventory)
    for install in daemons(state):
        config = install.daemon_config
        if config is None or config.error or refused(config, state.daemon):
            continue  # P61 and P73 tell of it
        yield from _config_file(install, state.daemon)
        yield from _versions(install, state)
        yield from _log(install)
        yield from _socket(install, state.daemon)
        yield from _limit(install)
        yield from _place(install)


def _source(install: Install) -> Source | None:
    return install.daemon_config.source if install.daemon_config else None


def _readiness(install: Install, inventory: Inventory) -> Iterable[Finding]:
    path, source = _readiness_file(install)
    if not path or has_variables(path):
        return
    host = pods.on_host(pod_of(install), main_of(install), path)
    if not host:
        yield finding(
            READINESS,
            document=install.daemonset,
            source=source,
            seen=f"{path} is in no directory that the container mounts",
            error="have you checked that your default network is ready? still waiting for "
            f"readinessindicatorfile @ {path}. pollimmediate error: timed out waiting for the "
            "condition",
            remedy="give the path as the container sees it, such as /host/etc/cni/net.d/...",
        )
        return
    directory, _, name = host.rpartition("/")
    files = inventory.reading.node_files
    there = {f.node for f in files.files if (f.directory, f.name) == (directory, name)}
    missing = sorted(n for n, d in files.directories if d == directory and n not in there)
    if missing and install.mode == "thick":
        yield finding(
            READINESS,
            document=install.daemonset,
            source=source,
            severity="warning",
            seen=f"{host} is not there {on_nodes(missing)}",
            error="still waiting for readinessindicatorfile",
            remedy="name a file that the primary CNI writes on every node, or drop the key",
        )


def _readiness_file(install: Install) -> tuple[str, Source | None]:
    for flag in reversed(install.flags):
        if flag.name == "readiness-indicator-file" and flag.value:
            return pods.clean(flag.value), flag.source
    config = install.config or install.daemon_config
    value = config.data.get("readinessindicatorfile") if config else None
    if config and isinstance(value, str) and value:
        return pods.clean(value), config.source
    return "", None


def _config_file(install: Install, release: Release) -> Iterable[Finding]:
    value = settings_of(install).get("multusConfigFile", "auto")
    if value != "auto" and not releases.CONFIG_FILE_COPIED.holds(release):
        yield finding(
            CONFIG_FILE,
            document=install.daemonset,
            source=_source(install),
            seen=f"multusConfigFile: {value}",
            error="multus daemon is exited",
            remedy="set multusConfigFile: auto, move the keys of that file to daemon-config.json, "
            "and name the primary CNI's file in multusMasterCNI",
        )


def _versions(install: Install, state: State) -> Iterable[Finding]:
    if is_filled_in_later(install, "cniVersion"):
        return
    version = str(settings_of(install).get("cniVersion") or "")
    if _version_error(version, {"cniVersion": version}):
        yield finding(
            VERSIONS,
            document=install.daemonset,
            source=_source(install),
            severity="blocker",
            seen=f"cniVersion: {version}" if version else "daemon-config.json has no cniVersion",
            error=_version_error(version, {"cniVersion": version}),
            remedy='set "cniVersion": "0.3.1"',
        )
        return
    for (file, own, error), nodes in _refused_primaries(install, version, state.inventory):
        lower = f'"cniVersion": "{own}"' if own else 'the "cniVersion" of the primary CNI\'s file'
        yield finding(
            VERSIONS,
            document=install.daemonset,
            source=_source(install),
            severity="blocker",
            seen=f"cniVersion {version} over {file} {own or 'without one'} {on_nodes(nodes)}",
            error=error,
            remedy=f"set {lower}, or raise the primary CNI's"
            if own
            else f"set {lower}, or 0.3.1 here",
        )
    if cni_version(version) > (1, 0, 0):
        yield finding(
            STATUS,
            document=install.daemonset,
            source=_source(install),
            seen=f"cniVersion {version}, target v{state.daemon}",
            error="missing CNI_CONTAINERID",
            remedy='set "cniVersion": "1.0.0", or plan with --target 4.3.0',
        )


def _version_error(version: str, primary: Mapping[str, Any]) -> str:
    try:
        daemon.check_versions(version, primary)
    except GoError as error:
        return str(error)
    return ""


_Refused = tuple[tuple[str, str, str], list[str]]
"""(file, its cniVersion or "", the daemon's words), and the nodes that have it."""


def _refused_primaries(install: Install, version: str, inventory: Inventory) -> Iterable[_Refused]:
    """The primary CNIs over which the daemon does not start with its cniVersion; none under
    forceCNIVersion, which rewrites theirs."""
    settings = settings_of(install)
    if settings.get("forceCNIVersion") is True:
        return ()
    directory = install.paths.autoconfig_dir
    primary = find_primary(
        inventory.cni_files, directory, str(settings.get("multusMasterCNI") or "")
    )
    found: dict[tuple[str, str, str], list[str]] = {}
    for file in inventory.cni_files:
        mine = file.directory == directory and primary.by_node.get(file.node) == file.name
        data = content(file) if mine else {}
        error = _version_error(version, data) if data else ""
        if error:
            key = (file.name, string(data, "cniVersion"), error)
            found.setdefault(key, []).append(file.node)
    return found.items()


def _log(install: Install) -> Iterable[Finding]:
    if is_filled_in_later(install, "logFile"):
        return
    settings = settings_of(install)
    path = settings.get("logFile")
    written = isinstance(path, str) and bool(path)
    if written and not pods.on_host(pod_of(install), main_of(install), str(path)):
        yield finding(
            LOG,
            document=install.daemonset,
            source=_source(install),
            seen=f"logFile {path} is in no directory that is mounted from the host",
            remedy="drop logFile and set logToStderr: true, or mount its directory as a hostPath "
            "at the same path",
        )
    elif not written and settings.get("logToStderr") is not True:
        yield finding(
            LOG,
            document=install.daemonset,
            source=_source(install),
            seen="neither logFile nor logToStderr: true",
            remedy='set "logToStderr": true',
        )


def _socket(install: Install, release: Release) -> Iterable[Finding]:
    if any(is_filled_in_later(install, key) for key in ("socketDir", "daemonSocketDir")):
        return
    settings = settings_of(install)
    inside = str(settings.get("socketDir") or "/run/multus/")
    outside = pods.without_var_run(str(settings.get("daemonSocketDir") or "/run/multus/"))
    pod, main = pod_of(install), main_of(install)
    host = pods.without_var_run(pods.on_host(pod, main, inside))
    if not releases.DAEMON_SOCKET_DIR.holds(release):
        outside = USUAL
    needed = lost_in(host, inside, pod, main, settings) if host else ()
    lost = {path: who for who, path in needed}
    if lost and host not in _SHARED:
        yield _emptied(install, inside, host, lost)
    if host in _SHARED:
        seen = f"socketDir {inside} is {host} on the host, which the daemon would empty"
    elif host != outside:
        seen = (
            f"socketDir {inside} is {host or 'no directory'} on the host, and the shim "
            f"calls {outside}"
        )
    else:
        return
    yield finding(
        SOCKET,
        document=install.daemonset,
        source=_source(install),
        seen=seen,
        error=f"dial unix {outside}/multus.sock: connect: no such file or directory",
        remedy='set "socketDir": "/host/run/multus/" with hostPath /run at /host/run; another '
        "directory needs daemonSocketDir too, with its path on the host",
    )


def _emptied(install: Install, inside: str, host: str, lost: Mapping[str, str]) -> Finding:
    told = listed(f"{path} ({who})" for path, who in lost.items())
    return finding(
        SOCKET,
        document=install.daemonset,
        source=_source(install),
        seen=f"socketDir {inside} is {host} on the host, which the daemon removes when "
        f"it starts, and with it {told}",
        remedy=f"have what writes {listed(lost)} write elsewhere, and give that directory; "
        f'or, for a target from v4.1.0 on, set "socketDir": "/host{OTHER}/" and '
        f'"daemonSocketDir": "{OTHER}/"',
        manual=True,
    )


def _limit(install: Install) -> Iterable[Finding]:
    limit: Any = settings_of(install).get("connectionLimit")
    bad = isinstance(limit, int) and not isinstance(limit, bool) and limit <= 0
    if bad:
        yield finding(
            LIMIT,
            document=install.daemonset,
            source=_source(install),
            severity="blocker",
            seen=f"connectionLimit: {limit}",
            error=f"connection limit must be greater than 0, got {limit}",
            remedy="drop connectionLimit, or set 10 to 25",
        )


def _place(install: Install) -> Iterable[Finding]:
    paths, settings = install.paths, settings_of(install)
    auto = settings.get("multusConfigFile") in (None, "", "auto")
    if auto and paths.autoconfig_dir != paths.cni_conf_dir:
        yield finding(
            PLACE,
            document=install.daemonset,
            source=_source(install),
            seen=f"multusAutoconfigDir is {paths.autoconfig_dir} on the host, but the runtime "
            f"reads {paths.cni_conf_dir}",
            remedy="plan with --target 4.1.4 or later",
        )
