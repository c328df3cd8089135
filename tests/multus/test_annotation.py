"""The networks annotation where no answer was recorded: v3, and the rules' edges.

The id of a case names the function it comes from and the release where that matters.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.golang.errors import NIL_DEREFERENCE
from migrator.multus import annotation
from migrator.multus.releases import parse

MISMATCH = (
    "Failed to parse: one or more items did not match comma-delimited format (must consist of "
    "lower case alphanumeric characters). Must start and end with an alphanumeric character), "
    "mismatch @ "
)
JSON_FORM = (
    "parsePodNetworkAnnotation: failed to parse pod Network Attachment Selection Annotation JSON "
    "format: "
)


def selected(text: str, release: str) -> list[tuple[str, str, str]]:
    got = annotation.parse(text, "prod", parse(release))
    assert (got.error, got.panic) == ("", "")
    return [(n.namespace, n.name, n.interface) for n in got.networks]


@pytest.mark.parametrize("release", ["3.1", "3.3", "3.9.3", "4.0.2", "4.1.4", "4.3.0"])
@pytest.mark.parametrize(
    ("text", "networks"),
    [
        pytest.param("n", [("prod", "n", "")], id="the pod's namespace"),
        pytest.param("ns/n@e0", [("ns", "n", "e0")], id="namespace and interface"),
        pytest.param(" ns / n @ e0 ", [("ns", "n", "e0")], id="spaces around every part"),
        pytest.param("a,b", [("prod", "a", ""), ("prod", "b", "")], id="two"),
        pytest.param("a,", [("prod", "a", ""), ("prod", "", "")], id="a comma too many"),
        pytest.param("\u2003n\u3000", [("prod", "n", "")], id="Unicode's white space"),
        pytest.param('[{"name":"A.b"}]', [("prod", "A.b", "")], id="JSON names are not checked"),
        pytest.param("[]", [], id="an empty list"),
    ],
)
def test_every_release_selects(text: str, networks: list[Any], release: str) -> None:
    assert selected(text, release) == networks


@pytest.mark.parametrize(
    ("text", "release", "interface"),
    [
        pytest.param(
            "n@Eth0.100", "4.1.0", "Eth0.100", id="parsePodNetworkObjectName v4.1.0: no label"
        ),
        pytest.param("n@" + "e" * 15, "4.2.4", "e" * 15, id="15 bytes"),
        pytest.param(
            "n@" + "e" * 40, "4.0.2", "e" * 40, id="v4.0.2 asks for a label of any length"
        ),
        pytest.param('[{"name":"n","interfaceRequest":"o"}]', "3.1", "o", id="v3.1's own name"),
        pytest.param('[{"name":"n","interfaceRequest":"o"}]', "3.2", "", id="v3.2 dropped it"),
        pytest.param('[{"name":"n","interfaceRequest":"o"}]', "3.3", "o", id="v3.3 took it back"),
        pytest.param('[{"name":"n","interfaceRequest":"o"}]', "4.3.0", "o", id="v4.3.0 still does"),
        pytest.param(
            '[{"name":"n","interface":"i","interfaceRequest":"o"}]',
            "4.3.0",
            "i",
            id="interface wins",
        ),
        pytest.param(
            '[{"name":"n","interface":"i"}]', "3.1", "", id="v3.1 does not know interface"
        ),
    ],
)
def test_interface(text: str, release: str, interface: str) -> None:
    assert selected(text, release) == [("prod", "n", interface)]


@pytest.mark.parametrize(
    ("text", "release", "error"),
    [
        pytest.param(
            "a/b/c",
            "3.3",
            "parsePodNetworkAnnotation: Invalid network object (failed at '/')",
            id="parsePodNetworkObjectName v3.3 without its own name",
        ),
        pytest.param(
            "n@a@b",
            "3.4",
            "parsePodNetworkAnnotation: parsePodNetworkObjectName: Invalid network object (failed "
            "at '@')",
            id="v3.4 with it",
        ),
        pytest.param(
            "n@Eth0", "3.3", f"parsePodNetworkAnnotation: {MISMATCH}'Eth0'", id="v3.3 wants a label"
        ),
        pytest.param(
            "n%d",
            "4.1.4",
            f"parsePodNetworkAnnotation: parsePodNetworkObjectName: {MISMATCH}'n%!d(MISSING)'",
            id="v4.1.4: the item is part of a format",
        ),
        pytest.param(
            "n%d",
            "4.2.4",
            f"parsePodNetworkAnnotation: parsePodNetworkObjectName: {MISMATCH}'n%d'",
            id="v4.2.4: it is not",
        ),
        pytest.param(
            "n@" + "e" * 16,
            "4.1.0",
            "parsePodNetworkAnnotation: parsePodNetworkObjectName: Failed to parse interface name: "
            "must be less than 15 chars and not contain '/' or spaces. interface name "
            f"'{'e' * 16}'",
            id="16 bytes",
        ),
        pytest.param(
            "n@" + "é" * 8,
            "4.1.0",
            "parsePodNetworkAnnotation: parsePodNetworkObjectName: Failed to parse interface name: "
            f"must be less than 15 chars and not contain '/' or spaces. interface name '{'é' * 8}'",
            id="bytes, not characters",
        ),
        pytest.param(
            "n@a\tb",
            "4.3.0",
            "parsePodNetworkAnnotation: parsePodNetworkObjectName: Failed to parse interface name: "
            "must be less than 15 chars and not contain '/' or spaces. interface name 'a\tb'",
            id="a tab in the interface",
        ),
        pytest.param(
            '[{"name":"n","ips":"10.0.0.1"}]',
            "3.4",
            f"{JSON_FORM}json: cannot unmarshal string into Go struct field "
            "NetworkSelectionElement.ips of type []string",
            id="v3.4 wants a list of ips",
        ),
        pytest.param(
            '[{"name":"n","ips":["10.0.0.1"]}]',
            "3.3",
            f"{JSON_FORM}json: cannot unmarshal array into Go struct field "
            "NetworkSelectionElement.ips of type string",
            id="v3.3 wants a string",
        ),
        pytest.param(
            '[{"name":"n","ips":["10.0.0.1/33"]}]',
            "4.2.4",
            'failed to parse CIDR "10.0.0.1/33": invalid CIDR address: 10.0.0.1/33',
            id="v3.4.2 and later check a CIDR",
        ),
        pytest.param(
            '[{"name":"n","ips":[null]}]',
            "4.2.4",
            'failed to parse IP address ""',
            id="null is empty",
        ),
        pytest.param(
            "",
            "3.3",
            'parsePodNetworkAnnotation: pod annotation not having "network" as key, refer Multus '
            "README.md for the usage guide",
            id="parsePodNetworkAnnotation v3.3: empty",
        ),
        pytest.param(
            "",
            "4.2.4",
            'parsePodNetworkAnnotation: pod annotation does not have "network" as key',
            id="parsePodNetworkAnnotation v4.2.4: empty",
        ),
    ],
)
def test_error(text: str, release: str, error: str) -> None:
    assert annotation.parse(text, "prod", parse(release)).error == error


@pytest.mark.parametrize(
    ("text", "release"),
    [
        pytest.param(
            '[{"name":"n","mac":"zz","ips":["x"]}]', "3.4.1", id="v3.4.1 checks no address"
        ),
        pytest.param('[{"name":"n","ips":"banana"}]', "3.2", id="v3.2 takes any string for ips"),
        pytest.param('[{"name":"n","ips":5,"mac":5}]', "3.1", id="v3.1 does not know ips and mac"),
        pytest.param(
            '[{"name":"n","bandwidth":5,"cni-args":5}]', "3.3", id="v3.3 has no runtime keys"
        ),
        pytest.param('[{"name":"n","infiniband-guid":5}]', "3.4.2", id="v3.4.2 knows no GUID"),
        pytest.param('[{"name":"n","deviceID":5}]', "3.6", id="v3.6 knows no deviceID"),
    ],
)
def test_what_a_release_does_not_know_it_does_not_check(text: str, release: str) -> None:
    assert selected(text, release) == [("prod", "n", "")]


@pytest.mark.parametrize(
    ("text", "release"),
    [
        pytest.param('[{"name":"n","mac":"zz"}]', "3.4.2", id="mac from v3.4.2"),
        pytest.param('[{"name":"n","bandwidth":5}]', "3.4", id="bandwidth from v3.4"),
        pytest.param('[{"name":"n","infiniband-guid":5}]', "3.6", id="GUID from v3.6"),
        pytest.param('[{"name":"n","deviceID":5}]', "3.7", id="deviceID from v3.7"),
        pytest.param('[{"name":"n","macRequest":5}]', "3.1", id="macRequest until v3.1"),
    ],
)
def test_what_a_release_knows_it_checks(text: str, release: str) -> None:
    assert annotation.parse(text, "prod", parse(release)).error


def test_a_null_among_the_networks_is_a_panic_unless_another_is_wrong() -> None:
    assert annotation.parse("[null]", "prod", parse("3.1")).panic == NIL_DEREFERENCE
    assert annotation.parse('[null,{"name":1}]', "prod", parse("4.2.4")).panic == ""


def test_writes_a_selection_as_go_writes_the_struct() -> None:
    text = (
        '[{"name":"n","ips":[],"portMappings":[{"hostPort":1},null],"bandwidth":{},'
        '"default-route":[],"cni-args":{"b":1.0,"a":null},"interfaceRequest":"o"}]'
    )
    (network,) = annotation.parse(text, "prod", parse("4.2.4")).networks
    assert json.loads(annotation.marshal(network)) == {
        "name": "n",
        "namespace": "prod",
        "interface": "o",
        "interfaceRequest": "o",
        "portMappings": [{"hostPort": 1, "containerPort": 0}, None],
        "bandwidth": {"ingressRate": 0, "ingressBurst": 0, "egressRate": 0, "egressBurst": 0},
        "default-route": [],
        "cni-args": {"a": None, "b": 1},
    }
