"""Rows S1 to S9 of what Multus's own code answered, and what a plan makes of each.

The first test takes the recorded answers themselves (tests/observed/pod.jsonl, pod/dfuzz-primary):
the same files lie on a node, and the plan's row has to say what thin and thick Multus did with
them. The tables below it hold the inputs that no recording has as a whole install; each names what
decides in Multus, or in the libcni that the release is built with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from migrator.model.inputs import CniFile
from migrator.model.inventory import Inventory
from migrator.model.plan import EVERY_POD, Attachment, Difference, Plan
from migrator.plan.planner import make_plan
from tests.builders import (
    TARGETS,
    V4,
    daemonset,
    inventory,
    node_file,
    target,
    v3,
    with_hand_written,
)
from tests.multus.observed import FOLDER, load_cases
from tests.plan.estates import deployment, nad, rows

MOUNT, HOST = "/host/etc/cni/net.d", "/etc/cni/net.d"
AUTO = "--multus-conf-file=auto"
SOURCE = "4.0.2"
PRIMARY = {"cniVersion": "0.3.1", "name": "pods", "plugins": [{"type": "calico"}]}
LAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}


def files(contents: Mapping[str, Any]) -> tuple[CniFile, ...]:
    """Files of the node's CNI directory, those in a folder of it too."""
    found = []
    for path, content in contents.items():
        folder, _, name = path.rpartition("/")
        text = content if isinstance(content, str) else json.dumps(content)
        found.append(node_file(name, text, directory=f"{HOST}/{folder}".rstrip("/")))
    return tuple(found)


def primary_row(plan: Plan) -> Attachment:
    return next(row for row in plan.attachments if row.origin == EVERY_POD)


@cache
def recorded() -> Mapping[str, Mapping[str, Any]]:
    """Name -> mode -> the recorded case."""
    found: dict[str, dict[str, Any]] = {}
    for case in load_cases(FOLDER):
        if case["id"].startswith("pod/dfuzz-primary/"):
            _, _, name, mode = case["id"].split("/")
            found.setdefault(name, {})[mode] = case
    return found


@cache
def thin_install(name: str) -> Inventory:
    return inventory(daemonset(AUTO), files=files(recorded()[name]["thick"]["files"]))


def answer(case: Mapping[str, Any], release: str) -> tuple[str, Any]:
    """("error", Multus's words) or ("runs", what each plugin got on stdin)."""
    observed = case["observed"][release]
    if "default_error" in observed:
        return "error", observed["default_error"].replace("{confDir}", MOUNT)
    run = observed["delegates"][0]["exec"]
    for key, said in _SAID.items():
        if key in run:
            return "error", said.format(run[key])
    return "runs", [one["stdin"] for one in run["runs"]] if run["runs"] else "panic"


_SAID = {
    "add_error": "{}",
    "conf_error": "error in converting the raw bytes to conf: {}",
    "list_error": "conflistAdd: error converting the raw bytes into a conflist: {}",
}
"""What confAdd and conflistAdd put before libcni's words (pkg/multus/multus.go)."""


def given(resolution: Any, is_list: bool) -> tuple[str, Any]:
    """The same of a plan's row."""
    if resolution.error:
        return "error", resolution.error
    config = json.loads(resolution.config)
    whole = {"name": config["name"], "cniVersion": config.get("cniVersion", "")}
    plugins = config["plugins"] if is_list else [config]
    return "runs", [{**plugin, **whole} for plugin in plugins]


@pytest.mark.observed
@pytest.mark.parametrize("release", TARGETS)
@pytest.mark.parametrize("name", recorded())
def test_the_plan_says_what_multus_did(name: str, release: str) -> None:
    """S1, S3, S7, S8 and the good ones: a primary CNI's file, thin today and thick at the target."""
    thin, thick = recorded()[name]["thin"], recorded()[name]["thick"]
    row = primary_row(make_plan(thin_install(name), target(release)))
    before, after = answer(thin, SOURCE), answer(thick, release)
    for wanted, case, at, got in (
        (before, thin, SOURCE, row.before),
        (after, thick, release, row.after),
    ):
        delegates = case["observed"][at].get("delegates", [{"is_list": False}])
        assert given(got, delegates[0]["is_list"]) == wanted
    assert row.verdict == _VERDICTS.get((before[0], after[0])) or (
        row.verdict == ("equal" if before == after else "changed")
    )


_VERDICTS = {
    ("error", "error"): "still-broken",
    ("error", "runs"): "cured",
    ("runs", "error"): "broken",
}


def differing() -> list[Any]:
    """The recorded annotations that two releases do not take alike: (case, thin release, target)."""
    found = []
    for case in load_cases(FOLDER):
        observed = case["observed"] if case["kind"] == "annotation" else {}
        first, *others = [json.dumps(a, sort_keys=True) for a in observed.values()] or [""]
        if any(other != first for other in others):
            source = next(r for r in ("3.9.3", "4.0.2") if r in observed)
            found += [
                pytest.param(case, source, release, id=f"{case['id']}-{release}")
                for release in observed
                if release != source and observed[release] != observed[source]
            ]
    return found


@pytest.mark.observed
@pytest.mark.parametrize(("case", "source", "release"), differing())
def test_the_plan_reads_an_annotation_as_both_releases_did(
    case: Mapping[str, Any], source: str, release: str
) -> None:
    """Every network that is asked for has its NAD; one without a name cannot."""
    before, after = (case["observed"][r] for r in (source, release))
    asked = [n for side in (before, after) for n in side.get("networks", ())]
    named = {(n["name"], n["namespace"]) for n in asked if n["name"]}
    nads = [nad(name, space, json.dumps(LAN)) for name, space in sorted(named)]
    workload = deployment(case["annotation"], case["namespace"])
    plan = make_plan(inventory(of_release(source), *nads, workload), target(release))
    row = next(r for r in rows(plan) if r.verdict != "equal")
    assert row.before.error == before.get("error", "")
    if "error" in after or all(n["name"] for n in asked):
        assert row.after.error == after.get("error", "")
    expected = {("error", "networks"): "cured", ("networks", "error"): "broken"}
    got = ("error" if row.before.error else "networks", "error" if row.after.error else "networks")
    assert row.verdict == expected.get(got, "still-broken")
    nobody = make_plan(inventory(of_release(source), workload), target(release))
    without = {r.verdict for r in rows(nobody)}
    assert without <= {"unknown", "still-broken", "broken"}
    assert ("broken" in without) == (row.verdict == "broken")


@pytest.mark.parametrize("release", TARGETS)
@pytest.mark.parametrize(
    ("content", "verdict", "rule"),
    [
        pytest.param(PRIMARY, "broken", "P16", id="plugins alone"),
        pytest.param({**LAN, "plugins": [{"type": "calico"}]}, "equal", "", id="type and plugins"),
    ],
)
def test_s1_a_conf_that_holds_plugins(
    content: dict[str, Any], verdict: str, rule: str, release: str
) -> None:
    """getNetDelegate takes a path that is no .conflist for one plugin (pkg/k8sclient/k8sclient.go
    v4.0.0), libcni.ConfFromBytes finds no type, and CmdAdd ends with the words below."""
    plan = make_plan(
        inventory(daemonset(AUTO), files=files({"10-a.conf": content})), target(release)
    )
    row = primary_row(plan)
    assert (row.verdict, row.before.error) == (verdict, "")
    told = {f.id for f in plan.blockers}
    assert ("P16" in told) == bool(rule)
    if rule:
        assert row.after.error == (
            f"GetDefaultNetworks: failed to get clusterNetwork {MOUNT}/10-a.conf in namespace "
            "kube-system"
        )


@pytest.mark.parametrize("release", TARGETS)
@pytest.mark.parametrize("key", ["delegates", "clusterNetwork"])
def test_s2_default_networks_are_read_beside_cluster_network_only(key: str, release: str) -> None:
    """LoadNetConf keeps defaultNetworks, and GetDefaultNetworks returns at once where there is no
    clusterNetwork (pkg/k8sclient/k8sclient.go v3.2): the planned daemon-config has one."""
    own = {"delegates": [PRIMARY]} if key == "delegates" else {"clusterNetwork": "pods"}
    hand = {"name": "m", "type": "multus", **own, "defaultNetworks": ["lan"]}
    nads = (
        nad("lan", "kube-system", json.dumps(LAN)),
        nad("pods", "kube-system", json.dumps(PRIMARY)),
    )
    before = inventory(
        with_hand_written(json.dumps(hand)), *nads, files=files({"80-a.conflist": PRIMARY})
    )
    plan = make_plan(before, target(release))
    verdicts = {r.network: r.verdict for r in plan.attachments if r.origin == EVERY_POD}
    live = {} if key == "delegates" else {"kube-system/lan": "equal"}
    assert verdicts == {"the cluster network": "equal", **live}
    assert daemon_config(plan).get("defaultNetworks") == (["lan"] if live else None)


def daemon_config(plan: Plan) -> dict[str, Any]:
    (text,) = (
        planned.desired["data"]["daemon-config.json"]
        for planned in plan.objects
        if planned.ref.kind == "ConfigMap" and planned.desired["data"].get("daemon-config.json")
    )
    config: dict[str, Any] = json.loads(text)
    return config


def image(release: str) -> str:
    return V4.replace("4.0.2", release)


def of_release(release: str) -> str:
    """A thin install of a release."""
    if release.startswith("3"):
        old = "nfvpe/multus" if release < "3.7" else V4.rpartition(":")[0]
        return v3(AUTO, image=f"{old}:v{release}")
    return daemonset(AUTO, image=image(release))


@pytest.mark.parametrize("where", ["primary", "NAD"])
@pytest.mark.parametrize(
    ("source", "release", "config", "verdict", "words"),
    [
        # S4: pkg/version/version.go of libcni: 1.1.0 since v1.2.0-rc1 (multus v4.1.0)
        ("4.1.4", "4.0.2", {"cniVersion": "1.1.0"}, "broken", "unsupported CNI result version"),
        ("4.0.2", "4.2.4", {"cniVersion": "1.1.0"}, "cured", ""),
        ("4.1.4", "4.2.4", {"cniVersion": "1.1.0"}, "equal", ""),
        # S5: utils.ValidateNetworkName since libcni v0.8.0 (multus v3.7.1)
        *(
            (source, "4.2.4", {"name": name}, verdict, "invalid characters found in network name")
            for name in ("my net", "-a")
            for source, verdict in (("3.6", "broken"), ("3.9.3", "still-broken"))
        ),
        # S8: libcni's own parse at ADD, which no release differs in
        ("3.9.3", "4.2.4", {"cniVersion": "9.9.9"}, "still-broken", "unsupported CNI result version"),
    ],
)  # fmt: skip
def test_s4_s5_s8_what_libcni_refuses_at_add(
    where: str, source: str, release: str, config: dict[str, Any], verdict: str, words: str
) -> None:
    network = {**LAN, **config}
    if where == "primary":
        plan = make_plan(
            inventory(of_release(source), files=files({"10-a.conf": network})), target(release)
        )
        row = primary_row(plan)
    else:
        estate = (nad("lan", config=json.dumps(network)), deployment("lan"))
        given_files = files({"10-a.conflist": PRIMARY})
        plan = make_plan(inventory(of_release(source), *estate, files=given_files), target(release))
        (row,) = rows(plan)
    assert row.verdict == verdict
    assert words in row.after.error
    assert {f.id for f in plan.findings} >= _TOLD.get(verdict, set())


_TOLD = {"broken": {"N08"}, "still-broken": {"N10"}}


@pytest.mark.parametrize("where", ["primary", "NAD"])
@pytest.mark.parametrize(
    ("source", "release", "verdict"),
    [("4.0.2", "4.2.4", "changed"), ("4.1.4", "4.2.4", "equal"), ("3.9.3", "4.0.2", "equal")],
)
def test_s6_cni_versions_of_a_list(where: str, source: str, release: str, verdict: str) -> None:
    """libcni.ConfListFromBytes reads cniVersions since v1.2.0-rc1 (multus v4.1.0) and gives the
    plugins the highest that it knows; the text of the config is the same."""
    network = {**PRIMARY, "cniVersion": "0.4.0", "cniVersions": ["0.4.0", "1.0.0"]}
    if where == "primary":
        before = inventory(of_release(source), files=files({"10-a.conflist": network}))
        row = primary_row(make_plan(before, target(release)))
    else:
        estate = (nad("lan", config=json.dumps(network)), deployment("lan"))
        (row,) = rows(make_plan(inventory(of_release(source), *estate), target(release)))
    assert row.verdict == verdict
    if verdict == "changed":
        assert row.difference is Difference.CNI_VERSION
        assert "0.4.0 today, 1.0.0 in thick mode" in row.reason


@pytest.mark.parametrize(
    ("source", "kept"),
    [pytest.param("3.9.3", None, id="v3 fills it in"), pytest.param("4.0.2", [], id="v4 keeps it")],
)
def test_s9_an_empty_list_of_system_namespaces(source: str, kept: list[str] | None) -> None:
    """LoadNetConf, pkg/types/conf.go: before v4.0.0 an empty list is the default, kube-system; the
    daemon takes it at its word, and default networks would reach the pods of kube-system."""
    hand = {"name": "m", "clusterNetwork": "pods", "defaultNetworks": ["lan"]}
    command = "[/entrypoint.sh]" if source.startswith("3") else "[/thin_entrypoint]"
    text = json.dumps({**hand, "systemNamespaces": []})
    install = with_hand_written(text, image=image(source), command=command)
    plan = make_plan(inventory(install), target())
    assert daemon_config(plan).get("systemNamespaces") == kept


CASED = '{"name": "m", "NAMESPACEISOLATION": true, "namespaceIsolation": false, "Delegates": [%s]}'


def test_s9_keys_of_any_case_and_the_last_of_them_counts() -> None:
    """encoding/json matches a key without regard to case, and sets the field once more."""
    install = with_hand_written(CASED % json.dumps(PRIMARY))
    plan = make_plan(inventory(install, files=files({"10-a.conflist": PRIMARY})), target())
    assert daemon_config(plan)["namespaceIsolation"] is False
    assert primary_row(plan).verdict == "equal"


@pytest.mark.parametrize(
    ("flag", "key", "value"),
    [
        ("multus-master-cni-file-name", "multusMasterCNI", "20-b.conflist"),
        ("global-namespaces", "globalNamespaces", "shared"),
        ("readiness-indicator-file", "readinessindicatorfile", "/etc/cni/net.d/20-b.conflist"),
    ],
)
@pytest.mark.parametrize("source", ["3.9.3", "4.1.4"])
def test_s9_of_a_flag_that_is_repeated_the_last_counts(
    flag: str, key: str, value: str, source: str
) -> None:
    """images/entrypoint.sh v3 overwrites its variable, pflag v4 sets the value once more: an empty
    last one leaves nothing."""
    thin = v3 if source.startswith("3") else daemonset
    there = files({"10-a.conflist": PRIMARY, "20-b.conflist": {**PRIMARY, "name": "other"}})
    found = []
    for last in (value, ""):
        flags = (AUTO, f"--{flag}=x", f"--{flag}={last}")
        plan = make_plan(inventory(thin(*flags, image=image(source)), files=there), target())
        found.append(daemon_config(plan).get(key, ""))
        assert primary_row(plan).verdict == "equal"
        (entry,) = (e for e in plan.accounts if e.name == f"--{flag}=x")
        assert entry.outcome == "dropped"
    first, second = found
    assert str(first).endswith(value.rpartition("/")[2])
    assert second == ("10-a.conflist" if key == "multusMasterCNI" else "")
