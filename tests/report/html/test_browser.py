"""The report in a real browser: it asks nobody, says nothing on the console, is accessible, and works by keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from searches import BETTER, searched

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.html.page import report_page
from sweep.study.storage.folder import StudyFolder

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
pytestmark = [pytest.mark.sweep, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def no_data() -> Any:
        raise InputError("the data are not on this machine")

    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(report_page(Analysis(searched(BETTER)), StudyFolder(file.parent, "tiny"), no_data))
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_it_asks_nobody_and_everyone_can_read_it(browser: Any, report: Path, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    messages: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(report.as_uri())
    for plot in page.locator(".plot").all():  # drawn when it comes near the view: one that is jumped over is not
        plot.scroll_into_view_if_needed()
        page.wait_for_selector(f"#{plot.get_attribute('id')}.js-plotly-plot")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    violations = axe.Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(item["id"], [node["html"][:200] for node in item["nodes"]]) for item in violations] == []
    assert messages == []
    assert requests == [report.as_uri()]
    page.close()


def test_the_board_is_sorted_and_filtered_by_keyboard(browser: Any, report: Path) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(report.as_uri())
    trials = "Array.from(document.querySelectorAll('#board-table tbody tr')).map(row => Number(row.dataset.trial))"
    by_rank = page.evaluate(trials)
    header = page.locator("#board-table th button", has_text="trial").first
    header.focus()
    page.keyboard.press("Enter")
    assert page.evaluate(trials) == sorted(by_rank) != by_rank
    assert header.locator("xpath=..").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert page.evaluate(trials) == sorted(by_rank, reverse=True)
    page.locator("#filter").focus()
    page.keyboard.type("state=PRUNED")
    page.wait_for_selector("#board-table tbody tr:nth-child(3)", state="detached")
    assert page.locator("#count").inner_text().startswith("2 of ")
    page.close()


def test_the_filter_takes_what_is_shown_and_says_why_nothing_is_left(browser: Any, report: Path) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(report.as_uri())
    for typed, says in (
        ("val_accuracy>90.5", "3 of 9 trials"),
        ("val_accuracy >= 95.00", "1 of 9 trials"),
        ("depth>3", "0 of 9 trials: no column is called depth"),
        ("val_accuracy>high", "0 of 9 trials: high is no number"),
        ("nothing-has-this", "0 of 9 trials: none matches the filter"),
        ("", "9 of 9 trials"),
    ):
        page.fill("#filter", typed)
        assert page.locator("#count").inner_text() == says
    menu = page.locator(".menu")
    menu.locator("summary").click()
    assert menu.locator("fieldset").evaluate("items => items.scrollWidth <= items.clientWidth")
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    page.close()
