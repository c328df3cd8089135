from __future__ import annotations

import json

import pytest

from migrator.model.inputs import Form
from migrator.read.streams import parse_documents
from tests.read.support import nad, parsed

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("apiVersion: v2\nname: multus\nversion: 1.0.0\n", id="Chart.yaml"),
        pytest.param("multus:\n  enabled: true\n", id="Helm values"),
        pytest.param("services:\n  web: {image: multus}\n", id="compose file"),
        pytest.param("- hosts: all\n  tasks: []\n", id="Ansible playbook"),
        pytest.param("on: push\njobs: {}\n", id="CI workflow"),
        pytest.param("kind: Pod\nmetadata: {name: multus}\n", id="no apiVersion"),
        pytest.param("apiVersion: v1\nmetadata: {name: multus}\n", id="no kind"),
        pytest.param("apiVersion: 1\nkind: Pod\n", id="apiVersion is a number"),
        pytest.param("apiVersion: v1\nkind:\n", id="kind is null"),
        pytest.param("apiVersion: v1\nkind: [Pod]\n", id="kind is a list"),
        pytest.param("a: 1\na: 2\n", id="duplicate keys outside Kubernetes"),
        pytest.param("Resources: !Ref multus\n", id="tags outside Kubernetes"),
        pytest.param("a: .inf\n", id="infinity outside Kubernetes"),
        pytest.param(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", id="kustomization"
        ),
        pytest.param("just text\n", id="text"),
        pytest.param("null\n", id="null"),
        pytest.param('[{"apiVersion": "v1", "kind": "Pod"}]', id="a bare JSON list"),
        pytest.param(POD.replace("Pod", "List") + "items: []\n", id="an empty List"),
        pytest.param(
            POD.replace("Pod", "List") + "items: [5, null, {a: 1}]\n", id="a List of none"
        ),
    ],
)
def test_what_is_no_object_is_left_alone(text: str) -> None:
    assert parse_documents(text.encode(), "f.yaml") == ((), ())


def test_identity_and_place() -> None:
    [document] = parsed("# c\n---\n" + nad())
    assert str(document.ref) == "NetworkAttachmentDefinition apps/storage"
    assert document.ref.group == "k8s.cni.cncf.io"
    assert document.api_version == "k8s.cni.cncf.io/v1"
    assert str(document.source) == "f.yaml:3"
    assert str(document.at(("spec", "config"))) == "f.yaml:9"
    assert str(document.at(("spec", "missing", 0))) == "f.yaml:8", "the nearest parent"


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        pytest.param("{name: 123}", "123", id="a number"),
        pytest.param("{name: null}", "", id="null"),
        pytest.param("{generateName: x-}", "", id="a generated name"),
        pytest.param("[]", "", id="metadata is a list"),
        pytest.param("", "", id="metadata is null"),
    ],
)
def test_names_that_are_none(metadata: str, name: str) -> None:
    [document] = parsed(f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\n")
    assert document.ref.name == name


def test_items_of_lists_are_documents_of_their_own() -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n"
        "- apiVersion: v1\n  kind: List\n  items:\n"
        "  - apiVersion: v1\n    kind: Pod\n    metadata:\n      name: b\n"
    )
    first, second = parsed(text)
    assert (first.ref.name, second.ref.name) == ("a", "b")
    assert (first.source.line, second.source.line) == (4, 11)
    assert first.at(("metadata", "name")).line == 7
    assert first.form == "list-item"
    assert first.text == ""


def test_items_of_typed_lists_get_the_type_of_the_list() -> None:
    value = {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a"}}]}
    [pod] = parsed(json.dumps(value))
    assert (pod.api_version, pod.ref.kind, pod.ref.name) == ("v1", "Pod", "a")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(POD.replace("Pod", "AllowList") + "spec: {items: []}\n", id="no items"),
        pytest.param(POD.replace("Pod", "AllowList") + "items: {a: b}\n", id="items is a map"),
        pytest.param(POD + "items: []\n", id="not called a list"),
    ],
)
def test_objects_that_are_no_lists(text: str) -> None:
    assert len(parsed(text)) == 1


_LIVE = "  uid: 5d0c\n  resourceVersion: '7'\n"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        pytest.param(POD, "standalone", id="a file"),
        pytest.param(POD + _LIVE, "live", id="kubectl get -o yaml"),
        pytest.param(POD + "  generation: 3\n", "live", id="one server field"),
        pytest.param(POD + "status: {phase: Running}\n", "live", id="a status"),
        pytest.param(POD + "status: {}\n", "standalone", id="an empty status"),
        pytest.param(POD + "  creationTimestamp: null\n", "standalone", id="a generated file"),
        pytest.param(
            POD.replace("Pod", "CustomResourceDefinition") + "status: {conditions: [x]}\n",
            "standalone",
            id="the status that generators write into a CRD",
        ),
        pytest.param(json.dumps({"apiVersion": "v1", "kind": "Pod"}), "json", id="JSON"),
        pytest.param("{apiVersion: v1, kind: Pod}", "standalone", id="YAML in braces"),
    ],
)
def test_form(text: str, form: Form) -> None:
    [document] = parsed(text)
    assert document.form == form
    assert (document.text != "") == (form == "standalone")


def test_standard_input_is_a_form_of_its_own() -> None:
    (document,), _ = parse_documents(POD.encode(), "-", stdin=True)
    assert (document.form, document.text) == ("stdin", "")


def test_the_only_document_of_a_file_keeps_the_whole_file() -> None:
    text = f"# licence\r\n---\r\n# why\r\n{POD}\r\n# end\r\n---\r\n"
    [document] = parsed(text)
    assert document.text == text
    assert document.source.line == 4


def test_documents_of_a_stream_keep_their_own_text_byte_for_byte() -> None:
    first = "# first\r\n" + POD.replace("\n", "\r\n") + "# end\r\n"
    second = POD.replace("web", "db") + "  labels:   {a:   'b'}  # kept\n\n"
    one, two = parsed(f"\ufeff# licence\n---\n{first}--- # next\n{second}")
    assert one.text == first
    assert two.text == second


def test_a_byte_order_mark_is_not_part_of_the_text() -> None:
    [document] = parsed("\ufeff" + POD)
    assert document.text == POD
    assert document.data["apiVersion"] == "v1"


def test_json_documents_one_after_another() -> None:
    values = [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": n}} for n in "ab"]
    documents = parsed("\n".join(json.dumps(value) for value in values), name="f.json")
    assert [(d.ref.name, d.source.line) for d in documents] == [("a", 1), ("b", 2)]


def test_json_with_tabs_and_escapes() -> None:
    text = '{\n\t"apiVersion": "v1",\n\t"kind": "Pod",\n\t"x": "\\ud83d\\ude00\\/"\n}'
    [document] = parsed(text)
    assert document.data["x"] == "\U0001f600/"
    assert document.at(("x",)).line == 4


def test_a_document_with_a_problem_is_left_out_and_the_others_are_not() -> None:
    text = POD + "---\n" + POD + "  name: twice\n---\n" + POD.replace("web", "db")
    documents, problems = parse_documents(text.encode(), "f.yaml")
    assert [d.ref.name for d in documents] == ["web", "db"]
    assert [str(p.source) for p in problems] == ["f.yaml:10"]
