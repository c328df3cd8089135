"""The Go structs that Multus decodes, as each release has them."""

from __future__ import annotations

from functools import lru_cache

from migrator.golang.shape import (
    ANYTHING,
    BOOL,
    INT,
    STRING,
    Address,
    Map,
    Pointer,
    Shape,
    Slice,
    Struct,
)
from migrator.multus import releases
from migrator.multus.releases import Release

RAW = Map(ANYTHING)

_STRINGS = Slice(STRING)
_DNS = Struct(
    "types.DNS",
    (("nameservers", _STRINGS), ("domain", STRING), ("search", _STRINGS), ("options", _STRINGS)),
)
_IPAM = Struct("types.IPAM", (("type", STRING),))
_ATTACHMENT = Struct("types.GCAttachment", (("containerID", STRING), ("ifname", STRING)))


@lru_cache(maxsize=64)
def plugin_conf(release: Release) -> Struct:
    """types.NetConf, later types.PluginConf, of the vendored libcni: one plugin's config."""
    fields: list[tuple[str, Shape]] = [
        ("cniVersion", STRING),
        ("name", STRING),
        ("type", STRING),
        ("capabilities", Map(BOOL)),
        ("ipam", _IPAM),
        ("dns", _DNS),
    ]
    if releases.PREV_RESULT.holds(release):
        fields.append(("prevResult", RAW))
    if releases.LENIENT_CHECK.holds(release):
        fields.append(("cni.dev/valid-attachments", Slice(_ATTACHMENT)))
    renamed = releases.PLUGIN_CONF_NAME.holds(release)
    return Struct("types.PluginConf" if renamed else "types.NetConf", tuple(fields))


@lru_cache(maxsize=64)
def net_conf_list(release: Release) -> Struct:
    """types.NetConfList: a chain of plugins."""
    fields: list[tuple[str, Shape]] = [("cniVersion", STRING), ("name", STRING)]
    if releases.DISABLE_CHECK.holds(release):
        fields.append(("disableCheck", BOOL))
    if releases.LENIENT_BOOLEANS.holds(release):
        fields.append(("disableGC", BOOL))
    fields.append(("plugins", Slice(Pointer(plugin_conf(release)))))
    return Struct("types.NetConfList", tuple(fields))


_PORT_MAPPING = Struct(
    "types.PortMapEntry",
    (("hostPort", INT), ("containerPort", INT), ("protocol", STRING), ("hostIP", STRING)),
)
_BANDWIDTH = Struct(
    "types.BandwidthEntry",
    (("ingressRate", INT), ("ingressBurst", INT), ("egressRate", INT), ("egressBurst", INT)),
)


@lru_cache(maxsize=64)
def network_selections(release: Release) -> Slice:
    """[]*types.NetworkSelectionElement: the JSON form of the networks annotation."""
    fields: list[tuple[str, Shape]] = [("name", STRING), ("namespace", STRING)]
    if releases.OLD_REQUEST_KEYS.holds(release):
        fields += [("ipRequest", STRING), ("macRequest", STRING), ("interfaceRequest", STRING)]
        return _selections(fields)
    fields.append(("ips", STRING if releases.IPS_IS_STRING.holds(release) else _STRINGS))
    fields += [("mac", STRING), ("interface", STRING)]
    if releases.INFINIBAND_GUID.holds(release):
        fields.append(("infiniband-guid", STRING))
    if releases.INTERFACE_REQUEST_ALIAS.holds(release):
        fields.append(("interfaceRequest", STRING))
    if releases.RUNTIME_KEYS.holds(release):
        fields += [
            ("portMappings", Slice(Pointer(_PORT_MAPPING))),
            ("bandwidth", Pointer(_BANDWIDTH)),
            ("cni-args", Pointer(RAW)),
            ("default-route", Slice(Address())),  # v3.9 made it a pointer, which reads the same
        ]
    if releases.DEVICE_ID.holds(release):
        fields.append(("deviceID", STRING))
    return _selections(fields)


def _selections(fields: list[tuple[str, Shape]]) -> Slice:
    return Slice(Pointer(Struct("types.NetworkSelectionElement", tuple(fields))))


_CERTIFICATE = Struct(
    "server.PerNodeCertificate",
    (
        ("enabled", BOOL),
        ("bootstrapKubeconfig", STRING),
        ("certDir", STRING),
        ("certDuration", STRING),
    ),
)
_LOG_OPTIONS = Struct(
    "logging.LogOptions",
    (
        ("maxAge", Pointer(INT)),
        ("maxSize", Pointer(INT)),
        ("maxBackups", Pointer(INT)),
        ("compress", Pointer(BOOL)),
    ),
)


_RUNTIME_CONFIG = Struct(
    "types.RuntimeConfig",
    (
        ("portMappings", Slice(Pointer(_PORT_MAPPING))),
        ("bandwidth", Pointer(_BANDWIDTH)),
        ("ips", _STRINGS),
        ("mac", STRING),
        ("infinibandGUID", STRING),
        ("deviceID", STRING),
        ("CNIDeviceInfoFile", STRING),
    ),
)


@lru_cache(maxsize=64)
def net_conf(release: Release) -> Struct:
    """Multus's own types.NetConf, with the fields of libcni's that is embedded in it."""
    embedded = tuple(f for f in plugin_conf(release).fields if f[0] != "prevResult")
    fields: list[tuple[str, Shape]] = [
        ("prevResult", Pointer(RAW)),
        ("confDir", STRING),
        ("cniDir", STRING),
        ("binDir", STRING),
        ("delegates", Slice(RAW)),
        ("kubeconfig", STRING),
        ("logFile", STRING),
        ("logLevel", STRING),
        ("runtimeConfig", Pointer(_RUNTIME_CONFIG)),
    ]
    if releases.DEFAULT_NETWORK.holds(release):
        fields += [("clusterNetwork", STRING), ("defaultNetworks", _STRINGS)]
        fields += [("systemNamespaces", _STRINGS), ("multusNamespace", STRING)]
        fields += [("readinessindicatorfile", STRING)]
    if releases.NAMESPACE_ISOLATION.holds(release):
        fields.append(("namespaceIsolation", BOOL))
    if releases.GLOBAL_NAMESPACES.holds(release):
        fields += [("globalNamespaces", STRING), ("logToStderr", BOOL)]
        fields.append(("logOptions", Pointer(_LOG_OPTIONS)))
    if releases.RETRY_DELETE.holds(release):
        fields.append(("retryDeleteOnError", BOOL))
    return Struct("types.NetConf", embedded + tuple(fields))


@lru_cache(maxsize=64)
def controller_conf(release: Release) -> Struct:
    """server.ControllerNetConf: what the server part of the daemon reads of daemon-config.json."""
    fields: list[tuple[str, Shape]] = [
        ("chrootDir", STRING),
        ("logFile", STRING),
        ("logLevel", STRING),
        ("logToStderr", BOOL),
        ("metricsPort", Pointer(INT)),
        ("socketDir", STRING),
    ]
    if releases.PER_NODE_CERTIFICATE.holds(release):
        fields.append(("perNodeCertificate", Pointer(_CERTIFICATE)))
    if releases.SERVER_LIMITS.holds(release):
        fields += [("enablePprof", Pointer(BOOL)), ("connectionLimit", Pointer(INT))]
    return Struct("server.ControllerNetConf", tuple(fields))


@lru_cache(maxsize=64)
def multus_conf(release: Release) -> Struct:
    """config.MultusConf: what the generator reads of daemon-config.json and writes for the shim."""
    own = releases.DAEMON_SOCKET_DIR.holds(release)
    fields: list[tuple[str, Shape]] = [
        ("binDir", STRING),
        ("capabilities", Map(BOOL)),
        ("cniVersion", STRING),
        ("logFile", STRING),
        ("logLevel", STRING),
        ("logToStderr", BOOL),
        ("logOptions", Pointer(_LOG_OPTIONS)),
        ("name", STRING),
        ("clusterNetwork", STRING),
        ("namespaceIsolation", BOOL),
        ("globalNamespaces", STRING),
        ("readinessindicatorfile", STRING),
        ("type", STRING),
        ("cniDir", STRING),
        ("cniConfigDir", STRING),
        ("daemonSocketDir" if own else "socketDir", STRING),
        ("multusConfigFile", STRING),
        ("multusMasterCNI", STRING),
        ("multusAutoconfigDir", STRING),
        ("forceCNIVersion", BOOL),
        ("overrideNetworkName", BOOL),
    ]
    if releases.AUXILIARY_CHAIN.holds(release):
        fields.append(("auxiliaryCNIChainName", STRING))
    return Struct("config.MultusConf", tuple(fields))
