from __future__ import annotations

from migrator.model.inputs import MISSING
from migrator.steps import crd
from tests.builders import daemonset
from tests.steps.tools import assert_migrates, assert_unchanged, changed

OLD = """
apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata: {name: network-attachment-definitions.k8s.cni.cncf.io}
spec:
  group: k8s.cni.cncf.io
  version: v1
  scope: Namespaced
  names: {plural: network-attachment-definitions, kind: NetworkAttachmentDefinition}
  validation: {openAPIV3Schema: {properties: {spec: {properties: {config: {type: string}}}}}}
"""
NAME = "CustomResourceDefinition network-attachment-definitions.k8s.cni.cncf.io"


def test_the_crd_is_raised_with_its_schema() -> None:
    after = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "spec.version": MISSING,
        "spec.validation": MISSING,
    }
    assert_migrates(crd, daemonset(), OLD, on=NAME, gives=after)
    (version,) = changed(crd, daemonset(), OLD)[NAME]["spec.versions"]
    schema = version["schema"]["openAPIV3Schema"]
    assert (version["name"], version["served"], version["storage"]) == ("v1", True, True)
    assert schema["properties"]["spec"]["properties"]["config"]["type"] == "string"


CUSTOMISED = (
    OLD.replace(
        "properties: {config: {type: string}}",
        "description: the network, properties: {config: {type: string, description: CNI JSON}, "
        "note: {}}",
    )
    + """\
  preserveUnknownFields: true
  additionalPrinterColumns:
  - {name: Age, type: date, JSONPath: .metadata.creationTimestamp}
  subresources: {status: {}}
"""
)


def test_what_the_user_added_is_carried_over_as_v1_has_it() -> None:
    found = changed(crd, daemonset(), CUSTOMISED)[NAME]
    (version,) = found["spec.versions"]
    assert version["additionalPrinterColumns"] == [
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
    ]
    assert version["subresources"] == {"status": {}}
    schema = version["schema"]["openAPIV3Schema"]
    assert schema["type"] == "object"
    assert schema["properties"]["metadata"] == {"type": "object"}
    assert schema["properties"]["spec"] == {
        "type": "object",
        "description": "the network",
        "properties": {
            "config": {"type": "string", "description": "CNI JSON"},
            "note": {"x-kubernetes-preserve-unknown-fields": True},
        },
    }
    for field in ("additionalPrinterColumns", "subresources", "preserveUnknownFields"):
        assert found[f"spec.{field}"] is MISSING


def test_versions_that_are_listed_keep_their_names_and_their_own_columns() -> None:
    listed = OLD.replace("  version: v1\n", "") + (
        "  versions:\n"
        "  - {name: v1, served: true, storage: true, additionalPrinterColumns: [{name: N, type: "
        "string, JSONPath: .spec.config}]}\n"
        "  - {name: v1alpha1, served: false, storage: false}\n"
    )
    first, second = changed(crd, daemonset(), listed)[NAME]["spec.versions"]
    assert (first["name"], second["name"], second["served"]) == ("v1", "v1alpha1", False)
    assert first["additionalPrinterColumns"][0]["jsonPath"] == ".spec.config"
    assert "additionalPrinterColumns" not in second


def test_group_names_and_scope_stay() -> None:
    assert_unchanged(crd, daemonset(), OLD, paths=("spec.group", "spec.names", "spec.scope"))


def test_a_v1_crd_stays() -> None:
    assert_unchanged(crd, daemonset(), OLD.replace("v1beta1", "v1"))


def test_other_crds_stay() -> None:
    assert_unchanged(crd, daemonset(), OLD.replace("network-attachment-definitions.k8s", "ips.x"))


def test_without_an_install_that_moves_nothing_is_raised() -> None:
    assert_unchanged(crd, OLD)
