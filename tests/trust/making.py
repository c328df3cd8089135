"""What hostile inputs are made of."""

from __future__ import annotations

import io
import json
import os
import socket
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from tests.builders import ROLE, daemonset, with_hand_written
from tests.plan.estates import RULES, nad
from tests.read import archives

Make = Callable[[Path], object]
Sound = Callable[[Path], bool]

KEY: Final = "k8s.v1.cni.cncf.io/networks"
NAD: Final = nad("lan", config='{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"}')
MANY: Final = ",".join(f"lan{number}" for number in range(20_000))
LONG: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hostile:
    """One input: ``make`` writes it into an empty folder, in which the program runs.

    It has to end with ``code``, ``said`` in the line that it prints on stderr ("": none), and
    ``sound`` true of the folder. ``tool`` is the script of a kustomize on PATH, ``stdout`` where the
    output goes. ``large`` are those that take a test longer than a moment, and ``helm`` those that need
    helm.
    """

    name: str
    make: Make
    code: int
    said: str
    arguments: tuple[str, ...] = ("check", "in.yaml")
    environment: Mapping[str, str] = field(default_factory=dict)
    tool: str = ""
    stdout: Literal["kept", "closed", "full", "unread"] = "kept"
    sound: Sound = bool
    large: bool = False
    helm: bool = False

    def install_tool(self, folder: Path) -> None:
        """Writes the build tool, which tells its version as kustomize does."""
        path = folder / "kustomize"
        version = 'case "$1" in version) echo v5.0.0; exit 0;; esac'
        path.write_text(f"#!/bin/sh\n{version}\n{self.tool}\n")
        path.chmod(0o755)


def text(content: str | bytes, name: str = "in.yaml") -> Make:
    """Writes one file."""
    data = content if isinstance(content, bytes) else content.encode()
    return partial(_write, name=name, data=data)


def _write(folder: Path, *, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def files(contents: Mapping[str, str]) -> Make:
    """Writes several."""

    def make(folder: Path) -> None:
        for name, content in contents.items():
            _write(folder, name=name, data=content.encode())

    return make


def beside(contents: Mapping[str, str], other: Make) -> Make:
    """Files beside another input."""

    def make(folder: Path) -> None:
        files(contents)(folder)
        other(folder)

    return make


def repeated(piece: bytes, times: int) -> Make:
    """A file of one piece again and again, without all of it in memory."""

    def make(folder: Path) -> None:
        with (folder / "in.yaml").open("wb") as file:
            for _ in range(times // 1000):
                file.write(piece * 1000)

    return make


def sparse(name: str, size: int, beside: Mapping[str, str] | None = None) -> Make:
    """A file of ``size`` bytes that takes no room on the disk."""

    def make(folder: Path) -> None:
        files(beside or {})(folder)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("ab") as file:
            file.truncate(size)

    return make


def pipe(name: str, beside: Mapping[str, str] | None = None) -> Make:
    def make(folder: Path) -> None:
        files(beside or {})(folder)
        os.mkfifo(folder / name)

    return make


def unix_socket(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # the name of a socket may have some 100 characters
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind("in.yaml")
    finally:
        os.chdir(here)


def thing(kind: str, version: str, spec: Any, annotation: str = "") -> str:
    metadata: dict[str, Any] = {"name": "a", "namespace": "apps"}
    if annotation:
        metadata["annotations"] = {KEY: annotation}
    data = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
    return f"{install()}---\n{NAD}---\n{json.dumps(data)}\n"


def pod(annotation: str) -> str:
    return thing("Pod", "v1", {"containers": [{"name": "a", "image": "b"}]}, annotation)


def aliased(pods: int, networks: int) -> str:
    """A List of pods with one annotation, which is written once."""
    names = ",".join(f"n{number}" for number in range(networks))
    first = (
        f"- apiVersion: v1\n  kind: Pod\n  metadata: {{name: p, annotations: &a {{{KEY}: '{names}'}}}}\n"
        "  spec: &s {containers: [{name: a, image: b}]}\n"
    )
    each = "- {{apiVersion: v1, kind: Pod, metadata: {{name: p{}, annotations: *a}}, spec: *s}}\n"
    items = "".join(map(each.format, range(pods)))
    return f"{install()}---\napiVersion: v1\nkind: List\nitems:\n{first}{items}"


def machine(count: int) -> str:
    networks = [{"name": f"n{i}", "multus": {"networkName": f"lan{i}"}} for i in range(count)]
    spec = {"template": {"spec": {"domain": {"devices": {}}, "networks": networks}}}
    return thing("VirtualMachine", "kubevirt.io/v1", spec)


def values_of_argo(networks: str) -> str:
    helm = {"values": json.dumps({"podAnnotations": {KEY: networks}})}
    return thing("Application", "argoproj.io/v1alpha1", {"source": {"chart": "c", "helm": helm}})


def install(*flags: str) -> str:
    return f"{daemonset(*flags)}---\n{ROLE}{RULES}"


def script(content: str) -> str:
    """An install whose container runs a shell script."""
    return f"{daemonset(command=json.dumps(['sh', '-c', content]))}---\n{ROLE}{RULES}"


def bomb(levels: int = 8) -> str:
    """Lists of nine aliases of the list before: 9 to the power of ``levels`` values."""
    lines = ["  a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        below = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"  a{level}: &a{level} [{below}]")
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: multus}\ndata:\n" + "\n".join(lines)


def repeated_text(times: int) -> str:
    """A NAD's config that stands in many NADs, and is written once."""
    each = "- {{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition, metadata: {{name: n{}}}, spec: {}}}\n"
    config = json.dumps({"cniVersion": "0.3.1", "type": "macvlan", "x": "x" * LONG})
    items = each.format(0, f"&s {{config: '{config}'}}") + "".join(
        each.format(number, "*s") for number in range(1, times)
    )
    return f"apiVersion: v1\nkind: List\nitems:\n{items}"


def root(**fields: Any) -> Make:
    """A kustomize root over a NAD."""
    data = {"resources": ["lan.yaml"], **fields}
    return files({"in/kustomization.yaml": json.dumps(data), "in/lan.yaml": NAD})


_RELEASE: Final = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: multus, namespace: kube-system}
spec:
  chart: {spec: {chart: CHART, sourceRef: {kind: GitRepository, name: fleet}}}
"""
_ABOUT: Final = "apiVersion: v2\nname: multus\nversion: 1.0.0\n"


def chart(contents: Mapping[str, str], links: Mapping[str, str] | None = None) -> Make:
    """A release of a chart that is a folder, and a NAD, so that there is something to plan."""

    def make(folder: Path) -> None:
        own = {f"in/net/{name}": content for name, content in contents.items()}
        release = {"in/release.yaml": _RELEASE.replace("CHART", "net"), "in/lan.yaml": NAD}
        files({**release, "in/net/Chart.yaml": _ABOUT, **own})(folder)
        for name, target in (links or {}).items():
            (folder / "in/net" / name).symlink_to(target)

    return make


def packed_chart(contents: Callable[[], Iterator[tuple[str, bytes]]]) -> Make:
    """The same of a packed one, with the files (name, bytes) of ``contents``."""

    def make(folder: Path) -> None:
        files({"in/release.yaml": _RELEASE.replace("CHART", "net.tgz"), "in/lan.yaml": NAD})(folder)
        (folder / "in/net.tgz").write_bytes(packed(contents()))

    return make


def packed(contents: Iterable[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as out:
        for name, data in (("multus/Chart.yaml", _ABOUT.encode()), *contents):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))
    return made.getvalue()


def node_archive(contents: Callable[[], Iterator[tuple[tarfile.TarInfo, bytes]]]) -> Make:
    """An install, and the files of its node in a packed archive of these members."""

    def make(folder: Path) -> None:
        files({"in.yaml": install(), "nodes/n.tar.gz": ""})(folder)
        (folder / "nodes/n.tar.gz").write_bytes(archives.gz(archives.packed(contents())))

    return make


def nested(levels: int) -> Iterator[tuple[str, bytes]]:
    """A packed chart in a packed chart, and so on."""
    inner = packed(())
    for _ in range(levels):
        inner = packed([("multus/charts/multus.tgz", inner)])
    yield "multus/charts/multus.tgz", inner


def copied(config_file: str, directory: str) -> str:
    """An install that copies a config of its own to the node."""
    content = with_hand_written('{"type": "multus"}')
    return (
        content.replace("70-multus.conf", config_file).replace(
            "path: /etc/cni/net.d", f"path: {directory}"
        )
        + f"---\n{ROLE}{RULES}"
    )


def no_command(word: str) -> Sound:
    """Whether no command of the runbook holds the word."""

    def sound(folder: Path) -> bool:
        blocks = (folder / "multus-thick" / "runbook.md").read_text().split("```")[1::2]
        return not any(word in line for block in blocks for line in block.splitlines())

    return sound


def without(word: str) -> Sound:
    """Whether no file of OUT holds the word."""

    def sound(folder: Path) -> bool:
        written = [path for path in (folder / "multus-thick").rglob("*") if path.is_file()]
        return not any(word in path.read_text() for path in written)

    return sound


def nothing_hidden(folder: Path) -> bool:
    """Whether no file of OUT holds a raw C1, bidirectional or zero-width character."""
    written = (path for path in (folder / "multus-thick").rglob("*") if path.is_file())
    return not any(
        char in path.read_text() for path in written for char in "\x9b\u202e\u200b\u2066\x85"
    )
