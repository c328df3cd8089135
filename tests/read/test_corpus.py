"""Real manifests: none makes reading fail otherwise than with an InputError."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from migrator.model.errors import InputError
from migrator.model.inputs import Reading
from migrator.read.scan import matters
from migrator.read.wording import UNRENDERED
from tests.corpus import MARKS, documents_of, manifests
from tests.read.support import read

pytestmark = MARKS


def outcome(path: Path) -> tuple[Reading | None, list[str]]:
    try:
        return read(path, build=None), []
    except InputError as error:
        return None, error.lines()


def test_each_file_alone(capsys: pytest.CaptureFixture[str]) -> None:
    counts: Counter[str] = Counter()
    errors: list[str] = []
    for path in manifests():
        reading, lines = outcome(path)
        counts["read" if reading else "refused"] += 1
        errors += lines
        for document in reading.documents if reading else ():
            counts[document.form] += 1
            assert str(document.source).startswith(f"{path}:")
            assert document.form != "standalone" or document.text in path.read_text("utf-8-sig")
    with capsys.disabled():
        sys.stdout.write(f"\nreading, each file alone: {dict(counts)}\n")
        sys.stdout.writelines(f"{line}\n" for line in errors)
    assert counts["read"] > 400
    known = (" pulls http", UNRENDERED)
    assert all(any(k in line for k in known) for line in errors), "what else is wrong with them?"


def test_the_quick_scan_passes_over_nothing_of_the_trade() -> None:
    words = ("multus", "cni", "istio", "networkattachment", "cilium", "calico", "whereabouts")
    for path in manifests():
        for document in documents_of(path):
            text = json.dumps(document.data, ensure_ascii=False).lower()
            if any(word in text for word in words):
                assert matters(json.dumps(document.data).encode())
                assert matters(document.text.encode()) or document.form != "standalone"
