"""Runs until it is decided: which pairs count, which run is next, and what stands on the board."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import by_two_codes
from pairs import LIKE, OURS, THEIRS, planned

from sweep.analysis.confirmation import ConfirmationResult, confirmation_results
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.analysis.until_sure import lacking, most_pairs, number_asked, standing_of, undecided
from sweep.analysis.verdict_table import verdict_table
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import StudyRecord


def without(study: StudyRecord, trial: int, index: int) -> StudyRecord:
    """The study while one of its runs has not ended."""
    left = [run for run in study.confirming if (run.trial, run.index) != (trial, index)]
    return replace(study, confirming=left)


def failed(study: StudyRecord, trial: int, index: int) -> StudyRecord:
    """The study with one of its runs failed."""
    runs = [*without(study, trial, index).confirming, ConfirmingRun(trial, index, 1, error="ValueError: no luck")]
    return replace(study, confirming=sorted(runs, key=lambda run: run.number))


def names(runs: list[ConfirmingRun]) -> list[tuple[int, int]]:
    return [(run.trial, run.index) for run in runs]


def result(study: StudyRecord, number: int = 5) -> ConfirmationResult:
    return confirmation_results(study)[number]


class TestWhichPairsCount:
    def test_only_those_before_the_first_that_lacks_a_run(self) -> None:
        study = planned({0: THEIRS, 5: OURS})
        assert standing_of(study, 5).pairs == 10
        assert standing_of(without(study, 5, 3), 5).pairs == 3
        assert standing_of(without(study, 0, 0), 5).pairs == 0
        assert standing_of(planned({0: THEIRS, 5: OURS[:4]}), 5).pairs == 4

    def test_runs_that_end_in_another_order_come_to_the_same(self) -> None:
        study = planned({0: THEIRS, 5: OURS})
        mixed = replace(study, confirming=study.confirming[::-1])
        assert standing_of(mixed, 5) == standing_of(study, 5)

    def test_what_was_decided_stays_decided_whatever_ends_or_fails_later(self) -> None:
        turning = [*OURS[:6], *THEIRS[6:]]
        for n in range(5, 11):
            verdict = result(planned({0: THEIRS[:n], 5: turning[:n]})).verdict
            assert verdict is not None
            assert (verdict.outcome, verdict.pairs) == ("better", 5)
        late = failed(planned({0: THEIRS, 5: OURS}), 5, 8)
        assert result(late).verdict is not None
        assert result(late).failed == 1

    def test_runs_of_another_model_function_leave_their_places_to_those_after_them(self) -> None:
        study = planned({0: [0.1, *THEIRS], 5: [0.2, 0.3, *OURS]})
        old = [
            replace(run, environment=0 if run.index < (1 if run.trial == 0 else 2) else 1) for run in study.confirming
        ]
        changed = replace(by_two_codes(study), confirming=old)
        assert standing_of(changed, 5) == standing_of(planned({0: THEIRS, 5: OURS}), 5)


class TestWhichRunIsNext:
    def test_pair_by_pair_up_to_the_most(self) -> None:
        study = planned({0: LIKE[:1], 5: []}, most=3)
        assert names(lacking(study, [5])) == [(5, 0), (0, 1), (5, 1), (0, 2), (5, 2)]
        assert (most_pairs(study, 5), names(undecided(study))) == (3, names(lacking(study, [5])))

    def test_none_once_it_is_decided_or_the_most_are_made(self) -> None:
        assert lacking(planned({0: THEIRS, 5: OURS}, most=30), [5]) == []
        assert lacking(planned({0: THEIRS, 5: LIKE}, most=10), [5]) == []
        assert len(lacking(planned({0: THEIRS, 5: LIKE}, most=12), [5])) == 4
        assert lacking(planned({0: THEIRS, 5: LIKE}, most=12, margin=0.1), [5]) == []

    def test_none_of_a_trial_that_a_failure_leaves_without_a_verdict(self) -> None:
        both = planned({0: THEIRS[:3], 1: LIKE[:3], 5: LIKE[:3]}, numbers=(1, 5))
        assert {run.trial for run in lacking(failed(both, 5, 2), [1, 5])} == {0, 1}
        assert lacking(failed(both, 0, 2), [1, 5]) == []

    def test_a_trial_that_is_decided_leaves_and_the_baseline_goes_on(self) -> None:
        both = planned({0: THEIRS[:8], 1: LIKE[:8], 5: OURS[:8]}, numbers=(1, 5))
        assert result(both).verdict is not None
        assert names(lacking(both, [1, 5])) == [(0, 8), (1, 8), (0, 9), (1, 9)]

    def test_the_run_that_a_crash_left_unfinished_comes_first(self) -> None:
        study = without(planned({0: LIKE[:4], 5: LIKE[:4]}), 5, 1)
        assert names(lacking(study, [5]))[0] == (5, 1)


class TestWhatTheBoardSays:
    def test_better_worse_and_equivalent(self) -> None:
        outcomes = {
            "better": planned({0: THEIRS, 5: OURS}),
            "worse": planned({0: OURS, 5: THEIRS}),
            "equivalent": planned({0: THEIRS, 5: LIKE}, margin=0.005),
            "tied": planned({0: THEIRS, 5: LIKE}),
        }
        for outcome, study in outcomes.items():
            analysis = Analysis(study)
            row = board(analysis).set_index("trial").loc[5]
            table = verdict_table(analysis).set_index("trial").loc[5]
            assert row["verdict"] == table["verdict"] == outcome
            assert row["diff_low"] == table["low"] <= table["difference"] <= table["high"] == row["diff_high"]
            assert (table["p_value"] <= 0.05) == (outcome in ("better", "worse"))

    def test_before_it_is_decided_there_is_an_interval_and_no_verdict(self) -> None:
        one = result(planned({0: THEIRS[:7], 5: LIKE[:7]}))
        assert (one.verdict, one.why_none) == (None, "it is not decided after 7 of up to 10 pairs of runs")
        assert one.against is not None
        assert one.against.low < 0 < one.against.high
        row = board(Analysis(planned({0: THEIRS[:7], 5: LIKE[:7]}))).set_index("trial").loc[5]
        assert (row["verdict"], row["diff_low"]) == ("", one.against.low)

    @pytest.mark.parametrize(
        ("runs", "why"),
        [
            ({0: THEIRS[:1], 5: LIKE[:1]}, "it is not decided after 1 of up to 10 pairs of runs"),
            ({5: LIKE}, "it is not decided after 0 of up to 10 pairs of runs"),
            ({0: [0.9] * 10, 5: [0.9] * 10}, "all 10 pairs of runs differ by the same"),
        ],
    )  # fmt: skip
    def test_why_there_is_none(self, runs: dict[int, list[float]], why: str) -> None:
        one = result(planned(runs, margin=0.01))
        assert one.verdict is None
        assert one.why_none.startswith(why)

    def test_too_few_pairs_and_failures_are_said(self) -> None:
        few = result(planned({0: THEIRS[:3], 5: LIKE[:3]}, most=3))
        assert few.why_none == "3 pairs of runs are too few to tell anything"
        study = planned({0: THEIRS, 5: LIKE})
        assert result(failed(study, 5, 8)).why_none == "1 of its 10 runs failed"
        assert result(failed(study, 0, 8)).why_none == "1 of the baseline's 10 runs failed"
        assert result(failed(study, 0, 8)).against is None

    def test_of_several_trials_each_is_asked_more_and_those_planned_count(self) -> None:
        alone = result(planned({0: THEIRS, 5: LIKE}))
        among = result(planned({0: THEIRS, 5: LIKE}, numbers=(1, 2, 5)))
        assert number_asked(planned({0: THEIRS, 5: LIKE}, numbers=(1, 2, 5))) == 3
        assert alone.against is not None
        assert among.against is not None
        assert among.against.low < alone.against.low < alone.against.high < among.against.high

    def test_a_fixed_number_of_runs_keeps_its_test(self) -> None:
        fixed = replace(planned({0: THEIRS, 5: OURS}), until_sure=None)
        verdict = result(fixed).verdict
        assert verdict is not None
        assert (verdict.outcome, verdict.pairs) == ("better", 0)
