"""Kustomize roots below a folder that no tool can build, so that what they apply was not read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from migrator.model.errors import MigratorError
from migrator.model.inputs import Complaint, Folder, Problem, Sentence, Source
from migrator.read.files import shown
from migrator.read.gather import Build
from migrator.read.kustomization import Kustomization, absent, closure, resource_files
from migrator.read.nested import roots_of
from migrator.read.offline import guarded
from migrator.read.scan import is_related, names_network
from migrator.read.streams import Stream
from migrator.read.wording import quoted
from migrator.trees.wording import listed


def unbuilt_roots(streams: Sequence[Stream], build: Build | None) -> tuple[Problem, ...]:
    """What is wrong with each root that lists a file or folder which is not there, where a word of
    the quick scan is in the root or in what it refers to.

    Only such a root is given to ``build``, for the tool's own words: to build each root of a
    repository would take minutes.
    """
    contents = {s.real: s.data for s in streams if s.path is not None}
    found = (_unbuilt(root, contents, build) for root in roots_of(streams))
    return tuple(filter(None, found))


def _unbuilt(
    root: Kustomization, contents: Mapping[str, bytes], build: Build | None
) -> Problem | None:
    missing = list(absent(root))
    names = [quoted(entry) for entry, _ in missing]
    if not missing or not _is_related(root, names, contents):
        return None
    complaint = _complaint(root, build)
    if not complaint:
        return None
    return Problem(
        source=Source(file=shown(root.path), line=missing[0][1]),
        message=Sentence(
            f"cannot be built, since it lists {listed(names, most=3)}", Complaint(f": {complaint}")
        ),
        hint=Sentence(
            "correct it, then give what is applied: multus-migrator plan ",
            Folder(shown(root.path.parent)),
        ),
    )


def _complaint(root: Kustomization, build: Build | None) -> str:
    """What the tool says of the build, "" where it succeeds."""
    if build is None:
        return "no such file or folder, or one without a kustomization"
    try:
        guarded(build)(root.path.parent)
    except MigratorError as error:
        return error.message
    return ""


def _is_related(root: Kustomization, names: Sequence[str], contents: Mapping[str, bytes]) -> bool:
    """The folder's own name counts too: multus/kustomization.yaml with ``resources: [ds.yaml]``."""
    if names_network(" ".join([root.path.parent.name, *names]).encode()):
        return True
    return any(
        is_related(contents.get(os.path.realpath(path), b""))
        for member in closure(root)
        for path in (member.path, *resource_files(member))
    )
