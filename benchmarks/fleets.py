"""A made-up fleet: clusters in three kinds, with workloads of their own, and its FLEET.yaml.

    python -m benchmarks.fleets FOLDER 1000

Of ten clusters one is blocked, five are of one kind and four of another. Equal plans: the workloads differ by name
alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from benchmarks.estates import NAD, SAMPLE, WORKLOAD

FLEET: Final = "fleet.yaml"
WORKLOADS: Final = 20
_IMAGE: Final = "ghcr.io/k8snetworkplumbingwg/multus-cni"
_CONFIG: Final = {"cniVersion": "0.3.1", "name": "net-0", "type": "macvlan", "master": "eth1"}


def write(clusters: int, folder: Path) -> Path:
    """FLEET.yaml with the folders that it lists; the files of the nodes are the same for all."""
    install = (SAMPLE / "manifests/multus.yaml").read_text(encoding="utf-8")
    kinds = (
        install,
        install.replace(":v4.0.2", ":v4.1.4"),
        install.replace(_IMAGE, "registry.example/forks/multus"),
    )
    if len({*kinds}) < len(kinds):
        raise SystemExit("the install of the sample is not what it was")
    entries = []
    for number in range(clusters):
        kind = 2 if number % 10 == 9 else number % 2
        name = f"cluster-{number:04}"
        (folder / name).mkdir(parents=True)
        (folder / name / "all.yaml").write_text(
            "---\n".join((kinds[kind], *_networks(number))), encoding="utf-8"
        )
        entries.append({"name": name, "inputs": [name], "node-files": str(SAMPLE / "nodes")})
    path = folder / FLEET
    path.write_text(json.dumps({"clusters": entries}, indent=1), encoding="utf-8")
    return path


def _networks(cluster: int) -> list[str]:
    workloads = (
        WORKLOAD.format(number=f"{cluster}-{n}", space=0, copies=1, networks="net-0")
        for n in range(WORKLOADS)
    )
    return [NAD.format(number=0, space=0, config=json.dumps(_CONFIG)), *workloads]


if __name__ == "__main__":
    write(int(sys.argv[2]), Path(sys.argv[1]))
