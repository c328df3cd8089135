"""The only module that writes files: a whole tree, or nothing.

The tree is written beside its place under another name, and exchanged with what stands there
(`swap`), which is replaced only if it is, file for file, what an earlier run wrote.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from migrator.cli.swap import ASIDE, STAGE, finish, leftovers, new_folder, put_in_place
from migrator.cli.written import WRITTEN
from migrator.kustomize.owned import Held, held, is_written
from migrator.kustomize.plan_file import written_files
from migrator.kustomize.plan_json import NAME
from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.model.inputs import Reading
from migrator.tools.bounds import OUT_FILE

if TYPE_CHECKING:  # a plan does without the room of `edit`
    from migrator.gitops.in_place import Rewrite

_DEFAULT_MODE: Final = 0o777
_FILE_MODE: Final = 0o666
_WRITERS: Final = 8
_FEW: Final = 64
"""Files; a plan of one install has some 30."""


def write_file(path: Path, text: str, *readings: Reading) -> None:
    """Writes one report where the user said, through a file beside it that is renamed.

    Errors: MigratorError where it would be one of the inputs or a link, EnvironmentProblem where
    it cannot be written; what was there is then as it was.
    """
    inputs = {Path(source.name).resolve() for each in readings for source in each.inputs}
    if path.is_symlink() or path.resolve() in inputs:
        raise MigratorError(f"{path} is an input or a link", hint="choose another file")
    with _readable_errors(path):
        finish(path)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=STAGE, dir=path.parent)
        stage = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
            stage.chmod(_FILE_MODE & ~_umask())
            WRITTEN.note(str(path), path, stage)
            stage.replace(path)
        except BaseException:
            stage.unlink(missing_ok=True)
            raise


def write_own(path: Path, text: str) -> None:
    """Writes a text of our own, unless it is there already, and the folders that it needs.

    Errors: EnvironmentProblem where it cannot be written.
    """
    with _readable_errors(path):
        if path.is_file() and path.read_bytes() == text.encode("utf-8"):
            return
    _make_parents(path.parent)
    write_file(path, text)


def remove_plan(out: Path) -> None:
    """Removes what an earlier run wrote, in one step, and what a run that was stopped left beside it.

    Errors: as those of `staged`."""
    if not out.parent.is_dir():
        return
    with _readable_errors(out):
        finish(out)
    if os.path.lexists(out):
        check_replaceable(out)
        with _readable_errors(out), new_folder(out) as aside:
            out.rename(aside / out.name)


def remove_files(paths: Sequence[Path]) -> None:
    """Removes files of our own that are there, in this order. Errors: EnvironmentProblem."""
    for path in paths:
        with _readable_errors(path):
            path.unlink(missing_ok=True)


def rewrite_files(rewrites: Sequence[Rewrite]) -> None:
    """Writes all of the user's own files, or none: each is written whole beside its place, and then
    all are renamed; where one cannot be, those before it get their old bytes back.

    Errors: MigratorError where a file is not what was read, EnvironmentProblem where one cannot be
    written; all are then as they were, and folders that were made for them are gone.
    """
    with contextlib.ExitStack() as stack:
        for folder in sorted({each.path.parent for each in rewrites}):
            for made in reversed(_make_parents(folder)):
                stack.callback(_remove_if_empty, made)
        stages = [stack.enter_context(_beside(each.path, each.new)) for each in rewrites]
        backs = [
            stack.enter_context(_beside(each.path, each.old)) if each.old is not None else None
            for each in rewrites
        ]
        for each in rewrites:
            _check_unchanged(each)
        try:
            for each, stage in zip(rewrites, stages, strict=True):
                with _readable_errors(each.path):
                    WRITTEN.note(str(each.path), each.path, stage)
                    stage.replace(each.path)
        except BaseException:
            for each, stage, old in zip(rewrites, stages, backs, strict=True):
                if os.path.lexists(stage):
                    continue  # not renamed; an interruption may come before that can be noted
                if old is None:
                    each.path.unlink()
                else:
                    old.replace(each.path)
            raise
    for folder in {each.path.parent for each in rewrites}:
        _sync(folder)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _check_unchanged(rewrite: Rewrite) -> None:
    with _readable_errors(rewrite.path):
        there = rewrite.path.read_bytes() if os.path.lexists(rewrite.path) else None
    if there != rewrite.old:
        raise MigratorError(f"{rewrite.path} has changed since it was read", hint="run it again")


@contextlib.contextmanager
def _beside(path: Path, data: bytes) -> Iterator[Path]:
    """A file beside ``path`` with its permissions, gone when the block ends if it still is there."""
    with _readable_errors(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=STAGE, dir=path.parent)
        stage = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            stage.chmod(
                stat.S_IMODE(path.stat().st_mode) if path.exists() else _FILE_MODE & ~_umask()
            )
        except BaseException:
            stage.unlink(missing_ok=True)
            raise
    try:
        yield stage
    finally:
        stage.unlink(missing_ok=True)


Foreign = Callable[[Path], "Path | None"]
"""The first file of a folder that no run wrote, None where all are ours. Errors: MigratorError for what
cannot be read."""


def write_snapshot(out: Path, files: Mapping[str, str], *, kept: str, foreign: Foreign) -> None:
    """Writes ``files`` as the whole of OUT, but for its folder ``kept``, which stays as it is there.

    Errors: as those of `staged`."""
    with staged(out, files, foreign) as stage, _readable_errors(out):
        for path in sorted((out / kept).rglob("*")):
            place = stage / path.relative_to(out)
            if path.is_dir():
                place.mkdir(parents=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                _link(path, place)


def _link(path: Path, place: Path) -> None:
    """The same file once more, a copy where the file system has no such links."""
    try:
        os.link(path, place)
    except OSError:
        shutil.copy2(path, place)


@contextlib.contextmanager
def staged(out: Path, files: Mapping[str, str], foreign: Foreign | None = None) -> Iterator[Path]:
    """The tree beside OUT, as deep in the file system as OUT (relative references hold); put in
    place where the block ends well, and gone where it raises.

    Errors: MigratorError where OUT may not be replaced, EnvironmentProblem where it cannot be
    written; OUT is then as it was. Once OUT is the new tree nothing is raised: what cannot be
    removed of the old one is among `leftovers`."""
    place = Path(os.path.abspath(out))  # noqa: PTH100 - resolve() would follow a link
    with _readable_errors(out):
        finish(place)
    check_replaceable(out, foreign)
    made = _make_parents(place.parent)
    try:
        with contextlib.ExitStack() as stack:
            with _readable_errors(out):
                stage = stack.enter_context(new_folder(place))
                stage.chmod(_DEFAULT_MODE & ~_umask())
                _write_files(stage, files)
            yield stage
            check_replaceable(out, foreign)
            with _readable_errors(out):
                WRITTEN.note(str(out), place, stage)
                put_in_place(stage, place)
            _sync(place.parent)
    except BaseException:
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def is_left_behind(name: str) -> bool:
    """Whether a file or folder is one that a run works on, or that a stopped run has left."""
    return name.startswith(".") and name.endswith((STAGE, ASIDE))


def left_behind(out: Path) -> tuple[Path, ...]:
    """What stopped runs left beside OUT and this one could not remove."""
    with contextlib.suppress(OSError):
        return leftovers(Path(os.path.abspath(out)))  # noqa: PTH100 - as in `staged`
    return ()


def check_replaceable(out: Path, foreign: Foreign | None = None) -> None:
    """Errors: MigratorError unless OUT is absent, empty, or only what an earlier run wrote; ``foreign``
    says so of what is no plan."""
    with _readable_errors(out):
        _check_replaceable(out, foreign or _first_foreign)


def _check_replaceable(out: Path, foreign: Foreign) -> None:
    if out.is_symlink():
        raise MigratorError(f"{out} is a symbolic link", hint="give the folder that it leads to")
    if not out.exists():
        return
    if not out.is_dir():
        raise MigratorError(f"{out} is a file", hint="choose another name with -o")
    place = out.resolve()
    here = Path.cwd()
    if place in (Path(place.anchor), Path.home().resolve(), here, *here.parents):
        raise MigratorError(
            f"{out} is not a folder that may be replaced", hint="name a folder of its own"
        )
    strange = foreign(out)
    if strange:
        raise MigratorError(
            f"{strange} was not written by multus-migrator, or was changed since",
            hint="choose another folder with -o, or move the file away",
        )


def _first_foreign(out: Path) -> Path | None:
    """The first file of OUT that its plan does not vouch for. Errors: MigratorError for what cannot
    be read, since it may be anybody's."""
    try:
        found = held(out)
        written = _vouched_for(found)
        if written is None:
            return out / NAME
        for name in sorted((*found.files, *found.strange)):
            path = found.files.get(name)
            if path is None or (name != NAME and not is_written(path, written.get(name, ""))):
                return out / name
    except OSError as error:
        raise MigratorError(
            f"{error.filename} cannot be read ({error.strerror}), so it may not be replaced",
            hint="make it readable, or choose another folder with -o",
        ) from None
    return None


def _vouched_for(found: Held) -> Mapping[str, str] | None:
    """The digests of its plan.json, none where there is no such file, None where no run wrote it."""
    plan = found.files.get(NAME)
    if plan is None:
        return {}
    if plan.stat().st_size > OUT_FILE.bytes():
        return None
    try:
        return written_files(plan.read_bytes().decode())
    except (MigratorError, UnicodeDecodeError):
        return None


def _make_parents(folder: Path) -> list[Path]:
    """Makes the folder; returns those that were not there, the deepest first."""
    with _readable_errors(folder):
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    return missing


def _write_files(stage: Path, files: Mapping[str, str]) -> None:
    """Writes all, and then all of it down to the disk: who asks for one file mostly gets those before it, too.
    Many are asked for together, since one after the other takes minutes; for few, threads cost more time of
    the processor than they save by the clock."""
    paths = {name: stage / _below(name) for name in files}
    for folder in sorted({path.parent for path in paths.values()}):
        folder.mkdir(parents=True, exist_ok=True)
    for name, path in paths.items():
        with path.open("xb") as file:
            file.write(files[name].encode())
    if len(paths) > _FEW:
        with ThreadPoolExecutor(max_workers=_WRITERS) as pool:
            list(pool.map(_to_disk, paths.values()))
    else:
        for path in paths.values():
            _to_disk(path)
    for folder in (stage, *(path for path in stage.rglob("*") if path.is_dir())):
        _sync(folder)


def _below(name: str) -> PurePosixPath:
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or not relative.parts:
        raise MigratorError(f"{name!r} is not a path below the output folder")
    return relative


def _to_disk(path: Path) -> None:
    with path.open("r+b") as file:  # elsewhere than on POSIX it has to be one that may be written
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """So that a rename survives a power cut (POSIX; elsewhere a folder cannot be opened)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _readable_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"{out} cannot be written: {reason}; what was there is as it was"
        raise EnvironmentProblem(message) from error
