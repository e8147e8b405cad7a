"""The values of parameters on an axis."""

from __future__ import annotations

from typing import Any

import pytest
from builders import BASELINE, hand_made_study, trial_record
from optuna.distributions import CategoricalDistribution, distribution_to_json
from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.param_axis import ParamAxis, log_ticks, param_axes


def test_numbers_lie_by_their_size_and_choices_side_by_side() -> None:
    axes = {axis.name: axis for axis in param_axes(Analysis(searched()))}
    assert set(axes) == {"filters_1", "learning_rate"}  # all trials have the same kernel_size
    rate, filters = axes["learning_rate"], axes["filters_1"]
    assert rate.log
    assert rate.shown()["type"] == "log"
    assert rate.share(rate.low) == 0
    assert rate.share(rate.high) == pytest.approx(1)
    assert filters.choices == ("8", "16", "32")
    assert [filters.share(value) for value in (8, 16, 32)] == [0, 0.5, 1]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["sgd", "<b>adam</b>"], ["&lt;b&gt;adam&lt;/b&gt;", "sgd"]),
        ([None, True], ["None", "True"]),
        ([(1, 2), (3,)], ["(1, 2)", "(3,)"]),
    ],
)
def test_choices_of_any_kind_have_harmless_labels(values: list[Any], labels: list[str]) -> None:
    distributions = {"choice": distribution_to_json(CategoricalDistribution([str(value) for value in values]))}
    trials = [trial_record(number, params={**BASELINE, "choice": value}) for number, value in enumerate(values)]
    (axis,) = param_axes(Analysis(hand_made_study(*trials, distributions=distributions)))
    assert axis.shown()["ticktext"] == labels


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0006, 0.0088, [0.001, 0.002, 0.005, 0.01]),
        (0.0001, 0.01, [0.0001, 0.0003, 0.001, 0.003, 0.01]),
        (1e-6, 1.0, [1e-6, 1e-4, 1e-2, 1.0]),
        (0.0021, 0.0024, [0.0021, 0.0024]),
        (3.2, 3.9, [3.2, 3.9]),
    ],
)
def test_ticks_of_a_logarithmic_axis_are_round_and_few(low: float, high: float, ticks: list[float]) -> None:
    assert log_ticks(low, high) == ticks


def test_whole_numbers_have_ticks_at_whole_numbers_alone() -> None:
    shown = ParamAxis("kernel_size", (), 2.0, 4.0, whole=True).shown()
    assert (shown["tickvals"], shown["ticktext"]) == ([2.0, 3.0, 4.0], ["2", "3", "4"])
    assert "tickvals" not in ParamAxis("units", (), 10.0, 400.0, whole=True).shown()
    assert "tickvals" not in ParamAxis("dropout", (), 0.1, 0.5).shown()
    assert ParamAxis("units", (), 16.0, 20_000.0, log=True).shown()["ticktext"] == ["100", "1,000", "10,000"]


def test_a_single_number_lies_in_the_middle() -> None:
    assert ParamAxis("x", (), 3.0, 3.0).share(3.0) == 0.5
