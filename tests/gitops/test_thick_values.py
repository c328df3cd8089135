"""A plan as the values that switch on the thick mode of a chart, without a chart: what is written, and where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from migrator.gitops.thick_values import thick_values, with_thick_mode
from migrator.inventory.chart_data import (
    chart_data,
    described_charts,
    elsewhere,
    has_values,
    render_values,
    thick_data,
)
from migrator.model.errors import MigratorError
from migrator.model.inputs import ObjectRef, Render, Source, ValueSet
from migrator.model.inventory import Install
from migrator.model.plan import Plan, Planned
from tests.builders import daemonset, install
from tests.plan.test_hardening import plan_of
from tests.thick.test_complete import with_config

DATA = thick_data("rke2-multus")
DEFAULTS: dict[str, Any] = {
    "thickPlugin": {"enabled": False, "image": {"repository": "rancher/thick", "tag": "v4.2.2"}},
    "manifests": {"configMap": True, "daemonSet": True},
    "config": {
        "cni_conf": {"confDir": "/etc/cni/net.d", "binDir": "/opt/cni/bin"},
        "daemon_conf": {"chrootDir": "/hostroot", "logLevel": "verbose", "logToStderr": True},
    },
    "pod": {"resources": {"multus": {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}}},
    "global": {"systemDefaultRegistry": ""},
}
TODAY: dict[str, Any] = {"name": "kube-multus"}
LIMITED = {**TODAY, "resources": {"limits": {"cpu": "1"}}}
FLUX = ObjectRef(group="helm.toolkit.fluxcd.io", kind="HelmRelease", namespace="net", name="m")
CHART = replace(FLUX, group="helm.cattle.io", kind="HelmChartConfig", name="rke2-multus")
IMAGE = {"repository": "ghcr.io/k8snetworkplumbingwg/multus-cni", "tag": "v4.2.4-thick"}


def render(values: Mapping[str, Any] | None, release: ObjectRef = FLUX, **more: Any) -> Render:
    source = Source(file="release.yaml", line=1)
    path = ("spec", "values" if release is FLUX else "valuesContent")
    own = ValueSet(owner=release, path=path, source=source, values=values or {})
    return Render(
        release=release,
        source=source,
        name="made",
        chart="charts/rke2-multus",
        chart_name="rke2-multus",
        values=() if values is None else (own,),
        defaults=yaml.safe_dump(DEFAULTS),
        **more,
    )


def planned(**config: Any) -> Install:
    return install(*with_config(confDir=None, **config))


def written(values: Mapping[str, Any], wanted: Install, today: Any = TODAY) -> Any:
    assert DATA is not None
    return thick_values(DATA, render(values), wanted, today)


def test_every_file_of_a_chart_is_of_one_of_two_kinds() -> None:
    thick = {name for name in described_charts() if thick_data(name)}
    assert thick == {"rke2-multus"}
    assert {chart_data(name).chart for name in described_charts() - thick} == {"app-template"}
    assert thick_data("another") is None
    with pytest.raises(KeyError):
        chart_data("rke2-multus")


def test_thick_mode_is_switched_on_with_its_image_and_config() -> None:
    found = written({}, planned(namespaceIsolation=True))
    assert found["thickPlugin"] == {"enabled": True, "image": IMAGE}
    assert found["manifests"] == {"configMap": True, "daemonSet": True}
    wanted = planned(namespaceIsolation=True).daemon_config
    assert wanted is not None
    assert found["config"]["daemon_conf"] == wanted.data
    assert found["config"]["cni_conf"] == DEFAULTS["config"]["cni_conf"]


def test_a_key_that_was_not_planned_goes() -> None:
    found = written({"config": {"daemon_conf": {"bogus": 1}}}, planned())
    assert "bogus" not in found["config"]["daemon_conf"]


@pytest.mark.parametrize(
    ("registry", "repository"),
    [
        ("", "ghcr.io/k8snetworkplumbingwg/multus-cni"),
        ("ghcr.io", "k8snetworkplumbingwg/multus-cni"),
    ],
)
def test_the_registry_of_the_chart_stands_before_the_repository(
    registry: str, repository: str
) -> None:
    found = written({"global": {"systemDefaultRegistry": registry}}, planned())
    assert found["thickPlugin"]["image"] == {**IMAGE, "repository": repository}


@pytest.mark.parametrize(
    ("image", "values", "said"),
    [
        ("ghcr.io/k8snetworkplumbingwg/multus-cni@sha256:ab", {}, "an image without a tag"),
        ("quay.io/m:v1", {"global": {"systemDefaultRegistry": "ghcr.io"}}, "begins with ghcr.io/"),
    ],
)
def test_an_image_that_the_values_cannot_say_is_refused(
    image: str, values: Mapping[str, Any], said: str
) -> None:
    wanted = with_image(planned(), image)
    with pytest.raises(MigratorError, match=said):
        written(values, wanted)


def test_a_digest_stands_behind_the_tag() -> None:
    wanted = with_image(planned(), "quay.io/m:v1@sha256:ab")
    assert written({}, wanted)["thickPlugin"]["image"] == {
        "repository": "quay.io/m",
        "tag": "v1@sha256:ab",
    }


def with_image(wanted: Install, image: str) -> Install:
    data = json.loads(json.dumps(wanted.daemonset.data))
    data["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return replace(wanted, daemonset=replace(wanted.daemonset, data=data))


def test_resources_are_written_where_the_chart_gives_them_to_the_container() -> None:
    multus = DEFAULTS["pod"]["resources"]["multus"]
    assert written({}, planned())["pod"]["resources"]["multus"] == multus
    found = written({}, planned(), LIMITED)["pod"]["resources"]["multus"]
    assert found.keys() == {"requests"}


@pytest.mark.parametrize("key", ["confDir", "binDir", "multusAutoconfigDir"])
def test_other_directories_than_those_of_thick_mode_are_refused(key: str) -> None:
    values = {"config": {"cni_conf": {key: "/var/lib/rancher/k3s/x"}}}
    with pytest.raises(MigratorError, match=f"other directories than config.cni_conf.{key}: /var"):
        written(values, planned())
    assert not has_values(render(values))


@pytest.mark.parametrize("said", ["/etc/cni/net.d", "/etc/cni/net.d/", "", None])
def test_the_same_directory_is_no_other(said: str | None) -> None:
    values = {"config": {"cni_conf": {"confDir": said}}}
    assert elsewhere("rke2-multus", values) == ()
    assert has_values(render(values))


def carried(values: Mapping[str, Any] | None, release: ObjectRef = FLUX, today: Any = TODAY) -> Any:
    """What becomes of the release; the rest of the plan is not looked at."""
    rendered = render(values, release)
    plan = plan_for(today)
    (made,) = (p for p in plan.objects if p.ref.kind == "DaemonSet")
    data: Any = {"spec": {}}
    if values is not None and release is FLUX:
        data = {"spec": {"values": values}}
    elif values is not None:
        data = {"spec": {"valuesContent": yaml.safe_dump(values)}}
    return with_thick_mode(plan)(data, rendered, [made]).tree


def plan_for(today: Any) -> Plan:
    container = "".join(f"{k}: {json.dumps(v)}\n" for k, v in today.items() if k != "name")
    return plan_of((daemonset("--namespace-isolation=true", container=container),), "HelmRelease")


def test_only_what_differs_from_the_defaults_of_the_chart_is_written() -> None:
    found = carried({"tolerations": []})["spec"]["values"]
    assert found.keys() == {"tolerations", "thickPlugin", "config"}
    assert not {"chrootDir", "logToStderr"} & found["config"]["daemon_conf"].keys()
    assert found["config"]["daemon_conf"]["namespaceIsolation"] is True


def test_a_helmrelease_without_values_gets_some() -> None:
    assert carried(None)["spec"]["values"]["thickPlugin"] == {"enabled": True, "image": IMAGE}


def test_others_without_values_are_refused() -> None:
    with pytest.raises(MigratorError, match="HelmChartConfig net/rke2-multus has no set of values"):
        carried(None, CHART)


def test_limits_go_by_null_in_a_text_and_stay_in_a_map() -> None:
    """What applies a map as a merge patch loses null (RFC 7386); post-renderers take them away then."""
    own = {"pod": {"resources": {"multus": {"limits": {"cpu": "1"}}}}}
    text = carried(own, CHART, LIMITED)["spec"]["valuesContent"]
    assert yaml.safe_load(text)["pod"]["resources"]["multus"]["limits"] is None
    kept = carried(own, FLUX, LIMITED)["spec"]["values"]["pod"]["resources"]["multus"]
    assert kept["limits"] == {"cpu": "1"}


def test_values_that_are_not_known_may_have_the_last_word() -> None:
    rendered = replace(render({}), unknown=("Secret own, which SOPS encrypted",))
    with pytest.raises(MigratorError, match="not all values of HelmRelease net/m are known here"):
        with_thick_mode(plan_for(TODAY))({}, rendered, ())


def test_more_than_one_daemonset_of_a_release_is_refused() -> None:
    plan = plan_for(TODAY)
    made: list[Planned] = [p for p in plan.objects if p.ref.kind == "DaemonSet"]
    with pytest.raises(MigratorError, match="makes 2 DaemonSets of Multus that change"):
        with_thick_mode(plan)({}, render({}), made * 2)


def test_all_values_are_the_defaults_with_those_of_the_release_over_them() -> None:
    found = render_values(render({"manifests": {"configMap": False}}))
    assert found["manifests"] == {"configMap": False, "daemonSet": True}
    assert found["config"] == DEFAULTS["config"]
