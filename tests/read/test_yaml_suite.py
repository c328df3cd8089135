"""The YAML test suite (github.com/yaml/yaml-test-suite), whose data is not part of this project.

`MIGRATOR_YAML_SUITE` names a folder of it, as its branch "data" and its releases have it: a folder
for each case with `in.yaml`, and a file `error` where that is no YAML.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.read.chunks import split
from tests.read.test_fastyaml import same

FOLDER = os.environ.get("MIGRATOR_YAML_SUITE", "")


def texts() -> list[str]:
    """The whole input of each case, and each of its documents."""
    found = []
    for path in sorted(Path(FOLDER).rglob("in.yaml")):
        data = path.read_bytes()
        found += [part.decode() for part in (data, *(chunk.data for chunk in split(data)))]
    return found


@pytest.mark.skipif(not FOLDER, reason="MIGRATOR_YAML_SUITE does not name the YAML test suite")
def test_libyaml_reads_nothing_otherwise() -> None:
    """Of the cases that are errors, too: what is refused, the other reader refuses."""
    read = [same(text) for text in texts()]
    assert len(read) > 700, "the suite has 402 cases"
    assert sum(read) > 200, (
        "the others have anchors, tags, keys that are no strings, or are refused"
    )
