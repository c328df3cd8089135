"""What steps share: which installs move, and building a Change with its source line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrator import pods
from migrator.inventory.strategy import choices, config_maps
from migrator.model import (
    MISSING,
    Change,
    Document,
    Install,
    Inventory,
    ItemKey,
    Path,
    Rule,
    Target,
)
from migrator.multus.complete import is_complete
from migrator.multus.thick import CONFIG_MAP, Thick, thick

POD: Path = ("spec", "template", "spec")


def moving(inventory: Inventory, target: Target) -> tuple[Thick, ...]:
    """The thick form of every install that has to move, in input order.

    Installs of one namespace share the ConfigMap while their configuration is the same; another
    configuration gets a ConfigMap named after its DaemonSet.
    """
    planned: list[Thick] = []
    sources = tuple(config_maps(choices(inventory, target)))
    for install in inventory.installs:
        form = thick(install, inventory.cni_files, target, _own_config_map(install), sources)
        if is_complete(form, target, needs_conf_dir=needs_conf_dir(inventory)):
            continue
        namespace = install.daemonset.ref.namespace
        others = [p for p in planned if p.install.daemonset.ref.namespace == namespace]
        clash = any(p.config_map == form.config_map and p.config != form.config for p in others)
        if clash:
            name = f"{CONFIG_MAP}-{install.daemonset.ref.name}"
            form = thick(install, inventory.cni_files, target, name, sources)
        planned.append(form)
    return tuple(planned)


def needs_conf_dir(inventory: Inventory) -> bool:
    """Whether some NAD of the inputs has its configuration in a file."""
    return any(not nad.config for nad in inventory.nads)


def _own_config_map(install: Install) -> str:
    if install.daemon_config is not None:
        return install.daemon_config.document.ref.name
    if install.mode == "thick":
        pod = pods.pod_spec(install.daemonset.data)
        container = next(
            (c for c in pods.items(pod, "containers") if c.get("name") == install.container), {}
        )
        found = pods.mount_at(container, "/etc/cni/net.d/multus.d")
        volume = pods.volume(pod, str(found[0].get("name"))) if found else {}
        return str((volume.get("configMap") or {}).get("name") or CONFIG_MAP)
    return CONFIG_MAP


def lookup(data: Any, path: Path) -> tuple[tuple[str | int, ...], Any]:
    """(the path with list indices, the value or MISSING)."""
    real: tuple[str | int, ...] = ()
    for segment in path:
        if isinstance(segment, ItemKey):
            found = [
                i
                for i, item in enumerate(data if isinstance(data, list) else [])
                if isinstance(item, Mapping) and str(item.get(segment.field)) == segment.value
            ]
            if not found:
                return real, MISSING
            real, data = (*real, found[0]), data[found[0]]
        elif isinstance(data, Mapping) and segment in data:
            real, data = (*real, segment), data[segment]
        else:
            return real, MISSING
    return real, data


def change(document: Document, path: Path, after: Any, reason: str, rule: Rule) -> Iterator[Change]:
    """The Change that makes ``path`` of ``document`` be ``after`` (MISSING: not there); nothing
    where it already is."""
    real, before = lookup(document.data, path)
    if before is after or (before is not MISSING and after is not MISSING and before == after):
        return
    yield Change(
        object=document.ref,
        path=path,
        before=before,
        after=after,
        reason=reason,
        rule=rule.id,
        source=document.at(real),
    )


def container_path(field: str, name: str) -> Path:
    return (*POD, field, ItemKey("name", name))


def main_path(install: Install) -> Path:
    return container_path("containers", install.container)
