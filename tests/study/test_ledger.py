"""A study keeps its budget, goes on where it was, and runs nothing twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from builders import (
    BASELINE,
    NAME,
    branching_space,
    complete,
    drain,
    fail,
    measurement,
    mixed_study,
    opened,
    prune,
    taken,
    tiny_space,
    tiny_sweep,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState

from sweep.errors import InputError, SweepError
from sweep.space.sweep import Sweep
from sweep.study.ledger import Ledger
from sweep.study.records import find_trial, read_study
from sweep.study.seeds import trial_seed
from sweep.study.storage import journal
from sweep.study.storage.folder import JOURNAL
from sweep.training.messages import Failure


def params_of(results: Path) -> list[dict[str, Any]]:
    return [trial.params for trial in read_study(results, NAME).trials]


def test_the_baseline_is_trial_0_and_the_budget_counts_it(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        specs = drain(ledger)
        assert ledger.next_trial() is None
        assert ledger.asked == 4
    assert [spec.number for spec in specs] == [0, 1, 2, 3]
    assert specs[0].params == {**BASELINE, "batch_size": 32}


def test_an_ingredient_is_recorded_but_the_model_is_not_given_it(tmp_path: Path) -> None:
    def multiplied(trial: Any) -> dict[str, Any]:
        return {"filters_1": 8 * trial.suggest_int("width", 1, 4)}

    sweep = tiny_sweep(space=multiplied, baseline={"width": 2}, trials=3)
    with opened(tmp_path, sweep) as ledger:
        first = taken(ledger)
    with opened(tmp_path, sweep) as ledger:
        assert taken(ledger) == first  # as a driver that went on would hand it out
        complete(ledger, first)
        drain(ledger)
    assert (first.params, first.model_params) == ({"width": 2, "filters_1": 16}, {"filters_1": 16})
    for trial in read_study(tmp_path, NAME).trials:
        assert set(trial.params) == {"width", "filters_1"}
        assert trial.model_params == {"filters_1": 8 * trial.params["width"]}


FIRST = {"filters_1": 32, "kernel_size": 2, "learning_rate": 1e-2}
SECOND = {**FIRST, "kernel_size": 4}
THIRD = {**FIRST, "filters_1": 8}


def tried(results: Path) -> list[dict[str, Any]]:
    return [{name: params[name] for name in FIRST} for params in params_of(results) if params]


def test_known_configurations_are_tried_right_after_the_baseline_once_each(tmp_path: Path) -> None:
    for trials in (4, 4, 6):
        with opened(tmp_path, tiny_sweep(trials=trials, enqueue=[FIRST, SECOND, FIRST, BASELINE])) as ledger:
            drain(ledger)
    begun = tried(tmp_path)
    assert begun[:3] == [BASELINE, FIRST, SECOND]
    assert len(begun) == 6
    assert all(begun.count(known) == 1 for known in (FIRST, SECOND, BASELINE))


def test_a_list_that_grew_adds_what_is_new(tmp_path: Path) -> None:
    for trials, known in ((2, [FIRST]), (3, [SECOND, FIRST]), (5, [SECOND, FIRST, THIRD])):
        with opened(tmp_path, tiny_sweep(trials=trials, enqueue=known)) as ledger:
            drain(ledger)
    assert tried(tmp_path)[:4] == [BASELINE, FIRST, SECOND, THIRD]


def test_what_the_budget_has_no_room_for_waits_until_it_has(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=2, enqueue=[FIRST, SECOND])) as ledger:
        assert len(drain(ledger)) == 2
        assert not ledger.lacks_trials
    assert tried(tmp_path) == [BASELINE, FIRST]
    with opened(tmp_path, tiny_sweep(trials=3)) as ledger:
        drain(ledger)
    assert tried(tmp_path) == [BASELINE, FIRST, SECOND]


def test_a_samplers_first_draws_are_the_same_with_and_without_known_configurations(tmp_path: Path) -> None:
    drawn = []
    for known in ([], [FIRST]):
        sampler = optuna.samplers.RandomSampler(seed=3)
        sweep = tiny_sweep(trials=3 + len(known), enqueue=known, sampler=sampler)
        with opened(tmp_path / str(len(known)), sweep) as ledger:
            drain(ledger)
        drawn.append(tried(tmp_path / str(len(known)))[1 + len(known) :])
    assert drawn[0] == drawn[1]


KERNELS = [(3, 3), [5, 5], None, "same", ((1, 2), 3)]


def kernel_space(trial: Any) -> dict[str, Any]:
    """A choice that JSON would change, and a constant that it would."""
    return {"kernel": trial.suggest_categorical("kernel", KERNELS), "pool": (2, 2)}


def test_tuples_stay_tuples_through_resuming_extending_and_reading(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    sweep = tiny_sweep(space=kernel_space, baseline={"kernel": (3, 3)}, trials=2)
    with opened(tmp_path, sweep) as ledger:
        first = taken(ledger)
    with opened(tmp_path, sweep) as ledger:
        assert taken(ledger) == first
        assert first.params == {"kernel": (3, 3), "pool": (2, 2)}
        complete(ledger, first)
        drain(ledger)
    with opened(tmp_path, tiny_sweep(space=kernel_space, baseline={"kernel": (3, 3)}, trials=24)) as ledger:
        specs = drain(ledger)
    study = read_study(tmp_path, NAME)
    assert [trial.params for trial in study.trials[2:]] == [spec.params for spec in specs]
    assert study.definition.baseline == first.params
    assert all(kernel in [trial.params["kernel"] for trial in study.trials] for kernel in KERNELS)
    assert not recwarn.list


def test_a_trial_cut_off_after_its_suggestion_gets_the_same_tuple(tmp_path: Path) -> None:
    sweep = tiny_sweep(space=kernel_space, baseline={"kernel": ((1, 2), 3)}, trials=2)
    with opened(tmp_path, sweep):
        pass
    path = tmp_path / NAME / JOURNAL
    study = journal.only_study(journal.storage(path, journal.Journal(path)))
    assert study is not None
    trial = study.ask()
    assert trial.suggest_categorical("kernel", [str(kernel) if kernel else None for kernel in KERNELS]) == (
        "((1, 2), 3)"
    )
    with opened(tmp_path, sweep) as ledger:
        assert taken(ledger).params["kernel"] == ((1, 2), 3)


def test_trials_can_be_handed_out_before_the_first_one_ends(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        specs = [taken(ledger) for _ in range(4)]
        assert ledger.next_trial() is None
        for spec in reversed(specs):
            complete(ledger, spec)
        assert [trial.state for trial in ledger.record().trials] == ["COMPLETE"] * 4


def test_a_budget_of_one_trains_the_baseline_alone(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=1)) as ledger:
        assert [spec.number for spec in drain(ledger)] == [0]


def test_every_trial_has_its_own_seed_written_down(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(seed=5)) as ledger:
        specs = drain(ledger)
    assert [spec.seed for spec in specs] == [trial_seed(5, number) for number in range(4)]
    assert [trial.seed for trial in read_study(tmp_path, NAME).trials] == [spec.seed for spec in specs]


def test_a_failed_trial_counts_against_the_budget(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        for _ in range(4):
            fail(ledger, taken(ledger))
        assert ledger.next_trial() is None
    with opened(tmp_path) as ledger:
        assert ledger.next_trial() is None


def test_states_and_what_was_measured_are_in_the_record(tmp_path: Path) -> None:
    trials = mixed_study(tmp_path).trials
    assert [trial.state for trial in trials] == ["COMPLETE"] * 3 + ["FAIL"] + ["PRUNED"] * 2
    first, failed, pruned = trials[0], trials[3], trials[4]
    assert (first.value, first.test.get("accuracy"), first.parameters, first.node) == (0.9, 0.89, 1234, "node-a")
    assert [point["step"] for point in first.curve] == [50, 100]
    assert first.last == {"step": 100, "epochs": 5.0, "val_accuracy": 0.9, "val_loss": 0.1, "seconds": 10.0}
    assert (failed.error, failed.details) == ('ValueError: it said "no", twice', "Traceback:\n  line 1")
    assert (failed.value, failed.test.get("accuracy"), failed.curve, failed.last) == (None, None, [], {})
    assert (pruned.value, pruned.test.get("accuracy"), len(pruned.curve)) == (None, None, 1)


def test_a_new_driver_takes_up_what_ran_under_its_own_number_params_and_seed(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger))
        left = [taken(ledger), taken(ledger)]
        ledger.report(left[0].number, measurement(50))
    with opened(tmp_path) as ledger:
        assert (ledger.asked, ledger.unfinished) == (3, 2)
        specs = drain(ledger)
        assert ledger.unfinished == 0
    assert specs[:2] == left
    assert [spec.number for spec in specs] == [1, 2, 3]
    assert [trial.state for trial in read_study(tmp_path, NAME).trials] == ["COMPLETE"] * 4


def test_a_trial_that_is_taken_up_keeps_the_rungs_it_had(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        spec = taken(ledger)
        ledger.report(spec.number, measurement(50, 0.7, seconds=3.0))
    with opened(tmp_path) as ledger:
        assert taken(ledger) == spec
        assert ledger.report(spec.number, measurement(50, 0.2, seconds=9.0)) is False
        ledger.report(spec.number, measurement(100, 0.8))
        ledger.complete(spec.number, measurement(100, 0.8))
    (trial, *_) = read_study(tmp_path, NAME).trials
    assert [(point["step"], point["val_accuracy"]) for point in trial.curve] == [(50, 0.7), (100, 0.8)]


def test_a_trial_killed_between_its_last_rung_and_its_end_completes_with_the_rung_it_has(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.report(taken(ledger).number, measurement(100, 0.8))
    with opened(tmp_path) as ledger:
        number = taken(ledger).number
        ledger.report(number, measurement(100, 0.7))
        ledger.complete(number, measurement(100, 0.7))
        trial = ledger.trial(number)
    assert len(trial.curve) == 1
    assert trial.value == trial.last["val_accuracy"]


def test_a_rung_killed_between_curve_and_report_still_reaches_the_pruner(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        number = taken(ledger).number
        ledger.report(number, measurement(50, 0.8))
    path = tmp_path / NAME / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    reported = next(index for index, line in enumerate(lines) if b'"intermediate_value":0.8' in line)
    path.write_bytes(b"".join(lines[:reported]))
    with opened(tmp_path) as ledger:
        ledger.report(taken(ledger).number, measurement(50, 0.8))
    study = optuna.load_study(study_name=NAME, storage=plain_storage(path))
    assert study.trials[0].intermediate_values == {50: 0.8}


def test_a_verdict_outlives_a_driver_killed_before_the_trial_was_told(tmp_path: Path) -> None:
    sweep = tiny_sweep(trials=6)  # the default pruner, which notes whom it judged
    with opened(tmp_path, sweep) as ledger:
        specs = [taken(ledger) for _ in range(4)]
        complete(ledger, specs[0], 0.9)
        complete(ledger, specs[1], 0.8)
        assert ledger.report(specs[2].number, measurement(50, 0.1)) is True
        assert ledger.report(specs[3].number, measurement(50, 0.95)) is False
    for _ in range(2):
        with opened(tmp_path, sweep) as ledger:
            assert [taken(ledger) for _ in range(2)] == specs[2:]
            assert ledger.report(specs[2].number, measurement(50, 0.1)) is True
            assert ledger.report(specs[3].number, measurement(50, 0.95)) is False
    with opened(tmp_path, sweep) as ledger:
        prune(ledger, taken(ledger))
        assert [trial.state for trial in ledger.record().trials][2] == "PRUNED"


def test_a_driver_that_dies_in_tell_prunes_the_trial_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(study: optuna.Study, trial: object, value: object = None, state: object = None) -> None:
        raise KeyboardInterrupt

    def measured(ledger: Ledger) -> None:
        spec = taken(ledger)
        if ledger.report(spec.number, measurement(50, 0.1)):
            ledger.prune(spec.number)

    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger), 0.9)
        complete(ledger, taken(ledger), 0.8)
        with monkeypatch.context() as patched:
            patched.setattr(optuna.Study, "tell", dies)
            with pytest.raises(KeyboardInterrupt):
                measured(ledger)
    with opened(tmp_path) as ledger:
        assert ledger.unfinished == 1
        measured(ledger)
        assert ledger.trial(2).state == "PRUNED"


def test_nothing_runs_twice_however_often_a_driver_dies(tmp_path: Path) -> None:
    sweep = tiny_sweep(trials=9)
    ended: list[int] = []
    for _ in range(30):
        with opened(tmp_path, sweep) as ledger:
            specs = [spec for _ in range(3) if (spec := ledger.next_trial())]
            if not specs:
                break
            complete(ledger, specs[-1])
            ended.append(specs[-1].number)
    assert sorted(ended) == list(range(9))
    assert [trial.state for trial in read_study(tmp_path, NAME).trials] == ["COMPLETE"] * 9


@settings(max_examples=12, deadline=None)
@given(events=st.lists(st.sampled_from(["take", "complete", "prune", "fail", "die"]), max_size=25))
def test_any_history_ends_with_each_number_ended_once(
    tmp_path_factory: pytest.TempPathFactory, events: list[str]
) -> None:
    results = tmp_path_factory.mktemp("history")
    ledger, running, ended = opened(results), [], []
    for event in events:
        if event == "die":
            ledger.__exit__()
            ledger, running = opened(results), []
        elif event == "take":
            spec = ledger.next_trial()
            running += [spec] if spec else []
        elif running:
            spec = running.pop(0)
            {"complete": complete, "prune": prune, "fail": fail}[event](ledger, spec)
            ended.append(spec.number)
    for spec in running:
        complete(ledger, spec)
        ended.append(spec.number)
    ended += [spec.number for spec in drain(ledger)]
    ledger.__exit__()
    assert sorted(ended) == [0, 1, 2, 3]
    assert {trial.state for trial in read_study(results, NAME).trials} <= {"COMPLETE", "PRUNED", "FAIL"}
    shutil.rmtree(results)


def test_a_larger_budget_extends_and_a_smaller_one_takes_nothing_away(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=2)) as ledger:
        drain(ledger)
    with opened(tmp_path, tiny_sweep(trials=5)) as ledger:
        assert [spec.number for spec in drain(ledger)] == [2, 3, 4]
    with opened(tmp_path, tiny_sweep(trials=3)) as ledger:
        assert ledger.next_trial() is None
        assert len(ledger.record().trials) == 5


def test_a_smaller_budget_still_finishes_what_was_begun(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        for _ in range(3):
            taken(ledger)
    with opened(tmp_path, tiny_sweep(trials=1)) as ledger:
        assert [spec.number for spec in drain(ledger)] == [0, 1, 2]


@pytest.mark.parametrize("sampler", [None, lambda: optuna.samplers.RandomSampler(seed=3)], ids=["default", "given"])
def test_after_reopening_the_sampler_does_not_draw_its_first_configurations_again(tmp_path: Path, sampler: Any) -> None:
    def sweep(trials: int) -> Any:
        return tiny_sweep(trials=trials, sampler=sampler() if sampler else None)

    for trials in (4, 7, 8, 9):
        with opened(tmp_path, sweep(trials)) as ledger:
            drain(ledger)
    rates = [params["learning_rate"] for params in params_of(tmp_path)]
    assert len(set(rates)) == 9


def test_a_driver_that_died_before_its_first_draw_ended_draws_others_too(tmp_path: Path) -> None:
    for _ in range(4):
        with opened(tmp_path, tiny_sweep(trials=8)) as ledger:
            while ledger.unfinished:
                taken(ledger)
            taken(ledger)
    rates = [params["learning_rate"] for params in params_of(tmp_path)]
    assert len(rates) == len(set(rates)) == 4


def test_two_studies_of_one_seed_draw_the_same_and_of_two_seeds_do_not(tmp_path: Path) -> None:
    drawn = []
    for index, seed in enumerate((1, 1, 2)):
        with opened(tmp_path / str(index), tiny_sweep(seed=seed)) as ledger:
            drawn.append([spec.params for spec in drain(ledger)])
    assert drawn[0] == drawn[1]
    assert drawn[0][0] == drawn[2][0]
    assert drawn[0][1:] != drawn[2][1:]


def test_a_space_that_fails_on_one_trial_fails_that_trial_alone(tmp_path: Path) -> None:
    def moody(trial: Any) -> dict[str, Any]:
        params = tiny_space(trial)
        if moods and trial.number == 2:
            raise RuntimeError("not today")
        return params

    moods: list[bool] = []
    ledger = opened(tmp_path, tiny_sweep(space=moody))
    moods.append(True)
    with ledger:
        assert [spec.number for spec in drain(ledger)] == [0, 1, 3]
        trial = find_trial(ledger.record(), 2)
    assert trial.state == "FAIL"
    assert "space(trial) raised RuntimeError: not today" in trial.error


def test_the_pruner_stops_the_worse_half_but_never_the_baseline(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=9)) as ledger:
        baseline, *others = [taken(ledger).number for _ in range(9)]
        scores = dict(zip(others, (0.5, 0.6, 0.7, 0.8, 0.75, 0.65, 0.72, 0.68), strict=True))
        stopped = [number for number, score in scores.items() if ledger.report(number, measurement(50, score))]
        assert [scores[number] for number in stopped] == [0.65, 0.68]  # 4th of 6 and 5th of 8 so far
        assert ledger.report(baseline, measurement(50, 0.1)) is False


def test_nothing_is_stopped_at_its_last_step(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(pruner=optuna.pruners.ThresholdPruner(lower=0.99))) as ledger:
        baseline, other = taken(ledger), taken(ledger)
        assert ledger.report(baseline.number, measurement(50, 0.1)) is False
        assert ledger.report(other.number, measurement(100, 0.1)) is False
        third = taken(ledger)
        assert ledger.report(third.number, measurement(50, 0.1)) is True


def test_a_loss_is_minimized(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(objective="val_loss")) as ledger:
        complete(ledger, taken(ledger), 0.6)
        complete(ledger, taken(ledger), 0.9)
    study = optuna.load_study(study_name=NAME, storage=plain_storage(tmp_path / NAME / JOURNAL))
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert study.best_trial.number == 1
    assert study.best_value == pytest.approx(0.1)


def plain_storage(path: Path) -> optuna.storages.JournalStorage:
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))


SEVERAL = ["val_accuracy", "parameters", "seconds", "inference_us"]


def test_several_objectives_are_told_to_optuna_and_nothing_is_pruned(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(objective=SEVERAL, trials=14)) as ledger:
        for number in range(14):  # beyond the sampler's random start
            spec = taken(ledger)
            assert not ledger.report(spec.number, measurement(50, 0.1))
            last = measurement(100, 0.1 + number / 100, parameters=1000 - number, inference_us=12.5)
            assert not ledger.report(spec.number, last)
            ledger.complete(spec.number, last)
        trials = ledger.record().trials
    assert [trial.state for trial in trials] == ["COMPLETE"] * 14
    assert [point["step"] for point in trials[3].curve] == [50, 100]
    assert (trials[3].value, trials[3].inference_us) == (None, 12.5)
    study = journal.load_study(tmp_path / NAME / JOURNAL)
    assert study is not None
    assert study.trials[3].values == [0.13, 997, 10.0, 12.5]
    assert [direction.name for direction in study.directions] == ["MAXIMIZE", "MINIMIZE", "MINIMIZE", "MINIMIZE"]
    assert [trial.number for trial in study.best_trials] == [13]


def test_a_study_of_several_objectives_goes_on_and_extends(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(objective=SEVERAL[:3], trials=2)) as ledger:
        drain(ledger, 0.7)
    with opened(tmp_path, tiny_sweep(objective=SEVERAL[:3], trials=14)) as ledger:
        ledger.report(taken(ledger).number, measurement(50))
    with opened(tmp_path, tiny_sweep(objective=SEVERAL[:3], trials=14)) as ledger:
        assert len(drain(ledger)) == 12
    assert [trial.state for trial in read_study(tmp_path, NAME).trials] == ["COMPLETE"] * 14


def test_several_trials_of_several_objectives_may_run_at_once(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(objective=SEVERAL[:2], trials=30)) as ledger:
        running = [ledger.next_trial() for _ in range(3)]
        while (spec := running.pop(0)) is not None:
            complete(ledger, spec, 0.5 + spec.number / 100)
            running.append(ledger.next_trial())
    assert len({tuple(params.values()) for params in params_of(tmp_path)}) > 20


def test_plain_optuna_opens_a_study_and_finds_what_happened(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    study = optuna.load_study(study_name=NAME, storage=plain_storage(tmp_path / NAME / JOURNAL))
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE] * 3 + [TrialState.FAIL] + [TrialState.PRUNED] * 2
    assert study.best_trial.number == 1
    assert study.best_value == 0.95
    assert study.trials[0].params == BASELINE
    assert study.trials[4].intermediate_values == {50: 0.3}
    assert len(study.trials_dataframe()) == 6


def test_plain_optuna_may_queue_a_trial_that_the_next_run_trains(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=2)) as ledger:
        drain(ledger)
    study = optuna.load_study(study_name=NAME, storage=plain_storage(tmp_path / NAME / JOURNAL))
    study.enqueue_trial({"filters_1": 32, "kernel_size": 4, "learning_rate": 0.05})
    with opened(tmp_path, tiny_sweep(trials=3)) as ledger:
        (spec,) = drain(ledger)
    assert spec.number == 2
    assert spec.params == {"filters_1": 32, "kernel_size": 4, "learning_rate": 0.05, "batch_size": 32}


def test_conditional_params_of_each_trial_are_those_it_was_given(tmp_path: Path) -> None:
    sweep = tiny_sweep(space=branching_space, baseline={"optimizer": "adam"}, trials=12)
    with opened(tmp_path, sweep) as ledger:
        specs = drain(ledger)
    assert params_of(tmp_path) == [spec.params for spec in specs]
    assert {("momentum" in spec.params) == (spec.params["optimizer"] == "sgd") for spec in specs} == {True}


def test_a_failing_sampler_ends_the_sweep_and_burns_no_trial(tmp_path: Path) -> None:
    class Broken(optuna.samplers.RandomSampler):
        def sample_independent(self, *arguments: Any) -> Any:
            raise RuntimeError("out of ideas")

    with opened(tmp_path, tiny_sweep(sampler=Broken())) as ledger:
        assert taken(ledger).number == 0
        with pytest.raises(SweepError, match=r"the sampler failed to suggest .*out of ideas"):
            ledger.next_trial()
        assert find_trial(ledger.record(), 1).state == "RUNNING"


def test_a_failure_may_come_without_details(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        spec = taken(ledger)
        ledger.fail(spec.number, Failure("the worker process died"))
        assert (ledger.trial(0).error, ledger.trial(0).details) == ("the worker process died", "")


def three_units(trial: Any) -> dict[str, Any]:
    return {"units": trial.suggest_categorical("units", [8, 16, 32])}


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize(
    "sampler",
    [lambda: optuna.samplers.GridSampler({"units": [8, 16]}), lambda: optuna.samplers.BruteForceSampler()],
    ids=["grid", "brute force"],
)
def test_a_sampler_that_has_tried_everything_ends_the_study_once_and_for_all(
    tmp_path: Path, sampler: Callable[[], Any]
) -> None:
    with opened(tmp_path, Sweep(three_units, {"units": 8}, trials=9, sampler=sampler())) as ledger:
        trained = len(drain(ledger))
        assert 2 <= trained < 9
        assert not ledger.lacks_trials
        assert {trial.state for trial in ledger.record().trials} == {"COMPLETE"}
    for changes in ({}, {}, {"trials": 20}):
        sweep = Sweep(three_units, {"units": 8}, **{"trials": 9, "sampler": sampler(), **changes})
        with opened(tmp_path, sweep) as ledger:
            assert not ledger.lacks_trials
            assert drain(ledger) == []
    with opened(tmp_path, Sweep(three_units, {"units": 8}, trials=trained + 2)) as ledger:
        assert len(drain(ledger)) == 2  # another sampler has more to say


def test_a_sampler_that_fails_once_has_not_tried_everything(tmp_path: Path) -> None:
    class Fails(optuna.samplers.RandomSampler):
        fails = True

        def after_trial(self, study: Any, trial: Any, state: Any, values: Any) -> None:
            if trial.number == 1 and self.fails:
                self.fails = False
                raise RuntimeError("CUDA error: out of memory")

    sampler = Fails()
    with opened(tmp_path, tiny_sweep(sampler=sampler)) as ledger, pytest.raises(SweepError, match="the sampler failed"):
        drain(ledger)
    with opened(tmp_path, tiny_sweep(sampler=sampler)) as ledger:
        drain(ledger)
        assert [trial.state for trial in ledger.record().trials] == ["COMPLETE"] * 4


def test_a_baseline_that_ends_when_one_cell_of_a_grid_is_left_is_no_error(tmp_path: Path) -> None:
    grid = optuna.samplers.GridSampler({"units": [8, 16, 32]})
    with opened(tmp_path, Sweep(three_units, {"units": 8}, trials=9, sampler=grid)) as ledger:
        specs = [ledger.next_trial() for _ in range(3)]
        for spec in (specs[1], specs[2], specs[0]):
            assert spec is not None
            complete(ledger, spec)
        drain(ledger)
        assert {trial.params["units"] for trial in ledger.record().trials} == {8, 16, 32}


def test_a_larger_grid_goes_on_where_a_smaller_one_ended(tmp_path: Path) -> None:
    for choices, more in (([8, 16], True), ([8, 16, 32], True), ([8, 16, 32], False)):
        grid = optuna.samplers.GridSampler({"units": choices})
        with opened(tmp_path, Sweep(three_units, {"units": 8}, trials=9, sampler=grid)) as ledger:
            assert bool(drain(ledger)) is more
            units = {trial.params["units"] for trial in ledger.record().trials}
    assert units == {8, 16, 32}


def test_a_study_keeps_the_precision_it_began_in(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep()) as ledger:
        assert ledger.settle_precision("auto", "bfloat16") == "bfloat16"
    with opened(tmp_path, tiny_sweep()) as ledger:
        assert ledger.settle_precision("auto", "float32") == "bfloat16"
        assert ledger.settle_precision("bfloat16", "bfloat16") == "bfloat16"
        with pytest.raises(InputError, match="began in bfloat16, but --precision is float32; use --new"):
            ledger.settle_precision("float32", "float32")


def test_a_pruning_that_was_decided_when_the_driver_died_is_decided_again(tmp_path: Path) -> None:
    class Never(optuna.pruners.BasePruner):
        def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
            return True

    sweep = tiny_sweep(pruner=Never())
    with opened(tmp_path, sweep) as ledger:
        taken(ledger)
        number = taken(ledger).number
        assert ledger.report(number, measurement(50))
    with opened(tmp_path, sweep) as ledger:
        taken(ledger)
        assert taken(ledger).number == number
        assert ledger.report(number, measurement(50))
        assert len(ledger.record().trials[number].curve) == 1


def test_an_event_that_is_broken_off_is_not_written_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*words: object, **more: object) -> None:
        raise KeyboardInterrupt

    with opened(tmp_path) as ledger:
        number = taken(ledger).number
        monkeypatch.setattr(optuna.Study, "tell", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ledger.fail(number, Failure("the worker was lost"))
    trial = read_study(tmp_path, NAME).trials[0]
    assert (trial.state, trial.error) == ("RUNNING", "")


class RaisingPruner(optuna.pruners.BasePruner):
    """Always fails."""

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        raise ValueError("no mood")


def test_a_pruner_that_raises_is_one_message(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(pruner=RaisingPruner())) as ledger:
        spec = ledger.next_trial()
        assert spec is not None
        with pytest.raises(SweepError, match="the pruner failed: ValueError: no mood"):
            ledger.report(spec.number, measurement(50))
