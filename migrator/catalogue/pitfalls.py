"""What the tool does about each pitfall of the move: the steps that cure it, and in words.

One row for each number; what is seen and why it matters stands with the checks. A pitfall that
manifests and node files cannot show has its own rule in `WITHOUT_CHECK`, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migrator.model.plan import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """``steps`` are the ids of the migration steps that change something about it."""

    how: str
    steps: tuple[str, ...] = ()


def _by(steps: str, how: str) -> Handling:
    return Handling(steps=tuple(steps.split()), how=how)


def _told(how: str) -> Handling:
    return Handling(how=how)


HANDLING: Mapping[str, Handling] = {
    "P01": _by(
        "S07 S12 S15 S16",
        "The directory is mounted at the path that the daemon reads, with an explicit confDir, on "
        "every target; where the file's content is known and the same on all nodes it becomes "
        "spec.config.",
    ),
    "P02": _by(
        "S12 S14",
        "multusConfigFile is always auto; each key of the hand-written config moves to "
        "daemon-config.json, and further delegates become NADs.",
    ),
    "P03": _by(
        "S12",
        "multusMasterCNI is written where the node files show the primary CNI; a Multus config is "
        "never taken for it. The file itself goes in the runbook.",
    ),
    "P04": _by(
        "S12",
        "The thin flag becomes multusMasterCNI; without it the file that auto mode takes today is "
        "pinned, where the node files show the same one on all nodes.",
    ),
    "P05": _by("S03 S05", "args are removed from the main and the installing container."),
    "P06": _by("S06", "Each directory of plugins is mounted at its own path."),
    "P07": _by("S06 S08 S12", "binDir names the directory, CNI_PATH a second one."),
    "P08": _told("The source's host paths are carried over as they are; nothing is guessed."),
    "P09": _by("S06", "/run/netns and /hostroot are mounted with HostToContainer."),
    "P10": _told("A mount at /run/netns that is there stays; else the plan is blocked on Talos."),
    "P11": _by("S12", "The path becomes the one that the container sees, by the longest mount."),
    "P12": _by(
        "S12",
        "cniVersion is the stated one or the primary CNI's, else 0.3.1; never 0.4.0 or more over a "
        "primary below 0.4.0.",
    ),
    "P13": _by("S12", "cniVersion is at most 1.0.0 for targets below v4.3.0."),
    "P14": _by("S04", "The move to v4 cures it."),
    "P15": _told("Every file of the conf dir is read as Multus reads it. Explicit configurations "
                 "always carry cniVersion, name and type."),
    "P16": _told("Reported only: the file belongs to the primary CNI."),
    "P17": _by("S06 S12", "logToStderr is true; the directory of logFile is mounted."),
    "P18": _by("S06 S12", "socketDir is /host/run/multus/ on the mount of /run."),
    "P19": _told("Reported with file and line. The daemon ignores its own kubeconfig key, so that "
                 "is dropped with a reason."),
    "P20": _by("S12 S14", "Always carried over, and shown as a line for the security review."),
    "P21": _told("Reported for targets v4.2.1 to v4.3.0, where the primary CNI's file is known."),
    "P22": _by("S06 S12", "chrootDir is /hostroot, on a mount of / with HostToContainer."),
    "P23": _by("S09", "CPU limits go, and memory limits below 256Mi; a larger one of the user's "
                      "stays."),
    "P24": _by("S10", "priorityClassName: system-node-critical, unless there is one."),
    "P25": _by("S05", "The shim is installed with install_multus, which renames."),
    "P26": _told("The runbook rolls out node by node, and verify --pods lists the pods that lost a "
                 "network."),
    "P27": _told("Reported where thin Multus left its file in place, as it does by default."),
    "P28": _told("Reported where a node file shows it."),
    "P29": _by("S04", "Both images are written, and are the same one."),
    "P30": _by("S04", "Both images are pinned to vX.Y.Z-thick."),
    "P31": _by("S10", "terminationMessagePolicy shows the last lines of a daemon that ends; the "
                      "default target is v4.2.4."),
    "P32": _by("S03 S04 S06", "The daemon's command, image and mounts take the place of both."),
    "P33": _told("Reported where the primary CNI's manifests name another address."),
    "P34": _by("S11", "The ClusterRole gets the missing verbs; its other rules stay."),
    "P35": _by("S08", "MULTUS_NODE_NAME from spec.nodeName."),
    "P36": _by("S10", "hostPID, hostNetwork and privileged are set; policies are reported."),
    "P37": _told("Reported where a node has the file under both names."),
    "P38": _by("S10", "A grace period below 30 seconds is raised."),
    "P39": _told("Reported for each file that a node has, or that v4 thin is known to write; the "
                 "runbook removes it once the daemon runs."),
    "P40": _told("The thin binary and its kubeconfig are never removed by a patch; the runbook says "
                 "when they may go."),
    "P41": _by("S06", "The host directory that thin mode used is mounted at cniDir."),
    "P42": _told("rollback/ is the way back, and the runbook its order: the old manifests, then "
                 "00-multus.conf, then the shim."),
    "P43": _told("Reported where networks of devices are used; the runbook drains nodes."),
    "P44": _by("S02 S03 S04", "Each DaemonSet goes thick in place, with its nodeSelector."),
    "P45": _by("S02", "Name, namespace and selector stay; a selector that the API server had "
                      "defaulted is written down."),
    "P46": _told("Name and namespace stay, so the DaemonSet is updated in place. Two installs on one "
                 "node block the plan."),
    "P47": _told("Reported with Istio's own values."),
    "P48": _told("Reported with Linkerd's and Kuma's own values."),
    "P49": _told("Blocks the plan where Cilium's config is in the inputs and does not say false."),
    "P50": _told("Reported where CNI files are not in the standard directory."),
    "P51": _told("Reported where the DHCP daemon runs in Multus's pods, or its socket is not on the "
                 "host."),
    "P52": _by("S06", "kubelet's directory and the device information are mounted; another root of "
                      "kubelet is reported."),
    "P53": _told("Not part of the move; its sockets are shown."),
    "P54": _told("Blocks the plan and names the owner's own switch; for a Flux HelmRelease also the "
                 "postRenderers that keep the chart."),
    "P55": _by("S04", "The image keeps its registry and gets AWS's own tag, where that is known."),
    "P56": _told("The source's host paths are carried over; what does not fit together is reported."),
    "P57": _told("Reported, never blocked."),
    "P58": _told("Reported where managedFields show both kinds of apply."),
    "P59": _told("The CRD is always part of the build; where Argo CD or Flux prune, its protection is "
                 "recommended."),
    "P60": _by("S01 S13", "API versions are raised, with the schema that v1 of the CRD wants."),
}  # fmt: skip

WITHOUT_CHECK: tuple[Rule, ...] = (
    Rule(
        id="P38",
        title="The grace period is shorter than the daemon's shutdown",
        why="daemons after v4.3.0 wait 10 seconds after SIGTERM, and upstream's manifests up to "
        "v4.3.0 give them 10 in all; the period is raised in every plan, so there is nothing that a "
        "check could still find",
        reference="cmd/multus-daemon/main.go after v4.3.0 (47ca9dfd9)",
        severity="info",
    ),
)
