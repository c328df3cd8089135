"""Variables that a tool fills in when a manifest is applied: ``${NAME}``, ``${NAME:=default}``.

Flux's postBuild (fluxcd/pkg/envsubst, after drone/envsubst) and GNU envsubst know this form alone;
``$${NAME}`` is how Flux writes a dollar sign that stays.
"""

from __future__ import annotations

import re
from typing import Final

_BEGIN: Final = "${"
_VARIABLE: Final = re.compile(r"(?<!\$)\$\{[A-Za-z_]\w*(?:[^{}]|\{[^{}]*\})*\}")


def variables(text: str) -> tuple[str, ...]:
    """The variables of a text as they are written there, each once, in their order."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text))) if _BEGIN in text else ()


def has_variables(text: str) -> bool:
    """Whether a text is another one when it is applied, so that it need not be JSON yet."""
    return _BEGIN in text and _VARIABLE.search(text) is not None


def masked(text: str) -> str:
    """The text with each variable made letters, as long as it was: where its parts begin."""
    return _VARIABLE.sub(lambda match: "x" * len(match[0]), text)
