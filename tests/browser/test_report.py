"""report.html in a real browser: quiet, usable with and without its script, and readable by all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.model.plan import Plan
from tests import builders
from tests.browser import modules
from tests.browser.conftest import Opened
from tests.report import hostile, plans
from tests.report.poison import poisoned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]  # which is started once

Open = Callable[..., Opened]

PLANS: dict[str, Callable[[], Plan]] = {
    "ready": plans.ready,
    "blocked": plans.blocked,
    "nothing": plans.nothing,
    "hostile": lambda: poisoned(hostile.TEXTS["HTML"] * 3, blocked=True),
}
EVERY = pytest.mark.parametrize("make", PLANS.values(), ids=PLANS)
UNFOLD = "document.querySelectorAll('details').forEach(fold => { fold.open = true; })"


def many() -> Plan:
    """More objects and networks than are shown unfolded."""
    (nad,) = builders.documents(plans.NAD)
    objects, attachments = [], []
    for number in range(320):
        ref = replace(nad.ref, name=f"net-{number}", namespace=f"team-{number % 4}")
        document = replace(nad, ref=ref)
        change = plans.changed(
            document, ("spec", "config"), f'{{"n": {number}}}', "asked for", "S15"
        )
        objects.append(plans.planned(document, change))
        verdict = "broken" if number == 7 else "equal"
        attachments.append(plans.attachment(f"team-{number % 4}/net-{number}", verdict))
    known = plans.ready()
    return replace(known, objects=(*known.objects, *objects), attachments=tuple(attachments))


def long_names() -> Plan:
    """An install and networks whose every name and path is as long as Kubernetes allows."""
    long = "very-long-name-" * 4
    install = plans.INSTALL[0].replace("path: /", f"path: /{long}/{long}/")
    install = install.replace("kube-multus", long[:60])
    daemonset, *_ = builders.documents(install)
    rows = tuple(
        plans.attachment(f"{long}/{long}{n}", workload=replace(daemonset.ref, name=f"{long}{n}"))
        for n in range(20)
    )
    return replace(plans.plan(plans.planned(daemonset), texts=(install,)), attachments=rows)


def shown(page: Any, of: str) -> str:
    return str(page.locator(f"form[data-filter='{of}-list'] .shown").text_content())


def control(page: Any, of: str, by: str) -> Any:
    return page.locator(f"form[data-filter='{of}-list'] [data-by='{by}']")


def settled(page: Any, of: str, text: str) -> None:
    """Wait until the filter has counted to this."""
    page.wait_for_function(
        "([of, text]) => document.querySelector(`form[data-filter='${of}-list'] .shown`)"
        ".textContent === text",
        arg=[of, text],
        timeout=10_000,
    )


@EVERY
def test_it_asks_for_nothing_and_says_nothing(open_page: Open, make: Callable[[], Plan]) -> None:
    opened = open_page(make())
    opened.page.evaluate(UNFOLD)
    opened.page.wait_for_timeout(100)
    assert opened.complaints == []
    assert [url.partition(":")[0] for url in opened.requests] == ["file"]


def test_a_foreign_script_and_style_do_not_run(open_page: Open) -> None:
    """The policy holds in the browser: this is what an escape that was forgotten would meet."""
    page = open_page(plans.ready()).page
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.hacked = true";
            const style = document.createElement("style");
            style.textContent = "h1 { display: none }";
            document.body.append(script, style);
            const image = document.createElement("div");
            image.innerHTML = "<img src=x onerror='window.hacked = true'>";
            document.body.append(image);
        }"""
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    assert page.locator("h1").is_visible()


@pytest.mark.parametrize("make", [*PLANS.values(), long_names, many], ids=[*PLANS, "long", "many"])
@pytest.mark.parametrize("width", [375, 1280])
def test_the_page_never_scrolls_sideways(
    open_page: Open, width: int, make: Callable[[], Plan]
) -> None:
    page = open_page(make(), width=width).page
    for script in ("0", UNFOLD):
        page.evaluate(script)
        widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1]


@EVERY
def test_axe_finds_no_serious_violation(open_page: Open, make: Callable[[], Plan]) -> None:
    """On a phone and a desk, by day and by night: colours hang on the scheme, the rest on width."""
    page = open_page(make(), bypass_csp=True).page
    page.evaluate(UNFOLD)
    page.evaluate(modules.read(modules.AXE))
    for width, scheme in ((1280, "light"), (375, "light"), (375, "dark"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        only = "" if scheme == "light" else ", runOnly: ['color-contrast', 'link-in-text-block']"
        found = page.evaluate(f"axe.run(document, {{resultTypes: ['violations']{only}}})")
        assert [
            (violation["id"], width, scheme, [node["html"] for node in violation["nodes"]][:3])
            for violation in found["violations"]
            if violation["impact"] in ("serious", "critical")
        ] == []


OUTSIDE = """() => [...document.querySelectorAll("svg.node text, .matrix svg text")].filter(text => {
    const outer = text.ownerSVGElement.getBoundingClientRect();
    const inner = text.getBoundingClientRect();
    return inner.left < outer.left || inner.right > outer.right
        || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
}).map(text => text.textContent)"""
OVERLAPPING = """() => [...document.querySelectorAll("svg.node")].flatMap(svg => {
    const boxes = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBBox()]);
    return boxes.flatMap(([one, a], index) => boxes.slice(index + 1).filter(([other, b]) =>
        a.x < b.x + b.width - 1 && b.x < a.x + a.width - 1
        && a.y < b.y + b.height - 3 && b.y < a.y + a.height - 3
    ).map(([other]) => [one, other]));
})"""


@pytest.mark.parametrize("make", [*PLANS.values(), long_names, many], ids=[*PLANS, "long", "many"])
def test_words_of_a_picture_stand_inside_of_it_and_apart(
    open_page: Open, make: Callable[[], Plan]
) -> None:
    page = open_page(make()).page
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(OVERLAPPING) == []


def test_objects_are_filtered_by_kind_namespace_severity_change_and_text(open_page: Open) -> None:
    page = open_page(plans.ready()).page
    assert shown(page, "objects") == "6 of 6 objects"
    control(page, "objects", "kind").select_option("ConfigMap")
    settled(page, "objects", "2 of 6 objects")
    control(page, "objects", "text").fill("MULTUSmasterCNI")
    settled(page, "objects", "1 of 6 objects")
    visible = page.locator("#objects-list [data-item]:visible")
    assert visible.count() == 1
    assert "multus-daemon-config" in visible.text_content()
    control(page, "objects", "text").fill("")
    control(page, "objects", "kind").select_option("")
    control(page, "objects", "namespace").select_option("app")
    settled(page, "objects", "1 of 6 objects")
    control(page, "objects", "namespace").select_option("")
    control(page, "objects", "changed").check()
    settled(page, "objects", "5 of 6 objects")
    control(page, "objects", "changed").uncheck()
    control(page, "objects", "severity").select_option("blocker")
    settled(page, "objects", "0 of 6 objects")


def test_severities_are_those_of_the_objects_own_findings(open_page: Open) -> None:
    (daemonset, *_) = builders.documents(*plans.INSTALL)
    known = plans.blocked()
    owned = replace(known.findings[0], object=daemonset.ref)
    page = open_page(replace(known, findings=(owned, *known.findings[1:]))).page
    control(page, "objects", "severity").select_option("blocker")
    settled(page, "objects", "1 of 6 objects")
    visible = page.locator("#objects-list [data-item]:visible")
    assert "kube-multus-ds" in visible.locator("summary").first.text_content()


def test_networks_are_filtered_by_verdict_and_by_workload(open_page: Open) -> None:
    page = open_page(plans.ready()).page
    control(page, "networks", "verdict").select_option("changed")
    settled(page, "networks", "1 of 3 networks")
    assert page.locator("#network-app-fast").is_visible()
    assert not page.locator("#network-app-storage").is_visible()
    control(page, "networks", "verdict").select_option("")
    control(page, "networks", "text").fill("deployment app/web")
    settled(page, "networks", "3 of 3 networks")


def test_a_large_plan_loads_folded_and_a_filter_unfolds_what_is_left(open_page: Open) -> None:
    page = open_page(many()).page
    groups = page.locator("#networks-list > details")
    assert groups.count() == 4
    assert page.locator("#networks-list [data-item]:visible").count() == 0
    control(page, "networks", "text").fill("net-77")
    settled(page, "networks", "1 of 320 networks")
    assert page.locator("#networks-list [data-item]:visible").count() == 1
    assert page.locator("#networks-list > details:visible [data-count]").all_text_contents() == [
        "1"
    ]
    control(page, "networks", "text").fill("")
    settled(page, "networks", "320 of 320 networks")
    assert page.locator("#networks-list [data-item]:visible").count() == 0
    control(page, "networks", "verdict").select_option("broken")
    settled(page, "networks", "1 of 320 networks")
    assert (
        page.locator("#networks-list [data-item]:visible").text_content().startswith("team-3/net-7")
    )


def test_objects_that_change_alike_are_found_in_their_group(open_page: Open) -> None:
    page = open_page(many()).page
    control(page, "objects", "text").fill("team-2/net-42")
    settled(page, "objects", "1 of 326 objects")
    item = page.locator("#objects-list [data-item]:visible")
    assert item.count() == 1
    item.locator("summary").first.click()
    assert item.locator("pre").first.is_visible()


def test_everything_can_be_folded_and_unfolded(open_page: Open) -> None:
    page = open_page(plans.ready()).page
    form = page.locator("form[data-filter='objects-list']")
    items = "[...document.querySelectorAll('#objects-list [data-item]')].map(item => item.open)"
    form.get_by_role("button", name="Unfold", exact=True).click()
    assert page.evaluate(items) == [True] * 6
    form.get_by_role("button", name="Fold", exact=True).click()
    assert page.evaluate(items) == [False] * 6


def test_a_link_unfolds_what_it_leads_to(open_page: Open) -> None:
    page = open_page(many()).page
    target = page.locator("#object-networkattachmentdefinition-team-1-net-201")
    assert not target.is_visible()
    page.evaluate("location.hash = 'object-networkattachmentdefinition-team-1-net-201'")
    target.wait_for(state="visible")
    assert target.evaluate("element => element.open")


def test_a_broken_hash_is_no_error(open_page: Open) -> None:
    opened = open_page(plans.ready())
    opened.page.evaluate("location.hash = '%E0%A4%A'")
    opened.page.wait_for_timeout(100)
    assert opened.complaints == []


@EVERY
def test_without_its_script_everything_is_there(open_page: Open, make: Callable[[], Plan]) -> None:
    plan = make()
    without, with_ = open_page(plan, java_script_enabled=False).page, open_page(plan).page
    assert without.locator("form").evaluate_all("forms => forms.every(form => form.hidden)")
    assert (
        without.locator("details[data-item]").count() == with_.locator("details[data-item]").count()
    )
    for name in ("verdict", "todo-h", "objects-h"):
        assert without.locator(f"#{name}").is_visible()
    summary = without.locator("#objects-list > details > summary").first
    summary.click()
    assert without.locator("#objects-list > details").first.evaluate("fold => fold.open")


def test_the_keyboard_reaches_the_report_and_opens_a_fold(open_page: Open) -> None:
    page = open_page(plans.ready()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#objects-list > details > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#objects-list > details").first.evaluate("fold => fold.open")


def test_the_page_follows_the_colour_scheme(open_page: Open) -> None:
    colours = [
        open_page(plans.ready(), scheme=scheme).page.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    ]
    assert colours == ["rgb(255, 255, 255)", "rgb(20, 24, 29)"]


def test_print_shows_what_is_folded_and_hides_what_cannot_be_used(open_page: Open) -> None:
    page = open_page(plans.ready()).page
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator("form").first.is_visible()
    assert page.locator("#objects-list pre").first.is_visible()


def test_a_small_plan_prints_on_few_pages(open_page: Open) -> None:
    """Nobody passes on twelve pages of three objects."""
    printed = open_page(plans.ready()).page.pdf(format="A4")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) <= 5


def test_print_leaves_a_large_plan_folded(open_page: Open) -> None:
    page = open_page(many()).page
    page.emulate_media(media="print")
    assert page.locator("#objects-list .bundle pre:visible").count() == 0
