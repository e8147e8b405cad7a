"""A race against the baseline: who leaves, when, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pairs import LIKE, OURS, THEIRS, planned

from sweep.analysis.confirmation import confirmation_results
from sweep.analysis.race import Race, race
from sweep.analysis.selection import contender
from sweep.analysis.study_analysis import Analysis
from sweep.analysis.until_sure import lacking, race_of, undecided
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import StudyRecord
from sweep.study.until_sure import UntilSure

BASE = [0.0, 0.1, -0.1, 0.05, -0.05, 0.1, 0.0, -0.1]
AHEAD = [1.0, 1.2, 0.9, 1.1, 1.0, 1.2, 0.9, 1.1]
MIDDLE = [0.5, 0.7, 0.4, 0.6, 0.5, 0.6, 0.4, 0.5]
BEHIND = [-1.0, -0.9, -1.1, -1.0, -0.9, -1.0, -1.1, -0.9]
SAME = [0.1, 0.0, 0.0, -0.05, 0.05, 0.0, 0.1, -0.1]


def racing(runs: dict[int, list[float]], numbers: tuple[int, ...] = (5, 1, 3), margin: float = 0.0) -> StudyRecord:
    """A study whose trials race."""
    study = planned(runs, most=10, numbers=numbers)
    return replace(study, until_sure=UntilSure(margin, race=list(numbers)))


def names(runs: list[ConfirmingRun]) -> list[tuple[int, int]]:
    return [(run.trial, run.index) for run in runs]


def test_the_worse_half_leaves_after_each_round_of_two_pairs_until_one_is_left() -> None:
    four = {1: AHEAD, 2: MIDDLE, 3: BEHIND, 4: SAME}
    at = {n: race({number: scores[:n] for number, scores in four.items()}, BASE[:n]) for n in range(5)}
    assert [at[n].running for n in at] == [[1, 2, 3, 4]] * 2 + [[1, 2]] * 2 + [[1]]
    assert [at[n].until for n in at] == [2, 2, 4, 4, None]
    assert at[4].left == {
        3: "it was behind others after 2 pairs of runs",
        4: "it was behind others after 2 pairs of runs",
        2: "it was behind others after 4 pairs of runs",
    }


def test_who_leaves_is_not_changed_by_runs_that_end_later() -> None:
    four = {1: AHEAD, 2: MIDDLE, 3: BEHIND, 4: SAME}
    early = race({1: AHEAD[:2], 2: MIDDLE[:2], 3: BEHIND[:2], 4: SAME[:2]}, BASE)
    late = race({**four, 3: [-1.0, -0.9, *[9.0] * 6]}, BASE)
    assert dict(early.left).items() <= dict(late.left).items()


def test_lower_is_better_where_it_is() -> None:
    assert race({1: AHEAD[:2], 3: BEHIND[:2]}, BASE, higher_is_better=False).running == [3]


def test_who_is_better_ends_the_race() -> None:
    result = race({2: [3.0, -2.0], 1: AHEAD}, BASE, alpha=0.9)
    assert result == Race([], 2, {2: "trial 1 was better first, after 2 pairs of runs"})


def test_who_is_worse_leaves_and_the_others_go_on() -> None:
    result = race({3: BEHIND[:2], 1: [3.0, -2.0]}, BASE, alpha=0.9, margin=0.001)
    assert result == Race([1], 2, {})


def test_who_is_too_little_ahead_leaves_once_there_are_pairs_enough_unless_there_is_a_margin() -> None:
    assert race({1: SAME[:4]}, BASE).running == [1]
    result = race({1: SAME}, BASE)
    assert (result.running, result.pairs) == ([], 5)
    assert result.left == {1: "it was too little ahead of the baseline after 5 pairs of runs"}
    assert race({1: SAME}, BASE, margin=0.001).running == [1]


def test_equal_scores_without_spread_do_not_break_it() -> None:
    result = race({1: [0.9] * 6, 2: [0.9] * 6}, [0.9] * 6)
    assert result.left[2] == "it was behind others after 2 pairs of runs"
    assert result.left[1].startswith("it was too little ahead")
    assert race({1: [0.9] * 6}, [0.8] * 6).left == {}


def test_a_race_waits_for_runs_that_lack_and_not_for_one_that_failed() -> None:
    assert race({1: AHEAD[:1], 2: MIDDLE}, BASE) == Race([1, 2], 1, {})
    result = race({1: AHEAD[:1], 2: MIDDLE[:4], 3: SAME[:4]}, BASE, failed=[1])
    assert result.running == [2]
    assert result.left[1] == "one of its runs failed, or of the baseline's"


def test_nobody_races_where_there_is_no_trial() -> None:
    assert race({}, BASE) == Race([], 0, {})


class TestRecords:
    def test_each_round_has_its_runs_and_the_last_one_goes_on_until_it_is_decided(self) -> None:
        begun = racing({0: [], 5: [], 1: [], 3: []})
        assert names(lacking(begun, [5, 1, 3])) == [(n, i) for i in (0, 1) for n in (0, 1, 3, 5)]
        assert undecided(begun) == lacking(begun, [5, 1, 3])
        second = racing({0: THEIRS[:2], 5: OURS[:2], 1: LIKE[:2], 3: THEIRS[:2]})
        assert race_of(second).running == [5]
        assert names(lacking(second, [5, 1, 3])) == [(n, i) for i in range(2, 10) for n in (0, 5)]
        over = racing({0: THEIRS[:7], 5: OURS[:7], 1: LIKE[:2], 3: THEIRS[:2]})
        assert lacking(over, [5, 1, 3]) == []

    def test_a_failed_run_of_the_baseline_ends_it_and_one_of_a_trial_takes_the_trial_out(self) -> None:
        study = racing({0: THEIRS[:2], 5: OURS[:1], 1: LIKE[:2], 3: THEIRS[:2]})
        lost = replace(study, confirming=[*study.confirming, ConfirmingRun(5, 1, 1, error="no luck")])
        assert {run.trial for run in lacking(lost, [5, 1, 3])} == {0, 1}
        without = [run for run in study.confirming if (run.trial, run.index) != (0, 1)]
        assert lacking(replace(study, confirming=[*without, ConfirmingRun(0, 1, 1, error="no")]), [5, 1, 3]) == []

    def test_the_board_says_who_won_and_why_others_have_no_verdict(self) -> None:
        results = confirmation_results(racing({0: THEIRS[:7], 5: OURS[:7], 1: LIKE[:2], 3: THEIRS[:2]}))
        assert results[5].verdict is not None
        assert results[5].verdict.outcome == "better"
        assert [results[n].why_none for n in (1, 3)] == ["it was behind others after 2 pairs of runs"] * 2

    def test_who_left_late_is_tied_and_answers_for_the_study(self) -> None:
        study = racing({0: THEIRS[:6], 5: [0.3, 0.4], 1: LIKE[:6], 3: [0.1, 0.2]})
        one = confirmation_results(study)[1]
        assert one.verdict is not None
        assert (one.verdict.outcome, one.why_none) == (
            "tied",
            "it was too little ahead of the baseline after 6 pairs of runs",
        )
        assert contender(Analysis(study)) == 1
        assert confirmation_results(study)[5].verdict is None


@pytest.mark.sweep
class TestSweeps:
    """Whole sweeps in miniature: 24 configurations, the best on validation in a race, with fresh seeds of sd 1."""

    def share(self, better_by: float, sweeps: int) -> float:
        """The share of sweeps in which a race of two calls a trial better, the true best one if there is one."""
        rng = np.random.default_rng(1)
        called = 0
        for _ in range(sweeps):
            true = np.zeros(24)
            true[7] = better_by
            picked = [int(n) for n in np.argsort(true + rng.standard_normal(24))[-2:]]
            fresh = {n: list(true[n] + rng.standard_normal(30)) for n in picked}
            result = race(fresh, list(rng.standard_normal(30)), alpha=0.025)
            won = [n for n in picked if n not in result.left and n not in result.running]
            called += 7 in won if better_by else bool(won)
        return called / sweeps

    def test_equal_configurations_are_seldom_better(self) -> None:
        assert self.share(0.0, 600) <= 0.025

    def test_two_sd_are_found_more_often_than_by_the_best_trial_alone(self) -> None:
        assert self.share(2.0, 600) >= 0.6  # 0.66 by design, less three standard errors
