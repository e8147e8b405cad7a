"""The board as a table: its first rows as HTML, and all of them as data for the script that sorts and filters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sweep.analysis.leaderboard import board
from sweep.analysis.selection import contender
from sweep.analysis.study_analysis import Analysis
from sweep.report.html.cells import Column, column, written
from sweep.report.html.markup import Markup, as_json, caption, element, joined, script_data
from sweep.study.records import BASELINE

PAGE_ROWS = 100


def board_columns(analysis: Analysis) -> list[Column]:
    """The columns of a study's board; the verdict, which comes late in `leaderboard.csv`, stands beside the trial."""
    frame = board(analysis)
    columns = [
        replace(column(analysis.study, str(name), frame[name].tolist()), place=place)
        for place, name in enumerate(frame.columns)
    ]
    beside = columns.index(next(item for item in columns if item.name == "trial")) + 0.5
    return sorted(columns, key=lambda item: beside if item.name == "verdict" else item.place)


def board_section(analysis: Analysis) -> Markup:
    """The board with what sorts, filters and copies it."""
    columns = board_columns(analysis)
    rows = len(columns[0].values)
    tools = element(
        "div",
        element("label", "Filter ", element(
            "input", id="filter", type="search", autocomplete="off", spellcheck="false",
            placeholder="PRUNED parameters<100000", aria_describedby="filter-help",
        )),
        _menu(columns),
        element("button", "Copy as CSV", type="button", id="copy"),
        element("output", f"{rows:,} of {rows:,} trials", id="count", aria_live="polite"),
        class_="tools",
    )  # fmt: skip
    usage = (
        "Words must occur in a row; NAME=VALUE, NAME>VALUE and NAME<VALUE compare a column, in the unit that it shows: "
        "98.5 in one of percent. Headers sort. In the table, the arrow keys move from row to row; the row in focus, or "
        "under the mouse, stands out in every figure."
    )
    pages = element(
        "nav",
        element("button", "Previous", type="button", id="previous"),
        element("span", "", id="page"),
        element("button", "Next", type="button", id="next"),
        class_="pages", aria_label="Pages of the board", hidden=rows <= PAGE_ROWS,
    )  # fmt: skip
    table = board_table(analysis, columns, PAGE_ROWS)
    region = element("div", table, class_="scroll", role="region", tabindex="0", aria_label="Board of all trials")
    data = {
        "rows": rows, "pageRows": PAGE_ROWS, "baseline": BASELINE, "contender": contender(analysis),
        "columns": [_packed(item) for item in columns],
    }  # fmt: skip
    return joined(
        tools,
        element("p", usage, id="filter-help", class_="quiet"),
        region,
        pages,
        script_data("board-data", as_json(data)),
    )


def board_table(analysis: Analysis, columns: list[Column], limit: int, *, static: bool = False) -> Markup:
    """The first rows of the board as a table.

    Args:
        analysis: the analysis of the study.
        columns: the columns of the board.
        limit: maximum number of rows.
        static: whether nothing can be done with it, as in a notebook; it then has no hidden columns. Default: no.
    """
    shown = [item for item in columns if not item.hidden] if static else columns
    chosen = contender(analysis)
    head = element("tr", *(_header(item, static=static) for item in shown))
    numbers = next(item.values for item in columns if item.name == "trial")
    body = [_row(shown, index, number, chosen, static=static) for index, number in enumerate(numbers[:limit])]
    return element(
        "table",
        caption(_caption(columns)),
        element("thead", head),
        element("tbody", *body),
        id=None if static else "board-table",
    )


def _caption(columns: list[Column]) -> str:
    names = {item.name for item in columns}
    text = "One row per trial: completed ones by rank, then pruned, running and failed ones."
    if "vs_baseline" in names:
        text += " vs_baseline is of one seed: the test value of one run minus that of the baseline's one run."
    return text + (" The verdict is of several seeds." if "verdict" in names else "")


def _header(item: Column, *, static: bool) -> Markup:
    inside: Any = item.label if static else element("button", item.label, type="button")
    sort = None if static else "ascending" if item.name == "rank" else "none"
    return element("th", inside, scope="col", aria_sort=sort, hidden=item.hidden, class_=_class(item, static=static))


def _class(item: Column, text: str = "", *, static: bool) -> str | None:
    """The classes of a cell, which say how it is set, whether it stays in sight, and whether it is on paper."""
    names = (
        "number" if item.kind != "text" else "",
        f"state-{text}" if item.name == "state" and text else "",
        "key" if item.name == "trial" and not static else "",
        "" if item.printed or static else "screen",
    )
    return " ".join(filter(None, names)) or None


def _row(shown: list[Column], index: int, number: int, chosen: int | None, *, static: bool) -> Markup:
    kind = "baseline" if number == BASELINE else "contender" if number == chosen else None
    cells = []
    for item in shown:
        text = written(item.kind, item.values[index])
        attributes = {"hidden": item.hidden, "class_": _class(item, text, static=static)}
        is_head = item.name == "trial"
        cells.append(element("th" if is_head else "td", text, scope="row" if is_head else None, **attributes))
    focus = None if static else "0" if index == 0 else "-1"
    return element("tr", *cells, class_=kind, tabindex=focus, data_trial=None if static else number)


def _menu(columns: list[Column]) -> Markup:
    boxes = [
        element(
            "label",
            element("input", type="checkbox", data_column=index, checked=not item.hidden),
            f" {item.label}",
        )
        for index, item in enumerate(columns)
        if item.name != "trial"
    ]
    summary = element("summary", "Columns")
    return element(
        "details", summary, element("fieldset", element("legend", "Columns that are shown"), *boxes), class_="menu"
    )


def _packed(item: Column) -> dict[str, Any]:
    """A column as data: one whose values are all the same has it once, few values stand by row, few texts by number."""
    names = ("name", "label", "kind", "hidden", "printed", "place")
    packed: dict[str, Any] = {name: getattr(item, name) for name in names}
    distinct = list(dict.fromkeys(map(as_json, item.values)))
    if len(distinct) == 1:
        return {**packed, "all": item.values[0]}
    known = {index: value for index, value in enumerate(item.values) if value is not None}
    if len(known) * 4 < len(item.values):
        return {**packed, "some": known}
    if item.kind == "text" and len(distinct) * 4 < len(item.values):
        number = {text: index for index, text in enumerate(distinct)}
        first = {text: value for value in reversed(item.values) for text in (as_json(value),)}
        return {
            **packed,
            "texts": [first[text] for text in distinct],
            "values": [number[as_json(v)] for v in item.values],
        }
    return {**packed, "values": item.values}
