"""``--fetch``, of the commands that build or render."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def fetching(command: F) -> F:
    """Decorator: --fetch. It counts on the command line alone, never in the environment or in settings
    (ruling 10): who runs it says so."""
    return click.option(
        "--fetch",
        is_flag=True,
        allow_from_autoenv=False,
        help="Let kustomize and helm download what your files take from elsewhere, by https or from "
        "an OCI registry.",
    )(command)
