"""clusterNetwork and defaultNetworks of Multus's configuration -> a delegate.

Source: getNetDelegate and GetDefaultNetworks, pkg/k8sclient/k8sclient.go;
LoadDelegateNetConfFromConfList, pkg/types/conf.go (v4.2.1).
"""

from __future__ import annotations

from typing import Any, Final

from migrator.golang import files as gofs
from migrator.golang import jsontext as gojson
from migrator.golang import text as gotext
from migrator.golang.errors import GoError, GoPanic
from migrator.golang.files import Filesystem
from migrator.model.plan import Failure, Resolution
from migrator.multus import add, annotation, libcni, lookup, nad, releases
from migrator.multus import delegate as delegates
from migrator.multus.delegate import Delegate
from migrator.multus.libcni import ConfList, Plugin
from migrator.multus.lookup import Found, Installed, Unknown
from migrator.multus.nad import ConfDir

_KEPT_OF_PLUGIN: Final = ("cniVersion", "name", "type", "capabilities")
_KEPT_OF_DNS: Final = ("nameservers", "domain", "search", "options")


class _NotThere(GoError):
    """Nothing has that name."""


class _NotCopied(Exception):
    """A file or directory that only the node has; str() says which."""


def resolve(installed: Installed, name: str, is_cluster_network: bool) -> Found:
    """A NAD in multusNamespace, else a file of confDir by its inner name; or a path."""
    try:
        found = _resolve(installed, name)
    except GoPanic as panic:
        return lookup.panicked(str(panic))
    except _NotCopied as reason:
        return Found(resolution=Resolution(unknown=str(reason)))
    except _NotThere as error:
        found = lookup.failed(str(error), Failure.NOT_FOUND)
    except GoError as error:
        found = lookup.failed(str(error), Failure.CONFIG)
    failure = found.resolution.failure
    if failure in (None, Failure.PANIC) or not is_cluster_network:
        return found
    if not releases.CLUSTER_NETWORK_ERROR.holds(installed.release):
        return found
    return lookup.failed(
        f"GetDefaultNetworks: failed to get clusterNetwork {name} in namespace "
        f"{installed.multus_namespace}",
        failure,
    )


def _resolve(installed: Installed, name: str) -> Found:
    if "/" in name and releases.CLUSTER_NETWORK_FILE.holds(installed.release):
        return _from_path(installed, name)
    selection = annotation.named(name, installed.multus_namespace, installed.release)
    found = lookup.delegate(installed, selection)
    known = found.resolution
    if known.config or known.unknown or known.failure is Failure.PANIC:
        return found
    if isinstance(installed.files, Unknown):
        raise _NotCopied(installed.files.reason)
    try:
        text, path = nad.from_file(name, lookup.conf_dir(installed), installed.release)
    except GoError:
        if "/" in name:
            return _from_directory(installed, name)
        raise _NotThere(f"getNetDelegate: cannot find network: {name}") from None
    return _loaded(installed, text, path)


def _loaded(installed: Installed, text: str, where: str) -> Found:
    return Found(
        resolution=Resolution(config=text, where=where),
        delegate=delegates.load(text, installed.release),
    )


def _from_path(installed: Installed, path: str) -> Found:
    """A file (since v4.0.0) or a directory, of which the first valid file is taken."""
    seen = _seen(installed)
    try:
        text = gofs.read(path, seen)
    except GoError:
        if gofs.exists(path, seen):
            return _from_directory(installed, path)
        _ask(installed, path)
        raise _NotThere(f"stat {path}: {gofs.missing(path, seen)}") from None
    if path.endswith(".conflist"):
        return _from_list(installed, path, seen)
    try:
        libcni.plugin(text, installed.release)
    except GoError as error:
        raise GoError(f"error loading CNI config file {path}: {error}") from None
    return _loaded(installed, text, path)


def _from_list(installed: Installed, path: str, seen: Filesystem) -> Found:
    """A conflist by its path. From v4.2.1 its folder's plugins count, and Multus keeps for CHECK
    and DEL only what its structs hold."""
    release, folder = installed.release, gotext.directory(path)
    files, name = gofs.below(folder, seen), gotext.clean(path).rpartition("/")[2]
    try:
        found = libcni.list_from_file(name, folder, files, release)
        if not releases.SUBDIRECTORY_CHAIN.holds(release):
            return _loaded(installed, found.text, path)
        error = "" if found.inlined_only else add.name_error(found.name, release)
        if error:
            raise GoError(error)
    except GoError as error:
        raise GoError(f"error loading CNI conflist file {path}: {error}") from None
    return Found(
        resolution=Resolution(config=libcni.with_chain(found), where=path),
        delegate=Delegate(name=found.name, type="", is_list=True),
        kept=_kept(found),
    )


def _from_directory(installed: Installed, path: str) -> Found:
    seen = _seen(installed)
    if not gofs.exists(path, seen):
        _ask(installed, path)
    files = gofs.below(path, seen)
    if not libcni.conf_files(files, (".conf", ".conflist")):
        raise _NotThere(f"getNetDelegate: cannot find network: {path}")
    text, where = nad.from_file("", ConfDir(path=path, files=files), installed.release)
    return _loaded(installed, text, where)


def _ask(installed: Installed, path: str) -> None:
    """What is not among the known files may be on the node."""
    inside = gotext.clean(path).startswith(f"{gotext.clean(installed.conf_dir)}/")
    if inside and isinstance(installed.files, Unknown):
        raise _NotCopied(installed.files.reason)
    if not installed.all_paths:
        raise _NotCopied(f"{path} was not copied")


def _seen(installed: Installed) -> Filesystem:
    """All files that are known, the confDir's own among them."""
    files = {path.lstrip("/"): text for path, text in installed.paths.items()}
    directories: dict[str, Any] = {"/": files}
    if installed.files is None or isinstance(installed.files, Unknown):
        return Filesystem(directories=directories)
    return Filesystem(directories={**directories, installed.conf_dir: installed.files})


def _kept(found: ConfList) -> str:
    """types.NetConfList as JSON: what no field of its structs holds is gone."""
    fields: dict[str, Any] = {"cniVersion": found.cni_version, "name": found.name}
    fields |= {"disableCheck": found.disable_check, "disableGC": found.disable_gc}
    fields["plugins"] = [_kept_plugin(plugin) for plugin in found.plugins]
    written = (f'"{key}":{gojson.marshal(value)}' for key, value in fields.items() if value)
    return "{" + ",".join(written) + "}"


def _kept_plugin(plugin: Plugin) -> dict[str, Any]:
    """types.PluginConf, which writes ipam always and dns where it says something."""
    fields = plugin.fields
    kept = {key: fields[key] for key in _KEPT_OF_PLUGIN if fields[key]}
    kept["ipam"] = {key: value for key, value in fields["ipam"].items() if value}
    dns = {key: fields["dns"][key] for key in _KEPT_OF_DNS if fields["dns"][key]}
    if dns:
        kept["dns"] = dns
    for key in ("prevResult", "cni.dev/valid-attachments"):
        if fields.get(key):
            kept[key] = fields[key]
    return kept
