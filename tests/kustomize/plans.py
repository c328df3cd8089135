"""Plans made by hand, and building them with the real kustomize."""

from __future__ import annotations

import json
import os
import re
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from migrator.kustomize.emit import emit
from migrator.model.inputs import MISSING, Document, Form, NodeFiles, ObjectRef, Reading, Source
from migrator.model.inventory import Inventory, State, Target
from migrator.model.plan import Change, Plan, Planned, Readiness
from migrator.multus.releases import DEFAULT_TARGET as RELEASE
from migrator.read.streams import parse_documents
from migrator.tools.kustomize import builder, find_tool, unfit
from migrator.trees.paths import get, parse_path, put
from tests.needs import give_up

DAEMONSET = """\
# Multus, thin
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: kube-multus-ds
  namespace: kube-system
  labels: {app: multus}
spec:
  selector:
    matchLabels: {name: multus}
  template:
    metadata:
      labels: {app: multus, name: multus}
    spec:
      tolerations:
        - {operator: Exists, effect: NoSchedule}
        - {operator: Exists, effect: NoExecute}
      initContainers:
        - name: wait
          image: registry.example/wait:1
        - name: install-multus-binary
          image: registry.example/multus-cni:v4.0.2
          command: ["cp", "/usr/src/multus-cni/bin/multus", "/host/opt/cni/bin/multus"]
      containers:
        - name: sidecar
          image: registry.example/sidecar:7
        - name: kube-multus
          image: registry.example/multus-cni:v4.0.2
          command: ["/thin_entrypoint"]
          args:
            - "--multus-conf-file=auto"
            - "--cni-version=0.3.1"
          env:
            - {name: FIRST, value: "1"}
            - {name: SECOND, value: "$(FIRST)"}
          resources:
            requests: {cpu: 100m, memory: 50Mi}
            limits: {cpu: 100m, memory: 50Mi}
          volumeMounts:
            - {name: cni, mountPath: /host/etc/cni/net.d}
            - {name: cnibin, mountPath: /host/opt/cni/bin}
            - {name: multus-cfg, mountPath: /tmp/multus-conf}
      volumes:
        - name: cni
          hostPath: {path: /etc/cni/net.d}
        - name: cnibin
          hostPath: {path: /opt/cni/bin}
        - name: multus-cfg
          configMap: {name: multus-cni-config, defaultMode: 0644}
"""
MAIN = "spec.template.spec.containers[name=kube-multus]"
NETWORKS = "network-attachment-definitions.k8s.cni.cncf.io"


def document(text: str, *, form: Form = "standalone", file: str = "multus.yaml") -> Document:
    """The only document of ``text``."""
    documents, problems = parse_documents(textwrap.dedent(text).encode(), file)
    assert not problems
    (found,) = documents
    return replace(found, form=form, text=found.text if form == "standalone" else "")


def changed(of: Document, edits: Mapping[str, Any]) -> Planned:
    """The document with ``edits``, {path as text: value after}, each of them one Change."""
    desired: Any = of.data
    changes = []
    for text, after in edits.items():
        path = parse_path(text)
        changes.append(
            Change(
                object=of.ref,
                path=path,
                before=get(desired, path),
                after=after,
                reason=f"because of {text}",
                rule="S99",
                source=Source(file="multus.yaml", line=7),
            )
        )
        desired = put(desired, path, after)
    desired = {} if desired is MISSING else desired
    return Planned(ref=of.ref, document=of, desired=desired, changes=tuple(changes))


def created(text: str) -> Planned:
    """An object that the plan adds."""
    data = document(text).data
    ref = document(text).ref
    change = Change(
        object=ref, path=(), before=MISSING, after=data, reason="is new", rule="S98", source=None
    )
    return Planned(ref=ref, document=None, desired=data, changes=(change,))


def unchanged(of: Document) -> Planned:
    return Planned(ref=of.ref, document=of, desired=of.data, changes=())


def plan_of(*objects: Planned) -> Plan:
    reading = Reading(
        documents=tuple(o.document for o in objects if o.document),
        inputs=(),
        problems=(),
        fragments=(),
        root=None,
        node_files=NodeFiles(nodes=(), directories=frozenset(), files=()),
    )
    inventory = Inventory(
        reading=reading, installs=(), nads=(), workloads=(), cni_files=(), neighbours=()
    )
    state = State(inventory=inventory, release=RELEASE, mode="thin", daemon=RELEASE)
    return Plan(
        target=Target(release=RELEASE, nad_overrides={}),
        before=state,
        after=state,
        objects=objects,
        findings=(),
        accounts=(),
        attachments=(),
        decisions=(),
        allowed=frozenset(),
        readiness=Readiness.READY,
    )


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def kustomize(folder: Path) -> str:
    """The build of a folder. A missing tool fails in CI and skips elsewhere."""
    tool = find_tool()
    if tool is None:
        give_up(unfit())
    return builder(tool)(folder)


def built(folder: Path) -> dict[ObjectRef, Any]:
    """The objects of the build of a folder."""
    return _objects(kustomize(folder))


def _objects(text: str) -> dict[ObjectRef, Any]:
    documents, problems = parse_documents(text.encode(), "build")
    assert not problems
    return {found.ref: found.data for found in documents}


def built_each(folders: Sequence[Path]) -> list[dict[ObjectRef, Any]]:
    """The objects of each folder's build, from one build of all."""
    return [_objects(text) for text in texts_each(folders)]


def texts_each(folders: Sequence[Path]) -> list[str]:
    """The text of each folder's build, from one build of all: to start kustomize takes longer.
    Names get a prefix that tells the folder, which is taken off again; the definition of networks gets it by a
    patch. Not for other objects that get none, nor where one folder holds what another refers to (an error
    here)."""
    numbers = range(len(folders))
    near = Path(os.path.commonpath(folders)).parent  # so the build is the same wherever they lie
    with tempfile.TemporaryDirectory(dir=near) as made:
        top = Path(made).resolve()
        write(top, {"kustomization.yaml": f"resources: {[f'own-{n}' for n in numbers]}\n"})
        for n, folder in enumerate(folders):
            there = os.path.relpath(folder, top / f"own-{n}")
            root = {"namePrefix": f"own-{n}-", "resources": [there], "patches": [_renamed(n)]}
            write(top / f"own-{n}", {"kustomization.yaml": json.dumps(root)})
        texts = kustomize(top).removesuffix("\n").split("\n---\n")
    found: dict[int, list[str]] = {n: [] for n in numbers}
    for text in filter(None, texts):
        (number,) = set(re.findall(r"own-(\d+)-", text))
        found[int(number)].append(re.sub(r"own-\d+-", "", text))
    return ["\n---\n".join(found[n]) + "\n" for n in numbers]


def _renamed(number: int) -> Mapping[str, Any]:
    """The patch of the definition of networks, which gets no prefix of kustomize itself."""
    name = f"own-{number}-{NETWORKS}"
    rename = {"op": "replace", "path": "/metadata/name", "value": name}
    target = {"kind": "CustomResourceDefinition"}
    return {"target": target, "options": {"allowNameChange": True}, "patch": json.dumps([rename])}


def build_of(tmp_path: Path, *objects: Planned) -> dict[ObjectRef, Any]:
    """The build of what is emitted for these objects."""
    return built(write(tmp_path, emit(plan_of(*objects))))
