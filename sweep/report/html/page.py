"""The report as one page: everything it needs is in it, and it asks no network for anything."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from plotly.offline import get_plotlyjs

from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.report.html.markup import Markup, element, script_data
from sweep.report.html.plots import Plots
from sweep.report.html.sections import Section, sections
from sweep.study.records import StudyRecord
from sweep.study.storage.folder import StudyFolder

SCRIPTS = ("theme.js", "figures.js", "board.js")


def report_page(analysis: Analysis, folder: StudyFolder, data: Callable[[], Dataset]) -> str:
    """A study's report as HTML.

    Args:
        analysis: the analysis of the study.
        folder: the study's folder.
        data: finds the study's data; it may raise `InputError`.
    """
    study, plots = analysis.study, Plots()
    parts = sections(analysis, folder, data, plots)
    style = _asset("style.css")
    scripts = [get_plotlyjs(), *map(_asset, SCRIPTS)]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{study.name}: sweep report"),
        element("style", Markup(style)),
    )
    body = element(
        "body",
        element("a", "Skip to the answer", href="#answer", class_="skip"),
        _top(study),
        element("div", _contents(parts), element("main", *map(_section, parts)), class_="frame"),
        script_data("figures-data", plots.json),
        *(element("script", Markup(script)) for script in scripts),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _top(study: StudyRecord) -> Markup:
    running = sum(trial.state == "RUNNING" for trial in study.trials)
    facts = [
        f"on {study.definition.dataset}",
        f"by {' and '.join(study.definition.directions)}",
        f"{len(study.trials):,} trials" + (f", {running:,} of them running" if running else ""),
        f"written {datetime.now():%Y-%m-%d %H:%M}",
    ]
    theme = element("button", "Dark", type="button", id="theme", aria_pressed="false")
    title = element("div", element("p", "sweep report", class_="kicker"), element("h1", study.name))
    return element("header", title, element("p", " · ".join(facts), class_="quiet"), theme, class_="top")


def _contents(parts: list[Section]) -> Markup:
    links = (element("li", element("a", part.short, href=f"#{part.name}")) for part in parts)
    return element("nav", element("ul", *links), class_="contents", aria_label="Sections")


def _section(part: Section) -> Markup:
    heading = element("h2", part.title, id=f"{part.name}-title")
    return element("section", heading, part.content, id=part.name, aria_labelledby=f"{part.name}-title", tabindex="-1")


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text()


def _policy(scripts: list[str]) -> str:
    """What the browser lets the page do: run and apply what was written here, and ask nobody for anything."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    # plotly sets styles of its own, so that those can't be told by their hash.
    allowed = f"script-src {hashes}; style-src 'unsafe-inline'; img-src data:"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
