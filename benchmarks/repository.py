"""A Git repository for ``review --git``: many commits over many manifests, the last of them a bump.

python -m benchmarks.repository FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from benchmarks.estates import SAMPLE

COMMITS: Final = 1_000
FILES: Final = 2_000
_MULTUS: Final = "infra/multus/multus.yaml"
_ASKING: Final = 10
"""One in so many Deployments asks for a network."""
_APP: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app{n}, namespace: video}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: app{n}}}}}
  template:
    metadata:
      labels: {{app: app{n}}}
      annotations: {{{annotation}}}
    spec:
      containers:
      - name: app
        image: registry.example/app{n}:1.{n}
        ports: [{{containerPort: 8080}}]
---
apiVersion: v1
kind: Service
metadata: {{name: app{n}, namespace: video}}
spec: {{ports: [{{port: 80}}], selector: {{app: app{n}}}}}
"""


def write(folder: Path) -> None:
    """The repository in ``folder``, which is made."""
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
    command = ["git", "-C", str(folder), "fast-import", "--quiet"]
    subprocess.run(command, input="".join(_stream()).encode(), check=True)


def _app(number: int, replicas: int) -> str:
    annotation = "" if number % _ASKING else "k8s.v1.cni.cncf.io/networks: cameras"
    return _APP.format(n=number, replicas=replicas, annotation=annotation)


def _name(number: int) -> str:
    return f"apps/team{number % 40:02}/app{number:04}.yaml"


def _stream() -> Iterator[str]:
    """What ``git fast-import`` takes: all files, then a change of one each, then the bump."""
    sample = {
        f"infra/multus/{p.name}": p.read_text() for p in sorted((SAMPLE / "manifests").iterdir())
    }
    apps = FILES - len(sample)
    yield from _commit(0, {**sample, **{_name(n): _app(n, 1) for n in range(apps)}})
    for number in range(1, COMMITS - 1):
        yield from _commit(number, {_name(number % apps): _app(number % apps, 2)})
    yield from _commit(COMMITS - 1, {_MULTUS: sample[_MULTUS].replace("v4.0.2", "v4.2.4-thick")})


def _commit(number: int, files: Mapping[str, str]) -> Iterator[str]:
    yield "commit refs/heads/main\n"
    yield f"committer a <a@example.invalid> {1_700_000_000 + number} +0000\ndata 1\nx\n"
    for name, text in files.items():
        yield f"M 100644 inline {name}\ndata {len(text.encode())}\n{text}\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
