"""How long a report takes to write, how large it is, and how soon a browser shows it, by the number of trials.

The trials are made by hand: four parameters, three rungs, a quarter of them pruned. Opening is timed in headless
Chromium, from the request to the end of the page's own scripts, and until the first figure is drawn. Full: 24, 1,000
and 10,000 trials, five times each. Short: once.

    python tests/benchmarks/report_time.py
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from common import median, or_form, parser, say, show, text, write

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from searches import searched, searched_trial  # noqa: E402 - found beside the tests

from sweep.analysis.study_analysis import Analysis  # noqa: E402
from sweep.errors import InputError  # noqa: E402
from sweep.report.html.page import report_page  # noqa: E402
from sweep.study.records import StudyRecord  # noqa: E402
from sweep.study.storage.folder import StudyFolder  # noqa: E402

TRIALS = (24, 1_000, 10_000)


def study(trials: int) -> StudyRecord:
    """A study of so many trials."""
    draw = random.Random(0)
    made = []
    for number in range(trials):
        first = draw.uniform(0.7, 0.9)
        last = None if number and draw.random() < 0.25 else first + draw.uniform(0.02, 0.09)
        params = {
            "filters_1": draw.choice((8, 16, 32)),
            "kernel_size": draw.choice((2, 3, 4)),
            "learning_rate": 10 ** draw.uniform(-4, -1),
            "batch_size": draw.choice((32, 64, 128)),
        }
        when = {"started": moment(20 * (number // 2)), "finished": moment(20 * (number // 2) + (20 if last else 2))}
        made.append(searched_trial(number, first, last, params=params, **when))
    return replace(searched({0: [0.9, 0.901, 0.899], 5: [0.94, 0.941, 0.939]}), trials=made)


def moment(seconds: float) -> str:
    return (datetime(2025, 1, 1) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def written(record: StudyRecord, folder: Path) -> tuple[float, Path]:
    """Seconds to write a study's report, and its path."""

    def no_data() -> Any:
        raise InputError("the data are not on this machine")

    began = time.perf_counter()
    page = report_page(Analysis(record), StudyFolder(folder, record.name), no_data)
    file = folder / f"{len(record.trials)}.html"
    file.write_text(page)
    return time.perf_counter() - began, file


def opened(browser: Any, file: Path) -> tuple[float, float]:
    """Seconds until a page is loaded, and until its first figure is drawn."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    began = time.perf_counter()
    page.goto(file.as_uri())
    loaded = time.perf_counter() - began
    page.wait_for_selector(".js-plotly-plot .main-svg")
    drawn = time.perf_counter() - began
    page.close()
    return loaded, drawn


def main() -> None:
    options = parser(__doc__).parse_args()
    from playwright.sync_api import sync_playwright

    times = or_form(None, short=options.short, full=5, brief=1)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for trials in TRIALS:
            record = study(trials)
            writes, opens = [], []
            for _ in range(times):
                seconds, file = written(record, Path(folder))
                writes.append(seconds)
                opens.append(opened(browser, file))
                say(f"{trials:,} trials: written in {seconds:.2f} s, opened in {opens[-1][1]:.2f} s")
            figures[str(trials)] = {"write": writes, "open": opens, "bytes": file.stat().st_size}
        browser.close()
    show(
        "Reports",
        ["trials", "written s", "MB", "loaded s", "first figure s"],
        [
            (
                f"{int(trials):,}",
                text(median(item["write"]), 2),
                text(item["bytes"] / 1e6, 1),
                text(median(loaded for loaded, _ in item["open"]), 2),
                text(median(drawn for _, drawn in item["open"]), 2),
            )
            for trials, item in figures.items()
        ],
    )
    write(options, "report_time", figures)


if __name__ == "__main__":
    main()
