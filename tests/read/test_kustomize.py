"""Kustomize roots are built; elsewhere what a kustomization calls a patch is a fragment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from migrator.model.errors import MigratorError
from migrator.model.inputs import KustomizeRoot, Source
from migrator.read.kustomization import load, resource_files, transforms
from migrator.tools.programs import found
from tests.needs import give_up
from tests.read.support import nad, names, read, refused, write

KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
URL = "https://raw.githubusercontent.com/k8snetworkplumbingwg/multus-cni/v4.0.2/deployments/x.yml"


def built(folder: Path) -> str:
    return "# built\n" + nad("built") + "---\n" + nad(folder.name)


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_a_root_is_its_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write(tmp_path, {f"prod/{name}": "resources: [a.yaml]\n", "prod/a.yaml": "x: ["})
    monkeypatch.chdir(tmp_path)
    reading = read("prod/", build=built)
    assert names(reading) == ["built", "prod"]
    assert [str(d.source) for d in reading.documents] == ["prod (built):2", "prod (built):10"]
    assert {(d.form, d.text) for d in reading.documents} == {("build", "")}
    assert reading.root == KustomizeRoot(path="prod")
    assert [i.name for i in reading.inputs] == ["prod (built)", f"prod/{name}"]


def test_items_and_server_fields_of_a_build_are_a_build_still(tmp_path: Path) -> None:
    write(tmp_path, {"kustomization.yaml": KUSTOMIZATION})
    text = f"apiVersion: v1\nkind: List\nitems:\n- {nad().replace(chr(10), chr(10) + '  ')}"
    reading = read(tmp_path, build=lambda _: text.replace("namespace: apps", "uid: x"))
    assert [d.form for d in reading.documents] == ["build"]


def test_no_root_no_build(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": nad(), "below/kustomization.yaml": KUSTOMIZATION})
    assert read(tmp_path).root is None
    flux = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: cni}\n"
    )
    write(tmp_path, {"kustomization.yaml": flux})
    reading = read(tmp_path)
    assert names(reading) == ["storage", "cni"]
    assert reading.root is None


def test_a_root_without_a_builder_says_the_way_round(tmp_path: Path) -> None:
    write(tmp_path, {"kustomization.yaml": KUSTOMIZATION})
    [line] = refused(tmp_path, build=None)
    assert line.startswith(f"{tmp_path}/kustomization.yaml:1: a kustomize root, and neither")
    assert line.endswith(f"kustomize build {tmp_path} | multus-migrator plan -")


def test_what_the_builder_says_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"kustomization.yaml": KUSTOMIZATION})

    def fails(folder: Path) -> str:
        raise MigratorError("no such resource", hint="add it")

    assert refused(tmp_path, "no", build=fails) == [
        f"{tmp_path}/kustomization.yaml:1: no such resource; add it",
        "no: no such file or folder; check the path",
    ]


def test_broken_kustomization_of_a_root(tmp_path: Path) -> None:
    write(tmp_path, {"kustomization.yaml": "resources: [\n"})
    [line] = refused(tmp_path, build=built)
    assert line.startswith(f"{tmp_path}/kustomization.yaml:1: broken YAML")


def test_two_roots_are_one_too_many(tmp_path: Path) -> None:
    write(tmp_path, {"a/kustomization.yaml": KUSTOMIZATION, "b/kustomization.yaml": KUSTOMIZATION})
    [line] = refused(tmp_path / "a", tmp_path / "b", build=lambda folder: nad(folder.name))
    assert line.startswith(f"{tmp_path}/b:1: a second kustomize root; ")
    assert names(read(tmp_path / "a", tmp_path / "a", build=built)) == ["built", "a"]


def test_an_object_of_the_build_and_of_another_input(tmp_path: Path) -> None:
    write(tmp_path, {"root/kustomization.yaml": KUSTOMIZATION, "a.yaml": nad("built")})
    [line] = refused(tmp_path / "root", tmp_path / "a.yaml", build=built)
    assert f"is also in {tmp_path}/root (built):2; " in line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(f"resources:\n- a.yaml\n- {URL}\n", 3, id="a raw file"),
        pytest.param("resources:\n- github.com/org/repo//deploy?ref=v1\n", 2, id="a repository"),
        pytest.param("resources: [git@example.com:org/repo]\n", 1, id="over ssh"),
        pytest.param("bases:\n\n- ssh://git@example.com/org/repo\n", 3, id="an old base"),
        pytest.param("components: [example.com/org/repo.git//c]\n", 1, id="a component"),
        pytest.param(
            "patches:\n- target: {kind: X}\n  path: http://example.com/p\n", 2, id="patch"
        ),
        pytest.param("patchesStrategicMerge: ['https://example.com/p']\n", 1, id="old patch"),
        pytest.param("configMapGenerator:\n- files: [k=https://example.com/f]\n", 2, id="a file"),
        pytest.param("openapi:\n  path: https://example.com/schema.json\n", 1, id="a schema"),
        pytest.param("helmCharts:\n- name: cilium\n", 1, id="a Helm chart"),
        pytest.param("HELMCHARTS:\n- name: cilium\n", 1, id="in capitals"),
        pytest.param(f"Resources:\n- a.yaml\n- {URL}\n", 3, id="with a capital"),
        pytest.param("resources:\n- ../base\n", 4, id="in the base"),
        pytest.param("components:\n- ../over\n", 4, id="two steps away"),
    ],
)
def test_what_is_pulled_from_elsewhere(tmp_path: Path, text: str, line: int) -> None:
    files = {
        "root/kustomization.yaml": text,
        "base/kustomization.yaml": f"# base\nresources:\n- x\n- {URL}\n- ../root\n",
        "over/Kustomization": "resources: [../base]\n",
    }
    write(tmp_path, files)
    [message] = [
        f"{p.source}: {p.message}; {p.hint}" for p in read(tmp_path / "root", build=built).problems
    ]
    where = "base" if "../" in text else "root"
    assert message.startswith(f"{tmp_path}/{where}/kustomization.yaml:{line}: ")
    assert "kustomize build " in message
    assert message.endswith(f" {tmp_path}/root | multus-migrator plan -")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("resources: [a.yaml, ../base, ./x/]\n", id="local paths"),
        pytest.param("resources: [github.com/x]\n", id="a folder that is called like a host"),
        pytest.param(f"patches:\n- patch: |-\n    {URL}\n", id="within an inline patch"),
        pytest.param(f"patchesStrategicMerge:\n- |-\n  a: {URL}\n  b: c\n", id="old inline patch"),
        pytest.param(f"commonAnnotations: {{source: '{URL}'}}\n", id="an annotation"),
        pytest.param("images: [{name: a, newName: ghcr.io/x.git}]\n", id="an image"),
        pytest.param("resources:\nbases: 5\npatches: [1, null]\nhelmCharts: []\n", id="odd fields"),
        pytest.param("resources: ['" + "x" * 300 + '\', "a\\0b"]\n', id="names no file can have"),
    ],
)
def test_what_is_not_pulled_from_elsewhere(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"kustomization.yaml": text, "github.com/x/a.yaml": nad()})
    assert len(read(tmp_path, build=built).documents) == 2


PATCH = nad().replace("spec:", "  labels: {patched: 'yes'}\nspec:")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("patches:\n- path: patch.yaml\n", id="patches"),
        pytest.param("patches:\n- path: ./x/../patch.yaml\n  target: {kind: X}\n", id="long way"),
        pytest.param("patchesStrategicMerge: [patch.yaml]\n", id="patchesStrategicMerge"),
        pytest.param("patchesJson6902:\n- path: patch.yaml\n", id="patchesJson6902"),
        pytest.param("PATCHES:\n- Path: patch.yaml\n", id="in capitals"),
        pytest.param("patches\u017ftrategicmerge: [patch.yaml]\n", id="a long s, which Go folds"),
    ],
)
def test_listed_patches_are_fragments(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"base/a.yaml": nad(), "over/kustomization.yaml": KUSTOMIZATION + text})
    write(tmp_path, {"over/patch.yaml": PATCH, "over/x/y.yaml": ""})
    reading = read(tmp_path)
    assert [d.source.file for d in reading.documents] == [f"{tmp_path}/base/a.yaml"]
    assert reading.fragments == (Source(file=f"{tmp_path}/over/patch.yaml", line=1),)
    assert f"{tmp_path}/over/patch.yaml" in {i.name for i in reading.inputs}


def test_a_broken_patch_is_not_read_at_all(tmp_path: Path) -> None:
    write(tmp_path, {"x/a.yaml": nad(), "x/kustomization.yaml": "patches: [{path: b.yaml}]\n"})
    write(tmp_path, {"x/b.yaml": "apiVersion: v1\nkind: Namespace\na: ["})
    assert names(read(tmp_path)) == ["storage"]


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        pytest.param("patches: [\n", True, id="may list patches"),
        pytest.param("resources: [\n", False, id="lists none"),
    ],
)
def test_a_broken_kustomization_below_a_folder(tmp_path: Path, text: str, fails: bool) -> None:
    write(tmp_path, {"x/a.yaml": nad(), "x/kustomization.yaml": text})
    assert len(read(tmp_path, keep_going=True).problems) == fails
    if fails:
        assert refused(tmp_path)[0].startswith(f"{tmp_path}/x/kustomization.yaml:1: broken YAML")
    else:
        assert names(read(tmp_path)) == ["storage"]


def test_a_multus_that_a_kustomization_below_pulls_is_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {"apps/a.yaml": nad(), "net/kustomization.yaml": f"resources: [{URL}]\n"})
    reading = read(tmp_path)
    [problem] = reading.problems
    assert str(problem.source) == f"{tmp_path}/net/kustomization.yaml:1"
    assert problem.message == f"pulls {URL}, and nothing is downloaded here"
    assert problem.hint.endswith(f"kustomize build {tmp_path}/net | multus-migrator plan -")
    assert names(reading) == ["storage"]


def test_anything_else_that_a_kustomization_below_pulls_is(tmp_path: Path) -> None:
    other = "resources: [https://example.com/grafana.yaml]\n"
    write(tmp_path, {"apps/a.yaml": nad(), "net/kustomization.yaml": other})
    assert read(tmp_path).problems == ()


@pytest.mark.kustomize
def test_scalars_are_read_from_a_real_build_as_from_the_source(tmp_path: Path) -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: multus}\n"
        "spec:\n  a: [yes, off, y, 0644, 0o17, 0x1F, 1_000, 12:30:45, ~, True, .5, 1e3, 08, '5']\n"
        "  b: |\n    x\n\n    y\n  c: a\tb\n  e: &e {f: 1}\n  g:\n    <<: *e\n"
    )
    write(tmp_path, {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": text})

    program = next(found("kubectl"), "") or give_up("no kubectl")

    def kubectl(folder: Path) -> str:
        command = [program, "kustomize", str(folder)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    [build] = read(tmp_path, build=kubectl).documents
    [source] = read(tmp_path / "a.yaml").documents
    assert build.data == source.data


SPELLINGS = {
    "Resources: [a.yaml]\nNAMEPREFIX: p-\n": ["namePrefix"],
    "resources: [a.yaml]\nnameprefix: ''\nnamePrefix: p-\n": [],
    "resources: [a.yaml]\nNamePrefix: ''\nnamePrefix: p-\n": ["namePrefix"],
    "re\u017fources: [a.yaml]\nNamePrefix: p-\n": ["namePrefix"],
    "resources: [a.yaml]\nResources: [gone.yaml]\nnamePrefix: p-\n": ["namePrefix"],
}


@pytest.mark.kustomize
@pytest.mark.parametrize("text", SPELLINGS)
def test_keys_are_read_as_the_real_tool_reads_them(tmp_path: Path, text: str) -> None:
    """In any case of letters, and of two spellings the one that sorts last."""
    write(tmp_path, {"kustomization.yaml": text, "a.yaml": nad("lan")})
    program = next(found("kubectl"), "") or give_up("no kubectl")
    command = [program, "kustomize", str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    root = load(tmp_path / "kustomization.yaml", text.encode())
    assert [field for field, _ in transforms(root)] == SPELLINGS[text]
    assert ("name: p-lan" in done.stdout) is bool(SPELLINGS[text])
    assert list(resource_files(root)) == [tmp_path / "a.yaml"]


@pytest.mark.parametrize("kind", ["kind", "Kind", "KIND"])
def test_a_component_with_any_spelling_is_no_root(tmp_path: Path, kind: str) -> None:
    write(tmp_path, {"kustomization.yaml": f"{kind}: Component\nresources: [a.yaml]\n"})
    [line] = refused(tmp_path, build=built)
    assert "a kustomize Component" in line


def test_a_component_is_no_root(tmp_path: Path) -> None:
    text = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a.yaml]\n"
    write(tmp_path, {"kustomization.yaml": text, "a.yaml": nad()})
    [line] = refused(tmp_path)
    assert line.startswith(f"{tmp_path}/kustomization.yaml:1: a kustomize Component")
    assert "give the root that has it in its components" in line


def test_a_root_may_list_a_component(tmp_path: Path) -> None:
    component = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"
    write(
        tmp_path,
        {
            "root/kustomization.yaml": "resources: [a.yaml]\ncomponents: [../c]\n",
            "root/a.yaml": nad(),
            "c/kustomization.yaml": component,
        },
    )
    assert names(read(tmp_path / "root", build=built)) == ["built", "root"]


def test_a_file_outside_of_the_folder_comes_with_the_command_that_allows_it(tmp_path: Path) -> None:
    text = "resources:\n- ../shared/a.yaml\n"
    write(tmp_path, {"root/kustomization.yaml": text, "shared/a.yaml": nad()})
    [problem] = read(tmp_path / "root").problems
    assert str(problem.source) == f"{tmp_path}/root/kustomization.yaml:2"
    assert problem.message.startswith("reads ../shared/a.yaml outside")
    assert "--load-restrictor LoadRestrictionsNone" in problem.hint
    assert problem.hint.endswith("| multus-migrator plan -")
