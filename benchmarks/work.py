"""One piece of work in a process of its own: prints the CPU seconds of the work alone.

    python -m benchmarks.work c-parse FILE

Starting Python, importing and reading the file are not counted.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

import yaml
from ruamel.yaml import YAML

from migrator.read.chunks import chunks_at
from migrator.read.scan import matters, places
from migrator.read.streams import Stream, read_stream


def c_parse(data: bytes) -> None:
    """Every document by PyYAML's C loader, and dropped: what all else is compared with."""
    deque(yaml.load_all(data, Loader=yaml.CSafeLoader), maxlen=0)


def ruamel_round_trip(data: bytes) -> None:
    """Every document as ruamel.yaml keeps it with its comments, and dropped."""
    deque(YAML(typ="rt").load_all(data.decode()), maxlen=0)


def scan(data: bytes) -> None:
    """The documents that matter, found and cut out."""
    deque((c for c in chunks_at(data, places(data)) if matters(c.data)), maxlen=0)


def read(data: bytes) -> None:
    """The same, and parsed."""
    read_stream(Stream(name="estate.yaml", data=data), everything=False)


WORK: Final[dict[str, Callable[[bytes], None]]] = {
    "c-parse": c_parse,
    "ruamel": ruamel_round_trip,
    "scan": scan,
    "read": read,
}


def main(name: str, file: str) -> None:
    data = Path(file).read_bytes()
    begin = time.process_time()
    WORK[name](data)
    print(time.process_time() - begin)


if __name__ == "__main__":
    main(*sys.argv[1:])
