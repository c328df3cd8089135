"""M16, M20 and P91: what could not be read and may be Multus holds the plan back, what cannot be does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.inventory.build import build_inventory
from migrator.model.errors import MigratorError
from migrator.model.inputs import Problem, Source
from migrator.model.plan import Assumption, Plan, Readiness
from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, target
from tests.read.support import nad, read, write

INSTALL = daemonset("--multus-conf-file=auto")


def _plan(*problems: Problem, allowed: tuple[str, ...] = ()) -> Plan:
    inventory = builders.inventory(INSTALL)
    reading = replace(inventory.reading, problems=problems)
    return make_plan(replace(inventory, reading=reading), target(), allowed)


def _problem(*, related: bool) -> Problem:
    source = Source(file="apps/multus/app.yaml", line=3)
    return Problem(source=source, message="broken YAML", hint="check it", related=related)


def test_a_part_that_names_multus_is_a_blocker_with_its_place() -> None:
    plan = _plan(_problem(related=True))
    (found,) = (f for f in plan.findings if f.id == "M16")
    assert found.severity == "blocker"
    assert found.source == Source(file="apps/multus/app.yaml", line=3)
    assert found.seen == "apps/multus/app.yaml:3: broken YAML"
    assert plan.readiness is Readiness.NOT_SEEN_WHOLE


@pytest.mark.parametrize("problems", [(), (_problem(related=False),)], ids=["none", "unrelated"])
def test_what_cannot_be_multus_is_left_alone(problems: tuple[Problem, ...]) -> None:
    plan = _plan(*problems)
    assert not [f for f in plan.findings if f.id == "M16"]
    assert plan.readiness is Readiness.READY_IF


def test_allowed_it_is_an_assumption() -> None:
    plan = _plan(_problem(related=True), allowed=("M16",))
    assert plan.readiness is Readiness.READY_IF
    assert Assumption.UNSEEN in plan.assumptions


RESOURCES = "resources: [multus.yaml]\n"
IMAGE = "images: [{name: ghcr.io/k8snetworkplumbingwg/multus-cni, newName: mirror.example.com/m}]\n"


@pytest.mark.parametrize(
    ("files", "root"),
    [
        pytest.param({"app/kustomization.yaml": RESOURCES + IMAGE}, "app", id="below the folder"),
        pytest.param(
            {
                "app/kustomization.yaml": RESOURCES,
                "prod/kustomization.yaml": f"resources: [../app]\n{IMAGE}",
            },
            "prod",
            id="an overlay of it",
        ),
        pytest.param(
            {"app/kustomization.yaml": f"{RESOURCES}namespace: edge\n"}, "app", id="a namespace"
        ),
    ],
)
def test_a_root_that_changes_the_install_is_named(
    tmp_path: Path, files: dict[str, str], root: str
) -> None:
    write(tmp_path, {"app/multus.yaml": INSTALL, **files})
    plan = make_plan(build_inventory(read(tmp_path)), target())
    (found,) = (f for f in plan.findings if f.id == "M20")
    assert found.remedy.endswith(f"plan {tmp_path}/{root}")
    assert plan.readiness is Readiness.NOT_SEEN_WHOLE


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"app/kustomization.yaml": RESOURCES}, id="a list of resources"),
        pytest.param(
            {"app/kustomization.yaml": f"{RESOURCES}namespace: kube-system\n"},
            id="the namespace that it has",
        ),
        pytest.param(
            {
                "app/kustomization.yaml": f"resources: [other.yaml]\n{IMAGE}",
                "app/other.yaml": nad(),
            },
            id="another file",
        ),
    ],
)
def test_a_root_that_changes_nothing_of_it_is_left_alone(
    tmp_path: Path, files: dict[str, str]
) -> None:
    write(tmp_path, {"app/multus.yaml": INSTALL, **files})
    plan = make_plan(build_inventory(read(tmp_path)), target())
    assert not [f for f in plan.findings if f.id == "M20"]


NAD = {"nets/lan.yaml": nad()}


def fails(folder: Path) -> str:
    raise MigratorError("no such file")


def _planned(folder: Path, files: dict[str, str], **options: Any) -> Plan:
    write(folder, {**NAD, **files})
    return make_plan(build_inventory(read(folder, **options)), target())


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"k/kustomization.yaml": RESOURCES}, id="what it lists"),
        pytest.param({"multus/kustomization.yaml": "resources: [ds.yaml]\n"}, id="its folder"),
        pytest.param(
            {"k/kustomization.yaml": "resources: [gone, ns.yaml]\n", "k/ns.yaml": INSTALL},
            id="a file that it refers to",
        ),
        pytest.param(
            {"k/kustomization.yaml": "resources: [cni]\n", "k/cni/readme.json": "{}"},
            id="a folder without a kustomization",
        ),
        pytest.param(
            {"k/kustomization.yaml": "patches: [{path: multus.yaml}]\n"}, id="a patch is gone"
        ),
    ],
)
def test_a_root_below_that_cannot_be_built_is_named(tmp_path: Path, files: dict[str, str]) -> None:
    plan = _planned(tmp_path, files, build=fails)
    (found,) = (f for f in plan.findings if f.id == "M16")
    assert "kustomization.yaml:1: cannot be built, since it lists " in found.seen
    assert found.seen.endswith(": no such file")
    assert plan.readiness is Readiness.NOT_SEEN_WHOLE


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"k/kustomization.yaml": "resources: [web.yaml]\n"}, id="no word of it"),
        pytest.param(
            {"k/kustomization.yaml": "secretGenerator: [{name: multus, envs: [multus.env]}]\n"},
            id="a secret that is not committed",
        ),
        pytest.param(
            {"k/kustomization.yaml": "patchesStrategicMerge: ['{kind: multus, a: b}']\n"},
            id="an inline patch",
        ),
        pytest.param(
            {"k/kustomization.yaml": RESOURCES, "k/multus.yaml": nad("other")}, id="it is there"
        ),
    ],
)
def test_a_root_below_that_has_nothing_to_do_with_it(tmp_path: Path, files: dict[str, str]) -> None:
    plan = _planned(tmp_path, files, build=fails)
    assert not [f for f in plan.findings if f.id == "M16"]


def test_a_root_below_that_the_tool_builds_is_none(tmp_path: Path) -> None:
    files = {"k/kustomization.yaml": RESOURCES}
    plan = _planned(tmp_path, files, build=lambda folder: "")
    assert not [f for f in plan.findings if f.id == "M16"]


DEPENDENCY = "apiVersion: v2\nname: cluster\ndependencies:\n- name: %s\n  version: 1.0.0\n"
IMAGE_VALUES = "net: {image: {repository: ghcr.io/k8snetworkplumbingwg/multus-cni, tag: v4.0.2}}\n"


@pytest.mark.parametrize(
    ("files", "line"),
    [
        pytest.param({"c/Chart.yaml": DEPENDENCY % "rke2-multus"}, "c/Chart.yaml:4", id="Helm 3"),
        pytest.param(
            {
                "c/Chart.yaml": "apiVersion: v1\nname: cluster\n",
                "c/requirements.yaml": "dependencies:\n- {name: multus}\n",
            },
            "c/requirements.yaml:2",
            id="Helm 2",
        ),
        pytest.param(
            {"c/Chart.yaml": DEPENDENCY % "app-template", "c/values.yaml": IMAGE_VALUES},
            "c/Chart.yaml:1",
            id="an image in the values",
        ),
    ],
)
@pytest.mark.parametrize("more", [{}, {"multus.yaml": INSTALL}], ids=["alone", "an install"])
def test_a_chart_that_installs_multus_has_to_be_rendered(
    tmp_path: Path, files: dict[str, str], line: str, more: dict[str, str]
) -> None:
    plan = _planned(tmp_path, {**files, **more})
    (found,) = (f for f in plan.findings if f.id == "P91")
    assert str(found.source) == f"{tmp_path}/{line}"
    assert f"helm template cluster {tmp_path}/c" in found.remedy
    assert plan.readiness is Readiness.NOT_SEEN_WHOLE


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"c/Chart.yaml": DEPENDENCY % "cilium"}, id="another plugin"),
        pytest.param(
            {"c/Chart.yaml": DEPENDENCY % "multus-dynamic-networks-controller"},
            id="another program",
        ),
        pytest.param(
            {
                "c/Chart.yaml": DEPENDENCY % "rke2-multus" + "  condition: net.multus\n",
                "c/values.yaml": "net: {multus: false}\n",
            },
            id="switched off",
        ),
        pytest.param(
            {
                "c/Chart.yaml": "apiVersion: v2\nname: web\n",
                "c/values.yaml": "annotations: {k8s.v1.cni.cncf.io/networks: lan}\n",
            },
            id="it asks for a network",
        ),
        pytest.param({"c/values.yaml": IMAGE_VALUES}, id="values without a chart"),
    ],
)
def test_a_chart_that_does_not_install_multus(tmp_path: Path, files: dict[str, str]) -> None:
    plan = _planned(tmp_path, files)
    assert not [f for f in plan.findings if f.id == "P91"]


TERRAFORM = '# networks\nresource "helm_release" "multus" {}\n'
PLAY = "# nodes\n- hosts: all\n  tasks:\n    - kubernetes.core.k8s: {src: multus.yml}\n"
TASKS = "---\n- name: networks\n  ansible.builtin.shell: kubectl apply -f multus.yml\n"


def _foreign(folder: Path, files: dict[str, str]) -> list[tuple[str, str, int]]:
    """(severity, language, line) of each M22."""
    write(folder, files)
    plan = make_plan(build_inventory(read(folder)), target())
    found = [f for f in plan.findings if f.id == "M22"]
    assert bool([f for f in found if f.severity == "blocker"]) == (
        plan.readiness is Readiness.NOT_SEEN_WHOLE
    )
    return [(f.severity, f.seen.split()[3], f.source.line if f.source else 0) for f in found]


@pytest.mark.parametrize(
    ("name", "text", "language", "line"),
    [
        ("main.tf", TERRAFORM, "Terraform", 2),
        ("net/MAIN.TF", TERRAFORM, "Terraform", 2),
        ("net.jsonnet", "{ image: 'multus-cni:v4.0.2' }", "Jsonnet", 1),
        ("lib.libsonnet", "{ kind: 'NetworkAttachmentDefinition' } // Multus", "Jsonnet", 1),
        ("k3s.nix", "{ services.k3s.manifests.multus = {}; }", "Nix", 1),
        ("net.cue", 'name: "multus"', "CUE", 1),
        ("templates/multus.yml.j2", "image: '{{ multus_image }}'", "Jinja", 1),
        ("site.yml", PLAY, "Ansible", 4),
        ("roles/net/tasks/main.yaml", TASKS, "Ansible", 3),
    ],
)
def test_a_file_of_another_language_that_names_multus(
    tmp_path: Path, name: str, text: str, language: str, line: int
) -> None:
    assert _foreign(tmp_path, {name: text}) == [("blocker", language, line)]
    assert _foreign(tmp_path, {"multus.yaml": INSTALL}) == [("warning", language, line)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.tf", 'resource "helm_release" "calico" {}\n'),
        ("README.md", "# multus\n- hosts: all\n"),
        ("main.tf.yaml", "multus: {}\n"),
        ("values.yaml", "multus:\n  tasks: []\n"),
        ("list.yaml", "- multus\n- shell\n"),
        ("hosts.yaml", "- hosts: all\n  tasks: [{command: uptime}]\n"),
        (".terraform/modules/net.tf", TERRAFORM),
        ("patch.yaml", "- op: add\n  path: /x\n  value:\n    name: multus\n    command: [a]\n"),
        ("patch.yaml", "- path: /x\n  value:\n    command: [multus]\n  op: add\n"),
    ],
)
def test_what_is_none_or_names_no_multus(tmp_path: Path, name: str, text: str) -> None:
    assert _foreign(tmp_path, {name: text, "multus.yaml": INSTALL}) == []


def test_such_a_file_that_was_given_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": TERRAFORM})
    with pytest.raises(MigratorError) as error:
        read(tmp_path / "main.tf")
    (line,) = error.value.lines()
    assert "main.tf:1: Terraform is not read; give what it makes: kubectl get ds" in line


def test_a_template_that_was_given_is_read_as_the_manifest_that_it_may_be(tmp_path: Path) -> None:
    write(tmp_path, {"multus.yaml.j2": INSTALL})
    assert read(tmp_path / "multus.yaml.j2").documents
    write(tmp_path, {"multus.yaml.j2": INSTALL.replace("v4.0.2", "{{ tag }}")})
    with pytest.raises(MigratorError, match="unrendered"):
        read(tmp_path / "multus.yaml.j2")
