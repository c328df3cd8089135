from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.report.rollouts import selector_of
from migrator.report.runbook import render
from migrator.trees.dump import dump
from tests import builders
from tests.needs import give_up
from tests.plan.test_hardening import plan_of
from tests.report import hostile, plans
from tests.report.plans import changed, planned
from tests.report.poison import poisoned

ROLE = builders.ROLE + "- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}\n"
K3S = "/var/lib/rancher/k3s"


def migration(*texts: str, to: str = "4.2.4", **settings: Any) -> Plan:
    """The plan that the program makes of these manifests."""
    inventory = builders.inventory(*texts)
    return make_plan(inventory, builders.target(to, **settings), allowed=("P49",))


def thin_v4(*args: str, **parts: str) -> str:
    init = builders.INIT % builders.V4
    return builders.daemonset("--multus-conf-file=auto", *args, init=init, **parts)


def shell(text: str) -> str:
    """Every command of a runbook, in order."""
    return "\n".join(re.findall(r"^```sh(?: node)?\n(.*?)^```$", text, re.M | re.S))


@pytest.mark.parametrize(
    ("make", "said", "unsaid"),
    [
        (lambda: migration(thin_v4(), ROLE), "rm -f /host/etc/cni/net.d/00-multus.conflist", "*.old"),
        (lambda: migration(builders.v3("--multus-conf-file=auto"), ROLE), "/opt/cni/bin/multus ", "conflist\n"),
        (
            lambda: migration(builders.v3("--multus-conf-file=auto", "--rename-conf-file=true"), ROLE),
            'for file in /etc/cni/net.d/*.old; do mv -i "$file" "${file%.old}"; done',
            "conflist\n",
        ),
        (
            lambda: migration(builders.v3("--multus-conf-file=auto", "--rename-conf-file"), ROLE),
            "kubectl apply -k stage-1",
            "*.old",
        ),
        (
            lambda: migration(builders.with_hand_written('{"type": "multus"}'), ROLE),
            "rm -f /etc/cni/net.d/70-multus.conf",
            "*.old",
        ),
        (lambda: migration(thin_v4(), ROLE, primary_cni="10-a.conflist"), "test -s /etc/cni/net.d/10-a.conflist", "head -n 1"),
        (lambda: migration(thin_v4(), ROLE), "head -n 1", "test -s"),
        (
            lambda: migration(thin_v4().replace("path: /etc/cni", f"path: {K3S}/agent/etc/cni"), ROLE),
            f"ls -l {K3S}/agent/etc/cni/net.d\n",
            "ls -l /etc",
        ),
        (
            lambda: migration(thin_v4().replace("path: /opt/cni/bin", f"path: {K3S}/data/cni"), ROLE),
            f"rm -f {K3S}/data/cni/multus ",
            "/opt/cni/bin/multus",
        ),
        (
            lambda: migration(thin_v4(image="registry.example/k8snetworkplumbingwg/multus-cni:v4.0.2"), ROLE),
            "multus-cni:v4.2.4-thick docker://registry.example/k8snetworkplumbingwg/multus-cni:v4.2.4-thick",
            "k3s crictl",
        ),
        (lambda: migration(thin_v4(), ROLE), "crictl pull", "skopeo"),
        (
            lambda: migration(thin_v4(), ROLE, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {cni-exclusive: 'true'}\n"),
            "cilium_bak",
            "*.old",
        ),
        (
            lambda: migration(thin_v4(), ROLE, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {cni-exclusive: 'false'}\n"),
            "kubectl apply -k stage-1",
            "cilium",
        ),
        (
            lambda: migration(thin_v4(api="extensions/v1beta1").replace("  selector: {matchLabels: {name: multus}}\n", ""), ROLE),
            "echo name=multus\n",
            "*.old",
        ),
        (lambda: migration(thin_v4(), ROLE), "| kubectl apply set-last-applied --create-annotation=true -f -", "kubectl replace"),
    ],
    ids=[
        "v4 thin may leave 00-multus.conflist",
        "v3 never writes it",
        "renamed primary CNI files get their names back",
        "a bare --rename-conf-file is false to v3's shell",
        "the copied config goes before the daemon comes",
        "a known primary CNI is looked for",
        "an unknown one is looked up",
        "host paths are those of the install: conf dir",
        "host paths are those of the install: bin dir",
        "a mirror must hold the image",
        "upstream's image needs no copy",
        "Cilium is told to leave the files alone",
        "Cilium that does so already is left out",
        "a selector that was not written is compared",
        "what apply must be able to remove is written down first",
    ],
)  # fmt: skip
def test_only_what_applies_is_said(make: Callable[[], Plan], said: str, unsaid: str) -> None:
    plan = make()
    assert plan.changed
    assert not plan.blockers
    commands = shell(render(plan))
    assert said in commands
    assert unsaid not in commands


def test_nothing_is_removed_before_it_is_safe() -> None:
    text = render(migration(builders.with_hand_written('{"type": "multus"}'), ROLE))
    order = [
        "apply set-last-applied", "kubectl apply --dry-run=server -k stage-1",
        "kubectl apply -k stage-1", "limits: .resources.limits", "kubectl drain",
        "rm -f /etc/cni/net.d/70-multus.conf", "kubectl delete -n kube-system pod",
        "-- cat /host/etc/cni/net.d/00-multus.conf", "kubectl uncordon",
        "kubectl apply -k stage-2", ".status.startTime < $at", 'contains("multus.d/multus.kubeconfig")',
        "rm -f /opt/cni/bin/multus ", "multus-migrator verify .\n",
        "kubectl apply --dry-run=server -k rollback/stage-1",
        "kubectl apply -k rollback/stage-1", "must print nothing. It prints pods of DaemonSets",
        "-- rm -f /host/etc/cni/net.d/00-multus.conf\n", "kubectl apply -k rollback/stage-2",
        "rm -f /opt/cni/bin/multus-shim",
        "delete configmap/multus-daemon-config",
    ]  # fmt: skip
    at = 0
    for part in order:
        at = text.index(part, at)


@pytest.mark.parametrize(
    ("release", "deletes"), [("4.0.2", False), ("4.1.4", True), ("4.3.0", True)]
)
def test_the_window_is_that_of_the_target(release: str, deletes: bool) -> None:
    text = render(migration(thin_v4(), ROLE, to=release))
    assert ("The daemon deletes `00-multus.conf` when it stops" in text) == deletes


def test_daemonsets_of_several_architectures_share_the_commands_for_pods() -> None:
    both = [
        builders.v3("--multus-conf-file=auto", name=f"kube-multus-ds-{arch}",
                    pod=f"{builders.POD}nodeSelector: {{kubernetes.io/arch: {arch}}}\n")
        for arch in ("amd64", "arm64")
    ]  # fmt: skip
    commands = shell(render(migration(*both, ROLE)))
    assert commands.count("kubectl delete -n kube-system pod") == 2
    assert commands.count("rollout status daemonset/kube-multus-ds-a") == 4


def test_networks_alone_need_no_daemonset() -> None:
    (nad,) = builders.documents(plans.NAD)
    text = render(plans.plan(planned(nad, changed(nad, ("spec", "config"), "{}", "x", "S20"))))
    assert "nothing has to restart" in text
    assert "daemonset" not in shell(text)
    assert "stage-1" not in text


def at_stage_one() -> list[str]:
    """What the cluster runs when stage one is applied and nodes were moved."""
    staged = builders.inventory(builders.v3("--multus-conf-file=auto"), ROLE)
    done = make_plan(staged, builders.target("4.2.4", stage=1))
    return [dump(each.desired) for each in done.objects]


def test_stage_two_alone_waits_for_every_node() -> None:
    """Planned where stage one stands: no pod is replaced, so there are no folders of stages."""
    text = render(migration(*at_stage_one(), stage=2))
    assert "daemonset/kube-multus-ds -o jsonpath='{.status.updatedNumberScheduled} of" in text
    assert text.index("updatedNumberScheduled") < text.index("kubectl apply -k .\n")
    assert not re.search(r"stage-\d|kubectl drain|kubectl delete", text)


def test_every_node_has_moved_before_the_strategy_is_given_back() -> None:
    text = render(migration(thin_v4(), ROLE))
    for last in ("kubectl apply -k stage-2", "kubectl apply -k rollback/stage-2"):
        assert "updatedNumberScheduled" in text[text.index(last) - 600 : text.index(last)]


@pytest.mark.parametrize(
    ("tolerations", "taints"),
    [
        ("{operator: Exists, effect: NoExecute}", True),
        ("{operator: Exists, effect: NoSchedule}", False),
    ],
)
def test_a_taint_must_not_take_the_daemon_away(tolerations: str, *, taints: bool) -> None:
    text = render(migration(thin_v4(pod=f"{builders.POD}tolerations: [{tolerations}]\n"), ROLE))
    back = text[text.index("Move one node back") :]
    assert ("multus.example/moving=:NoExecute" in back) == taints
    assert ("multus.example/moving-" in back) == taints
    assert ("do not tolerate `NoExecute`" in back) != taints


def test_live_limits_are_told_in_the_order_of_the_server() -> None:
    limits = "resources: {limits: {memory: 1Gi, ephemeral-storage: 1Gi}}\n"
    text = render(migration(thin_v4(container=limits), ROLE))
    assert '"limits":{"ephemeral-storage":"1Gi","memory":"1Gi"}' in text


def test_a_blocked_plan_has_no_commands() -> None:
    text = render(plans.blocked())
    assert "**Do not start.**" in text
    assert "change the chart's values" in text
    assert shell(text) == ""


def test_nothing_to_do_says_so() -> None:
    text = render(plans.nothing())
    assert "nothing to roll out" in text
    assert shell(text) == ""


def test_manual_steps_stand_in_their_phase() -> None:
    text = render(plans.ready())
    assert text.index("## Decide") < text.index("remedy of P04") < text.index("## Before")


def test_the_steps_are_numbered_boxes() -> None:
    text = render(migration(builders.with_hand_written('{"type": "multus"}'), ROLE))
    numbers = [int(number) for number in re.findall(r"^- \[ \] \*\*(\d+)\. ", text, re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 15
    phases = re.findall(r"^## (.*)$", text, re.M)
    assert phases == [
        "Before",
        "Node by node",
        "After",
        "Later restarts and reboots",
        "The way back",
    ]


PROGRAMS = (
    *("kubectl", "jq", "multus-migrator", "tar", "rm", "ls", "grep", "test", "cat", "mkdir"),
    *("crictl", "skopeo", "date", "sleep", "mv", "head", "k3s", "microk8s", "basename"),
)


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """A folder of programs that only write down how they were called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = (
        '#!/bin/sh\nprintf "%s\\n" "${0##*/} $*" >> "$CALLS"\n[ "$1" = get ] && echo pod/a\ntrue\n'
    )
    for name in PROGRAMS:
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return folder


def run(commands: str, folder: Path, stubs: Path) -> tuple[subprocess.CompletedProcess[str], str]:
    out = folder / "out"
    for name in ("out", "multus-backup"):
        (folder / name).mkdir(exist_ok=True)
    calls = folder / "calls"
    bash = shutil.which("bash")
    if bash is None:
        give_up("bash is not installed")
    done = subprocess.run(
        [bash, "-c", commands], cwd=out, env={"PATH": str(stubs), "CALLS": str(calls)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done, calls.read_text() if calls.exists() else ""


def test_the_commands_are_a_script_that_a_shell_understands(tmp_path: Path, stubs: Path) -> None:
    plan = migration(
        builders.with_hand_written('{"type": "multus"}', "--rename-conf-file=true"), ROLE, plans.NAD
    )
    done, calls = run(shell(render(plan)), tmp_path, stubs)
    assert done.stderr == ""
    assert "kubectl -n kube-system delete daemonset/kube-multus-ds\n" in calls
    assert "rm -f /etc/cni/net.d/70-multus.conf\n" in calls
    assert calls.count("kubectl apply -k") >= 4
    assert calls.count("multus-migrator verify --pods") >= 4


@pytest.mark.slow
@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_no_name_of_a_manifest_becomes_a_command(text: str, tmp_path: Path, stubs: Path) -> None:
    commands = shell(render(poisoned(text)))
    done, calls = run(commands, tmp_path, stubs)
    assert "syntax error" not in done.stderr
    assert "kubectl" in calls
    assert not any("touch" in call.split(" ", 1)[0] for call in calls.splitlines())
    found = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert found <= {"bin", "calls", "out", "multus-backup"}
    assert not list((tmp_path / "out").iterdir())
    assert not list(tmp_path.rglob("PWNED*"))


@pytest.mark.parametrize("selector", ["text", [], {"matchLabels": "text"}, None])
def test_a_selector_that_is_none_is_that_of_the_pods(selector: object) -> None:
    """Found by fuzzing: it was taken for a map."""
    template = {"metadata": {"labels": {"name": "multus"}}}
    assert selector_of({"spec": {"selector": selector, "template": template}}) == "name=multus"


def test_a_chart_that_holds_no_stage_has_a_runbook_without_them() -> None:
    """What an Application renders cannot be patched: ``--stage`` is refused (M30), and so is what needs it.
    The chart names its container, so no command does."""
    text = render(plan_of((thin_v4(), ROLE)))
    assert text.index("`Application ops/meta` renders the DaemonSet") < text.index("## Before")
    assert "multus-migrator edit" in text
    commands = shell(text)
    assert "rollout status daemonset/kube-multus-ds" in commands
    assert "grep -H -oE" in commands
    assert commands.count("{.spec.template.spec.containers[*].image}") == 2  # there and back
    for word in (
        "stage-",
        "rollout.sh",
        " -c kube",
        "kubectl drain",
        "--against",
        "delete configmap",
    ):
        assert word not in commands, word
    assert not re.search(r"stage (one|two)|--stage|in two stages|rollout\.sh", text)


DEVICES = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: disk, namespace: ops}
spec: {config: '{"cniVersion": "0.3.1", "name": "disk", "type": "host-device", "device": "eth1"}'}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: ops, annotations: {k8s.v1.cni.cncf.io/networks: disk}}
spec: {containers: [{name: web, image: "web:1"}]}
"""


def test_without_stages_no_node_is_drained_for_devices() -> None:
    """To drain each node before its pod is replaced would be to drain all at once (P43)."""
    text = render(plan_of((thin_v4(), ROLE, DEVICES)))
    assert "- networks of devices: ops/disk\n" in text
    assert "scale the owners of these pods down before the change is applied" in text
    assert "drain each node" not in text[text.index("## The rollout") : text.index("## After")]


@pytest.mark.parametrize(
    ("kind", "strategy"),
    [("HelmRelease", "RollingUpdate"), ("Application", "OnDelete")],
)
def test_what_can_be_held_keeps_its_stages(kind: str, strategy: str) -> None:
    """A post-renderer of Flux patches what is rendered; a chart that renders OnDelete holds its pods."""
    text = thin_v4().replace("spec:\n", f"spec:\n  updateStrategy: {{type: {strategy}}}\n", 1)
    assert "in two stages" in render(plan_of((text, ROLE), kind=kind))
