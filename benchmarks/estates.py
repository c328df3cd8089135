"""Estates to measure with: a stream of manifests and the CNI files of nodes, the same for one seed.

    python -m benchmarks.estates FOLDER --documents 100000 --share 0.01 --nodes 3

The install of samples/v4.0-thin comes first; then networks, workloads that ask for them, and
Services, ConfigMaps and Deployments that have nothing to do with either, in a shuffled order.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SAMPLE: Final = Path(__file__).resolve().parent.parent / "samples/v4.0-thin"
MANIFESTS: Final = "manifests/estate.yaml"
NODES: Final = "nodes"
INSTALL: Final = 5
"""The documents of the sample's install."""
SPACES: Final = 50
"""Namespaces; a workload finds its networks in its own."""

NAD: Final = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  name: net-{number}
  namespace: team-{space}
  labels:
    owner: team-{space}
spec:
  config: |-
    {config}
"""
EMPTY: Final = NAD[: NAD.index("spec:")]
"""A network without a config of its own."""
FILE: Final = "etc/cni/multus/net.d/net-{number}.conf"
"""What such a network reads on each node."""
WORKLOAD: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  namespace: team-{space}
spec:
  replicas: {copies}
  selector:
    matchLabels: {{app: app-{number}}}
  template:
    metadata:
      labels: {{app: app-{number}}}
      annotations:
        k8s.v1.cni.cncf.io/networks: {networks}
    spec:
      containers:
        - name: main
          image: registry.example/team-{space}/app-{number}:1.{copies}
"""
OTHERS: Final = (
    """\
apiVersion: v1
kind: Service
metadata:
  name: svc-{number}
  namespace: team-{space}
  labels:
    app: svc-{number}
spec:
  selector:
    app: svc-{number}
  ports:
    - name: http
      port: 80
      targetPort: {port}
""",
    """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings-{number}
  namespace: team-{space}
data:
  LOG_LEVEL: "info"
  PORT: "{port}"
  settings.ini: |
    [main]
    workers = {copies}
    url = http://svc-{number}.team-{space}:80/
""",
    """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{number}
  namespace: team-{space}
spec:
  replicas: {copies}
  selector:
    matchLabels:
      app: web-{number}
  template:
    metadata:
      labels:
        app: web-{number}
    spec:
      containers:
        - name: web
          image: registry.example/web:1.{copies}
          ports:
            - containerPort: {port}
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """``documents`` in all; those of the install, ``nads`` and ``workloads`` are relevant. ``empty``:
    the configs of the networks are not in them but in files, the same on every node."""

    documents: int
    nads: int
    workloads: int
    nodes: int = 3
    seed: int = 1
    empty: bool = False


def estate(documents: int, *, share: float, nodes: int = 3, seed: int = 1) -> Estate:
    """One whose relevant documents, a ``share`` of all, are the install's and then half networks,
    half workloads."""
    relevant = round(documents * share) - INSTALL
    return Estate(
        documents=documents,
        nads=relevant - relevant // 2,
        workloads=relevant // 2,
        nodes=nodes,
        seed=seed,
    )


def write(wanted: Estate, folder: Path) -> None:
    """``MANIFESTS`` and ``NODES`` below ``folder``, which need not be there."""
    stream = folder / MANIFESTS
    stream.parent.mkdir(parents=True, exist_ok=True)
    with stream.open("w", encoding="utf-8") as file:
        file.write((SAMPLE / "manifests/multus.yaml").read_text(encoding="utf-8"))
        for document in _documents(wanted):
            file.write("---\n")
            file.write(document)
    conflist = Path("etc/cni/net.d/10-calico.conflist")
    for node in range(wanted.nodes):
        copy = folder / NODES / f"node-{node:04d}" / conflist
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((SAMPLE / "nodes" / conflist).read_bytes())
        for number in range(wanted.nads if wanted.empty else 0):
            conf = folder / NODES / f"node-{node:04d}" / FILE.format(number=number)
            conf.parent.mkdir(parents=True, exist_ok=True)
            conf.write_text(_config(number, random.Random(number)), encoding="utf-8")  # noqa: S311


def _documents(wanted: Estate) -> Iterator[str]:
    """Kinds in a shuffled order, so that the relevant ones are scattered among the others."""
    rest = wanted.documents - INSTALL - wanted.nads - wanted.workloads
    if rest < 0:
        raise SystemExit("more relevant documents than documents")
    chance = random.Random(wanted.seed)  # noqa: S311 (nothing secret about it)
    kinds = bytearray(b"n" * wanted.nads + b"w" * wanted.workloads + b"o" * rest)
    chance.shuffle(kinds)
    numbers = {kind: iter(range(wanted.documents)) for kind in b"nwo"}
    for kind in kinds:
        number = next(numbers[kind])
        if kind == ord("n"):
            yield _nad(number, chance, empty=wanted.empty)
        elif kind == ord("w"):
            yield _workload(number, wanted.nads, chance)
        else:
            yield _other(number, chance)


def _nad(number: int, chance: random.Random, *, empty: bool) -> str:
    form = EMPTY if empty else NAD
    return form.format(number=number, space=number % SPACES, config=_config(number, chance))


def _config(number: int, chance: random.Random) -> str:
    config = {
        "cniVersion": "0.3.1",
        "name": f"net-{number}",
        "type": chance.choice(("macvlan", "ipvlan", "bridge")),
        "master": f"eth{chance.randrange(4)}",
        "ipam": {"type": "host-local", "subnet": f"10.{number // 250 % 250}.{number % 250}.0/24"},
    }
    return json.dumps(config)


def _workload(number: int, nads: int, chance: random.Random) -> str:
    """One or two networks of its own namespace."""
    space = number % SPACES
    known = range(space, nads, SPACES) or range(max(nads, 1))
    names = [f"net-{chance.choice(known)}" for _ in range(chance.choice((1, 1, 2)))]
    copies = chance.randrange(1, 9)
    return WORKLOAD.format(number=number, space=space, copies=copies, networks=", ".join(names))


def _other(number: int, chance: random.Random) -> str:
    return chance.choice(OTHERS).format(
        number=number,
        space=number % SPACES,
        copies=chance.randrange(1, 9),
        port=chance.randrange(1024, 65536),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Write an estate.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--share", type=float, default=0.01, help="relevant share, 0 to 1")
    parser.add_argument("--nads", type=int, help="instead of half of the relevant documents")
    parser.add_argument("--workloads", type=int, help="instead of the other half")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    usual = estate(given.documents, share=given.share)
    wanted = Estate(
        documents=given.documents,
        nads=usual.nads if given.nads is None else given.nads,
        workloads=usual.workloads if given.workloads is None else given.workloads,
        nodes=given.nodes,
        seed=given.seed,
    )
    write(wanted, given.folder)


if __name__ == "__main__":
    main()
