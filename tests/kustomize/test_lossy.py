"""What is refused is what the real kustomize changes or cannot build, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.kustomize.emit import emit
from migrator.kustomize.lossy import refuse_lossy
from migrator.model.errors import MigratorError
from migrator.model.plan import Planned
from tests.kustomize.plans import built, built_each, changed, document, plan_of, unchanged, write

NAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  name: lan
  namespace: default
spec:
  x: {value}
"""
KEPT = [
    '"a\\u2028b"',
    '"a\\u202eb"',
    '"\\e[1m"',
    '"a\\0b"',
    '"\\ufeffa"',
    '"\\u00a0"',
    "true",
    "1.5",
]
LOST = ['"a\\x85b"', '"a\\x7fb"', '"a\\x9bb"', '{"a\\x9bb": 1}', '[["a\\x85b"]]']
NUMBERS = {
    "9007199254740992": (True, True),
    "9007199254740993": (True, False),
    "-9007199254740993": (True, False),
    "9007199254740994": (True, True),
    "18446744073709551615": (True, False),
    "18446744073709551616": (True, True),
    "18446744073709551617": (True, True),
    "-9223372036854775809": (True, True),
}
"""Whether it is kept where nothing is patched, and where the object is."""


def _planned(value: str, *, patched: bool) -> Planned:
    found = document(NAD.format(value=value))
    return changed(found, {"metadata.labels": {"a": "b"}}) if patched else unchanged(found)


def _cases() -> list[tuple[str, bool, bool]]:
    texts = [(v, patched, v in KEPT) for v in (*KEPT, *LOST) for patched in (False, True)]
    return [*texts, *((v, p, kept[p]) for v, kept in NUMBERS.items() for p in (False, True))]


CASES = _cases()


def _written(folder: Path, value: str, *, patched: bool) -> Path:
    """OUT of what is refused, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("migrator.kustomize.emit.refuse_lossy", lambda _: None)
        return write(folder, emit(plan_of(_planned(value, patched=patched))))


@pytest.fixture(scope="module")
def kept_ones(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], Any]:
    """The objects of what builds, by case: all in one build."""
    cases = [(value, patched) for value, patched, kept in CASES if kept]
    outs = [_written(tmp_path_factory.mktemp("kept"), v, patched=p) for v, p in cases]
    return dict(zip(cases, built_each(outs), strict=True))


@pytest.mark.kustomize
@pytest.mark.parametrize(("value", "patched"), [case[:2] for case in CASES if case[2]])
def test_what_is_kept_is_not_refused(
    kept_ones: dict[tuple[str, bool], Any], value: str, patched: bool
) -> None:
    planned = _planned(value, patched=patched)
    refuse_lossy(planned)
    assert kept_ones[value, patched][planned.ref]["spec"] == planned.desired["spec"]


@pytest.mark.kustomize
@pytest.mark.parametrize(("value", "patched"), [case[:2] for case in CASES if not case[2]])
def test_it_is_refused_where_the_build_is_another_object(
    tmp_path: Path, value: str, patched: bool
) -> None:
    """Or where there is none."""
    planned = _planned(value, patched=patched)
    with pytest.raises(MigratorError, match=r"NetworkAttachmentDefinition default/lan: spec\.x"):
        refuse_lossy(planned)
    out = _written(tmp_path, value, patched=patched)
    try:
        found = built(out)
    except MigratorError:
        return
    assert found[planned.ref]["spec"] != planned.desired["spec"]


def test_the_line_of_the_value_is_told() -> None:
    with pytest.raises(MigratorError) as error:
        emit(plan_of(_planned('"a\\x85b"', patched=False)))
    assert error.value.source is not None
    assert (error.value.source.line, "U+0085" in error.value.message) == (7, True)


@pytest.mark.kustomize
def test_an_object_without_a_name_is_refused_as_kustomize_does(tmp_path: Path) -> None:
    text = NAD.format(value="a").replace("  name:", "  generateName:")
    (tmp_path / "nad.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("resources: [nad.yaml]\n", encoding="utf-8")
    with pytest.raises(MigratorError, match=r"missing metadata\.name"):
        built(tmp_path)
    with pytest.raises(MigratorError, match="without a name") as error:
        refuse_lossy(unchanged(document(text)))
    assert error.value.source is not None
    assert error.value.source.line == 3
