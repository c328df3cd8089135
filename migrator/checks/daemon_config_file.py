"""P61, P73, P74: a daemon-config.json that the daemon does not take, or does not find."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from migrator.checks.common import daemons, finding, main_of
from migrator.golang import shape as goshape
from migrator.golang.errors import GoError, GoPanic
from migrator.golang.shape import Mismatch
from migrator.inventory.config_volumes import asked_keys, config_map_of, config_places
from migrator.inventory.install import DAEMON_CONFIG_PATH
from migrator.inventory.running import refused
from migrator.model.inputs import Document
from migrator.model.inventory import HandConfig, Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus import daemon, netconf, shapes
from migrator.trees.dig import mapping
from migrator.trees.variables import has_variables
from migrator.trees.wording import listed

REFUSED = Rule(
    id="P61",
    title="Multus rejects daemon-config.json",
    why="the daemon decodes it into typed fields and exits with code 1 where one does "
    "not fit, older releases silently; and it lays every key over the config of "
    "each pod's request",
    reference="pkg/server/server.go LoadDaemonNetConf, overrideCNIConfigWithServerConfig; "
    "pkg/server/config/generator.go ParseMultusConfig; multus-cni#1304, #1320",
    handling="Reported with the key and Multus's own words; nothing is rewritten from a config that "
    "is not understood.",
    severity="blocker",
)
UNREAD = Rule(
    id="P73",
    title="The daemon's config was not given, or is not where the daemon reads it",
    why="daemon-config.json decides the directories, the chroot and the primary CNI: "
    "nothing can be said of a daemon whose config was not read, and without the "
    "file the daemon exits at once",
    reference="cmd/multus-daemon/main.go cniServerConfig, pkg/server/server.go LoadDaemonNetConf",
    handling="Reported; a config is written only for installs that were thin.",
    severity="blocker",
)
NO_KEY = Rule(
    id="P74",
    title="A volume names a key that its ConfigMap does not have",
    why="the kubelet starts no container of the pod until the key exists",
    reference="kubernetes pkg/volume/configmap MakePayload",
    handling="Reported where the ConfigMap is in the inputs.",
    severity="blocker",
)
RULES = (REFUSED, UNREAD, NO_KEY)

_WORDS: Mapping[str, str] = {
    "string": "a string, in quotes",
    "bool": "true or false, without quotes",
    "int": "a number, without quotes",
    "object": "an object",
    "array": "a list",
    "number": "a number",
}
"""Types of Go and kinds of JSON, for who writes JSON."""


def findings(state: State) -> Iterable[Finding]:
    documents = state.inventory.reading.documents
    for install in state.inventory.installs:
        yield from _missing_keys(install.daemonset, documents)
    for install in daemons(state):
        if install.daemon_config is None:
            yield from _unread(install, state.inventory)
        else:
            yield from _refused(install.daemon_config, state.daemon)


def _refused(config: HandConfig, release: Release) -> Iterator[Finding]:
    error = refused(config, release)
    wrong = daemon.wrong_type(config.text, release)
    if wrong is None and has_variables(config.text):
        return  # what is applied is another text (P77); a string stays one, whatever it says
    whom = "the daemon exits with it"
    if not error and not config.error:
        laid_over = json.dumps({"clusterNetwork": "unknown", **config.data})
        error = _of_request(laid_over, release)
        wrong = goshape.mismatch(laid_over, shapes.net_conf(release))
        whom = "every pod fails with it"
    if error or config.error:
        seen, remedy = _told(config, wrong)
        yield finding(
            REFUSED,
            document=config.document,
            source=config.source,
            seen=f"{config.document.ref}, key {config.key}: {seen}"
            + (f"; {whom}" if error else ""),
            error=error,
            remedy=remedy,
        )


def _of_request(laid_over: str, release: Release) -> str:
    """What the daemon answers to every request with these settings; "" where it takes them."""
    try:
        netconf.load(laid_over, release)
    except (GoError, GoPanic) as error:
        return str(error)
    return ""


def _told(config: HandConfig, wrong: Mismatch | None) -> tuple[str, str]:
    """What is wrong with the config, and what to do about it."""
    if not config.text.strip():
        return "the value is empty", "write the settings of the running daemon into it"
    if wrong is None:
        return config.error or "Multus cannot use it", f"correct the JSON of {config.key}"
    kind = wrong.value.partition(" ")[0]
    if not wrong.path:
        return f"it is {_typed(kind)}, but has to be an object", "put the settings into {...}"
    key = ".".join(wrong.path)
    seen = f"{key} is {_typed(kind)}, but has to be {_typed(wrong.go)}"
    return seen, f"write {key} as {_typed(wrong.go)}, or drop it"


def _typed(type_: str) -> str:
    """A Go type or a kind of JSON in words: ``*int``, ``[]string``, ``types.RuntimeConfig``."""
    bare = type_.lstrip("*")
    if bare.startswith("[]"):
        return f"a list, each item {_typed(bare[2:])}"
    if bare == "bool" and type_ == "bool":
        return _WORDS["bool"]
    return _WORDS.get(bare, "an object")


def _unread(install: Install, inventory: Inventory) -> Iterator[Finding]:
    documents = inventory.reading.documents
    said = [flag.value for flag in install.flags if flag.name == "config" and flag.value]
    path = said[-1] if said else DAEMON_CONFIG_PATH
    places = config_places(install.daemonset, main_of(install), path)
    absent = f"open {path}: no such file or directory"
    if places is None:
        seen = f"{path} of container {install.container} does not come from a ConfigMap"
        remedy = f"mount a ConfigMap with the daemon's settings at {path}"
        error = ""
    elif not places:
        seen = f"the volume at {path} gives no file of that name"
        remedy = f"have the volume's items put the settings at {path.rpartition('/')[2]}"
        error = absent
    else:
        given = [p for p in places if config_map_of(install.daemonset, documents, p.config_map)]
        names = listed(p.config_map for p in (given or places))
        if given and all(_is_asked(install, p) for p in given):
            return  # P74 tells of it
        seen = f"ConfigMap {names} has no key {given[0].key}" if given else ""
        seen = seen or f"ConfigMap {names}, which holds {path}, is not in the inputs"
        error = absent if given else ""
        remedy = (
            f"put the settings under the key {given[0].key}"
            if given
            else f"add the file with ConfigMap {names} to the inputs (kubectl get configmap {names} "
            f"-n {install.daemonset.ref.namespace or 'kube-system'} -o yaml)"
        )
    yield finding(UNREAD, document=install.daemonset, seen=seen, error=error, remedy=remedy)


def _is_asked(install: Install, place: object) -> bool:
    return any(asked.place == place for asked in asked_keys(install.daemonset))


def _missing_keys(document: Document, documents: tuple[Document, ...]) -> Iterator[Finding]:
    """Of ConfigMaps that are not in the inputs nothing is known."""
    for asked in asked_keys(document):
        config_map = config_map_of(document, documents, asked.place.config_map)
        if config_map is None:
            continue
        has = [*mapping(config_map.data, "data"), *mapping(config_map.data, "binaryData")]
        if asked.place.key not in has:
            yield finding(
                NO_KEY,
                document=document,
                source=document.at(asked.path),
                seen=f"volume {asked.volume} names key {asked.place.key} of {config_map.ref}, which "
                f"has {listed(has) or 'no key'}",
                error=f"configmap references non-existent config key: {asked.place.key}",
                remedy=f"name one of its keys in the volume's items, or add {asked.place.key} to "
                f"the ConfigMap ({config_map.source})",
            )
