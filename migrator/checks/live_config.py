"""P85: what Multus's own config on the nodes says, and the plan does not (ruling 12)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrator.checks.common import finding, on_nodes
from migrator.inventory.live_config import LiveConfig, live_configs
from migrator.model.inventory import Inventory
from migrator.model.plan import Finding, Rule
from migrator.multus.defaults import CONF_DIR, NAMESPACE
from migrator.multus.primary import by_node, content
from migrator.thick.form import Thick
from migrator.thick.handwritten import of_keys
from migrator.thick.intent import Intent
from migrator.trees import pods
from migrator.trees.dig import mapping
from migrator.trees.embedded import json_map, json_or_text
from migrator.trees.paths import same
from migrator.trees.redact import redact

RULE = Rule(
    id="P85",
    title="Multus's config on the nodes differs from the manifests",
    why="what runs today is the node's file, and thick mode writes it anew from the "
    "manifests: an isolation, a default network or another setting that only the "
    "node has is lost",
    reference="images/entrypoint.sh, cmd/thin_entrypoint; pkg/server/config/manager.go",
    handling="Each such key is shown with both values; nothing in the node's file is carried over.",
    severity="blocker",
)
RULES = (RULE,)

_DEFAULTS: Mapping[str, Any] = {
    "namespaceIsolation": False,
    "globalNamespaces": "default",
    "systemNamespaces": [NAMESPACE],
    "multusNamespace": NAMESPACE,
    "defaultNetworks": [],
}
"""The keys that decide who gets which network, with what Multus takes where they are absent
(pkg/types/conf.go LoadNetConf): these differ also where only the plan says them."""
_IN_SHIM_FILE = ("namespaceIsolation", "globalNamespaces")
"""Those of them that the daemon writes into 00-multus.conf (generator.go MultusConf)."""
_DECIDES = frozenset(
    {
        *_DEFAULTS,
        "clusterNetwork",
        "delegates",
        "confDir",
        "binDir",
        "cniDir",
        "capabilities",
        "auxiliaryCNIChainName",
    }
)
"""What pods get, or whether their plugins and addresses are found, depends on these."""
_COMPARED = ("cniVersion", "readinessindicatorfile", "logFile", "logLevel", "logOptions")
_COMPARED_DECIDING = ("cniDir", "auxiliaryCNIChainName")

Difference = tuple[str, Any, Any]
"""(key, its value on the node, its value in the plan), None where it is absent."""


def findings(intent: Intent) -> Iterable[Finding]:
    for form in intent.moving:
        yield from _of_install(form, intent.inventory)


def _of_install(form: Thick, inventory: Inventory) -> Iterator[Finding]:
    groups: dict[str, tuple[list[Difference], LiveConfig, list[str]]] = {}
    views = by_node(inventory.cni_files, form.install.paths.autoconfig_dir)
    for node, live in live_configs(form.install, inventory.cni_files).items():
        file = views.get(node, {}).get(form.primary.by_node.get(node, ""))
        differing = list(_differences(form, live, content(file) if file else {}))
        key = json.dumps([live.path, differing], sort_keys=True, default=str)
        groups.setdefault(key, (differing, live, []))[2].append(node)
    for differing, live, nodes in groups.values():
        for decides in (True, False):
            told = [d for d in differing if (d[0] in _DECIDES) is decides]
            if told:
                yield _finding(form, live, nodes, told, decides=decides)


def _finding(
    form: Thick, live: LiveConfig, nodes: list[str], told: list[Difference], *, decides: bool
) -> Finding:
    text = "; ".join(
        f"{key} is {_shown(key, on)} there, {_shown(key, to)} in the plan" for key, on, to in told
    )
    return finding(
        RULE,
        document=form.install.daemonset,
        source=live.source,
        severity="blocker" if decides else "warning",
        seen=f"{live.path} {on_nodes(nodes)}: {text}",
        remedy="where the node is right, write the same into the manifests (a flag, or a key "
        "of the config that --multus-conf-file names) and plan again; where the plan "
        "is right: --allow P85",
        manual=True,
    )


def _shown(key: str, value: Any) -> str:
    return "absent" if value is None else json.dumps(redact(value, (key,)), ensure_ascii=False)


def _differences(form: Thick, live: LiveConfig, primary: Mapping[str, Any]) -> Iterator[Difference]:
    thin, planned = form.install.mode == "thin", form.config
    translation = of_keys(live.data, live.source, form.install, form.primary)
    keys = translation.keys if thin else live.data
    for key, default in _DEFAULTS.items():
        if not thin and key not in _IN_SHIM_FILE:
            continue
        on, to = keys.get(key), planned.get(key)
        if _plain(key, on, default) != _plain(key, to, default):
            yield key, on, to
    if thin:
        yield from _delegates(form, dict(translation.networks))
        yield from _cluster(form, keys)
        yield from _directory(form, live)
    yield from _bin_dir(form, keys)
    yield from _capabilities(form, live, primary)
    told = {e.name for e in form.translation.entries if e.pitfall in ("P12", "P13")}
    told |= {
        "logFile" for e in form.translation.entries if e.pitfall == "P17" and e.outcome == "dropped"
    }
    for key in (*_COMPARED, *_COMPARED_DECIDING):
        stated = keys.get(key) not in (None, "") and key not in told
        if stated and not same(keys[key], planned.get(key)):
            yield key, keys[key], planned.get(key)


def _plain(key: str, value: Any, default: Any) -> Any:
    """A value as Multus compares it: lists of namespaces have no order."""
    if value in (None, "", []):
        value = default
    if key == "globalNamespaces":
        return {name.strip() for name in str(value).split(",")}
    return set(map(str, value)) if isinstance(value, list) else value


def _delegates(form: Thick, networks: Mapping[str, str]) -> Iterator[Difference]:
    """Delegates of one name that are not the same; another name is another default network."""
    for name, config in form.translation.networks:
        own = networks.get(name)
        if own is not None and not same(json_or_text(own), json_or_text(config)):
            yield "delegates", json_map(own), json_map(config)


def _cluster(form: Thick, keys: Mapping[str, Any]) -> Iterator[Difference]:
    """A NAD as the cluster network; of one that is a file P04 tells."""
    named = str(keys.get("clusterNetwork") or "")
    if named and "/" not in named and named != form.primary.name:
        planned = form.config.get("clusterNetwork")
        if planned != named:
            yield "clusterNetwork", named, planned


def _directory(form: Thick, live: LiveConfig) -> Iterator[Difference]:
    """confDir is a path of the host in thin mode."""
    on = {key.lower(): value for key, value in live.data.items()}.get("confdir") or CONF_DIR
    planned = form.install.paths.conf_dir or CONF_DIR
    if pods.clean(str(on)) != planned:
        yield "confDir", on, planned


def _bin_dir(form: Thick, keys: Mapping[str, Any]) -> Iterator[Difference]:
    named = keys.get("binDir")
    if named and pods.clean(str(named)) not in form.translation.bin_dirs:
        yield "binDir", named, form.config.get("binDir")


def _capabilities(
    form: Thick, live: LiveConfig, primary: Mapping[str, Any]
) -> Iterator[Difference]:
    """Those that neither the plan says nor the daemon takes from the primary CNI's plugins."""
    planned = form.config.get("capabilities")
    known = _enabled(planned).union(
        *(_enabled(mapping(part, "capabilities")) for part in pods.items(primary, "plugins")),
        _enabled(mapping(primary, "capabilities")),
    )
    if _enabled(live.data.get("capabilities")) - known:
        yield "capabilities", live.data["capabilities"], planned


def _enabled(capabilities: Any) -> set[str]:
    given = capabilities if isinstance(capabilities, Mapping) else {}
    return {name for name, on in given.items() if on}
