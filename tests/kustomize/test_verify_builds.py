"""The proof on builds made by hand: each way in which one of the three can be another, in its line.

A build is the text that a tool would print; no tool is run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from migrator.kustomize.emit import emit
from migrator.kustomize.plan_json import plan_text
from migrator.kustomize.verify import VerifyReport, verify
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, ObjectRef
from migrator.model.plan import Finding, Judgement, Planned
from migrator.model.release import Release
from migrator.plan.judge import prove

from .plans import changed, created, document, plan_of, unchanged, write

OLD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: b}\ndata: {a: '1', k: x}\n"
SAME = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: multus, namespace: b}\n"
NEW = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new, namespace: b}\ndata: {a: '1'}\n"
C, S, N = "ConfigMap b/c", "ServiceAccount b/multus", "ConfigMap b/new"
REF = ObjectRef(group="", kind="ConfigMap", namespace="b", name="c")
NOTHING = Judgement(findings=(), daemons=())


def planned() -> tuple[Planned, ...]:
    return changed(document(OLD), {"data.a": "2"}), unchanged(document(SAME)), created(NEW)


def texts(*objects: Any) -> str:
    return yaml.safe_dump_all(list(map(yaml.safe_load, objects)))


BASE = texts(OLD, SAME)
BUILD = texts(OLD.replace("'1'", "'2'"), SAME, NEW)


def finding(seen: str, severity: Any = "blocker", of: ObjectRef | None = REF) -> Finding:
    return Finding(
        id="P01", title="t", severity=severity, object=of, source=None, seen=seen, why="w", remedy="r",
        reference="f",
    )  # fmt: skip


def report(
    folder: Path,
    base: str | Exception = BASE,
    whole: str | Exception = BUILD,
    rollback: str | Exception | None = None,
    judgement: Judgement = NOTHING,
    plan: Mapping[str, Any] | None = None,
) -> VerifyReport:
    """The proof of OUT where the tool prints these three texts, or fails."""
    of_plan = plan_of(*planned())
    files = emit(of_plan)
    data = {**json.loads(plan_text(of_plan, files, judgement)), **(plan or {})}
    out = write(folder / "out", {**files, "plan.json": json.dumps(data)})
    printed = {"base": base, "out": whole, "rollback": base if rollback is None else rollback}

    def build(of: Path) -> str:
        text = printed[of.name]
        if isinstance(text, Exception):
            raise text
        return text

    def judge(documents: Any, release: Release) -> Judgement:
        return judgement

    return verify(out, build, judge, tool="t 1")


def test_what_is_as_planned_is_counted(tmp_path: Path) -> None:
    found = report(tmp_path)
    assert found.mismatches == ()
    assert found.ok
    assert (found.tool, str(found.release), found.root) == ("t 1", "4.2.4", False)
    assert (found.unchanged, found.changed, found.created, found.removed) == (1, 1, 1, 0)
    assert (found.based, found.changes, found.files, found.daemons) == (2, 2, 9, 0)
    assert (found.drifted, found.unknown, found.known) == ((), 0, ())
    assert found.schema and found.schema.valid == 3


@pytest.mark.parametrize(
    ("builds", "lines"),
    [
        pytest.param({"base": texts(OLD, SAME, NEW.replace("new", "more")), "whole":
                      texts(OLD.replace("'1'", "'2'"), SAME, NEW, NEW.replace("new", "more"))},
                     ["ConfigMap b/more: in the base, but not in the plan"],
                     id="the base has an object more"),
        pytest.param({"base": texts(OLD.replace("k: x", "k: y"), SAME),
                      "whole": texts(OLD.replace("'1'", "'2'").replace("k: x", "k: y"), SAME, NEW)},
                     [f"{C}: in the base it is not what it was when the plan was made",
                      f"{C}: in the build it is not what was planned"], id="the base is another"),
        pytest.param({"whole": texts(OLD.replace("'1'", "'2'"), NEW)},
                     [f"{S}: missing in the build"], id="the build lacks an object"),
        pytest.param({"whole": texts(OLD.replace("'1'", "'3'"), SAME, NEW)},
                     [f'{C}: data.a: "3" in the build, planned is "2"',
                      f"{C}: in the build it is not what was planned"], id="another value"),
        pytest.param({"whole": MigratorError("it fails")}, ["it does not build: it fails"], id="no build of OUT"),
        pytest.param({"whole": "a: [\n"}, ["it does not build: the build: the build cannot be read: "], id="no YAML"),
        pytest.param({"rollback": MigratorError("it fails")},
                     ["the rollback does not build: it fails"], id="no rollback"),
        pytest.param({"rollback": texts(OLD)}, [f"rollback: {S}: missing"],
                     id="the rollback lacks an object"),
        pytest.param({"rollback": texts(OLD, SAME, NEW)}, [f"rollback: {N}: not in the base"],
                     id="the rollback has one more"),
        pytest.param({"rollback": BUILD.replace("name: new", "name: c2")},
                     [f"rollback: {C}: not as in the base", "rollback: ConfigMap b/c2: not in the base"],
                     id="the rollback is another"),
        pytest.param({"rollback": texts(SAME, OLD)}, [], id="the rollback in another order"),
    ],
)  # fmt: skip
def test_what_is_not_as_planned(tmp_path: Path, builds: dict[str, Any], lines: list[str]) -> None:
    found = report(tmp_path, **builds).mismatches
    assert len(found) == len(lines), found
    for line in lines:
        assert any(told.startswith(line) for told in found), found


def test_a_build_that_fails_still_tells_what_is_wrong_before(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        base=texts(OLD.replace("'1'", "'5'"), SAME),
        whole=MigratorError("it fails"),
        rollback=MigratorError("this too"),
    )
    assert found.mismatches == (
        f"{C}: in the base it is not what it was when the plan was made",
        f'{C}: data.a: "5" in the base, but the plan is for "1"',
        "it does not build: it fails",
        "the rollback does not build: this too",
    )
    assert (found.schema, found.daemons) == (None, 0)


def test_of_a_root_what_no_patch_looks_at_may_drift(tmp_path: Path) -> None:
    text = json.loads(plan_text(plan_of(*planned()), {}, NOTHING))
    base = [{**item, "binding": item["object"]["name"] == "c"} for item in text["base"]]
    root = {"root": "../root", "base": base}
    more = NEW.replace("new", "more")
    other = SAME.replace("namespace: b}", "namespace: b, labels: {a: b}}")
    found = report(
        tmp_path,
        base=texts(OLD, other, more),
        whole=texts(OLD.replace("'1'", "'2'"), other, NEW, more),
        plan=root,
    )
    assert found.mismatches == ()
    assert found.drifted == (f"{S}: in the base it is not what it was when the plan was made",)
    assert (found.root, found.based, found.unknown) == (True, 1, 1)
    gone = report(
        tmp_path / "gone", base=texts(OLD), whole=texts(OLD.replace("'1'", "'2'"), NEW), plan=root
    )
    assert gone.drifted == (f"{S}: not in the base",)


def test_what_the_checks_say_beyond_the_plan(tmp_path: Path) -> None:
    said = Judgement(findings=(finding("one"),), daemons=(REF,))
    found = report(tmp_path, judgement=said)
    assert (found.mismatches, found.daemons) == ((), 1)
    assert found.known == (f"{C}: P01, one",)


@pytest.mark.parametrize(
    ("standing", "findings", "new", "known"),
    [
        ([], [finding("one")], [f"{C}: P01, one: a blocker that the plan did not have"], []),
        ([], [finding("one", "warning", None)],
         ["the build: P01, one: a warning that the plan did not have"], []),
        (["blocker"], [finding("one"), finding("two")],
         [f"{C}: P01, two: a blocker that the plan did not have"], [f"{C}: P01, one"]),
        (["blocker", "blocker"], [finding("one"), finding("two")], [],
         [f"{C}: P01, one", f"{C}: P01, two"]),
        (["warning"], [finding("one", "warning")], [], []),
        (["warning"], [finding("one")],
         [f"{C}: P01, one: a blocker that the plan did not have"], []),
    ],
    ids=["a blocker", "of no object", "once more", "as often", "a warning is known", "a worse one"],
)  # fmt: skip
def test_findings_of_the_build_are_held_against_the_plan_s(
    tmp_path: Path, standing: list[str], findings: list[Finding], new: list[str], known: list[str]
) -> None:
    ref = {"group": "", "kind": "ConfigMap", "namespace": "b", "name": "c"}
    plan = {"standing": [{"id": "P01", "severity": s, "object": ref} for s in standing]}
    found = report(tmp_path, judgement=replace(NOTHING, findings=tuple(findings)), plan=plan)
    assert (list(found.mismatches), list(found.known)) == (new, known)


def test_a_daemon_that_does_not_run_any_more(tmp_path: Path) -> None:
    ref = {"group": "", "kind": "ConfigMap", "namespace": "b", "name": "c"}
    found = report(tmp_path, plan={"daemons": [ref]})
    assert found.mismatches == (f"{C}: does not run the daemon of v4.2.4 in the build",)


def test_a_build_that_cannot_be_judged(tmp_path: Path) -> None:
    out = write(tmp_path, emit(plan_of(*planned())))
    (out / "plan.json").write_text(
        plan_text(plan_of(*planned()), emit(plan_of(*planned())), NOTHING)
    )

    def build(of: Path) -> str:
        return BUILD if of == out else BASE

    def judge(documents: Any, release: Release) -> Judgement:
        raise MigratorError("it is no DaemonSet")

    found = verify(out, build, judge, tool="t")
    assert found.mismatches == ("the build cannot be judged: it is no DaemonSet",)


def test_only_what_is_planned_or_of_multus_is_judged(tmp_path: Path) -> None:
    seen: list[Document] = []
    of_plan = plan_of(*planned())
    files = emit(of_plan)
    out = write(tmp_path, {**files, "plan.json": plan_text(of_plan, files, NOTHING)})
    stranger = NEW.replace("new", "stranger")
    multus = NEW.replace("new", "other").replace("'1'", "'k8s.v1.cni.cncf.io/networks'")

    def judge(documents: Any, release: Release) -> Judgement:
        seen.extend(documents)
        return NOTHING

    def build(of: Path) -> str:
        return texts(OLD.replace("'1'", "'2'"), SAME, NEW, stranger, multus) if of == out else BASE

    verify(out, build, judge, tool="t")
    assert sorted(document.ref.name for document in seen) == ["c", "multus", "new", "other"]


def test_a_file_of_out_that_is_no_file_is_not_built(tmp_path: Path) -> None:
    of_plan = plan_of(*planned())
    files = emit(of_plan)
    out = write(tmp_path, {**files, "plan.json": plan_text(of_plan, files, NOTHING)})
    (out / "rollback/kustomization.yaml").unlink()
    (out / "rollback/kustomization.yaml").symlink_to(out / "kustomization.yaml")

    def build(of: Path) -> str:
        raise AssertionError("it is built")

    found = prove(out, build, tool="t")
    assert found.mismatches == (
        "rollback/kustomization.yaml: a symbolic link, which was not planned",
        "not built: it would not be these files",
    )
    assert (found.unchanged, found.changes, found.unknown) == (0, 0, 0)


def test_a_base_that_does_not_build_is_an_error_where_its_files_are_as_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(MigratorError, match="it fails"):
        report(tmp_path, base=MigratorError("it fails"))
