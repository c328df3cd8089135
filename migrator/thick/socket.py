"""The directory of the daemon's socket. The daemon empties it at its start (os.RemoveAll of socketDir,
pkg/server/server.go FilesystemPreRequirements), so that nothing else may lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.model.release import Release
from migrator.multus import releases
from migrator.trees import pods

USUAL: Final = "/run/multus"
OTHER: Final = "/run/multus-daemon"
"""Directories of the host; the daemon has /run at /host/run."""

_PATHS: Final = (
    "cniConfigDir",
    "multusAutoconfigDir",
    "readinessindicatorfile",
    "confDir",
    "cniDir",
    "binDir",
    "logFile",
)
"""The keys of daemon-config.json that are paths of the container."""


def lost_in(
    directory: str,
    inside: str,
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    """(who needs it, path of the host) of all that lies in ``directory`` of the host, if that is
    emptied as the container's ``inside``: each path of the settings, and each other mount.

    A second view of the directory itself is no loss: it may be the socket's."""
    found = pods.mount_at(container, pods.clean(inside))
    own = found[0].get("mountPath") if found else None
    for mount in pods.items(container, "volumeMounts"):
        point = str(mount.get("mountPath", ""))
        host = pods.without_var_run(pods.on_host(pod, container, point))
        if mount.get("mountPath") != own and pods.below(host, directory):
            yield f"the mount at {point}", host
    for key in _PATHS:
        value = settings.get(key)
        host = pods.on_host(pod, container, value) if isinstance(value, str) else ""
        if host and pods.below(pods.without_var_run(host), directory) is not None:
            yield key, pods.without_var_run(host)


def socket_keys(
    planned: Mapping[str, Any],
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    settings: Mapping[str, Any],
    release: Release,
) -> dict[str, str]:
    """socketDir, with daemonSocketDir for the shim where it is not the usual directory, for the
    ``planned`` pod and the mounts that ``container`` of ``pod`` has today. v4.0.x shims know no
    other directory: it stays, and is reported (P18)."""
    inside, (main, *_) = f"/host{USUAL}", pods.items(planned, "containers")
    lost = [
        *lost_in(USUAL, inside, planned, main, settings),
        *lost_in(USUAL, inside, pod, container, {}),
    ]
    if not lost or not releases.DAEMON_SOCKET_DIR.holds(release):
        return {"socketDir": f"{inside}/"}
    return {"socketDir": f"/host{OTHER}/", "daemonSocketDir": f"{OTHER}/"}
