"""YAML text in which Flux finds no variables: its ``postBuild`` fills in all of a release's text.

What a chart makes never went through that. So a ``${NAME}`` of it, in a script, say, has to come out of
the patches as it is: in double quotes, where YAML has other ways to write a dollar sign.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

_VARIABLE: Final = "${"


def unfilled(text: str, own: str) -> str:
    """The YAML document with each scalar that holds a ``${`` written so that nothing fills it in; save
    those whose variables stand in ``own`` too, the text of the release, where they are filled in alike.

    Comments keep none. It reads as the same data.
    """
    if _VARIABLE not in text:
        return text
    parts, at = [], 0
    for node in _scalars(yaml.compose(text, Loader=yaml.SafeLoader)):
        if _VARIABLE not in node.value:
            continue
        start, end = node.start_mark.index, node.end_mark.index
        parts.append(_without(text[at:start]))
        old = text[start:end]
        parts.append(old if is_own(node.value, own) else _quoted(node.value) + _end(old))
        at = end
    return "".join([*parts, _without(text[at:])])


def _scalars(node: Any) -> Iterator[Any]:
    """All scalars below a node, in the order of the text."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(key)
            yield from _scalars(value)


def is_own(value: str, own: str) -> bool:
    """Whether each thing that begins like a variable is written in the release, ``own``, as well."""
    return all(
        f"{_VARIABLE}{rest.partition('}')[0]}}}" in own for rest in value.split(_VARIABLE)[1:]
    )


def _quoted(value: str) -> str:
    text: str = yaml.dump(value, default_style='"', width=2**31 - 1, allow_unicode=False)
    return text.rstrip("\n").replace("$", "\\x24")


def _end(old: str) -> str:
    """A block scalar ends behind its last line."""
    return "\n" if old.endswith("\n") else ""


def _without(text: str) -> str:
    return text.replace(_VARIABLE, "$ {")
