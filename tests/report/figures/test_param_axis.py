"""The values of parameters on an axis."""

from __future__ import annotations

from typing import Any

import pytest
from builders import BASELINE, hand_made_study, trial_record
from optuna.distributions import CategoricalDistribution, distribution_to_json
from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.param_axis import ParamAxis, param_axes


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


def test_a_single_number_lies_in_the_middle() -> None:
    assert ParamAxis("x", (), 3.0, 3.0).share(3.0) == 0.5
