"""Text from elsewhere can't move a cursor, colour a terminal, break a line, run in a spreadsheet or be markup."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import NAME, complete, fail, hand_made_study, opened, tiny_sweep, trial_record
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from typer.testing import CliRunner

from sweep.analysis.formats import as_csv
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.cli.app import app
from sweep.execution.results import write_board
from sweep.report.console import console
from sweep.sanitize import csv_cell, one_line
from sweep.study.records import read_study
from sweep.study.storage.folder import StudyFolder

HOSTILE = "\x1b[2J\x1b]0;title\x07[bold]a[/bold]\r\nb\u202etxt.exe\x00\ud800 :smile:"
SHOWN = r"\x1b[2J\x1b]0;title\x07[bold]a[/bold]  b\u202etxt.exe\x00\ud800 :smile:"


# one line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("plain, ünïcode ✓ 漢字", "plain, ünïcode ✓ 漢字"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31mred", r"\x9b31mred"),
        ("a\nb\r\nc\td\x0be\x85f\u2028g\u2029h\x1ci", "a b  c d e f g h i"),
        ("bell\a back\b nul\0 del\x7f", r"bell\x07 back\x08 nul\x00 del\x7f"),
        ("\u202eright to left\u2066", r"\u202eright to left\u2066"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        (HOSTILE, SHOWN),
        (3, "3"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out_and_white_space_is_a_space(text: object, line: str) -> None:
    assert one_line(text) == line


@given(st.text(st.characters()), st.none() | st.integers(1, 20))
def test_any_text_becomes_one_printable_line_that_stays_as_it_is(text: str, limit: int | None) -> None:
    line = one_line(text, limit)
    assert line.isprintable()
    assert len(line.splitlines()) <= 1
    assert line.encode().decode() == line
    assert one_line(line, limit) == line
    assert limit is None or len(line) <= limit


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert one_line(text) == text


def test_a_limit_ends_in_an_ellipsis_only_where_it_cuts() -> None:
    assert one_line("abcdef", 6) == "abcdef"
    assert one_line("abcdefg", 6) == "abcde…"


# CSV


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "-x", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\uff1d1+1"])
def test_a_text_that_would_be_a_formula_gets_a_quote(text: str) -> None:
    assert csv_cell(text) == f"'{one_line(text)}"


@pytest.mark.parametrize("text", ["", "adam", "1e-3", "a=1", "a, b", 'he said "no"', "[bold]", "ü"])
def test_other_texts_of_one_line_stay(text: str) -> None:
    assert csv_cell(text) == text


@pytest.mark.parametrize("value", [-1, -0.5, 0, True, None, pd.NA, -(10**30)])
def test_what_is_no_text_is_never_touched(value: object) -> None:
    assert csv_cell(value) is value


@given(st.text(st.characters()))
def test_no_cell_begins_a_formula_or_breaks_a_line(text: str) -> None:
    cell = csv_cell(text)
    assert not re.match(r"\s*[=+\-@]", cell)
    assert cell.isprintable()


def params_study(*values: Any) -> Any:
    trials = (trial_record(number, params={"x": value}) for number, value in enumerate(values))
    return hand_made_study(*trials, baseline={"x": values[0]})


@pytest.mark.parametrize(
    "values",
    [(-1, 2, -3), (-0.5, 1.0, None), (True, False, True), (-1, 0.5, -2.5), ("a", None, "b"), (None, None, None)],
)
def test_boards_of_numbers_are_as_pandas_would_write_them(values: tuple[Any, ...]) -> None:
    frame = board(Analysis(params_study(*values)))
    assert as_csv(frame) == frame.to_csv(index=False)


def test_a_column_of_texts_and_negative_numbers_keeps_the_numbers() -> None:
    back = pd.read_csv(io.StringIO(as_csv(board(Analysis(params_study(-1, "-x", "auto", -0.5))))))
    assert back["x"].tolist() == ["-1", "'-x", "auto", "-0.5"]


def test_formulas_in_params_errors_nodes_names_and_data_are_no_formulas_in_the_file(tmp_path: Path) -> None:
    formula = "=cmd|' /C calc'!A0"
    study = hand_made_study(
        trial_record(0, params={formula: formula}, node=formula),
        trial_record(1, "FAIL", params={formula: "b"}, error=f"{formula}\nsecond line"),
        baseline={formula: "a"},
        dataset=formula,
    )
    (tmp_path / NAME).mkdir()
    write_board(Analysis(study), StudyFolder(tmp_path, study.name))
    frame = pd.read_csv(tmp_path / NAME / "leaderboard.csv")
    assert len(frame) == 2
    assert frame[f"'{formula}"].tolist() == [f"'{formula}", "b"]
    assert frame["dataset"].tolist() == [f"'{formula}"] * 2
    assert frame["node"][0] == f"'{formula}"
    assert frame["error"][1] == f"'{formula} second line"


# the terminal


def test_the_console_prints_every_str_as_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(HOSTILE, box=None, pad_edge=False)
    table.add_row(HOSTILE)
    out = console()
    out.print(HOSTILE)
    out.print(HOSTILE, style="bold", soft_wrap=True)
    out.print(table)
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [SHOWN] * 4


@pytest.fixture
def hostile_results(tmp_path: Path) -> Path:
    """A study with hostile text in a parameter's name and value, in a node, an error and its details."""

    def space(trial: Any) -> dict[str, Any]:
        return {HOSTILE: trial.suggest_categorical(HOSTILE, [HOSTILE, "="])}

    with opened(tmp_path, tiny_sweep(space=space, baseline={HOSTILE: HOSTILE})) as ledger:
        specs = [spec for _ in range(3) if (spec := ledger.next_trial())]
        complete(ledger, specs[0])
        fail(ledger, specs[1], HOSTILE, f"Traceback:\n  {HOSTILE}\nend")
        fail(ledger, specs[2], "=1+1", "")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["leaderboard", NAME],
        ["leaderboard", NAME, "--format", "csv"],
        ["leaderboard", NAME, "--format", "md"],
        ["leaderboard", NAME, "--format", "json"],
        ["show", NAME, "0"],
        ["show", NAME, "1"],
        ["compare", NAME, "0", "1"],
    ],
)
def test_no_command_prints_a_control_character_or_heeds_markup(hostile_results: Path, words: list[str]) -> None:
    result = CliRunner().invoke(app, [*words, "--results", str(hostile_results)])
    assert result.exit_code == 0, result.exception
    assert all(line.isprintable() for line in result.stdout.split("\n"))
    if "json" not in words:
        bracket = "&#91;" if "md" in words else "["
        assert f"{bracket}bold]a{bracket}/bold]" in result.stdout
        assert ":smile:" in result.stdout


def test_a_traceback_keeps_its_lines(hostile_results: Path) -> None:
    trial = read_study(hostile_results, NAME).trials[1]
    lines = CliRunner().invoke(app, ["show", NAME, "1", "--results", str(hostile_results)]).stdout.splitlines()
    assert lines[-4:-2] == ["Traceback:", r"  \x1b[2J\x1b]0;title\x07[bold]a[/bold]"]
    assert len(trial.details.splitlines()) == 4
    assert lines[-1] == "end"


def test_markdown_has_no_cells_lines_tags_or_images_from_outside(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        complete(ledger, ledger.next_trial())  # type: ignore[arg-type]
        fail(ledger, ledger.next_trial(), r"<script>a \| b" "\n| c</script>![d](https://example.org/e.png)")  # type: ignore[arg-type]
    lines = CliRunner().invoke(app, ["leaderboard", NAME, "--results", str(tmp_path), "--format", "md"]).stdout
    assert len(lines.splitlines()) == 4
    assert "&lt;script>a &#92;&#124; b &#124; c&lt;/script>!&#91;d](https&#58;//example.org/e.png)" in lines


def test_a_message_about_hostile_input_is_one_harmless_line(tmp_path: Path) -> None:
    file = tmp_path / "space.py"
    file.write_text("class Shouting(Exception): pass\nraise Shouting('\\x1b[2J[red]\\u202e\\r')\n")
    result = CliRunner().invoke(app, ["run", str(file)])
    assert result.exit_code == 2
    assert result.stderr == f"sweep: {file}, line 2: Shouting: \\x1b[2J[red]\\u202e\n"
