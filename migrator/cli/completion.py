"""What a shell offers beside names of options and files (docs/install.md says how it is switched on)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def rule_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of rules that begin so, each with its title."""
    from click.shell_completion import CompletionItem  # only where a shell asks

    from migrator.catalogue.printed import printed

    pages = (page for page in printed().values() if page.title)
    found = (page for page in pages if page.id.startswith(incomplete.upper()))
    return [CompletionItem(page.id, help=page.title) for page in found]
