"""Recognising Multus: by image, command, args and binary together, never by one word alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from migrator.inventory import wellformed
from migrator.inventory.config_volumes import config_map_of, config_places
from migrator.inventory.entrypoint import CommandLine, command_line
from migrator.inventory.installer import BIN_MOUNT, destination, installer_of
from migrator.inventory.operators import owner_of
from migrator.inventory.release import estimate
from migrator.inventory.service_account import account_name
from migrator.model.inputs import Document, Problem
from migrator.model.inventory import Flag, HandConfig, HostPaths, Install, Mode
from migrator.model.release import Release
from migrator.multus.defaults import CONF_DIR
from migrator.multus.flags import Entrypoint, parse_flags
from migrator.multus.images import is_multus, parse_image
from migrator.multus.rbac import is_bound
from migrator.trees import pods
from migrator.trees.dig import mapping, string
from migrator.trees.embedded import loads

CNI_CONF_MOUNT = "/host/etc/cni/net.d"
DAEMON_CONFIG_PATH = "/etc/cni/net.d/multus.d/daemon-config.json"
SHELL_CONFIG_FILE = "/usr/src/multus-cni/images/70-multus.conf"
"""What images/entrypoint.sh copies unless --multus-conf-file says otherwise (v3.1 to v3.9.3)."""


def find_installs(
    documents: Sequence[Document], stated_release: Release | None = None
) -> tuple[Install, ...]:
    """Every Multus DaemonSet of the inputs, by namespace and name: which one comes first decides
    names and places of findings, and must not hang on where it stands in a file.

    Errors: InputError with each place where one is not what Kubernetes takes.
    """
    daemonsets = [
        (d, _recognised(pods.pod_spec(d.data)))
        for d in documents
        if d.ref.kind == "DaemonSet" and d.ref.group in ("apps", "extensions")
    ]
    wellformed.refuse(p for d, main in daemonsets for p in _malformed(d, main is not None))
    ours = sorted(
        ((d, main) for d, main in daemonsets if main),
        key=lambda pair: (pair[0].ref.namespace, pair[0].ref.name),
    )
    found = [_install(d, documents, main, stated_release) for d, main in ours]
    return tuple(_like_its_sibling(install, found) for install in found)


def _malformed(document: Document, is_multus: bool) -> Iterator[Problem]:
    """What is wrong with a DaemonSet that is Multus, or is called so and cannot be read."""
    if is_multus:
        found = list(wellformed.problems(document, wellformed.DAEMONSET))
        yield from found or wellformed.lost_mounts(document)
    elif "multus" in document.ref.name:
        yield from wellformed.problems(document, wellformed.UNREAD_DAEMONSET)


def _recognised(pod: Mapping[str, Any]) -> tuple[Mapping[str, Any], CommandLine] | None:
    """The container that runs Multus, and how."""
    return next((found for found in map(_multus, pods.items(pod, "containers")) if found), None)


def mode_of(pod: Mapping[str, Any]) -> Mode | None:
    """The mode of the Multus that a pod spec runs, None where it runs none."""
    main = _recognised(pod)
    return None if main is None else _mode(pod, main[1])


def _mode(pod: Mapping[str, Any], line: CommandLine) -> Mode:
    return "thick" if line.program == "daemon" and not _is_preview(pod, line) else "thin"


def _like_its_sibling(install: Install, installs: Sequence[Install]) -> Install:
    """The DaemonSets of several architectures in one file are of one release: where the tag of
    one names it, the others' floating tags (latest-ppc64le) do not count."""
    if install.confidence != "likely":
        return install
    for other in installs:
        same_file = other.daemonset.source.file == install.daemonset.source.file
        same_way = (other.entrypoint, other.mode) == (install.entrypoint, install.mode)
        if other.confidence == "certain" and same_file and same_way:
            evidence = f"{other.evidence} of {other.daemonset.ref.name} in the same file"
            return replace(install, release=other.release, evidence=evidence)
    return install


def _install(
    document: Document,
    documents: Sequence[Document],
    main: tuple[Mapping[str, Any], CommandLine],
    stated_release: Release | None,
) -> Install:
    pod = pods.pod_spec(document.data)
    container, line = main
    index = pods.items(pod, "containers").index(container)
    mode = _mode(pod, line)
    preview = line.program == "daemon" and mode == "thin"
    entrypoint: Entrypoint = "none"
    if preview:
        entrypoint = "goflag"
    elif line.program in ("shell", "pflag"):
        entrypoint = "shell" if line.program == "shell" else "pflag"
    flags = _flags(document, index, line, entrypoint)
    installer = installer_of(pod)
    config_file = _config_file(entrypoint, flags) if mode == "thin" else ""
    daemon_config = None
    if mode == "thick":
        path = _flag(flags, "config") or DAEMON_CONFIG_PATH
        daemon_config = config_at(document, documents, container, path)
    config = config_at(document, documents, container, config_file) if config_file else None
    known = estimate(document, documents, pod, container, line.program, preview, flags)
    release, confidence, evidence = known
    if stated_release:
        release, confidence, evidence = stated_release, "stated", "stated with --source"
    return Install(
        daemonset=document,
        mode=mode,
        preview=preview,
        release=release,
        confidence=confidence,
        evidence=evidence,
        container=str(container.get("name", "")),
        installer=installer,
        entrypoint="goflag" if preview else line.program,
        wrapper=line.script,
        flags=flags,
        config_file=config_file,
        config=config,
        daemon_config=daemon_config,
        paths=_paths(pod, container, installer, flags, config, daemon_config, mode),
        cluster_roles=_cluster_roles(document, documents, pod),
        owner=owner_of(document),
    )


def _multus(container: Mapping[str, Any]) -> tuple[Mapping[str, Any], CommandLine] | None:
    """The container and its command line, if it runs Multus."""
    image = parse_image(str(container.get("image") or ""))
    line = command_line(container, image)
    named = is_multus(image) or "multus" in str(container.get("name", ""))
    if line.program in ("pflag", "daemon"):
        return container, line
    if line.program == "shell":
        return (container, line) if named else None
    installs_to_host = any(
        str(m.get("mountPath", "")).startswith("/host/")
        for m in pods.items(container, "volumeMounts")
    )
    return (container, line) if is_multus(image) and installs_to_host else None


def runs_multus(container: Mapping[str, Any]) -> bool:
    """Whether a container of any pod is recognised as Multus."""
    return _multus(container) is not None


def _is_preview(pod: Mapping[str, Any], line: CommandLine) -> bool:
    """v3.9's thick-plugin manifest: multus-daemon there only generates thin configuration
    (cmd/controller@v3.9.3), takes flags that no v4 daemon knows, and copies the thin binary."""
    known = ("config", "version")
    flags = [name for _, name, _, _ in parse_flags("goflag", line.argv) if name]
    if any(name not in known for name in flags):
        return True
    return any(
        "generate-kubeconfig" in " ".join(pods.words(c, "command"))
        for c in pods.items(pod, "initContainers")
    )


def _flags(
    document: Document, index: int, line: CommandLine, entrypoint: Entrypoint
) -> tuple[Flag, ...]:
    if entrypoint == "none" and line.program != "daemon":
        return ()
    field = "args" if line.in_args else "command"
    base: tuple[str | int, ...] = (*pods.TEMPLATE, "containers", index, field)
    parser: Entrypoint = "goflag" if entrypoint == "none" else entrypoint
    return tuple(
        Flag(
            name=name,
            value=value,
            raw=raw,
            source=document.at((*base, position) if line.in_args else base),
        )
        for position, name, value, raw in parse_flags(parser, line.argv)
    )


def _flag(flags: Sequence[Flag], name: str, default: str = "") -> str:
    """The last value of a flag: both parsers let the last one win."""
    values = [flag.value for flag in flags if flag.name == name]
    return values[-1] if values else default


def _config_file(entrypoint: Entrypoint, flags: Sequence[Flag]) -> str:
    default = SHELL_CONFIG_FILE if entrypoint == "shell" else "auto"
    path = _flag(flags, "multus-conf-file", default)
    return "" if path == "auto" else path


def config_at(
    document: Document, documents: Sequence[Document], container: Mapping[str, Any], path: str
) -> HandConfig | None:
    """The ConfigMap key that the container sees as the file ``path``, if the inputs hold it."""
    for place in config_places(document, container, path) or ():
        config_map = config_map_of(document, documents, place.config_map)
        text = mapping(config_map.data, "data").get(place.key) if config_map else None
        if config_map and isinstance(text, str):
            return _hand_config(config_map, place.key, path.rsplit("/", 1)[-1], text)
    return None


def _hand_config(document: Document, key: str, filename: str, text: str) -> HandConfig:
    error, data = "", {}
    try:
        parsed = loads(text)
        if isinstance(parsed, dict):
            data = parsed
        else:
            error = "not a JSON object"
    except ValueError as bad:
        error = f"not valid JSON: {bad}"
    return HandConfig(
        document=document,
        key=key,
        filename=filename,
        source=document.at(("data", key)),
        text=text,
        data=data,
        error=error,
    )


def _paths(
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    installer: str,
    flags: Sequence[Flag],
    config: HandConfig | None,
    daemon_config: HandConfig | None,
    mode: str,
) -> HostPaths:
    settings = daemon_config.data if daemon_config else {}
    if mode == "thick":
        write = _text(settings, "cniConfigDir") or CNI_CONF_MOUNT
        search = _text(settings, "multusAutoconfigDir") or write
    else:
        write = _flag(flags, "cni-conf-dir") or _flag(flags, "cni-config-dir") or CNI_CONF_MOUNT
        search = _flag(flags, "multus-autoconfig-dir") or write
    cni_host = pods.on_host(pod, container, write)
    bin_mount, bin_host = _bin_dir(pod, container, installer, flags)
    return HostPaths(
        cni_conf_dir=cni_host or "/etc/cni/net.d",
        cni_conf_mount=pods.clean(write),
        autoconfig_dir=pods.on_host(pod, container, search) or cni_host or "/etc/cni/net.d",
        autoconfig_mount=pods.clean(search),
        bin_dir=bin_host,
        bin_mount=bin_mount,
        conf_dir=_conf_dir(pod, container, config, daemon_config, mode),
    )


def _bin_dir(
    pod: Mapping[str, Any], container: Mapping[str, Any], installer: str, flags: Sequence[Flag]
) -> tuple[str, str]:
    """(mount path, host path) of the directory that the Multus binary is installed into."""
    places: list[tuple[Mapping[str, Any], str]] = [
        (init, destination(init))
        for init in pods.items(pod, "initContainers")
        if installer and init.get("name") == installer
    ]
    places.append((container, _flag(flags, "cni-bin-dir") or BIN_MOUNT))
    for where, path in places:
        host = pods.on_host(pod, where, path)
        if host:
            return pods.clean(path), host
    return BIN_MOUNT, "/opt/cni/bin"


def _conf_dir(
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    config: HandConfig | None,
    daemon_config: HandConfig | None,
    mode: str,
) -> str:
    if mode == "thin":
        return pods.clean(_text(config.data if config else {}, "confDir") or CONF_DIR)
    inside = _text(daemon_config.data if daemon_config else {}, "confDir") or CONF_DIR
    return pods.on_host(pod, container, inside)


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _cluster_roles(
    document: Document, documents: Sequence[Document], pod: Mapping[str, Any]
) -> tuple[Document, ...]:
    """The ClusterRoles bound to the pod's ServiceAccount."""
    account = account_name(pod)
    names = {
        string(binding.data, "roleRef", "name")
        for binding in documents
        if binding.ref.kind == "ClusterRoleBinding"
        and any(
            is_bound(subject, account, document.ref.namespace)
            for subject in pods.items(binding.data, "subjects")
        )
    }
    return tuple(d for d in documents if d.ref.kind == "ClusterRole" and d.ref.name in names)
