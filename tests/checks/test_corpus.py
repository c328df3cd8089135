"""Real manifests: what is told of them, and what is not (test_expected_ids.py has all of a few)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.cli.exitcodes import ERROR, of_plan
from migrator.model.plan import Finding, Readiness
from migrator.read.wording import UNRENDERED
from tests.cli.tools import migrator
from tests.corpus import MARKS, manifests, plan_of

pytestmark = MARKS

AWS = "aws__amazon-vpc-cni-k8s/config/multus"
NEON = "neondatabase__autoscaling/neonvm/config"
CI = "kubevirt__kubevirtci/cluster-provision"
MICROSHIFT = "openshift__microshift/assets/components/multus"
THICK = "multus-cni/reference-thick"


def _state(finding: Finding) -> str:
    return f"{finding.id} {'cured' if finding.cured else finding.severity}"


def _states(file: Path) -> list[str]:
    plan = plan_of(file)
    assert plan is not None, file
    return [_state(finding) for finding in plan.findings]


def test_every_file_is_planned_and_its_findings_are_printed(
    corpus: Path, tell: Callable[[str, str], None]
) -> None:
    """With the exit code and verdict of ``check --keep-going`` on each."""
    total: Counter[str] = Counter()
    lines = []
    for file in manifests():
        plan = plan_of(file)
        states = [_state(f) for f in plan.findings] if plan else ["(not readable)"]
        total.update(states)
        counted = ", ".join(f"{s} x{n}" if n > 1 else s for s, n in Counter(states).items())
        verdict = plan.readiness if plan else Readiness.NOT_FOUND
        code = of_plan(plan, detailed=False) if plan else ERROR
        code = ERROR if verdict is Readiness.NOT_FOUND else code
        told = verdict.value if plan else "error"
        lines.append(f"{file.relative_to(corpus)}  {code}  {told}: {counted or 'nothing'}")
    for line in lines:
        tell("findings of each real file", line)
    for state, count in total.items():
        tell("findings of all real files", f"{count:>4} {state}")
    assert len(manifests()) > 400
    assert total["(not readable)"] < 30


REFUSED = ("NOT FOUND: ", " is also in ", " pulls http", UNRENDERED)
"""Why a repository ends with exit code 1: nothing is there, several variants of one install are,
a root fetches Multus, or a template was not rendered. Nothing else of a real repository may end a run."""
ALL_CLEAR = ("READY", "READY IF", "NOTHING TO CHANGE")


def test_every_repository_ends_with_a_verdict(
    corpus: Path, tell: Callable[[str, str], None]
) -> None:
    """Each origin as a folder, as a user checks a repository; ``multus-cni`` is many releases."""
    codes: Counter[int] = Counter()
    for folder in sorted(p for p in corpus.iterdir() if p.is_dir() and p.name != "multus-cni"):
        run = migrator("check", folder.name, cwd=corpus)
        first = (run.out or run.err).splitlines()[0]
        if run.code == 1:
            errors = [line for line in run.err.splitlines() if line.startswith("error: ")]
            assert errors and all(any(why in e for why in REFUSED) for e in errors), run.err
        else:
            expected = ALL_CLEAR if run.code == 0 else ("BLOCKED", "NOT SEEN WHOLE")
            assert first.startswith(expected), (folder.name, first)
        codes[run.code] += 1
        tell("repository, exit code, verdict", f"{folder.name}  {run.code}  {first[:110]}")
    assert codes.keys() == {0, 1, 4}


@pytest.mark.parametrize(
    ("repository", "code", "told"),
    [
        # the root of Multus fetches upstream's manifest
        ("pflaeging__gubernat", 4, "NOT SEEN WHOLE"),
        ("rust84__k8s-gitops", 4, "NOT SEEN WHOLE"),
        ("vbalexr__homelab", 4, "NOT SEEN WHOLE"),
        # roles and device plugins alone
        ("kubevirt__kubevirt", 4, "NOT SEEN WHOLE"),
        ("maistra__istio-operator", 1, "NOT FOUND"),
        ("openshift__cluster-network-operator", 1, "NOT FOUND"),
        # the chart's values
        ("giantswarm__multus-cni", 4, "NOT SEEN WHOLE"),
        # a chart that runs thick mode, and a thick manifest
        ("angryninja48__k3s-cluster", 0, "NOTHING TO CHANGE"),
        ("nephio-project__nephio-example-packages", 0, "NOTHING TO CHANGE"),
        # owners whose install is elsewhere
        ("wcygan__anton", 4, "NOT SEEN WHOLE"),
        ("osnabrugge__home-cluster", 4, "BLOCKED"),
    ],
)
def test_a_repository_that_must_not_be_told_all_clear(
    corpus: Path, repository: str, code: int, told: str
) -> None:
    run = migrator("check", repository, "--keep-going", cwd=corpus)
    assert (run.code, told in run.out + run.err) == (code, True), run.err


FOUND = [
    ("ErmakovDmitriy__linkerd-multus-attach-operator/tests/multus-cni.yaml", "P08 warning"),
    ("ErmakovDmitriy__linkerd-multus-attach-operator/tests/multus-cni.yaml", "P07 cured"),
    (
        "Mellanox__network-operator/example/crs/mellanox.com_v1alpha1_nicclusterpolicy_cr.yaml",
        "P54 blocker",
    ),
    ("archichris__multus-ext-cni/images/multus-daemonset-crio.yml", "P40 info"),
    ("archichris__multus-ext-cni/images/multus-daemonset-crio.yml", "P60 cured"),
    ("archichris__multus-ext-cni/images/multus-daemonset-crio.yml", "P45 cured"),
    (f"{AWS}/v3.7.2-eksbuild.1/aws-k8s-multus-cn.yaml", "M01 blocker"),
    (f"{AWS}/v3.7.2-eksbuild.1/aws-k8s-multus-cn.yaml", "P17 info"),
    (f"{AWS}/v4.1.4-eksbuild.3/multus-daemonset-thick.yml", "P17 cured"),
    (f"{AWS}/v4.1.4-eksbuild.3/multus-daemonset-thick.yml", "P23 cured"),
    (f"{AWS}/v4.1.4-eksbuild.3/multus-daemonset-thick.yml", "P24 cured"),
    ("camaeel__multus-experiment/multus-daemonset-only-calico.yml", "M02 blocker"),
    ("camaeel__multus-experiment/multus-daemonset-only-calico.yml", "P02 warning"),
    ("camaeel__multus-experiment/multus-daemonset-only-calico.yml", "P25 cured"),
    ("harvester__harvester/scripts/iso/manifests/multus-daemonset.yaml", "P44 warning"),
    (
        "intel__userspace-cni-network-plugin/ci/vpp_test_setup/network_attachment_definition.yaml",
        "P19 warning",
    ),
    ("k8snetworkplumbingwg__ovs-cni/examples/flannel-multus.yml", "M08 warning"),
    ("k8snetworkplumbingwg__ovs-cni/examples/flannel-multus.yml", "P04 warning"),
    (f"{CI}/gocli/opts/multus/manifests/multus.yaml", "P17 info"),
    (
        f"{CI}/gocli/opts/cnao/manifests/network-addons-config-example.cr.yaml",
        "P54 blocker",
    ),
    ("luongvy__poc-multus-calico/manifests/calico/multus.yaml", "P03 warning"),
    (f"{NEON}/multus-common/daemonset.yaml", "M03 blocker"),
    (f"{NEON}/default-vxlan/multus-eks/multus.yaml", "P55 warning"),
    (f"{NEON}/default-vxlan/multus-eks/multus.yaml", "P06 cured"),
    (f"{NEON}/default-vxlan/multus-eks/multus.yaml", "P34 cured"),
    (f"{NEON}/default-vxlan/multus-eks/multus.yaml", "P35 cured"),
    # its images are actions of a template, so nothing in it is judged
    (f"{MICROSHIFT}/06-daemonset.yaml", "M16 blocker"),
    ("nephio-project__nephio-example-packages/multus/multus-daemonset-thick.yml", "P17 cured"),
    ("onedr0p__home-ops/kubernetes/apps/kube-system/multus/app/helmrelease.yaml", "P54 blocker"),
    ("rust84__k8s-gitops/kubernetes/apps/network/multus/app/helmrelease.yaml", "P54 blocker"),
    ("ruddervirt__ruddervirtvirt-os/manifests/multus.yaml", "P54 blocker"),
    ("osnabrugge__home-cluster/cluster/core/multus/helmrelease.yaml", "P54 blocker"),
    (f"{THICK}/v4.2.4/multus-daemonset-thick.yml", "P30 warning"),
    ("multus-cni/v4.0.2/multus-daemonset-crio.yml", "P40 info"),
    ("multus-cni/v3.9.3/multus-daemonset-gke-1.16.yml", "P07 cured"),
    ("qyzhaoxun__multus-cni/deploy/v0.0.1/multus.yaml", "P60 cured"),
]
"""Looked up in the files by hand: the line that makes it so is there."""


@pytest.mark.parametrize(("file", "state"), FOUND, ids=lambda value: value.rsplit("/", 1)[-1])
def test_what_is_there_is_found(corpus: Path, file: str, state: str) -> None:
    assert state in _states(corpus / file)


NOT_FOUND = [
    ("angryninja48__k3s-cluster/kubernetes/apps/network/multus/app/helmrelease.yaml", "P54"),
    ("gavinmcfall__home-ops/kubernetes/apps/network/multus/app/helmrelease.yaml", "P54"),
    ("jfroy__flatops/kubernetes/apps/storage/kantai1-samba/app/helmrelease.yaml", "P54"),
    ("rust84__k8s-gitops/kubernetes/apps/home/esphome/app/helmrelease.yaml", "P54"),
    ("onedr0p__home-ops/kubernetes/apps/default/home-assistant/app/helmrelease.yaml", "P54"),
    ("rust84__k8s-gitops/kubernetes/apps/network/multus/ks.yaml", "P59"),
    ("wcygan__anton/kubernetes/apps/network/multus/ks.yaml", "P54"),
    ("Mellanox__network-operator/example/sriov-network/sriov-network-pod1.yaml", "P26"),
    ("multus-cni/examples/sriov-pod.yml", "P43"),
    ("multus-cni/v4.0.2/multus-daemonset.yml", "P07"),
    ("multus-cni/v4.0.2/multus-daemonset.yml", "P19"),
    ("multus-cni/v4.0.2/multus-daemonset.yml", "P32"),
    ("multus-cni/v4.0.2/multus-daemonset.yml", "P34"),
    ("multus-cni/v4.0.2/multus-daemonset-crio.yml", "P32"),
    ("multus-cni/v4.0.2/multus-daemonset-crio.yml", "P25"),
    ("multus-cni/v3.4.2/multus-daemonset.yml", "P44"),
    ("multus-cni/v3.4.2/multus-daemonset.yml", "P46"),
    ("multus-cni/v3.4.2/deprecated/multus-daemonset-crio-pre1.16.yml", "P44"),
    ("multus-cni/v3.7.2/multus-daemonset.yml", "P45"),
    ("multus-cni/v3.9.3/multus-daemonset-thick-plugin.yml", "P05"),
    ("multus-cni/v3.9.3/e2e/multus-daemonset.yml", "P05"),
    ("multus-cni/v3.9.3/multus-daemonset-thick-plugin.yml", "P29"),
    (f"{THICK}/v4.2.4/multus-daemonset-thick.yml", "P06"),
    (f"{THICK}/v4.2.4/multus-daemonset-thick.yml", "P09"),
    (f"{THICK}/v4.2.4/multus-daemonset-thick.yml", "P22"),
    (f"{THICK}/v4.2.4/multus-daemonset-thick.yml", "P18"),
    (f"{THICK}/v4.2.4/multus-daemonset-thick.yml", "P36"),
    (f"{THICK}/v4.2.4/multus-daemonset-thick.yml", "P41"),
    (f"{AWS}/v4.1.4-eksbuild.3/multus-daemonset-thick.yml", "P55"),
    (f"{AWS}/v4.1.4-eksbuild.3/multus-daemonset-thick.yml", "P25"),
    (f"{AWS}/v4.1.4-eksbuild.3/multus-daemonset-thick.yml", "P35"),
    (f"{AWS}/v3.9.0-eksbuild.1/aws-k8s-multus.yaml", "P60"),
    ("harvester__harvester/scripts/iso/manifests/multus-daemonset.yaml", "P45"),
    ("k8snetworkplumbingwg__ovs-cni/examples/flannel-multus.yml", "P44"),
    (f"{CI}/os/3.11.0-crio/manifests/multus.yaml", "P03"),
    ("pflaeging__gubernat/components/multus/multus-daemonset-thick.yaml", "P06"),
    ("pflaeging__gubernat/components/multus/multus-daemonset-thick.yaml", "P34"),
    ("luongvy__poc-multus-calico/manifests/calico/calico.yaml", "P57"),
    (
        (
            "k8snetworkplumbingwg__multus-dynamic-networks-controller/manifests/"
            "dynamic-networks-controller.yaml"
        ),
        "P53",
    ),
    ("k8snetworkplumbingwg__sriov-network-device-plugin/deployments/sriovdp-daemonset.yaml", "P52"),
    (f"{MICROSHIFT}/07-daemonset-dhcp.yaml", "P51"),
    (
        "istio__istio/operator/cmd/mesh/testdata/manifest-generate/output/istio-cni.golden.yaml",
        "P47",
    ),
    ("vbalexr__homelab/apps/multus/volume-mount-patch.yaml", "P10"),
    (
        (
            "open-ness__openness-experience-kits/roles/kubernetes/cni/multus/controlplane/files/"
            "multus-cni/templates/configMap.yaml"
        ),
        "P19",
    ),
]
"""Look-alikes: another program of that name, a complete manifest, a fragment, a chart's user."""


@pytest.mark.parametrize(("file", "rule"), NOT_FOUND, ids=lambda value: value.rsplit("/", 1)[-1])
def test_what_only_looks_like_it_is_left_alone(corpus: Path, file: str, rule: str) -> None:
    assert rule not in [state.split()[0] for state in _states(corpus / file)]
