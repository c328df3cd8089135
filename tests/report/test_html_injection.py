"""Whatever a manifest holds, the page has our elements, our script, and text that can be seen."""

from __future__ import annotations

from functools import cache

import pytest

from migrator.report.html import page as html
from migrator.report.safe import visible
from tests.report import hostile, pages, plans
from tests.report.poison import poisoned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("html-injection")]

TEXTS = pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
BLOCKED = pytest.mark.parametrize("blocked", [False, True], ids=["ready", "blocked"])

URLS = frozenset({"href", "src", "srcset", "action", "formaction", "data", "poster", "xlink:href"})


def shapes(page: pages.Element) -> set[tuple[str, ...]]:
    """Each element's tag and the names of its attributes."""
    return {(e.tag, *sorted(e.attributes)) for e in page.walk()}


@cache
def page_of(text: str, blocked: bool = False) -> str:
    """The page of a plan that holds the text wherever an input can put it."""
    return html.render(poisoned(text, blocked=blocked))


@cache
def read_page_of(text: str, blocked: bool = False) -> pages.Element:
    return pages.read(page_of(text, blocked))


@cache
def ours() -> set[tuple[str, ...]]:
    """What our own templates make of harmless plans, of one line and of several."""
    harmless = [plans.ready(), plans.blocked(), poisoned("plain"), poisoned("a\nb\nc")]
    harmless.append(poisoned("plain", blocked=True))
    return {shape for plan in harmless for shape in shapes(pages.read(html.render(plan)))}


@TEXTS
@BLOCKED
def test_a_text_makes_no_element_and_no_attribute(blocked: bool, text: str) -> None:
    assert shapes(read_page_of(text, blocked)) <= ours()


@TEXTS
@BLOCKED
def test_links_lead_into_the_page(blocked: bool, text: str) -> None:
    found = read_page_of(text, blocked)
    ids = {e.attributes["id"] for e in found.walk() if "id" in e.attributes}
    for element in found.walk():
        for name in URLS & set(element.attributes):
            target = element.attributes[name]
            assert target[:1] == "#"
            assert target[1:] in ids


@TEXTS
@BLOCKED
def test_the_policy_names_the_only_script_and_style(blocked: bool, text: str) -> None:
    ours = read_page_of("plain")
    found = read_page_of(text, blocked)
    for tag in ("script", "style"):
        assert found.one(tag).text == ours.one(tag).text
    policies = [m.attributes for m in found.all("meta", http_equiv="Content-Security-Policy")]
    assert policies == [ours.one("meta", http_equiv="Content-Security-Policy").attributes]


@TEXTS
@BLOCKED
def test_hidden_characters_can_be_seen(blocked: bool, text: str) -> None:
    for line in set(page_of(text, blocked).split("\n")):
        assert visible(line) == line


def test_templates_in_a_manifest_are_not_run() -> None:
    shown = html.render(poisoned("{{ 7 * 7 }}"))
    assert "{{ 7 * 7 }}" in shown
    assert ">49<" not in shown


def test_a_text_is_shown_as_it_is() -> None:
    text = hostile.TEXTS["HTML"]
    found = pages.read(html.render(poisoned(text)))
    assert found.text.count(text) > 20
