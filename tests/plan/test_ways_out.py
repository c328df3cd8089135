"""Where a kustomize root is not built here: what the message says to do is done, and leads to a plan.

Each test runs the real kubectl or kustomize, with the flags that the user's own call would have.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from migrator.tools.kustomize import find_tool
from tests.builders import ROLE, daemonset, hand_written, with_hand_written
from tests.cli.tools import Run, migrator
from tests.plan.estates import RULES
from tests.read.support import write

pytestmark = pytest.mark.kustomize

INSTALL = f"{daemonset('--multus-conf-file=auto')}---\n{ROLE}{RULES}"
IMAGES = (
    "images: [{name: ghcr.io/k8snetworkplumbingwg/multus-cni, newName: m.example/multus-cni}]\n"
)
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


def _build(folder: Path) -> bool:
    tool = find_tool()
    assert tool is not None
    return (
        subprocess.run([*tool.command, str(folder)], capture_output=True, check=False).returncode
        == 0
    )


def _piped(hint: str, cwd: Path) -> Run:
    """What ``kustomize build ... | multus-migrator plan -`` at the end of a message does."""
    command = re.findall(r"kustomize build (.*) \| multus-migrator plan -", hint)
    tool = find_tool()
    assert tool is not None
    built = subprocess.run(
        [*tool.command, *shlex.split(command[-1])], cwd=cwd, capture_output=True, check=True
    )
    return migrator("plan", "-", "-o", "out", cwd=cwd, stdin=built.stdout)


def test_a_file_outside_of_its_folder(tmp_path: Path) -> None:
    root = {"root/kustomization.yaml": "resources: [../shared/m.yaml]\n", "shared/m.yaml": INSTALL}
    write(tmp_path, root)
    run = migrator("plan", "root", cwd=tmp_path)
    assert run.code == 4
    assert _piped(run.err, tmp_path).code == 0


def test_a_base_from_elsewhere_that_is_at_hand_by_then(tmp_path: Path) -> None:
    """The build needs a network; what it gives does not say where it came from."""
    remote = "https://git.example/multus//deploy?ref=v1"
    write(tmp_path, {"root/kustomization.yaml": f"resources: [{remote}]\n", "here/m.yaml": INSTALL})
    run = migrator("plan", "root", cwd=tmp_path)
    assert (run.code, remote in run.err) == (4, True)
    write(tmp_path, {"root/kustomization.yaml": "resources: [m.yaml]\n", "root/m.yaml": INSTALL})
    assert _piped(run.err, tmp_path).code == 0


def test_a_helm_chart_names_the_flag_that_renders_it(tmp_path: Path) -> None:
    chart = "helmCharts: [{name: multus, repo: 'https://charts.example'}]\n"
    write(tmp_path, {"root/kustomization.yaml": chart})
    run = migrator("plan", "root", cwd=tmp_path)
    assert run.code == 4
    assert "kustomize build --enable-helm root | multus-migrator plan -" in run.err


def test_a_component_is_given_by_its_root(tmp_path: Path) -> None:
    files = {
        "root/kustomization.yaml": "components: [../part]\nresources: []\n",
        "part/kustomization.yaml": f"{COMPONENT}resources: [m.yaml]\n",
        "part/m.yaml": INSTALL,
    }
    write(tmp_path, files)
    run = migrator("plan", "part", "-o", "out", cwd=tmp_path)
    assert (run.code, "give the root that has it in its components" in run.err) == (1, True)
    assert migrator("plan", "root", "-o", "out", cwd=tmp_path).code == 0


def test_a_root_below_a_folder_is_given_itself(tmp_path: Path) -> None:
    files = {
        "all/app/kustomization.yaml": f"resources: [m.yaml]\n{IMAGES}",
        "all/app/m.yaml": INSTALL,
    }
    write(tmp_path, files)
    run = migrator("check", "all", cwd=tmp_path)
    remedy = re.search(r"multus-migrator plan (\S+)", " ".join(run.out.split()))
    assert (run.code, "M20" in run.out) == (4, True)
    assert remedy is not None
    image = "m.example/multus-cni:v4.2.4-thick"
    done = migrator("plan", remedy[1], "--image", image, "-o", "out", cwd=tmp_path)
    assert (done.code, "M20" in done.out) == (0, False)


def test_two_roots_are_listed_by_a_third(tmp_path: Path) -> None:
    role = f"{ROLE}{RULES}"
    files = {
        "a/kustomization.yaml": "resources: [m.yaml]\n",
        "a/m.yaml": daemonset("--multus-conf-file=auto"),
        "b/kustomization.yaml": "resources: [r.yaml]\n",
        "b/r.yaml": role,
    }
    write(tmp_path, files)
    run = migrator("plan", "a", "b", "-o", "out", cwd=tmp_path)
    assert (run.code, "a kustomization that lists both" in run.err) == (1, True)
    write(tmp_path, {"both/kustomization.yaml": "resources: [../a, ../b]\n"})
    assert migrator("plan", "both", "-o", "out", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param("namePrefix: edge-\n", id="prefix"),
        pytest.param("nameSuffix: -blue\n", id="suffix"),
        pytest.param("namespace: network\n", id="namespace"),
        pytest.param("commonAnnotations: {team: network}\n", id="annotations"),
        pytest.param("labels: [{pairs: {team: network}, includeTemplates: true}]\n", id="labels"),
    ],
)
def test_a_root_that_renames_is_planned_and_proved(tmp_path: Path, fields: str) -> None:
    # with its account in the root, kustomize moves the subject of the binding as well
    account = "---\napiVersion: v1\nkind: ServiceAccount\n"
    account += "metadata: {name: multus, namespace: kube-system}\n"
    files = {"kustomization.yaml": f"resources: [m.yaml]\n{fields}", "m.yaml": INSTALL + account}
    write(tmp_path / "root", files)
    run = migrator("plan", "root", "-o", "out", cwd=tmp_path)
    assert (run.code, "Verified: built with" in run.out) == (0, True), run.err
    again = migrator("plan", "out", "-o", "twice", "--no-verify", cwd=tmp_path)
    assert again.out.startswith("NOTHING TO CHANGE")


def test_a_generated_config_map_may_have_a_hash(tmp_path: Path) -> None:
    config = (
        '{"cniVersion": "0.3.1", "name": "multus-cni-network", "type": "multus", "delegates": []}'
    )
    install = with_hand_written(config).partition("---")[0]
    assert hand_written(config).count("cni-conf.json") == 1
    generator = "configMapGenerator: [{name: multus-cni-config, namespace: kube-system, files: [cni-conf.json]}]\n"
    files = {
        "root/kustomization.yaml": f"resources: [m.yaml]\n{generator}",
        "root/m.yaml": f"{install}---\n{ROLE}{RULES}",
        "root/cni-conf.json": config.replace("[]", '[{"name": "k8s", "type": "calico"}]'),
    }
    write(tmp_path, files)
    run = migrator("plan", "root", "-o", "out", cwd=tmp_path)
    assert (run.code, "Verified: built with" in run.out) == (0, True), run.out + run.err
    # the hash follows the user's file; what the plan rests on is still guarded
    write(tmp_path, {"root/cni-conf.json": files["root/cni-conf.json"].replace("k8s", "net")})
    assert _build(tmp_path / "out")
    write(tmp_path, {"root/m.yaml": files["root/m.yaml"].replace("/entrypoint.sh", "/other.sh")})
    assert not _build(tmp_path / "out")
