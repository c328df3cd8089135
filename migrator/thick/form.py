"""What a thick install must hold, for one source install and one target release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from migrator.inventory.live_config import copy_on_nodes
from migrator.inventory.running import evidence_of, named_primary
from migrator.model.inputs import CniFile, NodeLink
from migrator.model.inventory import Install, Target
from migrator.model.release import Release
from migrator.multus import releases
from migrator.multus.defaults import CONF_DIR
from migrator.multus.images import Origin, is_upstream, parse_image, says_thick, thick_image
from migrator.multus.platforms import Platform, is_of_image, kubelet_dir, link_trees
from migrator.multus.primary import Primary, find_primary
from migrator.thick.blueprint import fill
from migrator.thick.socket import socket_keys
from migrator.thick.translate import Translation, keeps_config_file, translate
from migrator.trees import pods
from migrator.trees.dig import string
from migrator.trees.embedded import lines_of
from migrator.trees.variables import has_variables

INSTALLER = "install-multus-binary"


class Thick(Struct, frozen=True, kw_only=True):
    """``pod`` is the blueprint's pod spec, with the volume names of the source install where it
    already has a volume for the same host path; ``config`` is daemon-config.json as data;
    ``moves`` says that something is planned for the install."""

    install: Install
    pod: Mapping[str, Any]
    image: str
    image_origin: Origin
    image_remark: str
    config_map: str
    config: Mapping[str, Any]
    translation: Translation
    primary: Primary
    moves: bool = True


def thick(
    install: Install,
    files: Sequence[CniFile],
    target: Target,
    config_map: str,
    conf_sources: Sequence[str] = (),
    nodes: Sequence[str] = (),
    seen: Sequence[Platform] = (),
    links: Sequence[NodeLink] = (),
) -> Thick:
    """The thick form of ``install``. Pure; the image is "" where it cannot be known.

    ``conf_sources`` names the ConfigMaps that are the conf dir, if it is not the node's; ``nodes``
    are those whose directory of the primary CNI was copied, ``seen`` the distributions that the
    nodes are known to run, and ``links`` what was copied as a link."""
    pod = pods.pod_spec(install.daemonset.data)
    container = pods.container(pod, install.container)
    image, origin, remark = _image(install, container, target)
    primary = _primary(install, files, target, nodes)
    translation = translate(install, target.release, primary, copy_on_nodes(install, files))
    stated = {"multusMasterCNI": target.primary_cni} if target.primary_cni else {}
    keys = {**translation.keys, **stated}
    paths = install.paths
    conf_dir = paths.conf_dir or CONF_DIR
    conf_mount = _conf_mount(install, conf_dir)
    blueprint = fill(
        "daemonset",
        container=install.container,
        image=image or str(container.get("image", "")),
        cni_conf_dir=paths.cni_conf_dir,
        cni_conf_mount=paths.cni_conf_mount,
        autoconfig_dir=paths.autoconfig_dir,
        autoconfig_mount=paths.autoconfig_mount,
        link_trees=mounted_trees(translation.bin_dirs, seen, links, target.release),
        kubelet_dir=kubelet_dir((paths.cni_conf_dir, paths.bin_dir), seen),
        bin_mount=paths.bin_mount,
        cni_dir=string(keys, "cniDir") or "/var/lib/cni/multus",
        conf_dir=conf_dir,
        conf_dir_mount=conf_mount,
        conf_sources=list(conf_sources),
        installer=install.installer or INSTALLER,
        config_map=config_map,
        **_directories(translation),
    )
    new = blueprint["spec"]["template"]["spec"]
    adapted = _adapted(new, pod, container, install.mode == "thick")
    config = _config(install, keys, conf_mount, target.release)
    if install.mode == "thin":
        config |= socket_keys(adapted, pod, container, config, target.release)
    return Thick(
        install=install,
        pod=adapted,
        image=image,
        image_origin=origin,
        image_remark=remark,
        config_map=config_map,
        config=config,
        translation=translation,
        primary=primary,
    )


def _directories(translation: Translation) -> dict[str, Any]:
    """The directories of plugins and of the log, as the blueprint takes them."""
    first, *others = translation.bin_dirs
    dirs = [{"name": "cnibin", "path": first}]
    dirs += [{"name": "multus-plugin-dir", "path": path} for path in others]
    logs = enumerate(translation.host_dirs)
    return {
        "env": {"CNI_PATH": ":".join(translation.bin_dirs)} if others else {},
        "bin_dirs": dirs,
        "extra_dirs": [{"name": f"multus-log-dir{i or ''}", "path": path} for i, path in logs],
    }


def mounted_trees(
    bin_dirs: Sequence[str],
    seen: Sequence[Platform],
    links: Sequence[NodeLink],
    release: Release,
) -> list[str]:
    """The trees that plugins are links into, as far as they can be mounted. v4.0.x looks plugins up
    in the chroot, where every target is."""
    if not releases.INFORMERS.holds(release):
        return []
    trees = dict.fromkeys(
        tree
        for directory in bin_dirs
        for tree in link_trees(directory, seen, targets_in(directory, links))
    )
    return [
        tree
        for tree in trees
        if not is_of_image(tree) and all(pods.below(tree, d) is None for d in bin_dirs)
    ]


def targets_in(directory: str, links: Iterable[NodeLink]) -> list[str]:
    """Where the links in a directory of plugins lead, on any node."""
    return [link.target for link in links if link.directory == directory]


def _image(
    install: Install, container: Mapping[str, Any], target: Target
) -> tuple[str, Origin, str]:
    """A daemon whose tag names the target already keeps its image, digest and all."""
    if target.image:
        return target.image, "stated", "stated with --image"
    text = str(container.get("image") or "")
    image = parse_image(text)
    same = install.release == target.release
    if install.mode == "thick" and same and has_variables(image.tag):
        return text, "running", "a variable decides which release it is"
    there = same and install.confidence == "certain"
    if install.mode == "thick" and there and (says_thick(image) or not is_upstream(image)):
        return text, "running", "it is the target's already"
    return thick_image(image, target.release)


def _primary(
    install: Install, files: Sequence[CniFile], target: Target, nodes: Sequence[str]
) -> Primary:
    pinned = target.primary_cni or named_primary(install)
    evidence = evidence_of(install, files, nodes)
    # what the user names is taken; that it contradicts what runs is a finding (P04)
    outranked = {} if target.primary_cni else evidence
    primary = find_primary(files, install.paths.autoconfig_dir, pinned, outranked, nodes)
    return replace(primary, evidence=evidence)


def _conf_mount(install: Install, conf_dir: str) -> str:
    """Where the daemon reads NADs' files: the thick source's own confDir, else the host path."""
    if install.daemon_config is not None:
        stated = install.daemon_config.data.get("confDir")
        if isinstance(stated, str) and stated and install.paths.conf_dir:
            return pods.clean(stated)
    host, inside = install.paths.cni_conf_dir, install.paths.cni_conf_mount
    rest = pods.below(conf_dir, host)
    if rest is None:
        return conf_dir
    # never at its own path: /etc/cni/net.d/multus.d there is the daemon's own config
    return f"{inside}/{rest}" if rest else inside


def _config(
    install: Install, keys: Mapping[str, Any], conf_mount: str, release: Release
) -> dict[str, Any]:
    """daemon-config.json: the blueprint, then the old install's keys; a thick install's own
    config keeps its order and every key that it has."""
    base: dict[str, Any] = fill(
        "daemon-config",
        cni_version=keys.get("cniVersion", "0.3.1"),
        cni_conf_mount=install.paths.cni_conf_mount,
        autoconfig_mount=install.paths.autoconfig_mount,
        conf_dir_mount=conf_mount,
    )
    if install.mode == "thin":
        return {**base, **keys, "confDir": conf_mount}
    old = dict(install.daemon_config.data) if install.daemon_config else {}
    old.pop("type", None)
    merged = {**old, **{key: value for key, value in base.items() if key not in old}}
    merged.update({key: value for key, value in keys.items() if key not in merged})
    return merged if keeps_config_file(release) else merged | {"multusConfigFile": "auto"}


def config_text(config: Mapping[str, Any]) -> str:
    """daemon-config.json as it stands in the ConfigMap: four spaces, a final newline."""
    return lines_of(config, 4)


def _adapted(
    blueprint: Mapping[str, Any],
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    is_thick: bool,
) -> dict[str, Any]:
    """The blueprint with the source's volume names, without mounts that another one gives.

    A mount that the source already has at the blueprint's path stays as it is, with its own
    volume: Talos has its netns elsewhere, k0s its kubelet.
    """
    names = _volume_names(blueprint, pod)
    hosts = {str(v["name"]): pods.host_path(v) for v in blueprint["volumes"]}
    # /var/run is a link to /run in the image: two mounts there would be one directory
    own = {
        pods.without_var_run(str(m.get("mountPath"))): m
        for m in pods.items(container, "volumeMounts")
    }
    mounts: list[dict[str, Any]] = []
    for mount in blueprint["containers"][0]["volumeMounts"]:
        present = own.get(mount["mountPath"], {})
        host = "" if is_thick else hosts[mount["name"]]
        if present and _gives_host_dir(pod, container, present, mount["name"], host):
            mount = {**mount, "name": present["name"], "mountPath": present["mountPath"]}
        else:
            path = present.get("mountPath", mount["mountPath"])
            mount = {**mount, "name": names[mount["name"]], "mountPath": path}
        if all(mount["mountPath"] != other["mountPath"] for other in mounts):
            mounts.append(mount)
    init = blueprint["initContainers"][0]
    used = {m["name"] for m in mounts}
    init_mounts = [{**m, "name": names[m["name"]]} for m in init["volumeMounts"]]
    used |= {m["name"] for m in init_mounts}
    volumes = [{**v, "name": names[v["name"]]} for v in blueprint["volumes"]]
    unique = {v["name"]: v for v in reversed(volumes) if v["name"] in used}
    return {
        **blueprint,
        "containers": [{**blueprint["containers"][0], "volumeMounts": mounts}],
        "initContainers": [{**init, "volumeMounts": init_mounts}],
        "volumes": list(reversed(unique.values())),
    }


_ELSEWHERE = ("host-run-netns", "host-var-lib-kubelet")


def _gives_host_dir(
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    mount: Mapping[str, Any],
    wanted: str,
    host: str,
) -> bool:
    """Whether the source's mount does the blueprint's work: it is the directory ``host`` of the
    node ("": any, since a running daemon's own is the right one), or a ConfigMap for its config."""
    source = pods.volume(pod, str(mount.get("name", "")))
    if wanted == "multus-daemon-config":
        return "configMap" in source or "projected" in source
    if wanted == "multus-conf-files":
        return False
    if not host or wanted in _ELSEWHERE:
        return "hostPath" in source
    found = pods.on_host(pod, container, str(mount.get("mountPath")))
    return bool(found) and pods.without_var_run(found) == pods.without_var_run(host)


def _volume_names(blueprint: Mapping[str, Any], pod: Mapping[str, Any]) -> dict[str, str]:
    """Blueprint volume name -> name to use: the source's own volume for the same host path, the
    same name where it is free, else a new one, since volumes of two types would be merged (K2)."""
    existing = pods.items(pod, "volumes")
    taken = {str(v.get("name")) for v in existing}
    names: dict[str, str] = {}
    by_path: dict[str, str] = {}
    for volume in existing:
        path = pods.host_path(volume)
        if path:
            by_path.setdefault(path, str(volume["name"]))
    for volume in blueprint["volumes"]:
        name = str(volume["name"])
        path = pods.host_path(volume)
        if path and path in by_path:
            names[name] = by_path[path]
            continue
        same = name in taken and _same_source(pods.volume(pod, name), volume)
        chosen = name
        while chosen in taken and not same:
            chosen = f"{chosen}-thick"
        names[name] = chosen
        if path:
            by_path[path] = chosen
    return names


def _same_source(existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    old, new = existing.get("configMap"), wanted.get("configMap")
    return bool(old and new and old.get("name") == new.get("name"))
