"""rollout.sh: when there is one, and what of an input gets into it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Final, get_args

import pytest
from msgspec.structs import replace

from migrator.report import formats, rollout_script, rollout_values
from migrator.report.method import Method
from migrator.report.rollouts import Rollout, Side, rollouts
from migrator.report.writer import Context
from tests.needs import give_up
from tests.report import hostile, plans
from tests.report.poison import poisoned

REST: Final = "# ---- From here on, the script is the same for each plan.\n"
SMOKE: Final = Context(files={"smoke-test/app--storage.yaml": ""})


def rollout() -> Rollout:
    (found,) = rollouts(plans.ready())
    return found


def test_a_plan_that_rolls_out_has_a_script() -> None:
    script = rollout_script.render(plans.ready(), SMOKE)
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "readonly -a NAMES=('kube-multus-ds')\n" in script
    assert "readonly -a SMOKE_FILES=('smoke-test/app--storage.yaml')\n" in script
    assert rollout_script.refusals(plans.ready(), SMOKE) == []


@pytest.mark.parametrize("make", [plans.blocked, plans.nothing], ids=["blocked", "nothing moves"])
def test_there_is_none_where_nothing_may_or_has_to_move(make: object) -> None:
    assert callable(make)
    made = formats.Reports(make()).files(Context())
    assert "rollout.sh" not in made
    assert "runbook.md" in made


def test_out_has_it() -> None:
    made = formats.Reports(plans.ready()).files(Context())
    assert made["rollout.sh"] == rollout_script.render(plans.ready())
    assert '"rollout.sh"' in made["plan.json"]
    assert "bash rollout.sh forward" in made["runbook.md"]


@pytest.mark.parametrize("method", get_args(Method))
def test_the_method_is_a_variable(method: Method) -> None:
    found = rollout_values.values([rollout()], "4.2.4", (), method)
    assert (found.method, found.release) == (method, "4.2.4")


def test_a_release_that_is_none_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no release"):
        rollout_values.values([rollout()], "$(id)", (), "kubectl")


HOSTILE: Final = (
    *(
        "$(touch owned)",
        "`id`",
        "a b",
        "a'b",
        'a"b',
        "a;b",
        "a|b",
        "a&b",
        "a>b",
        "*",
        "a\nb",
        "a\\b",
        "é",
    ),
    *("-x", "--", "../x", "/etc/../x", "${IFS}", "a$b", "a\0b", "\u202e", "x" * 5000),
)
TEXTS: Final = (
    *("name", "namespace", "selector", "container", "release", "image", "cni_dir", "cni_mount"),
    *("bin_dir", "primary", "copied_config"),
)
"""The fields that come from an input."""


def changed(field: str, value: str) -> Rollout:
    """The rollout with another value; the image is that of the new container."""
    if field == "image":
        return replace(rollout(), new=replace(rollout().new, image=value))
    return replace(rollout(), **{field: value})


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize("field", TEXTS)
def test_a_value_that_is_not_what_it_should_be_is_refused(field: str, value: str) -> None:
    assert rollout_values.refusals([changed(field, value)], ())


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:20])
def test_so_is_one_of_the_old_container(value: str) -> None:
    sides = (
        {"old": replace(rollout().old, image=value)},
        {
            "old": replace(
                rollout().old, limits=f'{{"memory": "{ascii(value)[1:-1]}"}}'.replace("\\", "")
            )
        },
    )
    if '"' not in value:
        assert rollout_values.refusals([replace(rollout(), **sides[1])], ())
    assert rollout_values.refusals([replace(rollout(), **sides[0])], ())


@pytest.mark.parametrize("value", [*HOSTILE, "x.yaml"], ids=lambda value: ascii(value)[:20])
def test_so_is_the_name_of_a_test_pod(value: str) -> None:
    path = f"smoke-test/{value}"
    assert bool(rollout_values.refusals([rollout()], [path])) == (value != "x.yaml")


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_a_plan_of_hostile_texts_has_no_script(text: str) -> None:
    plan = poisoned(text)
    assert rollout_script.refusals(plan)
    assert rollout_script.render(plan) == ""
    assert "rollout.sh" not in formats.Reports(plan).files(Context())


def test_what_is_refused_is_said_with_its_place() -> None:
    plan = plans.ready()
    (said,) = rollout_values.refusals([replace(rollout(), name="a b")], ())
    assert said == "the name 'a b' of 'a b' is none"
    assert rollout_script.refusals(plan) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", "registry.example:5000/a/multus-cni:v4.2.4-thick@sha256:" + "0" * 64),
        ("image", "localhost/multus"),
        ("selector", "app.kubernetes.io/name=multus,tier=node"),
        ("selector", "name="),
        ("cni_dir", "/var/snap/microk8s/current/args/cni-network"),
        ("release", "4.2.4-rc1"),
        ("primary", "10-calico.conflist"),
    ],
)
def test_what_is_usual_is_taken(field: str, value: str) -> None:
    assert rollout_values.refusals([changed(field, value)], ()) == []


def test_each_value_is_a_word_of_the_block_of_variables_and_nowhere_else() -> None:
    script = rollout_script.render(plans.ready(), SMOKE)
    block, rest = script.split(REST)
    for value in (
        rollout().name,
        rollout().new.image,
        rollout().cni_dir,
        "smoke-test/app--storage.yaml",
    ):
        assert value in shlex.split(block.replace("(", " ").replace(")", " "), comments=True)
        assert value not in rest


def test_limits_are_json(tmp_path: Path) -> None:
    old = Side(image="a", limits='{"memory":"50Mi","cpu":0.5}', no_args=True, no_command=True)
    assert rollout_values.refusals([replace(rollout(), old=old)], ()) == []


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sideways"],
        ["forward", "--frobnicate"],
        ["forward", "--nodes"],
        ["forward", "--nodes", "a b"],
        ["forward", "--nodes", "$(id)"],
        ["forward", "--nodes", "n1", "-l", "x=y"],
        ["forward", "-l", "-x"],
        ["forward", "--parallel", "0"],
        ["forward", "--timeout", "soon"],
        ["forward", "--smoke", "smoke-test/other.yaml"],
        ["forward", "--smoke-image", "a b"],
        ["forward", "n1"],
    ],
    ids=" ".join,
)
def test_what_is_not_known_is_64_and_asks_nothing(words: list[str], tmp_path: Path) -> None:
    done = started(tmp_path, *words)
    assert done.returncode == 64
    assert "rollout.sh -h" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("words", [["-h"], ["--help"], ["back", "-h"]], ids=" ".join)
def test_help(words: list[str], tmp_path: Path) -> None:
    done = started(tmp_path, *words)
    assert done.returncode == 0
    assert done.stdout.startswith("usage: bash ")


def test_the_state_file_is_not_in_out(tmp_path: Path) -> None:
    """OUT's files are owned and digested."""
    assert "STATE=${STATE:-$PWD.rollout}" in rollout_script.render(plans.ready())


def started(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("bash") is None:
        give_up("bash is not on PATH")
    (folder / "rollout.sh").write_text(rollout_script.render(plans.ready()), encoding="utf-8")
    command = ["bash", "rollout.sh", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
