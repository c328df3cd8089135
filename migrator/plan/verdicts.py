"""Whether a network is the same before and after."""

from __future__ import annotations

from migrator.model.plan import Resolution, Verdict
from migrator.trees.embedded import json_or_text
from migrator.trees.paths import same


def verdict_of(
    before: Resolution, after: Resolution, same_directory: bool, found: bool
) -> tuple[Verdict, str]:
    """The verdict and its reason; ``found`` says that the NAD is among the inputs."""
    if before.unknown or after.unknown:
        if before.unknown == after.unknown and found and same_directory:
            return "equal", f"the same directory of the node is read; {before.unknown}"
        return "unknown", after.unknown or before.unknown
    if before.error and after.error:
        return "still-broken", "no pod gets it today either"
    if before.error:
        return "cured", f"today: {before.error}"
    if after.error:
        return "broken", after.error
    if _same(before.config, after.config):
        return "equal", ""
    return "changed", "the configuration is not the same"


def _same(one: str, other: str) -> bool:
    return one == other or same(json_or_text(one), json_or_text(other))
