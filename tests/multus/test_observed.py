"""The model answers as real releases of Multus did.

Reads every ``*.jsonl`` of the folder in MIGRATOR_OBSERVED, tests/observed without it. One line
is one input with the answers of some releases; "{confDir}" stands for the directory.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from migrator.golang.files import Filesystem
from migrator.multus import annotation, daemon, nad, releases
from migrator.multus.releases import Release

pytestmark = pytest.mark.observed

FOLDER = Path(os.environ.get("MIGRATOR_OBSERVED") or Path(__file__).parents[1] / "observed")
PLACEHOLDER = "{confDir}"
DIRECTORY = "/the/conf.dir"
# Directories of any Linux machine, on one of which the answers were recorded.
LINUX = frozenset(
    f"/{name}"
    for name in (
        *("bin", "dev", "etc", "home", "opt", "proc", "root", "run", "sys", "tmp", "usr", "var"),
        *("usr/bin", "usr/local", "var/lib", "var/log", "var/run"),
    )
)
# What Go's JSON decoder says behind these words depends on the Go that Multus was built with.
DECODER = re.compile(r"(json: cannot unmarshal \w+) .*", re.DOTALL)


def load_cases() -> list[dict[str, Any]]:
    lines = [
        line
        for path in sorted(FOLDER.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return [json.loads(line) for line in lines]


CASES = load_cases()


def answer(case: dict[str, Any], release: Release) -> dict[str, Any]:
    """The model's answer, in the form of the recorded ones."""
    match case["kind"]:
        case "nad":
            return nad_answer(case, release)
        case "annotation":
            return annotation_answer(case, release)
        case "daemon":
            return daemon_answer(case, release)
        case kind:
            raise AssertionError(f"no model for cases of kind {kind!r}")


def there(value: Any) -> Any:
    """The input with the directory's path in the place of its placeholder."""
    return json.loads(json.dumps(value).replace(PLACEHOLDER, DIRECTORY))


def nad_answer(case: dict[str, Any], release: Release) -> dict[str, Any]:
    files = None if case.get("no_dir") else there(case.get("files", {}))
    conf_dir = nad.ConfDir(path=DIRECTORY, files=files)
    got = nad.resolve(there(case["name"]), there(case.get("config")), conf_dir, release)
    if got.panic:
        return {"panic": got.panic}
    if got.error:
        return {"error": got.error}
    if got.delegate is None:
        return {"config": got.config, "delegate_error": got.delegate_error}
    delegate = {"name": got.delegate.name, "type": got.delegate.type}
    return {"config": got.config, "delegate": {**delegate, "is_list": got.delegate.is_list}}


def annotation_answer(case: dict[str, Any], release: Release) -> dict[str, Any]:
    got = annotation.pod_networks(case["annotation"], case.get("namespace", ""), release)
    if got.panic:
        return {"panic": got.panic}
    if got.error:
        return {"error": got.error}
    return {"networks": [json.loads(annotation.marshal(n)) for n in got.networks] or None}


def daemon_answer(case: dict[str, Any], release: Release) -> dict[str, Any]:
    files = {} if case.get("no_dir") else {DIRECTORY: there(case.get("files", {}))}
    seen = Filesystem(directories=files, existing=LINUX)
    got = daemon.start(there(case["daemon_config"]), seen, release)
    if got.shim_config is not None:
        return {"shim_config": json.loads(got.text)}
    known = ("load_error", "parse_error", "manager_error", "panic")
    return {name: getattr(got, name) for name in known if getattr(got, name)}


def comparable(answered: dict[str, Any]) -> dict[str, Any]:
    """The answer with the placeholder, and without the decoder's wording of a type error."""
    placed = json.loads(json.dumps(answered).replace(DIRECTORY, PLACEHOLDER))
    return {
        key: DECODER.sub(r"\1", value) if key.endswith("error") else value
        for key, value in placed.items()
    }


def test_the_folder_holds_cases() -> None:
    assert CASES, f"no *.jsonl with a case in {FOLDER}"


@pytest.mark.parametrize(
    ("case", "release"),
    [
        pytest.param(case, release, id=f"{case['id']}-{release}")
        for case in CASES
        for release in case["observed"]
    ],
)
def test_answers_as_multus_did(case: dict[str, Any], release: str, record_property: Any) -> None:
    record_property("observed", case["kind"])
    got = comparable(answer(case, releases.parse(release)))
    assert got == comparable(case["observed"][release])
