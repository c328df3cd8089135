"""P05, P35, P36: what the pod and the container of the daemon say besides mounts."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import (
    daemons,
    finding,
    installer_of,
    main_of,
    pod_of,
)
from migrator.model.inventory import Install, State
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus import releases
from migrator.multus.images import parse_image, release_of
from migrator.trees import pods
from migrator.trees.dig import mapping

ARGS = Rule(
    id="P05",
    title="Thin mode's args are passed to the daemon",
    why="the daemon accepts only -config and -version, and install_multus takes the "
    "last --type: args that survive a patch stop the daemon, or install the thin "
    "binary",
    reference="cmd/multus-daemon/main.go v4.0.0; pelotech/foundation#101, network-operator#1176",
    handling="args are removed from the main and the installing container (S03, S05).",
    severity="blocker",
)
NODE_NAME = Rule(
    id="P35",
    title="MULTUS_NODE_NAME is not set",
    why="the daemon then watches the pods of the whole cluster, which costs memory on "
    "every node and load on the API server; and per-node certificates fail",
    reference="pkg/server/server.go newPodInformer v4.1.0",
    since=Release(4, 1, 0),
    handling="MULTUS_NODE_NAME from spec.nodeName (S08).",
    severity="warning",
)
RIGHTS = Rule(
    id="P36",
    title="The daemon lacks host namespaces or privileges",
    why="it enters network namespaces, including those named /proc/<pid>/ns/net, runs "
    "plugins in a chroot, and must be root",
    reference="multus-cni#1413; pkg/server/server.go (uid 0); angelnu/helm-charts#231",
    handling="hostPID, hostNetwork and privileged are set; policies are reported (S10).",
    severity="blocker",
)
RULES = (ARGS, NODE_NAME, RIGHTS)

_PREVIEW = frozenset(
    {
        *("cni-version", "cni-config-dir", "multus-conf-file", "multus-master-cni-file"),
        *("multus-autoconfig-dir", "namespace-isolation", "global-namespaces"),
        *("multus-log-to-stderr", "multus-log-level", "multus-log-file", "multus-log-max-size"),
        *("multus-log-max-age", "multus-log-max-backups", "multus-log-compress"),
        *("additional-bin-dir", "readiness-indicator-file", "multus-kubeconfig-file-host"),
        "override-network-name",
    }
)
"""What the program of that name in v3.9's thick-plugin manifest takes (cmd/controller)."""


def findings(state: State) -> Iterable[Finding]:
    for install in state.inventory.installs:
        yield from _left_over_args(install)
    for install in daemons(state):
        yield from _node_name(install)
        yield from _rights(install)


def _left_over_args(install: Install) -> Iterable[Finding]:
    main, init = main_of(install), installer_of(install)
    command = "".join(pods.words(main, "command")[:1]).rsplit("/", 1)[-1]
    foreign = [f for f in install.flags if f.name not in ("", "config", "version", "v")]
    release = release_of(parse_image(str(main.get("image") or "")))
    preview = all(f.name in _PREVIEW for f in foreign) and not (
        release and releases.THIN_ENTRYPOINT.holds(release)
    )
    if command == "multus-daemon" and foreign and not preview:
        yield finding(
            ARGS,
            document=install.daemonset,
            source=foreign[0].source,
            seen=f"multus-daemon with {foreign[0].raw}",
            error=f"flag provided but not defined: -{foreign[0].name}",
            remedy="set args: null on the container",
        )
    if install.mode == "thick" and "thin" in pods.words(init, "args"):
        yield finding(
            ARGS,
            document=install.daemonset,
            seen=f"init container {install.installer} has args {pods.words(init, 'args')}",
            error='failed to find plugin "multus-shim" in path [/opt/cni/bin]',
            remedy="set args: null on the init container",
        )


def _node_name(install: Install) -> Iterable[Finding]:
    names = [e.get("name") for e in pods.items(main_of(install), "env")]
    if "MULTUS_NODE_NAME" not in names:
        yield finding(
            NODE_NAME,
            document=install.daemonset,
            seen=f"container {install.container} has no env MULTUS_NODE_NAME",
            error="error getting node name for perNodeCertificate, please check manifest to have "
            "MULTUS_NODE_NAME",
            remedy="set env MULTUS_NODE_NAME from fieldRef spec.nodeName",
        )


def _rights(install: Install) -> Iterable[Finding]:
    pod, main = pod_of(install), main_of(install)
    context = {**mapping(pod, "securityContext"), **mapping(main, "securityContext")}
    lacking = [name for name in ("hostNetwork", "hostPID") if pod.get(name) is not True]
    if context.get("privileged") is not True:
        lacking.append("privileged")
    if context.get("runAsNonRoot") is True or context.get("runAsUser") not in (None, 0):
        lacking.append("uid 0")
    if lacking:
        yield finding(
            RIGHTS,
            document=install.daemonset,
            seen=f"the daemon runs without {', '.join(lacking)}",
            error="operation not permitted" if "privileged" in lacking else "",
            remedy="set hostNetwork: true and hostPID: true on the pod, privileged: true on the "
            "container, and no runAsUser other than 0",
        )
    init = mapping(installer_of(install), "securityContext")
    if install.installer and init.get("privileged") is not True:
        yield finding(
            RIGHTS,
            document=install.daemonset,
            severity="warning",
            seen=f"init container {install.installer} is not privileged",
            error="/host/opt/cni/bin is non-writeable",
            remedy="set privileged: true, if the nodes enforce SELinux",
        )
