"""The releases of Multus, their order, and from when to when each rule of the model holds.

Every rule that differs between releases is one ``Span`` here; the other modules ask
``RULE.holds(release)`` and never compare numbers themselves. Sources: the tags v3.1 to v4.3.0
of k8snetworkplumbingwg/multus-cni and the versions of containernetworking/cni they vendor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from migrator.model.release import Release, Span, find, parse

__all__ = ["Release", "Span", "find", "parse"]


def _since(text: str) -> Span:
    return Span(since=parse(text))


def _until(text: str) -> Span:
    return Span(until=parse(text))


class Known(Struct, frozen=True, kw_only=True):
    """What is known of a release. ``rules``: its source was read, so that the spans below tell what
    it does. ``manifest``: its thick manifest was read, so that templates/thick/ has what it needs.
    ``answers``: what its own code answers is recorded (tests/observed). ``target``: it can be
    planned for."""

    rules: bool = True
    manifest: bool = False
    answers: bool = False
    target: bool = False


_READ = Known()
_THICK = Known(manifest=True)
TABLE: Final[Mapping[Release, Known]] = {
    **{
        parse(text): _READ
        for text in (
            *("3.1", "3.2", "3.3", "3.4", "3.4.1", "3.4.2", "3.6", "3.7", "3.7.1", "3.7.2"),
            *("3.8", "3.9", "3.9.1", "3.9.2"),
        )
    },
    parse("3.9.3"): Known(answers=True),
    **{
        parse(text): _THICK
        for text in (
            *("4.0.0", "4.0.1", "4.1.0", "4.1.1", "4.1.2", "4.1.3"),
            *("4.2.0", "4.2.1", "4.2.2", "4.2.3"),
        )
    },
    **{
        parse(text): Known(manifest=True, answers=True, target=True)
        for text in ("4.0.2", "4.1.4", "4.2.4", "4.3.0")
    },
}
"""Every release that is known at all; one that is not here, or of which not all is known, can be
no plan's target, and what is not read can be no plan's source either (M14)."""


def unknown_of_target(release: Release) -> tuple[str, ...]:
    """What is not known of a release that a plan moves to."""
    known = TABLE.get(release, Known(rules=False))
    named = {
        "how it behaves": known.rules,
        "what its manifest needs": known.manifest,
        "what its code answers": known.answers,
    }
    return tuple(name for name, is_known in named.items() if not is_known)


def is_read(release: Release) -> bool:
    """Whether it is known what the release does."""
    return TABLE.get(release, Known(rules=False)).rules


_MANIFESTS: Final = (
    Span(parse("4.0.0"), parse("4.1.0")),
    Span(parse("4.1.0"), parse("4.2.1")),
    Span(parse("4.2.1"), parse("4.2.3")),
    Span(parse("4.2.3"), parse("4.3.0")),
)
"""Releases that ship one and the same thick manifest (deployments/ of v4.0.0 to v4.3.0)."""


def manifest_of(release: Release) -> Span | Release:
    """Which thick manifest a release ships, as something to compare: its own where no other does."""
    return next((span for span in _MANIFESTS if span.holds(release)), release)


TARGETS: Final = tuple(release for release, known in TABLE.items() if known.target)
DEFAULT_TARGET: Final = parse("4.2.4")
ASSUMED_SOURCE: Final = parse("4.0.2")
"""What runs today where the inputs hold no Multus and --source says nothing."""

# The pod's annotation (k8sclient.go, types.go).
SHORT_PARSE_ERRORS: Final = _until("3.4")
"""parsePodNetworkObjectName does not put its own name before its errors."""
IFNAME_IS_LABEL: Final = _until("4.1.0")
"""An interface name in the comma form must be a DNS label; later 15 bytes without space or /."""
OLD_REQUEST_KEYS: Final = _until("3.2")
"""ipRequest, macRequest and interfaceRequest, before the specification gave them other names."""
INTERFACE_REQUEST_ALIAS: Final = _since("3.3")
IPS_IS_STRING: Final = Span(parse("3.2"), parse("3.4"))
RUNTIME_KEYS: Final = _since("3.4")
"""portMappings, bandwidth, cni-args and default-route."""
INFINIBAND_GUID: Final = _since("3.6")
DEVICE_ID: Final = _since("3.7")
ADDRESS_CHECKS: Final = _since("3.4.2")
"""mac and ips are parsed while the annotation is read."""
DEFAULT_ROUTE_POINTER: Final = _since("3.9")
"""An empty default-route is kept, and more than one gateway a family is an error."""

# The pod (k8sclient.go GetNetworkDelegates, GetDefaultNetworks).
DEFAULT_NETWORK: Final = _since("3.2")
NAMESPACE_ISOLATION: Final = _since("3.2")
ISOLATION_ALLOWS_DEFAULT: Final = _since("3.4.2")
GLOBAL_NAMESPACES: Final = _since("3.7")
NETCONF_DEFAULTS_FOR_EMPTY: Final = _until("4.0.0")
"""LoadNetConf fills in its defaults behind the JSON, also for "" and []; later before it."""
RETRY_DELETE: Final = _since("4.0.0")
FORMATTED_ERRORS: Final = _until("4.2.0")
"""An error with the user's text in it is used as a format (logging.Errorf of a built string)."""
OLD_DELEGATE_ERRORS: Final = _until("3.4")
"""Errors start with GetPodNetwork and cniConfigFromNetworkResource."""
INFORMERS: Final = _since("4.1.0")
"""The daemon asks its cache of NADs, not the API server."""
CLUSTER_NETWORK_FILE: Final = _since("4.0.0")
"""clusterNetwork may name a file, and a value with a slash is nothing but a path."""
CLUSTER_NETWORK_ERROR: Final = _since("3.9.3")
"""Whatever is wrong with clusterNetwork is told as "failed to get clusterNetwork". Recorded for
v3.9.3; when it began is not."""

# libcni and its types, as vendored.
PLUGIN_TYPE_REQUIRED: Final = _since("3.4.2")
DISABLE_CHECK: Final = _since("3.4.2")
PREV_RESULT: Final = _since("3.4.2")
NAME_CHECK: Final = _since("3.7.1")
"""ADD refuses network names with other characters (libcni 0.8)."""
CAPITAL_PLUGIN_ERRORS: Final = _until("3.7.1")
"""libcni before 0.8."""
NULL_PANICS: Final = _until("4.0.0")
"""ConfFromBytes dereferences the nil that a plugin of null gives."""
ADD_NAMES_PLUGIN: Final = _since("4.0.0")
"""An error of AddNetworkList begins with the plugin that failed (libcni 1.x)."""
STATUS_BY_INTERFACE: Final = _since("4.1.0")
"""network-status has an entry for each interface of a result, and none for a plugin that makes none
(CreateNetworkStatuses, PR#1314); before, one for each network. Which of v4.1.0 and v4.1.1 began is not
read."""
CNI_1_0: Final = _since("4.0.0")
CNI_1_1: Final = _since("4.1.0")
LENIENT_CHECK: Final = _since("4.1.0")
"""disableCheck may be a string; cniVersions is read (libcni 1.2.0-rc1)."""
LENIENT_BOOLEANS: Final = _since("4.2.0")
"""disableGC is read, and cniVersions with libcni's own version parser (libcni 1.2.0)."""
PLUGIN_CONF_NAME: Final = _since("4.2.1")
"""types.NetConf became types.PluginConf (libcni 1.3), which shows in error texts."""
SUBDIRECTORY_CHAIN: Final = _since("4.2.1")
"""A .conflist also reads <its folder>/<its name>/*.conf (libcni 1.3)."""

# The daemon (pkg/server).
PER_NODE_CERTIFICATE: Final = _since("4.1.0")
SERVER_LIMITS: Final = _since("4.3.0")
"""enablePprof and connectionLimit."""
DAEMON_SOCKET_DIR: Final = _since("4.1.0")
"""The shim's config carries daemonSocketDir; before, socketDir, which no shim reads."""
AUXILIARY_CHAIN: Final = _since("4.2.1")
MANAGER_OWNS_NAME: Final = _since("4.1.0")
"""NewManager itself overrides the network name, watches the readiness folder, cleans paths."""
STOPS_CLEANLY: Final = _since("4.1.0")
"""On SIGTERM the daemon removes 00-multus.conf (pkg/server/config/manager.go)."""
CONFIG_FILE_COPIED: Final = _until("4.1.0")
"""A file named by multusConfigFile is copied to the node; later daemons end with one."""
STATUS_ANSWERED: Final = _since("4.3.0")
"""The daemon answers STATUS and GC, which CNI 1.1.0 brought (ec08b5fa8, PR#1273)."""
LIST_DELETED_BARE: Final = Span(parse("4.2.1"), parse("4.3.1"))
"""DEL of a primary from a .conflist hands its plugins only the fields that CNI names; mended on
master after v4.3.0 (6597fa65f, PR#1521)."""
LIST_DELETED_WITHOUT_VERSION: Final = Span(parse("3.3"), parse("4.3.1"))
"""DEL of a NAD's list without cniVersion does the same: types.NetConfList is marshalled anew
(CmdDel, read for v3.3 to v4.3.0)."""

# Thin installs.
ALL_ARCHITECTURES: Final = _since("3.3")
"""The shipped manifest has a DaemonSet for each architecture, and apps/v1."""
MASTER_FLAG_IGNORED: Final = Span(parse("4.0"), parse("4.1.0"))
"""thin_entrypoint takes the first file by name whatever --multus-master-cni-file-name says."""
THIN_ENTRYPOINT: Final = _since("4.0.0")
"""The image holds thin_entrypoint, and neither a shell nor entrypoint.sh."""
FLAGS_OF_4_1: Final = _since("4.1.0")
"""thin_entrypoint knows --multus-cni-conf-dir and --skip-config-watch; before, it ends with them."""
THICK_PREVIEW: Final = Span(parse("3.9"), parse("4.0.0"))
"""deployments/multus-daemonset-thick-plugin.yml, whose multus-daemon only generates the config."""
RESULTS_UP_TO_040: Final = _until("4.0.0")
"""libcni 0.8: results of CNI 1.0.0 are not understood."""


_SPANS: Final = tuple(value for value in list(globals().values()) if isinstance(value, Span))


def rules_of(release: Release) -> tuple[bool, ...]:
    """Which of the rules above hold for a release: those with the same do the same."""
    return tuple(span.holds(release) for span in _SPANS)
