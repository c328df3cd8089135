"""Trees -> YAML text with ruamel.yaml: what libyaml would write otherwise, or cannot comment."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

from migrator.trees.dump import HIDDEN, NO_FOLDING, Location, null_node, one_line, text_node

_INDENT: Final = 2


class _Representer(RoundTripRepresenter):
    def number(self, value: float) -> ScalarNode:
        mantissa, e, exponent = repr(value).partition("e")  # 1e+16 is a string to YAML 1.1
        text = f"{mantissa}{'.0' if '.' not in mantissa else ''}{e}{exponent}"
        return self.represent_scalar("tag:yaml.org,2002:float", text)


_Representer.add_representer(str, text_node)
_Representer.add_representer(type(None), null_node)
_Representer.add_representer(float, _Representer.number)


def dump(tree: Any, comments: Mapping[Location, Sequence[str]]) -> str:
    """One YAML document, with the lines of ``comments[location]`` above each location."""
    form = YAML()
    form.Representer = _Representer
    form.width = NO_FOLDING
    form.default_flow_style = False
    stream = io.StringIO()
    form.dump(_commented(tree, (), 0, comments), stream)
    # ruamel writes these as they are; they stand in double quotes alone, see `text_node`
    return re.sub(HIDDEN, _escaped, stream.getvalue())


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _commented(
    tree: Any, at: Location, column: int, comments: Mapping[Location, Sequence[str]]
) -> Any:
    """The tree as ruamel's own types, which alone can carry comments."""
    if isinstance(tree, Mapping):
        result: Any = CommentedMap()
        for key, value in tree.items():
            inner = column if isinstance(value, list) else column + _INDENT
            result[key] = _commented(value, (*at, key), inner, comments)
    elif isinstance(tree, list):
        result = CommentedSeq(
            _commented(value, (*at, index), column + _INDENT, comments)
            for index, value in enumerate(tree)
        )
    else:
        return tree
    for key in tree if isinstance(tree, Mapping) else range(len(tree)):
        lines = comments.get((*at, key))
        if lines:
            text = "\n".join(map(one_line, lines))
            result.yaml_set_comment_before_after_key(key, before=text, indent=column)
    return result
