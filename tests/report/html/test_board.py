"""The board as a table."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from builders import hand_made_study
from searches import BETTER, searched, searched_trial

from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.report.html.board import PAGE_ROWS, board_columns, board_section, board_table


class Table(HTMLParser):
    """Collects the cells of a table by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def data_of(text: str) -> dict:  # type: ignore[type-arg]
    return json.loads(re.findall(r'id="board-data">(.*?)</script>', text)[0])  # type: ignore[no-any-return]


def test_the_table_has_the_rows_and_columns_of_the_board() -> None:
    analysis = Analysis(searched())
    frame = board(analysis)
    table = board_table(analysis, board_columns(analysis), PAGE_ROWS)
    rows = Table(table).rows
    assert [name.removesuffix(" %") for name in rows[0]] == list(frame.columns)
    assert [row[1] for row in rows[1:]] == [str(number) for number in frame["trial"]]
    assert rows[1][4] == "95.00"
    assert "vs_baseline is of one seed" in table
    assert "The verdict is of several" not in table
    assert table.count('scope="col"') == len(frame.columns)
    assert table.count('scope="row"') == len(frame)
    assert table.count('aria-sort="ascending"') == 1
    assert table.count('tabindex="0"') == 1
    assert '<tr class="baseline" tabindex="-1" data-trial="0">' in table


def test_only_the_first_rows_are_in_the_table_and_all_are_in_the_data() -> None:
    trials = [searched_trial(number, 0.5, 0.9 + number / 10_000) for number in range(PAGE_ROWS + 50)]
    text = board_section(Analysis(hand_made_study(*trials)))
    assert text.count("data-trial=") == PAGE_ROWS
    data = data_of(text)
    assert data["rows"] == len(trials)
    columns = {item["name"]: item for item in data["columns"]}
    assert columns["trial"]["values"][0] == PAGE_ROWS + 49
    assert columns["state"]["all"] == "COMPLETE"
    assert f"{len(trials)} of {len(trials)} trials" in text


def test_few_values_are_kept_by_their_row_and_few_texts_by_their_number() -> None:
    trials = [searched_trial(n, 0.5, 0.9 if n < 20 else None, error="late" if n == 3 else "") for n in range(100)]
    columns = {item["name"]: item for item in data_of(board_section(Analysis(hand_made_study(*trials))))["columns"]}
    assert set(columns["rank"]["some"]) == {str(index) for index in range(20)}
    assert columns["error"]["texts"] == ["", "late"]
    assert columns["error"]["values"].count(1) == 1


def test_the_verdict_stands_beside_the_trial_and_keeps_its_place_for_the_csv() -> None:
    analysis = Analysis(searched(BETTER))
    columns = board_columns(analysis)
    assert [item.name for item in columns][:4] == ["rank", "trial", "verdict", "is_baseline"]
    in_order = sorted(columns, key=lambda item: item.place)
    assert [item.name for item in in_order] == list(board(analysis).columns)
    packed = {item["name"]: item for item in data_of(board_section(analysis))["columns"]}
    assert packed["verdict"]["place"] == list(board(analysis).columns).index("verdict")
    table = board_table(analysis, columns, PAGE_ROWS)
    assert "The verdict is of several seeds" in table
    assert '<th scope="row" class="number key">5</th><td>better</td>' in table


def test_paper_has_what_trials_are_compared_by_and_not_their_params() -> None:
    columns = board_columns(Analysis(searched(BETTER)))
    printed = {item.name for item in columns if item.printed}
    assert {"rank", "trial", "verdict", "val_accuracy", "test_accuracy", "vs_baseline"} <= printed
    assert not printed & {"filters_1", "learning_rate", "val_loss", "seed", "confirmed_mean"}


def test_in_a_notebook_nothing_can_be_done_with_it() -> None:
    analysis = Analysis(searched())
    table = board_table(analysis, board_columns(analysis), 3, static=True)
    assert table.count("<tr") == 4
    assert "button" not in table
    assert "hidden" not in table
    assert "tabindex" not in table
