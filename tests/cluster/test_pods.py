"""The check of pods in rollout.sh says what `verify --pods` says."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from migrator.inventory.running_pods import NETWORKS, NO_INTERFACE, STATUS, examine
from migrator.multus.releases import DEFAULT_TARGET
from migrator.trees.resources import templates_dir
from tests.cluster.jq import jq
from tests.inventory import test_running_pods as known

SCRIPT: Final = (templates_dir() / "report" / "rollout.sh.j2").read_text(encoding="utf-8")
SILENT: Final = "[.items[] | select(is_silent) | [.metadata.uid, missing]]"


def program() -> str:
    found = re.search(r"^readonly JQ_NETWORKS='\n(.*?)^'$", SCRIPT, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def by_jq(pods: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    code, out, err = jq(("-c", f"{program()}{SILENT}"), json.dumps({"items": pods}))
    assert (code, err) == (0, "")
    return [(uid, missing) for uid, missing in json.loads(out)]


def by_verify(pods: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [
        (one["metadata"]["uid"], list(lacking.networks))
        for one in pods
        for lacking in examine(json.dumps(one), "pods.json", DEFAULT_TARGET).silent
    ]


def numbered(pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**p, "metadata": {**p["metadata"], "uid": str(n)}} for n, p in enumerate(pods)]


WEIRD: Final = [
    *(
        "lan",
        "lan,",
        ",",
        " lan , edge/wan@up0 ",
        "a/b/c",
        "a@b@c",
        "Lan",
        "lan@a b",
        "lan@aaaaaaaaaaaaaaaa",
    ),
    *(
        "istio-cni",
        "mesh/istio-cni, kuma-cni",
        "istio-cni, lan",
        "lan@",
        "/lan",
        "a/",
        "@net1",
        "\u00a0lan\u2003",
    ),
    *(
        "[]",
        "null",
        "[null]",
        "{}",
        "[{}]",
        '[{"name": "lan"}]',
        '[{"NAME": "lan", "Namespace": "edge"}]',
    ),
    *(
        '[{"name": 5}]',
        '[{"name": "lan", "interface": ["x"]}]',
        "[",
        '"lan"',
        '[{"name": "istio-cni"}]',
        "lan\n",
    ),
]
ANSWERS: Final = [
    None, "", "[]", "{}", "null", "[", '[{"name": "primary"}]', '[{"name": "app/lan"}]', "[{}]", "[1]",
    '{"name": "app/lan"}', '[{"name": "app/lan"}, {"name": "app/lan"}]',
]  # fmt: skip


def weird(networks: str, status: str | None, older: str | None, **spec: Any) -> dict[str, Any]:
    annotations = {NETWORKS: networks, STATUS[0]: status, STATUS[1]: older}
    kept = {key: value for key, value in annotations.items() if value is not None}
    metadata = {"name": "web", "namespace": "app", "annotations": kept}
    return {"kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": "Running"}}


def test_pods_that_are_known() -> None:
    pods = [
        known.pod(*args)
        for args in (
            ("lan", [known.PRIMARY, {"name": "app/lan"}]), ("edge/lan@up0", [known.PRIMARY, {"name": "edge/lan"}]),
            (None,), ("lan, edge/wan",), ("istio-cni", [known.PRIMARY]), ("istio-cni",),
            ("lan, lan", [known.PRIMARY, {"name": "app/lan"}]), ("lan", None, "Pending"), ("lan", None, "Succeeded"),
        )
    ]  # fmt: skip
    pods = numbered([*pods, known.pod(hostNetwork=True)])
    assert by_jq(pods) == by_verify(pods)
    assert len(by_jq(pods)) == 2


@pytest.mark.parametrize("older", [None, '[{"name": "app/lan"}]', ""])
def test_each_odd_annotation_with_each_odd_status(older: str | None) -> None:
    pods = numbered([weird(asked, status, older) for asked in WEIRD for status in ANSWERS])
    assert by_jq(pods) == by_verify(pods)


PARTS: Final = st.text(alphabet='abZ-/@,. \t9[{"', max_size=12)
OBJECTS: Final = st.lists(
    st.dictionaries(
        st.sampled_from(["name", "namespace", "interface", "Name"]),
        st.sampled_from(["lan", "istio-cni", "", 3, None, "a/b"]),
    ),
    max_size=3,
).map(json.dumps)


@settings(max_examples=12, phases=[Phase.generate])
@given(st.lists(st.tuples(PARTS | OBJECTS, st.sampled_from(ANSWERS)), min_size=20, max_size=60))
def test_any_annotation(pods: list[tuple[str, str | None]]) -> None:
    given_ = numbered([weird(asked, status, None) for asked, status in pods])
    assert by_jq(given_) == by_verify(given_)


def test_it_knows_the_meshes_and_the_annotations() -> None:
    for word in (*NO_INTERFACE, *STATUS, NETWORKS):
        assert f'"{word}"' in program()
