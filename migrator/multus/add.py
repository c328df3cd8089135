"""ADD: what libcni makes of a delegate's bytes when its plugins are run.

Source: confAdd and conflistAdd, pkg/multus/multus.go; AddNetwork, AddNetworkList and addNetwork,
libcni/api.go; ValidateNetworkName, pkg/utils. The plugins themselves are taken to answer in the
version that they are given; their results (prevResult) and runtimeConfig are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from migrator.golang import jsontext as gojson
from migrator.golang import shape as goshape
from migrator.golang import text as gotext
from migrator.golang.errors import NIL_DEREFERENCE, GoError, GoPanic
from migrator.multus import cniversions, libcni, releases, shapes
from migrator.multus.libcni import Plugin
from migrator.multus.releases import Release

_NETWORK_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.\-]*")


class Run(Struct, frozen=True, kw_only=True):
    """One plugin that is run: its type, its own config, and the name and the version of the whole."""

    plugin: str
    text: str
    name: str
    cni_version: str

    @property
    def stdin(self) -> str:
        """The JSON on its stdin (buildOneConfig)."""
        raw = goshape.unmarshal(self.text, shapes.RAW) or {}
        return gojson.marshal({**raw, "name": self.name, "cniVersion": self.cni_version})


class Added(Struct, frozen=True, kw_only=True):
    """What was run: the network's ``name``, the ``plugins`` that ran, the last of them perhaps in
    vain, and ``cni_version``, which they are given.

    ``parse_error`` is why nothing was run, ``error`` why it ended early; ``panic`` where Multus
    falls over what it got back.
    """

    name: str = ""
    plugins: Sequence[Plugin] = ()
    cni_version: str = ""
    parse_error: str = ""
    error: str = ""
    panic: str = ""

    @property
    def runs(self) -> tuple[Run, ...]:
        """What each of the plugins was given."""
        return tuple(
            Run(plugin=one.type, text=one.text, name=self.name, cni_version=self.cni_version)
            for one in self.plugins
        )


def add(config: str, is_list: bool, release: Release) -> Added:
    """Run a delegate whose bytes are ``config``; ``is_list`` says how Multus took it."""
    try:
        if not is_list:
            one = libcni.plugin(config, release)
            return _run(one.name, one.cni_version, (one,), is_list, release)
        chain = libcni.conf_list(config, release)
        return _run(chain.name, chain.cni_version, chain.plugins, is_list, release)
    except GoError as error:
        return Added(parse_error=str(error))
    except GoPanic as panic:
        return Added(panic=str(panic))


def _run(
    name: str, version: str, plugins: Sequence[Plugin], is_list: bool, release: Release
) -> Added:
    if not plugins:  # which leaves no result, and Multus converts it all the same
        return Added(cni_version=version, panic=NIL_DEREFERENCE)
    refused = name_error(name, release)
    error = refused
    if not refused and not cniversions.known(version, release):
        error = f"unsupported CNI result version {gotext.quote(version)}"
    if not error:
        return Added(name=name, plugins=plugins, cni_version=version)
    if is_list and releases.ADD_NAMES_PLUGIN.holds(release):
        error = f"plugin {_described(plugins[0])} failed (add): {error}"
    ran = () if refused else plugins[:1]
    return Added(name=name, plugins=ran, cni_version=version, error=error)


def name_error(name: str, release: Release) -> str:
    """ValidateNetworkName: "" for a name that libcni takes."""
    if not releases.NAME_CHECK.holds(release):
        return ""
    if not name:
        return "missing network name:"
    if not _NETWORK_NAME.fullmatch(name):
        return f"invalid characters found in network name; {name}"
    return ""


def _described(plugin: Plugin) -> str:
    """pluginDescription."""
    name = f" name={gotext.quote(plugin.name)}" if plugin.name else ""
    return f"type={gotext.quote(plugin.type)}{name}"
