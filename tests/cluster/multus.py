"""What the Multus of a pod does to the files of its node.

Read in its sources: e2e of ``entrypoint.sh`` (v3), ``cmd/thin_entrypoint`` (v4 thin), ``multus-daemon``;
pkg/server/config.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from tests.cluster.merging import Object

_MULTUS: Final = "00-multus.conf"


class Multus(Struct, frozen=True, kw_only=True):
    """What a pod's Multus container says of itself."""

    thick: bool
    version: tuple[int, ...]
    args: tuple[str, ...]
    conf_dir: str
    primary: str

    @property
    def at_once(self) -> bool:
        """4.0.x leaves 00-multus.conf when it stops; later daemons remove it."""
        return self.thick and self.version >= (4, 1)

    def flag(self, name: str) -> str:
        for arg in self.args:
            if arg.startswith(f"--{name}="):
                return arg.partition("=")[2]
        return ""

    @property
    def copied(self) -> str:
        """The config that thin mode copies, "" where it makes one."""
        given = self.flag("multus-conf-file")
        return "" if self.thick or given in ("", "auto") else Path(given).name


def of(pod: Object, container: str, daemon_config: Object) -> Multus:
    """Of a pod's spec. ``daemon_config`` is what its daemon-config.json holds."""
    found = next(c for c in pod["containers"] if c["name"] == container)
    version = re.search(r":v(\d+(?:\.\d+)*)", found["image"])
    volumes = {v["name"]: v for v in pod.get("volumes", [])}
    mounts = {m["mountPath"]: m["name"] for m in found["volumeMounts"]}
    conf_dir = next(
        volumes[name]["hostPath"]["path"]
        for path, name in mounts.items()
        if path.endswith("etc/cni/net.d") and "hostPath" in volumes[name]
    )
    return Multus(
        thick=found["image"].endswith("-thick"),
        version=tuple(int(part) for part in version[1].split(".")) if version else (),
        args=tuple(found.get("args") or ()),
        conf_dir=conf_dir,
        primary=str(daemon_config.get("multusMasterCNI", "")),
    )


def start(multus: Multus, folder: Path) -> None:
    """What it writes into ``folder``, its conf dir."""
    if multus.thick:
        write(
            folder / _MULTUS,
            {"cniVersion": "0.3.1", "name": "multus-cni-network", "type": "multus-shim"},
        )
        return
    if multus.copied:
        write(
            folder / multus.copied,
            {"name": "multus-cni-network", "type": "multus", "delegates": []},
        )
        return
    name = _first(folder, itself=multus.version[:2] == (4, 0))
    delegate = json.loads((folder / name).read_text())
    config: dict[str, Any] = {
        "name": "multus-cni-network",
        "type": "multus",
        "delegates": [delegate],
    }
    version = delegate.get("cniVersion", "")
    if multus.version >= (4,) and version == "1.0.0":
        write(folder / f"{_MULTUS}list", {"cniVersion": version, "name": "x", "plugins": [config]})
    else:
        write(folder / _MULTUS, config)
    if multus.flag("rename-conf-file") == "true" and name != _MULTUS:
        (folder / name).rename(folder / f"{name}.old")


def stop(multus: Multus, folder: Path) -> None:
    if multus.at_once or (
        not multus.thick
        and multus.version >= (4, 1)
        and multus.flag("cleanup-config-on-exit") == "true"
    ):
        (folder / _MULTUS).unlink(missing_ok=True)


def _first(folder: Path, *, itself: bool) -> str:
    """The primary CNI's file: v4.0.x does not pass over its own."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix in (".conf", ".conflist"))
    return next(name for name in names if itself or not name.startswith(_MULTUS))


def read_by_runtime(folder: Path) -> str:
    """The type of what the runtime calls: of the first file of its directory."""
    for path in sorted(folder.iterdir()):
        if path.suffix in (".conf", ".conflist"):
            config = json.loads(path.read_text())
            return str(config.get("type") or config["plugins"][0]["type"])
    return ""


def reaches_shim(folder: Path) -> bool:
    """Whether what the runtime calls ends at a shim, thin Multus that has it for its primary too."""
    for path in sorted(folder.iterdir()):
        if path.suffix in (".conf", ".conflist"):
            return '"multus-shim"' in path.read_text()
    return False


def write(path: Path, config: object) -> None:
    path.write_text(json.dumps(config))
