from __future__ import annotations

import pytest

from migrator.inventory.nads import config_type, find_nads

from .documents import document, documents

HEAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  name: lan
"""


@pytest.mark.parametrize(
    ("spec", "config"),
    [
        pytest.param("", None, id="no spec: looked up on disk by name"),
        pytest.param("spec:\n", None, id="spec null"),
        pytest.param("spec: {}\n", None, id="spec empty"),
        pytest.param("spec: text\n", "<string, not an object>", id="spec is a string"),
        pytest.param("spec: []\n", "<array, not an object>", id="spec is a list"),
        pytest.param("spec:\n  config:\n", None, id="config null"),
        pytest.param("spec:\n  config: ''\n", "", id="config empty"),
        pytest.param("spec:\n  config: ' '\n", " ", id="config of white space is not empty"),
        pytest.param('spec:\n  config: \'{"type": "x"}\'\n', '{"type": "x"}', id="single quotes"),
        pytest.param('spec:\n  config: "{\\"a\\": 1}"\n', '{"a": 1}', id="double quotes"),
        pytest.param(
            "spec:\n  config: |\n    {\n      1\n    }\n", "{\n  1\n}\n", id="literal block"
        ),
        pytest.param("spec:\n  config: |-\n    {}\n", "{}", id="literal block, stripped"),
        pytest.param("spec:\n  config: >\n    {\n    }\n", "{ }\n", id="folded block"),
        pytest.param("spec:\n  config: ${CONFIG}\n", "${CONFIG}", id="placeholder is kept"),
    ],
)
def test_config_as_it_is_written(spec: str, config: str | None) -> None:
    (nad,) = find_nads(documents(HEAD + spec))
    assert nad.config == config


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        pytest.param("{type: macvlan}", "object", id="YAML map instead of JSON text"),
        pytest.param("[macvlan]", "array", id="list"),
        pytest.param("true", "boolean", id="boolean"),
        pytest.param("5", "number", id="number"),
    ],
)
def test_config_that_is_no_string_never_passes_for_json(written: str, kind: str) -> None:
    (nad,) = find_nads(documents(f"{HEAD}spec:\n  config: {written}\n"))
    assert nad.config == f"<{kind}, not a string>"
    assert config_type(nad.document) == kind


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        pytest.param("spec: {config: '{}'}\n", "string", id="a string as it has to be"),
        pytest.param("", "", id="absent"),
    ],
)
def test_config_type(spec: str, kind: str) -> None:
    assert config_type(document(HEAD + spec)) == kind


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "apiVersion: nmstate.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {name: x}",
            id="another group's NetworkAttachmentDefinition",
        ),
        pytest.param(
            "apiVersion: k8s.cni.cncf.io/v1\nkind: Network\nmetadata: {name: x}",
            id="another kind of the group",
        ),
        pytest.param(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            "metadata: {name: n}\nspec: {names: {kind: NetworkAttachmentDefinition}}",
            id="the CRD itself",
        ),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  nad: |\n"
            "    apiVersion: k8s.cni.cncf.io/v1\n    kind: NetworkAttachmentDefinition\n",
            id="a NAD quoted in a ConfigMap",
        ),
    ],
)
def test_leaves_alone(text: str) -> None:
    assert find_nads(documents(text)) == ()


def test_namespace_is_default_where_the_document_says_none_and_the_document_keeps_that() -> None:
    (nad,) = find_nads(documents(HEAD))
    assert (nad.namespace, nad.name, nad.document.ref.namespace) == ("default", "lan", "")


def test_namespace_and_resource_name_as_written() -> None:
    text = """
    apiVersion: k8s.cni.cncf.io/v1
    kind: NetworkAttachmentDefinition
    metadata:
      name: fast
      namespace: apps
      annotations:
        k8s.v1.cni.cncf.io/resourceName: example.com/nic
    """
    (nad,) = find_nads(documents(text))
    assert (nad.namespace, nad.resource_name) == ("apps", "example.com/nic")


def test_order_is_that_of_the_inputs() -> None:
    text = "---\n".join(HEAD.replace("lan", name) for name in ("c", "a", "b"))
    assert [nad.name for nad in find_nads(documents(text))] == ["c", "a", "b"]
