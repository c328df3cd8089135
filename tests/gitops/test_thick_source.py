"""A Flux source of upstream's repository becomes that of the thick manifest."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.gitops.thick_source import changes_of, thick_source
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING
from migrator.read.upstream import THICK, THIN

ONLY = "# thin\n/*\n!/deployments/multus-daemonset.yml\n"
CRIO = "deployments/multus-daemonset-crio.yml"


def source(ref: Any = None, ignore: str = ONLY) -> dict[str, Any]:
    ref = {"tag": "v4.1.4"} if ref is None else ref
    return {
        "spec": {"url": "https://git.example/x", "ignore": ignore, **({"ref": ref} if ref else {})}
    }


@pytest.mark.parametrize(
    ("ref", "after"),
    [
        ({"tag": "v4.1.4"}, {"tag": "v4.2.4"}),
        ({"branch": "master"}, {"tag": "v4.2.4"}),
        ({"branch": "master", "tag": "v4.1.4"}, {"tag": "v4.2.4"}),
        ({}, {"tag": "v4.2.4"}),
        ({"name": "refs/tags/v4.1.4"}, {"name": "refs/tags/v4.2.4"}),
        ({"name": "refs/heads/master", "branch": "a"}, {"name": "refs/tags/v4.2.4", "branch": "a"}),
    ],
)
def test_the_ref_is_the_tag_of_the_release(ref: Any, after: Any) -> None:
    assert thick_source(source(ref), THIN, "v4.2.4")["spec"]["ref"] == after


@pytest.mark.parametrize(
    ("ignore", "file", "after"),
    [
        (ONLY, THIN, "# thin\n/*\n!/deployments/multus-daemonset-thick.yml\n"),
        (
            "/*\n!deployments/multus-daemonset-crio.yml  ",
            CRIO,
            "/*\n!deployments/multus-daemonset-thick.yml  ",
        ),
        ("*\n!multus-daemonset.yml", THIN, "*\n!multus-daemonset-thick.yml"),
        (
            "/*\n!/deployments/multus-daemonset-thick.yml",
            THICK,
            "/*\n!/deployments/multus-daemonset-thick.yml",
        ),
    ],
)
def test_the_thick_manifest_is_kept_in_its_place(ignore: str, file: str, after: str) -> None:
    assert thick_source(source(ignore=ignore), file, "v4.2.4")["spec"]["ignore"] == after


@pytest.mark.parametrize(
    ("given", "file", "message"),
    [
        (source({"commit": "0a" * 20}), THIN, "is the commit 0a0a0a0a0a0a, of which no release"),
        (
            source(ignore="/*\n!/deployments/multus-daemonset.y*l"),
            THIN,
            "does not name multus-daemonset.yml",
        ),
        (
            source(ignore=f"{ONLY}!/*/multus-daemonset.y?l"),
            THIN,
            "does not name multus-daemonset.yml",
        ),
        (
            source(ignore="/*\n!/images/multus-daemonset.yml"),
            "images/multus-daemonset.yml",
            "no thick manifest",
        ),
    ],
)
def test_what_cannot_be_swapped_is_refused(given: Any, file: str, message: str) -> None:
    with pytest.raises(MigratorError, match=message):
        thick_source(given, file, "v4.2.4")


def test_only_what_differs_is_a_change() -> None:
    before = source()
    after = thick_source(before, THIN, "v4.2.4")
    assert [path for path, _, _ in changes_of(before, after)] == [
        ("spec", "ref", "tag"),
        ("spec", "ignore"),
    ]
    assert changes_of(after, after) == ()
    without = source({})
    (ref, _) = changes_of(without, thick_source(without, THIN, "v4.2.4"))
    assert ref == (("spec", "ref"), MISSING, {"tag": "v4.2.4"})
    empty: dict[str, Any] = {"spec": {**without["spec"], "ref": None}}
    (ref, _) = changes_of(empty, thick_source(empty, THIN, "v4.2.4"))
    assert ref == (("spec", "ref"), None, {"tag": "v4.2.4"})
    moving = source({"branch": "master"})
    fields = changes_of(moving, thick_source(moving, THIN, "v4.2.4"))
    assert [path[2:] for path, _, _ in fields] == [("tag",), ("branch",), ()]
