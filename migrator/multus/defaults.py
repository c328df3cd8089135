"""Names and paths that Multus and its shipped manifests use unless they are told otherwise."""

from __future__ import annotations

from typing import Final

CONFIG_MAP: Final = "multus-daemon-config"
"""The ConfigMap of deployments/multus-daemonset-thick.yml (v4.0.0 to v4.3.0)."""
CONFIG_KEY: Final = "daemon-config.json"
CONF_DIR: Final = "/etc/cni/multus/net.d"
"""confDir of every release where the config does not say one (pkg/types/conf.go)."""
KUBELET_DIR: Final = "/var/lib/kubelet"
"""kubelet's root where no --root-dir is given; fixed in Multus (pkg/kubeletclient)."""
NAMESPACE: Final = "kube-system"
"""multusNamespace, and the only one of systemNamespaces, where the config does not say them."""
