"""Go's net package, as far as a pod's annotation meets it: MAC, IP and CIDR texts."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_OCTETS: Final = (6, 8, 20)
_PAIRS = re.compile(r"[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2})*")
_QUADS = re.compile(r"[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4})+")
_PREFIX = re.compile(r"0*([0-9]{1,8})")
_ADDRESS = re.compile(r"[0-9a-fA-F:.]+")


def mac_error(text: str) -> str:
    """net.ParseMAC: "" for an EUI-48, EUI-64 or 20-octet address, else the error."""
    if _PAIRS.fullmatch(text):
        valid = (len(text) + 1) // 3 in _OCTETS
    else:
        valid = bool(_QUADS.fullmatch(text)) and 2 * ((len(text) + 1) // 5) in _OCTETS
    return "" if valid else f"address {text}: invalid MAC address"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if not _ADDRESS.fullmatch(text):
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def canonical_ip(text: str) -> str | None:
    """net.ParseIP and back with String: None if it is no address (a zone makes it none)."""
    address = _address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    if address is None:
        return None
    return str(mapped if mapped is not None else address)


def is_ipv4(text: str) -> bool:
    """IP.To4() != nil of a text that ``canonical_ip`` gave."""
    return "." in text


def cidr_error(text: str) -> str:
    """net.ParseCIDR: "" for address/prefix length, else the error."""
    host, _, prefix = text.partition("/")
    address, length = _address(host), _PREFIX.fullmatch(prefix)
    if address is not None and length and int(length[1]) <= address.max_prefixlen:
        return ""
    return f"invalid CIDR address: {text}"
