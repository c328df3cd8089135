"""Multus installs for tests: YAML text as a user has it, made of the parts that a test is about."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from migrator.inventory.build import build_inventory
from migrator.model.inputs import CniFile, Document, NodeFiles, Reading, Source
from migrator.model.inventory import Install, Inventory, State, Target
from migrator.model.release import find, parse
from migrator.multus import releases
from migrator.multus.primary import Primary
from migrator.plan.planner import make_plan
from migrator.plan.states import state_today
from migrator.read.streams import parse_documents
from migrator.thick.intent import Intent, intend

V4 = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2"
V3 = "ghcr.io/k8snetworkplumbingwg/multus-cni:v3.9.3"
THICK = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.4-thick"

_DAEMONSET = """\
apiVersion: {api}
kind: DaemonSet
metadata:
  name: {name}
  namespace: kube-system
spec:
  selector: {{matchLabels: {{name: multus}}}}
  template:
    metadata:
      labels: {{name: multus}}
    spec:
{pod}
      containers:
      - name: kube-multus
        image: {image}
{container}
        volumeMounts:
{mounts}
{sidecars}
{init}
      volumes:
{volumes}
"""

MOUNTS = """\
- {name: cni, mountPath: /host/etc/cni/net.d}
- {name: cnibin, mountPath: /host/opt/cni/bin}
"""
VOLUMES = """\
- {name: cni, hostPath: {path: /etc/cni/net.d}}
- {name: cnibin, hostPath: {path: /opt/cni/bin}}
"""
POD = """\
serviceAccountName: multus
hostNetwork: true
"""
INIT = """\
initContainers:
- name: install-multus-binary
  image: %s
  command: [/install_multus]
  args: [--type, thin]
  volumeMounts:
  - {name: cnibin, mountPath: /host/opt/cni/bin, mountPropagation: Bidirectional}
"""

ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: multus}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: multus}
subjects: [{kind: ServiceAccount, name: multus, namespace: kube-system}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: multus}
rules:
"""

TARGETS = tuple(map(str, releases.TARGETS))
"""What --target takes."""
UNKNOWN = Primary(file="", cni_version="", name="", by_node={}, candidates=())
"""The primary CNI where no node files were given."""


def daemonset(
    *args: str,
    image: str = V4,
    command: str = "[/thin_entrypoint]",
    container: str = "",
    pod: str = POD,
    mounts: str = "",
    volumes: str = "",
    sidecars: str = "",
    init: str = "",
    name: str = "kube-multus-ds",
    api: str = "apps/v1",
) -> str:
    """A thin DaemonSet. ``mounts`` and ``volumes`` come after the two that every release has;
    the other texts stand as they are, at the depth where they belong. No command: ""."""
    started = f"command: {command}\n" if command else ""
    started += f"args: [{', '.join(map(repr, args))}]\n" if args else ""
    return _DAEMONSET.format(
        api=api,
        name=name,
        image=image,
        pod=_at(6, pod),
        container=_at(8, started + textwrap.dedent(container)),
        mounts=_at(8, MOUNTS + textwrap.dedent(mounts)),
        sidecars=_at(6, sidecars),
        init=_at(6, init),
        volumes=_at(6, VOLUMES + textwrap.dedent(volumes)),
    )


def v3(*args: str, **parts: str) -> str:
    """A DaemonSet of v3.9.3, whose entrypoint is a shell script."""
    return daemonset(*args, **{"image": V3, "command": "[/entrypoint.sh]", **parts})


def hand_written(json_text: str, name: str = "multus-cni-config") -> str:
    """The ConfigMap of a hand-written Multus config."""
    body = textwrap.indent(textwrap.dedent(json_text).strip(), "    ")
    return (
        "apiVersion: v1\nkind: ConfigMap\n"
        f"metadata: {{name: {name}, namespace: kube-system}}\n"
        f"data:\n  cni-conf.json: |\n{body}\n"
    )


CONFIG_MOUNT = "- {name: multus-cfg, mountPath: /tmp/multus-conf}"
CONFIG_VOLUME = """\
- name: multus-cfg
  configMap:
    name: multus-cni-config
    items: [{key: cni-conf.json, path: 70-multus.conf}]
"""
CONFIG_FLAG = "--multus-conf-file=/tmp/multus-conf/70-multus.conf"


def with_hand_written(json_text: str, *args: str, **parts: str) -> str:
    """A v3.9.3 install that copies a hand-written config to the node."""
    install = v3(CONFIG_FLAG, *args, mounts=CONFIG_MOUNT, volumes=CONFIG_VOLUME, **parts)
    return f"{install}---\n{hand_written(json_text)}"


def _at(depth: int, text: str) -> str:
    return textwrap.indent(textwrap.dedent(text).rstrip("\n"), " " * depth)


def documents(*texts: str) -> tuple[Document, ...]:
    """The objects of YAML texts, as if they stood in one file."""
    stream = "---\n".join(textwrap.dedent(text).rstrip("\n") + "\n" for text in texts)
    found, problems = parse_documents(stream.encode(), "multus.yaml")
    assert not problems, problems
    return found


def inventory(*texts: str, files: tuple[CniFile, ...] = (), release: str = "") -> Inventory:
    """The inventory of YAML texts and node files; ``release`` is what --source states."""
    reading = Reading(
        documents=documents(*texts),
        inputs=(),
        problems=(),
        fragments=(),
        root=None,
        node_files=NodeFiles(
            nodes=tuple(dict.fromkeys(f.node for f in files)),
            directories=frozenset((f.node, f.directory) for f in files),
            files=files,
        ),
    )
    return build_inventory(reading, find(release))


def install(*texts: str, release: str = "") -> Install:
    """The one Multus install of YAML texts."""
    (only,) = inventory(*texts, release=release).installs
    return only


def target(release: str = "4.2.4", **settings: Any) -> Target:
    """What the command line asks for; ``source_release`` is a text here."""
    if "source_release" in settings:
        settings["source_release"] = parse(settings["source_release"])
    return Target(release=parse(release), **{"nad_overrides": {}, **settings})


def state(of: Inventory | None = None, wanted: Target | None = None) -> State:
    """The inputs as they run today."""
    return state_today(of or inventory(), wanted or target())


def intent(*texts: str, files: tuple[CniFile, ...] = (), **settings: Any) -> Intent:
    """What the installs and networks of YAML texts become."""
    wanted = target(**settings)
    return intend(state(inventory(*texts, files=files), wanted), wanted)


def migrated(*texts: str, files: tuple[CniFile, ...] = (), to: str = "4.2.4") -> tuple[str, ...]:
    """The objects of the planned build, as texts that can be inputs again."""
    before = inventory(*texts, files=files)
    plan = make_plan(before, target(to))
    desired = {planned.ref: planned.desired for planned in plan.objects}
    kept = [dict(d.data) for d in before.reading.documents if d.ref not in desired]
    return tuple(json.dumps(data) for data in (*kept, *desired.values()))


def node_file(
    name: str, content: str, directory: str = "/etc/cni/net.d", node: str = ""
) -> CniFile:
    """A CNI file as it was copied from a node."""
    source = Source(file=f"nodes/{node}{directory}/{name}", line=1)
    return CniFile(node=node, directory=directory, name=name, content=content, source=source)
