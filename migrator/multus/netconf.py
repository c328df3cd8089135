"""Multus's own configuration, hand-written or generated: what it asks for.

Source: LoadNetConf and GetDefaultNetConf, pkg/types/conf.go, and CmdAdd, pkg/multus/multus.go,
which reads defaultNetworks only where there is a clusterNetwork. prevResult is not parsed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from migrator.golang import jsontext as gojson
from migrator.golang import shape as goshape
from migrator.golang import text as gotext
from migrator.golang.errors import GoError
from migrator.multus import delegate as delegates
from migrator.multus import releases, shapes
from migrator.multus.defaults import CONF_DIR, NAMESPACE
from migrator.multus.delegate import Delegate
from migrator.multus.releases import Release

_DEFAULTS: Final[Mapping[str, Any]] = {
    "binDir": "/opt/cni/bin",
    "confDir": CONF_DIR,
    "cniDir": "/var/lib/cni/multus",
    "multusNamespace": NAMESPACE,
    "systemNamespaces": [NAMESPACE],
}
_ALWAYS_ALLOWED: Final = ("default",)
"""The namespaces that isolation lets through where globalNamespaces is not set."""


class Configured(Struct, frozen=True, kw_only=True):
    """One of ``delegates``: the bytes that Multus makes of it, and what it takes it for."""

    config: str
    delegate: Delegate


class NetConf(Struct, frozen=True, kw_only=True):
    """A configuration as Multus holds it, defaults filled in.

    ``default_networks`` is None for null, which is as good as none. ``non_isolated`` has the
    namespaces that isolation lets through. ``delegates`` is empty where there is a
    ``cluster_network``, which replaces them.
    """

    name: str
    cni_version: str
    bin_dir: str
    conf_dir: str
    cni_dir: str
    log_file: str
    log_level: str
    log_to_stderr: bool
    capabilities: Mapping[str, bool] | None
    readiness_indicator_file: str
    namespace_isolation: bool
    global_namespaces: str
    non_isolated: tuple[str, ...]
    system_namespaces: tuple[str, ...]
    multus_namespace: str
    cluster_network: str
    default_networks: tuple[str, ...] | None
    delegates: tuple[Configured, ...]

    @property
    def live_default_networks(self) -> tuple[str, ...]:
        """The defaultNetworks that pods get: none beside ``delegates``."""
        return (self.default_networks or ()) if self.cluster_network else ()


def load(config: str, release: Release) -> NetConf:
    """LoadNetConf; ``GoError`` with Multus's words, or ``GoPanic``."""
    fields = _fields(config, release)
    raw = fields["delegates"] or []
    cluster = fields.get("clusterNetwork", "")
    if not raw and not cluster:
        raise GoError("LoadNetConf: at least one delegate/clusterNetwork must be specified")
    if releases.NETCONF_DEFAULTS_FOR_EMPTY.holds(release):
        fields.update({key: value for key, value in _DEFAULTS.items() if not fields.get(key)})
    defaults = fields.get("defaultNetworks")
    return NetConf(
        name=fields["name"],
        cni_version=fields["cniVersion"],
        bin_dir=fields["binDir"],
        conf_dir=fields["confDir"],
        cni_dir=fields["cniDir"],
        log_file=fields["logFile"],
        log_level=fields["logLevel"],
        log_to_stderr=fields.get("logToStderr", True),
        capabilities=fields["capabilities"],
        readiness_indicator_file=fields.get("readinessindicatorfile", ""),
        namespace_isolation=fields.get("namespaceIsolation", False),
        global_namespaces=fields.get("globalNamespaces", ""),
        non_isolated=allowed_namespaces(fields.get("globalNamespaces", ""), release),
        system_namespaces=tuple(fields["systemNamespaces"] or ()),
        multus_namespace=fields["multusNamespace"],
        cluster_network=cluster,
        default_networks=None if defaults is None else tuple(defaults),
        delegates=() if cluster else _delegates(raw, release),
    )


def allowed_namespaces(listed: str, release: Release) -> tuple[str, ...]:
    """The namespaces whose NADs every pod may use under namespaceIsolation; ``listed`` is
    globalNamespaces, which replaces "default"."""
    if releases.GLOBAL_NAMESPACES.holds(release) and listed:
        return tuple(map(gotext.trim_space, listed.split(",")))
    return _ALWAYS_ALLOWED if releases.ISOLATION_ALLOWS_DEFAULT.holds(release) else ()


def _fields(config: str, release: Release) -> dict[str, Any]:
    """The JSON over what the struct holds before; later releases hold the defaults there."""
    shape = shapes.net_conf(release)
    before = {**shape.zero, "logToStderr": True}
    if not releases.NETCONF_DEFAULTS_FOR_EMPTY.holds(release):
        before.update(_DEFAULTS)
    try:
        fields: dict[str, Any] = goshape.unmarshal(config, shape, before)
    except GoError as error:
        raise GoError(f"LoadNetConf: failed to load netconf: {error}") from None
    return fields


def _delegates(raw: list[Any], release: Release) -> tuple[Configured, ...]:
    found = []
    for index, entry in enumerate(raw):
        config = gojson.marshal(entry)
        try:
            delegate = delegates.load(config, release)
        except GoError as error:
            raise GoError(f"LoadNetConf: failed to load delegate {index} config: {error}") from None
        found.append(Configured(config=config, delegate=delegate))
    return tuple(found)
