"""What the installs and networks of the inputs become in thick mode: computed once for a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from migrator.inventory.distributions import platforms_of
from migrator.model.inventory import Install, Inventory, State, Target
from migrator.model.plan import Change
from migrator.multus.defaults import CONFIG_MAP
from migrator.thick.complete import is_complete
from migrator.thick.form import Thick, thick
from migrator.thick.nad_strategy import Choice, choose, conf_files_by_map
from migrator.trees import pods


class Intent(Struct, frozen=True, kw_only=True):
    """``forms`` has the thick form of each install, in input order, those that stay as they are
    among them; ``networks`` how each NAD without spec.config gets its configuration. ``withheld`` is what
    thick installs that stay work without, and what nothing can add to what their chart renders; ``stuck`` is
    what such a one needs."""

    before: State
    target: Target
    forms: tuple[Thick, ...]
    networks: tuple[Choice, ...]
    withheld: tuple[Change, ...] = ()
    stuck: tuple[Change, ...] = ()

    @property
    def inventory(self) -> Inventory:
        return self.before.inventory

    @property
    def moving(self) -> tuple[Thick, ...]:
        """The forms for which something is planned."""
        return tuple(form for form in self.forms if form.moves)


def intend(before: State, target: Target) -> Intent:
    """The Intent of a plan. Pure: steps, checks and reports take it and compute nothing of it again.

    Installs of one namespace share the ConfigMap while their configuration is the same; another
    configuration gets a ConfigMap named after its DaemonSet. The ConfigMap that a daemon reads
    already stays that daemon's, whether it moves or not.
    """
    inventory = before.inventory
    networks = choose(before, target)
    sources = tuple(conf_files_by_map(networks))
    seen = platforms_of(inventory)

    def form_of(install: Install, config_map: str) -> Thick:
        directory = install.paths.autoconfig_dir
        known = inventory.reading.node_files.directories
        nodes = sorted(node for node, place in known if place == directory)
        links = inventory.reading.node_files.links
        return thick(install, inventory.cni_files, target, config_map, sources, nodes, seen, links)

    needed = any(not nad.config for nad in inventory.nads)
    forms = []
    for install in inventory.installs:
        form = form_of(install, _own_config_map(install))
        documents = inventory.reading.documents
        stays = is_complete(form, target, needs_conf_dir=needed, documents=documents)
        forms.append(replace(form, moves=not stays))
    named = [
        form_of(form.install, name) if name != form.config_map else form
        for form, name in zip(forms, _config_maps(forms), strict=True)
    ]
    return Intent(before=before, target=target, forms=tuple(named), networks=networks)


def _config_maps(forms: Sequence[Thick]) -> Iterator[str]:
    """The ConfigMap of each form: its own, unless another configuration is in that one."""
    taken: dict[tuple[str, str], object] = {}
    for form in forms:
        if form.install.mode == "thick":
            own = form.install.daemon_config
            stays = not form.moves and own is not None
            taken.setdefault(_place(form), own.data if stays and own else form.config)
    for form in forms:
        thin = form.install.mode == "thin"
        if thin and form.moves and taken.setdefault(_place(form), form.config) != form.config:
            yield f"{CONFIG_MAP}-{form.install.daemonset.ref.name}"
        else:
            yield form.config_map


def _place(form: Thick) -> tuple[str, str]:
    return form.install.daemonset.ref.namespace, form.config_map


def _own_config_map(install: Install) -> str:
    if install.daemon_config is not None:
        return install.daemon_config.document.ref.name
    if install.mode == "thick":
        pod = pods.pod_spec(install.daemonset.data)
        found = pods.mount_at(pods.container(pod, install.container), "/etc/cni/net.d/multus.d")
        volume = pods.volume(pod, str(found[0].get("name"))) if found else {}
        return str((volume.get("configMap") or {}).get("name") or CONFIG_MAP)
    return CONFIG_MAP
