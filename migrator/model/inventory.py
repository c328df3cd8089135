"""What the inputs hold, understood: installs of Multus, networks, workloads, neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from msgspec import Struct

from migrator.model.inputs import CniFile, Document, Reading, Source
from migrator.model.release import Release

Mode = Literal["thin", "thick"]


Stage = Literal[1, 2]
"""Of a rollout in two: under OnDelete, and under the update strategy of before."""

Confidence = Literal["stated", "certain", "likely", "assumed"]


class Owner(Enum):
    """Who would revert a patch to an object."""

    OPENSHIFT = "openshift"
    CNAO = "cnao"
    NVIDIA = "nvidia"
    RKE2 = "rke2"
    HELM = "helm"
    GARDENER = "gardener"
    ADDON_MANAGER = "addon"
    CONTROLLER = "controller"


class Flag(Struct, frozen=True, kw_only=True):
    """One flag of the entrypoint as the installed parser reads it."""

    name: str
    value: str
    raw: str
    source: Source


class HandConfig(Struct, frozen=True, kw_only=True):
    """A JSON config held in a ConfigMap: a hand-written Multus config, or the daemon's config.

    ``text`` is what stands in the ConfigMap; ``data`` is empty and ``error`` says why where it is
    not a JSON object.
    """

    document: Document
    key: str
    filename: str
    source: Source
    text: str
    data: Mapping[str, Any]
    error: str = ""


class HostPaths(Struct, frozen=True, kw_only=True):
    """Directories of an install (no trailing slash): ``*_dir`` on the host, ``*_mount`` where
    the main container (for ``bin_mount``: the one that installs the binary) sees them.

    ``conf_dir`` is the host directory of NADs without spec.config; "" where the daemon reads a
    directory that no volume gives it.
    """

    cni_conf_dir: str
    cni_conf_mount: str
    autoconfig_dir: str
    autoconfig_mount: str
    bin_dir: str
    bin_mount: str
    conf_dir: str


class Install(Struct, frozen=True, kw_only=True):
    """One Multus DaemonSet and what it says about itself.

    ``release`` is the source release, known as surely as ``confidence`` says, for
    the reason in ``evidence``. ``preview`` marks v3.9's thick-plugin manifest, which is thin.
    ``installer`` names the init container that installs the binary ("" if none), ``wrapper``
    the shell script around the entrypoint ("" if none), ``config_file`` the Multus config that
    is copied to the node ("" in auto mode), ``owner`` who would revert patches (None if nobody).
    """

    daemonset: Document
    mode: Mode
    preview: bool
    release: Release
    confidence: Confidence
    evidence: str
    container: str
    installer: str
    entrypoint: Literal["shell", "pflag", "goflag", "daemon", "unknown"]
    wrapper: str
    flags: tuple[Flag, ...]
    config_file: str
    config: HandConfig | None
    daemon_config: HandConfig | None
    paths: HostPaths
    cluster_roles: tuple[Document, ...]
    owner: Owner | None


class NetworkAttachment(Struct, frozen=True, kw_only=True):
    """A NetworkAttachmentDefinition. ``config`` is None where spec.config is absent; ``data`` is what
    its JSON holds, the text itself where it is none."""

    document: Document
    namespace: str
    name: str
    config: str | None
    data: Any
    resource_name: str


class Workload(Struct, frozen=True, kw_only=True):
    """A pod template (or a bare Pod) and the annotations that Multus reads.

    ``networks`` and ``default_network`` are the raw annotation values, None where absent.
    ``origin`` says where the request for networks stands.
    """

    document: Document
    namespace: str
    networks: str | None
    default_network: str | None
    origin: Literal["annotation", "kubevirt", "injected"]
    source: Source


class Neighbour(Struct, frozen=True, kw_only=True):
    """Another network component that the inputs show: istio-cni, cilium, whereabouts ..."""

    kind: str
    document: Document | None
    source: Source
    facts: Mapping[str, str]

    def says(self, switch: str) -> bool | None:
        """A fact that is switched on or off; None where the inputs do not say it."""
        return {"true": True, "false": False}.get(self.facts.get(switch, ""))


class Inventory(Struct, frozen=True, kw_only=True):
    """What the inputs hold, understood."""

    reading: Reading
    installs: tuple[Install, ...]
    nads: tuple[NetworkAttachment, ...]
    workloads: tuple[Workload, ...]
    cni_files: tuple[CniFile, ...]
    neighbours: tuple[Neighbour, ...]


class Target(Struct, frozen=True, kw_only=True):
    """What the user asked for.

    ``source_release`` is what ``--source`` states (None if nothing); ``nad_config`` is the
    strategy for NADs without spec.config, ``nad_overrides`` maps "namespace/name" to one. ``stage``
    is that of a rollout in two (ruling 18), None where it is not staged.
    """

    release: Release
    image: str = ""
    source_release: Release | None = None
    source_mode: Mode = "thin"
    nad_config: str = "auto"
    nad_overrides: Mapping[str, str]
    primary_cni: str = ""
    stage: Stage | None = None


class State(Struct, frozen=True, kw_only=True):
    """An inventory with what is known of the Multus that runs it.

    ``release`` and ``mode`` decide what a workload gets. ``daemon`` is the release that the
    manifests of daemons are held against: that which is to run them, also for those of today.
    """

    inventory: Inventory
    release: Release
    mode: Mode
    daemon: Release
