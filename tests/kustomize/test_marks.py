"""Secrets in plan.json: none is clear, and each is checked all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.kustomize.emit import emit
from migrator.kustomize.plan_json import plan_text
from migrator.kustomize.verify import VerifyReport
from migrator.model.plan import Account, Attachment, Decision, Finding, Plan, Resolution
from migrator.plan.judge import judged, prove
from migrator.trees.redact import MARK

from .plans import DAEMONSET, MAIN, changed, created, document, kustomize, plan_of, write

SECRETS = ("s3cr3t-flag", "s3cr3t-old", "s3cr3t-new", "s3cr3t-map", "s3cr3t-env", "s3cr3t-told")
FLAG, OLD, NEW, MAP, ENV, TOLD = SECRETS

NAD = f"""\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {{name: net, namespace: apps}}
spec: {{config: '{{"type": "vpn", "password": "{OLD}"}}'}}
"""
CONFIG_MAP = f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: more, namespace: kube-system}}
data: {{a.json: '{{"token": "{MAP}", "mtu": 1}}'}}
"""
STEM = "component/patches/networkattachmentdefinition.k8s.cni.cncf.io--apps--net"


def _plan() -> Plan:
    source = DAEMONSET.replace("--cni-version=0.3.1", f"--auth-token={FLAG}")
    daemonset = changed(
        document(source),
        {f"{MAIN}.args": ["-config=/x"], f"{MAIN}.env[name=API_TOKEN].value": ENV},
    )
    config = json.dumps({"type": "vpn", "password": NEW})
    nad = changed(document(NAD), {"spec.config": config})
    told = f"password={TOLD}"
    place, ref = daemonset.changes[0].source, daemonset.ref
    assert place
    return replace(
        plan_of(daemonset, nad, created(CONFIG_MAP)),
        findings=(
            Finding(
                id="P01", severity="warning", title="t", seen=told, why="w", remedy=told,
                reference="r", error=told, object=ref, source=place,
            ),
        ),
        decisions=(Decision(subject="s", choice=told, reason=told),),
        accounts=(
            Account(
                kind="flag", name="--password", outcome="dropped", detail=told, source=place,
                object=ref,
            ),
        ),
        attachments=(
            Attachment(
                workload=ref, source=place, network="n", origin="annotation", nodes=(),
                before=Resolution(config=json.dumps({"password": TOLD})),
                after=Resolution(error=told), verdict="broken", reason=told,
            ),
        ),
    )  # fmt: skip


@pytest.fixture
def out(tmp_path: Path) -> Path:
    plan = _plan()
    files = emit(plan)
    text = plan_text(plan, files, judged(plan))
    return write(tmp_path / "out", {**files, "plan.json": text})


def _checked(out: Path) -> VerifyReport:
    return prove(out, kustomize, tool="kustomize v5")


def test_no_secret_is_in_the_plan_and_each_place_of_one_is_named(out: Path) -> None:
    text = (out / "plan.json").read_text()
    assert [secret for secret in SECRETS if secret in text] == []
    hidden = {c["path"]: c["redacted"] for c in json.loads(text)["changes"] if c["redacted"]}
    assert hidden == {
        f"{MAIN}.args": [f"{MAIN}.args"],
        f"{MAIN}.env[name=API_TOKEN].value": [f"{MAIN}.env[name=API_TOKEN].value"],
        "spec.config": ["spec.config"],
        "": ['data["a.json"]'],
    }


def test_a_text_that_only_looks_like_a_mark_is_a_value_like_any_other() -> None:
    plan = plan_of(changed(document(DAEMONSET), {f"{MAIN}.workingDir": f"/{MARK}"}))
    (change,) = json.loads(plan_text(plan, {}, judged(plan)))["changes"]
    assert (change["after"], change["redacted"]) == (f"/{MARK}", [])


@pytest.mark.kustomize
def test_what_is_marked_is_proved(out: Path) -> None:
    assert _checked(out).mismatches == ()


def _edit(old: str, new: str, name: str) -> Callable[[Path], None]:
    def tamper(out: Path) -> None:
        path = out / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        plan = json.loads((out / "plan.json").read_text())
        plan["files"].pop(name)
        (out / "plan.json").write_text(json.dumps(plan))

    return tamper


@pytest.mark.kustomize
@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        pytest.param(
            _edit(NEW, "other", f"{STEM}.yaml"),
            "NetworkAttachmentDefinition apps/net: spec.config: not as planned (it holds a secret)",
            id="a key of a config",
        ),
        pytest.param(
            _edit("vpn", "other", f"{STEM}.yaml"), "spec.config: not as planned",
            id="what stands beside a secret",
        ),
        pytest.param(
            _edit(MAP, "other", "component/resources/configmap--kube-system--more.yaml"),
            'ConfigMap kube-system/more: data["a.json"]: not as planned (it holds a secret)',
            id="a new object",
        ),
        pytest.param(
            _edit(ENV, "other", "component/patches/daemonset.apps--kube-system--kube-multus-ds.yaml"),
            "value: not as planned (it holds a secret)", id="a variable",
        ),
        pytest.param(
            _edit(FLAG, "other", "base/daemonset.apps--kube-system--kube-multus-ds.yaml"),
            "DaemonSet kube-system/kube-multus-ds", id="the base",
        ),
    ],
)  # fmt: skip
def test_another_secret_is_found_and_not_shown(
    out: Path, tamper: Callable[[Path], None], line: str
) -> None:
    tamper(out)
    found = _checked(out).mismatches
    assert any(line in each for each in found), found
    assert [secret for secret in SECRETS for each in found if secret in each] == []
