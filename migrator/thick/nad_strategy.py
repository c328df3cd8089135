"""How each NAD without spec.config keeps its configuration in thick mode.

explicit   the file's content becomes spec.config: known on every node, and the same on all
configmap  the files move to ConfigMaps, one per plugin, which the daemon mounts as its conf dir
mount      the node's directory is mounted: for files that an agent writes, that differ between
           nodes, or that were not copied

Rule of auto: mount where an agent writes the file or an owner would revert the NAD, explicit where
the content is known, complete and equal on all nodes, else mount. configmap is never chosen by
itself: it takes the directory away from whoever else writes there (ruling 5).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from migrator.inventory.confdir import conf_dir_of, declared_writer, views, writer_of
from migrator.inventory.operators import owner_of
from migrator.inventory.running import evidence_of, stated_primary
from migrator.model.inputs import CniFile
from migrator.model.inventory import Inventory, NetworkAttachment, State, Target
from migrator.model.release import Release
from migrator.multus import nad as nads
from migrator.multus.defaults import NAMESPACE
from migrator.multus.nad import Answer, ConfDir
from migrator.multus.primary import content, find_primary
from migrator.trees import pods
from migrator.trees.dig import mapping, string
from migrator.trees.embedded import decoder, json_map, lines_of, loads

Strategy = Literal["explicit", "configmap", "mount"]


class Why(Enum):
    """Why a NAD has its strategy, as the sentence that says it ({0} is the detail)."""

    ASKED = "asked for"
    AGENT = "{0} writes this file at run time"
    OWNER = "{0} owns the NAD and would revert spec.config"
    NOT_GIVEN = "the files of {0} were not given (--node-files)"
    PRIMARY = "{0} is the primary CNI's own file, which it writes for each node"
    UNUSABLE = "{0}"
    DRIFT = "the nodes have different files for it"
    AMBIGUOUS = "its JSON has a key twice or very many levels, so that its readers may differ"
    INCOMPLETE = "the file has no {0}"
    SAME = "{0} holds it, and it is the same on every node that was copied"


class Reason(Struct, frozen=True, kw_only=True):
    """A reason, and what it is about: an agent, an owner, nodes, Multus's own error."""

    why: Why
    detail: str = ""

    def __str__(self) -> str:
        return self.why.value.format(self.detail)


class Known(Struct, frozen=True, kw_only=True):
    """What the node files say of one NAD: the answer for each node, None where unknown."""

    answers: Mapping[str, Answer | None]
    config: str
    why_not: Reason | None
    drift: Mapping[str, tuple[str, ...]]


class Choice(Struct, frozen=True, kw_only=True):
    """The strategy of one NAD and its reason. ``config`` is the new spec.config of explicit,
    ``files`` what it comes from and what configmap moves; ``refused`` says why a wish cannot be granted ("" if it is).
    ``drift`` maps each different content to its nodes, where they differ."""

    nad: NetworkAttachment
    strategy: Strategy
    reason: Reason
    config: str = ""
    files: tuple[CniFile, ...] = ()
    refused: str = ""
    drift: Mapping[str, tuple[str, ...]]


def choose(before: State, target: Target) -> tuple[Choice, ...]:
    """One Choice for each NAD that is looked up in the conf dir, in input order. Pure."""
    inventory = before.inventory
    directory = conf_dir_of(inventory)
    seen = views(inventory)
    chosen = [
        _choose(nad, before, target, directory, seen) for nad in inventory.nads if not nad.config
    ]
    return tuple(_checked_together(chosen, inventory, directory))


def _choose(
    nad: NetworkAttachment,
    before: State,
    target: Target,
    directory: str,
    seen: Mapping[str, ConfDir | None],
) -> Choice:
    wish = target.nad_overrides.get(f"{nad.namespace}/{nad.name}", target.nad_config)
    inventory = before.inventory
    known = look_up(nad, seen, before.release)
    own = _of_primary(nad, inventory, directory, known)
    if own:
        known = replace(known, why_not=Reason(why=Why.PRIMARY, detail=own))
    agent = writer_of(inventory.neighbours, directory, nad.name)
    owner = owner_of(nad.document)
    asked = Reason(why=Why.ASKED)
    choice = Choice(nad=nad, strategy="mount", reason=asked, drift=known.drift)
    files = _files_of(nad, inventory, directory, known)
    if wish == "explicit":
        if known.why_not:
            return replace(choice, refused=f"explicit is not possible: {known.why_not}")
        return replace(choice, strategy="explicit", config=known.config, files=files)
    if wish == "configmap":
        refused = f"configmap is not possible: {known.why_not}" if known.why_not else ""
        return replace(choice, strategy="configmap", files=files, refused=refused)
    if wish == "mount":
        return choice
    if agent:
        return replace(choice, reason=Reason(why=Why.AGENT, detail=agent))
    if owner:
        return replace(choice, reason=Reason(why=Why.OWNER, detail=owner.value))
    if known.why_not:
        return replace(choice, reason=known.why_not)
    reason = Reason(why=Why.SAME, detail=directory)
    return replace(choice, strategy="explicit", config=known.config, files=files, reason=reason)


def _of_primary(nad: NetworkAttachment, inventory: Inventory, directory: str, known: Known) -> str:
    """The file of the NAD where it is the one that gives a node's pods their network (ruling 15);
    "" where it is none of these."""
    for install in inventory.installs:
        own = install.config or install.daemon_config
        is_cluster = own is not None and string(own.data, "clusterNetwork") == nad.name
        place = install.paths.autoconfig_dir
        found = find_primary(
            inventory.cni_files,
            place,
            stated_primary(install),
            evidence_of(install, inventory.cni_files),
        ).by_node
        for node, answer in known.answers.items():
            name = answer.source.rsplit("/", 1)[-1] if answer and answer.source else ""
            is_file = directory == place and found.get(node, found.get("")) == name
            if name and (is_cluster or is_file):
                return name
    return ""


def look_up(nad: NetworkAttachment, seen: Mapping[str, ConfDir | None], release: Release) -> Known:
    """What each node's directory gives for the NAD, and the one config that all agree on."""
    answers = {
        node: nads.resolve(nad.name, nad.config, conf_dir, release) if conf_dir else None
        for node, conf_dir in seen.items()
    }
    contents: dict[str, list[str]] = {}
    for node, answer in answers.items():
        if answer is not None and answer.config:
            contents.setdefault(_canonical(answer.config), []).append(node)
    drift = {text: tuple(nodes) for text, nodes in contents.items()} if len(contents) > 1 else {}
    config, why_not = _agreed(answers, contents)
    return Known(answers=answers, config=config, why_not=why_not, drift=drift)


def _agreed(
    answers: Mapping[str, Answer | None], contents: Mapping[str, Sequence[str]]
) -> tuple[str, Reason | None]:
    """(the pretty config, None) or ("", why there is none)."""
    unknown = [node or "the nodes" for node, answer in answers.items() if answer is None]
    if unknown:
        return "", Reason(why=Why.NOT_GIVEN, detail=", ".join(unknown))
    for node, answer in answers.items():
        if answer is None or not answer.config or answer.delegate is None:
            error = answer and (answer.error or answer.panic or answer.delegate_error)
            return "", Reason(why=Why.UNUSABLE, detail=f"{node or 'the nodes'}: {error}")
    if len(contents) > 1:
        return "", Reason(why=Why.DRIFT)
    text = next(answer.config for answer in answers.values() if answer)
    data = _strict(text)
    if data is None:
        return "", Reason(why=Why.AMBIGUOUS)
    lacking = [key for key in ("cniVersion", "name") if not isinstance(data.get(key), str)]
    if lacking:
        return "", Reason(why=Why.INCOMPLETE, detail=" and no ".join(lacking))
    return lines_of(data, 2), None


def _strict(text: str) -> dict[str, Any] | None:
    """The JSON object, None where a key stands twice at any level, or levels are too many."""
    twice = False

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        keys = [key.lower() for key, _ in found]
        twice = twice or len(keys) != len(set(keys))
        return dict(found)

    try:
        data = loads(text, decoder(pairs))
    except ValueError:
        return None
    return None if twice or not isinstance(data, dict) else data


def _canonical(text: str) -> str:
    try:
        return json.dumps(loads(text), sort_keys=True, indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _files_of(
    nad: NetworkAttachment, inventory: Inventory, directory: str, known: Known
) -> tuple[CniFile, ...]:
    """The file that gives the NAD its config (the first node's: they are equal)."""
    for node, answer in known.answers.items():
        if answer is not None and answer.source:
            name = answer.source.rsplit("/", 1)[-1]
            return tuple(
                f
                for f in inventory.cni_files
                if f.node in (node, "") and f.directory == directory and f.name == name
            )[:1]
    return ()


def _checked_together(
    chosen: Sequence[Choice], inventory: Inventory, directory: str
) -> list[Choice]:
    """configmap replaces the whole directory: nobody else may need it (ruling 5)."""
    wishes = [c for c in chosen if c.strategy == "configmap"]
    if not wishes:
        return list(chosen)
    agent = declared_writer(inventory.neighbours, directory)
    others = [c.nad.name for c in chosen if c.strategy == "mount"]
    shared = [
        i for i in inventory.installs if directory in (i.paths.cni_conf_dir, i.paths.autoconfig_dir)
    ]
    named = read_by_name(inventory, directory)
    refused = _bad_keys(wishes) or _names_taken(chosen, inventory)
    if agent:
        refused = f"{agent} writes to {directory} at run time, and a ConfigMap is read-only"
    elif others:
        refused = f"{', '.join(others)} needs the node's directory, and one directory is read"
    elif shared:
        refused = f"{directory} is the primary CNI's directory too, and a ConfigMap would hide it"
    elif named:
        refused = f"{named[0]} is read from {directory}, and no NAD of the inputs holds it"
    elif not inventory.installs:
        refused = "the DaemonSet that would mount the ConfigMap is not in the inputs"
    return [
        replace(c, refused=c.refused or refused) if c.strategy == "configmap" else c for c in chosen
    ]


def read_by_name(inventory: Inventory, directory: str) -> tuple[str, ...]:
    """clusterNetwork and defaultNetworks that are files of the conf dir: by their CNI name where
    no NAD of the inputs has it, or by path (pkg/k8sclient getNetDelegate)."""
    titles = {string(content(f), "name") for f in inventory.cni_files if f.directory == directory}
    found = []
    for install in inventory.installs:
        own = install.config or install.daemon_config
        settings = own.data if own else {}
        namespace = settings.get("multusNamespace") or NAMESPACE
        known = {n.name for n in inventory.nads if n.namespace == namespace}
        default = settings.get("defaultNetworks")
        values = [("clusterNetwork", settings.get("clusterNetwork"))]
        values += [("defaultNetworks", v) for v in (default if isinstance(default, list) else [])]
        for key, value in values:
            inside = isinstance(value, str) and pods.below(value, directory) is not None
            if inside or (isinstance(value, str) and value in titles and value not in known):
                found.append(f"{key} {value}")
    return tuple(dict.fromkeys(found))


def _bad_keys(wishes: Sequence[Choice]) -> str:
    """A ConfigMap's keys are [-._a-zA-Z0-9]+."""
    names = [f.name for c in wishes for f in c.files]
    bad = [name for name in names if not re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", name)]
    return f"{bad[0]!r} cannot be the name of a file in a ConfigMap" if bad else ""


def _names_taken(chosen: Sequence[Choice], inventory: Inventory) -> str:
    """A ConfigMap of the inputs with that name and other content."""
    wanted = conf_files_by_map(chosen)
    namespaces = {install.daemonset.ref.namespace for install in inventory.installs}
    for document in inventory.reading.documents:
        ref = document.ref
        mine = ref.kind == "ConfigMap" and ref.name in wanted and ref.namespace in namespaces
        if mine and mapping(document.data, "data") != wanted[ref.name]:
            return f"{ref} is in the inputs with other content ({document.source})"
    return ""


def conf_files_by_map(chosen: Sequence[Choice]) -> Mapping[str, Mapping[str, str]]:
    """ConfigMap name -> {file name: content}: one for each plugin, so that each network plugin
    keeps a source of its own."""
    result: dict[str, dict[str, str]] = {}
    for choice in chosen:
        for file in choice.files if choice.strategy == "configmap" and not choice.refused else ():
            result.setdefault(f"multus-conf-{_plugin(file.content)}", {})[file.name] = file.content
    return result


def _plugin(content: str) -> str:
    data = json_map(content)
    plugins = data.get("plugins")
    first = plugins[0] if isinstance(plugins, list) and plugins else data
    name = (string(first, "type") or "cni").lower()
    return "".join(c if c.isalnum() else "-" for c in name).strip("-") or "cni"
