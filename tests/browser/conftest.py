"""Headless Chromium, driven by playwright. A machine without them skips these tests, and says so;
CI has to have them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from migrator.model.plan import Plan
from migrator.report.html import page as html
from migrator.report.writer import Context
from tests.needs import give_up

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VERIFIED = "Verified: built with kustomize v5.5.0, and compared with the plan object by object."


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all tests of a process."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        give_up("no Chromium is installed")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("playwright is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield running
        running.close()


Tab = Callable[..., Any]


@pytest.fixture(scope="session")
def tab(browser: Any) -> Tab:
    """The tab of a context with these settings. It is opened once: each has processes of its own, whose start
    takes several times as long as a page."""

    @cache
    def opened(**settings: Any) -> Any:
        return browser.new_context(**settings).new_page()

    return opened


@dataclass
class Opened:
    """A page, and everything that it asked for or complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def open_page(tab: Tab, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Write the report of a plan, and open it from its file; ``settings`` are those of the context. What a test
    does to a tab ends with it: sizes and media are set anew, and the rest belongs to the page."""
    left = ExitStack()
    number = count()

    def opened(plan: Plan, width: int = 1280, scheme: str = "light", **settings: Any) -> Opened:
        page = tab(**settings)
        file = tmp_path / f"report-{next(number)}.html"
        file.write_text(html.render(plan, Context(verification=VERIFIED)), encoding="utf-8")
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media="null", color_scheme=scheme)
        result = Opened(page=page)
        left.callback(page.goto, "about:blank")
        for event, keep in (
            ("request", lambda request: result.requests.append(request.url)),
            ("console", lambda message: result.complaints.append(message.text)),
            ("pageerror", lambda error: result.complaints.append(str(error))),
        ):
            page.on(event, keep)
            left.callback(page.remove_listener, event, keep)
        page.goto(file.as_uri())
        return result

    with left:
        yield opened
