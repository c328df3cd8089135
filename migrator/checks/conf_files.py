"""P15: the files in which NADs without spec.config are looked up."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import finding, on_nodes
from migrator.golang.errors import GoError, GoPanic
from migrator.inventory.confdir import conf_dir_of
from migrator.model.inputs import CniFile
from migrator.model.inventory import State
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus import nad as nads
from migrator.multus.nad import ConfDir
from migrator.multus.primary import content
from migrator.trees.wording import listed

RULE = Rule(
    id="P15",
    title="A file that NADs are looked up in cannot be used",
    why="Multus reads the files in the order of their names until one contains the "
    "NAD's name: the name inside the file counts, not the file's own, and a file "
    "that cannot be read ends the search for every network after it",
    reference="pkg/utils/cniconfig.go GetCNIConfigFromFile",
    handling="Every file of that directory is read as Multus reads it. Explicit "
    "configurations always have cniVersion, name and type.",
    severity="warning",
)
RULES = (RULE,)

_EXTENSIONS = (".conf", ".conflist", ".json")


def findings(state: State) -> Iterable[Finding]:
    """Only where a NAD without spec.config is there to be looked up."""
    directory = conf_dir_of(state.inventory)
    empty = {nad.name for nad in state.inventory.nads if not nad.config}
    files = [
        file
        for file in state.inventory.cni_files
        if file.directory == directory and file.name.endswith(_EXTENSIONS)
    ]
    if empty:
        yield from _unreadable(files, state.release)
        yield from _misnamed(files, empty)


def _unreadable(files: list[CniFile], release: Release) -> Iterable[Finding]:
    bad: dict[tuple[str, str], list[CniFile]] = {}
    for file in files:
        error = _error(file, release)
        if error:
            bad.setdefault((file.name, error), []).append(file)
    for (name, error), same in bad.items():
        nodes = [file.node for file in same]
        later = sorted({f.name for f in files if f.name > name and f.node in nodes})
        yield finding(
            RULE,
            source=same[0].source,
            seen=f"{name} {on_nodes(nodes)} ends the search"
            + (f"; not read after it: {listed(later)}" if later else ""),
            error=error,
            remedy=f"correct {same[0].directory}/{name}, or move it out of the directory",
            manual=True,
        )


def _error(file: CniFile, release: Release) -> str:
    """What Multus says where it looks through a directory with this file alone."""
    directory = ConfDir(path=file.directory, files={file.name: file.content})
    try:
        nads.from_file("", directory, release)
    except (GoError, GoPanic) as error:
        return str(error)
    return ""


def _misnamed(files: list[CniFile], empty: set[str]) -> Iterable[Finding]:
    """A file that is called like a NAD and holds another network, where no file holds it."""
    inside = {str(content(file).get("name")) for file in files}
    told: set[str] = set()
    for file in files:
        stem = file.name.rsplit(".", 1)[0].split("-", 1)
        nad = next((n for n in (file.name.rsplit(".", 1)[0], stem[-1]) if n in empty), "")
        name = content(file).get("name")
        if nad and nad not in inside and nad not in told:
            told.add(nad)
            yield finding(
                RULE,
                source=file.source,
                seen=f"{file.name} holds the network {name or '(no name)'}, not {nad}",
                error=f"no network available in the name {nad} in cni dir {file.directory}",
                remedy=f'set "name": "{nad}" in {file.directory}/{file.name}',
                manual=True,
            )
