"""Multus's own config as it lies on the nodes, and whether the config of an install was read at all."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from migrator.inventory.install import config_at
from migrator.model.inputs import CniFile, Document, Source
from migrator.model.inventory import Install
from migrator.model.release import Release
from migrator.multus import releases
from migrator.multus.live import content, first_read, multus_plugin
from migrator.multus.primary import by_node
from migrator.trees import pods
from migrator.trees.dig import string

_TYPE = {"thin": "multus", "thick": "multus-shim"}


class LiveConfig(Struct, frozen=True, kw_only=True):
    """``path`` on the host, and ``data``, the part that calls Multus."""

    path: str
    source: Source
    data: Mapping[str, Any]


def live_configs(install: Install, files: Sequence[CniFile]) -> Mapping[str, LiveConfig]:
    """By node, the config with which the runtime calls the Multus of ``install``; nothing for a
    node whose runtime reads another file (P62), or that another Multus wrote (leftovers)."""
    directory, found = install.paths.cni_conf_dir, dict[str, LiveConfig]()
    for node, view in by_node(files, directory).items():
        read = first_read(view)
        whole = content(view[read]) if read else {}
        plugin = multus_plugin(whole)
        if plugin.get("type") == _TYPE[install.mode]:
            top = {key: whole[key] for key in ("cniVersion", "name") if key in whole}
            found[node] = LiveConfig(
                path=f"{directory}/{read}", source=view[read].source, data={**top, **plugin}
            )
    return found


def copy_on_nodes(install: Install, files: Sequence[CniFile]) -> str:
    """The path of the copy that thin Multus made of a --multus-conf-file that the inputs lack, where
    each node whose directory was given has one; "" else."""
    if install.config is not None or not install.config_file:
        return ""
    live = live_configs(install, files)
    own = posixpath.join(install.paths.cni_conf_dir, posixpath.basename(install.config_file))
    nodes = by_node(files, install.paths.cni_conf_dir)
    return own if nodes and all(n in live and live[n].path == own for n in nodes) else ""


def unread_config(
    install: Install, documents: Sequence[Document], files: Sequence[CniFile], release: Release
) -> str:
    """The path of Multus's own config in the container, of which a plan for ``release`` has
    nothing; "" where there is none.

    Thin: neither the inputs nor the nodes' files hold it. Thick, where multusConfigFile names it:
    v4.0.x copies it as it is, so that it is enough to have it; later releases cannot take it.
    """
    if install.mode == "thin":
        read = install.config is not None or copy_on_nodes(install, files)
        return "" if read else install.config_file
    settings = install.daemon_config.data if install.daemon_config else {}
    path = string(settings, "multusConfigFile")
    if path in ("", "auto"):
        return ""
    container = pods.container(pods.pod_spec(install.daemonset.data), install.container)
    given = config_at(install.daemonset, documents, container, path) is not None
    return "" if given and releases.CONFIG_FILE_COPIED.holds(release) else path
