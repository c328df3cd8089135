"""The releases of Multus, their order, and from when to when each rule of the model holds.

Every rule that differs between releases is one ``Span`` here; the other modules ask
``RULE.holds(release)`` and never compare numbers themselves. Sources: the tags v3.1 to v4.3.0
of k8snetworkplumbingwg/multus-cni and the versions of containernetworking/cni they vendor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TEXT = re.compile(
    r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-.]?(alpha|beta|rc)\.?(\d{0,9}))?(?:-.*)?"
)


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """One release; ``pre`` is ("rc", 1) for a first candidate, which comes before its release."""

    major: int
    minor: int
    patch: int
    final: bool = True
    pre: tuple[str, int] = ("", 0)

    @property
    def base(self) -> tuple[int, int, int]:
        """The numbers alone: a release candidate follows the rules of what it leads to."""
        return (self.major, self.minor, self.patch)

    def __str__(self) -> str:
        numbers = f"{self.major}.{self.minor}.{self.patch}"
        return numbers if self.final else f"{numbers}-{self.pre[0]}{self.pre[1] or ''}"


def find(text: str) -> Release | None:
    """The release that a version or an image tag names: "v4.2.4", "4.0.2-thin", "3.4", "4.3.0-rc1".

    None for what names none ("snapshot-thick", "stable", a digest).
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        return None
    major, minor, patch, stage, count = match.groups()
    pre = (stage or "", int(count or 0))
    return Release(int(major), int(minor), int(patch or 0), stage is None, pre)


def parse(text: str) -> Release:
    """As ``find``, but a text that names no release is a ValueError."""
    release = find(text)
    if release is None:
        raise ValueError(f"not a Multus release: {text!r}")
    return release


@dataclass(frozen=True, slots=True)
class Span:
    """From which release (inclusive) to which (exclusive) a rule holds; None is without end."""

    since: Release | None = None
    until: Release | None = None

    def holds(self, release: Release) -> bool:
        if self.since is not None and release.base < self.since.base:
            return False
        return self.until is None or release.base < self.until.base


def _since(text: str) -> Span:
    return Span(since=parse(text))


def _until(text: str) -> Span:
    return Span(until=parse(text))


KNOWN: Final = tuple(
    parse(text)
    for text in (
        *("3.1", "3.2", "3.3", "3.4", "3.4.1", "3.4.2", "3.6", "3.7", "3.7.1", "3.7.2", "3.8"),
        *("3.9", "3.9.1", "3.9.2", "3.9.3", "4.0.0", "4.0.1", "4.0.2"),
        *("4.1.0", "4.1.1", "4.1.2", "4.1.3", "4.1.4"),
        *("4.2.0", "4.2.1", "4.2.2", "4.2.3", "4.2.4", "4.3.0"),
    )
)
TARGETS: Final = tuple(parse(text) for text in ("4.0.2", "4.1.4", "4.2.4", "4.3.0"))
DEFAULT_TARGET: Final = parse("4.2.4")

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
OLD_DELEGATE_ERRORS: Final = _until("3.4")
"""Errors start with GetPodNetwork and cniConfigFromNetworkResource."""
INFORMERS: Final = _since("4.1.0")
"""The daemon asks its cache of NADs, not the API server."""
CLUSTER_NETWORK_FILE: Final = _since("4.0.0")
"""clusterNetwork may name a file, and a value with a slash is nothing but a path."""

# libcni and its types, as vendored.
PLUGIN_TYPE_REQUIRED: Final = _since("3.4.2")
DISABLE_CHECK: Final = _since("3.4.2")
PREV_RESULT: Final = _since("3.4.2")
CAPITAL_PLUGIN_ERRORS: Final = _until("4.0.0")
LENIENT_BOOLEANS: Final = _since("4.1.0")
"""disableCheck and disableGC may be strings; cniVersions is read (libcni 1.2)."""
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
