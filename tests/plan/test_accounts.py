"""Promise 2: each thing of the old install has exactly one account, and what it says is true."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.inventory.build import build_inventory
from migrator.model.plan import Account, Plan
from migrator.plan.parts import parts
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from tests import builders
from tests.builders import INIT, ROLE, V4, daemonset, target, v3, with_hand_written

THIN_RULES = """\
- {apiGroups: [k8s.cni.cncf.io], resources: ["*"], verbs: ["*"]}
- {apiGroups: [""], resources: [pods, pods/status], verbs: [get, update]}
- {apiGroups: ["", events.k8s.io], resources: [events], verbs: [create, patch, update]}
"""


def _plan(*texts: str) -> Plan:
    return make_plan(builders.inventory(*texts), target())


def _accounts(*texts: str) -> dict[str, tuple[str, str]]:
    return {account.name: (account.outcome, account.detail) for account in _plan(*texts).accounts}


def _outcome(accounts: dict[str, tuple[str, str]], name: str) -> str:
    assert name in accounts, sorted(accounts)
    return accounts[name][0]


CUSTOMISED = daemonset(
    "--multus-conf-file=auto",
    "--namespace-isolation=true",
    "--no-such-flag=1",
    pod="""\
    serviceAccountName: multus
    hostNetwork: true
    nodeSelector: {pool: edge}
    tolerations:
    - {operator: Exists, effect: NoSchedule}
    - {key: dedicated, operator: Equal, value: net, effect: NoExecute}
    """,
    container="""\
    env:
    - {name: HTTP_PROXY, value: "http://proxy.example.com"}
    resources:
      requests: {cpu: 100m, memory: 50Mi}
      limits: {cpu: 100m, memory: 50Mi}
    """,
    mounts="- {name: certs, mountPath: /etc/ssl/corp}",
    volumes="- {name: certs, hostPath: {path: /etc/pki/corp}}",
    sidecars="""\
    - name: exporter
      image: registry.example.com/exporter:1.2.3
      volumeMounts:
      - {name: cni, mountPath: /cni}
    """,
    init=INIT % V4,
)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("--multus-conf-file=auto", "renamed"),
        ("--namespace-isolation=true", "renamed"),
        ("--no-such-flag=1", "unknown"),
        ("image of kube-multus", "moved"),
        ("command of kube-multus", "moved"),
        ("resources.limits.memory of kube-multus", "dropped"),
        ("resources.requests.cpu of kube-multus", "kept"),
        ("HTTP_PROXY in kube-multus", "kept"),
        ("/etc/ssl/corp in kube-multus", "kept"),
        ("/host/etc/cni/net.d in kube-multus", "kept"),
        ("/host/opt/cni/bin in kube-multus", "dropped"),
        ("/host/opt/cni/bin in install-multus-binary", "kept"),
        ("args of install-multus-binary", "dropped"),
        ("certs (/etc/pki/corp)", "kept"),
        ("cnibin (/opt/cni/bin)", "kept"),
        ("image of exporter", "kept"),
        ("/cni in exporter", "kept"),
        ("toleration Exists NoSchedule", "kept"),
        ("toleration dedicated Equal NoExecute", "kept"),
        ("spec.nodeSelector.pool", "kept"),
        ("label name of its pods", "kept"),
        ("spec.selector", "kept"),
        ("* on *", "kept"),
        ("get, update on pods, pods/status", "moved"),
        ("create, patch, update on events", "kept"),
        ("roleRef", "kept"),
    ],
)
def test_what_became_of_it(name: str, outcome: str) -> None:
    accounts = _accounts(CUSTOMISED, ROLE + THIN_RULES)
    assert _outcome(accounts, name) == outcome


def test_each_outcome_but_kept_says_why_or_where_to() -> None:
    for name, (outcome, detail) in _accounts(CUSTOMISED, ROLE + THIN_RULES).items():
        assert detail, name
        assert outcome == "kept" or detail != "as it was", name


def test_a_flag_that_nobody_knows_needs_a_person() -> None:
    assert _plan(CUSTOMISED).needs_person


def test_the_keys_of_a_hand_written_config_are_accounted_for_one_by_one() -> None:
    accounts = _accounts(
        with_hand_written(
            """\
            {"name": "multus-cni-network", "type": "multus", "logLevel": "debug", "mystery": 1,
             "kubeconfig": "/etc/cni/net.d/multus.d/multus.kubeconfig",
             "clusterNetwork": "/etc/cni/net.d/10-calico.conflist"}"""
        )
    )
    told = {
        name: _outcome(accounts, name)
        for name in ("type", "logLevel", "mystery", "kubeconfig", "clusterNetwork")
    }
    assert told == {
        "type": "dropped",
        "logLevel": "kept",
        "mystery": "unknown",
        "kubeconfig": "dropped",
        "clusterNetwork": "moved",
    }
    assert _outcome(accounts, 'data["cni-conf.json"]') == "moved"
    assert _outcome(accounts, "multus-cfg") == "dropped"


def test_a_script_around_the_entrypoint_is_unknown() -> None:
    accounts = _accounts(
        daemonset("modprobe x; /thin_entrypoint --multus-conf-file=auto", command="[/bin/sh, -c]")
    )
    assert _outcome(accounts, "command of kube-multus") == "unknown"


def test_a_container_that_goes_is_one_account() -> None:
    text = v3(
        image="ghcr.io/k8snetworkplumbingwg/multus-cni:v3.9.3-thick-amd64",
        command="[/usr/src/multus-cni/bin/multus-daemon]",
        container='args: ["-cni-version=0.3.1"]',
        init="""\
        initContainers:
        - name: generate-kubeconfig
          image: x
          command: [/usr/src/multus-cni/bin/generate-kubeconfig]
          env: [{name: A, value: b}]
          volumeMounts: [{name: cni, mountPath: /host/etc/cni/net.d}]
        """,
    )
    found = [a for a in _plan(text).accounts if "generate-kubeconfig" in a.name]
    assert [(a.outcome, a.kind) for a in found] == [("dropped", "field")]


def test_upstreams_config_map_that_auto_mode_never_read_says_so() -> None:
    text = v3(
        "--multus-conf-file=auto", mounts=builders.CONFIG_MOUNT, volumes=builders.CONFIG_VOLUME
    )
    accounts = _accounts(text, builders.hand_written('{"name": "x"}'))
    outcome, detail = accounts['data["cni-conf.json"]']
    assert (outcome, "nothing mounts it any more" in detail) == ("kept", True)


def test_a_thick_install_that_is_complete_has_nothing_to_account_for() -> None:
    nad = "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {name: a}\n"
    assert _plan(nad).accounts == ()


def test_source_lines_are_those_of_the_thing() -> None:
    lines = CUSTOMISED.splitlines()
    for account in _plan(CUSTOMISED).accounts:
        if account.kind in ("mount", "env"):
            word = account.name.split(" in ")[0]
            assert word in lines[account.source.line - 1], account


def _leaves(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(tree, list) and tree:
        for index, value in enumerate(tree):
            yield from _leaves(value, (*path, index))
    else:
        yield path


_SERVERS = (("kind",), ("status",), ("metadata", "uid"), ("metadata", "managedFields"))

_VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    [
        "metadata",
        "labels",
        "spec",
        "template",
        "containers",
        "name",
        "env",
        "volumes",
        "rules",
        "tolerations",
        "resources",
        "limits",
        "kind",
        "status",
        "uid",
        "data",
        "x",
    ]
)
_TREES = st.recursive(
    _VALUES,
    lambda inner: st.dictionaries(_KEYS, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(_KEYS, _TREES, min_size=1, max_size=5))
@settings(max_examples=100)
def test_every_leaf_of_any_object_belongs_to_exactly_one_part(tree: dict[str, Any]) -> None:
    found = [part.at for part in parts(tree)]
    for leaf in _leaves(tree):
        owners = [at for at in found if leaf[: len(at)] == at]
        hidden = any(leaf[: len(server)] == server for server in _SERVERS)
        assert len(owners) == (0 if hidden else 1), leaf


@pytest.mark.corpus
def test_on_real_manifests_every_leaf_is_accounted_for(corpus: Path) -> None:
    files = [p for p in sorted(corpus.rglob("*.y*ml")) if "multus-daemonset" in p.name]
    assert len(files) > 30
    accounted = 0
    for file in files:
        reading = read_inputs(
            (str(file),),
            stdin=io.BytesIO(),
            node_files=None,
            build=None,
            keep_going=True,
        )
        plan = make_plan(build_inventory(reading), target())
        accounted += len(plan.accounts)
        for account in plan.accounts:
            assert account.detail and account.source.line > 0, (file, account)
        _each_part_once(plan, file)
    assert accounted > 2000


def _each_part_once(plan: Plan, file: Path) -> None:
    """Objects of an install that moves: as many accounts as parts, less the args (flags)."""
    for planned in plan.objects:
        if planned.document is None or not plan.accounts:
            continue
        own: list[Account] = [
            a
            for a in plan.accounts
            if a.object == planned.ref and a.kind not in ("flag", "config-key")
        ]
        names = [f"{a.kind} {a.name}" for a in own]
        wanted = [p for p in parts(planned.document.data) if p.path[-1] != "args"]
        removed = len(wanted) - len([a for a in own if not a.name.startswith("args of")])
        assert removed == 0 or "generate-kubeconfig" in " ".join(names), (
            file,
            planned.ref,
            removed,
        )
