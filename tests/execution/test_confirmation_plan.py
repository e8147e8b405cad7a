"""Which confirming runs a study is to have, and what is kept of that."""

from __future__ import annotations

from pathlib import Path

from builders import NAME, mixed_study, opened, scored, study_by
from confirmed import BASELINE, OURS, add, with_runs

from sweep.analysis.study_analysis import Analysis
from sweep.execution.confirmation_plan import fixed_plan, open_plan
from sweep.study.opening import open_confirmations
from sweep.study.records import read_study
from sweep.study.seeds import trial_seed
from sweep.study.until_sure import DEFAULT_PAIRS, UntilSure

NEAR = [score + 0.0003 for score in BASELINE]


def test_a_fixed_plan_is_as_many_runs_of_each_and_is_kept_as_it_was(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        plan = fixed_plan(Analysis(confirmations.record()), 1, 3)
        plan.write(confirmations)
    assert [(run.trial, run.index) for run in plan.runs] == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
    study = read_study(tmp_path, NAME)
    assert (study.confirm_seeds, study.until_sure) == ({0: 3, 1: 3}, None)


def test_runs_take_turns_and_have_seeds_that_the_search_never_drew(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    runs = fixed_plan(Analysis(study), 2, 3).runs
    assert [(run.trial, run.index) for run in runs] == [(n, i) for i in range(3) for n in (0, 1, 2)]
    seeds = [run.seed for run in runs]
    assert len(set(seeds)) == 9
    assert not set(seeds) & {trial_seed(0, number) for number in range(10_000)}
    assert len({run.number for run in runs}) == 9


def test_what_is_there_is_not_made_again_and_more_seeds_add_to_it(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=[0.9, 0.91], t1=[0.92])
    assert [(run.trial, run.index) for run in fixed_plan(Analysis(study), 1, 2).runs] == [(1, 1)]
    assert [(run.trial, run.index) for run in fixed_plan(Analysis(study), 1, 3).runs] == [(1, 1), (0, 2), (1, 2)]
    assert fixed_plan(Analysis(study), 1, 1).runs == []


def test_nothing_to_confirm_without_a_completed_rival(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.next_trial()
    assert fixed_plan(Analysis(read_study(tmp_path, NAME)), 1, 5).runs == []


def test_an_open_plan_is_the_most_that_there_may_be_and_says_so_in_the_journal(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        plan = open_plan(Analysis(confirmations.record()), 1, margin=0.05)
        plan.write(confirmations)
        assert len(plan.runs) == 2 * DEFAULT_PAIRS
        assert confirmations.record().until_sure == UntilSure(margin=0.0005)
        add(confirmations, 0, BASELINE)
        add(confirmations, 1, OURS[:1])
        assert len(plan.still_needed(confirmations.record())) == 2 * DEFAULT_PAIRS - 5


def test_what_was_asked_for_before_holds_until_something_else_is(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        open_plan(Analysis(confirmations.record()), 1, most=40, margin=0.05).write(confirmations)
        again = open_plan(Analysis(confirmations.record()), 1)
        assert (again.seeds, again.study.until_sure) == (40, UntilSure(0.0005))
        other = open_plan(Analysis(confirmations.record()), 1, most=8, margin=0)
        assert (other.seeds, other.study.until_sure) == (8, UntilSure())


def test_verdicts_by_a_fixed_number_are_remembered(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=BASELINE, t1=NEAR)
    plan = open_plan(Analysis(study), 1)
    assert plan.study.until_sure == UntilSure(fixed_runs=4)
    assert plan.runs[0].index == 4
    unlooked = with_runs(tmp_path / "other", t0=BASELINE)
    assert open_plan(Analysis(unlooked), 1).study.until_sure == UntilSure()


def test_several_trials_race_and_go_on_racing_until_others_are_asked_for(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        plan = open_plan(Analysis(confirmations.record()), 2)
        plan.write(confirmations)
        assert confirmations.record().until_sure == UntilSure(race=[1, 2])
        assert [run.number for run in plan.runs] == [run.number for run in plan.still_needed(confirmations.record())]
        assert {(run.trial, run.index) for run in plan.runs} == {(n, i) for n in (0, 1, 2) for i in (0, 1)}
        again = open_plan(Analysis(confirmations.record()), 1, anew=False)
        assert (again.numbers, again.study.until_sure) == ([1, 2], UntilSure(race=[1, 2]))
        alone = open_plan(Analysis(confirmations.record()), 1)
        assert (alone.numbers, alone.study.until_sure) == ([1], UntilSure())
        assert len(alone.runs) == 2 * DEFAULT_PAIRS


def test_the_margin_is_in_points_of_shares_and_else_in_the_metrics_own_unit() -> None:
    study = study_by(scored(0, 3.0), scored(1, 2.0, params={"x": 1}))
    plan = open_plan(Analysis(study), 1, margin=0.05)
    assert plan.study.until_sure == UntilSure(margin=0.05)


def test_without_a_rival_nothing_is_planned_and_nothing_written(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        plan = open_plan(Analysis(confirmations.record()), 0)
        plan.write(confirmations)
        assert plan.runs == []
        assert confirmations.record().until_sure is None
