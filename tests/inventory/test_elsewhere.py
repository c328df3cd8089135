"""What takes Multus from a place that was not read."""

from __future__ import annotations

from pathlib import Path

from migrator.inventory.elsewhere import find_elsewhere
from tests.read.test_rendering import FLUX, Helm, put, read

OTHER = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
"""


def test_a_release_that_was_rendered_was_read(tmp_path: Path) -> None:
    """Whatever it is called, and though its chart is none that is known and makes no DaemonSet."""
    own = FLUX.replace("charts/multus", "charts/own")
    chart = {"charts/own/Chart.yaml": "name: own\nversion: 1.0.0\n"}
    found = find_elsewhere(read(put(tmp_path, {"apps/multus.yaml": own}), Helm(OTHER)))
    assert [each.what for each in found] == ["the chart charts/own"]
    reading = read(put(tmp_path, chart), Helm(OTHER))
    assert len(reading.renders) == 1
    assert find_elsewhere(reading) == ()
