"""Names and paths that Multus and its shipped manifests use unless they are told otherwise."""

from __future__ import annotations

from typing import Final

CONFIG_MAP: Final = "multus-daemon-config"
"""The ConfigMap of deployments/multus-daemonset-thick.yml (v4.0.0 to v4.3.0)."""
CONFIG_KEY: Final = "daemon-config.json"
