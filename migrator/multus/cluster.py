"""clusterNetwork and defaultNetworks of Multus's configuration -> a config.

Source: getNetDelegate and GetDefaultNetworks, pkg/k8sclient/k8sclient.go.
"""

from __future__ import annotations

from migrator.golang import text as gotext
from migrator.golang.errors import GoError, GoPanic
from migrator.model.plan import Resolution
from migrator.multus import annotation, libcni, lookup, nad, releases
from migrator.multus import delegate as delegates
from migrator.multus.lookup import Installed, Unknown
from migrator.multus.nad import ConfDir


def resolve(installed: Installed, name: str, is_cluster_network: bool) -> Resolution:
    """A NAD in multusNamespace, else a file of confDir by its inner name; or a path."""
    try:
        resolution = _resolve(installed, name)
    except GoPanic as panic:
        return Resolution(error=f"panic: {panic}")
    except GoError as error:
        resolution = Resolution(error=str(error))
    panicked = resolution.error.startswith("panic: ")
    hidden = is_cluster_network and releases.CLUSTER_NETWORK_FILE.holds(installed.release)
    if resolution.error and hidden and not panicked:
        return Resolution(
            error=f"GetDefaultNetworks: failed to get clusterNetwork {name} in namespace "
            f"{installed.multus_namespace}"
        )
    return resolution


def _resolve(installed: Installed, name: str) -> Resolution:
    if "/" in name and releases.CLUSTER_NETWORK_FILE.holds(installed.release):
        return _from_path(installed, name)
    selections = annotation.named(name, installed.multus_namespace, installed.release)
    resolution = lookup.delegate(installed, selections)
    if resolution.config or resolution.unknown or resolution.error.startswith("panic: "):
        return resolution
    if isinstance(installed.files, Unknown):
        return Resolution(unknown=installed.files.reason)
    try:
        text, path = nad.from_file(name, lookup.conf_dir(installed), installed.release)
    except GoError:
        if "/" in name:
            return _from_directory(installed, name)
        raise GoError(f"getNetDelegate: cannot find network: {name}") from None
    return _loaded(installed, text, path)


def _loaded(installed: Installed, text: str, where: str) -> Resolution:
    delegates.load(text, installed.release)
    return Resolution(config=text, where=where)


def _from_path(installed: Installed, path: str) -> Resolution:
    """A file (since v4.0.0) or a directory, of which the first valid file is taken."""
    if path not in installed.paths:
        return _from_directory(installed, path)
    files = _beside(installed, gotext.directory(path))
    text, name = installed.paths[path], path.rpartition("/")[2]
    if not path.endswith(".conflist"):
        libcni.plugin_name(text, installed.release)
        return _loaded(installed, text, path)
    folder = gotext.directory(path)
    inner = libcni.list_name(name, folder, files, installed.release)
    if releases.SUBDIRECTORY_CHAIN.holds(installed.release):
        text = libcni.with_chain(text, libcni.chain(folder, inner, files, installed.release))
    return _loaded(installed, text, path)


def _from_directory(installed: Installed, path: str) -> Resolution:
    files = _beside(installed, path)
    if not files:
        return Resolution(unknown=f"{path} was not copied")
    if not libcni.conf_files(files, (".conf", ".conflist")):
        raise GoError(f"getNetDelegate: cannot find network: {path}")
    text, where = nad.from_file("", ConfDir(path=path, files=files), installed.release)
    return _loaded(installed, text, where)


def _beside(installed: Installed, directory: str) -> dict[str, str]:
    prefix = gotext.clean(directory).rstrip("/") + "/"
    return {
        path[len(prefix) :]: text
        for path, text in installed.paths.items()
        if path.startswith(prefix)
    }
