"""containernetworking/cni's libcni: which files of a directory are CNI files, and what is valid.

Source: libcni/conf.go of the vendored 0.6, 0.7.1, 0.8.1 (Multus v3), 1.1.2, 1.2.0, 1.3.0 (v4).
A directory is given as its path and a mapping from file names to texts; a name with slashes is
a file in a folder below. Errors are ``GoError``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from migrator.golang import jsontext as gojson
from migrator.golang import semver
from migrator.golang import shape as goshape
from migrator.golang import text as gotext
from migrator.golang.errors import GoError
from migrator.golang.jsontext import Object
from migrator.multus import releases, shapes
from migrator.multus.releases import Release

Files = Mapping[str, str]

_LONGEST_NAME = 255


def conf_files(files: Iterable[str], extensions: tuple[str, ...]) -> list[str]:
    """ConfFiles: the names with one of the extensions, in the order of the names, no folders."""
    names = (name for name in files if "/" not in name)
    return sorted(name for name in names if gotext.extension(name) in extensions)


@lru_cache(maxsize=4096)
def plugin_name(text: str, release: Release) -> str:
    """ConfFromBytes: the name inside a single plugin's config."""
    try:
        conf = goshape.unmarshal(text, shapes.plugin_conf(release))
    except GoError as error:
        raise GoError(f"error parsing configuration: {error}") from None
    if not conf["type"] and releases.PLUGIN_TYPE_REQUIRED.holds(release):
        raise GoError("error parsing configuration: missing 'type'")
    name: str = conf["name"]
    return name


def list_name(path: str, directory: str, files: Files, release: Release) -> str:
    """ConfListFromFile: the name inside ``directory/path``, once all of its chain is valid."""
    name, plugins, inlined_only = _list(files[path], release)
    if not releases.SUBDIRECTORY_CHAIN.holds(release):
        return name
    chained = () if inlined_only else chain(directory, name, files, release)
    if not plugins and not chained:
        raise GoError("no plugin configs found")
    return name


def chain(directory: str, name: str, files: Files, release: Release) -> tuple[str, ...]:
    """NetworkPluginConfsFromFiles: the texts of <directory>/<name>/*.conf, each of them valid."""
    folder = gotext.join(directory, name)
    problem = _unreadable(folder, directory, files)
    if problem:
        raise GoError(f"failed to read plugin config files in {folder}: open {folder}: {problem}")
    texts = tuple(files[path] for path in _below(folder, directory, files))
    for text in texts:
        plugin_name(text, release)
    return texts


def _relative(folder: str, directory: str) -> str | None:
    """The folder below the directory ("" for itself), None outside, where nothing is known."""
    base = gotext.clean(directory)
    if folder == base:
        return ""
    return folder[len(base) + 1 :] if folder.startswith(f"{base}/") else None


def _below(folder: str, directory: str, files: Files) -> list[str]:
    relative = _relative(folder, directory)
    if relative is None:
        return []
    prefix = f"{relative}/" if relative else ""
    inside = [path[len(prefix) :] for path in files if path.startswith(prefix)]
    return [prefix + name for name in conf_files(inside, (".conf",))]


def _unreadable(folder: str, directory: str, files: Files) -> str:
    """Why reading the folder is an error; that it is not there is none."""
    if "\0" in folder:
        return "invalid argument"
    parts = (_relative(folder, directory) or "").split("/")
    for depth, part in enumerate(parts, 1):
        if "/".join(parts[:depth]) in files:
            return "not a directory"
        if len(part.encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
            return "file name too long"
    return ""


@lru_cache(maxsize=4096)
def _list(text: str, release: Release) -> tuple[str, int, bool]:
    """ConfListFromBytes: name, number of plugins, and whether loadOnlyInlinedPlugins is set."""
    raw = _raw_list(text)
    name = _text(raw, "name")
    if name is None:
        raise GoError("error parsing configuration list: no name")
    version = _text(raw, "cniVersion") or ""
    inlined_only = False
    if releases.LENIENT_BOOLEANS.holds(release):
        _check_versions(raw, version)
        _boolean(raw, "disableCheck")
        _boolean(raw, "disableGC")
        if releases.SUBDIRECTORY_CHAIN.holds(release):
            inlined_only = _boolean(raw, "loadOnlyInlinedPlugins")
    elif releases.DISABLE_CHECK.holds(release):
        disable = raw.get("disableCheck", False)
        if not isinstance(disable, bool):
            kind = gotext.type_name(disable)
            raise GoError(f"error parsing configuration list: invalid disableCheck type {kind}")
    return name, _plugins(raw, inlined_only, release), inlined_only


def _raw_list(text: str) -> Mapping[str, Any]:
    try:
        raw = goshape.unmarshal(text, shapes.RAW)
    except GoError as error:
        raise GoError(f"error parsing configuration list: {error}") from None
    return raw or {}


def _text(raw: Mapping[str, Any], key: str) -> str | None:
    if key not in raw:
        return None
    value = raw[key]
    if not isinstance(value, str):
        kind = gotext.type_name(value)
        raise GoError(f"error parsing configuration list: invalid {key} type {kind}")
    return value


def _boolean(raw: Mapping[str, Any], key: str) -> bool:
    """readBool of libcni 1.2: true, false, or a string that says so."""
    value = raw.get(key, False)
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        kind = gotext.type_name(value)
        raise GoError(f"error parsing configuration list: invalid type {kind} for {key}")
    lowered = value.lower()
    if lowered not in ("true", "false"):
        shown = gotext.quote(lowered)
        raise GoError(f"error parsing configuration list: invalid value {shown} for {key}")
    return lowered == "true"


def _check_versions(raw: Mapping[str, Any], version: str) -> None:
    """cniVersions of libcni 1.2: strings that parse; then cniVersion must parse too."""
    if "cniVersions" not in raw:
        return
    versions = raw["cniVersions"]
    if not isinstance(versions, list):
        # Go prints the type it wanted, the variable of the failed assertion.
        raise GoError(
            "error parsing configuration list: invalid type for cniVersions: []interface {}"
        )
    for index, entry in enumerate(versions):
        if not isinstance(entry, str):
            # Likewise: the failed assertion leaves the entry itself to print.
            raise GoError(
                "error parsing configuration list: invalid type for cniVersions index "
                f"{index}: {gotext.type_name(entry)}"
            )
        _parsed(entry, f"cniVersions entry {entry} at index {index}")
    if version:
        _parsed(version, f"cniVersion {version}")


def _parsed(version: str, what: str) -> None:
    try:
        semver.cni_version(version)
    except GoError as error:
        raise GoError(f"error parsing configuration list: invalid {what}: {error}") from None


def _plugins(raw: Mapping[str, Any], inlined_only: bool, release: Release) -> int:
    if "plugins" not in raw:
        if inlined_only:
            raise GoError(
                "error parsing configuration list: `loadOnlyInlinedPlugins` is true, and no "
                "'plugins' key"
            )
        if releases.SUBDIRECTORY_CHAIN.holds(release):
            return 0
        raise GoError("error parsing configuration list: no 'plugins' key")
    plugins = raw["plugins"]
    if not isinstance(plugins, list):
        kind = gotext.type_name(plugins)
        raise GoError(f"error parsing configuration list: invalid 'plugins' type {kind}")
    if not plugins:
        raise GoError("error parsing configuration list: no plugins in list")
    for index, plugin in enumerate(plugins):
        _check_plugin(index, plugin, release)
    return len(plugins)


def _check_plugin(index: int, plugin: Any, release: Release) -> None:
    """Each plugin of a list is written anew and read like a file of its own."""
    try:
        plugin_name(gojson.marshal(plugin), release)
    except GoError as error:
        failed = "Failed" if releases.CAPITAL_PLUGIN_ERRORS.holds(release) else "failed"
        raise GoError(f"{failed} to parse plugin config {index}: {error}") from None


def with_chain(text: str, chained: tuple[str, ...]) -> str:
    """A conflist with the plugins of its folder appended, as libcni 1.3 runs it."""
    raw = gojson.parse(text)
    whole: dict[str, Any] = dict(raw) if isinstance(raw, Object) else {}
    own = whole.get("plugins")
    plugins = [*(own if isinstance(own, list) else ()), *map(gojson.parse, chained)]
    return gojson.marshal({**whole, "plugins": plugins}) if chained else text
