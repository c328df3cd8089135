"""Planned changes as values of app-template, without a chart: what is written where, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.gitops.chart_values import wanted_values
from migrator.gitops.value_sets import all_values, changed_set
from migrator.inventory.chart_data import chart_data, described_charts
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, ObjectRef, Render, Source, ValueSet
from migrator.model.plan import Change, Planned
from migrator.trees.paths import diff_paths

DATA = chart_data("app-template")
IMAGE = "ghcr.io/k8snetworkplumbingwg/multus-cni"
RELEASE = ObjectRef(group="argoproj.io", kind="Application", namespace="argocd", name="multus")
CONFIG_MAP = ObjectRef(group="", kind="ConfigMap", namespace="argocd", name="values")
SECRET = replace(CONFIG_MAP, kind="Secret")
VALUES: dict[str, Any] = {
    "controllers": {
        "multus": {
            "type": "daemonset",
            "pod": {"hostNetwork": True},
            "containers": {
                "multus": {
                    "image": {"repository": IMAGE, "tag": "v4.2.2"},
                    "command": ["/thin_entrypoint"],
                    "args": ["--namespace-isolation"],
                }
            },
        }
    },
    "persistence": {
        "cni": {
            "type": "hostPath",
            "hostPath": "/etc/cni/net.d",
            "advancedMounts": {"multus": {"multus": [{"path": "/host/etc/cni/net.d"}]}},
        },
        "bin": {
            "type": "hostPath",
            "hostPath": "/opt/cni/bin",
            "globalMounts": [{"path": "/host/opt/cni/bin"}],
        },
    },
    "rbac": {"roles": {"multus": {"type": "ClusterRole", "rules": [{"verbs": ["get"]}]}}},
}
POD: dict[str, Any] = {
    "hostNetwork": True,
    "hostPID": False,
    "containers": [
        {
            "name": "multus",
            "image": f"{IMAGE}:v4.2.2",
            "command": ["/thin_entrypoint"],
            "args": ["--namespace-isolation"],
            "volumeMounts": [
                {"name": "bin", "mountPath": "/host/opt/cni/bin"},
                {"name": "cni", "mountPath": "/host/etc/cni/net.d"},
            ],
        }
    ],
    "volumes": [
        {"name": "bin", "hostPath": {"path": "/opt/cni/bin"}},
        {"name": "cni", "hostPath": {"path": "/etc/cni/net.d"}},
    ],
}
INSTALLER: dict[str, Any] = {
    "name": "install",
    "image": f"{IMAGE}:v4.2.4-thick",
    "command": ["/install_multus"],
    "volumeMounts": [{"name": "bin", "mountPath": "/host/opt/cni/bin"}],
}


def daemonset(pod: Mapping[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"kind": "DaemonSet", "spec": {"template": {"metadata": metadata, "spec": pod}}}


def planned(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Planned:
    ref = ObjectRef(group="", kind=kind, namespace="net", name="multus")
    source = Source(file="multus.yaml (rendered)", line=1)
    document = Document(
        ref=ref, api_version="", source=source, data=before, form="build", text="", lines={}
    )
    changes = tuple(
        Change(object=ref, path=path, before=old, after=new, reason="", rule="S00", source=None)
        for path, old, new in diff_paths(before, after)
    )
    assert changes
    return Planned(ref=ref, document=document, desired=after, changes=changes)


def written(
    after: Mapping[str, Any],
    values: Mapping[str, Any] = VALUES,
    before: Mapping[str, Any] = POD,
) -> Any:
    """The values for a pod that becomes another; those given are not touched."""
    kept = deepcopy(values)
    found = wanted_values(DATA, values, [planned("DaemonSet", daemonset(before), daemonset(after))])
    assert values == kept
    assert found.entries == (("controllers", "multus"),)
    return found.values


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {".".join(map(str, path)): new for path, _, new in diff_paths(before, after)}


def with_main(pod: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    (main,) = pod["containers"]
    return {**pod, "containers": [{**main, **fields}]}


def main_of(values: Any) -> Any:
    return values["controllers"]["multus"]["containers"]["multus"]


def with_values(path: str, value: Any) -> dict[str, Any]:
    values = deepcopy(VALUES)
    at: Any = values
    *steps, last = path.split("/")
    for step in steps:
        at = at.setdefault(step, {})
    at[last] = value
    return values


MAIN = "controllers/multus/containers/multus"


def test_every_file_of_a_chart_is_one_that_can_be_read() -> None:
    assert "app-template" in described_charts()
    for name in described_charts() - {"rke2-multus"}:
        assert chart_data(name).chart == name


def test_a_field_of_the_pod_goes_to_its_controller() -> None:
    found = written({**POD, "hostPID": True})
    assert differing(VALUES, found) == {"controllers.multus.pod.hostPID": True}


def test_what_all_pods_have_is_changed_there_while_there_is_one() -> None:
    values = {**VALUES, "defaultPodOptions": {"hostPID": False}}
    found = written({**POD, "hostPID": True}, values)
    assert differing(values, found) == {"defaultPodOptions.hostPID": True}


def test_what_other_pods_have_too_is_said_for_this_one() -> None:
    values = with_values("controllers/other", {"containers": {}})
    values["defaultPodOptions"] = {"hostPID": False, "annotations": {"own": "1"}}
    values["persistence"]["bin"].pop("globalMounts")
    values["persistence"]["bin"]["advancedMounts"] = {
        "multus": {"multus": [{"path": "/host/opt/cni/bin"}]}
    }
    before = daemonset({**POD}, annotations={"own": "1", "checksum": "made by the chart"})
    after = daemonset(
        {**POD, "hostPID": True},
        annotations={**before["spec"]["template"]["metadata"]["annotations"], "new": "2"},
    )
    found = wanted_values(DATA, values, [planned("DaemonSet", before, after)]).values
    assert differing(values, found) == {
        "controllers.multus.pod.hostPID": True,
        "controllers.multus.pod.annotations": {"own": "1", "new": "2"},
    }


@pytest.mark.parametrize(
    ("there", "image", "wanted"),
    [
        ({"repository": IMAGE, "tag": "v4.2.2"}, "v4.2.4-thick", {"tag": "v4.2.4-thick"}),
        (f"{IMAGE}:v4.2.2", "v4.2.4-thick", f"{IMAGE}:v4.2.4-thick"),
        (
            {"repository": IMAGE, "tag": "v4.2.2@sha256:00"},
            "v4.2.4-thick@sha256:11",
            {"tag": "v4.2.4-thick@sha256:11"},
        ),
        (
            {"repository": IMAGE, "tag": "v4.2.2", "digest": "sha256:00"},
            "v4.2.4-thick@sha256:11",
            {"tag": "v4.2.4-thick", "digest": "sha256:11"},
        ),
        (
            {"repository": IMAGE, "pullPolicy": "Always", "tag": "v4.2.2", "digest": "sha256:00"},
            "v4.2.4-thick",
            {"tag": "v4.2.4-thick", "digest": None},
        ),
    ],
    ids=["parts", "one-text", "digest-in-the-tag", "digest-of-its-own", "digest-gone"],
)
def test_an_image_is_written_as_it_was(there: Any, image: str, wanted: Any) -> None:
    values = with_values(f"{MAIN}/image", there)
    found = main_of(written(with_main(POD, image=f"{IMAGE}:{image}"), values))["image"]
    if isinstance(there, str):
        assert found == wanted
    else:
        assert found == {k: v for k, v in {**there, **wanted}.items() if v is not None}


def test_an_image_without_a_tag_has_no_place() -> None:
    with pytest.raises(MigratorError, match=r"none for .*\[name=multus\]\.image of DaemonSet net"):
        written(with_main(POD, image=IMAGE))


NODE = {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}


@pytest.mark.parametrize(
    ("there", "earlier", "wanted"),
    [
        (None, [], {"NODE": {"valueFrom": NODE["valueFrom"]}}),
        ({"A": "1"}, ["A"], {"A": "1", "NODE": {"valueFrom": NODE["valueFrom"]}}),
        (
            {"Z": "1"},
            ["Z"],
            {"Z": "1", "NODE": {"valueFrom": NODE["valueFrom"], "dependsOn": "Z"}},
        ),
        ([{"name": "Z", "value": "1"}], ["Z"], [{"name": "Z", "value": "1"}, NODE]),
    ],
    ids=["none-yet", "behind-by-its-name", "behind-by-word", "list"],
)
def test_a_new_variable_comes_behind_those_that_are_there(
    there: Any, earlier: list[str], wanted: Any
) -> None:
    values = with_values(f"{MAIN}/env", there) if there else VALUES
    env = [{"name": name, "value": "1"} for name in earlier]
    before = with_main(POD, env=env) if env else POD
    after = with_main(POD, env=[*env, NODE])
    assert main_of(written(after, values, before))["env"] == wanted


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ({"A": "1", "B": "2"}, {"A": "3"}),
        (
            {"A": {"value": "1", "dependsOn": "B"}, "B": "2"},
            {"A": {"value": "3", "dependsOn": "B"}},
        ),
        (
            [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
            [{"name": "A", "value": "3"}],
        ),
    ],
    ids=["map", "map-in-an-order", "list"],
)
def test_a_variable_changes_and_another_goes(there: Any, wanted: Any) -> None:
    before = with_main(POD, env=[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}])
    after = with_main(POD, env=[{"name": "A", "value": "3"}])
    found = written(after, with_values(f"{MAIN}/env", there), before)
    assert main_of(found)["env"] == wanted


def test_what_is_gone_is_gone() -> None:
    (main,) = POD["containers"]
    after = {**POD, "containers": [{k: v for k, v in main.items() if k != "args"}]}
    assert "args" not in main_of(written(after))


def test_a_new_container_takes_the_mounts_of_all_with_it() -> None:
    before = {**POD, "initContainers": []}
    found = written({**POD, "initContainers": [INSTALLER]}, before=before)
    assert differing(VALUES, found) == {
        "controllers.multus.initContainers": {
            "install": {
                "image": {"repository": IMAGE, "tag": "v4.2.4-thick"},
                "command": ["/install_multus"],
            }
        }
    }, "globalMounts give it the mount that it wants"
    other = {**INSTALLER, "volumeMounts": [{"name": "bin", "mountPath": "/bin"}]}
    found = written({**POD, "initContainers": [other]}, before=before)
    assert found["persistence"]["bin"] == {
        "type": "hostPath",
        "hostPath": "/opt/cni/bin",
        "advancedMounts": {
            "multus": {"multus": [{"path": "/host/opt/cni/bin"}], "install": [{"path": "/bin"}]}
        },
    }
    none = {k: v for k, v in INSTALLER.items() if k != "volumeMounts"}
    found = written({**POD, "initContainers": [none]}, before=before)
    assert found["persistence"]["bin"]["advancedMounts"]["multus"].keys() == {"multus"}


@pytest.mark.parametrize(("name", "after"), [("a", None), ("plugins", "plugins")])
def test_a_new_init_container_comes_last(name: str, after: str | None) -> None:
    there = {"name": name, "image": "x:1", "volumeMounts": INSTALLER["volumeMounts"]}
    values = with_values(f"controllers/multus/initContainers/{name}/image", "x:1")
    before = {**POD, "initContainers": [there]}
    found = written({**POD, "initContainers": [there, INSTALLER]}, values, before)
    new = found["controllers"]["multus"]["initContainers"]["install"]
    assert new.get("dependsOn") == after


def test_a_container_goes_with_its_mounts() -> None:
    values = with_values("controllers/multus/initContainers/install/image", f"{IMAGE}:v4.2.4-thick")
    values["persistence"]["cni"]["advancedMounts"]["multus"]["install"] = [{"path": "/x"}]
    mounts = [*INSTALLER["volumeMounts"], {"name": "cni", "mountPath": "/x"}]
    before = {**POD, "initContainers": [{**INSTALLER, "volumeMounts": mounts}]}
    found = written({**POD, "initContainers": []}, values, before)
    assert found["controllers"]["multus"]["initContainers"] == {}
    assert found["persistence"] == VALUES["persistence"]


def mounting(*more: Any, without: str = "") -> dict[str, Any]:
    (main,) = POD["containers"]
    kept = [mount for mount in main["volumeMounts"] if mount["mountPath"] != without]
    return with_main(POD, volumeMounts=[*kept, *more])


def test_a_new_volume_is_mounted_by_its_containers_alone() -> None:
    new = {"name": "run", "hostPath": {"path": "/run", "type": "Directory"}}
    mount = {"name": "run", "mountPath": "/host/run", "readOnly": True}
    after = {**mounting(mount), "volumes": [*POD["volumes"], new]}
    assert differing(VALUES, written(after)) == {
        "persistence.run": {
            "type": "hostPath",
            "hostPath": "/run",
            "hostPathType": "Directory",
            "advancedMounts": {"multus": {"multus": [{"path": "/host/run", "readOnly": True}]}},
        }
    }


def test_mounts_that_stay_are_left_as_they_are_written() -> None:
    own = {"path": "/host/etc/cni/net.d", "mountPropagation": "None", "comment": "ours"}
    values = with_values("persistence/cni/advancedMounts/multus/multus", [{"path": "/x"}, own])
    there = {"name": "cni", "mountPath": "/host/etc/cni/net.d", "mountPropagation": "None"}
    before = mounting({"name": "cni", "mountPath": "/x"}, there, without="/host/etc/cni/net.d")
    after = mounting(
        {**there, "readOnly": True},
        {"name": "cni", "mountPath": "/y"},
        without="/host/etc/cni/net.d",
    )
    found = written(after, values, before)
    assert found["persistence"]["cni"]["advancedMounts"]["multus"]["multus"] == [
        {**own, "readOnly": True},
        {"path": "/y"},
    ]


def test_a_volume_changes_and_another_goes() -> None:
    after = mounting(without="/host/etc/cni/net.d")
    after["volumes"] = [{"name": "bin", "hostPath": {"path": "/usr/libexec/cni", "type": ""}}]
    found = written(after)
    assert found["persistence"] == {
        "bin": {**VALUES["persistence"]["bin"], "hostPath": "/usr/libexec/cni", "hostPathType": ""}
    }


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({**POD, "shareProcessNamespace": True}, "none for spec.template.spec.shareProcessName"),
        (with_main(POD, stdin=True), r"none for .*\[name=multus\].stdin"),
        (with_main(POD, command=["{{ evil }}"]), "would be a template in values"),
        (
            {**POD, "containers": [*POD["containers"], {"name": "b", "image": "x:1", "tty": True}]},
            r"\[name=b\].tty",
        ),
        (
            {**POD, "volumes": [*POD["volumes"], {"name": "x", "nfs": {"server": "a"}}]},
            "the volume x without a mount",
        ),
        (
            {
                **mounting({"name": "x", "mountPath": "/x"}),
                "volumes": [*POD["volumes"], {"name": "x", "nfs": {"server": "a"}}],
            },
            "no volume like x",
        ),
        (
            {
                **mounting({"name": "x", "mountPath": "/x"}),
                "volumes": [*POD["volumes"], {"name": "x", "configMap": {"optional": True}}],
            },
            "none for optional of the volume x",
        ),
        (
            mounting({"name": "cni", "mountPath": "/y", "recursiveReadOnly": "If"}),
            "recursiveReadOnly",
        ),
        (mounting(without="/host/etc/cni/net.d"), "the volume cni without a mount"),
    ],
    ids=[
        *("field-of-the-pod", "field-of-a-container", "template", "field-of-a-new-container"),
        *("volume-that-nobody-mounts", "kind-of-volume", "field-of-a-volume", "field-of-a-mount"),
        "volume-that-is-left-over",
    ],
)
def test_what_values_cannot_say_is_named(after: Mapping[str, Any], said: str) -> None:
    with pytest.raises(MigratorError, match=said):
        written(after)


def test_a_field_outside_of_the_pod_is_named() -> None:
    before = daemonset(POD)
    after = {**before, "spec": {**before["spec"], "updateStrategy": {"type": "OnDelete"}}}
    with pytest.raises(
        MigratorError, match=r"none for spec\.updateStrategy of DaemonSet net/multus"
    ):
        wanted_values(DATA, VALUES, [planned("DaemonSet", before, after)])


def test_a_volume_of_other_pods_is_left_alone() -> None:
    values = with_values("controllers/other", {"containers": {}})
    with pytest.raises(MigratorError, match="volume bin for other pods, too"):
        written(mounting({"name": "bin", "mountPath": "/opt/cni/bin"}), values)
    run = {"name": "run", "hostPath": {"path": "/run"}}
    values = with_values("persistence/run", {"enabled": False})
    after = {**mounting({"name": "run", "mountPath": "/run"}), "volumes": [*POD["volumes"], run]}
    with pytest.raises(MigratorError, match="another volume run"):
        written(after, values)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("controllers/multus/type", "deployment", "no entry of controllers"),
        ("controllers/multus/containers/more", {"image": "x:1"}, "no entry of controllers"),
        ("controllers/twin", VALUES["controllers"]["multus"], "more than one entry of contr"),
    ],
)
def test_an_entry_is_told_by_what_it_has(path: str, value: Any, said: str) -> None:
    with pytest.raises(MigratorError, match=said):
        written({**POD, "hostPID": True}, with_values(path, value))


def test_a_container_that_is_off_does_not_count() -> None:
    values = with_values("controllers/multus/containers/more", {"enabled": False})
    assert written({**POD, "hostPID": True}, values)["controllers"]["multus"]["pod"]["hostPID"]


ROLE = {"rules": [{"verbs": ["get"]}]}


def test_the_rules_of_a_role() -> None:
    after = {"rules": [{"verbs": ["get", "list"]}]}
    found = wanted_values(DATA, VALUES, [planned("ClusterRole", ROLE, after)]).values
    assert differing(VALUES, found) == {"rbac.roles.multus.rules": after["rules"]}
    twin = with_values("rbac/roles/twin", VALUES["rbac"]["roles"]["multus"])
    with pytest.raises(MigratorError, match=r"more than one entry of rbac\.roles in the values is"):
        wanted_values(DATA, twin, [planned("ClusterRole", ROLE, after)])


def test_a_kind_that_is_not_described() -> None:
    config = planned("ConfigMap", {"data": {}}, {"data": {"a": "1"}})
    with pytest.raises(MigratorError, match="do not mention ConfigMap net/multus"):
        wanted_values(DATA, VALUES, [config])


def render(*sets: tuple[str, Mapping[str, Any]]) -> Render:
    """A release with sets of values, each with where it stands."""
    places: dict[str, tuple[ObjectRef | None, tuple[str, ...]]] = {
        "file": (None, ()),
        "object": (RELEASE, ("spec", "source", "helm", "valuesObject")),
        "text": (RELEASE, ("spec", "source", "helm", "values")),
        "single": (RELEASE, ()),
        "map": (CONFIG_MAP, ("data", "values.yaml")),
        "secret": (SECRET, ("data", "values.yaml")),
    }
    return Render(
        release=RELEASE,
        source=Source(file="app.yaml", line=1),
        name="app.yaml (rendered)",
        chart="charts/app-template",
        values=tuple(
            ValueSet(
                owner=places[where][0],
                path=places[where][1],
                source=Source(file=f"{where}.yaml", line=number),
                values=values,
            )
            for number, (where, values) in enumerate(sets, start=1)
        ),
    )


ENTRY = ("controllers", "multus")


def entry(**fields: Any) -> dict[str, Any]:
    return {"controllers": {"multus": fields}}


@pytest.mark.parametrize(
    ("sets", "wanted", "where", "tree"),
    [
        ([("file", entry(a=1))], entry(a=2), "file", entry(a=2)),
        ([("file", entry(a=1)), ("object", {"b": 1})], entry(a=2) | {"b": 1}, "file", entry(a=2)),
        (
            [("file", entry(a=1)), ("object", entry(b=1))],
            entry(a=2, b=1),
            "object",
            entry(b=1, a=2),
        ),
        ([("file", entry(a=1)), ("text", entry(b=1))], entry(b=1), "text", entry(b=1, a=None)),
        ([("map", entry(a=1)), ("file", entry(b=1))], entry(b=1), "file", entry(b=1, a=None)),
        (
            [("file", entry(a=["x"])), ("object", entry(b=1))],
            entry(b=1),
            "object",
            entry(b=1, a=[]),
        ),
        (
            [("file", entry(a={"x": 1})), ("object", entry(b=2, a={"y": 1}))],
            entry(a={"x": 1}, b=2),
            "object",
            entry(b=2),
        ),
        ([("map", entry(a=1)), ("object", entry(b=1))], entry(a=2, b=1), "object", entry(b=1, a=2)),
        ([("file", entry(a=1)), ("single", entry(b=1))], entry(a=2, b=1), "file", entry(a=2)),
    ],
    ids=[
        *("one", "other-things-above", "the-last-that-has-it", "null-in-a-text", "null-in-a-file"),
        *("an-empty-list-takes-away", "nothing-left-of-a-map", "over-a-config-map", "under-others"),
    ],
)
def test_the_last_set_that_has_the_entry_changes(
    sets: Any, wanted: Any, where: str, tree: Any
) -> None:
    given = render(*sets)
    found, changed = changed_set(given, [("rbac",), ENTRY], wanted)
    assert (found.source.file, changed) == (f"{where}.yaml", tree)
    assert list(changed["controllers"]["multus"]) == list(tree["controllers"]["multus"])


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        (
            [("map", entry(a=1))],
            r"stands in no values of Application argocd/multus but at map.yaml:1",
        ),
        ([("map", entry(a=1)), ("object", {"b": 1})], "but at map.yaml:1"),
        ([("single", entry(a=1))], "but at single.yaml:1"),
        ([("object", {"b": 1})], "stands in no values of Application argocd/multus$"),
        (
            [("file", entry(a=1)), ("single", entry(a=1))],
            "controllers.multus.a is said again in single.yaml:2, which has the last word",
        ),
    ],
    ids=["config-map", "nothing-above-it", "single-values", "nowhere", "last-word"],
)
def test_a_set_that_cannot_change(sets: Any, said: str) -> None:
    given = render(*sets)
    wanted = entry(a=2) | ({"b": 1} if "b" in all_values(given.values) else {})
    with pytest.raises(MigratorError, match=said):
        changed_set(given, [ENTRY], wanted)


def test_null_is_not_written_into_an_object() -> None:
    """It would be lost where the object is applied by a merge patch, and the value would stay."""
    given = render(("file", entry(a={"x": 1})), ("object", entry(b=1, a={"y": 1})))
    said = (
        r"controllers\.multus\.a\.x of file\.yaml:1 has to go, and null, which would say so in Appl"
    )
    with pytest.raises(MigratorError, match=said):
        changed_set(given, [ENTRY], entry(b=1, a={"y": 1}))


def without_bin(pod: Mapping[str, Any]) -> dict[str, Any]:
    (main,) = pod["containers"]
    mounts = [mount for mount in main["volumeMounts"] if mount["name"] != "bin"]
    volumes = [volume for volume in pod["volumes"] if volume["name"] != "bin"]
    return {**with_main(pod, volumeMounts=mounts), "volumes": volumes}


def test_a_volume_goes_for_this_pod_alone() -> None:
    other = {"other": {"main": [{"path": "/bin"}]}}
    own = {"multus": {"multus": [{"path": "/host/opt/cni/bin"}]}}
    values = with_values("controllers/other", {"containers": {}})
    values["persistence"]["bin"] = {
        "type": "hostPath",
        "hostPath": "/opt/cni/bin",
        "advancedMounts": {**own, **other},
    }
    found = written(without_bin(POD), values)
    assert found["persistence"]["bin"]["advancedMounts"] == other
    values["persistence"]["bin"]["advancedMounts"] = own
    assert "bin" not in written(without_bin(POD), values)["persistence"]
    values["persistence"]["bin"] = VALUES["persistence"]["bin"]
    with pytest.raises(MigratorError, match="volume bin for other pods, too"):
        written(without_bin(POD), values)


def test_volumes_that_are_not_of_the_values_are_left_alone() -> None:
    extra = {"name": "extra", "hostPath": {"path": "/extra"}}
    before = {**POD, "volumes": [*POD["volumes"], extra]}
    assert written({**before, "hostPID": True}, before=before)
    changed = {"name": "extra", "hostPath": {"path": "/other"}}
    said = "no volume extra that could change"
    with pytest.raises(MigratorError, match=said):
        written({**POD, "volumes": [*POD["volumes"], changed]}, before=before)
    with pytest.raises(MigratorError, match=said):
        written(POD, before=before)
    with pytest.raises(MigratorError, match="two volumes of a pod have one name"):
        written({**before, "volumes": [*POD["volumes"], extra, extra]}, before=before)


def test_a_container_that_is_not_of_the_values_has_no_place() -> None:
    there = {"name": "injected", "image": "x:1"}
    before = {**POD, "initContainers": [there]}
    after = {**POD, "initContainers": [{**there, "command": ["y"]}]}
    with pytest.raises(MigratorError, match=r"initContainers\[name=injected\]\.command"):
        written(after, before=before)
