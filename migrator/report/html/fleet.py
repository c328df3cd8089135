"""fleet.html: many clusters as one page, with links to the report of each."""

from __future__ import annotations

from markupsafe import Markup

from migrator import __version__
from migrator.report.fleet import Named, described
from migrator.report.html.shell import asset, pages, policy, tight


def render(named: Named) -> str:
    """The page."""
    style = asset("page.css")
    page = pages().get_template("fleet.html.j2")
    shown = page.render(
        version=__version__,
        style=Markup(style),  # noqa: S704  # our own file
        policy=policy(style),
        **described(named),
    )
    return tight(shown)
