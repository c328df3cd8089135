"""The words of a kubectl command line: whatever is not listed here is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from tests.cluster.api import StubError


class Words(Struct, frozen=True, kw_only=True):
    """``given`` are the arguments, ``flags`` by name ("true" for one without a value), ``rest`` what
    stands behind ``--``."""

    verb: str
    given: tuple[str, ...]
    flags: Mapping[str, str]
    rest: tuple[str, ...]

    def flag(self, name: str, default: str = "") -> str:
        return self.flags.get(name, default)


_SHORT: Final = {
    "-o": "--output",
    "-n": "--namespace",
    "-l": "--selector",
    "-f": "--filename",
    "-c": "--container",
    "-k": "--kustomize",
    "-A": "--all-namespaces",
}
_VALUED: Final = {
    "get": {"--output", "--namespace", "--selector", "--field-selector"},
    "apply": {"--filename", "--kustomize", "--field-manager", "--dry-run", "--create-annotation"},
    "replace": {"--filename"},
    "create": {"--filename", "--output", "--dry-run"},
    "delete": {"--namespace", "--wait", "--selector", "--field-selector"},
    "diff": {"--kustomize", "--field-manager"},
    "wait": {"--namespace", "--selector", "--field-selector", "--for", "--timeout"},
    "drain": {"--timeout"},
    "cordon": set(),
    "uncordon": set(),
    "taint": set(),
    "exec": {"--namespace", "--container"},
    "logs": {"--namespace", "--container", "--tail", "--selector"},
    "rollout": {"--namespace", "--timeout"},
    "kustomize": set(),
    "config": set(),
    "version": {"--output"},
    "sleep": set(),
}
_SWITCHES: Final = {
    "get": {"--all-namespaces", "--show-managed-fields"},
    "apply": {"--server-side", "--force-conflicts"},
    "diff": {"--server-side"},
    "logs": {"--prefix"},
    "replace": {"--save-config"},
    "drain": {"--ignore-daemonsets", "--delete-emptydir-data"},
    "version": {"--client"},
}


def parse(arguments: Sequence[str]) -> Words:
    """Errors: StubError for a command or a flag that nobody taught the stub."""
    words = [word for word in arguments if not word.startswith("--request-timeout=")]
    if words[0] == "-n":  # a person may name the namespace first
        words = [*words[2:3], *words[:2], *words[3:]]
    verb, *words = words
    if verb not in _VALUED:
        raise StubError(f"not known: kubectl {' '.join(arguments)}")
    given: list[str] = []
    flags: dict[str, str] = {}
    rest: tuple[str, ...] = ()
    while words:
        word = words.pop(0)
        if word == "--":
            rest = tuple(words)
            break
        if not word.startswith("-") or word == "-":
            given.append(word)
            continue
        name, equals, value = word.partition("=")
        name = _SHORT.get(name, name)
        if name in _SWITCHES.get(verb, set()) and not equals:
            flags[name] = "true"
        elif name in _VALUED[verb]:
            flags[name] = value if equals else words.pop(0)
        else:
            raise StubError(f"kubectl {verb} has no flag {word} here")
    return Words(verb=verb, given=tuple(given), flags=flags, rest=rest)
