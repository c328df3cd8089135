"""The headline and exit code of installs of which something that decides was not seen, or is wrong.

READY means that all that decides Multus's behaviour was read, and that what would run works.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.builders import CONFIG_MOUNT, CONFIG_VOLUME, ROLE, V4, daemonset, hand_written
from tests.cli.tools import migrator
from tests.plan.estates import RULES

IMAGE = V4.replace("4.0.2", "4.1.4")
NET_D = "/etc/cni/net.d"
CONFIG_FLAG = "--multus-conf-file=/tmp/multus-conf/70-multus.conf"
RBAC = f"{ROLE}{RULES}"
CALICO = {
    "cniVersion": "0.3.1",
    "name": "k8s-pod-network",
    "plugins": [{"type": "calico"}, {"type": "portmap", "capabilities": {"portMappings": True}}],
}
PRIMARY = {f"{NET_D}/10-calico.conflist": json.dumps(CALICO)}


def _of_multus(**settings: object) -> str:
    """Multus's own config on a node, as thin Multus generates it, with further settings."""
    config = {"cniVersion": "0.3.1", "name": "multus-cni-network", "type": "multus"}
    return json.dumps({**config, "delegates": [CALICO], **settings})


def _thin(*args: str, **parts: str) -> str:
    return daemonset("--cni-version=0.3.1", *args, image=IMAGE, **parts)


def _auto(*args: str, rbac: str = RBAC, **parts: str) -> str:
    return f"{_thin('--multus-conf-file=auto', *args, **parts)}---\n{rbac}"


def _live(**settings: object) -> dict[str, str]:
    return {**PRIMARY, f"{NET_D}/00-multus.conf": _of_multus(**settings)}


def _copied(config: str = "") -> str:
    """An install that copies a hand-written config to the node; the inputs lack it without one."""
    install = _thin(CONFIG_FLAG, mounts=CONFIG_MOUNT, volumes=CONFIG_VOLUME)
    return "---\n".join(filter(None, (install, RBAC, config and hand_written(config))))


def _socket_beside(directory: str) -> str:
    return _auto(
        "--multus-autoconfig-dir=/host/primary",
        "--cni-conf-dir=/host/etc/cni/net.d",
        mounts="- {name: primary, mountPath: /host/primary}",
        volumes=f"- {{name: primary, hostPath: {{path: {directory}}}}}",
    )


def _run(place: Path, text: str, nodes: Mapping[str, str], *options: str) -> tuple[int, str]:
    (place / "multus.yaml").write_text(text)
    for path, content in nodes.items():
        file = place / "nodes" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content + "\n")
    given = ("--node-files", "nodes") if nodes else ()
    run = migrator("check", "multus.yaml", *given, *options, cwd=place)
    assert run.err == "" or run.code in (0, 4), run.err
    return run.code, run.out


def _thick(**settings: object) -> str:
    """A v4.0.2 thick install with these settings."""
    usual = {
        "chrootDir": "/hostroot",
        "cniVersion": "0.3.1",
        "cniConfigDir": "/host/etc/cni/net.d",
        "multusAutoconfigDir": "/host/etc/cni/net.d",
        "socketDir": "/host/run/multus/",
    }
    install = daemonset(
        image=f"{V4}-thick",
        command="[/usr/src/multus-cni/bin/multus-daemon]",
        mounts="- {name: config, mountPath: /etc/cni/net.d/multus.d}",
        volumes="- {name: config, configMap: {name: multus-daemon-config}}",
    )
    config = hand_written(json.dumps({**usual, **settings}), name="multus-daemon-config")
    return "---\n".join((install, RBAC, config.replace("cni-conf.json", "daemon-config.json")))


OWN_FILE = _thick(multusConfigFile="/etc/multus/own.conf")
BELOW = {"/run/multus/cni/net.d/10-calico.conflist": json.dumps(CALICO)}
ISOLATED = _of_multus(namespaceIsolation=True)
OTHER_ROLE = ROLE.replace("namespace: kube-system", "namespace: other")
OTHER_ACCOUNT = ROLE.replace("kind: ServiceAccount, name: multus", "kind: ServiceAccount, name: x")


@pytest.mark.parametrize(
    ("text", "nodes", "options", "code", "first"),
    [
        pytest.param(_auto(), PRIMARY, (), 0, "READY: ", id="all was seen"),
        pytest.param(_auto(), _live(), (), 0, "READY: ", id="a live config that says the same"),
        pytest.param(
            _socket_beside("/run/multus/cni/net.d"),
            BELOW,
            (),
            0,
            "READY: ",
            id="the primary CNI below the usual socket directory",
        ),
        pytest.param(
            _socket_beside("/var/run/multus/cni/net.d"),
            BELOW,
            ("--target", "4.0.2"),
            4,
            "BLOCKED",
            id="the same, and a shim that knows no other directory",
        ),
        pytest.param(
            _auto(), _live(namespaceIsolation=True), (), 4, "BLOCKED", id="isolation, live alone"
        ),
        pytest.param(
            _copied(_of_multus()),
            {**PRIMARY, f"{NET_D}/05-multus.conf": ISOLATED},
            (),
            4,
            "BLOCKED",
            id="isolation, live and not in the ConfigMap",
        ),
        pytest.param(
            _copied(_of_multus()),
            {},
            (),
            0,
            "READY IF each node has a primary CNI",
            id="the primary CNI stands in Multus's own config alone",
        ),
        pytest.param(
            _copied(),
            {f"{NET_D}/80-calico.conflist": json.dumps(CALICO)},
            (),
            0,
            "READY IF /tmp/multus-conf/70-multus.conf",
            id="Multus's own config is not in the inputs",
        ),
        pytest.param(
            _auto(),
            {**PRIMARY, f"{NET_D}/05-broken.conflist": '{"name": "x", '},
            (),
            4,
            "BLOCKED",
            id="the first file by name is broken",
        ),
        pytest.param(
            OWN_FILE,
            PRIMARY,
            (),
            0,
            "READY IF /etc/multus/own.conf says nothing",
            id="a config file of a thick install",
        ),
        pytest.param(_auto(rbac=""), PRIMARY, (), 0, "READY IF a ClusterRole gives", id="no RBAC"),
        pytest.param(
            _auto(rbac=f"{OTHER_ROLE}{RULES}"),
            PRIMARY,
            (),
            4,
            "BLOCKED",
            id="a binding for another namespace",
        ),
        pytest.param(
            _auto(rbac=f"{OTHER_ACCOUNT}{RULES}"),
            PRIMARY,
            (),
            4,
            "BLOCKED",
            id="a binding for another account",
        ),
    ],
)
def test_the_headline(
    tmp_path: Path,
    text: str,
    nodes: dict[str, str],
    options: tuple[str, ...],
    code: int,
    first: str,
) -> None:
    found, out = _run(tmp_path, text, nodes, *options)
    assert (found, f"{out.splitlines()[0]}\n"[: len(first)]) == (code, first), out


@pytest.mark.parametrize(
    ("text", "nodes", "blocker"),
    [
        pytest.param(_auto(), _live(namespaceIsolation=True), "P85", id="isolation, live alone"),
        pytest.param(
            _auto(),
            {**PRIMARY, f"{NET_D}/05-broken.conflist": '{"name": "x", '},
            "P87",
            id="the first file by name is broken",
        ),
        pytest.param(
            _auto(rbac=f"{OTHER_ROLE}{RULES}"), PRIMARY, "P86", id="a binding for another namespace"
        ),
        pytest.param(
            _copied(_of_multus(delegates=[{"name": "old", "type": "flannel"}])),
            {**PRIMARY, f"{NET_D}/70-multus.conf": _of_multus()},
            "P62",
            id="the runtime does not call Multus, and nothing else is the matter",
        ),
    ],
)
def test_one_blocker_holds_it_up_and_can_be_allowed(
    tmp_path: Path, text: str, nodes: dict[str, str], blocker: str
) -> None:
    assert _run(tmp_path, text, nodes)[1].startswith("BLOCKED by 1 problem.")
    code, out = _run(tmp_path, text, nodes, "--allow", blocker)
    assert (code, out.partition(":")[0]) == (0, "READY")
