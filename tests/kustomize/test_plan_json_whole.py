"""plan.json of a whole plan, made from manifests: the fields of what it says of installs, objects
and plugins."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from migrator.kustomize.emit import emit
from migrator.kustomize.plan_json import plan_text
from migrator.plan.judge import judged
from migrator.plan.planner import make_plan
from tests.builders import INIT, V4, daemonset, inventory, target
from tests.plan.estates import cni, nad

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/plan.schema.json").read_text("utf-8"))
LAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"}
COPIER = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: install-cni-plugins, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: copy
        image: registry.example/network/cni-plugins:v1.6.0
        volumeMounts: [{name: bin, mountPath: /host/opt/cni/bin}]
      volumes: [{name: bin, hostPath: {path: /opt/cni/bin}}]
"""


@cache
def document() -> dict[str, Any]:
    found = inventory(
        daemonset("--multus-conf-file=auto", init=INIT % V4),
        nad("lan"),
        COPIER,
        files=(cni(LAN, "n1"),),
    )
    wishes = {"default/lan": "explicit"}
    wanted = target(source_release="4.0.2", primary_cni="10-a.conflist", nad_overrides=wishes)
    plan = make_plan(found, wanted)
    data: dict[str, Any] = json.loads(plan_text(plan, emit(plan), judged(plan)))
    return data


def test_it_is_valid_under_the_published_schema() -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(document())


def test_what_it_says_of_an_install() -> None:
    (install,) = document()["installs"]
    expected: dict[str, Any] = {
        "daemonset": {
            "group": "apps",
            "kind": "DaemonSet",
            "namespace": "kube-system",
            "name": "kube-multus-ds",
        },
        "source": {"file": "multus.yaml", "line": 1},
        "container": "kube-multus",
        "mode": "thin",
        "preview": False,
        "release": "4.0.2",
        "owner": "",
    }
    assert {key: install[key] for key in expected} == expected
    assert install["paths"]["cni_conf_dir"] == "/etc/cni/net.d"
    assert install["evidence"] and install["confidence"]


def test_what_it_says_of_the_target() -> None:
    found = document()["target"]
    assert (found["release"], found["source_release"]) == ("4.2.4", "4.0.2")
    assert (found["primary_cni"], found["nad_config"]) == ("10-a.conflist", "auto")
    assert found["nad_overrides"] == {"default/lan": "explicit"}


def test_the_plugins_that_are_called_are_named_with_who_installs_them() -> None:
    called = {plugin["plugin"]: plugin for plugin in document()["plugins"]}
    assert called["macvlan"]["networks"]
    assert [one["object"] for one in called["macvlan"]["installers"]] == [
        "DaemonSet kube-system/install-cni-plugins"
    ]
    assert called["macvlan"]["installers"][0]["source"]["file"] == "multus.yaml"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("DaemonSet", {"form": "standalone", "changed": True, "stripped": []}),
        ("ConfigMap", {"form": "new", "changed": True, "stripped": [], "base": None}),
        ("NetworkAttachmentDefinition", {"form": "standalone", "changed": True}),
    ],
)
def test_what_it_says_of_an_object(kind: str, expected: dict[str, Any]) -> None:
    objects = [o for o in document()["objects"] if o["ref"]["kind"] == kind]
    found = objects[0]
    assert {key: found[key] for key in expected} == expected
    assert found["verbatim"] is (found["form"] == "standalone")
    assert len(found["sha256"]) == 64
    assert (found["source"] is None) is (found["form"] == "new")
    if found["form"] == "standalone":
        assert found["base"] in document()["files"]


def test_every_object_of_a_copied_base_is_binding() -> None:
    base = document()["base"]
    assert base
    assert all(item["binding"] for item in base)
