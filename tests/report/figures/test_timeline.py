"""When which trial ran."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from builders import hand_made_study, trial_record
from searches import moment, searched, searched_trial

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.timeline import intervals, timeline


def test_trials_share_the_slots_of_their_machine() -> None:
    every, pauses = intervals(searched().trials)
    assert pauses == []
    assert {(item.trial.number, item.slot) for item in every if item.trial.number < 4} == {
        (0, 0),
        (1, 1),
        (2, 0),
        (3, 1),
    }
    for slot in (0, 1):
        times = [(item.begin, item.end) for item in every if item.slot == slot and item.node == "node-a"]
        assert all(later[0] >= earlier[1] for earlier, later in pairwise(times))


def test_another_machine_has_slots_of_its_own() -> None:
    trials = [searched_trial(0, 0.5, 0.9), searched_trial(1, 0.5, 0.9, node="node-b")]
    every, _ = intervals(trials)
    assert [(item.node, item.slot) for item in every] == [("node-a", 0), ("node-b", 0)]


def test_a_long_time_without_any_trial_is_left_out_and_said() -> None:
    first = searched_trial(0, 0.5, 0.9)
    later = replace(searched_trial(1, 0.5, 0.9), started=moment(1000), finished=moment(1020))
    every, pauses = intervals([first, later])
    assert pauses == [980]
    assert (every[1].begin, every[1].end) == (20, 40)
    text = timeline(Analysis(hand_made_study(first, later))).description
    assert "2 trials on 1 machine in 1 slot, over 40 s: 100 % of the slots' time" in text
    assert "Left out, as nothing ran: 1 pause of 16:20 in all" in text


def test_bars_begin_where_their_trial_does() -> None:
    figure = timeline(Analysis(searched())).figure
    bars = next(trace for trace in figure.data if trace.name == "trial 5")
    assert (bars.base, bars.x, bars.customdata) == ((40,), (20,), (5,))


def test_where_no_end_is_known_there_is_none() -> None:
    with pytest.raises(InputError, match="beginning and end are known"):
        timeline(Analysis(hand_made_study(trial_record(0))))
