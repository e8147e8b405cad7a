"""Every text that can come from outside, in every file: it reads back as it was, or as it is spelt, and is no markup.

The texts and where they come from are in `hostile.py`; what a terminal gets of them is in `test_texts.py`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pytest
from builders import NAME, opened
from commands import printed, sweep
from hostile import ANYWHERE, RECORD, hostile_dataset
from markdown_it import MarkdownIt
from observers import Heard

from sweep.execution.driver import Driver
from sweep.execution.log import LOGGER, study_log
from sweep.execution.results import write_results
from sweep.sanitize import FORMULA_STARTS, csv_cell, one_line
from sweep.study.provenance import write_run_json
from sweep.study.records import read_study
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import Failure

pytestmark = pytest.mark.faults


def encodable(text: str) -> str:
    """What a text is in a file in UTF-8, which can't hold a lone surrogate."""
    return text.encode(errors="backslashreplace").decode()


def rows_of(frame: pd.DataFrame, text: str, spelt: Callable[[str], str]) -> Iterator[tuple[str, Any, str]]:
    """Where the text must stand in a board, what stands there, and what it must be there."""
    by_trial = frame.set_index(frame["trial"].astype(int))
    for number in range(3):
        for name in ANYWHERE:
            if (name == "error") == (number == 2) and not (name == "node" and number == 2):
                yield name, by_trial[name][number], spelt(text)
    assert spelt(text) in frame.columns


def test_csv_reads_back_as_it_was_and_holds_no_formula(hostile_results: Path, text: str, tmp_path: Path) -> None:
    folder = StudyFolder(hostile_results, NAME)
    write_results(read_study(hostile_results, NAME), folder)
    sweep("export", NAME, "--out", tmp_path / "board.csv", "--results", hostile_results)
    typed = printed(hostile_results, "leaderboard", NAME, "--format", "csv")
    for csv_text in (typed, folder.board.read_text(), (tmp_path / "board.csv").read_text()):
        assert csv_text == typed
        lines = csv_text.split("\n")
        assert all(line.isprintable() for line in lines)
        assert len(lines) == 5  # the head, three rows, the end
        frame = pd.read_csv(io.StringIO(csv_text), dtype=str, keep_default_na=False)
        for name, cell, expected in rows_of(frame, text, csv_cell):
            assert cell == expected, name
        for row in csv.reader(io.StringIO(csv_text), strict=True):
            assert not any(cell.lstrip().startswith(FORMULA_STARTS) and not is_number(cell) for cell in row)


def is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", text) is not None


def refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")


def test_json_is_strict_and_reads_back_as_it_was(hostile_results: Path, text: str, tmp_path: Path) -> None:
    sweep("export", NAME, "--out", tmp_path / "board.json", "--results", hostile_results)
    typed = printed(hostile_results, "leaderboard", NAME, "--format", "json")
    assert (tmp_path / "board.json").read_text() == typed
    assert typed.isascii()
    assert all(line.isprintable() for line in typed.split("\n"))
    frame = pd.DataFrame(json.loads(typed, parse_constant=refuse))
    for name, cell, expected in rows_of(frame, text, encodable):
        assert cell == expected, name


def test_parquet_reads_back_as_it_was(hostile_results: Path, text: str, tmp_path: Path) -> None:
    sweep("export", NAME, "--out", tmp_path / "board.parquet", "--results", hostile_results)
    for name, cell, expected in rows_of(pd.read_parquet(tmp_path / "board.parquet"), text, encodable):
        assert cell == expected, name


class Cells(HTMLParser):
    """The rows of a table in HTML, and the tags that it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        self.tags.add("comment")


def test_markdown_shows_each_text_in_its_cell_and_has_no_markup_from_outside(hostile_results: Path, text: str) -> None:
    typed = printed(hostile_results, "leaderboard", NAME, "--format", "md")
    assert len(typed.split("\n")) == 6  # the head, the line below it, three rows, the end
    assert all(line.isprintable() for line in typed.split("\n"))
    assert not re.search(r"https?://|www\.", typed, re.IGNORECASE)  # which some renderers make links of
    cells = Cells()
    cells.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(typed))
    assert cells.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    head, *rows = cells.rows
    frame = pd.DataFrame([[cell.strip() for cell in row] for row in rows], columns=[name.strip() for name in head])
    for name, cell, expected in rows_of(frame, text, lambda text: one_line(text).strip()):
        assert cell == expected, name


def test_the_log_has_a_record_for_each_thing_that_happened_and_none_of_outside(tmp_path: Path, text: str) -> None:
    with opened(tmp_path) as ledger, study_log(ledger.folder):
        driver = Driver(ledger, Heard())
        driver.next_trial()
        LOGGER.info("%s printed:\n%s", "trial-0000", text)
        try:
            raise ValueError(text)
        except ValueError:
            LOGGER.exception(text)
        driver.failed(0, Failure(text, text, output=text))
        lines = ledger.folder.log.read_text("utf-8").split("\n")
    assert all(line.isprintable() for line in lines)
    records = [line for line in lines[:-1] if not line.startswith("    ")]
    assert len(records) == 5
    assert not any(line.startswith(RECORD) for line in records)


def test_run_json_is_strict_and_reads_back_as_it_was(
    tmp_path: Path, hostile_results: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["sweep", "run", text])
    monkeypatch.setattr("sweep.study.provenance.platform.node", lambda: text)
    folder = StudyFolder(tmp_path, NAME)
    folder.path.mkdir()
    write_run_json(folder, hostile_dataset(text), text, read_study(hostile_results, NAME))
    written = folder.run_json.read_text()
    assert written.isascii()
    assert all(line.isprintable() for line in written.split("\n"))
    facts = json.loads(written, parse_constant=refuse)
    assert [facts["command"][2], facts["dataset"]["name"]] == [text, text]
    assert [facts["machine"][name] for name in ("node", "cluster")] == [text, text]
