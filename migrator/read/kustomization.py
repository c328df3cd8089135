"""What kustomization files say about other files: which are patches, which are not here at all."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from migrator.golang.shape import fold
from migrator.model.errors import InputError
from migrator.model.inputs import Folder, Problem, Sentence, Source
from migrator.read.chunks import split
from migrator.read.documents import KUSTOMIZE_GROUP, group_of
from migrator.read.files import KUSTOMIZATION_NAMES, read_manifest, shown
from migrator.read.streams import decode, parse_text
from migrator.read.tree import LineTree
from migrator.read.upstream import is_manifest
from migrator.read.wording import quoted

_FOLDERS: Final = ("resources", "bases", "components")
_FILES: Final = ("crds", "configurations", "generators", "transformers", "validators")
_OTHERS: Final = ("replacements", "openapi", "configMapGenerator", "secretGenerator")
_PATCHES: Final = ("patches", "patchesStrategicMerge", "patchesJson6902")
_TRANSFORMS: Final = (
    "images",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
)
_HELM: Final = ("helmCharts", "helmChartInflationGenerator")
_LISTED: Final = ("env", "envs", "files")
_SPELLED: Final = {
    fold(name): name
    for name in (
        *(*_FOLDERS, *_FILES, *_OTHERS, *_PATCHES, *_TRANSFORMS, *_HELM, *_LISTED),
        *("apiVersion", "kind", "path"),
    )
}
"""What is read of a kustomization, by the name that Go's decoder compares."""
# What kustomize takes for a URL or a repository where no such file exists (api/internal/git).
REMOTE: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://|git::|git@|[\w.-]+@[\w.-]+:|(?:www\.)?(?:github|gitlab|bitbucket)[\w.-]*/"
    r"|[^\n]*(?:\.git(?:/|\?|$)|_git/|[?&](?:ref|version)=)",
    re.IGNORECASE,
)
_FETCHED: Final = re.compile(
    r"(?:git::)?https://|(?:www\.)?(?:github|gitlab|bitbucket)[\w.-]*/", re.IGNORECASE
)
"""What ``--fetch`` lets kustomize download: by https, as it clones what names a well-known host."""
# A patch of one line that stands in the list itself.
_INLINE: Final = re.compile(r"[{}]|:\s")
_KEY: Final = re.compile(r"^[\w.-]+=")


class Kustomization(NamedTuple):
    """A kustomization file: where it is, its bytes, its fields (none if it is another thing)."""

    path: Path
    data: bytes
    fields: Mapping[str, Any]
    lines: LineTree


class Remote(NamedTuple):
    """An entry of a kustomization that a build here cannot take, and how to build it by hand."""

    problem: Problem
    entry: str


def kustomization_in(folder: Path) -> Kustomization | None:
    """What makes a folder a kustomize root; raises InputError where the file cannot be parsed."""
    for name in KUSTOMIZATION_NAMES:
        path = folder / name
        if path.is_file():
            found = load(path, read_manifest(path))
            return found if found.fields else None
    return None


def load(path: Path, data: bytes) -> Kustomization:
    """Reads a kustomization file; raises InputError where it cannot be parsed.

    Flux has a kind Kustomization too, of another group: such a file has no fields here.
    """
    for chunk in split(data):
        text = decode(chunk.data, file=shown(path), line=chunk.line, offset=chunk.offset)
        parsed, _ = parse_text(text, file=shown(path), line=chunk.line)
        for item in parsed:
            if isinstance(item.value, dict):
                fields, lines = _as_decoded(item.value, item.lines)
                if _is_kustomize(fields):
                    return Kustomization(path, data, fields, lines)
    return Kustomization(path, data, {}, LineTree(1))


def _as_decoded(fields: Mapping[str, Any], lines: LineTree) -> tuple[Mapping[str, Any], LineTree]:
    """The fields by the names that they have in the documentation. kustomize decodes JSON whose
    keys are sorted, in any case of letters: ``Patches`` is one of them, and the last one counts
    (seen in kustomize 5.5)."""
    names = sorted(fields)
    told = {_SPELLED.get(fold(name), name): name for name in names}
    children = {name: child for name in told if (child := lines.child(told[name]))}
    return {name: fields[told[name]] for name in told}, lines._replace(children=children)


def patch_files(kustomization: Kustomization) -> Iterator[Path]:
    """The files that it lists as patches, which are fragments of objects."""
    folder = kustomization.path.parent
    for entry, _ in _entries(kustomization, _PATCHES):
        yield folder / entry


def resource_files(kustomization: Kustomization) -> Iterator[Path]:
    """The files whose objects it builds."""
    folder = kustomization.path.parent
    for entry, _ in _entries(kustomization, ("resources",)):
        if not REMOTE.match(entry) or _exists(folder / entry):
            yield folder / entry


def upstream_entries(root: Kustomization) -> Iterator[tuple[str, Kustomization]]:
    """Upstream's own manifests that a root lists by their URLs, or what it builds on, and who does."""
    for member in closure(root):
        for entry, _ in _entries(member, ("resources", "bases")):
            if is_manifest(entry):
                yield entry, member


def may_fetch(entry: str) -> bool:
    """Whether ``--fetch`` covers it."""
    return _FETCHED.match(entry) is not None


def remotes(kustomization: Kustomization, root: Path, *, fetch: bool) -> Iterator[Remote]:
    """What a build here does not fetch from elsewhere; the way round is to build ``root`` by hand."""
    folder = kustomization.path.parent
    for entry, line in _entries(kustomization, (*_FOLDERS, *_FILES, *_PATCHES, *_OTHERS)):
        if fetch and may_fetch(entry):
            continue
        if REMOTE.match(entry) and not _exists(folder / entry):
            message = f"pulls {quoted(entry)}, and nothing is downloaded here"
            problem = _by_hand(kustomization, line, message, "", root)
            if may_fetch(entry):
                problem = replace(problem, hint=with_fetch(problem.hint))
            yield Remote(problem, entry)
    for field in _HELM:
        if kustomization.fields.get(field):
            lines = kustomization.lines.child(field) or kustomization.lines
            message = "renders a Helm chart, and no Helm is run here"
            text = json.dumps(kustomization.fields[field])
            problem = _by_hand(kustomization, lines.line, message, "--enable-helm ", root)
            yield Remote(problem, text)


def absent(kustomization: Kustomization) -> Iterator[tuple[str, int]]:
    """The local files and folders (entry, line) that it builds on and that are not there; a folder
    without a kustomization is none. Files of generators are left out: what they hold is often
    made on the spot, and is no object."""
    folder = kustomization.path.parent
    for field in (*_FOLDERS, *_PATCHES):
        for entry, line in _entries(kustomization, (field,)):
            if REMOTE.match(entry) or _INLINE.search(entry):
                continue
            path = folder / entry
            if not _exists(path) or (path.is_dir() and not _holds_root(path)):
                yield entry, line


def _holds_root(folder: Path) -> bool:
    return any((folder / name).is_file() for name in KUSTOMIZATION_NAMES)


def outside(kustomization: Kustomization, root: Path) -> Iterator[Remote]:
    """The files that it reads from outside of its folder, which kustomize refuses by default."""
    folder = kustomization.path.parent
    own = os.path.realpath(folder)
    option = "--load-restrictor LoadRestrictionsNone "
    for entry, line in _entries(kustomization, ("resources", *_FILES, *_PATCHES, *_OTHERS)):
        if not _exists(folder / entry):
            continue
        path = os.path.realpath(folder / entry)
        if Path(path).is_file() and os.path.commonpath((own, path)) != own:
            message = f"reads {quoted(entry)} outside of its folder, which kustomize refuses"
            yield Remote(_by_hand(kustomization, line, message, option, root), entry)


def transforms(root: Kustomization) -> Iterator[tuple[str, int]]:
    """Its own fields (name, line) that change objects after its components did (kustomize runs
    components first), and so could undo what a component of ours did."""
    for field in _TRANSFORMS:
        if root.fields.get(field):
            yield field, (root.lines.child(field) or root.lines).line


def closure(root: Kustomization) -> Iterator[Kustomization]:
    """A kustomization and all that it builds on in other folders, each once."""
    pending, seen = [root], {os.path.realpath(root.path)}
    while pending:
        current = pending.pop()
        yield current
        for entry, _ in _entries(current, _FOLDERS):
            below = _local_root(current.path.parent, entry)
            if below and os.path.realpath(below.path) not in seen:
                seen.add(os.path.realpath(below.path))
                pending.append(below)


def real_files(root: Kustomization) -> Iterator[str]:
    """What it builds: its kustomization, those that it builds on, and the files that they list, with all
    links followed."""
    for member in closure(root):
        for path in (member.path, *resource_files(member)):
            yield os.path.realpath(path)


def _local_root(folder: Path, entry: str) -> Kustomization | None:
    """The kustomization of another folder; one that cannot be parsed is left to kustomize."""
    try:
        return kustomization_in(Path(os.path.normpath(folder / entry)))
    except (InputError, OSError):
        return None


def _is_kustomize(fields: Mapping[str, Any]) -> bool:
    version = fields.get("apiVersion", KUSTOMIZE_GROUP + "/")
    return isinstance(version, str) and group_of(version) == KUSTOMIZE_GROUP


def _entries(kustomization: Kustomization, fields: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The paths under some fields, each with its line."""
    for field in fields:
        value = kustomization.fields.get(field)
        lines = kustomization.lines.child(field) or kustomization.lines
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            for entry in _paths(item):
                yield entry, (lines.child(index) or lines).line


def _paths(item: Any) -> Iterator[str]:
    """A path is the item itself, its ``path:``, or a file of a generator (``key=path``)."""
    if isinstance(item, dict):
        fields, _ = _as_decoded(item, LineTree(1))
        yield from _paths(fields.get("path"))
        for key in _LISTED:
            values = fields.get(key)
            for value in values if isinstance(values, list) else [values]:
                yield from _paths(_KEY.sub("", value) if isinstance(value, str) else None)
    elif isinstance(item, str) and item and "\n" not in item:
        yield item


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than a file name may be, or a NUL in it
        return False


def _by_hand(
    kustomization: Kustomization, line: int, message: str, option: str, root: Path
) -> Problem:
    source = Source(file=shown(kustomization.path), line=line)
    return Problem(source=source, message=message, hint=by_hand(root, option))


def with_fetch(hint: str) -> str:
    """The hint, behind the option that makes it unneeded."""
    return Sentence(
        "give this root itself with --fetch, and kustomize downloads it; or ",
        *(hint.parts if isinstance(hint, Sentence) else (hint,)),
    )


def by_hand(root: Path, option: str = "") -> Sentence:
    """How to have a root planned that is not built here."""
    before, folder = f"build it yourself: kustomize build {option}", Folder(shown(root))
    return Sentence(before, folder, " | multus-migrator plan -")
