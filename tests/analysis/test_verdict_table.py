"""The verdicts as numbers: one row per confirmed trial, with the dtypes that one computes with."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from builders import mixed_study
from confirmed import BASELINE, with_runs

from sweep.analysis.study_analysis import Analysis
from sweep.analysis.verdict_table import COLUMNS, verdict_table


def test_each_confirmed_trial_has_its_runs_interval_and_verdict_the_baseline_first(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=[score - 0.02 for score in BASELINE], t1=BASELINE, t2=BASELINE[:1])
    table = verdict_table(Analysis(study)).set_index("trial")
    assert table.index.tolist() == [0, 1, 2]
    assert table["runs"].tolist() == [len(BASELINE), len(BASELINE), 1]
    assert table.loc[1, "mean"] == pytest.approx(table.loc[0, "mean"] + 0.02)
    assert table.loc[1, "difference"] == pytest.approx(0.02)
    assert table.loc[1, "low"] < 0.02 < table.loc[1, "high"]
    assert table.loc[1, "p_value"] < 0.001
    assert table.loc[1, "verdict"] == "better"
    for number in (0, 2):  # the baseline itself, and a trial with too few runs for a verdict
        assert table.loc[number, ["difference", "low", "high", "p_value", "verdict"]].isna().all()
    assert pd.isna(table.loc[2, "sd"])


def test_before_there_are_runs_it_has_its_columns_and_no_row(tmp_path: Path) -> None:
    table = verdict_table(Analysis(mixed_study(tmp_path)))
    assert len(table) == 0
    assert {name: str(kind) for name, kind in table.dtypes.items()} == COLUMNS
