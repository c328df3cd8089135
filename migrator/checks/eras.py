"""P82 to P84: what is not the same under thin and thick Multus, with the same networks attached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from migrator.checks.common import finding
from migrator.checks.status import STATUS, readers
from migrator.inventory.running_pods import NO_INTERFACE
from migrator.model.inventory import Install, Inventory, NetworkAttachment, Workload
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus import annotation, releases
from migrator.multus.defaults import NAMESPACE
from migrator.multus.live import plugin_types
from migrator.multus.primary import cni_version, content
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.trees.dig import mapping, string
from migrator.trees.embedded import json_map
from migrator.trees.wording import listed

CHECK = Rule(
    id="P82",
    title="CHECK no longer reaches the primary CNI",
    why="CHECK (the runtime's question whether a pod's network is still right) calls "
    "the plugins in delegates, which a thin config has; a thick one has "
    "clusterNetwork instead, so CHECK succeeds and calls no plugin",
    reference="pkg/multus CmdCheck; CNI specification 0.4.0, CHECK",
    handling="Reported where the thin config is known to be of CNI 0.4.0 or later, below "
    "which nothing calls CHECK.",
    severity="info",
    when="after the rollout",
)
NAMED = Rule(
    id="P83",
    title="A network of every pod has another name in network-status",
    why="a delegate of a hand-written config is listed under its own name, a "
    "NetworkAttachmentDefinition in defaultNetworks under its namespace and name",
    reference="pkg/types LoadDelegateNetConf; pkg/k8sclient getNetDelegate; S14",
    handling="Both names are shown, and the objects in the inputs that read network-status.",
    severity="info",
    when="before the rollout",
)
MESH = Rule(
    id="P84",
    title="A mesh's network is no longer listed in network-status",
    why="v4.1.0 and later list the interfaces that a plugin made, and that of a mesh "
    "makes none; before, each network had an entry. The plugin still runs as before",
    reference="multus-cni PR#1314; network-attachment-definition-client CreateNetworkStatuses",
    since=releases.STATUS_BY_INTERFACE.since,
    handling="Reported where pods get such a network, with the objects that read network-status.",
    severity="info",
    when="before the rollout",
)
RULES = (CHECK, NAMED, MESH)

_CHECKED: Final = (0, 4, 0)
"""The first version of CNI with CHECK; libcni refuses it for a config below."""


def findings(intent: Intent) -> Iterable[Finding]:
    for form in intent.moving:
        yield from _check(form, intent.inventory)
        yield from _named(form, intent.inventory)
    if intent.moving and not releases.STATUS_BY_INTERFACE.holds(intent.before.release):
        yield from _meshes(intent.inventory, intent.before.release)


def _check(form: Thick, inventory: Inventory) -> Iterator[Finding]:
    install = form.install
    version = _version_today(form)
    checked = install.mode == "thin" and releases.DISABLE_CHECK.holds(install.release)
    if not checked or cni_version(version) < _CHECKED or _is_off(form, inventory):
        return
    yield finding(
        CHECK,
        document=install.daemonset,
        seen=f"the config that {install.daemonset.ref} writes today is of CNI version "
        f"{version}, with the primary CNI in delegates",
        remedy="nothing, unless you rely on CHECK to notice pods whose network is broken: "
        "have the primary CNI's own agent watch for that",
    )


def _version_today(form: Thick) -> str:
    """cniVersion of the config with delegates that thin Multus writes, "" where it has none, or none
    that is known: the shell of v3 writes it with --cni-version only, thin_entrypoint the primary
    CNI's (images/entrypoint.sh v3; cmd/thin_entrypoint v4)."""
    install = form.install
    if install.preview or (install.config_file and install.config is None):
        return ""
    if install.config is not None:
        data = _folded(install.config.data)
        delegates = data.get("delegates") and not data.get("clusternetwork")
        return string(data, "cniversion") if delegates else ""
    stated = next((f.value for f in reversed(install.flags) if f.name == "cni-version"), "")
    own = form.primary.cni_version if releases.THIN_ENTRYPOINT.holds(install.release) else ""
    return stated or own


def _is_off(form: Thick, inventory: Inventory) -> bool:
    """Whether the primary CNI's list says disableCheck: libcni calls none of its plugins then."""
    install = form.install
    if install.config is not None:
        delegates = _folded(install.config.data).get("delegates")
        first = delegates[0] if isinstance(delegates, list) and delegates else {}
        return _says_no(_folded(first))
    return any(
        _says_no(_folded(content(file)))
        for file in inventory.cni_files
        if (file.directory, file.name) == (install.paths.autoconfig_dir, form.primary.file)
    )


def _says_no(config: Mapping[str, Any]) -> bool:
    return config.get("disablecheck") in (True, "true")


def _folded(config: Any) -> Mapping[str, Any]:
    """Go's JSON decoder matches keys without regard to case."""
    return {key.lower(): value for key, value in mapping(config).items()}


def _named(form: Thick, inventory: Inventory) -> Iterator[Finding]:
    namespace = str(form.config.get("multusNamespace") or NAMESPACE)
    renamed = [
        f"{name}, then {namespace}/{label}"
        for label, config in form.translation.networks
        if (name := string(json_map(config), "name"))
    ]
    if renamed:
        install: Install = form.install
        yield finding(
            NAMED,
            document=install.daemonset,
            source=install.config.source if install.config else None,
            seen=f"{listed(renamed)}{_read_by(inventory)}",
            remedy=f"make whatever looks for the name in {STATUS} accept both: running pods keep "
            "the old one until they are recreated",
        )


def _meshes(inventory: Inventory, release: Release) -> Iterator[Finding]:
    known = {(nad.namespace, nad.name): nad for nad in inventory.nads}
    names = {*NO_INTERFACE, *(nad.name for nad in inventory.nads if _makes_none(nad.name, nad))}
    may = [w for w in inventory.workloads if any(name in (w.networks or "") for name in names)]
    users: dict[str, list[Workload]] = {}
    for workload in sorted(may, key=lambda w: (w.document.ref.sort_key, w.source)):
        asked = annotation.parse(workload.networks or "", workload.namespace, release)
        for network in asked.networks:
            if _makes_none(network.name, known.get((network.namespace, network.name))):
                users.setdefault(network.name, []).append(workload)
    for name, workloads in users.items():
        yield finding(
            MESH,
            document=workloads[0].document,
            source=workloads[0].source,
            seen=f"{name}, of {listed((str(w.document.ref) for w in workloads), most=3)}"
            f"{_read_by(inventory)}",
            remedy=f"nothing, unless something looks for {name} in {STATUS}: that it is "
            "missing there is no longer a failure",
        )


def _makes_none(name: str, nad: NetworkAttachment | None) -> bool:
    """Whether a network is of a mesh: by its config, else by the name that the mesh's webhook uses."""
    if nad is None or not nad.config:
        return name in NO_INTERFACE
    types: Sequence[str] = plugin_types(mapping(nad.data))
    return bool(types) and all(kind in NO_INTERFACE for kind in types)


def _read_by(inventory: Inventory) -> str:
    found = sorted(
        str(document.ref) for document, _ in readers(inventory.reading.documents, STATUS)
    )
    return f"; read by {listed(found)}" if found else ""
