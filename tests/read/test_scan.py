"""The quick scan misses nothing that matters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from migrator.read.chunks import chunks_at, split
from migrator.read.scan import is_helm_output, matters, mentions_istio, names_multus, places
from migrator.read.streams import Stream, read_stream
from tests.read.support import nad, parsed, read, refused, write


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(nad(), id="a NAD"),
        pytest.param("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}", id="a Namespace"),
        pytest.param("apiVersion: apps/v1\nkind: DaemonSet\n", id="a DaemonSet of anything"),
        pytest.param("apiVersion: v1\nkind: ServiceAccount\n", id="an account of any name"),
        pytest.param("apiVersion: x/v1\nkind: ClusterRoleBinding\n", id="a role binding"),
        pytest.param("apiVersion: v1\nkind: Node\n", id="a node"),
        pytest.param("apiVersion: kyverno.io/v1\nkind: Policy\n", id="a policy by its group"),
        pytest.param("apiVersion: v1\nkind: Pod\nmetadata: {name: MULTUS}", id="capitals"),
        pytest.param('apiVersion: v1\nkind: Pod\nx: "mul\\x74us"', id="an escaped letter"),
        pytest.param('apiVersion: v1\nkind: Pod\nx: "\\u006dultus"', id="an escaped letter, \\u"),
        pytest.param('apiVersion: v1\nkind: Pod\nx: "\\U0000006dultus"', id="the same with \\U"),
        pytest.param('apiVersion: v1\nkind: Pod\nx: "mul\\\n  tus"', id="a folded word"),
        pytest.param('apiVersion: v1\n"\\x6bind": Namespace', id="an escaped key"),
        pytest.param("{{ if }}\napiVersion: v1\nkind: DaemonSet", id="a template of such"),
    ],
)
def test_documents_that_matter(text: str) -> None:
    for stream in (text.encode(), text.encode("utf-16")):
        assert matters(stream), "UTF-16 is an error, but no reason to pass it over"
        assert list(chunks_at(stream, places(stream)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("apiVersion: v1\nkind: Service\nmetadata: {name: web}", id="a Service"),
        pytest.param("apiVersion: apps/v1\nkind: Deployment\ncontainers: []", id="a Deployment"),
        pytest.param("apiVersion: v2\nname: multus\n", id="a Chart.yaml"),
        pytest.param("multus:\n  enabled: true\n", id="Helm values"),
        pytest.param("services: {multus: {image: x}}\nkind: of", id="a compose file"),
        pytest.param("apiVersion: v1\nkind: Role\ntargetNamespace: x", id="half a word"),
        pytest.param("apiVersion: v1\nkind: Job\nrun: |\n  a \\\n  b", id="a shell line goes on"),
    ],
)
def test_documents_that_cannot_matter(text: str) -> None:
    assert not matters(text.encode())


def test_every_pod_template_matters_where_istio_occurs(tmp_path: Path) -> None:
    """Its webhook adds the networks annotation to pods that say nothing of it (ruling 11)."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{image: x}]}\n"
    write(tmp_path, {"pod.yaml": pod, "nad.yaml": nad()})
    assert [d.ref.kind for d in read(tmp_path).documents] == ["NetworkAttachmentDefinition"]
    write(tmp_path, {"values.yaml": "cni: {provider: Istio}\n"})
    assert [d.ref.kind for d in read(tmp_path).documents] == ["NetworkAttachmentDefinition", "Pod"]


def test_istio_is_seen_in_utf16_and_in_escapes() -> None:
    assert mentions_istio("x: istio".encode("utf-16"))
    assert mentions_istio(b'x: "\\x69stio"')
    assert not mentions_istio(b"x: is tio \\")


def test_what_cannot_matter_is_not_even_checked_for_syntax(tmp_path: Path) -> None:
    chart = "apiVersion: v1\nkind: Service\nmetadata:\n{{ include }}\n  name: [\n"
    write(tmp_path, {"a-chart.yaml": chart, "b.yaml": nad(), "c.yaml": b"x: \xff\xfe"})
    reading = read(tmp_path)
    assert [d.ref.name for d in reading.documents] == ["storage"]
    assert reading.problems == ()


def test_a_broken_document_that_may_matter_ends_the_run(tmp_path: Path) -> None:
    chart = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n{{ include }}\n  name: multus-[\n"
    write(tmp_path, {"chart.yaml": chart, "nad.yaml": nad()})
    assert refused(tmp_path)[0].startswith(f"{tmp_path}/chart.yaml:4: an unrendered template")
    reading = read(tmp_path, keep_going=True)
    assert [d.ref.name for d in reading.documents] == ["storage"]
    assert [str(p.source) for p in reading.problems] == [f"{tmp_path}/chart.yaml:4"]


def test_lines_are_counted_through_documents_that_are_passed_over() -> None:
    other = "# a\r\nkind: [broken\r\n---\r\n"
    text = (other * 3 + nad().replace("\n", "\r\n")).encode()
    content = read_stream(Stream("f.yaml", text), everything=False)
    assert [str(d.source) for d in content.documents] == ["f.yaml:10"]
    assert content.problems == ()


def test_a_named_file_without_a_hit_is_parsed_so_that_the_reason_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"broken.yaml": "a: [1\nb: 2\n"})
    assert refused(tmp_path / "broken.yaml")[0].startswith(f"{tmp_path}/broken.yaml:2: broken YAML")
    assert read(tmp_path).documents == (), "a folder may hold such files"


_WORDS = ("multus", "k8s.v1.cni.cncf.io/networks", "v1.multus-cni.io/default-network", "Istio")
_KINDS = ("Namespace", "DaemonSet", "ClusterRole", "ServiceAccount", "NetworkAttachmentDefinition")
_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)


def _hidden(word: str) -> st.SearchStrategy[Any]:
    """A tree that holds the word somewhere: in a key, a value, within other text."""
    inside = st.tuples(_text, _text).map(lambda pair: f"{pair[0]}{word}{pair[1]}")
    return st.recursive(
        inside | st.dictionaries(inside, st.none(), min_size=1, max_size=1),
        lambda tree: (
            st.lists(tree, min_size=1, max_size=2) | st.dictionaries(_text, tree, min_size=1)
        ),
        max_leaves=3,
    )


_spellings = st.fixed_dictionaries(
    {
        "default_style": st.sampled_from([None, "'", '"', "|", ">"]),
        "default_flow_style": st.booleans(),
        "width": st.integers(1, 40),
        "allow_unicode": st.booleans(),
        "indent": st.integers(2, 6),
    }
)


@given(st.sampled_from(_WORDS).flatmap(_hidden), _spellings, st.booleans())
def test_no_spelling_hides_a_word(tree: Any, spelling: dict[str, Any], as_json: bool) -> None:
    value = {"apiVersion": "example.org/v1", "kind": "Thing", "tree": tree}
    text = json.dumps(value) if as_json else yaml.dump(value, Dumper=yaml.SafeDumper, **spelling)
    assert matters(text.encode())


@given(st.sampled_from(_KINDS), _spellings, st.booleans())
def test_no_spelling_hides_a_kind(kind: str, spelling: dict[str, Any], as_json: bool) -> None:
    value = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}}
    text = json.dumps(value) if as_json else yaml.dump(value, Dumper=yaml.SafeDumper, **spelling)
    assert matters(text.encode())
    assert parsed(text)[0].ref.kind == kind


@given(st.sampled_from(_WORDS), st.data())
def test_no_escaping_of_single_letters_hides_a_word(word: str, data: st.DataObject) -> None:
    forms = ["{c}", "\\x{n:02x}", "\\u{n:04X}", "\\U{n:08x}", "{c}\\\n   "]
    spelt = "".join(data.draw(st.sampled_from(forms)).format(c=c, n=ord(c)) for c in word)
    text = f'apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nword: "{spelt}"\n'
    assert parsed(text)[0].data["word"] == word
    assert matters(text.encode())


_PIECES = (
    "---\n", "\n---\n", "\n...\n", "\n", "\r", "\r\n", " ", "# x", "a: 1", "\0", "\ufeff", "'", '"', "{{ if }}",
    "\\", "\\x", "6d", "\\x6dultus", "mult\\u0075s", "\\U0000006dultus", "\\\n", "\\\r\n  ", "ul", "tus", "Mul", "multus", "cn", "i",
    "is", "tio", "net-", "attach", "ment", "ovs-", "network", "rdma", "apiVersion: v1\n", "apiVersion: v1\nkind: ",
    "kind: ", "kind:", "'kind' :\n", "\\x6bind: ", "Node", "NodePort", "target", "Namespace", "ClusterRole", "Binding",
    "DaemonSet", "kyverno.io/", "constraints.gatekeeper.sh/", "ServiceAccount", "containers", "LimitRange",
)  # fmt: skip
_streams = st.lists(st.sampled_from(_PIECES), max_size=30).map("".join)


@given(_streams, st.booleans(), st.sampled_from([0, 1, 7, 40, 10_000]), st.sampled_from([8, 16]))
def test_a_stream_at_once_is_its_documents_one_by_one(
    text: str, injected: bool, size: int, bits: int
) -> None:
    """Whatever the blocks that it is looked through in."""
    stream = text.encode(f"utf-{bits}")

    def counts(document: bytes) -> bool:
        return matters(document, injected=injected) or names_multus(document)

    found = chunks_at(stream, places(stream, injected=injected, size=size))
    one_by_one = [chunk for chunk in split(stream) if counts(chunk.data)]
    assert [chunk for chunk in found if counts(chunk.data)] == one_by_one


def test_only_documents_with_a_word_are_looked_at() -> None:
    other = "apiVersion: v1\nkind: Service\n---\n"
    stream = (other * 900 + nad() + "---\n" + other * 900).encode()
    (chunk,) = chunks_at(stream, places(stream))
    assert chunk.line == 2701
    assert chunk.data.decode() == nad()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("---\n# Source: multus/templates/ds.yaml\n", True, id="helm template"),
        pytest.param("# Source: multus/templates/ds.yaml\n", True, id="at the very beginning"),
        pytest.param("# Source: https://\n---\n# Source: a/b\n", True, id="the second of two"),
        pytest.param("\n# Source: multus\n", False, id="no file of a chart"),
        pytest.param("x: y # Source: multus/templates/ds.yaml\n", False, id="within a line"),
        pytest.param("\n## Source: multus/templates/ds.yaml\n", False, id="another comment"),
    ],
)
def test_what_helm_wrote(text: str, written: bool) -> None:
    assert is_helm_output(text.encode()) is written
