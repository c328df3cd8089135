"""The thick daemon's start: daemon-config.json and the primary CNI -> the shim's 00-multus.conf.

Source: LoadDaemonNetConf (pkg/server/server.go), ParseMultusConfig and findMasterPlugin
(pkg/server/config/generator.go), NewManager and GenerateConfig (pkg/server/config/manager.go).
In v4.0.x the daemon's main overrides the network name after NewManager; that is not in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from migrator.golang import files as gofs
from migrator.golang import jsontext as gojson
from migrator.golang import semver
from migrator.golang import shape as goshape
from migrator.golang import text as gotext
from migrator.golang.errors import GoError, GoPanic
from migrator.golang.files import Filesystem
from migrator.multus import releases, shapes
from migrator.multus.delegate import conversion_panic
from migrator.multus.releases import Release

CONFIG_NAME: Final = "00-multus.conf"
NETWORK_NAME: Final = "multus-cni-network"

_DEFAULTS: Final = {
    "multusConfigFile": "auto",
    "type": "multus-shim",
    "capabilities": {},
    "cniConfigDir": "/etc/cni/net.d",
}
_FLUSHED: Final = ("cniConfigDir", "multusConfigFile", "multusAutoconfigDir")
_FLUSHED_BY_MANAGER: Final = ("multusMasterCNI", "forceCNIVersion", "readinessindicatorfile")
_ALWAYS_WRITTEN: Final = ("cniVersion", "name", "type")


class Start(Struct, frozen=True, kw_only=True):
    """How a start ends: one of three errors, a panic, the shim's config as data and as text, or
    ``config_file``, another file than "auto" that is copied instead of a generated one."""

    load_error: str = ""
    parse_error: str = ""
    manager_error: str = ""
    panic: str = ""
    shim_config: Mapping[str, Any] | None = None
    config_file: str | None = None

    @property
    def text(self) -> str:
        return "" if self.shim_config is None else gojson.marshal(self.shim_config)


def start(config: str, seen: Filesystem, release: Release) -> Start:
    """The start of the daemon with this daemon-config.json."""
    try:
        load(config, release)
    except GoError as error:
        return Start(load_error=str(error))
    try:
        conf = parse(config, release)
    except GoError as error:
        return Start(parse_error=str(error))
    if conf["multusConfigFile"] != "auto":
        return Start(config_file=conf["multusConfigFile"])
    try:
        return Start(shim_config=_generated(_managed(conf, seen, release), release))
    except GoError as error:
        return Start(manager_error=str(error))
    except GoPanic as panic:
        return Start(panic=str(panic))


def load(config: str, release: Release) -> dict[str, Any]:
    """LoadDaemonNetConf: what the server takes of the file; ``GoError``."""
    return _unmarshal(config, shapes.controller_conf(release), {"socketDir": "/run/multus/"})


def parse(config: str, release: Release) -> dict[str, Any]:
    """ParseMultusConfig: what the generator takes of the file; ``GoError``."""
    conf = _unmarshal(config, shapes.multus_conf(release), _DEFAULTS)
    return {**conf, "name": NETWORK_NAME}


def wrong_type(config: str, release: Release) -> goshape.Mismatch | None:
    """The value of a wrong type that ``load`` or ``parse`` fails with, None where there is none."""
    found = (
        goshape.mismatch(config, shape)
        for shape in (shapes.controller_conf(release), shapes.multus_conf(release))
    )
    return next(filter(None, found), None)


def _unmarshal(config: str, shape: goshape.Struct, defaults: Mapping[str, Any]) -> dict[str, Any]:
    try:
        conf: dict[str, Any] = goshape.unmarshal(config, shape, {**shape.zero, **defaults})
    except GoError as error:
        raise GoError(f"failed to unmarshall the daemon configuration: {error}") from None
    return conf


def primary_name(directory: str, seen: Filesystem) -> str:
    """findMasterPlugin: the first .conf or .conflist that is not Multus's own; ``GoError``.

    The daemon waits two minutes for one before it gives up.
    """
    try:
        names = gofs.names(directory, seen)
    except GoError as error:
        raise GoError(
            "failed to find the cluster master CNI plugin: error when listing the CNI plugin "
            f"configurations: {error}"
        ) from None
    candidates = [
        name
        for name in names
        if not name.startswith("00-multus") and gotext.extension(name) in (".conf", ".conflist")
    ]
    if not candidates:
        raise GoError(
            "failed to find the cluster master CNI plugin: could not find a plugin configuration "
            f"in {directory}"
        )
    return candidates[0]


def _managed(conf: Mapping[str, Any], seen: Filesystem, release: Release) -> dict[str, Any]:
    """NewManager: check and take over the primary CNI's config."""
    directory, modern = conf["multusAutoconfigDir"], releases.MANAGER_OWNS_NAME.holds(release)
    name = conf["multusMasterCNI"] or primary_name(directory, seen)
    path = gotext.join(directory, name) if modern else f"{directory}/{name}"
    text: str | None = None
    if conf["forceCNIVersion"]:
        text = _forced(path, conf["cniVersion"], seen, release)
    _check_watches(conf, seen, release)
    if name == f"{directory}/{CONFIG_NAME}":
        raise GoError(f"cannot specify {directory}/{CONFIG_NAME} to prevent recursive config load")
    try:
        primary = _primary(path, text, seen)
        check_versions(conf["cniVersion"], primary)
    except GoError as error:
        raise GoError(
            "failed to load the primary CNI configuration as a multus delegate with error "
            f"'{error}'"
        ) from None
    if not isinstance(primary, dict):
        raise GoPanic(conversion_panic(primary, "map[string]interface {}"))
    managed = {**conf, "clusterNetwork": path, "capabilities": _union(conf, primary)}
    if modern and conf["overrideNetworkName"]:
        managed["name"] = network_name(primary)
    return managed


def _generated(conf: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """Generate: the shim's config without what only the daemon needs; zero values left out."""
    modern = releases.MANAGER_OWNS_NAME.holds(release)
    flushed = _FLUSHED + (_FLUSHED_BY_MANAGER if modern else ())
    written = {
        key: value
        for key, value in conf.items()
        if key in _ALWAYS_WRITTEN
        or (key not in flushed and (value or (key == "logOptions" and value is not None)))
    }
    if "logOptions" in written:
        options = written["logOptions"].items()
        written["logOptions"] = {key: value for key, value in options if value is not None}
    return written


def _check_watches(conf: Mapping[str, Any], seen: Filesystem, release: Release) -> None:
    """newWatcher: the directory of the primary and, since v4.1.0, that of the readiness file."""
    directory, modern = conf["multusAutoconfigDir"], releases.MANAGER_OWNS_NAME.holds(release)
    if not gofs.exists(directory, seen):
        purpose = " for cni config" if modern else ""
        raise GoError(
            f"failed to add watch on {gotext.quote(directory)}{purpose}: {gofs.NOT_THERE}"
        )
    readiness = conf["readinessindicatorfile"]
    if not modern or not readiness:
        return
    watched = gotext.directory(readiness)
    if watched != directory and not gofs.exists(watched, seen):
        raise GoError(
            f"failed to add watch on {gotext.quote(watched)} for readinessIndicator: {gofs.NOT_THERE}"
        )


def _forced(path: str, version: str, seen: Filesystem, release: Release) -> str:
    """overrideCNIVersion: the primary's file as it stands on disk after its version is changed."""
    try:
        text = gofs.read(path, seen)
    except GoError as error:
        raise GoError(f"failed to read cni config {path}: {error}") from None
    try:
        raw = goshape.unmarshal(text, shapes.RAW)
    except GoError as error:
        raise GoError(f"failed to unmarshall cni config {path}: {error}") from None
    if raw is None:
        raise GoPanic("assignment to entry in nil map")
    return gojson.marshal({**raw, "cniVersion": version})


def _primary(path: str, text: str | None, seen: Filesystem) -> Any:
    """primaryCNIData: any JSON value; ``text`` is what forceCNIVersion wrote."""
    try:
        if text is None:
            try:
                text = gofs.read(path, seen)
            except GoError as error:
                raise GoError(
                    f"failed to read the cluster primary CNI config {path}: {error}"
                ) from None
        return _anything(text)
    except GoError as error:
        raise GoError(
            f"failed to access the primary CNI configuration from {path}: {error}"
        ) from None


def _anything(text: str) -> Any:
    try:
        return goshape.unmarshal(text, goshape.ANYTHING)
    except GoError as error:
        raise GoError(f"failed to unmarshall primary CNI config: {error}") from None


def check_versions(top: str, primary: Any) -> None:
    """CheckVersionCompatibility: CHECK came with 0.4.0, so no 0.4.0 over an older primary."""
    try:
        version = semver.make(top)
    except GoError:
        raise GoError("couldn't get top level cni version") from None
    if version.less(semver.V040):
        return
    own = primary.get("cniVersion") if isinstance(primary, dict) else None
    if not isinstance(own, str):
        raise GoError("couldn't get cni version of delegate")
    if semver.make(own).less(semver.V040):
        raise GoError(f"delegate cni version is {own} while top level cni version is {top}")


def _union(conf: Mapping[str, Any], primary: Mapping[str, Any]) -> dict[str, bool] | None:
    """setCapabilities: the file's own and those that the primary's plugins switch on."""
    plugins: Any = primary.get("plugins", [])
    if not isinstance(plugins, list):
        raise GoPanic(conversion_panic(plugins, "[]interface {}"))
    enabled = [name for plugin in plugins or [primary] for name in _enabled(plugin)]
    own: dict[str, bool] | None = conf["capabilities"]
    if own is None and enabled:
        raise GoPanic("assignment to entry in nil map")
    return own if own is None else {**own, **dict.fromkeys(enabled, True)}


def _enabled(plugin: Any) -> list[str]:
    capabilities = plugin.get("capabilities") if isinstance(plugin, dict) else None
    if not isinstance(capabilities, dict):
        return []
    for name in sorted(capabilities):
        if not isinstance(capabilities[name], bool):
            raise GoPanic(conversion_panic(capabilities[name], "bool"))
    return [name for name, value in capabilities.items() if value]


def network_name(primary: Mapping[str, Any]) -> str:
    """overrideNetworkName: the name inside the primary's config; ``GoError`` or ``GoPanic``."""
    could_not = "could not override the network name"
    if "name" not in primary:
        raise GoError(f"{could_not}: failed to access delegate CNI plugin name")
    name = primary["name"]
    if not isinstance(name, str):
        raise GoPanic(conversion_panic(name, "string"))
    if not name:
        raise GoError(
            f"{could_not}: the primary CNI Configuration does not feature the network name: "
            f"{gotext.sprint(primary)}"
        )
    return name
