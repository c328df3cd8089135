"""kuma-cni: its defaults are those for Multus (kuma docs, "Configure the Kuma CNI").

Facts: mode, chained, conf_dir, writes_dir, conf_file, bin_dir as for istio-cni; network and
replaces: Kuma's webhook overwrites the networks annotation with "kuma-cni" wherever its CNI is
enabled (kuma pkg/plugins/runtime/k8s/webhooks/injector, NewAnnotations).
"""

from __future__ import annotations

from migrator.inventory.agents import Facts, environment, host_dir, images, without_blanks
from migrator.inventory.templates import PodTemplate
from migrator.multus.defaults import CONF_DIR
from migrator.read.config_maps import ConfigMaps
from migrator.read.releases import Release
from migrator.trees.dig import mapping, scalar, string
from migrator.trees.pods import clean

NETWORK = "kuma-cni"
_CHARTS = frozenset({"kuma", "kong-mesh"})


def from_values(release: Release) -> Facts | None:
    """What a kuma or kong-mesh release says, None if it is another or its CNI is off."""
    if release.chart not in _CHARTS:
        return None
    cni = mapping(release.values, "cni") or mapping(release.values, "kuma", "cni")
    if cni.get("enabled") is not True:
        return None
    return _facts(
        chained=scalar(cni, "chained") or "false",
        conf_dir=string(cni, "netDir") or CONF_DIR,
        conf_file=string(cni, "confName") or "kuma-cni.conf",
        bin_dir=string(cni, "binDir") or "/var/lib/cni/bin",
    )


def from_daemonset(template: PodTemplate, known: ConfigMaps) -> Facts | None:
    """What the DaemonSet kuma-cni-node says, None for any other."""
    if template.document.ref.name != "kuma-cni-node" and "kuma-cni" not in images(template):
        return None
    env = environment(template, known)
    return _facts(
        chained=env.get("CHAINED_CNI_PLUGIN", ""),
        conf_dir=host_dir(template, "/host/etc/cni/net.d") or env.get("CNI_NET_DIR", ""),
        conf_file=env.get("CNI_CONF_NAME", ""),
        bin_dir=host_dir(template, "/host/opt/cni/bin"),
    )


def _facts(*, chained: str, conf_dir: str, conf_file: str, bin_dir: str) -> Facts:
    mode = {"true": "chained", "false": "standalone"}.get(chained, "")
    return without_blanks(
        {
            "mode": "multus" if "multus" in conf_dir else mode,
            "chained": chained,
            "conf_dir": clean(conf_dir),
            "writes_dir": clean(conf_dir),
            "conf_file": conf_file,
            "bin_dir": clean(bin_dir),
            "network": NETWORK,
            "replaces": "true",
        }
    )
