from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path

import pytest

from migrator.inventory.build import build_inventory
from migrator.model.inputs import InputFile
from migrator.read.duplicates import is_fragment
from tests.read.support import nad, names, parsed, read, refused, write


def test_order_comes_from_names_alone(tmp_path: Path) -> None:
    write(tmp_path, {f"{n}.yaml": nad(n.replace("/", "-")) for n in ("b/a", "a", "c", "b/B", "B")})
    assert names(read(tmp_path)) == ["B", "a", "c", "b-B", "b-a"]


def test_suffixes_and_hidden_folders(tmp_path: Path) -> None:
    files = (
        "a.yaml",
        "b.yml",
        "c.JSON",
        "d.txt",
        "e.yaml.bak",
        ".git/f.yaml",
        ".g.yaml",
        "x/.h/i.yml",
    )
    write(tmp_path, {name: nad(Path(name).name[-6:-5].strip(".") or "n") for name in files})
    found = [str(Path(d.source.file).relative_to(tmp_path)) for d in read(tmp_path).documents]
    assert found == [".g.yaml", "a.yaml", "b.yml", "c.JSON"]


def test_a_hidden_folder_that_the_user_names_is_read(tmp_path: Path) -> None:
    write(tmp_path, {".flux/a.yaml": nad()})
    assert names(read(tmp_path / ".flux")) == ["storage"]


def test_names_stay_as_the_user_gave_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"net/a.yaml": nad("a"), "b.yaml": nad("b")})
    monkeypatch.chdir(tmp_path)
    assert [str(d.source) for d in read("net/", "b.yaml").documents] == ["net/a.yaml:1", "b.yaml:1"]
    assert [d.source.file for d in read(".").documents] == ["b.yaml", "net/a.yaml"]


def test_one_file_by_several_ways_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"net/a.yaml": nad()})
    (tmp_path / "link.yaml").symlink_to("net/a.yaml")
    monkeypatch.chdir(tmp_path)
    reading = read("net/a.yaml", "net", "./net/a.yaml", "net/../net", "link.yaml", "net")
    assert [d.source.file for d in reading.documents] == ["net/a.yaml"]


def test_links_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, {"a/x.yaml": nad("x"), "b/y.yaml": nad("y")})
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "b").symlink_to(tmp_path / "b")
    (tmp_path / "b" / "a").symlink_to(tmp_path / "a")
    (tmp_path / "self.yaml").symlink_to("self.yaml")
    assert refused(tmp_path)[0].startswith(f"{tmp_path}/self.yaml:1: ")
    assert names(read(tmp_path, keep_going=True)) == ["x", "y"]


def test_a_dead_link_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": nad()})
    (tmp_path / "b.yaml").symlink_to("gone.yaml")
    assert refused(tmp_path)[0].startswith(f"{tmp_path}/b.yaml:1: no such file or folder; ")


def test_pipes_in_a_folder_are_not_opened(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": nad()})
    os.mkfifo(tmp_path / "b.yaml")
    assert names(read(tmp_path)) == ["storage"]


def test_a_pipe_that_the_user_names_is_read(tmp_path: Path) -> None:
    """``plan <(helm template .)``"""
    pipe = tmp_path / "63"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(nad(),))
    writer.start()
    assert names(read(pipe)) == ["storage"]
    writer.join()


def test_output_of_an_earlier_run_is_passed_over(tmp_path: Path) -> None:
    ours = json.dumps({"version": 1, "tool": "multus-migrator"})
    write(
        tmp_path,
        {
            "a.yaml": nad(),
            "out/plan.json": ours,
            "out/base/a.yaml": nad(),
            "theirs/plan.json": '{"tool": "terraform"}',
            "theirs/b.yaml": nad("b"),
            "broken/plan.json": "{",
            "broken/c.yaml": nad("c"),
            "list/plan.json": "[]",
        },
    )
    assert names(read(tmp_path)) == ["storage", "c", "b"]


def test_standard_input(tmp_path: Path) -> None:
    text = nad("a") + "---\n" + nad("b")
    reading = read("-", "-", stdin=text.encode())
    assert [str(d.source) for d in reading.documents] == ["-:1", "-:9"]
    assert {d.form for d in reading.documents} == {"stdin"}
    assert reading.inputs == (
        InputFile(name="-", sha256=hashlib.sha256(text.encode()).hexdigest()),
    )


def test_digests_of_everything_that_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"b.yaml": nad(), "a.yaml": "x: 1\n", "n/etc/cni/net.d/1.conf": "{}"})
    monkeypatch.chdir(tmp_path)
    reading = read("b.yaml", "a.yaml", "-", stdin=b"z: 1\n", node_files=Path("n"))
    assert [item.name for item in reading.inputs] == [
        "-",
        "a.yaml",
        "b.yaml",
        "n/etc/cni/net.d/1.conf",
    ]
    assert reading.inputs[2].sha256 == hashlib.sha256(nad().encode()).hexdigest()


def test_an_object_in_two_files_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": "# c\n" + nad(), "b.yaml": nad("other") + "---\n" + nad()})
    [line] = refused(tmp_path, keep_going=True)
    assert line == (
        f"{tmp_path}/b.yaml:9: NetworkAttachmentDefinition apps/storage is also in"
        f" {tmp_path}/a.yaml:2; plan one of them, or give the kustomize root that builds them"
    )


def test_two_copies_of_an_install_are_one_line(tmp_path: Path) -> None:
    text = "---\n".join(nad(name) for name in "abcd")
    write(tmp_path, {"v1.yaml": text, "v2.yaml": text})
    [line] = refused(tmp_path)
    assert "(and 3 more of these files)" in line


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(nad().replace("apps", "other"), id="another namespace"),
        pytest.param(nad().replace("  namespace: apps\n", ""), id="no namespace"),
        pytest.param(nad("Storage"), id="another case"),
        pytest.param(nad().replace("k8s.cni.cncf.io/v1", "nmstate.io/v1"), id="another group"),
        pytest.param(nad().replace("  name: storage", "  generateName: storage"), id="no name"),
    ],
)
def test_objects_that_only_look_alike(tmp_path: Path, other: str) -> None:
    write(tmp_path, {"a.yaml": nad(), "b.yaml": other})
    assert len(read(tmp_path).documents) == 2


def test_objects_without_a_name_are_never_the_same(tmp_path: Path) -> None:
    text = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n"
    write(tmp_path, {"a.yaml": text, "b.yaml": text})
    assert len(read(tmp_path).documents) == 2


def test_the_version_does_not_make_another_object(tmp_path: Path) -> None:
    text = (
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: m}\nspec: {template: {spec: {}}}\n"
    )
    whole = text.replace(
        "spec: {}", "spec: {containers: [{name: m, image: m, command: [/thin_entrypoint]}]}"
    )
    write(tmp_path, {"a.yaml": whole, "b.yaml": whole.replace("/v1", "/v1beta2")})
    assert "is also in" in refused(tmp_path)[0]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("apiVersion: v1\nkind: Namespace\nmetadata: {name: _}\n", id="a Namespace"),
        pytest.param(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: cni-exporter}\n",
            id="another DaemonSet",
        ),
    ],
)
def test_twice_is_not_too_often_for_what_does_not_matter(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"a/x.yaml": text, "b/x.yaml": text, "nad.yaml": nad()})
    assert build_inventory(read(tmp_path)).nads


DAEMONSET = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-multus-ds, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: kube-multus
        image: ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2
"""
FRAGMENT = DAEMONSET.replace("        image: ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2\n", "")


def test_a_workload_fragment_beside_its_object_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"a-patch.yaml": FRAGMENT, "b.yaml": DAEMONSET, "c-patch.yaml": FRAGMENT})
    reading = read(tmp_path)
    assert [d.source.file for d in reading.documents] == [f"{tmp_path}/b.yaml"]
    assert [str(s) for s in reading.fragments] == [
        f"{tmp_path}/a-patch.yaml:1",
        f"{tmp_path}/c-patch.yaml:1",
    ]


def test_a_workload_fragment_alone_is_kept_for_the_inventory_to_judge(tmp_path: Path) -> None:
    write(tmp_path, {"patch.yaml": FRAGMENT})
    reading = read(tmp_path)
    assert names(reading) == ["kube-multus-ds"]
    assert len(reading.fragments) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DAEMONSET, id="an image"),
        pytest.param(FRAGMENT.replace("apps/v1", "apps.kruise.io/v1"), id="of another group"),
        pytest.param(nad(), id="no workload"),
    ],
)
def test_what_is_no_fragment(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"a.yaml": text})
    assert read(tmp_path).fragments == ()


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Pod", ("spec",)),
        ("Deployment", ("spec", "template", "spec")),
        ("CronJob", ("spec", "jobTemplate", "spec", "template", "spec")),
    ],
)
def test_fragments_are_known_by_the_pod_template_of_their_kind(
    tmp_path: Path, kind: str, path: tuple[str, ...]
) -> None:
    spec: object = {"containers": [{"name": "a"}, {"name": "b", "image": "x"}]}
    for key in reversed(path):
        spec = {key: spec}
    assert isinstance(spec, dict)
    value = {"apiVersion": "v1", "kind": kind, **spec}
    assert not is_fragment(parsed(json.dumps(value))[0])
    assert is_fragment(parsed(json.dumps(value).replace("image", "x"))[0])
