"""The flags of Multus's thin entrypoints, how each entrypoint reads them, and their thick keys.

Three programs started thin Multus, and they read the same words differently:

``shell``   images/entrypoint.sh of v3: only ``--flag=value`` (text after a second ``=`` is lost),
            a boolean is true only as the literal ``true``, unknown flags are a warning (v3.2+).
``pflag``   cmd/thin_entrypoint of v4: ``--flag=value``, ``--flag value``, bare booleans,
            strconv.ParseBool; an unknown flag ends the process with exit code 2.
``goflag``  cmd/controller of v3.9's thick-plugin manifest: Go's flag package, one dash or two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

Entrypoint = Literal["shell", "pflag", "goflag", "none"]
Handling = Literal["copy", "bool", "host-path", "container-path", "number", "drop", "own"]

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


class FlagInfo(Struct, frozen=True, kw_only=True):
    """What becomes of a flag: its key in daemon-config.json, how its value is carried, and why.

    ``handling`` "own" marks flags that a step of its own reads (paths, version, primary CNI).
    """

    key: str = ""
    handling: Handling = "drop"
    why: str


def _copy(key: str) -> FlagInfo:
    return FlagInfo(key=key, handling="copy", why=f"{key} in daemon-config.json")


def _bool(key: str) -> FlagInfo:
    return FlagInfo(key=key, handling="bool", why=f"{key} in daemon-config.json, as a boolean")


def _drop(why: str) -> FlagInfo:
    return FlagInfo(why=why)


FLAGS: Mapping[str, FlagInfo] = {
    "cni-conf-dir": FlagInfo(
        key="cniConfigDir",
        handling="own",
        why="where the daemon writes 00-multus.conf (container path)",
    ),
    "cni-config-dir": FlagInfo(
        key="cniConfigDir",
        handling="own",
        why="where the daemon writes 00-multus.conf (container path)",
    ),
    "multus-autoconfig-dir": FlagInfo(
        key="multusAutoconfigDir",
        handling="own",
        why="where the daemon looks for the primary CNI's file (container path)",
    ),
    "cni-bin-dir": FlagInfo(
        handling="own", why="the directory that the init container installs multus-shim into"
    ),
    "cni-version": FlagInfo(
        key="cniVersion", handling="own", why="mandatory in daemon-config.json in auto mode"
    ),
    "multus-conf-file": FlagInfo(
        key="multusConfigFile",
        handling="own",
        why="always auto: with a path the daemon of v4.1.0 and later exits at once (P02)",
    ),
    "multus-master-cni-file-name": FlagInfo(
        key="multusMasterCNI", handling="own", why="the primary CNI's file name"
    ),
    "multus-master-cni-file": FlagInfo(
        key="multusMasterCNI", handling="own", why="the primary CNI's file name"
    ),
    "additional-bin-dir": FlagInfo(
        key="binDir",
        handling="own",
        why="the directory in which the daemon looks for plugins, mounted at the same path",
    ),
    "readiness-indicator-file": FlagInfo(
        key="readinessindicatorfile",
        handling="container-path",
        why="the daemon reads it in its container, so the path is translated",
    ),
    "multus-log-file": FlagInfo(
        key="logFile",
        handling="host-path",
        why="written by shim and daemon, so its directory is mounted at the same path",
    ),
    "multus-log-level": FlagInfo(
        key="logLevel", handling="own", why="debug, verbose, error or panic"
    ),
    "multus-log-to-stderr": _bool("logToStderr"),
    "multus-log-max-size": FlagInfo(
        key="logOptions.maxSize", handling="number", why="logOptions in daemon-config.json"
    ),
    "multus-log-max-age": FlagInfo(
        key="logOptions.maxAge", handling="number", why="logOptions in daemon-config.json"
    ),
    "multus-log-max-backups": FlagInfo(
        key="logOptions.maxBackups", handling="number", why="logOptions in daemon-config.json"
    ),
    "multus-log-compress": _bool("logOptions.compress"),
    "namespace-isolation": _bool("namespaceIsolation"),
    "global-namespaces": _copy("globalNamespaces"),
    "override-network-name": _bool("overrideNetworkName"),
    "force-cni-version": FlagInfo(
        handling="own",
        why="forceCNIVersion would rewrite the primary CNI's own file on the node, so it is not "
        "carried over",
    ),
    "multus-kubeconfig-file-host": _drop(
        "the daemon uses its own service account; keep the file on the node until the pods of "
        "thin mode are gone"
    ),
    "multus-bin-file": _drop("the image's own multus-shim is installed"),
    "skip-multus-binary-copy": FlagInfo(
        handling="own", why="the init container installs multus-shim, which nothing else provides"
    ),
    "multus-cni-conf-dir": FlagInfo(
        handling="own",
        why="thin mode wrote it as cniConf, which no release reads; confDir is set explicitly",
    ),
    "cleanup-config-on-exit": _drop(
        "the daemon of v4.1.0 and later always removes 00-multus.conf on exit, v4.0.x never does"
    ),
    "rename-conf-file": FlagInfo(
        handling="own",
        why="thick mode has no such flag; the renamed primary CNI file must be restored first",
    ),
    "restart-crio": _drop("thick mode never restarts the runtime, and CRI-O does not need it"),
    "skip-config-watch": _drop("the daemon always watches the primary CNI's file"),
    "skip-tls-verify": _drop("the daemon talks to the API server with its service account's CA"),
    "help": _drop("prints help only"),
    "version": _drop("prints the version only"),
}
"""Every flag that a thin entrypoint of v3.1 to v4.3.0 accepts."""

BOOLEAN_FLAGS = frozenset(
    {name for name, info in FLAGS.items() if info.handling == "bool"}
    | {
        "skip-multus-binary-copy",
        "cleanup-config-on-exit",
        "rename-conf-file",
        "restart-crio",
        "skip-config-watch",
        "skip-tls-verify",
        "force-cni-version",
        "help",
        "version",
    }
)

_SHORT = {"h": "help", "v": "version"}

WITHOUT_EFFECT = frozenset(
    {
        "cni-version",
        "multus-master-cni-file-name",
        "multus-master-cni-file",
        "namespace-isolation",
        "global-namespaces",
        "multus-log-level",
        "multus-log-file",
        "multus-log-to-stderr",
        "multus-log-max-size",
        "multus-log-max-age",
        "multus-log-max-backups",
        "multus-log-compress",
        "override-network-name",
        "rename-conf-file",
        "readiness-indicator-file",
        "additional-bin-dir",
        "force-cni-version",
        "multus-cni-conf-dir",
    }
)
"""Flags that say what the generated config holds: with a path as --multus-conf-file, the
entrypoint copies that file and generates nothing (images/entrypoint.sh v3, cmd/thin_entrypoint)."""


def parse_flags(entrypoint: Entrypoint, argv: Sequence[str]) -> Iterator[tuple[int, str, str, str]]:
    """Yield (index in argv, name, value, raw text) of each flag, as the entrypoint reads it.

    A word that is no flag comes with the name "" (the entrypoint ignores or refuses it). Both Go
    parsers stop at ``--``, and package flag at the first word that is no flag.
    """
    index, stopped = 0, False
    while index < len(argv):
        word, at = argv[index], index
        name, value = ("", "") if stopped else _split(entrypoint, word)
        raw = word
        if entrypoint != "shell":
            stopped = stopped or word == "--" or (not name and entrypoint == "goflag")
        if name and entrypoint != "shell" and "=" not in word:
            if name in BOOLEAN_FLAGS:
                value = "true"
            elif index + 1 < len(argv):
                index += 1
                value = argv[index]
                raw = f"{word} {value}"
        yield at, name, value, raw
        index += 1


def _split(entrypoint: Entrypoint, word: str) -> tuple[str, str]:
    dashes = len(word) - len(word.lstrip("-"))
    if dashes not in (1, 2) or len(word) == dashes:
        return "", ""
    if dashes == 1 and (entrypoint != "goflag" or word[1:] in _SHORT):
        return _SHORT.get(word[1:], ""), ""
    parts = word[dashes:].split("=") if entrypoint == "shell" else word[dashes:].split("=", 1)
    return parts[0], parts[1] if len(parts) > 1 else ""


def is_true(entrypoint: str, name: str, value: str) -> bool:
    """How the entrypoint reads a boolean (images/entrypoint.sh of v3; strconv.ParseBool of v4)."""
    if entrypoint == "shell":
        if name in ("skip-multus-binary-copy", "multus-log-to-stderr"):
            return value != "false"
        return value == "true"
    return value in _TRUE


def is_boolean(entrypoint: str, value: str) -> bool:
    """Whether the entrypoint takes ``value`` as a boolean: the shell takes every text, the Go
    programs end with exit code 2 at what strconv.ParseBool refuses."""
    return entrypoint == "shell" or value in _TRUE or value in _FALSE
