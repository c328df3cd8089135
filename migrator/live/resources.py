"""What `collect` asks a cluster for: everything that plan, check and review read of objects, and no more.

Secrets are not in the table, and no other kind that holds them. The order is that of the requests:
DaemonSets say which other objects belong to Multus, releases which ConfigMaps hold their values, and
bindings which roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final

from msgspec import Struct


class Shape(Enum):
    """How much of an object is kept."""

    WHOLE = "whole"
    """All but what the server adds, and the literal values of environment variables."""
    STRUCTURE = "structure"
    """Of pods and machines in it only what decides about networks."""
    NODE = "node"
    """Its labels, taints and platform."""


class Resource(Struct, frozen=True, kw_only=True):
    """One list of the API, with all objects of a kind.

    ``version`` is asked for where the server does not say which it prefers. ``name`` makes it a single
    object. The plural ``*`` stands for each resource that the group serves, of whatever kind.
    """

    group: str
    version: str
    plural: str
    kind: str
    why: str
    namespaced: bool
    shape: Shape
    name: str = ""

    @property
    def id(self) -> str:
        """``daemonsets.apps``; the core group has no name."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


EVERY: Final = "*"
_RELEASES: Final = "releases that bring Multus, networks or meshes, with their values"
_SOURCES: Final = "where releases and Kustomizations come from"
_POLICIES: Final = "policies that may refuse the pod of thick mode"
_AGENTS: Final = "settings of other CNI plugins and their operators"
_MADE: Final = "networks that an operator makes"
_PODS: Final = "pod templates that ask for networks"
_MACHINES: Final = "virtual machines and their networks"
_MESH: Final = "settings of Istio"
_RBAC: Final = "the rights of Multus"


def _of(
    group: str,
    kinds: str,
    why: str,
    *,
    cluster: bool = False,
    shape: Shape = Shape.WHOLE,
    name: str = "",
) -> Iterator[Resource]:
    """The resources of one ``group/version``, each as ``plural:Kind``; ``cluster`` for those that have no
    namespace."""
    named, _, version = group.rpartition("/")
    for each in kinds.split():
        plural, _, kind = each.partition(":")
        yield Resource(
            group=named,
            version=version,
            plural=plural,
            kind=kind,
            why=why,
            namespaced=not cluster,
            shape=shape,
            name=name,
        )


def _workloads(group: str, kinds: str, why: str = _PODS) -> Iterator[Resource]:
    return _of(group, kinds, why, shape=Shape.STRUCTURE)


_FIRST: Final = (
    *_of("apps/v1", "daemonsets:DaemonSet", "Multus itself, and the agents of other plugins"),
    *_of("helm.toolkit.fluxcd.io/v2", "helmreleases:HelmRelease", _RELEASES),
    *_of(
        "rbac.authorization.k8s.io/v1",
        "clusterrolebindings:ClusterRoleBinding",
        _RBAC,
        cluster=True,
    ),
)
"""Those that say which of the others belong to Multus."""
_INSTALL: Final = (
    *_of("v1", "namespaces:Namespace", "labels for meshes and policies", cluster=True),
    *_of("v1", "nodes:Node", "names, labels, platforms", cluster=True, shape=Shape.NODE),
    *_of("v1", "configmaps:ConfigMap", "settings of Multus, plugins and meshes, and values"),
    *_of("v1", "serviceaccounts:ServiceAccount", "the account of Multus"),
    *_of("rbac.authorization.k8s.io/v1", "clusterroles:ClusterRole", _RBAC, cluster=True),
    *_of("rbac.authorization.k8s.io/v1", "rolebindings:RoleBinding", _RBAC),
    *_of(
        "apiextensions.k8s.io/v1",
        "customresourcedefinitions:CustomResourceDefinition",
        "the definition of networks",
        cluster=True,
        name="network-attachment-definitions.k8s.cni.cncf.io",
    ),
    *_of(
        "k8s.cni.cncf.io/v1",
        "network-attachment-definitions:NetworkAttachmentDefinition",
        "networks",
    ),
)
_ADMISSION: Final = (
    *_of("v1", "limitranges:LimitRange resourcequotas:ResourceQuota", "limits of namespaces"),
    *_of("policy/v1beta1", "podsecuritypolicies:PodSecurityPolicy", _POLICIES, cluster=True),
    *_of(
        "security.openshift.io/v1",
        "securitycontextconstraints:SecurityContextConstraints",
        _POLICIES,
        cluster=True,
    ),
    *_of(
        "admissionregistration.k8s.io/v1",
        "mutatingwebhookconfigurations:MutatingWebhookConfiguration "
        "validatingadmissionpolicies:ValidatingAdmissionPolicy "
        "validatingadmissionpolicybindings:ValidatingAdmissionPolicyBinding",
        _POLICIES,
        cluster=True,
    ),
    *_of("kyverno.io/v1", "clusterpolicies:ClusterPolicy", _POLICIES, cluster=True),
    *_of("kyverno.io/v1", "policies:Policy", _POLICIES),
    *_of("kyverno.io/v2", "policyexceptions:PolicyException", _POLICIES),
    *_of("policies.kyverno.io/v1", "validatingpolicies:ValidatingPolicy", _POLICIES, cluster=True),
    *_of(
        "policies.kyverno.io/v1",
        "namespacedvalidatingpolicies:NamespacedValidatingPolicy",
        _POLICIES,
    ),
    *_of(
        "templates.gatekeeper.sh/v1",
        "constrainttemplates:ConstraintTemplate",
        _POLICIES,
        cluster=True,
    ),
    *_of("constraints.gatekeeper.sh/v1beta1", f"{EVERY}:{EVERY}", _POLICIES, cluster=True),
    *_of("config.gatekeeper.sh/v1alpha1", "configs:Config", _POLICIES),
)
_APPLIERS: Final = (
    *_of("kustomize.toolkit.fluxcd.io/v1", "kustomizations:Kustomization", "what Flux applies"),
    *_of(
        "source.toolkit.fluxcd.io/v1",
        "gitrepositories:GitRepository helmrepositories:HelmRepository helmcharts:HelmChart "
        "ocirepositories:OCIRepository buckets:Bucket",
        _SOURCES,
    ),
    *_of(
        "argoproj.io/v1alpha1",
        "applications:Application applicationsets:ApplicationSet",
        "what Argo CD applies",
    ),
    *_of("helm.cattle.io/v1", "helmcharts:HelmChart helmchartconfigs:HelmChartConfig", _RELEASES),
    *_of("k3s.cattle.io/v1", "addons:Addon", "what k3s and RKE2 apply"),
    *_of("fleet.cattle.io/v1alpha1", "gitrepos:GitRepo", "what Fleet applies"),
    *_of(
        "resources.gardener.cloud/v1alpha1",
        "managedresources:ManagedResource",
        "what Gardener applies",
    ),
)
_NEIGHBOURS: Final = (
    *_of("operator.tigera.io/v1", "installations:Installation", _AGENTS, cluster=True),
    *_of("operator.openshift.io/v1", "networks:Network", _AGENTS, cluster=True),
    *_of(
        "networkaddonsoperator.network.kubevirt.io/v1",
        "networkaddonsconfigs:NetworkAddonsConfig",
        _AGENTS,
        cluster=True,
    ),
    *_of("mellanox.com/v1alpha1", "nicclusterpolicies:NicClusterPolicy", _AGENTS, cluster=True),
    *_of(
        "mellanox.com/v1alpha1",
        "hostdevicenetworks:HostDeviceNetwork macvlannetworks:MacvlanNetwork "
        "ipoibnetworks:IPoIBNetwork",
        _MADE,
        cluster=True,
    ),
    *_of(
        "sriovnetwork.openshift.io/v1",
        "sriovoperatorconfigs:SriovOperatorConfig sriovnetworknodepolicies:SriovNetworkNodePolicy",
        _AGENTS,
    ),
    *_of(
        "sriovnetwork.openshift.io/v1",
        "sriovnetworks:SriovNetwork sriovibnetworks:SriovIBNetwork ovsnetworks:OVSNetwork",
        _MADE,
    ),
    *_of("spiderpool.spidernet.io/v2beta1", "spidermultusconfigs:SpiderMultusConfig", _MADE),
    *_of("k8s.ovn.org/v1", "userdefinednetworks:UserDefinedNetwork", _MADE),
    *_of("install.istio.io/v1alpha1", "istiooperators:IstioOperator", _MESH),
    *_of("sailoperator.io/v1", "istios:Istio istiocnis:IstioCNI", _MESH, cluster=True),
    *_of("operator.istio.io/v1alpha1", "istios:Istio", _MESH),
)
_WORKLOADS: Final = (
    *_workloads(
        "apps/v1", "deployments:Deployment statefulsets:StatefulSet replicasets:ReplicaSet"
    ),
    *_workloads("batch/v1", "cronjobs:CronJob jobs:Job"),
    *_workloads("v1", "replicationcontrollers:ReplicationController"),
    *_workloads("apps.openshift.io/v1", "deploymentconfigs:DeploymentConfig"),
    *_workloads("argoproj.io/v1alpha1", "rollouts:Rollout"),
    *_workloads("serving.knative.dev/v1", "services:Service"),
    *_workloads("ceph.rook.io/v1", "cephclusters:CephCluster"),
    *_workloads(
        "kubevirt.io/v1",
        "virtualmachines:VirtualMachine virtualmachineinstances:VirtualMachineInstance "
        "virtualmachineinstancereplicasets:VirtualMachineInstanceReplicaSet",
        _MACHINES,
    ),
    *_workloads("pool.kubevirt.io/v1beta1", "virtualmachinepools:VirtualMachinePool", _MACHINES),
    *_workloads("cdi.kubevirt.io/v1beta1", "datavolumes:DataVolume", _MACHINES),
    *_workloads("v1", "pods:Pod", "what each pod asks for"),
)
RESOURCES: Final = (*_FIRST, *_INSTALL, *_ADMISSION, *_APPLIERS, *_NEIGHBOURS, *_WORKLOADS)
