"""The annotation k8s.v1.cni.cncf.io/networks: which networks a pod asks for.

Source: parsePodNetworkAnnotation and parsePodNetworkObjectName, pkg/k8sclient/k8sclient.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from migrator.golang import addr as goaddr
from migrator.golang import jsontext as gojson
from migrator.golang import shape as goshape
from migrator.golang import text as gotext
from migrator.golang.errors import NIL_DEREFERENCE, GoError
from migrator.multus import releases, shapes
from migrator.multus.releases import Release

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_NOT_IN_IFNAME = frozenset(" \t\n\v\f\r/")
_LONGEST_IFNAME = 15


class Selection(Struct, frozen=True, kw_only=True):
    """One selected network. ``interface`` is "" where Multus names it (net1, net2 ...).

    ``fields`` has all that the annotation says, by its JSON key, as Multus's struct holds it.
    """

    name: str
    namespace: str
    interface: str
    fields: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash((self.name, self.namespace, self.interface))

    @property
    def cni_args(self) -> Mapping[str, Any] | None:
        args: Mapping[str, Any] | None = self.fields.get("cni-args")
        return args

    @property
    def gateways(self) -> tuple[str, ...]:
        """The default-route addresses, "" for a null among them."""
        return tuple(self.fields.get("default-route") or ())

    @property
    def requests(self) -> tuple[tuple[str, str], ...]:
        """(key, JSON) of all that the plugin is asked for besides the network, by the key's name
        of today: what the release's struct has no field for is not asked for."""
        found: dict[str, Any] = {"interface": self.interface}
        for key, value in self.fields.items():
            name = _RENAMED.get(key, key)
            if name in _REQUESTS and value:
                found[name] = [value] if name == "ips" and isinstance(value, str) else value
        return tuple(sorted((k, gojson.marshal(v)) for k, v in found.items() if v))


_RENAMED = {"ipRequest": "ips", "macRequest": "mac"}
"""v3.1's names; every later release reads over them."""
_REQUESTS = frozenset(
    {"ips", "mac", "infiniband-guid", "portMappings", "bandwidth", "default-route", "deviceID"}
)


class Selections(Struct, frozen=True, kw_only=True):
    """What Multus makes of an annotation: networks, or ``error``, or the words of its panic."""

    networks: tuple[Selection, ...] = ()
    error: str = ""
    panic: str = ""


def parse(annotation: str, namespace: str, release: Release) -> Selections:
    """parsePodNetworkAnnotation; ``namespace`` is where a network without one is looked up."""
    try:
        if any(char in annotation for char in '[{"'):
            elements = _json_form(annotation, release)
        else:
            elements = _comma_form(annotation, release)
        networks = []
        for element in elements:
            if element is None:
                return Selections(panic=NIL_DEREFERENCE)
            networks.append(_selection(element, namespace, release))
    except GoError as error:
        return Selections(error=str(error))
    return Selections(networks=tuple(networks))


def named(name: str, namespace: str, release: Release) -> Selection:
    """The selection of a network by its name alone, as clusterNetwork makes it."""
    fields = {**_zero(shapes.network_selections(release).element), "name": name}
    return Selection(name=name, namespace=namespace, interface="", fields=fields)


def marshal(selection: Selection) -> str:
    """The selection as Go writes the struct: zero values are left out, cni-args is not."""
    return gojson.marshal(
        {
            key: _written_ports(value) if key == "portMappings" else value
            for key, value in selection.fields.items()
            if key in ("name", "cni-args") or _kept(key, value)
        }
    )


def _kept(key: str, value: Any) -> bool:
    """omitempty: a pointer is left out only where it is nil."""
    if key == "default-route":
        return value is not None
    return value not in ("", None) and value != []


def _written_ports(ports: list[dict[str, Any] | None] | None) -> Any:
    return ports and [
        port and {k: v for k, v in port.items() if v != "" or k.endswith("Port")} for port in ports
    ]


def _json_form(annotation: str, release: Release) -> list[dict[str, Any] | None]:
    try:
        elements = goshape.unmarshal(annotation, shapes.network_selections(release))
    except GoError as error:
        raise GoError(
            "parsePodNetworkAnnotation: failed to parse pod Network Attachment Selection "
            f"Annotation JSON format: {error}"
        ) from None
    return elements or []


def _comma_form(annotation: str, release: Release) -> list[dict[str, Any] | None]:
    if not annotation:
        short = releases.SHORT_PARSE_ERRORS.holds(release)
        raise GoError(
            'parsePodNetworkAnnotation: pod annotation not having "network" as key, refer '
            "Multus README.md for the usage guide"
            if short
            else 'parsePodNetworkAnnotation: pod annotation does not have "network" as key'
        )
    shape = shapes.network_selections(release).element
    elements: list[dict[str, Any] | None] = []
    for item in annotation.split(","):
        namespace, name, interface = _object_name(gotext.trim_space(item), release)
        key = "interfaceRequest" if releases.OLD_REQUEST_KEYS.holds(release) else "interface"
        given = {"name": name, "namespace": namespace, key: interface}
        elements.append({**_zero(shape), **given})
    return elements


def _zero(pointer: goshape.Shape) -> dict[str, Any]:
    zero: dict[str, Any] = pointer.target.zero if isinstance(pointer, goshape.Pointer) else {}
    return zero


def _object_name(item: str, release: Release) -> tuple[str, str, str]:
    """[namespace/]name[@interface] -> namespace, name, interface; each may be empty."""
    slash = item.split("/")
    if len(slash) > 2:
        raise _object_error("Invalid network object (failed at '/')", release)
    namespace = gotext.trim_space(slash[0]) if len(slash) == 2 else ""
    at = slash[-1].split("@")
    name = gotext.trim_space(at[0])
    if len(at) > 2:
        raise _object_error("Invalid network object (failed at '@')", release)
    interface = gotext.trim_space(at[1]) if len(at) == 2 else ""
    label = releases.IFNAME_IS_LABEL.holds(release)
    for part in (namespace, name, interface) if label else (namespace, name):
        if part and not _LABEL.fullmatch(part):
            raise _object_error(
                "Failed to parse: one or more items did not match comma-delimited format (must "
                "consist of lower case alphanumeric characters). Must start and end with an "
                f"alphanumeric character), mismatch @ '{part}'",
                release,
            )
    if not label and _bad_interface(interface):
        raise _object_error(
            "Failed to parse interface name: must be less than 15 chars and not contain '/' or "
            f"spaces. interface name '{interface}'",
            release,
        )
    return namespace, name, interface


def _bad_interface(name: str) -> bool:
    size = len(name.encode("utf-8", "surrogatepass"))
    return size > _LONGEST_IFNAME or not _NOT_IN_IFNAME.isdisjoint(name)


def _object_error(text: str, release: Release) -> GoError:
    own = "" if releases.SHORT_PARSE_ERRORS.holds(release) else "parsePodNetworkObjectName: "
    return GoError(f"parsePodNetworkAnnotation: {as_printed(own + text, release)}")


def as_printed(text: str, release: Release) -> str:
    """An error with the user's text in it as logging.Errorf prints it: a % there comes out changed
    where the whole is used as a format."""
    formatted = releases.FORMATTED_ERRORS.holds(release)
    return gotext.sprintf_without_arguments(text) if formatted else text


def _selection(fields: dict[str, Any], namespace: str, release: Release) -> Selection:
    """Fill in the namespace and the deprecated interface key, and check the addresses."""
    fields = {**fields, "namespace": fields["namespace"] or namespace}
    if releases.ADDRESS_CHECKS.holds(release):
        _check_addresses(fields)
    if releases.OLD_REQUEST_KEYS.holds(release):
        interface = fields["interfaceRequest"]
    else:
        interface = fields["interface"] or fields.get("interfaceRequest", "")
        fields["interface"] = interface
    return Selection(
        name=fields["name"], namespace=fields["namespace"], interface=interface, fields=fields
    )


def _check_addresses(fields: Mapping[str, Any]) -> None:
    if fields["mac"] and (error := goaddr.mac_error(fields["mac"])):
        raise GoError(f"parsePodNetworkAnnotation: failed to mac: {error}")
    guid = fields.get("infiniband-guid", "")
    if guid and (error := goaddr.mac_error(guid)):
        raise GoError(f"parsePodNetworkAnnotation: failed to validate infiniband GUID: {error}")
    for address in fields["ips"] or ():
        if "/" in address:
            if error := goaddr.cidr_error(address):
                raise GoError(f"failed to parse CIDR {gotext.quote(address)}: {error}")
        elif goaddr.canonical_ip(address) is None:
            raise GoError(f"failed to parse IP address {gotext.quote(address)}")
