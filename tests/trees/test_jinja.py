"""Templates that are compiled beforehand print what their sources would."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, TemplateRuntimeError

from migrator.report import environment
from migrator.report.html import shell
from migrator.thick import blueprint
from migrator.trees import jinja
from migrator.trees.resources import templates_dir
from tests.cli.tools import migrator, tree

CACHES = (
    environment.markdown,
    environment.terminal,
    shell.pages,
    blueprint._environment,
    blueprint._parsed,
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates in a folder of their own, compiled."""
    folder = tmp_path_factory.mktemp("compiled") / "templates"
    shutil.copytree(templates_dir(), folder, ignore=shutil.ignore_patterns(jinja.COMPILED))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja, "templates_dir", lambda: folder)
        jinja.compile_all(folder / jinja.COMPILED)
    return folder


@pytest.fixture
def copied(compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same for one test, which may change them, and environments that know no others."""
    folder = tmp_path / "templates"
    shutil.copytree(compiled, folder)
    monkeypatch.setattr(jinja, "templates_dir", lambda: folder)
    for made in CACHES:
        made.cache_clear()
    yield folder
    for made in CACHES:
        made.cache_clear()


def _outputs(sample: Path, cwd: Path) -> tuple[dict[str, str], str, str]:
    """All files of a plan, its screen, and one of the formats for machines."""
    cwd.mkdir()
    inputs = (str(sample / "manifests"), "--node-files", str(sample / "nodes"))
    planned = migrator("plan", *inputs, "-o", "out", "--no-verify", cwd=cwd)
    checked = migrator("check", *inputs, "--format", "sarif", cwd=cwd)
    return tree(cwd / "out"), planned.out, checked.out


@pytest.mark.slow
@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("sample", ["v4.0-thin", "istio-empty-nad"])
def test_a_plan_is_the_same_to_the_byte(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: str
) -> None:
    folder = checkout / "samples" / sample
    with monkeypatch.context() as patch:
        patch.setattr(Environment, "compile", None)
        compiled = _outputs(folder, tmp_path / "compiled")
    for made in CACHES:
        made.cache_clear()
    monkeypatch.setattr(jinja, "COMPILED", "nowhere")
    assert _outputs(folder, tmp_path / "sources") == compiled


def test_each_template_is_compiled(copied: Path) -> None:
    sources = {path.name for path in copied.rglob("*.j2")}
    assert sources == {path.name for family in jinja.FAMILIES for path in jinja.sources(family)}
    modules = list((copied / jinja.COMPILED).rglob("*.py"))
    assert len(modules) == sum(len(jinja.sources(family)) for family in jinja.FAMILIES)


def test_a_template_that_changed_since_is_taken_from_its_source(copied: Path) -> None:
    (copied / "smoke" / "pod.yaml.j2").write_text("kind: {{ kind | tojson }}\n", encoding="utf-8")
    assert blueprint.fill("pod", kind="Changed") == {"kind": "Changed"}


def test_a_template_that_was_added_or_taken_away_makes_the_others_be_compiled_anew(
    copied: Path,
) -> None:
    before = jinja.compiled(jinja.TEXTS)
    assert before.is_dir()
    (copied / "report" / "new.txt.j2").write_text("", encoding="utf-8")
    added = jinja.compiled(jinja.TEXTS)
    assert not added.exists()
    (copied / "report" / "new.txt.j2").unlink()
    (copied / "report" / "verdict.j2").rename(copied / "report" / "another-verdict.j2")
    assert jinja.compiled(jinja.TEXTS) not in (before, added)


SHOUTED = jinja.Family(name="shouted", folders=("shouted",), endings=(".j2",), blocks_trimmed=False)


@pytest.fixture
def shouted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(jinja, "templates_dir", lambda: tmp_path)
    monkeypatch.setattr(jinja, "FAMILIES", (SHOUTED,))
    (tmp_path / "shouted").mkdir()
    return tmp_path / "shouted" / "a.j2"


def _shouting() -> Environment:
    filters = {"shout": lambda text: text.upper()}
    return jinja.environment(SHOUTED, filters, lambda value: f"<{value}>")


@pytest.mark.parametrize("compiled", [True, False])
def test_constants_too_go_through_the_filters_of_the_environment(
    shouted: Path, compiled: bool
) -> None:
    shouted.write_text("a {{ 'b' | shout }} {{ 'c' }} {{ d | shout | lower }}", encoding="utf-8")
    if compiled:
        jinja.compile_all(shouted.parent.parent / jinja.COMPILED)
    template = _shouting().get_template("a.j2")
    assert Path(template.filename or "").suffix == (".py" if compiled else ".j2")
    assert template.render(d="d") == "a <B> <c> <d>"


def test_a_filter_that_no_environment_has_is_an_error_when_it_is_used(shouted: Path) -> None:
    shouted.write_text("{{ a | whisper }}", encoding="utf-8")
    jinja.compile_all(shouted.parent.parent / jinja.COMPILED)
    with pytest.raises(TemplateRuntimeError, match="whisper"):
        _shouting().get_template("a.j2").render(a="a")


@pytest.mark.usefixtures("shouted")
def test_a_filter_of_jinja_is_not_replaced_unsaid() -> None:
    with pytest.raises(ValueError, match=r"shouted .*\['upper'\]"):
        jinja.environment(SHOUTED, {"upper": str}, str)
    with pytest.raises(ValueError, match=r"shouted .*\[\]"):
        jinja.environment(SHOUTED._replace(replaced=("upper",)), {"shout": str}, str)


@pytest.mark.usefixtures("shouted")
def test_what_is_printed_is_not_changed_unsaid() -> None:
    with pytest.raises(ValueError, match="shouted"):
        jinja.environment(SHOUTED, {})
    with pytest.raises(ValueError, match="shouted"):
        jinja.environment(SHOUTED._replace(finalized=False), {}, str)
