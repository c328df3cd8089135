"""What steps share: which installs move, and building a Change with its source line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from migrator.model.inputs import MISSING, Document, ItemKey, Path
from migrator.model.inventory import Install, Inventory, Target
from migrator.model.plan import Change, Rule
from migrator.multus.defaults import CONFIG_MAP
from migrator.thick.complete import is_complete
from migrator.thick.form import Thick, thick
from migrator.thick.nad_strategy import choices, config_maps
from migrator.trees import pods

POD: Path = ("spec", "template", "spec")


@lru_cache(maxsize=4)
def moving(inventory: Inventory, target: Target) -> tuple[Thick, ...]:
    """The thick form of every install that has to move, in input order.

    Installs of one namespace share the ConfigMap while their configuration is the same; another
    configuration gets a ConfigMap named after its DaemonSet. The ConfigMap that a daemon reads
    already stays that daemon's, whether it moves or not.
    """
    sources = tuple(config_maps(choices(inventory, target)))

    def form_of(install: Install, config_map: str) -> Thick:
        return thick(install, inventory.cni_files, target, config_map, sources)

    forms = [form_of(install, _own_config_map(install)) for install in inventory.installs]
    conf_dir = needs_conf_dir(inventory)
    stay = [is_complete(form, target, needs_conf_dir=conf_dir) for form in forms]
    taken: dict[tuple[str, str], object] = {}
    for form, stays in zip(forms, stay, strict=True):
        if form.install.mode == "thick":
            own = form.install.daemon_config
            taken.setdefault(_place(form), own.data if stays and own else form.config)
    planned: list[Thick] = []
    for form, stays in zip(forms, stay, strict=True):
        if stays:
            continue
        if (
            form.install.mode == "thin"
            and taken.setdefault(_place(form), form.config) != form.config
        ):
            form = form_of(form.install, f"{CONFIG_MAP}-{form.install.daemonset.ref.name}")
        planned.append(form)
    return tuple(planned)


def _place(form: Thick) -> tuple[str, str]:
    return form.install.daemonset.ref.namespace, form.config_map


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
