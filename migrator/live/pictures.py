"""What an install puts on a node, before and after a change."""

from __future__ import annotations

import posixpath

from migrator.checks.common import installer_of, main_of, settings_of
from migrator.inventory.installer import installs_shim
from migrator.inventory.running import primary_of, stated_primary
from migrator.live.reviewed import Picture, Pictures
from migrator.model.inventory import Install, Inventory
from migrator.multus.defaults import CONF_DIR
from migrator.trees import pods
from migrator.trees.dig import string

_CONF_FILE = "00-multus.conf"
"""What thin_entrypoint and the daemon write (cmd/thin_entrypoint, pkg/server/config v4.0.0)."""


def pictures(before: Inventory, after: Inventory) -> tuple[Pictures, ...]:
    """Each install with what it is on the other side: that of its name, else the only one that is
    left there."""
    old = {install.daemonset.ref: install for install in before.installs}
    new = {install.daemonset.ref: install for install in after.installs}
    gone, come = [ref for ref in old if ref not in new], [ref for ref in new if ref not in old]
    if len(gone) == len(come) == 1:
        old[come[0]] = old.pop(gone[0])
    found = []
    for ref in dict.fromkeys((*old, *new)):
        here, there = old.get(ref), new.get(ref)
        found.append(
            Pictures(
                install=ref,
                before=_picture(here, before) if here else None,
                after=_picture(there, after) if there else None,
            )
        )
    return tuple(found)


def _picture(install: Install, inventory: Inventory) -> Picture:
    main, thick = main_of(install), install.mode == "thick"
    words = pods.words(main, "command")
    conf_dir, seen = _conf_dir(install)
    own = posixpath.basename(install.config_file)
    return Picture(
        image=str(main.get("image") or ""),
        release=install.release,
        mode=install.mode,
        program=words[0] if words else "",
        binary=_binary(install),
        bin_dir=install.paths.bin_dir,
        conf_file=f"{install.paths.cni_conf_dir}/{own or _CONF_FILE}",
        conf_type="multus-shim" if thick else "multus",
        primary=primary_of(install, inventory).file or stated_primary(install),
        conf_dir=conf_dir,
        conf_dir_seen=seen,
    )


def _binary(install: Install) -> str:
    """Thin mode's entrypoint copies the binary itself where no init container does."""
    if install.mode == "thin":
        return "multus"
    if not install.installer:
        return ""
    return "multus-shim" if installs_shim(installer_of(install)) else "multus"


def _conf_dir(install: Install) -> tuple[str, bool]:
    """(the directory as Multus names it, whether it sees one): thin Multus reads that of the host,
    the daemon what is mounted into its container (P01)."""
    if install.mode == "thin":
        return install.paths.conf_dir, True
    inside = pods.clean(string(settings_of(install), "confDir") or CONF_DIR)
    return inside, pods.mount_at(main_of(install), inside) is not None
