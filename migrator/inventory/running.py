"""Multus as one node runs it: the configuration it has, and the files it sees.

Thin Multus is called with a hand-written config, or with what its entrypoint makes of the flags
and the primary CNI's file; the shim with what the daemon makes of daemon-config.json, whose keys
lie over it for every request (pkg/server/server.go overrideCNIConfigWithServerConfig).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.golang.errors import GoError, GoPanic
from migrator.golang.files import Filesystem
from migrator.model.inputs import CniFile
from migrator.model.inventory import HandConfig, Install, Inventory
from migrator.model.release import Release
from migrator.multus import daemon, netconf, releases
from migrator.multus.flags import FLAGS, is_true
from migrator.multus.live import Evidence, delegation, of_node, plugin_types
from migrator.multus.netconf import NetConf
from migrator.multus.primary import Primary, by_node, find_primary
from migrator.trees import pods
from migrator.trees.dig import string
from migrator.trees.embedded import json_map, json_or_text
from migrator.trees.variables import variables
from migrator.trees.wording import listed

_ANY = {"name": "", "type": "unknown"}
"""Stands for a primary CNI whose file nobody has seen: without one no config loads."""
_OF_IMAGE = frozenset({"/", "/etc", "/etc/cni", "/etc/cni/net.d", "/run", "/tmp", "/var"})  # noqa: S108
"""Directories of the daemon's container that no mount gives (images/Dockerfile.thick)."""
_MASTER_FLAGS = ("multus-master-cni-file-name", "multus-master-cni-file")


class Running(Struct, frozen=True, kw_only=True):
    """``conf`` is None where ``error`` says in Multus's words why it runs nothing. ``unknown`` says
    why its cluster network is not known; ``files`` has what it sees, by path. ``evidence`` is what
    the node's own configuration says of today, None where nobody has seen it; ``copies`` that
    Multus itself made the cluster network's config of a file."""

    conf: NetConf | None
    error: str = ""
    unknown: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence | None = None
    copies: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether the runtime reads another file than Multus's: no pod is given to it."""
        return self.evidence is not None and bool(self.evidence.multus)


def running(
    install: Install, inventory: Inventory, node: str, release: Release, *, today: bool
) -> Running:
    """Multus of ``release`` as ``install`` runs it on ``node`` ("" where one set stands for all).

    ``today``: the install as it runs, so that the node's own configuration is evidence of it.
    """
    files = primary_files(install, inventory, node)
    known = evidence_of(install, inventory.cni_files, (node,)) if files is not None else {}
    evidence = known.get(node) if today else None
    if install.mode == "thick":
        found = _thick(install, files, node, release, evidence)
    elif install.config_file:
        found = _hand_written(install, files, release)
    else:
        found = _generated(install, inventory, node, release, evidence)
    if found.error and (named := variables(_config_text(install))):
        # not an error: another text is applied
        unknown = f"{listed(named)} is filled in when it is applied"
        found = _loaded({"clusterNetwork": "unknown"}, release, unknown=unknown)
    return replace(found, evidence=evidence)


def _config_text(install: Install) -> str:
    """The configuration that the inputs hold for it, "" where none does."""
    config = install.daemon_config if install.mode == "thick" else install.config
    return config.text if config is not None else ""


def evidence_of(
    install: Install, files: Sequence[CniFile], nodes: Iterable[str] = ()
) -> Mapping[str, Evidence]:
    """What each node runs by its own configuration, else by the hand-written config that thin
    Multus copies there; only for nodes whose directory of the primary CNI is known (``nodes``,
    and those that have a file there)."""
    directory, thin = install.paths.autoconfig_dir, install.mode == "thin"
    own = posixpath.basename(install.config_file) if thin else ""
    found = {}
    for node in by_node(files, directory, nodes):
        there = [file for file in files if file.node in (node, "")]
        evidence = of_node(there, install.paths.cni_conf_dir, directory, own)
        if evidence is None and thin and install.config is not None:
            config = install.config
            path = f"{config.document.ref} ({config.key})"
            evidence = delegation(config.data, there, directory, path, config.source)
        if evidence is not None:
            found[node] = evidence
    return found


def stated_primary(install: Install) -> str:
    """The primary CNI's file as a thin flag or multusMasterCNI names it, "" where none does."""
    named = [flag.value for flag in install.flags if flag.name in _MASTER_FLAGS]
    settings = install.daemon_config.data if install.daemon_config else {}
    return named[-1] if named else string(settings, "multusMasterCNI")


def primary_of(install: Install, inventory: Inventory) -> Primary:
    """The primary CNI of each node that is known: what its own configuration says outranks the
    file that thin Multus is told to take, and not the one that a daemon is."""
    pinned = stated_primary(install)
    told = install.mode == "thick" and pinned
    evidence = {} if told else evidence_of(install, inventory.cni_files)
    return find_primary(inventory.cni_files, install.paths.autoconfig_dir, pinned, evidence)


def named_primary(install: Install) -> str:
    """The same, or the file of its directory that clusterNetwork of a thin config names: that is
    the primary CNI of thick mode, too."""
    stated = stated_primary(install)
    cluster = string(install.config.data, "clusterNetwork") if install.config else ""
    directory, _, name = cluster.rpartition("/")
    return stated or (name if directory == install.paths.autoconfig_dir else "")


def primary_files(install: Install, inventory: Inventory, node: str) -> Mapping[str, str] | None:
    """The files of the primary CNI's directory by name, those of folders in it with a slash (a
    .conflist reads <its network>/*.conf from v4.2.1 on); None where it was not copied."""
    directory = install.paths.autoconfig_dir
    if (node, directory) not in inventory.reading.node_files.directories:
        return None
    found = {}
    for file in inventory.cni_files:
        rest = pods.below(file.directory, directory) if file.node in (node, "") else None
        if rest is not None:
            found[f"{rest}/{file.name}".lstrip("/")] = file.content
    return found


def not_given(install: Install, node: str) -> str:
    """Why a primary CNI is not known."""
    where = node or "the nodes"
    return f"{install.paths.autoconfig_dir} of {where} was not given (--node-files)"


def _loaded(config: Mapping[str, Any], release: Release, **known: Any) -> Running:
    try:
        return Running(conf=netconf.load(json.dumps(config), release), **known)
    except (GoError, GoPanic) as error:
        return Running(conf=None, error=str(error), **{**known, "unknown": ""})


def _thick(
    install: Install,
    files: Mapping[str, str] | None,
    node: str,
    release: Release,
    evidence: Evidence | None,
) -> Running:
    config = install.daemon_config
    if config is None:
        unknown = "daemon-config.json is not in the inputs"
        return _loaded({"clusterNetwork": "unknown"}, release, unknown=unknown)
    mount = install.paths.autoconfig_mount
    seen = {f"{mount}/{name}": text for name, text in (files or {}).items()}
    own = json_map(config.text)
    if files is None:
        error = refused(config, release)
        if error:
            return Running(conf=None, error=error)
        # not a path: which file it is, nobody has seen
        named = {"clusterNetwork": "unknown", **own}
        unknown = "" if own.get("clusterNetwork") else not_given(install, node)
        return _loaded(named, release, unknown=unknown)
    found = daemon.start(config.text, _filesystem(install, files), release)
    error = found.load_error or found.parse_error or found.manager_error or found.panic
    if error:
        return Running(conf=None, error=error, files=seen)
    if found.shim_config is None:
        unknown = f"the settings in {found.config_file} are not in the inputs"
        return _loaded({"clusterNetwork": "unknown"}, release, unknown=unknown)
    shim = dict(found.shim_config)
    if evidence is not None and evidence.file and not evidence.multus:
        # the file that was the primary CNI's when this daemon started
        shim["clusterNetwork"] = f"{mount}/{evidence.file}"
    return _loaded({**shim, **own}, release, files=seen)


def refused(config: HandConfig, release: Release) -> str:
    """What the daemon says of a daemon-config.json that it ends with, before it looks at the
    primary CNI; "" where it takes it."""
    try:
        daemon.load(config.text, release)
        daemon.parse(config.text, release)
    except GoError as error:
        return str(error)
    return ""


def _filesystem(install: Install, files: Mapping[str, str]) -> Filesystem:
    """What is below a mount is there for all that is known (P11 tells of readiness files)."""
    main = pods.container(pods.pod_spec(install.daemonset.data), install.container)
    mounts = [str(m.get("mountPath", "")) for m in pods.items(main, "volumeMounts")]
    settings = install.daemon_config.data if install.daemon_config else {}
    watched = posixpath.dirname(string(settings, "readinessindicatorfile"))
    inside = {watched} if watched and pods.mount_at(main, watched) else set()
    return Filesystem(
        directories={install.paths.autoconfig_mount: files},
        existing=_OF_IMAGE | inside | {pods.clean(path) for path in mounts if path},
    )


def _hand_written(install: Install, files: Mapping[str, str] | None, release: Release) -> Running:
    if install.config is None:
        unknown = f"{install.config_file} is not in the inputs"
        return _loaded({"delegates": [_ANY]}, release, unknown=unknown)
    directory = install.paths.autoconfig_dir
    seen = {f"{directory}/{name}": text for name, text in (files or {}).items()}
    try:
        return Running(conf=netconf.load(install.config.text, release), files=seen)
    except (GoError, GoPanic) as error:
        return Running(conf=None, error=str(error), files=seen)


def _generated(
    install: Install, inventory: Inventory, node: str, release: Release, evidence: Evidence | None
) -> Running:
    """What the entrypoint writes in auto mode: one delegate, the primary CNI's file as it is."""
    ignored = releases.MASTER_FLAG_IGNORED.holds(release) and install.entrypoint == "pflag"
    pinned = "" if ignored else stated_primary(install)
    directory = install.paths.autoconfig_dir
    seen = {node: evidence} if evidence else {}
    file = find_primary(inventory.cni_files, directory, pinned, seen).by_node.get(node, "")
    text = (primary_files(install, inventory, node) or {}).get(file)
    primary = json_or_text(text) if text is not None else _ANY
    if evidence is not None and plugin_types(evidence.delegate):
        primary = evidence.delegate
    unknown = "" if text is not None or primary is not _ANY else not_given(install, node)
    config = {**_flags(install), "name": daemon.NETWORK_NAME, "delegates": [primary]}
    return _loaded(config, release, unknown=unknown, copies=True)


def _flags(install: Install) -> dict[str, Any]:
    if install.entrypoint in ("daemon", "unknown"):
        return {}
    settings: dict[str, Any] = {}
    for flag in install.flags:
        key = FLAGS[flag.name].key if flag.name in FLAGS else ""
        if key == "namespaceIsolation":
            settings[key] = is_true(install.entrypoint, flag.name, flag.value)
        elif key == "globalNamespaces":
            settings[key] = flag.value
    return settings
