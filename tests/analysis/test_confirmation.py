"""What the confirming runs of a study say together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NAME, mixed_study, scored, study_by
from confirmed import BASELINE, OURS, add, with_runs

from sweep.analysis.confirmation import confirmation_results, training_differences
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.analysis.verdict_table import verdict_table
from sweep.errors import SweepFailed
from sweep.execution.confirmation_plan import fixed_plan
from sweep.execution.driver import refuse_failed_outcome
from sweep.report.console import console
from sweep.report.findings import print_verdicts, sentence
from sweep.report.format import described, written_as
from sweep.study.confirmations import missing
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.opening import open_confirmations

ACCURACY = written_as("accuracy")


def test_a_failed_run_counts_as_made_and_leaves_no_verdict(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=BASELINE, t1=OURS)
    with open_confirmations(tmp_path, NAME) as confirmations:
        confirmations.add(ConfirmingRun(1, 4, 5, error="ValueError: no luck"))
        study = confirmations.record()
        assert [run.index for run in missing(study, [1], 6)] == [5]
    one = confirmation_results(study)[1]
    assert (one.failed, one.made, one.verdict) == (1, 5, None)
    assert sentence(one, ACCURACY) == "Trial 1 has no verdict: 1 of its 5 runs failed."
    assert board(Analysis(study)).set_index("trial").loc[1].verdict == ""


def test_a_baseline_that_failed_leaves_no_verdict_and_always_failing_ends_with_its_reason(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        add(confirmations, 1, OURS)
        confirmations.add(ConfirmingRun(0, 0, 5, error="ValueError: no luck"))
        study = confirmations.record()
        line = sentence(confirmation_results(study)[1], ACCURACY)
        assert line == "Trial 1 has no verdict: 1 of the baseline's 1 runs failed."
        with pytest.raises(SweepFailed, match="no luck"):
            refuse_failed_outcome(study)
        add(confirmations, 0, [0.9])
        refuse_failed_outcome(confirmations.record())


def test_there_is_no_verdict_before_all_runs_are_there(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        confirmations.schedule(fixed_plan(Analysis(confirmations.record()), 1, 5).runs, 5)
        add(confirmations, 0, [*BASELINE, 0.989])
        add(confirmations, 1, OURS)
        line = sentence(confirmation_results(confirmations.record())[1], ACCURACY)
        assert line.endswith("only 4 of its 5 runs are there yet.")
        add(confirmations, 1, [0.992])
        verdict = confirmation_results(confirmations.record())[1].verdict
    assert verdict is not None
    assert verdict.outcome == "better"


def test_several_questions_are_harder_to_answer(tmp_path: Path) -> None:
    alone = confirmation_results(with_runs(tmp_path / "one", t0=BASELINE, t1=OURS))[1]
    study = with_runs(tmp_path / "two", t0=BASELINE, t1=OURS, t2=BASELINE[::-1])
    among = confirmation_results(study)
    assert alone.verdict is not None
    assert among[1].verdict is not None
    assert among[1].verdict.p_holm == pytest.approx(2 * (alone.verdict.p_holm or 0))
    assert among[2].verdict is not None
    assert among[2].verdict.outcome == "tied"
    assert among[2].seeds_to_settle is None
    assert list(among) == [0, 1, 2]


def test_a_tie_says_how_many_runs_would_settle_it(tmp_path: Path) -> None:
    near = [score + 0.0004 for score in BASELINE]
    one = confirmation_results(with_runs(tmp_path, t0=BASELINE, t1=near))[1]
    assert one.verdict is not None
    assert one.verdict.outcome == "tied"
    assert 10 < (one.seeds_to_settle or 0) < 100


def test_runs_without_the_baselines_have_no_verdict(tmp_path: Path) -> None:
    results = confirmation_results(with_runs(tmp_path, t1=OURS))
    assert results[1].verdict is None
    line = sentence(results[1], ACCURACY)
    assert line == "Trial 1 has no verdict: only 0 of the baseline's 2 runs are there yet."


def test_runs_that_were_not_trained_alike_are_told(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        for index, keras in enumerate(("3.14", "3.15")):
            environment = json.dumps({"python": "3.11", "keras": keras, "machine": keras})
            confirmations.add(ConfirmingRun(1, index, index, {"accuracy": 0.9}), environment)
        study = confirmations.record()
    assert list(map(described, training_differences(study))) == ["keras was 3.14, now 3.15"]
    out = console()
    with out.capture() as heard:
        print_verdicts(out, Analysis(study))
    assert "not all of these were trained alike: keras was 3.14, now 3.15" in heard.get()


LOW, HIGH = [2.0, 2.1, 1.9, 2.05], [3.0, 3.1, 2.9, 3.05]


@pytest.mark.parametrize(
    ("metric", "direction", "outcome"),
    [
        ("mae", "minimize", "better"),
        ("loss", "minimize", "better"),
        ("auc", "maximize", "worse"),
        ("r2", "maximize", "worse"),
    ],
)
def test_lower_scores_are_better_where_the_metric_is_minimized(metric: str, direction: str, outcome: str) -> None:
    trials = [scored(0, 3.0, metric), scored(1, 2.0, metric)]
    study = study_by(*trials, metric=metric, direction=direction, runs={0: HIGH, 1: LOW})
    verdict = confirmation_results(study)[1].verdict
    assert verdict is not None
    assert verdict.outcome == outcome
    assert verdict.comparison.difference == pytest.approx(-1.0)  # with its raw sign
    row = board(Analysis(study)).set_index("trial").loc[1]
    assert row["diff_low"] < row["diff_high"] < 0
    assert row["confirmed_mean"] == pytest.approx(2.0125)
    assert (row["verdict"], verdict_table(Analysis(study)).set_index("trial").loc[1, "verdict"]) == (outcome, outcome)


def test_a_score_that_is_no_number_leaves_no_verdict() -> None:
    study = study_by(scored(0, 3.0), scored(1, 2.0), runs={0: HIGH, 1: [*LOW, float("inf")]})
    one = confirmation_results(study)[1]
    assert (one.failed, one.verdict, one.mean) == (1, None, pytest.approx(2.0125))


def test_runs_of_a_version_that_kept_only_their_accuracy_are_compared_by_it() -> None:
    trials = [scored(number, 3.0 - number, "loss", val_accuracy=0.5) for number in (0, 1)]
    study = study_by(*trials, metric="loss")
    runs = [
        ConfirmingRun(n, i, 1, {"accuracy": x})
        for n, scores in enumerate((BASELINE, OURS))
        for i, x in enumerate(scores)
    ]
    study = replace(study, confirming=runs)
    verdict = confirmation_results(study)[1].verdict
    assert study.confirmed_metric == "accuracy"
    assert verdict is not None
    assert verdict.outcome == "better"  # the accuracies are higher
