"""Kustomize roots of the user's repository that are no INPUT, and that a Flux Kustomization or an Argo CD
Application of the inputs applies: each is built as that does it, where something in it names Multus or
a network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from msgspec.structs import replace

from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import Complaint, Document, Problem, Render, Sentence
from migrator.read.applied import repositories, repositories_of, takes_upstream
from migrator.read.as_applied import applied_path, as_applied, is_application
from migrator.read.estate import Estate
from migrator.read.files import digest, files_below, read_bytes, repository_of, shown
from migrator.read.gather import Build
from migrator.read.kustomization import (
    Kustomization,
    closure,
    kustomization_in,
    load,
    real_files,
)
from migrator.read.lookup import Lookup
from migrator.read.offline import guarded
from migrator.read.remotes import is_elsewhere
from migrator.read.renders import APPLIES, Rendered, joined
from migrator.read.scan import mentions_istio, names_multus
from migrator.read.streams import Content, Stream, folder_of, read_stream
from migrator.trees.dig import mapping, string
from migrator.trees.dump import dump

_PATH: Final = re.compile(
    rb"""\bpath["']?[ \t]*:[ \t]*["']?([\w./-]*)["']?[ \t]*(?:[,}\r\n#]|\Z)"""
)
"""A path that needs no parser to be read."""
_ANY_PATH: Final = re.compile(rb"""\bpath["']?[ \t]*:""")
_MULTUS: Final = b"multus"
_NETWORK: Final = b"cni.cncf.io"
"""In the group of NetworkAttachmentDefinitions, and in each annotation that asks for one."""
_MOST: Final = 3
"""More are not named."""
_BY_HAND: Final = "build it as it is applied, and give what comes out: multus-migrator plan -"


class _Read(NamedTuple):
    """The files of the inputs, and all folders around them, links followed."""

    files: frozenset[str]
    folders: frozenset[str]


class _Site(NamedTuple):
    """``document`` applies ``folder``, which is absolute, of the repository ``top``. ``matters`` where
    something in it names Multus itself: not to know it is told then. Networks and workloads that are
    not read are as those that were not given."""

    document: Document
    folder: Path
    top: Path
    matters: bool

    @property
    def path(self) -> str:
        return self.folder.relative_to(self.top).as_posix()


def shared_roots(
    documents: Sequence[Document], streams: Sequence[Stream], build: Build | None, *, fetch: bool
) -> Rendered:
    """What the objects among the inputs make of such roots. ``build`` builds a folder, None without a tool;
    with ``fetch`` it downloads what that takes by https."""
    asking = [s for s in streams if any(word in s.data for word in APPLIES)]
    read = _read(streams) if asking else _Read(frozenset(), frozenset())
    asking = [stream for stream in asking if _may_ask(stream, read)]
    if not asking:
        return Rendered()
    there = {(document.ref, document.source): document for document in documents}
    found = [there.get((d.ref, d.source), d) for d in Lookup((), asking).with_words(*APPLIES)]
    estate = Estate(Lookup(documents, streams))
    sources = repositories(estate.sources)
    sites = [
        site
        for document in found
        if not takes_upstream(document, sources)
        for site in _sites(document, sources, estate, read)
    ]
    injected = any(mentions_istio(stream.data) for stream in streams)
    names = _names([site.document.source.file for site in sites])
    parts = [Rendered(problems=tuple(_several([site for site in sites if site.matters])))]
    for site, name in zip(sites, names, strict=True):
        if [other.folder for other in sites].count(site.folder) == 1:
            parts.append(_of_root(site, name, build, injected=injected, fetch=fetch))
        if (site.document.ref, site.document.source) not in there:  # the quick scan passed over it
            parts.append(Rendered(contents=(Content((site.document,), ()),)))
    return joined(parts)


def _names(files: Sequence[str]) -> Iterator[str]:
    """What the builds for the objects of these files are called; those of one file are numbered."""
    seen: dict[str, int] = {}
    for file in files:
        seen[file] = seen.get(file, 0) + 1
        yield f"{file} (applied{f' {seen[file]}' if files.count(file) > 1 else ''})"


def _read(streams: Iterable[Stream]) -> _Read:
    """Of a root that is an INPUT, all that it builds."""
    files = {stream.real for stream in streams if stream.real}
    for stream in streams:
        root = _kustomization(stream.folder) if stream.folder else None
        files.update(real_files(root) if root else ())
    around = {folder for file in files for folder in map(str, Path(file).parents)}
    return _Read(frozenset(files), frozenset(around))


def _kustomization(folder: Path) -> Kustomization | None:
    """None also for one that cannot be parsed."""
    try:
        return kustomization_in(folder)
    except InputError:
        return None


def _may_ask(stream: Stream, read: _Read) -> bool:
    """Whether an object of a stream may apply a folder of its repository that was not read: told from
    its bytes, since a large repository has many of them, all of whose folders are among the inputs."""
    folder = folder_of(stream)
    top = repository_of(Path(os.path.realpath(folder))) if folder else None
    if top is None:
        return False
    paths = _PATH.findall(stream.data)
    if len(paths) != len(_ANY_PATH.findall(stream.data)):
        return True
    return any(_unread(top, path.decode(), read) for path in set(paths))


def _unread(top: Path, path: str, read: _Read) -> Path | None:
    """The folder of the repository that a path names; None where none is there, or some of it was read."""
    folder = Path(os.path.realpath(top / path.lstrip("/")))
    unread = folder.is_relative_to(top) and str(folder) not in read.folders
    return folder if unread and folder.is_dir() else None


def _sites(
    document: Document, sources: Sequence[Document], estate: Estate, read: _Read
) -> Iterator[_Site]:
    """The root of the user's own repository that an object applies, where it was not read, and something
    in it names a network."""
    path = applied_path(document)
    around = estate.around(document) if path else None
    top = repository_of(around.beside) if around else None
    folder = _unread(top, path, read) if top else None
    if not around or not top or not folder or is_elsewhere(_url(document, sources), around.remotes):
        return
    if is_application(document.ref) and (folder / "Chart.yaml").is_file():
        return
    files = {path for path in _looked_at(folder) if path.is_relative_to(top)}
    words = {word for path in files for word in _words(path)}
    if words and read.files.isdisjoint(map(str, files)):
        yield _Site(document, folder, top, _MULTUS in words)


def _url(document: Document, sources: Sequence[Document]) -> str:
    """That of the repository whose folder an object applies, "" where it is not known."""
    spec = mapping(document.data, "spec")
    if is_application(document.ref):
        return string(spec, "source", "repoURL")
    found = next(repositories_of(document, mapping(spec, "sourceRef"), sources), None)
    return string(found.data, "spec", "url") if found else ""


def _looked_at(folder: Path) -> Iterator[Path]:
    """The manifests of a root, or of a folder that is none."""
    root = _kustomization(folder)
    if root:
        yield from map(Path, real_files(root))
    else:
        yield from (path for path in files_below(folder) if isinstance(path, Path))


def _words(path: Path) -> Iterator[bytes]:
    """What of Multus and of networks a file names."""
    try:
        data = read_bytes(path) if path.is_file() else b""
    except InputError:  # too large to be a manifest
        return
    if names_multus(data):
        yield _MULTUS
    if _NETWORK in data:
        yield _NETWORK


def _several(sites: Sequence[_Site]) -> Iterator[Problem]:
    """The folders that several of the objects apply, as those of several clusters do: each makes another
    thing of it, and there is one plan."""
    for folder in dict.fromkeys(site.folder for site in sites):
        first, *others = (site for site in sites if site.folder == folder)
        if others:
            parts: list[object] = [f"{first.path} is applied here, and by "]
            for site in others[:_MOST]:
                parts += [f"{site.document.ref} (", site.document.source, "), "]
            more = f"and {len(others) - _MOST} more, " if len(others) > _MOST else ""
            yield Problem(
                source=first.document.source,
                message=Sentence(*parts, f"{more}so it is not known for which one it is planned"),
                hint="give the file of one of them, that of one cluster",
            )


def _of_root(
    site: _Site, name: str, build: Build | None, *, injected: bool, fetch: bool
) -> Rendered:
    """What one object makes of its root, or why that is not known."""
    document = site.document
    try:
        root, text = _changed(site)
        made = _built(site, root, text, build, fetch=fetch)
    except MigratorError as error:
        return Rendered(problems=(_problem(site, error),) if site.matters else ())
    stream = Stream(name=name, data=made.encode(), origin="build")
    content = read_stream(stream, everything=False, injected=injected)._replace(mentions=())
    files = (Path(os.path.realpath(member.path)) for member in closure(root))
    members = [Path(os.path.relpath(file)) for file in files if file.is_relative_to(site.top)]
    return Rendered(
        renders=(
            Render(
                release=document.ref,
                source=document.source,
                name=name,
                chart="",
                folder=site.path,
            ),
        ),
        contents=(content._replace(documents=_placed(content.documents, document)),),
        inputs=tuple(digest(shown(path), read_bytes(path)) for path in members),
    )


def _placed(documents: Sequence[Document], applies: Document) -> tuple[Document, ...]:
    """Argo CD puts what names no namespace into that of the destination."""
    into = string(applies.data, "spec", "destination", "namespace")
    if not is_application(applies.ref) or not into:
        return tuple(documents)
    return tuple(d if d.ref.namespace else replace(d, placed=into) for d in documents)


def _changed(site: _Site) -> tuple[Kustomization, str]:
    """The kustomization of the folder as it is built. Errors: MigratorError where there is none, or where
    what the object puts into it is not known."""
    root = kustomization_in(site.folder)
    for name in _overriding(site.document) if root else ():
        if (site.folder / name).is_file():
            raise MigratorError(f"{site.path} has {name}, which overrides it and is not read here")
    if root is None:
        message = f"{site.path} has no kustomization, and what is applied without is not built here"
        raise MigratorError(message, hint=f"give the folder {site.path} itself, too")
    text = dump(as_applied(root.fields, site.document.ref, site.document.data))
    return load(root.path, text.encode()), text


def _overriding(applies: Document) -> Iterator[str]:
    """The files in a folder that Argo CD lays over the source of an Application (argo-cd.readthedocs.io,
    "Store Overrides In Git"); its image updater writes the second."""
    if is_application(applies.ref):
        yield from (".argocd-source.yaml", f".argocd-source-{applies.ref.name}.yaml")


def _built(site: _Site, root: Kustomization, text: str, build: Build | None, *, fetch: bool) -> str:
    """Errors: MigratorError where it cannot be built offline and within bounds."""
    from migrator.tools.copies import copied  # few inputs have such a root

    folders = {Path(os.path.realpath(member.path)).parent for member in closure(root)}
    names = {n for folder in folders if folder.is_relative_to(site.top) for n in _below(folder)}
    place = Path(os.path.realpath(root.path))
    if not place.is_relative_to(site.top):
        raise MigratorError(f"{site.path}/{root.path.name} is a link out of the repository")
    inside = sorted(name.relative_to(site.top).as_posix() for name in names)
    with copied(site.top, inside, {place: text.encode()}) as copy:
        try:
            checked = guarded(build or _no_tool, fetch=fetch)
            made = checked(copy / site.path)
        except InputError as error:
            first = error.problems[0]
            message = f"{first.source}: {first.message}".replace(f"{copy}/", "")
            raise MigratorError(message, hint=_BY_HAND) from None
        except MigratorError as error:
            message = error.message.replace(f"{copy}/", "").replace(str(copy), ".")
            raise MigratorError(message, hint=error.hint) from None
    if made is None:
        message = "neither kustomize nor kubectl was found to build it"
        raise MigratorError(message, hint="install one")
    return made


def _no_tool(_: Path) -> None:
    return None


def _below(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        links = (name for name in folders if Path(where, name).is_symlink())
        yield from (Path(where, name) for name in (*names, *links))


def _problem(site: _Site, error: MigratorError) -> Problem:
    return Problem(
        source=site.document.source,
        message=Sentence(
            f"{site.document.ref} applies {site.path}, which is not read: ",
            Complaint(error.message),
        ),
        hint=error.hint or _BY_HAND,
    )
