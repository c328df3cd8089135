"""The recorded cases, and the model's answers in their form.

A case is one line of ``<kind>*.jsonl``: an input with the answers of some releases under
``observed``. "{confDir}" and "{root}" stand for directories.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from migrator.golang.errors import GoError, GoPanic
from migrator.golang.files import Filesystem
from migrator.model.plan import Failure, Resolution
from migrator.multus import add, annotation, daemon, nad, netconf, pod
from migrator.multus.lookup import Installed
from migrator.multus.netconf import NetConf
from migrator.multus.pod import PodNetwork
from migrator.multus.releases import Release

Case = dict[str, Any]

FOLDER = Path(os.environ.get("MIGRATOR_OBSERVED") or Path(__file__).parents[1] / "observed")
KINDS = ("nad", "annotation", "daemon", "pod")
DIRECTORY, ROOT = "/the/conf.dir", "/the/root"
_PLACES = {"{confDir}": DIRECTORY, "{root}": ROOT}
# Directories of any Linux machine, on one of which the answers were recorded.
LINUX = frozenset(
    f"/{name}"
    for name in (
        *("bin", "dev", "etc", "home", "opt", "proc", "root", "run", "sys", "tmp", "usr", "var"),
        *("usr/bin", "usr/local", "var/lib", "var/log", "var/run"),
    )
)
# What Go's JSON decoder says behind these words depends on the Go that Multus was built with.
_DECODER = re.compile(r"(json: cannot unmarshal \w+) .*", re.DOTALL)
_ARGS = (
    "CNI_ARGS=IgnoreUnknown=true;K8S_POD_NAMESPACE=;K8S_POD_NAME=;K8S_POD_INFRA_CONTAINER_ID=;"
    "K8S_POD_UID="
)
_LOADING = "TryLoadPodDelegates: error in"


def load_cases(folder: Path) -> list[Case]:
    """The cases of every file whose name begins with a kind."""
    paths = sorted(path for kind in KINDS for path in folder.glob(f"{kind}*.jsonl"))
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines if line.strip()]


def answer(case: Case, release: Release) -> dict[str, Any]:
    """The model's answer, in the form of the recorded ones."""
    return {"nad": _nad, "annotation": _annotation, "daemon": _daemon, "pod": _pod}[case["kind"]](
        case, release
    )


def comparable(answered: dict[str, Any]) -> dict[str, Any]:
    """The answer with the placeholders, and without the decoder's wording of a type error."""
    text = json.dumps(answered)
    for placeholder, directory in _PLACES.items():
        text = text.replace(directory, placeholder)
    comparable: dict[str, Any] = json.loads(text, object_pairs_hook=_reworded)
    return comparable


def _reworded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        key: _DECODER.sub(r"\1", value) if key.endswith("error") else value for key, value in pairs
    }


def _there(value: Any) -> Any:
    """The input with the directories in the places of their placeholders."""
    text = json.dumps(value)
    for placeholder, directory in _PLACES.items():
        text = text.replace(placeholder, directory)
    return json.loads(text)


def _files(case: Case) -> dict[str, str] | None:
    return None if case.get("no_dir") else _there(case.get("files", {}))


def _nad(case: Case, release: Release) -> dict[str, Any]:
    conf_dir = nad.ConfDir(path=DIRECTORY, files=_files(case))
    got = nad.resolve(_there(case["name"]), _there(case.get("config")), conf_dir, release)
    if got.panic:
        return {"panic": got.panic}
    if got.error:
        return {"error": got.error}
    if got.delegate is None:
        return {"config": got.config, "delegate_error": got.delegate_error}
    delegate = {"name": got.delegate.name, "type": got.delegate.type}
    return {"config": got.config, "delegate": {**delegate, "is_list": got.delegate.is_list}}


def _annotation(case: Case, release: Release) -> dict[str, Any]:
    if not case["annotation"]:
        # GetPodNetwork: no request, which Multus calls an error of its own.
        return {"error": "no kubernetes network found"}
    got = annotation.parse(case["annotation"], case.get("namespace", ""), release)
    if got.panic:
        return {"panic": got.panic}
    if got.error:
        return {"error": got.error}
    return {"networks": [json.loads(annotation.marshal(n)) for n in got.networks] or None}


def _daemon(case: Case, release: Release) -> dict[str, Any]:
    files = {} if case.get("no_dir") else {DIRECTORY: _there(case.get("files", {}))}
    got = daemon.start(
        _there(case["daemon_config"]), Filesystem(directories=files, existing=LINUX), release
    )
    if got.shim_config is not None:
        return {"shim_config": json.loads(got.text)}
    if got.config_file is not None:
        return {"multusConfigFile": got.config_file}
    known = ("load_error", "parse_error", "manager_error", "panic")
    return {name: getattr(got, name) for name in known if getattr(got, name)}


def _pod(case: Case, release: Release) -> dict[str, Any]:
    """CmdAdd up to the delegates: Multus stops at the first error."""
    try:
        conf = netconf.load(_there(case["netconf"]), release)
    except GoError as error:
        return {"netconf_error": str(error)}
    except GoPanic as panic:
        return {"panic": str(panic)}
    networks = pod.load(
        _installed(case, conf, release),
        case["namespace"],
        _there(case.get("networks")),
        _there(case.get("default_network")),
    )
    faults = [n for n in networks if n.resolution.error]
    # Multus looks at the gateways of all networks once they are loaded.
    faults.sort(key=lambda network: network.resolution.failure is Failure.DEFAULT_ROUTE)
    fault = faults[0] if faults else None
    if fault is not None and fault.resolution.failure is Failure.PANIC:
        return {"panic": fault.resolution.error.removeprefix("panic: ")}
    if fault is not None:
        return {**_fault(fault), "netconf": _netconf(conf)}
    kept = [_delegate(case, network, release) for network in _in_order(conf, networks)]
    return {"delegates": kept, "netconf": _netconf(conf)}


def _installed(case: Case, conf: NetConf, release: Release) -> Installed:
    paths = {f"{ROOT}/{name}": text for name, text in _there(case["paths"]).items()}
    conf_dir = {f"{DIRECTORY}/{name}": text for name, text in (_files(case) or {}).items()}
    return Installed(
        release=release,
        mode="thick" if case["thick"] else "thin",
        files=_files(case) if conf.conf_dir == DIRECTORY else None,
        nads={(n["namespace"], n["name"]): _there(n["config"]) for n in case["nads"]},
        conf_dir=conf.conf_dir,
        namespace_isolation=conf.namespace_isolation,
        global_namespaces=conf.global_namespaces,
        multus_namespace=conf.multus_namespace,
        system_namespaces=conf.system_namespaces,
        cluster_network=conf.cluster_network,
        default_networks=conf.live_default_networks,
        paths={**paths, **conf_dir},
        all_paths=True,
    )


def _netconf(conf: NetConf) -> dict[str, Any]:
    defaults = conf.default_networks
    return {
        "binDir": conf.bin_dir,
        "capabilities": conf.capabilities,
        "clusterNetwork": conf.cluster_network,
        "cniDir": conf.cni_dir,
        "cniVersion": conf.cni_version,
        "confDir": conf.conf_dir,
        "defaultNetworks": None if defaults is None else list(defaults),
        "logFile": conf.log_file,
        "logLevel": conf.log_level,
        "logToStderr": conf.log_to_stderr,
        "multusNamespace": conf.multus_namespace,
        "name": conf.name,
        "namespaceIsolation": conf.namespace_isolation,
        "nonIsolated": list(conf.non_isolated),
        "readiness": conf.readiness_indicator_file,
        "systemNamespaces": list(conf.system_namespaces),
    }


def _fault(network: PodNetwork) -> dict[str, str]:
    """The error with the words of who called, as CmdAdd gets it."""
    error, failure = network.resolution.error, network.resolution.failure
    if network.role in ("clusterNetwork", "defaultNetworks"):
        return {"default_error": error}
    if network.role == "default-network":
        place = "loading K8s cluster default network from pod annotation"
        return {"pod_error": f"{_LOADING} {place}: {error}"}
    if failure in (Failure.ANNOTATION, Failure.DEFAULT_ROUTE):
        return {"pod_error": error}
    return {"pod_error": f"{_LOADING} getting k8s network for pod: {error}"}


def _in_order(conf: NetConf, networks: tuple[PodNetwork, ...]) -> list[PodNetwork]:
    """The delegates as Multus runs them: the default-network stands in the place of the first."""
    configured = [
        PodNetwork(
            role="clusterNetwork",
            namespace="",
            name="",
            interface="",
            found=True,
            resolution=Resolution(config=one.config),
            delegate=one.delegate,
        )
        for one in conf.delegates
    ] + [n for n in networks if n.role in ("clusterNetwork", "defaultNetworks")]
    override = [n for n in networks if n.role == "default-network"]
    asked = [n for n in networks if n.role == "network"]
    return (override + configured[1:] if override else configured) + asked


def _delegate(case: Case, network: PodNetwork, release: Release) -> dict[str, Any]:
    assert network.delegate is not None
    asked = dict(network.selection.fields) if network.selection else {}
    gateways = asked.get("default-route")
    kept = {
        "bandwidth": asked.get("bandwidth"),
        "config": network.kept or network.resolution.config,
        "deviceID": asked.get("deviceID", ""),
        "gateway": None if gateways is None else list(gateways),
        "ib": asked.get("infiniband-guid", ""),
        "interface": network.interface,
        "ips": asked.get("ips"),
        "is_list": network.delegate.is_list,
        "mac": asked.get("mac", ""),
        "master": network.role in ("default-network", "clusterNetwork"),
        "name": network.delegate.name,
        "ports": asked.get("portMappings"),
    }
    if "/dfuzz-primary/" not in case["id"]:
        return kept
    return {**kept, "exec": _exec(network, release)}


def _exec(network: PodNetwork, release: Release) -> dict[str, Any]:
    assert network.delegate is not None
    added = add.add(network.resolution.config, network.delegate.is_list, release)
    if added.parse_error:
        return {"list_error" if network.delegate.is_list else "conf_error": added.parse_error}
    runs = [
        {"args": _ARGS, "plugin": f"/fake/{run.plugin}", "stdin": json.loads(run.stdin)}
        for run in added.runs
    ]
    return {"runs": runs or None, **({"add_error": added.error} if added.error else {})}
