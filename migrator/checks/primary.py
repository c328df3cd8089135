"""P03, P04, P14, P16, P37, P87: the primary CNI's file on the nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from migrator.checks.common import finding, on_nodes
from migrator.golang.errors import GoError, GoPanic
from migrator.inventory.running import primary_files, running, stated_primary
from migrator.model.inputs import CniFile
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus import libcni, nodefile, releases
from migrator.multus.primary import cni_version, content, is_multus_config
from migrator.trees.variables import has_variables
from migrator.trees.wording import listed

NESTED = Rule(
    id="P03",
    title="Another Multus config could become the primary CNI",
    why="auto mode skips only files whose names begin with 00-multus: with "
    "70-multus.conf as the primary CNI, Multus calls thin Multus, and each network "
    "is attached twice",
    reference="findMasterPlugin, pkg/server/config/generator.go; multus-cni#353, #1312",
    handling="multusMasterCNI is written where the node files show the primary CNI; a "
    "Multus config is never taken for it. The runbook removes the file itself "
    "(S12).",
    severity="blocker",
    when="before the rollout",
)
CHOICE = Rule(
    id="P04",
    title="The primary CNI is chosen by file name",
    why="auto mode takes the first file by name when the daemon starts: if that is "
    "another one, pods run on the wrong network, and if there is none, the daemon "
    "exits",
    reference="multus-cni#1224, #1237, PR#1245; amazon-vpc-cni-k8s#2767",
    handling="The thin flag becomes multusMasterCNI; without the flag, the file that auto "
    "mode takes today is pinned, where the node files show the same one on all "
    "nodes (S12).",
    severity="blocker",
)
NEWER = Rule(
    id="P14",
    title="v3 does not understand the primary CNI's results",
    why="Multus v3 knows CNI results up to 0.4.0; v4 knows 1.0.0 as well",
    reference="multus-cni#875",
    handling="Multus v4 fixes it (S04).",
    severity="info",
)
EXTENSION = Rule(
    id="P16",
    title="The primary CNI's file has the wrong extension",
    why="auto mode reads only .conf and .conflist, and the daemon takes a .conf for a "
    "single plugin: thin Multus looked into the file, and ran a list of plugins "
    "from it as well",
    reference="findMasterPlugin; libcni 1.3 ConfFromFile, in multus-cni v4.2.1",
    handling="Reported only: the file belongs to the primary CNI.",
    severity="blocker",
)
RENAMED = Rule(
    id="P37",
    title="The primary CNI's file has had two names",
    why="the daemon keeps the file name that it found when it started: if an upgrade "
    "of the primary CNI writes another file, the daemon reads the old one until it "
    "is restarted",
    reference="pkg/server/config/manager.go",
    handling="Reported where a node has the file under both names.",
    severity="warning",
    when="before the rollout",
)
UNREADABLE = Rule(
    id="P87",
    title="The primary CNI's file cannot be read",
    why="the daemon reads it when it starts, and again for each pod: if it is not a "
    "JSON object, the daemon exits; if it is not a CNI config, every pod fails",
    reference="NewManager, pkg/server/config/manager.go; libcni ConfFromFile, ConfListFromFile",
    handling="Reported with the daemon's own words: the file belongs to the primary CNI.",
    severity="blocker",
    when="before the rollout",
)
RULES = (NESTED, CHOICE, NEWER, EXTENSION, RENAMED, UNREADABLE)


class _Folder(Struct, frozen=True, kw_only=True):
    """The primary CNI's directory of one node. ``candidates`` are what auto mode takes from."""

    node: str
    files: Mapping[str, CniFile]
    candidates: tuple[str, ...]


def findings(state: State) -> Iterable[Finding]:
    for install in state.inventory.installs:
        if has_variables(stated_primary(install)):
            continue  # P77 tells of it
        folders = _folders(install, state.inventory)
        for group in _alike(folders):
            yield from _nested(install, group)
            yield from _pinned(install, group, state)
            yield from _renamed(install, group)
        yield from _extension(install, folders, state.daemon)
        if install.mode == "thick":
            yield from _unreadable(install, folders, state)
        yield from _unseen_name(install, folders)
        if releases.RESULTS_UP_TO_040.holds(install.release):
            yield from _newer(install, folders)


def _folders(install: Install, inventory: Inventory) -> list[_Folder]:
    """The directory on each node where it was copied; one that was not is unknown."""
    directory = install.paths.autoconfig_dir
    known = sorted(n for n, d in inventory.reading.node_files.directories if d == directory)
    by_node: dict[str, dict[str, CniFile]] = {}
    for file in inventory.cni_files:
        if file.directory == directory:
            by_node.setdefault(file.node, {})[file.name] = file
    everywhere = by_node.get("", {})
    return [_folder(node, {**everywhere, **by_node.get(node, {})}) for node in known]


def _folder(node: str, files: Mapping[str, CniFile]) -> _Folder:
    names = tuple(
        name
        for name in sorted(files)
        if name.endswith((".conf", ".conflist")) and not name.startswith("00-multus")
    )
    return _Folder(node=node, files=files, candidates=names)


def _alike(folders: Iterable[_Folder]) -> list[list[_Folder]]:
    """Nodes whose files have the same names: one finding for all of them."""
    groups: dict[tuple[str, ...], list[_Folder]] = {}
    for folder in folders:
        groups.setdefault(tuple(sorted(folder.files)), []).append(folder)
    return list(groups.values())


def _nested(install: Install, group: list[_Folder]) -> Iterable[Finding]:
    folder, pin = group[0], stated_primary(install)
    directory = install.paths.autoconfig_dir
    ours = [n for n in folder.candidates if is_multus_config(content(folder.files[n]))]
    if pin in ours or (ours and not pin):
        yield finding(
            NESTED,
            document=install.daemonset,
            source=folder.files[ours[0]].source,
            seen=f"{listed(ours)} {on_nodes([f.node for f in group])}, and "
            + (f"multusMasterCNI {pin}" if pin else "no multusMasterCNI"),
            error="interface name eth0 already exists",
            remedy="set multusMasterCNI, and "
            f"{nodefile.remove(f'{directory}/{ours[0]}', (directory,))} on these nodes "
            "before the daemon starts there",
        )


def _pinned(install: Install, group: list[_Folder], state: State) -> Iterable[Finding]:
    """A name that is not there ends the daemon at once; no file at all, after two minutes."""
    folder, pin, nodes = group[0], stated_primary(install), [f.node for f in group]
    directory = install.paths.autoconfig_dir
    kept = [n for n in folder.files if n.endswith(".old")]
    restore = "".join(f"; {nodefile.restore(f'{directory}/{n}', (directory,))}" for n in kept)
    own = [n for n in folder.candidates if not is_multus_config(content(folder.files[n]))]
    if pin and pin not in folder.files:
        yield finding(
            CHOICE,
            document=install.daemonset,
            seen=f"multusMasterCNI {pin} is not in {directory} {on_nodes(nodes)}",
            error=_words(install, state, folder.node),
            remedy=_right_name(pin, own) + restore,
            manual=True,
        )
    elif not pin and not own and not any(n.endswith(".json") for n in folder.files):
        yield finding(
            CHOICE,
            document=install.daemonset,
            seen=f"no file of a primary CNI in {directory} {on_nodes(nodes)}",
            error=f"could not find a plugin configuration in {install.paths.autoconfig_mount}",
            remedy=f"the primary CNI has to write its file there{restore}",
            manual=True,
        )


def _words(install: Install, state: State, node: str) -> str:
    """What the daemon says at its end; "" for thin Multus, which waits for the file."""
    if install.mode != "thick":
        return ""
    return running(install, state.inventory, node, state.daemon, today=False).error


def _right_name(pin: str, own: Sequence[str]) -> str:
    """A name without its end is the likeliest mistake."""
    whole = [name for name in own if name in (f"{pin}.conf", f"{pin}.conflist")]
    if whole:
        return f"give the whole name of the file, {whole[0]}"
    if own:
        return f"give the name of a file that is there: {listed(own)}"
    return "have the primary CNI write its file there, or give the directory in which it does"


def _unseen_name(install: Install, folders: list[_Folder]) -> Iterable[Finding]:
    """Nobody has seen the directory, and the name is no CNI file's."""
    pin = stated_primary(install)
    if pin and not folders and not pin.endswith((".conf", ".conflist", ".json")):
        yield finding(
            CHOICE,
            document=install.daemonset,
            severity="warning",
            seen=f"multusMasterCNI {pin} ends in neither .conf nor .conflist, and the daemon "
            "uses the name as it is written",
            remedy="give the whole name of the primary CNI's file, such as 10-calico.conflist",
            manual=True,
        )


def _extension(install: Install, folders: list[_Folder], release: Release) -> Iterable[Finding]:
    """What the daemon's loader does not take where thin Multus, which looks into the file, does."""
    groups: dict[tuple[str, str], list[_Folder]] = {}
    for folder in folders:
        own = [n for n in folder.candidates if not is_multus_config(content(folder.files[n]))]
        name = stated_primary(install) or (own[0] if own else "")
        error = _refused(folder.files[name], install, release) if name in folder.files else ""
        groups.setdefault((name, error), []).append(folder)
    for (name, error), alike in groups.items():
        nodes = [folder.node for folder in alike]
        file = alike[0].files.get(name)
        if file is not None and error:
            is_list = "plugins" in content(file)
            yield finding(
                EXTENSION,
                document=install.daemonset,
                source=file.source,
                seen=f"{name} {on_nodes(nodes)} holds "
                + ("a list of plugins" if is_list else "one plugin and no list"),
                error=error,
                remedy=f"have the primary CNI write a {'.conflist' if is_list else '.conf'} (its own "
                "setting)",
                manual=True,
            )
        jsons = [n for n, f in sorted(alike[0].files.items()) if n.endswith(".json") and content(f)]
        if not name and jsons:
            yield finding(
                EXTENSION,
                document=install.daemonset,
                source=alike[0].files[jsons[0]].source,
                seen=f"{listed(jsons)} {on_nodes(nodes)}, and no .conf or .conflist",
                error=f"could not find a plugin configuration in {install.paths.autoconfig_mount}",
                remedy="have the primary CNI write a .conf or .conflist"
                + (
                    ""
                    if "plugins" in content(alike[0].files[jsons[0]])
                    else f", or --primary-cni {jsons[0]}"
                ),
                manual=True,
            )


def _unreadable(install: Install, folders: list[_Folder], state: State) -> Iterable[Finding]:
    """A file that no loader takes, under whatever name."""
    groups: dict[tuple[str, str], list[_Folder]] = {}
    for folder in folders:
        own = [n for n in folder.candidates if not is_multus_config(content(folder.files[n]))]
        file = folder.files.get(stated_primary(install) or (own[0] if own else ""))
        if file is None or _refused(file, install, state.daemon):
            continue
        words = "" if content(file) else _words(install, state, folder.node)
        there = primary_files(install, state.inventory, folder.node)
        error = words or _not_loaded(file, install, state.daemon, there)
        if error:
            groups.setdefault((file.name, error), []).append(folder)
    for (name, error), alike in groups.items():
        file, directory = alike[0].files[name], install.paths.autoconfig_dir
        yield finding(
            UNREADABLE,
            document=install.daemonset,
            source=file.source,
            seen=f"{name} {on_nodes([f.node for f in alike])} is what the daemon takes, and it is "
            + ("no CNI config" if content(file) else "no JSON object"),
            error=error,
            remedy=f"correct {directory}/{name} there; or remove it, if another file is the primary "
            "CNI's, and name that one with --primary-cni FILE",
            manual=True,
        )


def _refused(file: CniFile, install: Install, release: Release) -> str:
    """The loader's words for a file that is named as the other kind is: a list in anything but a
    .conflist (S1 of the observations), one plugin in a .conflist (S3)."""
    data = content(file)
    if file.name.endswith(".conflist"):
        other = bool(data.get("type")) and "plugins" not in data
    else:
        other = "plugins" in data and not data.get("type")
    return _not_loaded(file, install, release) if other else ""


def _not_loaded(
    file: CniFile, install: Install, release: Release, there: Mapping[str, str] | None = None
) -> str:
    """The loader's words for a file that it does not take, "" where it does. ``there`` has the
    files of its directory, those of the folders in it too: a list may have its plugins there."""
    is_list, directory = file.name.endswith(".conflist"), install.paths.autoconfig_mount
    try:
        if is_list:
            known = {**(there or {}), file.name: file.content}
            libcni.list_from_file(file.name, directory, known, release)
        else:
            libcni.plugin(file.content, release)
    except (GoError, GoPanic) as error:
        kind = "conflist" if is_list else "config"
        return f"error loading CNI {kind} file {directory}/{file.name}: {error}"
    return ""


def _renamed(install: Install, group: list[_Folder]) -> Iterable[Finding]:
    folder = group[0]
    twice = [n for n in folder.candidates if f"{n}list" in folder.candidates]
    if twice:
        name = twice[0]
        yield finding(
            RENAMED,
            document=install.daemonset,
            source=folder.files[name].source,
            seen=f"{name} and {name}list {on_nodes([f.node for f in group])}",
            error=f"failed to get clusterNetwork {install.paths.autoconfig_mount}/{name} in "
            "namespace kube-system",
            remedy="remove the one that the primary CNI no longer writes, and do not upgrade the "
            "primary CNI at the same time as Multus",
            manual=True,
        )


def _newer(install: Install, folders: list[_Folder]) -> Iterable[Finding]:
    for folder in folders:
        own = [n for n in folder.candidates if not is_multus_config(content(folder.files[n]))]
        version = content(folder.files[own[0]]).get("cniVersion") if own else None
        if isinstance(version, str) and cni_version(version) >= (1, 0, 0):
            yield finding(
                NEWER,
                document=install.daemonset,
                source=folder.files[own[0]].source,
                seen=f"{own[0]} has cniVersion {version}, but Multus is v{install.release}",
                error=f'unsupported CNI result version "{version}"',
                remedy="nothing: v4 understands it",
            )
            return
