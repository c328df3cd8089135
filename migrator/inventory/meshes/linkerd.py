"""linkerd-cni. Facts: conf_dir, writes_dir, bin_dir, and mode where it tells.

It adds itself to the first conflist that it finds, and writes a file of its own where there is
none; Linkerd's webhook adds no networks annotation (linkerd2 charts/linkerd2-cni).
"""

from __future__ import annotations

from migrator.inventory.agents import Facts, cni_dirs, environment, images, without_blanks
from migrator.inventory.templates import PodTemplate
from migrator.model.inputs import Document
from migrator.read.config_maps import ConfigMaps
from migrator.read.releases import Release
from migrator.trees.dig import string, strings
from migrator.trees.pods import clean

CONFIG_MAP = "linkerd-cni-config"
_CHART = "linkerd2-cni"
_CONF_DIR = "/etc/cni/net.d"
_BIN_DIR = "/opt/cni/bin"


def from_values(release: Release) -> Facts | None:
    """What a linkerd2-cni release says, None for any other."""
    values = release.values
    if release.chart != _CHART and not string(values, "destCNINetDir"):
        return None
    return _facts(
        string(values, "destCNINetDir") or _CONF_DIR, string(values, "destCNIBinDir") or _BIN_DIR
    )


def from_daemonset(template: PodTemplate, known: ConfigMaps) -> Facts | None:
    """What the DaemonSet linkerd-cni says, None for any other."""
    if template.document.ref.name != "linkerd-cni" and "linkerd/cni-plugin" not in images(template):
        return None
    env, mounted = environment(template, known), cni_dirs(template)
    return _facts(
        env.get("DEST_CNI_NET_DIR") or mounted.get("conf_dir", ""),
        env.get("DEST_CNI_BIN_DIR") or mounted.get("bin_dir", ""),
    )


def from_config_map(document: Document) -> Facts | None:
    """What the agent's ConfigMap says, None for any other ConfigMap."""
    if document.ref.name != CONFIG_MAP:
        return None
    data = strings(document.data, "data")
    return _facts(data.get("dest_cni_net_dir", ""), data.get("dest_cni_bin_dir", ""))


def _facts(conf_dir: str, bin_dir: str) -> Facts:
    directory = clean(conf_dir)
    return without_blanks(
        {
            "conf_dir": directory,
            "writes_dir": directory,
            "bin_dir": clean(bin_dir),
            "mode": "multus" if "multus" in directory else "",
        }
    )
