"""The verdict on a plan: one of six, computed from what was found and what was assumed."""

from __future__ import annotations

import pytest

from migrator.model.plan import Assumption, Plan, Readiness
from migrator.plan.planner import make_plan
from migrator.report.summary import summarise
from tests import builders
from tests.builders import ROLE, V4, daemonset, migrated, target
from tests.plan.estates import RULES, cni, nad

PINNED = "--multus-master-cni-file-name=10-calico.conflist"
AUTO = "--multus-conf-file=auto"
IMAGE = V4.replace("4.0.2", "4.1.4")
NAD = nad("lan", config='{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"}')
GIT = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: multus}
spec: {url: "https://github.com/k8snetworkplumbingwg/multus-cni"}
"""


def _install(*args: str, image: str = IMAGE) -> tuple[str, str]:
    return daemonset(AUTO, "--cni-version=0.3.1", *args, image=image), f"{ROLE}{RULES}"


def _plan(*texts: str, allowed: tuple[str, ...] = (), **settings: str) -> Plan:
    return make_plan(builders.inventory(*texts), target(**settings), allowed)


FOREIGN = _install(PINNED, image="docker.io/bitnami/multus-cni:4.1.4")


@pytest.mark.parametrize(
    ("texts", "allowed", "verdict", "assumed"),
    [
        pytest.param(_install(PINNED), (), "ready", (), id="all is known"),
        pytest.param(_install(), (), "ready-if", ("primary-cni",), id="no node files"),
        pytest.param((NAD,), (), "ready-if", ("no-install",), id="networks alone"),
        pytest.param(FOREIGN, (), "blocked", (), id="a blocker"),
        pytest.param(FOREIGN, ("M01",), "ready", (), id="a blocker that is allowed"),
        pytest.param((GIT,), (), "not-seen-whole", (), id="an install elsewhere"),
        pytest.param((GIT,), ("M17",), "ready-if", ("unseen",), id="elsewhere, and allowed"),
        pytest.param((), (), "not-found", (), id="nothing"),
        pytest.param((ROLE,), (), "not-found", (), id="a role alone"),
    ],
)
def test_the_verdict(
    texts: tuple[str, ...], allowed: tuple[str, ...], verdict: str, assumed: tuple[str, ...]
) -> None:
    plan = _plan(*texts, allowed=allowed)
    assert plan.readiness.value == verdict, [f.id for f in plan.blockers]
    assert tuple(a.value for a in plan.assumptions) == assumed


def test_what_was_not_seen_outranks_what_blocks() -> None:
    broken = GIT + "---\n" + NAD.replace("macvlan", "")
    plan = _plan(broken, allowed=())
    assert plan.readiness is Readiness.NOT_SEEN_WHOLE


def test_the_migrated_build_has_nothing_to_change() -> None:
    again = make_plan(builders.inventory(*migrated(*_install())), target())
    assert again.changed == ()
    assert again.readiness is Readiness.NOTHING_TO_CHANGE


def test_a_stated_file_name_is_no_assumption() -> None:
    plan = _plan(*_install(), primary_cni="10-calico.conflist")
    assert Assumption.PRIMARY_CNI not in plan.assumptions


def test_the_flag_of_the_thick_plugin_manifest_names_a_file_too() -> None:
    args = ("-cni-version=0.3.1", "-multus-master-cni-file=10-calico.conflist")
    preview = daemonset(
        *args,
        image=V4.replace("4.0.2", "3.9.3-thick"),
        command="[/usr/src/multus-cni/bin/multus-daemon]",
    )
    assert Assumption.PRIMARY_CNI not in _plan(preview, ROLE + RULES).assumptions
    unnamed = preview.replace(args[1], "-multus-conf-file=auto")
    assert Assumption.PRIMARY_CNI in _plan(unnamed, ROLE + RULES).assumptions


@pytest.mark.parametrize(
    ("directory", "assumed"),
    [
        pytest.param("/etc/cni/net.d", False, id="the directory in which Multus looks"),
        pytest.param("/etc/cni/multus/net.d", True, id="another one"),
    ],
)
def test_node_files_are_no_assumption(directory: str, assumed: bool) -> None:
    calico = {"name": "k8s", "cniVersion": "0.3.1", "plugins": [{"type": "calico"}]}
    file = cni(calico, name="10-calico.conflist", directory=directory)
    plan = make_plan(builders.inventory(*_install(), files=(file,)), target())
    assert (Assumption.PRIMARY_CNI in plan.assumptions) is assumed


THICK_CHART = """\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-multus, namespace: kube-system}
spec:
  valuesContent: |
    thickPlugin: {enabled: true}
"""


def test_networks_beside_a_chart_that_is_thick_have_a_multus() -> None:
    plan = _plan(THICK_CHART, NAD)
    assert plan.readiness is Readiness.NOTHING_TO_CHANGE
    assert plan.assumptions == (Assumption.CHART,)
    assert summarise(plan).sources == ("the thick mode of a chart",)
