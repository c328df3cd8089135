"""``edit`` of a root whose own patches make what has to change: written into these, proved by building."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_contract import INSTALL
from tests.cli.test_edit import IMAGE, ROOT_FILE, commit, git
from tests.cli.tools import migrator, tree

pytestmark = pytest.mark.kustomize

TARGET = "  target: {kind: DaemonSet, name: kube-multus-ds}\n"
OVERLAY = "resources: [../../base]\n"


def estate(folder: Path, files: dict[str, str]) -> Path:
    base = {"base/kustomization.yaml": ROOT_FILE, "base/multus.yaml": INSTALL}
    return commit(folder, {**base, **files})


def edited(repo: Path) -> str:
    """The diff of the clusters. The edit leaves nothing to do, and no component."""
    run = migrator("edit", "clusters/a", cwd=repo)
    assert (run.code, run.err) == (0, "")
    assert not (repo / "clusters/a/multus-thick").exists()
    diff = git(repo, "diff", "-U0", "clusters")
    commit(repo, {})
    assert migrator("edit", "clusters/a", cwd=repo).out.startswith("NOTHING TO CHANGE")
    return "".join(line for line in diff.splitlines(True) if line[:3] not in ("---", "+++"))


def test_patches_within_the_kustomization(tmp_path: Path) -> None:
    operations = """\
patches:
# the storage team's
- patch: |-
    # one for each tenant
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --namespace-isolation=true
    - {op: add, path: /spec/template/spec/priorityClassName, value: high}  # stays
    - op: add  # slow
      path: /spec/template/spec/containers/0/resources
      value: {limits: {cpu: 50m, memory: 300Mi}}
"""
    merge = """\
- patch: |  # and this
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: kube-multus-ds, namespace: kube-system}
    spec:
      template:
        spec:
          containers:
          - name: kube-multus
            image: IMAGE:v4.1.3  # not yet
""".replace("IMAGE", IMAGE)
    repo = estate(
        tmp_path, {"clusters/a/kustomization.yaml": f"{OVERLAY}{operations}{TARGET}{merge}"}
    )
    diff = edited(repo)
    changed = [line for line in diff.splitlines() if line[:1] in ("+", "-")]
    assert changed == [
        "-    - op: add",
        "-      path: /spec/template/spec/containers/0/args/-",
        "-      value: --namespace-isolation=true",
        "-      value: {limits: {cpu: 50m, memory: 300Mi}}",
        "+      value: {limits: {memory: 300Mi}, requests: {memory: 128Mi, cpu: 100m}}",
        f"-            image: {IMAGE}:v4.1.3  # not yet",
        f"+            image: {IMAGE}:v4.2.4-thick  # not yet",
    ]
    assert '"namespaceIsolation": true' in (repo / "base/multus-daemon-config.yaml").read_text()


def test_patches_in_a_file_and_in_a_component_of_the_repository(tmp_path: Path) -> None:
    file = f"""\
- {{op: test, path: /spec/template/spec/containers/0/image, value: "{IMAGE}:v4.1.4"}}
- op: replace
  path: /spec/template/spec/containers/0/args
  value:
  - --multus-conf-file=auto
"""
    component = f"""\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- patch: '[{{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "{IMAGE}:v4.1.3"}}]'
{TARGET}"""
    target = (
        "  target: {version: v1, group: apps, kind: DaemonSet, name: kube-multus-ds, "
        "namespace: kube-system}\n"
    )
    repo = estate(
        tmp_path,
        {
            "clusters/a/kustomization.yaml": (
                f"{OVERLAY}components: [../../pin]\npatchesJson6902:\n- path: own.yaml\n{target}"
            ),
            "clusters/a/own.yaml": file.replace("v4.1.4", "v4.1.3"),
            "pin/kustomization.yaml": component,
        },
    )
    diff = edited(repo)
    assert "+++ b/base/multus.yaml" not in diff
    assert (repo / "pin/kustomization.yaml").read_text() == component.replace(
        "v4.1.3", "v4.2.4-thick"
    )
    assert (repo / "clusters/a/own.yaml").read_text() == file.partition("- op: replace")[0].replace(
        "v4.1.4", "v4.2.4-thick"
    )


def test_an_operation_that_would_change_another_item_is_named(tmp_path: Path) -> None:
    """The plan takes the mount before this one away."""
    mount = "        - {name: cnibin, mountPath: /host/opt/cni/bin}\n"
    mounts = f"{mount}        - {{name: cni, mountPath: /own}}\n"
    patch = f"""\
patches:
- patch: |-
    - op: add
      path: /spec/template/spec/containers/0/volumeMounts/2/readOnly
      value: true
{TARGET}"""
    repo = estate(
        tmp_path,
        {
            "base/multus.yaml": INSTALL.replace(mount, mounts),
            "clusters/a/kustomization.yaml": OVERLAY + patch,
        },
    )
    before = tree(repo)
    run = migrator("edit", "clusters/a", cwd=repo)
    assert (run.code, run.out) == (1, "")
    assert "clusters/a/kustomization.yaml:4: its index would mean another item" in run.err
    assert tree(repo) == before
