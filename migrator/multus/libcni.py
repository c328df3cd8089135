"""containernetworking/cni's libcni: which files of a directory are CNI files, and what is valid.

Source: libcni/conf.go of the vendored 0.6, 0.7.1, 0.8.1 (Multus v3), 1.1.2, 1.2.0, 1.3.0 (v4).
A directory is given as its path and a mapping from file names to texts; a name with slashes is
a file in a folder below. Errors are ``GoError``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.golang import jsontext as gojson
from migrator.golang import shape as goshape
from migrator.golang import text as gotext
from migrator.golang.errors import NIL_DEREFERENCE, GoError, GoPanic
from migrator.multus import cniversions, releases, shapes
from migrator.multus.releases import Release

Files = Mapping[str, str]

_LONGEST_FILE_NAME: Final = 255


class Plugin(Struct, frozen=True, kw_only=True):
    """One plugin's config: its bytes and what libcni reads of them."""

    text: str
    name: str
    type: str
    cni_version: str
    fields: Mapping[str, Any]


class ConfList(Struct, frozen=True, kw_only=True):
    """A chain of plugins as libcni runs it; ``text`` has the bytes it was read from.

    From libcni 1.3 ``plugins`` holds those of the network's folder too, where it is known, and
    may be empty; ``cni_version`` is what the plugins are given.
    """

    text: str
    name: str
    cni_version: str
    disable_check: bool
    disable_gc: bool
    inlined_only: bool
    plugins: tuple[Plugin, ...]


def conf_files(files: Iterable[str], extensions: tuple[str, ...]) -> list[str]:
    """ConfFiles: the names with one of the extensions, in the order of the names, no folders."""
    names = (name for name in files if "/" not in name)
    return sorted(name for name in names if gotext.extension(name) in extensions)


@lru_cache(maxsize=4096)
def plugin(text: str, release: Release) -> Plugin:
    """ConfFromBytes: a single plugin's config, or ``GoError``, or ``GoPanic``."""
    try:
        conf = goshape.unmarshal(text, shapes.plugin_conf(release))
    except GoError as error:
        raise GoError(f"error parsing configuration: {error}") from None
    if releases.NULL_PANICS.holds(release) and text.strip(" \t\r\n") == "null":
        raise GoPanic(NIL_DEREFERENCE)
    if not conf["type"] and releases.PLUGIN_TYPE_REQUIRED.holds(release):
        raise GoError("error parsing configuration: missing 'type'")
    return Plugin(
        text=text,
        name=conf["name"],
        type=conf["type"],
        cni_version=conf["cniVersion"],
        fields=conf,
    )


def list_from_file(path: str, directory: str, files: Files, release: Release) -> ConfList:
    """ConfListFromFile: the list in ``directory/path`` with its chain, all of it valid."""
    found = conf_list(files[path], release)
    if not releases.SUBDIRECTORY_CHAIN.holds(release):
        return found
    if not found.inlined_only:
        chained = chain(directory, found.name, files, release)
        found = replace(found, plugins=found.plugins + chained)
    if not found.plugins:
        raise GoError("no plugin configs found")
    return found


def chain(directory: str, name: str, files: Files, release: Release) -> tuple[Plugin, ...]:
    """NetworkPluginConfsFromFiles: <directory>/<name>/*.conf, each of them valid."""
    folder = gotext.join(directory, name)
    problem = _unreadable(folder, directory, files)
    if problem:
        raise GoError(f"failed to read plugin config files in {folder}: open {folder}: {problem}")
    return tuple(plugin(files[path], release) for path in _below(folder, directory, files))


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
        if len(part.encode("utf-8", "surrogatepass")) > _LONGEST_FILE_NAME:
            return "file name too long"
    return ""


@lru_cache(maxsize=4096)
def conf_list(text: str, release: Release) -> ConfList:
    """ConfListFromBytes: a list by its bytes alone; ``GoError``, or ``GoPanic``."""
    raw = _raw_list(text)
    name = _text(raw, "name")
    if name is None:
        raise GoError("error parsing configuration list: no name")
    version = cniversions.of_list(raw, _text(raw, "cniVersion") or "", release)
    lenient = releases.LENIENT_BOOLEANS.holds(release)
    disable_check = _boolean(raw, "disableCheck") if lenient else _disable_check(raw, release)
    disable_gc = lenient and _boolean(raw, "disableGC")
    folders = releases.SUBDIRECTORY_CHAIN.holds(release)
    inlined_only = folders and _boolean(raw, "loadOnlyInlinedPlugins")
    return ConfList(
        text=text,
        name=name,
        cni_version=version,
        disable_check=disable_check,
        disable_gc=disable_gc,
        inlined_only=inlined_only,
        plugins=_plugins(raw, inlined_only, release),
    )


def _disable_check(raw: Mapping[str, Any], release: Release) -> bool:
    """disableCheck before libcni 1.2.0: true or false, in 1.2.0-rc1 also as a string."""
    if not releases.DISABLE_CHECK.holds(release):
        return False
    value = raw.get("disableCheck", False)
    if isinstance(value, bool):
        return value
    place = "error parsing configuration list: invalid disableCheck"
    if not isinstance(value, str) or not releases.LENIENT_CHECK.holds(release):
        raise GoError(f"{place} type {gotext.type_name(value)}")
    if value.lower() not in ("true", "false"):
        raise GoError(f"{place} value {gotext.quote(value)}")
    return value.lower() == "true"


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


def _plugins(raw: Mapping[str, Any], inlined_only: bool, release: Release) -> tuple[Plugin, ...]:
    if "plugins" not in raw:
        if inlined_only:
            raise GoError(
                "error parsing configuration list: `loadOnlyInlinedPlugins` is true, and no "
                "'plugins' key"
            )
        if releases.SUBDIRECTORY_CHAIN.holds(release):
            return ()
        raise GoError("error parsing configuration list: no 'plugins' key")
    plugins = raw["plugins"]
    if not isinstance(plugins, list):
        kind = gotext.type_name(plugins)
        raise GoError(f"error parsing configuration list: invalid 'plugins' type {kind}")
    if not plugins:
        raise GoError("error parsing configuration list: no plugins in list")
    return tuple(_inlined(index, entry, release) for index, entry in enumerate(plugins))


def _inlined(index: int, entry: Any, release: Release) -> Plugin:
    """Each plugin of a list is written anew and read like a file of its own."""
    try:
        return plugin(gojson.marshal(entry), release)
    except GoError as error:
        failed = "Failed" if releases.CAPITAL_PLUGIN_ERRORS.holds(release) else "failed"
        raise GoError(f"{failed} to parse plugin config {index}: {error}") from None


def with_chain(found: ConfList) -> str:
    """The list with the plugins of its folder in it, as ADD runs it: the bytes it was read from
    where the folder adds none."""
    raw = _raw_list(found.text)
    own = raw.get("plugins")
    if isinstance(own, list) and len(own) == len(found.plugins):
        return found.text
    plugins = [gojson.parse(one.text) for one in found.plugins]
    return gojson.marshal({**raw, "plugins": plugins})
