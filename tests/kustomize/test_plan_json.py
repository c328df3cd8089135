from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import Struct
from msgspec.structs import replace

from migrator.kustomize.plan_file import parse_plan
from migrator.kustomize.plan_json import UNSAID, plan_document, plan_text
from migrator.model import inputs, inventory, plan
from migrator.model.inputs import (
    MISSING,
    Document,
    InputFile,
    NodeFiles,
    ObjectRef,
    Reading,
    Source,
)
from migrator.model.inventory import Inventory
from migrator.model.plan import (
    Account,
    Attachment,
    Change,
    Decision,
    Finding,
    Judgement,
    Plan,
    Planned,
    Readiness,
    Resolution,
)
from tests import builders

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/plan.schema.json").read_text())
SOURCE = Source(file="multus.yaml", line=3)
REF = ObjectRef(group="apps", kind="DaemonSet", namespace="kube-system", name="kube-multus-ds")
NEW = ObjectRef(group="", kind="ConfigMap", namespace="kube-system", name="multus-daemon-config")


def _planned() -> tuple[Planned, Planned]:
    data = {"metadata": {"uid": "1"}, "spec": {"a": 1}}
    document = Document(
        ref=REF, api_version="apps/v1", source=SOURCE, data=data, form="live", text="", lines={}
    )
    changes = (
        Change(object=REF, path=("spec", "a"), before=1, after=MISSING, reason="why", rule="S1",
               source=SOURCE),
        Change(object=REF, path=("spec", "b"), before=MISSING, after=[None], reason="", rule="S2",
               source=None),
    )  # fmt: skip
    whole = Change(
        object=NEW, path=(), before=MISSING, after={"kind": "ConfigMap"}, reason="new", rule="S3",
        source=None,
    )  # fmt: skip
    return (
        Planned(ref=REF, document=document, desired={"spec": {"b": [None]}}, changes=changes),
        Planned(ref=NEW, document=None, desired=whole.after, changes=(whole,)),
    )


def _plan() -> Plan:
    reading = Reading(
        documents=(),
        inputs=(InputFile(name="multus.yaml", sha256="0" * 64),),
        problems=(),
        fragments=(),
        root=None,
        node_files=NodeFiles(nodes=(), directories=frozenset(), files=()),
    )
    finding = Finding(
        id="P01", severity="blocker", title="t", seen="s", why="w", remedy="r", reference="f",
        object=REF, source=SOURCE,
    )  # fmt: skip
    state = builders.state(
        Inventory(reading=reading, installs=(), nads=(), workloads=(), cni_files=(), neighbours=())
    )
    return Plan(
        target=builders.target(nad_overrides={"apps/net": "explicit"}),
        before=state,
        after=state,
        objects=_planned(),
        findings=(finding, replace(finding, id="P05")),
        accounts=(
            Account(kind="flag", name="--x", outcome="dropped", detail="d", source=SOURCE,
                    object=REF),
        ),
        attachments=(
            Attachment(
                workload=REF, source=SOURCE, network="n", origin="annotation", nodes=("a",),
                before=Resolution(config="{}"), after=Resolution(error="gone"), verdict="broken",
                reason="r",
            ),
        ),
        decisions=(Decision(subject="s", choice="c", reason="r"),),
        allowed=frozenset({"P05"}),
        readiness=Readiness.BLOCKED,
    )  # fmt: skip


JUDGED = Judgement(findings=(), daemons=(REF,))
FILES = {
    "plan.json": "replaced",
    "kustomization.yaml": "resources: []\n",
    "base/daemonset.apps--kube-system--kube-multus-ds.yaml": "é\n",
}


def test_the_document_is_valid_under_the_published_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(plan_text(_plan(), FILES, JUDGED)))


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"schema": 1}, id="another version"),
        pytest.param({"changes": [{}]}, id="a change without fields"),
        pytest.param({"files": {"a": "no digest"}}, id="no digest"),
        pytest.param({"extra": 1}, id="an unknown field"),
    ],
)
def test_the_schema_refuses_what_is_no_plan(broken: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**plan_document(_plan(), FILES, JUDGED), **broken}, SCHEMA)


@pytest.mark.parametrize(
    ("record", "definition"),
    [
        (inventory.Target, "target"),
        (inputs.InputFile, "input"),
        (inputs.Problem, "problem"),
        (plan.Decision, "decision"),
        (plan.Account, "account"),
        (plan.Finding, "finding"),
        (plan.Attachment, "attachment"),
        (plan.Resolution, "resolution"),
        (inputs.ObjectRef, "ref"),
        (inputs.Source, "source"),
    ],
)
def test_the_schema_knows_each_field_of_the_model(record: type[Struct], definition: str) -> None:
    told = {*record.__struct_fields__} - {UNSAID.get(record)}
    assert set(SCHEMA["$defs"][definition]["properties"]) == told


def test_absent_is_absent_and_null_is_null() -> None:
    first, second, whole = plan_document(_plan(), FILES, JUDGED)["changes"]
    assert "after" not in first
    assert "before" not in second
    assert second["after"] == [None]
    assert whole["path"] == ""


def test_files_have_their_digest_except_the_plan_itself() -> None:
    document = plan_document(_plan(), FILES, JUDGED)
    assert set(document["files"]) == set(FILES) - {"plan.json"}
    name = "kustomization.yaml"
    assert document["files"][name] == hashlib.sha256(FILES[name].encode()).hexdigest()


def test_an_object_says_where_its_base_is_and_what_was_left_out() -> None:
    old, new = plan_document(_plan(), FILES, JUDGED)["objects"]
    assert old["base"] == "base/daemonset.apps--kube-system--kube-multus-ds.yaml"
    assert old["stripped"] == ["metadata.uid"]
    assert (new["form"], new["base"]) == ("new", None)


def test_blockers_that_are_allowed_do_not_block() -> None:
    document = plan_document(_plan(), FILES, JUDGED)
    assert (document["blocked"], document["allowed"]) == (["P01"], ["P05"])


def test_the_same_plan_gives_the_same_bytes_in_any_order_of_files() -> None:
    backwards = dict(reversed(list(FILES.items())))
    assert plan_text(_plan(), FILES, JUDGED) == plan_text(_plan(), backwards, JUDGED)
    assert "\\u" not in plan_text(_plan(), FILES, JUDGED)


def test_verify_reads_what_was_written() -> None:
    plan = parse_plan(plan_text(_plan(), FILES, JUDGED))
    assert [planned.ref for planned in plan.objects] == [REF, NEW]
    changes = [planned.change for planned in plan.changes]
    assert [(c.path, c.before, c.after) for c in changes] == [
        (("spec", "a"), 1, MISSING),
        (("spec", "b"), MISSING, [None]),
        ((), MISSING, {"kind": "ConfigMap"}),
    ]
    assert changes[0].source == SOURCE
