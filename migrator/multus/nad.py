"""A NetworkAttachmentDefinition -> the CNI config that Multus runs for it.

Source: GetCNIConfig, pkg/utils/cniconfig.go of network-attachment-definition-client; in Multus
v3.1 to v3.3 cniConfigFromNetworkResource in k8sclient.go, with the same logic.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from migrator.golang import jsontext as gojson
from migrator.golang import shape as goshape
from migrator.golang import text as gotext
from migrator.golang.errors import GoError, GoPanic
from migrator.multus import delegate as delegates
from migrator.multus import libcni, releases, shapes
from migrator.multus.delegate import Delegate
from migrator.multus.releases import Release

_EXTENSIONS = (".conf", ".json", ".conflist")


class ConfDir(Struct, frozen=True, kw_only=True, eq=False):
    """Multus's confDir as Multus sees it: ``files`` by name, None where it is not there.

    One is another than the next even with the same files, so that each is read only once.

    A name with slashes is a file in a folder below (libcni 1.3 reads those of a chain).
    """

    path: str
    files: Mapping[str, str] | None


class Answer(Struct, frozen=True, kw_only=True):
    """What Multus makes of a NAD: a config with its delegate or why it is none; or an error.

    Where it panics, ``panic`` has the words and the rest is empty. ``source`` is the file that
    gave the config, "" for spec.config.
    """

    config: str = ""
    error: str = ""
    panic: str = ""
    delegate: Delegate | None = None
    delegate_error: str = ""
    source: str = ""


def resolve(name: str, config: str | None, conf_dir: ConfDir, release: Release) -> Answer:
    """The config of the NAD ``name``; ``config`` is its spec.config, None where it has none."""
    try:
        text, source = cni_config(name, config, conf_dir, release)
    except GoError as error:
        return Answer(error=str(error))
    except GoPanic as panic:
        return Answer(panic=str(panic))
    try:
        delegate = delegates.load(text, release)
    except GoError as error:
        return Answer(config=text, delegate_error=str(error), source=source)
    except GoPanic as panic:
        return Answer(panic=str(panic))
    return Answer(config=text, delegate=delegate, source=source)


def cni_config(
    name: str, config: str | None, conf_dir: ConfDir, release: Release
) -> tuple[str, str]:
    """GetCNIConfig: the bytes and the file they come from; ``GoError`` or ``GoPanic``."""
    old = releases.OLD_DELEGATE_ERRORS.holds(release)
    try:
        if config:
            return from_spec(name, config), ""
        return from_file(name, conf_dir, release)
    except GoError as error:
        own = "cniConfigFromNetworkResource" if old else "GetCNIConfig"
        place = "getCNIConfigFromFile" if old else "GetCNIConfigFromFile"
        if config:
            place = "getCNIConfigFromSpec: getCNIConfigFromSpec" if old else "getCNIConfigFromSpec"
        raise GoError(f"{own}: err in {place}: {error}") from None


def from_spec(name: str, config: str) -> str:
    """GetCNIConfigFromSpec: the text as it is, or written anew with a name if it has none."""
    try:
        raw = goshape.unmarshal(config, shapes.RAW)
    except GoError as error:
        raise GoError(f"failed to unmarshal Spec.Config: {error}") from None
    if raw is None:
        raise GoPanic("assignment to entry in nil map")
    if "name" in raw and raw["name"] != "":
        return config
    return gojson.marshal({**raw, "name": name})


def from_file(name: str, conf_dir: ConfDir, release: Release) -> tuple[str, str]:
    """GetCNIConfigFromFile: the first file with this name inside; "" takes the first file.

    Every file before it must be valid, whatever network it is for.
    """
    contents = _contents(conf_dir, release)
    if not contents.names:
        raise GoError(f"No networks found in {conf_dir.path}")
    found = contents.first.get(name) if name else 0
    if contents.broken is not None and (found is None or contents.broken <= found):
        raise GoPanic(contents.panic) if contents.panic else GoError(contents.error)
    if found is None:
        raise GoError(f"no network available in the name {name} in cni dir {conf_dir.path}")
    file = contents.names[found]
    path = gotext.join(conf_dir.path, file)
    text = (conf_dir.files or {})[file]
    if not file.endswith(".conflist"):
        _check_type(text, path, release)
    return text, path


class _Contents(Struct, frozen=True, kw_only=True):
    """A conf dir, read once: its files in order, the first file of each network, and the first
    file that cannot be read (None where all can) with the error or panic that it gives."""

    names: tuple[str, ...]
    first: Mapping[str, int]
    broken: int | None = None
    error: str = ""
    panic: str = ""


@lru_cache(maxsize=1024)
def _contents(conf_dir: ConfDir, release: Release) -> _Contents:
    files = conf_dir.files or {}
    names = tuple(libcni.conf_files(files, _EXTENSIONS))
    first: dict[str, int] = {}
    index = 0
    try:
        for index, file in enumerate(names):
            first.setdefault(_inner_name(file, conf_dir, release), index)
    except GoError as error:
        return _Contents(names=names, first=first, broken=index, error=str(error))
    except GoPanic as panic:
        return _Contents(names=names, first=first, broken=index, panic=str(panic))
    return _Contents(names=names, first=first)


def _inner_name(file: str, conf_dir: ConfDir, release: Release) -> str:
    files = conf_dir.files or {}
    is_list = file.endswith(".conflist")
    try:
        if is_list:
            return libcni.list_from_file(file, conf_dir.path, files, release).name
        return libcni.plugin(files[file], release).name
    except GoError as error:
        kind = "conflist" if is_list else "config"
        path = gotext.join(conf_dir.path, file)
        raise GoError(f"Error loading CNI {kind} file {path}: {error}") from None


def _check_type(text: str, path: str, release: Release) -> None:
    """Where libcni does not ask for a type yet (v3.1 to v3.4.1), Multus does."""
    if not goshape.unmarshal(text, shapes.plugin_conf(release))["type"]:
        raise GoError(
            f"Error loading CNI config file {path}: no 'type'; perhaps this is a .conflist?"
        )
