"""FLEET.yaml is read strictly, and its JSON Schema takes and refuses the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from migrator.cli.fleet_file import Cluster, read_fleet
from migrator.model.errors import InputError
from tests.cli.tools import ROOT

SCHEMA = json.loads((ROOT / "docs/fleet-yaml.schema.json").read_text(encoding="utf-8"))
SAMPLE = ROOT / "samples/fleet/fleet.yaml"
ONE = "clusters:\n- name: a\n  inputs: [a]\n"


def read(place: Path, text: str) -> tuple[Cluster, ...]:
    path = place / "fleet.yaml"
    path.write_text(text)
    return read_fleet(path)


def complaints(place: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(place, text)
    return [line.removeprefix(f"{place}/") for line in caught.value.lines()]


def schema_takes(text: str) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "urn:multus-migrator:fleet-yaml:1"
    assert schema_takes(SAMPLE.read_text(encoding="utf-8"))


def test_every_setting_and_what_all_share(tmp_path: Path) -> None:
    text = """
defaults: {target: latest, keep-going: true, smoke-tests: none}
clusters:
- {name: a, inputs: [a, b], node-files: n, target: "4.2", source: 3.9.3, primary-cni: 1.conf,
   nad-config: mount, config: c.toml, rendered: {multus: r.yaml}, stage: 2, keep-going: false}
- {name: B_2.x, inputs: [c]}
"""
    first, second = read(tmp_path, text)
    assert first == Cluster(
        name="a",
        inputs=("a", "b"),
        node_files="n",
        target="4.2",
        source="3.9.3",
        primary_cni="1.conf",
        nad_config="mount",
        config="c.toml",
        rendered=("multus=r.yaml",),
        stage="2",
        keep_going=False,
        smoke_tests="none",
    )
    assert (second.name, second.target, second.keep_going) == ("B_2.x", "latest", True)
    assert schema_takes(text)


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    text = "clusters:\n- &a {name: a, inputs: [a], stage: 1}\n- {<<: *a, name: b}\n"
    assert [(c.name, c.inputs, c.stage) for c in read(tmp_path, text)] == [
        ("a", ("a",), "1"),
        ("b", ("a",), "1"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "fleet.yaml:1: it is empty", id="empty"),
        pytest.param(f"{ONE}---\n{ONE}", "fleet.yaml:5: it holds 2 documents", id="two documents"),
        pytest.param("- a\n", "fleet.yaml:1: it is no map", id="a list"),
        pytest.param(
            "clusters: []\n", "fleet.yaml:1: clusters is no list, or an empty one", id="none"
        ),
        pytest.param(f"{ONE}cluster: 1\n", "fleet.yaml:4: unknown key cluster", id="a key"),
        pytest.param(f"{ONE}  nodefiles: n\n", "did you mean node-files?", id="a key of one"),
        pytest.param(f"{ONE}  image: x\n", "no file says it: type --image", id="an image"),
        pytest.param(f"{ONE}  allow: [P20]\n", "no file says it: type --allow", id="a blocker"),
        pytest.param(f"{ONE}  fetch: true\n", "no file says it: type --fetch", id="a download"),
        pytest.param(
            f"defaults: {{name: x}}\n{ONE}", "fleet.yaml:1: unknown key name", id="a name of all"
        ),
        pytest.param(
            "clusters: [{name: a}]\n", "fleet.yaml:1: a cluster without inputs", id="no inputs"
        ),
        pytest.param(
            "clusters: [{inputs: [a]}]\n", "fleet.yaml:1: a cluster without name", id="no name"
        ),
        pytest.param("clusters: [a]\n", "fleet.yaml:1: a cluster: no map", id="a text"),
        pytest.param(f"{ONE}  target: 4.2\n", "fleet.yaml:4: target: is no text", id="a number"),
        pytest.param(f"{ONE}  target: 9.9.9\n", "'9.9.9' is none of auto, latest", id="a release"),
        pytest.param(f"{ONE}  source: 1.2\n", "source: is no text", id="a source"),
        pytest.param(f"{ONE}  primary-cni: x\n", "is not the name of a CNI file", id="a file"),
        pytest.param(f"{ONE}  stage: 3\n", "stage: is none of 1, 2", id="a stage"),
        pytest.param(f"{ONE}  keep-going: 1\n", "is neither true nor false", id="a flag"),
        pytest.param(f"{ONE}  rendered: [a]\n", "is no map of releases to files", id="renders"),
        pytest.param(f"{ONE}  nad-config: magic\n", "is none of auto, explicit", id="a strategy"),
        pytest.param("clusters: [{name: a, inputs: ['-']}]", "is standard input", id="stdin"),
        pytest.param('clusters: [{name: a, inputs: ["\\0"]}]', "that no path has", id="a null"),
        pytest.param("clusters: [{name: a, inputs: a}]", "is no list of paths", id="one path"),
        pytest.param(f"{ONE}  name: b\n", "is given twice", id="a key twice"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (line,) = complaints(tmp_path, text)
    assert told in line
    assert line.startswith("fleet.yaml:")


@pytest.mark.parametrize(
    "name",
    [
        *("..", ".", "a/b", "/a", "-a", ".a", "a.", "CON", "nul.txt", "a b", "a\n", "x" * 101, "ü"),
        *("a\u202eb", "a\\b", "a:b", "${x}", "a'b"),
    ],
)
def test_a_name_that_is_no_folder_everywhere(tmp_path: Path, name: str) -> None:
    text = json.dumps({"clusters": [{"name": name, "inputs": ["a"]}]})
    (line,) = complaints(tmp_path, text)
    assert "is no name for a folder; use letters, digits" in line
    assert line.isprintable()


def test_two_of_one_name(tmp_path: Path) -> None:
    text = ONE + "- name: b\n  inputs: [a]\n- inputs: [a]\n  name: A\n"
    (line,) = complaints(tmp_path, text)
    assert line.startswith("fleet.yaml:7: A is the name of another cluster, a on line 2")
    same = '{"clusters": [{"name": "a", "inputs": ["a"]}, {"name": "a", "inputs": ["a"]}]}'
    assert len(complaints(tmp_path, same)) == 1, "on one line, too"


def test_every_mistake_is_told_up_to_a_bound(tmp_path: Path) -> None:
    lines = complaints(tmp_path, ONE + "  x: 1\n  y: 2\n- name: ..\n  inputs: [a]\n")
    assert [line.split(":")[1] for line in lines] == ["4", "5", "6"]
    many = "\n".join(f"  x{n}: 1" for n in range(1000))
    assert len(complaints(tmp_path, f"{ONE}{many}\n")) == 100


def test_aliases_that_grow_are_refused(tmp_path: Path) -> None:
    levels = "\n".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9))
    (line,) = complaints(tmp_path, f"defaults:\n  l0: &l0 [a]\n{levels}\n{ONE}")
    assert "its aliases expand to more than" in line


@pytest.mark.parametrize(
    "change",
    [{"target": 4}, {"stage": 3}, {"nope": 1}, {"inputs": []}, {"name": ".."}, {"allow": ["P20"]}],
    ids=str,
)
def test_the_schema_refuses_the_same(tmp_path: Path, change: dict[str, Any]) -> None:
    text = json.dumps({"clusters": [{"name": "a", "inputs": ["a"], **change}]})
    assert complaints(tmp_path, text)
    assert not schema_takes(text)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(InputError):
            read_fleet(path)
    (tmp_path / "latin.yaml").write_bytes(b"clusters: [{name: \xe4}]")
    with pytest.raises(InputError, match="not UTF-8"):
        read_fleet(tmp_path / "latin.yaml")
