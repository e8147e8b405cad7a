"""The report as one page."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from builders import NAME, hand_made_study, is_multi_objective, mixed_study, scored, study_by, trial_record
from hostile import hostile_study
from searches import BETTER, TIED, searched

from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.report.html.page import report_page
from sweep.report.html.plots import Plots
from sweep.report.html.sections import sections
from sweep.study.records import StudyRecord, read_study
from sweep.study.storage.folder import StudyFolder

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&<!--<b>$x$ %{y}\ud800\u202e\x1b]]>{{7*7}}"


class Outline(HTMLParser):
    """What a browser makes of a page: its tags, their attributes, its headings and ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.attributes |= set(values)
        self.links += [str(values[name]) for name in ("href", "src") if name in values]
        self.ids += [str(values["id"])] if "id" in values else []
        if values.get("role") == "img":
            self.images.append(values)


def no_data() -> Dataset:
    raise InputError("MNIST is not on this machine")


def page_of(study: StudyRecord, results: Path) -> str:
    return report_page(Analysis(study), StudyFolder(results, study.name), no_data)


def test_the_page_holds_all_it_needs_and_asks_nobody(tmp_path: Path) -> None:
    text = page_of(searched(BETTER), tmp_path)
    outline = Outline(text)
    assert all(link.startswith("#") for link in outline.links)
    assert {link[1:] for link in outline.links} <= set(outline.ids)
    assert len(set(outline.ids)) == len(outline.ids)
    assert "default-src 'none'" in unescape(text)
    assert len(text) < 5_500_000
    assert outline.tags.count("h1") == 1
    assert [tag for tag in outline.tags if tag in ("h1", "h2", "h3")][:2] == ["h1", "h2"]
    assert outline.tags.count("main") == 1


def test_every_figure_has_a_name_and_a_description(tmp_path: Path) -> None:
    outline = Outline(page_of(searched(BETTER), tmp_path))
    assert len(outline.images) == 11
    for image in outline.images:
        assert image["aria-label"]
        assert image["aria-describedby"] in outline.ids


def test_the_sections_stand_in_their_order(tmp_path: Path) -> None:
    parts = sections(Analysis(searched()), StudyFolder(tmp_path, "tiny"), no_data, Plots())
    assert [part.name for part in parts] == [
        *("answer", "cost", "board", "history", "curves", "trade-off", "importance", "parallel", "slices", "rungs"),
        *("timeline", "mistakes", "params", "model", "provenance"),
    ]


def test_hostile_text_makes_no_markup_wherever_it_comes_from(tmp_path: Path) -> None:
    plain = Outline(page_of(read_study(hostile_study(tmp_path / "a", "plain"), NAME), tmp_path / "a"))
    text = page_of(read_study(hostile_study(tmp_path / "b", HOSTILE), NAME), tmp_path / "b")
    outline = Outline(text)
    assert outline.tags == plain.tags
    assert outline.attributes == plain.attributes
    assert not {name for name in outline.attributes if name.startswith("on")}
    text.encode()
    data = json.loads(re.findall(r'id="figures-data">(.*?)</script>', text)[0])
    shown = json.dumps(data)
    assert "&lt;img" in shown  # harmless where plotly would make markup of it
    assert "<img" not in shown
    assert "$x$" not in shown


@pytest.mark.parametrize(
    "study",
    [
        hand_made_study(),
        hand_made_study(trial_record(0, "WAITING")),
        hand_made_study(trial_record(0, "RUNNING"), trial_record(1, "RUNNING")),
        hand_made_study(trial_record(0)),
        hand_made_study(trial_record(0, "FAIL", error="x"), trial_record(1, "FAIL", error="y")),
        hand_made_study(trial_record(0, "PRUNED"), trial_record(1)),
        is_multi_objective(trial_record(0), trial_record(1)),
        study_by(scored(0, 3.0), scored(1, float("inf"))),
        study_by(scored(0, float("nan"))),
        searched(TIED),
    ],
    ids=["empty", "waiting", "running", "one", "failed", "pruned", "several objectives", "infinite", "nan", "tied"],
)
def test_a_study_in_any_state_has_a_page_that_says_what_there_is(study: StudyRecord, tmp_path: Path) -> None:
    text = page_of(study, tmp_path)
    assert 'class="answer' in text
    json.loads(re.findall(r'id="figures-data">(.*?)</script>', text)[0])
    assert ("running" in text.partition("</header>")[0]) == any(trial.state == "RUNNING" for trial in study.trials)


def test_where_data_is_not_at_hand_it_says_so(tmp_path: Path) -> None:
    text = page_of(mixed_study(tmp_path), tmp_path)
    assert "Not shown: the labels that trial 1 predicted were not kept." in text
