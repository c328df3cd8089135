"""A small difference laid over the DaemonSet of a case, with the form of its YAML text kept."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from migrator.read.scalars import resolve
from migrator.trees.paths import LIST_KEYS

_SEPARATOR: Final = re.compile(r"^---\n", re.MULTILINE)
_ONE_LINE: Final = 72
"""A value whose JSON is no longer stands in one line."""


def merged(texts: Iterable[str], patches: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The documents of the texts, with the patches merged into the first DaemonSet.

    Keys of ``patches``: ``daemonset`` for the whole object, ``pod`` for the spec of its pods,
    ``container`` for their first container.
    """
    left = patches
    for text in (part for whole in texts for part in _SEPARATOR.split(whole)):
        if left and "\nkind: DaemonSet\n" in text:
            text, left = _patched(text, left), {}
        yield text


def _patched(text: str, patches: Mapping[str, Mapping[str, Any]]) -> str:
    tree = deepcopy(_loaded(text))
    pod = tree["spec"]["template"]["spec"]
    places = {"daemonset": tree, "pod": pod, "container": pod["containers"][0]}
    for kind, patch in patches.items():
        _merge(places[kind], patch)
    stream = io.StringIO()
    _form().dump(tree, stream)
    return stream.getvalue()


@cache
def _loaded(text: str) -> Any:
    """Hundreds of cases share a few DaemonSets."""
    return _form().load(text)


def _form() -> YAML:
    form = YAML()
    form.indent(mapping=2, sequence=4, offset=2)
    form.width = 2**31 - 1
    form.preserve_quotes = True
    return form


def _merge(into: CommentedMap, patch: Mapping[str, Any]) -> None:
    for key, value in patch.items():
        old = into.get(key)
        if value is None:
            into.pop(key, None)
        elif isinstance(old, CommentedMap) and isinstance(value, Mapping):
            _merge(old, value)
        elif isinstance(old, CommentedSeq) and key in LIST_KEYS:
            _merge_items(old, value, LIST_KEYS[key])
        else:
            into[key] = _styled(value)


def _merge_items(into: CommentedSeq, items: Iterable[Mapping[str, Any]], merge_key: str) -> None:
    """New items come last."""
    for item in items:
        same = next((old for old in into if old[merge_key] == item[merge_key]), None)
        if same is None:
            into.append(_styled(item))
        else:
            _merge(same, item)


def _styled(value: Any) -> Any:
    """A value as ruamel writes it: what is short in one line, the rest as a block."""
    if isinstance(value, Mapping):
        result: Any = CommentedMap({key: _styled(below) for key, below in value.items()})
    elif isinstance(value, list):
        result = CommentedSeq(_styled(below) for below in value)
    elif isinstance(value, str) and resolve(value) != value:
        return DoubleQuotedScalarString(value)
    else:
        return value
    if len(json.dumps(value)) <= _ONE_LINE:
        result.fa.set_flow_style()
    return result
