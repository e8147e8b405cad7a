"""Parallel coordinates."""

from __future__ import annotations

import pytest
from builders import hand_made_study, trial_record
from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.parallel import NONE, parallel


def test_each_trial_is_a_line_through_its_params_to_its_score() -> None:
    drawing = parallel(Analysis(searched()))
    assert drawing.figure.layout.xaxis.ticktext == ("filters_1", "learning_rate", "val accuracy (%)")
    line = next(trace for trace in drawing.figure.data if trace.name == "trial 5")
    assert line.customdata == (5, 5, 5, None)
    assert line.y[1] == round(5 / 7, 4)  # by its order of magnitude, as pruned trials tried higher ones
    assert line.y[2] == max(y for trace in drawing.figure.data for x, y in zip(trace.x, trace.y, strict=True) if x == 2)


def test_a_param_that_a_trial_does_not_have_passes_below() -> None:
    study = searched()
    del study.trials[5].params["filters_1"]
    line = next(trace for trace in parallel(Analysis(study)).figure.data if trace.name == "trial 5")
    assert line.y[0] == NONE


def test_what_the_best_quarter_has_in_common_is_said() -> None:
    study = searched()
    for trial in study.trials[:6]:
        trial.params["filters_1"] = 8 if trial.number in (1, 3, 5) else 16
    study.trials.extend(
        trial_record(number, curve=study.trials[5].curve, params=study.trials[5].params) for number in range(9, 14)
    )
    text = "best quarter (2) have filters_1 = 8 (of all 11: 8; by chance alone 51 %)"
    assert text in parallel(Analysis(study)).description


def test_one_trial_has_nothing_beside_it() -> None:
    with pytest.raises(InputError, match="needs two completed trials"):
        parallel(Analysis(hand_made_study(trial_record(0))))
