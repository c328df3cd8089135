"""Each sample gives what its expect.toml says, through the command line."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from yamllint import linter
from yamllint.config import YamlLintConfig

from migrator.cli.main import run
from migrator.tools.kustomize import builder, find_tool

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "samples").glob("*/expect.toml"))
DEFAULT = YamlLintConfig("extends: default")
FIELDS = {"args", "exit_code", "installs", "findings", "cured", "unknown", "attachments"}
FIRST_SCREEN = {
    "what changes? The image and the command of Multus, nine mounts, and one new ConfigMap.": (
        "| `ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.4-thick` |",
        "| `/usr/src/multus-cni/bin/multus-daemon` |",
        "| new `ConfigMap` |  | `kube-system/multus-daemon-config` |",
        "`/hostroot`, `/etc/cni/multus/net.d` |",
    ),
    "what may break? No network changes; the new pods may do more, and deleted pods leak addresses.": (
        "**Networks:** 3 of 3 unchanged.",
        "- see every process on the node (hostPID)",
        "- **P21** Deleted pods leak IP addresses",
    ),
    "what must I do? Plan for another release, or watch the addresses; then follow the runbook.": (
        "**2 changed, 1 new, 1 manual step.**",
        "  - **Do:** plan again with --target 4.1.4, which does not have this fault",
        "Roll out as `runbook.md` says.",
    ),
    "is it verified? Yes: it was built, and compared with the plan.": (
        "Verified: built with k",
        "compared with the plan object by object",
    ),
}
"""What somebody who never saw Multus answers from the first 45 lines of report.md of the sample
istio-empty-nad, and where it stands there; tests/report/test_golden.py has the same of every word."""


def expected(sample: Path) -> dict[str, Any]:
    found = tomllib.loads(sample.read_text(encoding="utf-8"))
    assert found.keys() - {"daemon_config", "image"} == FIELDS
    return found


Planned = Callable[[Path], tuple[int, Path, dict[str, Any]]]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """Exit code, OUT and plan.json of a sample's command, run in its own folder."""

    @cache
    def planned(sample: Path) -> tuple[int, Path, dict[str, Any]]:
        out = tmp_path_factory.mktemp("sample") / "out"
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(sample.parent)
            code = run(["plan", *expected(sample)["args"], "-o", str(out), "--quiet"])
        return code, out, json.loads((out / "plan.json").read_text(encoding="utf-8"))

    return planned


def daemon_config(plan: dict[str, Any]) -> dict[str, Any]:
    """The whole daemon-config.json that the plan writes, of a new ConfigMap or a changed key."""
    for change in plan["changes"]:
        if change["object"]["kind"] == "ConfigMap" and "daemon-config" in change["object"]["name"]:
            after = change["after"]
            text = after["data"]["daemon-config.json"] if isinstance(after, dict) else after
            config: dict[str, Any] = json.loads(text)
            return config
    return {}


def images(plan: dict[str, Any]) -> set[str]:
    return {c["after"] for c in plan["changes"] if c["path"].endswith(".image")}


@pytest.mark.kustomize
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_a_sample_gives_what_it_says(planned: Planned, sample: Path) -> None:
    want = expected(sample)
    code, out, plan = planned(sample)
    found = {
        "args": want["args"],
        "exit_code": code,
        "installs": [
            f"{i['daemonset']['name']}: v{i['release']} {i['mode']}" for i in plan["installs"]
        ],
        "findings": sorted({f["id"] for f in plan["findings"] if not f["cured"]}),
        "cured": sorted({f["id"] for f in plan["findings"] if f["cured"]}),
        "unknown": [a["name"] for a in plan["accounts"] if a["outcome"] == "unknown"],
        "attachments": dict(Counter(a["verdict"] for a in plan["attachments"])),
    }
    assert found == {key: want[key] for key in FIELDS}
    config = daemon_config(plan)
    settings = want.get("daemon_config", {})
    assert {key: config.get(key) for key in settings} == settings
    assert images(plan) == ({want["image"]} if "image" in want else set())
    assert dict(complaints(out)) == {}
    if sample.parent.name == "istio-empty-nad":
        assert unanswered((out / "report.md").read_text(encoding="utf-8")) == []


@pytest.mark.kustomize
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_a_review_of_the_move_loses_nothing(
    planned: Planned,
    sample: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The thin state against what real kustomize builds of its plan, beside what the migration leaves alone."""
    code, out, _ = planned(sample)
    assert code == 0
    monkeypatch.chdir(sample.parent)
    tool = find_tool()
    assert tool is not None
    moved = list(_objects(builder(tool)(out)))
    names = set(map(_name, moved))
    files = sorted(p for p in (sample.parent / "manifests").rglob("*") if p.is_file())
    before = [obj for file in files for obj in _objects(file.read_text(encoding="utf-8"))]
    after = [*moved, *(obj for obj in before if _name(obj) not in names)]
    (tmp_path / "after.yaml").write_text(yaml.safe_dump_all(after), encoding="utf-8")
    capsys.readouterr()
    nodes = sample.parent / "nodes"
    given = ["--node-files", "nodes"] if nodes.is_dir() else []
    code = run(["review", "manifests", str(tmp_path / "after.yaml"), *given, "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert code == 0, found
    assert found["outcome"] == ("changes" if moved else "nothing-changes")
    fates = Counter(network["fate"] for network in found["networks"])
    assert fates.keys() <= {"equal", "gained", "changed", "unknown"}
    assert fates["equal"]


def unanswered(report: str) -> list[str]:
    """The questions of FIRST_SCREEN that the first screen of the report leaves open."""
    first = "\n".join(report.splitlines()[:45])
    return [
        told for told, shown in FIRST_SCREEN.items() if not all(text in first for text in shown)
    ]


def complaints(out: Path) -> Iterator[tuple[str, list[str]]]:
    """What of OUT yamllint refuses as it comes, but for the objects as they were read."""
    for path in sorted(set(out.rglob("*.yaml")) - set((out / "base").iterdir())):
        problems = linter.run(path.read_text(encoding="utf-8"), DEFAULT)
        errors = [str(problem) for problem in problems if problem.level == "error"]
        if errors:
            yield str(path.relative_to(out)), errors


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_a_sample_says_what_it_is_and_how_to_run_it(sample: Path) -> None:
    readme = (sample.parent / "README.md").read_text(encoding="utf-8")
    command = " ".join(["multus-migrator plan", *expected(sample)["args"]])
    assert command in readme
    assert f"exit code {expected(sample)['exit_code']}" in readme.lower()


def test_every_folder_of_samples_is_checked() -> None:
    folder = SAMPLES[0].parent.parent
    found = sorted(p.name for p in folder.iterdir() if p.is_dir())
    others = ("fleet", "gitops")  # clusters, of tests/ci/test_fleet.py, and repositories
    assert found == sorted((*others, *(p.parent.name for p in SAMPLES)))
    assert {
        "v3.4",
        "v3.9",
        "v4.0-thin",
        "istio-empty-nad",
        "k3s",
        "crio",
        "hand-written-config",
    } <= {p.parent.name for p in SAMPLES}


def _objects(text: str) -> Iterator[Any]:
    for document in yaml.load_all(text, Loader=yaml.CSafeLoader):
        if isinstance(document, dict):
            yield from document["items"] if document["kind"] == "List" else (document,)


def _name(obj: Any) -> tuple[str, str, str]:
    metadata = obj["metadata"]
    return obj["kind"], metadata.get("namespace", ""), metadata["name"]
