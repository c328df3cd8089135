"""The versions of an old CRD in the form that apiextensions.k8s.io/v1 takes."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.thick.definition import versions_of

TEXT = {"type": "string"}
CONFIG = {"description": "The CNI configuration, as a JSON string", "type": "string"}
BLUEPRINT = {
    "type": "object",
    "properties": {
        "apiVersion": TEXT,
        "kind": TEXT,
        "metadata": {"type": "object"},
        "spec": {"type": "object", "properties": {"config": CONFIG}},
    },
}
ANY = {"x-kubernetes-preserve-unknown-fields": True}


def schema(spec: dict[str, Any]) -> Any:
    """The schema of the one version."""
    (version,) = versions_of(spec)
    return version["schema"]["openAPIV3Schema"]


def own(fields: dict[str, Any], **more: Any) -> Any:
    """What becomes of a schema whose spec has these fields: the spec's properties."""
    said = {"properties": {"spec": {"properties": fields, **more}}}
    return schema({"validation": {"openAPIV3Schema": said}})["properties"]["spec"]


@pytest.mark.parametrize("name", ["v1", "v1alpha1"])
def test_one_version_for_all_becomes_the_list(name: str) -> None:
    assert versions_of({"version": name}) == [
        {"name": name, "served": True, "storage": True, "schema": {"openAPIV3Schema": BLUEPRINT}}
    ]


def test_no_version_at_all_is_the_one_of_the_specification() -> None:
    (version,) = versions_of({})
    assert (version["name"], version["served"], version["storage"]) == ("v1", True, True)


def test_stated_versions_stay_in_their_order_with_what_each_says() -> None:
    stated = [
        {"name": "v2", "served": True, "storage": False, "deprecated": True},
        {"name": "v1", "storage": True},
    ]
    first, second = versions_of({"version": "v2", "versions": stated})
    assert {key: first[key] for key in first if key != "schema"} == {
        "name": "v2",
        "served": True,
        "storage": False,
    }
    assert {key: second[key] for key in second if key != "schema"} == {
        "name": "v1",
        "storage": True,
    }


def test_columns_and_subresources_of_all_become_each_version_s() -> None:
    columns = [{"name": "Age", "type": "date", "JSONPath": ".metadata.creationTimestamp"}]
    (version,) = versions_of(
        {"additionalPrinterColumns": columns, "subresources": {"status": {}}, "version": "v1"}
    )
    assert version["additionalPrinterColumns"] == [
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
    ]
    assert version["subresources"] == {"status": {}}


def test_a_version_s_own_columns_and_subresources_count() -> None:
    mine: dict[str, Any] = {
        "name": "v1",
        "additionalPrinterColumns": [{"name": "A", "jsonPath": ".a"}],
        "subresources": {"scale": {}},
    }
    (version,) = versions_of(
        {
            "versions": [mine],
            "additionalPrinterColumns": [{"name": "B", "JSONPath": ".b"}],
            "subresources": {"status": {}},
        }
    )
    assert version["additionalPrinterColumns"] == mine["additionalPrinterColumns"]
    assert version["subresources"] == mine["subresources"]


def test_a_version_s_own_schema_counts() -> None:
    of_version = {"openAPIV3Schema": {"description": "mine"}}
    of_all = {"openAPIV3Schema": {"description": "all"}}
    said = schema({"versions": [{"name": "v1", "schema": of_version}], "validation": of_all})
    assert said["description"] == "mine"
    assert said["properties"] == BLUEPRINT["properties"]
    assert schema({"versions": [{"name": "v1"}], "validation": of_all})["description"] == "all"


@pytest.mark.parametrize(
    ("field", "becomes"),
    [
        pytest.param({"type": "string", "pattern": "a"}, {"type": "string", "pattern": "a"}, id="kept"),
        pytest.param({"type": "string", "$ref": "x"}, {"type": "string"}, id="not of a structural one"),
        pytest.param({}, ANY, id="nothing is said: anything"),
        pytest.param({"x-kubernetes-int-or-string": True}, {"x-kubernetes-int-or-string": True},
                     id="a number or a text"),
        pytest.param({"items": {"type": "string"}}, {"type": "array", "items": TEXT}, id="a list"),
        pytest.param({"items": {"properties": {"a": {}}}},
                     {"type": "array", "items": {"type": "object", "properties": {"a": ANY}}},
                     id="a list of objects"),
        pytest.param({"additionalProperties": {"type": "string"}},
                     {"type": "object", "additionalProperties": TEXT}, id="a map"),
        pytest.param({"properties": {"a": TEXT}, "additionalProperties": {"type": "string"}},
                     {"type": "object", "properties": {"a": TEXT}}, id="fields, and no others"),
        pytest.param({"type": "x", "properties": {"a": TEXT}}, {"type": "x", "properties": {"a": TEXT}},
                     id="a type that is said"),
    ],
)  # fmt: skip
def test_each_level_gets_a_type(field: dict[str, Any], becomes: dict[str, Any]) -> None:
    assert own({"more": field}) == {
        "type": "object",
        "properties": {"config": CONFIG, "more": becomes},
    }


def test_what_the_user_says_of_a_known_field_counts() -> None:
    spec = own({"config": {"description": "mine", "maxLength": 5}}, description="the spec")
    assert spec["description"] == "the spec"
    assert spec["properties"]["config"] == {"description": "mine", "type": "string", "maxLength": 5}


def test_of_metadata_v1_wants_nothing_said() -> None:
    said = {"properties": {"metadata": {"properties": {"name": TEXT}}}}
    assert schema({"validation": {"openAPIV3Schema": said}})["properties"]["metadata"] == {
        "type": "object"
    }


@pytest.mark.parametrize(
    "key",
    [
        *("description", "title", "format", "nullable", "default", "enum", "required", "pattern"),
        *("minLength", "maxLength", "minimum", "maximum", "multipleOf", "exclusiveMinimum"),
        *("exclusiveMaximum", "minItems", "maxItems", "minProperties", "maxProperties"),
        *("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"),
    ],
)
def test_what_a_structural_schema_may_say_is_kept(key: str) -> None:
    assert own({"more": {"type": "x", key: "y"}})["properties"]["more"] == {"type": "x", key: "y"}
