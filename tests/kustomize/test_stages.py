"""The stages of a rollout: what they build, and that their proof can fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from migrator.kustomize import emit as emit_module
from migrator.kustomize.compare import Objects, drift
from migrator.kustomize.emit import emit
from migrator.kustomize.plan_file import PlanFile, parse_plan
from migrator.kustomize.plan_json import plan_text
from migrator.kustomize.stage_files import STAGES
from migrator.kustomize.stage_proof import prove_stages
from migrator.model.inputs import ObjectRef
from migrator.model.plan import Change, Plan
from migrator.plan.judge import judged, prove
from migrator.plan.planner import make_plan
from tests import builders

from .plans import built_each, kustomize, write

pytestmark = pytest.mark.kustomize

ROLE = builders.ROLE + "- {apiGroups: [''], resources: [pods], verbs: [get]}\n"
STEM = "patches/daemonset.apps--kube-system--kube-multus-ds"


def planned(*texts: str, **settings: Any) -> Plan:
    return make_plan(builders.inventory(*texts), builders.target(**settings), allowed=("P34",))


def thin() -> tuple[str, ...]:
    return (builders.v3("--multus-conf-file=auto", "--namespace-isolation=true"), ROLE)


def daemonset(objects: Mapping[ObjectRef, Any]) -> Any:
    (found,) = (data for ref, data in objects.items() if ref.kind == "DaemonSet")
    return found


def template(objects: Mapping[ObjectRef, Any]) -> Any:
    return daemonset(objects)["spec"]["template"]


def without_strategy(data: Any) -> Any:
    metadata = {k: v for k, v in data["metadata"].items() if k != "annotations"}
    spec = {k: v for k, v in data["spec"].items() if k != "updateStrategy"}
    return {**data, "metadata": metadata, "spec": spec}


def test_each_stage_is_what_it_says(tmp_path: Path) -> None:
    """Held against the whole and the base by what kustomize builds of all of them."""
    out = write(tmp_path, emit(planned(*thin())))
    whole, base, *builds = built_each([out, out / "base", *(out / folder for folder in STAGES)])
    one, two, back_one, back_two = builds

    for build in (one, two):
        assert without_strategy(daemonset(build)) == without_strategy(daemonset(whole))
        assert rest(build) == rest(whole)
    assert template(back_one) == template(base), (
        "another order would restart the fleet at stage two"
    )
    assert rest(back_one) == rest(whole)
    assert without_strategy(daemonset(back_two)) == without_strategy(daemonset(base))
    assert rest(back_two) == rest(base)
    for build in (one, back_one):
        assert daemonset(build)["spec"]["updateStrategy"] == {"type": "OnDelete"}
        kept = daemonset(build)["metadata"]["annotations"]["multus-migrator/update-strategy"]
        assert kept == '{"type":"RollingUpdate"}'
    for build in (two, back_two):
        assert daemonset(build)["spec"]["updateStrategy"] == {"type": "RollingUpdate"}
        assert "annotations" not in daemonset(build)["metadata"]


def rest(objects: Mapping[ObjectRef, Any]) -> Any:
    return {ref: data for ref, data in objects.items() if ref.kind != "DaemonSet"}


STAGED = (None, 1, 2)
Asked = Callable[[str, str], Mapping[int | None, tuple[Plan, Path, Mapping[str, Objects]]]]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """By the stage that is asked for, None for no stage: the plan of an install with ``old`` made ``new``, its OUT,
    and the builds of OUT's folders."""

    @cache
    def asked(old: str, new: str) -> Mapping[int | None, tuple[Plan, Path, Mapping[str, Objects]]]:
        install, role = thin()
        install = install.replace(old, new, 1) if old else install
        plans = [planned(install, role, stage=stage) for stage in STAGED]
        outs = [write(tmp_path_factory.mktemp("asked"), emit(plan)) for plan in plans]
        folders = (".", "base", "rollback", *STAGES)
        builds = iter(built_each([out / folder for out in outs for folder in folders]))
        return {
            stage: (plan, out, {folder: next(builds) for folder in folders})
            for stage, plan, out in zip(STAGED, plans, outs, strict=True)
        }

    return asked


@pytest.mark.parametrize("stage", [1, 2])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("", "", id="as it is"),
        pytest.param("apiVersion: apps/v1", "apiVersion: extensions/v1beta1", id="raised"),
        pytest.param("metadata:", "metadata:\n  annotations:", id="annotations that are null"),
        pytest.param(
            "spec:", "spec:\n  updateStrategy: {rollingUpdate: {maxUnavailable: null}}", id="null"
        ),
    ],
)
def test_the_whole_is_the_stage_that_was_asked_for(
    asked: Asked, stage: int, old: str, new: str
) -> None:
    plan, out, builds = asked(old, new)[stage]
    assert builds["."] == builds[f"stage-{stage}"]
    assert builds["rollback"] == builds["base"]
    assert lines(plan, builds["base"], builds["."], out) == []
    changes = [change for each in plan.objects for change in each.changes]
    assert list(drift(builds["base"], changes)) == []
    _, _, plain = asked(old, new)[None]
    for folder in STAGES:
        assert builds[folder] == plain[folder]


def test_the_old_pod_reads_the_config_that_it_had(tmp_path: Path) -> None:
    """A thick install whose ConfigMap changes: in stage one of the way back it is the old one."""
    config = builders.hand_written('{"type": "multus"}')
    text = builders.with_hand_written('{"type": "multus"}')
    out = write(tmp_path, emit(planned(text, ROLE)))
    assert config in text
    back, old = built_each([out / "rollback/stage-1", out / "base"])
    mounted = [ref for ref in old if ref.kind == "ConfigMap"]
    assert mounted and all(back[ref] == old[ref] for ref in mounted)


def test_a_large_plan_has_its_stages_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emit_module, "PART_SIZE", 1)
    out = write(tmp_path, emit(planned(*thin())))
    assert (out / "parts/001").is_dir()
    folders = [out, out / "stage-1", out / "base", out / "rollback/stage-2"]
    whole, one, base, back_two = map(rest, built_each(folders))
    assert (one, back_two) == (whole, base)


def test_nothing_is_staged_where_no_pod_is_replaced() -> None:
    (complete,) = [planned(*builders.migrated(*thin()))]
    assert not any(path.split("/")[0].startswith("stage") for path in emit(complete))


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Objects, Objects]:
    out = write(tmp_path_factory.mktemp("out"), emit(planned(*thin())))
    before, after = built_each([out / "base", out])
    return planned(*thin()), before, after


def lines(plan: Plan, before: Objects, after: Objects, out: Path) -> list[str]:
    file = _file(plan)
    changes: list[Change] = [change for each in plan.objects for change in each.changes]
    return list(prove_stages(out, file, changes, before, after, lambda folder: kustomize(folder)))


def _file(plan: Plan) -> PlanFile:
    return parse_plan(plan_text(plan, {}, judged(plan)))


def test_what_was_emitted_is_proved(proved: tuple[Plan, Objects, Objects], tmp_path: Path) -> None:
    out = write(tmp_path, emit(proved[0]))
    assert lines(*proved, out) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        pytest.param(
            f"stage-1/{STEM}.yaml",
            "type: OnDelete",
            "type: RollingUpdate",
            'stage-1: DaemonSet kube-system/kube-multus-ds: spec.updateStrategy.type: "RollingUpdate" in the build',
            id="stage one moves the fleet",
        ),
        pytest.param(
            f"stage-2/{STEM}.yaml",
            "spec:\n",
            "spec:\n  minReadySeconds: 5\n",
            "stage-2: DaemonSet kube-system/kube-multus-ds: spec.minReadySeconds: 5 in the build",
            id="stage two changes something else",
        ),
        pytest.param(
            f"rollback/stage-1/{STEM}.yaml",
            "spec:\n",
            "spec:\n  template: {spec: {hostPID: true}}\n  x:\n",
            "rollback/stage-1: DaemonSet kube-system/kube-multus-ds: spec.",
            id="the way back is another pod",
        ),
        pytest.param(
            f"rollback/stage-1/{STEM}.yaml",
            "spec:\n",
            "spec:\n  template: {spec: {volumes: [{name: cnibin}]}}\n",
            "rollback/stage-1: DaemonSet kube-system/kube-multus-ds: its pod template has lists in another order",
            id="a volume that is named goes to the front of its list",
        ),
        pytest.param(
            "stage-1/kustomization.yaml",
            "../base",
            "../rollback",
            "stage-1: it is not built on what the whole is built on",
            id="another base",
        ),
        pytest.param(
            "stage-1/kustomization.yaml",
            "- ../component",
            "- ../component\nnamePrefix: x-",
            "stage-1: it is not built on what the whole is built on",
            id="a transformer",
        ),
        pytest.param(
            "rollback/stage-2/kustomization.yaml",
            "../../base",
            "../../base/",
            "rollback/stage-2: it is not built on",
            id="the way back from elsewhere",
        ),
        pytest.param(
            "rollback/kustomization.yaml",
            "- ../base",
            "- ../base\npatches: []",
            "rollback/stage-2: the rollback has more than resources, and this stage does not",
            id="a rollback that the last stage is not",
        ),
        pytest.param(
            "stage-1/kustomization.yaml",
            f"path: {STEM}.yaml",
            "path: ../component/kustomization.yaml",
            "the stages do not build: stage-1 has a patch of no object that is moved: ../component",
            id="a patch from elsewhere",
        ),
        pytest.param(
            "rollback/stage-1/kustomization.yaml",
            "name: kube-multus-ds",
            "name: .*",
            "the stages do not build: rollback/stage-1 has a patch of more than one object: patches/",
            id="a patch of other objects, too",
        ),
        pytest.param(
            "stage-1/kustomization.yaml",
            "patches:",
            "patches: 5\nx-patches:",
            "the stages do not build: stage-1 has a patch of no object that is moved: ",
            id="patches that are no list",
        ),
        pytest.param(
            "stage-1/kustomization.yaml",
            "kind: Kustomization",
            "kind: 2026-99-99",
            "the stages do not build: stage-1/kustomization.yaml is not a kustomization",
            id="a date that is none",
        ),
        pytest.param(
            f"stage-1/{STEM}.guard.yaml",
            "path: /apiVersion\n  value: apps/v1",
            "path: /apiVersion\n  value: apps/v2",
            "the stages do not build: ",
            id="a guard that fails",
        ),
    ],
)
def test_a_stage_that_was_tampered_with_fails(
    proved: tuple[Plan, Objects, Objects], tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    files = emit(proved[0])
    assert old in files[file]
    out = write(tmp_path, {**files, file: files[file].replace(old, new, 1)})
    assert any(line.startswith(said) for line in lines(*proved, out)), lines(*proved, out)


def test_a_stage_that_is_missing_fails(
    proved: tuple[Plan, Objects, Objects], tmp_path: Path
) -> None:
    files = {k: v for k, v in emit(proved[0]).items() if not k.startswith("stage-2/")}
    assert lines(*proved, write(tmp_path, files)) != []


def test_pods_of_both_eras_keep_their_rights(
    proved: tuple[Plan, Objects, Objects], tmp_path: Path
) -> None:
    plan, before, after = proved
    out = write(tmp_path, emit(plan))
    (role,) = (ref for ref in after if ref.kind == "ClusterRole")
    less = {**after, role: {**after[role], "rules": after[role]["rules"][:0]}}
    assert any("lose a right" in line for line in lines(plan, before, less, out))


def test_another_selector_is_a_second_daemonset(
    proved: tuple[Plan, Objects, Objects], tmp_path: Path
) -> None:
    plan, before, after = proved
    out = write(tmp_path, emit(plan))
    (ref,) = (ref for ref in after if ref.kind == "DaemonSet")
    spec = {**after[ref]["spec"], "selector": {"matchLabels": {"a": "b"}}}
    other = {**after, ref: {**after[ref], "spec": spec}}
    assert any("its selector changes" in line for line in lines(plan, before, other, out))


def test_verify_has_the_stages(proved: tuple[Plan, Objects, Objects], tmp_path: Path) -> None:
    """The whole command path: a stage that moves the fleet is a failed proof."""
    plan = proved[0]
    files = emit(plan)
    name = f"stage-1/{STEM}.yaml"
    files[name] = files[name].replace("type: OnDelete", "type: RollingUpdate")
    files["plan.json"] = plan_text(plan, files, judged(plan))
    report = prove(write(tmp_path, files), kustomize, tool="kustomize v5")
    assert [line for line in report.mismatches if line.startswith("stage-1: ")] == list(
        report.mismatches
    )
    assert report.mismatches
