"""Every word of the reports of two small plans. To write them anew after a change that is meant:
``MIGRATOR_UPDATE_GOLDEN=1 pytest tests/report/test_golden.py``, then read the difference."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.model.plan import Plan
from migrator.report import formats
from migrator.report.writer import ALONE, Context
from tests.report import plans

GOLDEN = Path(__file__).parent / "golden"
VERIFIED = "Built with kustomize v5.5.0: 6 objects, as planned."


def _verified(plan: Plan) -> Context:
    files = {} if plan.blockers else {"smoke-test/default--lan.yaml": ""}
    return Context(out="out", verification="" if plan.blockers else VERIFIED, files=files)


WRITTEN: dict[str, Callable[[Plan], str]] = {
    "plan.txt": lambda plan: formats.Reports(plan).screen("plan", _verified(plan)),
    "check.txt": lambda plan: formats.Reports(plan).rendered("text", ALONE),
    "diff.txt": lambda plan: formats.Reports(plan).screen("diff", ALONE),
    "report.md": lambda plan: formats.Reports(plan).rendered("markdown", _verified(plan)),
    "runbook.md": lambda plan: formats.Reports(plan).rendered("runbook", _verified(plan)),
    "plan.json": lambda plan: formats.Reports(plan).rendered("json", ALONE),
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("make", [plans.ready, plans.blocked], ids=["ready", "blocked"])
def test_every_word_is_as_it_was_read(name: str, make: Callable[[], Plan]) -> None:
    text = WRITTEN[name](make())
    path = GOLDEN / f"{make.__name__}-{name}"
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WRITTEN)
def test_the_same_plan_gives_the_same_bytes(name: str) -> None:
    assert WRITTEN[name](plans.ready()) == WRITTEN[name](plans.ready())


@pytest.mark.parametrize(
    ("question", "answer", "shown"),
    [
        (
            "what changes?",
            "The image and the command of Multus, one new ConfigMap, a mount, and RBAC rights.",
            [
                "| image of `kube-multus`, `install-multus-binary` | `ghcr.io/k8snetworkplumbingwg/",
                "multus-cni:v4.0.2` | `ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.4-thick` |",
                "| `/usr/src/multus-cni/bin/multus-daemon` |",
                "| new `ConfigMap` |  | `kube-system/multus-daemon-config` |",
                "| mounts of `kube-multus` |  | added: `/hostroot` |",
                "| RBAC rights |  | added: `list, watch on pods` |",
            ],
        ),
        (
            "what may break?",
            "The network app/fast is another one afterwards, and Multus can reach all files of the node.",
            [
                "**What the new pods may do that the old could not:**",
                "- reach the whole file system of the node, mounted at `/hostroot`",
                "**Networks:** 1 of 3 unchanged; changed: `app/fast`",
            ],
        ),
        (
            "what must I do?",
            "One manual step, P04, and then what runbook.md says.",
            [
                "## Manual steps",
                "- **P04** Title of P04",
                "  - **Do:** remedy",
                "Roll out as `runbook.md` says.",
            ],
        ),
        (
            "is it verified?",
            "Yes: it was built, and six objects are as planned; one setting was not understood.",
            [
                "1 manual step, 1 unrecognised setting.** Built with kustomize v5.5.0",
                "## Unrecognised settings (dropped)",
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith("?") else "",
)
def test_who_never_saw_multus_has_the_answer_on_the_first_screen(
    question: str, answer: str, shown: list[str]
) -> None:
    """The first 40 lines of report.md say ``answer``; those of the terminal are in test_terminal.py,
    and those of a sample in tests/plan/test_samples.py."""
    first = (GOLDEN / "ready-report.md").read_text(encoding="utf-8").splitlines()[:40]
    for words in shown:
        assert any(words in line for line in first), f"{question} {answer}"
