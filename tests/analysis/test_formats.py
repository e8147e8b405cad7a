"""A board in a file reads back as it was, and harms nobody who opens it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from boards import branching_study, written
from builders import completed, hand_made_study, mixed_study, trial_record

from sweep.analysis.formats import as_csv, as_json, as_markdown, as_parquet
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis


def test_it_reads_back_with_the_right_types(tmp_path: Path) -> None:
    frame = pd.read_csv(written(mixed_study(tmp_path), tmp_path))
    kinds = {name: frame[name].dtype.kind for name in frame.columns if frame[name].dtype.kind in "ifb"}
    assert {name: kinds[name] for name in ("trial", "seed", "filters_1", "kernel_size", "batch_size")} == dict.fromkeys(
        ("trial", "seed", "filters_1", "kernel_size", "batch_size"), "i"
    )
    assert kinds["is_baseline"] == "b"
    measured = ("val_accuracy", "test_accuracy", "vs_baseline", "epochs", "duration_seconds", "inference_us")
    for name in (*measured, "learning_rate"):
        assert kinds[name] == "f", name
    assert kinds["front"] == "b"
    assert frame["rank"].tolist()[:3] == [1, 2, 3]
    assert frame["error"].tolist()[-1] == 'ValueError: it said "no", twice'


def test_with_nullable_types_it_reads_back_as_it_was(tmp_path: Path) -> None:
    for study in (mixed_study(tmp_path / "mixed"), branching_study(tmp_path / "branching")):
        frame = board(Analysis(study))
        back = pd.read_csv(written(study, tmp_path), dtype_backend="numpy_nullable")
        assert back["rank"].dtype == "Int64"
        for name in frame.columns:
            for there, here in zip(back[name], frame[name], strict=True):
                assert (pd.isna(there) and (pd.isna(here) or here == "")) or there == here, name


def test_a_file_has_whole_numbers_without_a_point(tmp_path: Path) -> None:
    frame = pd.read_csv(written(branching_study(tmp_path), tmp_path), dtype=str)
    for name in ("rank", "trial", "parameters", "seed", "warmup"):
        values = frame[name].dropna()
        assert len(values), name
        assert values.str.fullmatch(r"\d+").all(), name


@pytest.mark.parametrize("reason", ["a, b; c", 'he said "no"', "ünïcode ✓", "[bold]x[/bold]", "\\", "'", "1=1", "#"])
def test_a_reason_of_one_line_survives_the_file(tmp_path: Path, reason: str) -> None:
    study = hand_made_study(completed(0, 0.5), trial_record(1, "FAIL", error=reason))
    assert pd.read_csv(written(study, tmp_path))["error"].tolist()[1:] == [reason]


@pytest.mark.parametrize(
    ("reason", "cell"),
    [
        ("two\nlines", "two lines"),
        ("tab\there", "tab here"),
        ("\x1b[2J", r"\x1b[2J"),
        ("=1+1", "'=1+1"),
        (" @SUM(A1)", "' @SUM(A1)"),
    ],
)
def test_a_reason_is_one_line_and_no_formula_in_the_file(tmp_path: Path, reason: str, cell: str) -> None:
    study = hand_made_study(completed(0, 0.5), trial_record(1, "FAIL", error=reason))
    file = written(study, tmp_path)
    assert pd.read_csv(file)["error"].tolist()[1:] == [cell]
    assert len(file.read_bytes().splitlines()) == 3


def test_a_parameter_is_one_line_and_no_formula_in_the_file_either(tmp_path: Path) -> None:
    study = hand_made_study(completed(0, 0.5, params={"=A1\n": "+1\n"}), baseline={"=A1\n": "+1\n"})
    assert pd.read_csv(written(study, tmp_path), dtype=str)["'=A1 "].tolist() == ["'+1 "]


def test_parquet_takes_params_of_several_kinds() -> None:
    given = [{"rate": None}, {"rate": 0.5}, {"rate": "auto"}, {"rate": True}]
    study = hand_made_study(*(trial_record(number, params=params) for number, params in enumerate(given)))
    back = pd.read_parquet(io.BytesIO(as_parquet(board(Analysis(study)))))
    assert pd.isna(back["rate"][0])
    assert back["rate"].tolist()[1:] == ["0.5", "auto", "True"]


def test_parquet_keeps_numbers_numbers_where_some_are_whole() -> None:
    study = hand_made_study(
        *(trial_record(number, params={"rate": rate}) for number, rate in enumerate([1, 0.5, None]))
    )
    back = pd.read_parquet(io.BytesIO(as_parquet(board(Analysis(study)))))
    assert back["rate"].tolist()[:2] == [1.0, 0.5]


def test_json_has_null_for_what_is_missing_and_plain_numbers() -> None:
    study = hand_made_study(completed(0, 0.5), trial_record(1, "FAIL", error="a\nb \x1b[2J"))
    frame = board(Analysis(study))
    text = as_json(frame)
    first, second = json.loads(text)
    assert text.endswith("]\n")
    assert list(first) == list(second) == list(frame.columns)
    assert (first["rank"], first["val_accuracy"], first["is_baseline"], first["front"]) == (1, 0.5, True, True)
    assert (second["rank"], second["val_accuracy"], second["seed"]) == (None, None, 8)
    assert second["error"] == "a\nb \x1b[2J"  # JSON spells it harmless by itself
    assert "\x1b" not in text


def test_json_has_null_for_a_loss_that_is_infinite_or_no_number() -> None:
    losses = (float("inf"), float("-inf"), float("nan"), 0.5)
    trials = (completed(number, 0.5, test_loss=loss) for number, loss in enumerate(losses))
    study = hand_made_study(*trials, objective="val_loss", direction="minimize")
    assert [row["test_loss"] for row in json.loads(as_json(board(Analysis(study))))] == [None, None, None, 0.5]


def test_a_board_without_rows_is_one_in_every_format() -> None:
    frame = board(Analysis(hand_made_study(trial_record(0, "WAITING"))))
    assert as_csv(frame).splitlines() == [",".join(frame.columns)]
    assert json.loads(as_json(frame)) == []
    assert len(as_markdown(frame).splitlines()) == 2
    assert list(pd.read_parquet(io.BytesIO(as_parquet(frame))).columns) == list(frame.columns)


def test_a_column_that_begins_a_formula_is_none_in_a_file() -> None:
    head = as_csv(pd.DataFrame({"=A1": ["x"], "b\nc": ["-1"]})).splitlines()
    assert head == ["'=A1,b c", "x,'-1"]
