"""Where the planned daemons look for the plugins that a plan's networks call."""

from __future__ import annotations

from migrator.checks.mounts import search_dirs
from migrator.model.plan import Plan


def directories(plan: Plan) -> tuple[str, ...]:
    """In the order in which they are searched, without doubles."""
    installs = [i for i in plan.after.inventory.installs if i.mode == "thick"]
    return tuple(dict.fromkeys(path for install in installs for path in search_dirs(install)))
