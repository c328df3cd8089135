"""Every block of the runbook of each sample, run against the cluster: by the script, and by hand."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from migrator.cli.main import run as migrate
from migrator.kustomize.stage_files import stages
from tests import corpus
from tests.cli.tools import migrator
from tests.cluster.by_hand import ByHand
from tests.cluster.estate import MOVING, NODES, ROOT, Estate, estate, objects, planned

pytestmark = [pytest.mark.kustomize, pytest.mark.slow]

PLACE: Final = "put-its-name-here"
ALTERNATIVE: Final = '# only for "field is immutable"'
"""A block that is run in place of others, where the server has another selector."""
MAY_FAIL: Final = ("kubectl diff", "grep", "ls -l", "multus-migrator verify")
"""What says by its exit code what it found."""
SCRIPTED: Final = "crio"


class Block(NamedTuple):
    """``phase`` and ``section`` are the headings above it, ``step`` the last title in bold, ``node`` whether it
    is run as root on a node."""

    phase: str
    section: str
    step: str
    node: bool
    code: str


def blocks(text: str) -> Iterator[Block]:
    phase = section = step = ""
    for part in re.split(r"(?ms)(^```sh(?: node)?\n.*?^```$)", text):
        if part.startswith("```sh"):
            first, _, code = part.removesuffix("```").partition("\n")
            yield Block(phase, section, step, first.endswith("node"), code)
            continue
        for line in part.splitlines():
            if heading := re.match(r"##(#?) (.*)", line):
                section, step = heading[2], ""
                phase = phase if heading[1] else heading[2]
            elif title := re.match(r"(?:- \[ \] )?\*\*(?:\d+\. )?(.*?)\*\*$", line):
                step = title[1]


def programs(one: Estate, *, real: bool) -> list[str]:
    """What a person has beside kubectl and jq. The program itself starts slowly, so it is run in this
    process; code and words of each run are in the list."""
    folder = one.folder / "bin"
    said: list[str] = []

    def ours(words: tuple[str, ...], stdin: str) -> tuple[int, str, str]:
        done = migrator(*words, cwd=one.out, stdin=stdin.encode())
        said.append(f"{done.code} {' '.join(words)}")
        return done.code, done.out, done.err

    one.session.ours = ours
    stubs = {"crictl": ":", "skopeo": ":", "k3s": ":"}
    if not real:
        stubs["multus-migrator"] = "cat > /dev/null < /dev/null"
    for name, code in stubs.items():
        (folder / name).write_text(f"#!/bin/bash\n{code}\n")
        (folder / name).chmod(0o755)
    return said


def run(one: Estate, block: Block, node: str) -> None:
    code = block.code.replace(PLACE, node)
    if block.node:
        root = one.nodes.root / node
        (root / "var/tmp").mkdir(parents=True, exist_ok=True)
        code = re.sub(r"(?<![\w/])/(?=(?:etc|opt|var|usr|run)/)", f"{root}/", code)
    elif not code.startswith("bash rollout.sh"):
        code = f"NODE={node}\n{code}"
    code = re.sub(r"(bash rollout\.sh (?:forward|back).*)", rf"\1 --state {one.folder}/state", code)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", tolerant(code)],
        cwd=one.out,
        env=one.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{block.step}:\n{code}\n{done.stdout}\n{done.stderr}"
    assert "STUB" not in done.stderr, done.stderr


def tolerant(code: str) -> str:
    """The commands, of which those that say by their exit code what they found end nothing."""
    return "\n".join(
        f"{line} || :"
        if any(word in line for word in MAY_FAIL) and not line.endswith("\\")
        else line
        for line in code.splitlines()
    )


def chosen(text: str, way: str) -> list[Block]:
    """The blocks of a way through the runbook: those of the script, or those that take its place."""
    return [
        block
        for block in blocks(text)
        if ALTERNATIVE not in block.code
        and ("rollout.sh" in block.code if way == "hand" else "The same by hand" in block.section)
        is False
    ]


def walk(one: Estate, found: list[Block]) -> None:
    """The steps in order; what is to be done on each node, once for each."""
    for _step, group in itertools.groupby(found, key=lambda b: (b.phase, b.section, b.step)):
        own = list(group)
        each_node = any(PLACE in b.code and "rollout.sh" not in b.code for b in own)
        for node in one.nodes.names if each_node else one.nodes.names[:1]:
            for block in own:
                run(one, block, node)


@pytest.mark.parametrize(
    ("sample", "way"),
    [(s, "script") for s in MOVING if s == SCRIPTED] + [(s, "hand") for s in MOVING],
)
def test_each_block_of_a_runbook_does_what_it_says(
    sample: str, way: str, plans: Path, tmp_path: Path
) -> None:
    out = planned(sample, plans)
    found = chosen((out / "runbook.md").read_text(), way)
    back = next(i for i, block in enumerate(found) if block.phase == "The way back")
    with estate(out, tmp_path / "c", "create", NODES[:2], ByHand) as one:
        said = programs(one, real=sample == "crio" and way == "hand")
        walk(one, found[:back])
        assert one.wrong("stage-2") == []
        assert one.types == {"multus-shim"}
        if sample == "crio" and way == "hand":
            assert "0 verify . --against -" in said
            assert {line.split()[0] for line in said} <= {"0", "1"}, said
        walk(one, found[back:])
        assert one.wrong("rollback/stage-2") == []
        assert one.types == {"multus"}


@pytest.mark.helm
def test_each_block_of_a_runbook_without_stages_does_what_it_says(tmp_path: Path) -> None:
    """RKE2's chart moves the nodes by its own strategy (M30): whoever upgrades the release applies the whole."""
    repo, out = ROOT / "samples" / "gitops" / "rke2-helmchartconfig", tmp_path / "out"
    words = ["plan", str(repo), "--node-files", str(repo / "nodes"), "-o", str(out)]
    assert migrate([*words, "-q", "--no-verify"]) == 0
    assert not (out / "rollout.sh").exists()
    found = list(blocks((out / "runbook.md").read_text()))
    steps = [block.step for block in found]
    applied, reverted = (
        steps.index("Watch the nodes move"),
        steps.index("Revert the change, have it applied, and watch the nodes move back"),
    )
    with estate(out, tmp_path / "c", "apply", NODES[:2], ByHand) as one:
        programs(one, real=False)
        walk(one, found[:applied])
        assert one.types == {"multus"}
        for folder, part, type_ in (
            (".", found[applied:reverted], "multus-shim"),
            ("rollback", found[reverted:], "multus"),
        ):
            one.api.apply(objects(out / folder), dry=False)
            walk(one, part)
            assert one.types == {type_}
            assert one.wrong(folder) == [
                f"rolled: {one.nodes.rolled}"
            ]  # as it says, and no other harm
        assert len(one.nodes.rolled) == 4


def test_every_block_is_on_one_way_or_the_other(plans: Path) -> None:
    for sample in MOVING:
        text = (planned(sample, plans) / "runbook.md").read_text()
        run_ones = {*chosen(text, "script"), *chosen(text, "hand")}
        left = [block.code for block in blocks(text) if block not in run_ones]
        assert all(ALTERNATIVE in code for code in left)
        assert len(run_ones) > 15


def real() -> list[Path]:
    """One manifest of each origin of which a plan moves the DaemonSet and nothing blocks."""
    found: dict[str, Path] = {}
    for path in corpus.manifests():
        origin = path.relative_to(corpus.ROOT).parts[0]
        data = path.read_bytes()
        if origin in found or b"DaemonSet" not in data or b"multus" not in data:
            continue
        plan = corpus.plan_of(path)
        if plan is not None and not plan.blockers and stages(plan):
            found[origin] = path
    return list(found.values())


@pytest.mark.corpus
@pytest.mark.xdist_group("corpus")
def test_each_block_of_real_runbooks_does_what_it_says(tmp_path: Path) -> None:
    played = 0
    for number, path in enumerate(real()):
        out = tmp_path / str(number) / "out"
        words = ["plan", str(path), "--target", "4.2.4", "-o", str(out), "-q", "--no-verify"]
        assert migrate(words) == 0
        found = chosen((out / "runbook.md").read_text(), "hand")
        back = next(i for i, block in enumerate(found) if block.phase == "The way back")
        with estate(out, tmp_path / str(number) / "c", "create", NODES[:1], ByHand) as one:
            programs(one, real=False)
            old = one.types
            walk(one, found[:back])
            assert (one.wrong("stage-2"), one.types) == ([], {"multus-shim"}), path
            walk(one, found[back:])
            assert (one.wrong("rollback/stage-2"), one.types) == ([], old), path
        played += 1
    assert played >= 5
