"""The two sides of a review in a Git repository: BASE..HEAD, and the merge base for BASE...HEAD."""

from __future__ import annotations

import contextlib
import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from migrator.cli.settings import FILE
from migrator.cli.sides import Side
from migrator.cli.talk import say
from migrator.model.errors import MigratorError
from migrator.model.inputs import Problem, Source
from migrator.read.files import KUSTOMIZATION_NAMES, SUFFIXES, shown
from migrator.read.languages import SUFFIXES as LANGUAGES
from migrator.read.scan import mentions_istio, places
from migrator.tools import git
from migrator.tools.revisions import Revision, folders, revision

_ENDS: Final = (*SUFFIXES, *LANGUAGES)
_WHOLE: Final = (*KUSTOMIZATION_NAMES, "Chart.yaml")
"""A folder with one of these may need each file that it holds."""
_ELSEWHERE: Final = "review the two states as folders, where it is read"
_SHALLOW: Final = "fetch it; a CI that fetches one commit alone has to be told so: fetch-depth: 0"


@contextlib.contextmanager
def git_sides(
    text: str, given: Sequence[str], node_files: tuple[str | None, str | None]
) -> Iterator[tuple[Side, Side]]:
    """The sides, in temporary folders. ``given`` are paths of the repository, none for all of it;
    ``node_files`` those before and after, folders of the repository or of the disk.

    Errors: UsageError for no range; MigratorError for what is not there.
    """
    here = Path(os.path.realpath(Path.cwd()))
    root = git.root_of(here)
    if root is None:
        raise MigratorError("this folder is in no Git work tree", hint="run it in the repository")
    names = [_in_repository(root, here, path) for path in given or (str(root),)]
    revisions = [revision(root, commit) for commit in _commits(root, text)]
    for name in names:
        if not any(_inside(file, [name]) for each in revisions for file in each.files):
            raise MigratorError(
                f"{name} is in neither revision", hint="give a path of the repository"
            )
    nodes = [_in_repository(root, here, path) if path else None for path in node_files]
    tracked = [n for n in nodes if n and any(_inside(f, [n]) for r in revisions for f in r.files)]
    choice = _Choice(revisions, names, tracked)
    for name in dict.fromkeys(name for each in revisions for name in each.submodules):
        if _inside(name, names):
            say(f"left out: the submodule {name}")
    one, _, other = text.replace("...", "..").partition("..")
    with contextlib.ExitStack() as stack:
        old, new = stack.enter_context(folders(root, revisions, choice.wants, choice.keeps))
        if choice.injected:
            old, new = stack.enter_context(folders(root, revisions, choice.wants, _all))
        yield (
            _side(one, old, revisions[0], names, _nodes(old, node_files[0], nodes[0], tracked)),
            _side(other, new, revisions[1], names, _nodes(new, node_files[1], nodes[1], tracked)),
        )


def _commits(root: Path, text: str) -> tuple[str, str]:
    dots = "..." if "..." in text else ".."
    one, _, other = text.partition(dots)
    if not (one and other):
        raise click.BadParameter(f"{text!r} is not BASE..HEAD", param_hint="--git")
    found = []
    for name in (one, other):
        commit = git.commit(root, name)
        if commit is None:
            raise MigratorError(f"{name} names no commit of {root}", hint=_SHALLOW)
        found.append(commit)
    base = git.merge_base(root, *found) if dots == "..." else found[0]
    if base is None:
        raise MigratorError(f"{one} and {other} have no commit in common", hint=_SHALLOW)
    return base, found[1]


def _in_repository(root: Path, here: Path, path: str) -> str:
    """A path from the top of the repository on, "" for all of it."""
    name = Path(os.path.relpath(here / path, root)).as_posix()
    if name.split("/")[0] == "..":
        return name
    return "" if name == "." else name


def _inside(file: str, names: Sequence[str]) -> bool:
    return any(not name or file == name or file.startswith(f"{name}/") for name in names)


class _Choice:
    """Which files are written: of the manifests below the paths those that hold a word of the quick
    scan, all that a chart or a kustomization may need, and the whole repository where a path is a
    kustomize root, which may reach anywhere."""

    def __init__(
        self, revisions: Sequence[Revision], names: Sequence[str], nodes: Sequence[str]
    ) -> None:
        files = {file for each in revisions for file in each.files}
        roots = [posixpath.join(name, own) for name in names for own in KUSTOMIZATION_NAMES]
        self.names, self.nodes = names, nodes
        self.everything = any(root in files for root in roots)
        self.whole = {posixpath.dirname(f) for f in files if posixpath.basename(f) in _WHOLE}
        self.injected = False

    def wants(self, file: str) -> bool:
        """By its name."""
        inside = _inside(file, self.names) and (_is_read(file) or self._is_part(file))
        return self.everything or inside or self._is_setting(file) or _inside(file, self.nodes)

    def keeps(self, file: str, data: bytes) -> bool:
        """By what it holds. Where Istio is named, any pod may get a network from it, so that
        everything counts: the caller asks ``injected`` once all were seen."""
        self.injected = self.injected or mentions_istio(data)
        if self.everything or self._is_setting(file) or _inside(file, self.nodes):
            return True
        if file in self.names or self._is_part(file):
            return True
        return any(True for _ in places(data))

    def _is_setting(self, file: str) -> bool:
        return file in {posixpath.join(name, FILE) for name in ("", *self.names)}

    def _is_part(self, file: str) -> bool:
        return any(parent in self.whole for parent in _parents(file))


def _parents(file: str) -> Iterator[str]:
    while file:
        file = posixpath.dirname(file)
        yield file


def _side(
    name: str,
    folder: Path,
    taken: Revision,
    names: Sequence[str],
    node_files: str | None,
) -> Side:
    given = [name for name in names if _holds_any(folder / name)]
    return Side(
        name=name,
        given=tuple(str(folder / n) for n in given),
        node_files=node_files,
        settings=tuple(folder / n / FILE for n in dict.fromkeys(("", *names))),
        below=shown(folder),
        left_out=tuple(_left_out(taken, names)),
    )


def _nodes(folder: Path, given: str | None, name: str | None, tracked: Sequence[str]) -> str | None:
    """The node files of a side: of its revision where any revision has them, else of the disk."""
    if name is None or name not in tracked:
        return given
    return str(folder / name) if (folder / name).is_dir() else None


def _holds_any(place: Path) -> bool:
    """Whether anything of a path was written that is read."""
    found = (Path(where, name) for where, _, files in os.walk(place) for name in files)
    return place.is_file() or any(_is_read(path.as_posix()) for path in found)


def _all(_name: str, _data: bytes) -> bool:
    return True


def _is_read(file: str) -> bool:
    base = posixpath.basename(file)
    return base.lower().endswith(_ENDS) or base in KUSTOMIZATION_NAMES


def _left_out(taken: Revision, names: Sequence[str]) -> Iterator[Problem]:
    """Manifests that are not read. A link to what is read by its own name takes nothing away."""
    found = [(link, "a link, which is not followed in a revision") for link in _blind(taken, names)]
    found += [(file, "a name that is not written to a folder") for file in taken.refused]
    found += [(file, "larger than one manifest may be") for file in taken.large]
    for file, message in found:
        if _is_read(file) and _inside(file, names):
            source = Source(file=shown(Path(file)), line=1)
            yield Problem(source=source, message=message, hint=_ELSEWHERE, related=True)


def _blind(taken: Revision, names: Sequence[str]) -> Iterator[str]:
    for link, target in taken.links.items():
        covered = any(_inside(file, [target]) for file in taken.files)
        if not (covered and _inside(target, names)):
            yield link
