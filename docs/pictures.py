"""Makes the pictures of the documentation from a study: `python docs/pictures.py STUDY [--results DIR]`.

It takes the report of the study in headless Chromium: wide and light, wide and dark, and as a phone shows it. It needs
playwright (`pip install -e '.[test]'`) and Chromium.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import sweep

PICTURES = Path(__file__).parent / "pictures"
SHOTS = {"report-light": (1200, 840, "light"), "report-dark": (1200, 840, "dark"), "report-phone": (390, 840, "light")}
"""Width and height in pixels, and the colours, by the name of the picture."""


def main() -> None:
    """Write the pictures beside this file."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation from a study.")
    parser.add_argument("study", help="name of a finished study")
    parser.add_argument("--results", default="results", help="the results folder; default: results")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium must be installed, such as Debian's package chromium")
    report = sweep.load(options.study, options.results).report()
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in SHOTS:
            shoot(browser, report, name)
        browser.close()


def shoot(browser: Browser, report: Path, name: str) -> None:
    """Write one picture of the top of a report."""
    width, height, scheme = SHOTS[name]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(report.absolute().as_uri())
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.screenshot(path=PICTURES / f"{name}.png")
    page.close()


if __name__ == "__main__":
    main()
