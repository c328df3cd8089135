"""LoadDelegateNetConf: whether Multus takes a config as a delegate, and the bytes it will run.

Source: pkg/types/conf.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from migrator.golang import jsontext as gojson
from migrator.golang import shape as goshape
from migrator.golang import text as gotext
from migrator.golang.errors import NIL_DEREFERENCE, GoError, GoPanic
from migrator.multus import shapes
from migrator.multus.releases import Release


class Delegate(Struct, frozen=True, kw_only=True):
    """What Multus knows of a delegate; ``type`` is "" for a list, whose plugins have theirs."""

    name: str
    type: str
    is_list: bool


def selected(delegate: Delegate, namespace: str, name: str) -> Delegate:
    """The delegate of a selected NAD: its name stands in the place of the config's."""
    if not name:
        return delegate
    return Delegate(name=f"{namespace}/{name}", type=delegate.type, is_list=delegate.is_list)


@lru_cache(maxsize=4096)
def load(config: str, release: Release) -> Delegate:
    """LoadDelegateNetConf without a network selection, or ``GoError``, or ``GoPanic``."""
    try:
        conf = goshape.unmarshal(config, shapes.plugin_conf(release))
    except GoError as error:
        raise GoError(
            f"LoadDelegateNetConf: error unmarshalling delegate config: {error}"
        ) from None
    if conf["type"]:
        return Delegate(name=conf["name"], type=conf["type"], is_list=False)
    try:
        return _load_list(config, release)
    except GoError as error:
        raise GoError(
            f"LoadDelegateNetConf: failed with: LoadDelegateNetConfList: {error}"
        ) from None


def _load_list(config: str, release: Release) -> Delegate:
    try:
        conf = goshape.unmarshal(config, shapes.net_conf_list(release))
    except GoError as error:
        raise GoError(f"error unmarshalling delegate conflist: {error}") from None
    plugins = conf["plugins"]
    if plugins is None:
        raise GoError("delegate must have the 'type' or 'plugin' field")
    if not plugins:
        raise GoPanic("runtime error: index out of range [0] with length 0")
    if plugins[0] is None:
        raise GoPanic(NIL_DEREFERENCE)
    if not plugins[0]["type"]:
        raise GoError("a plugin delegate must have the 'type' field")
    return Delegate(name=conf["name"], type="", is_list=True)


def with_cni_args(config: str, delegate: Delegate, args: Mapping[str, Any] | None) -> str:
    """addCNIArgsInConfig and addCNIArgsInConfList: the selection's cni-args in the config.

    Without cni-args the bytes stay as they are; with them Multus writes the whole config anew.
    """
    if args is None:
        return config
    try:
        raw = goshape.unmarshal(config, shapes.RAW)
        if not delegate.is_list:
            return gojson.marshal(_injected(raw, args))
        return gojson.marshal({**raw, "plugins": _injected_list(raw, args)})
    except GoError as error:
        place = "addCNIArgsInConfList()" if delegate.is_list else "addCNIArgsInConfig()"
        raise GoError(
            f"LoadDelegateNetConf(): failed to add cni-args in NetConfList bytes: {place}: {error}"
        ) from None


def _injected_list(raw: Mapping[str, Any], args: Mapping[str, Any]) -> list[Any]:
    """The struct found plugins under any spelling of the key, the map only under the right one."""
    if "plugins" not in raw:
        raise GoError("unable to get plugin list")
    plugins = raw["plugins"]
    if not isinstance(plugins, list):
        raise GoError("unable to typecast plugin list")
    return [_injected(_map(plugin), args) for plugin in plugins]


def _injected(config: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """injectCNIArgs: args.cni gets the cni-args, over its own entries of the same name."""
    if "args" not in config:
        return {**config, "args": {"cni": args}}
    own = _map(config["args"])
    cni = {**_map(own["cni"]), **args} if "cni" in own else args
    return {**config, "args": {**own, "cni": cni}}


def _map(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise GoPanic(conversion_panic(value, "map[string]interface {}"))
    return value


def conversion_panic(value: Any, wanted: str) -> str:
    """What a failed type assertion without a check panics with."""
    kind = "nil" if value is None else gotext.type_name(value)
    return f"interface conversion: interface {{}} is {kind}, not {wanted}"
