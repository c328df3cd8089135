"""Filling the blueprints in templates: Jinja2, then parsed at once, as manifests are."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from typing import Any, Final

from jinja2 import Environment

from migrator.read.yamltext import parse_yaml
from migrator.trees import jinja


@cache
def _environment() -> Environment:
    return jinja.environment(jinja.BLUEPRINTS, {"tojson": _quoted})


_NOT_IN_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def _quoted(value: Any) -> str:
    """A value as JSON that is YAML too: what YAML refuses or folds as it is stands as an escape."""
    text = json.dumps(value, ensure_ascii=False)
    return _NOT_IN_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def fill(name: str, /, **values: Any) -> Any:
    """The blueprint ``<name>.yaml.j2`` as data, which nobody mutates.

    Errors: jinja2.UndefinedError where a value is missing (a bug, not an input error).
    """
    return _parsed(text(name, **values))


def text(name: str, /, **values: Any) -> str:
    """The blueprint as it is written, with its comments. Errors: as `fill`."""
    return _environment().get_template(f"{name}.yaml.j2").render(**values)


@lru_cache(maxsize=64)
def _parsed(filled: str) -> Any:
    """Every step asks for the same blueprint: it is parsed once."""
    return parse_yaml(filled, file="a blueprint", line=1).value
