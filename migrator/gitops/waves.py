"""New files that Argo CD would apply behind the release that needs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from migrator.gitops.in_place import Rewrite
from migrator.gitops.places import parsed_documents
from migrator.read.files import shown
from migrator.trees.dig import string

WAVE: Final = "argocd.argoproj.io/sync-wave"
"""Objects of one application are applied wave by wave, 0 where none is said, and the next wave waits
until the one before it is healthy (argo-cd.readthedocs.io, "Sync Phases and Waves")."""


def late_files(rewrites: Sequence[Rewrite]) -> Iterator[str]:
    """A sentence for each edited Application that comes in an earlier wave than the new files beside it."""
    new = [shown(each.path) for each in rewrites if each.old is None]
    for rewrite in rewrites if new else ():
        for _, document in parsed_documents(rewrite.new, shown(rewrite.path)):
            wave = string(document.value, "metadata", "annotations", WAVE)
            if wave.startswith("-"):
                yield (
                    f"{shown(rewrite.path)} is in wave {wave}, and {', '.join(new)} in 0: what applies both "
                    f"waits for pods that wait for the ConfigMap. Give that the annotation {WAVE}: "
                    f'"{wave}", or apply it first.'
                )
