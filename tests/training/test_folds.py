"""Cross-validation: a trial's score is the mean over its folds, and its model is trained on all examples at the end."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
from models import CLASSES, SEED, SIZE, dense, evaluated, in_batches, table, table_data, targets
from models import dataset as made_of
from sklearn.model_selection import KFold, StratifiedKFold

from sweep.data.dataset import Dataset, TrainingData
from sweep.data.parts import Part
from sweep.space.metrics import LOSS
from sweep.space.sweep import Sweep
from sweep.training.checkpoint import unpack
from sweep.training.folds import FoldWorker
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.worker import Worker, make_worker

pytestmark = pytest.mark.sweep

FOLDS, EPOCHS = 3, 2
TOLERANCE = 1e-5
STEPS = (25, 50, 75, 100)
SCORED = dense(metrics=["accuracy"])
SPEC = TrialSpec(0, {"batch_size": SIZE}, SEED)


def worker_of(data: Dataset, build: Any = SCORED, **config: Any) -> FoldWorker:
    worker = make_worker(TrainingConfig(build, EPOCHS, STEPS, folds=FOLDS, **config), data.training(FOLDS), data.test)
    assert isinstance(worker, FoldWorker)
    return worker


def measured(worker: FoldWorker, saved: bytes | None = None, rungs: int = FOLDS + 1) -> list[Measurement]:
    worker.start(SPEC, saved)
    measurements = [worker.advance() for _ in range(rungs)]
    assert all(measurements)
    return [measurement for measurement in measurements if measurement is not None]


def without_times(measurements: list[Measurement]) -> list[tuple[Any, ...]]:
    return [(item.step, item.epochs, dict(item.val), dict(item.test)) for item in measurements]


def by_hand(data: Dataset, kind: Any, build: Any, **keywords: Any) -> tuple[list[dict[str, float]], dict[str, float]]:
    """What Keras's `fit` and `evaluate` make of each of scikit-learn's folds, and of all examples in the test."""
    scores = []
    for train, val in kind.split(np.zeros(len(data.train)), data.train.labels):
        scores.append(evaluated(fitted(data.train.rows(train), build, **keywords), data.train.rows(val)))
    return scores, evaluated(fitted(data.train, build, **keywords), data.test)


def fitted(part: Part, build: Any, **keywords: Any) -> keras.Model:
    keras.utils.set_random_seed(SEED)
    model = build({})
    model.fit(**in_batches(part, EPOCHS), **keywords)
    return model


def mean(scores: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([score[name] for score in scores])) for name in scores[0]}


def test_the_score_is_the_mean_of_scikit_learns_folds_and_the_model_is_of_all_examples() -> None:
    data = table_data()
    measurements = measured(worker_of(data))
    scores, test = by_hand(data, StratifiedKFold(FOLDS, shuffle=True, random_state=0), SCORED)
    for number, measurement in enumerate(measurements[:FOLDS], start=1):
        assert measurement.val == pytest.approx(mean(scores[:number]), abs=TOLERANCE)
        assert (measurement.test, measurement.inference_us) == ({}, None)
    last = measurements[-1]
    assert last.val == measurements[-2].val
    assert last.test == pytest.approx(test, abs=TOLERANCE)
    assert [item.step for item in measurements] == list(STEPS)
    assert [item.epochs for item in measurements] == [2, 4, 6, 8]
    assert measurements[0].seconds < last.seconds
    assert last.inference_us is not None


def test_a_regression_is_split_without_strata_and_by_fit_gives_the_same() -> None:
    x, _ = table()
    data = made_of(x, targets())
    build = dense(1, loss="mse", metrics=["mae"])
    worker = worker_of(data, build, objectives=("val_mae",))
    measurements = measured(worker)
    scores, test = by_hand(data, KFold(FOLDS, shuffle=True, random_state=0), build)
    assert measurements[-1].val == pytest.approx(mean(scores), abs=TOLERANCE)
    assert measurements[-1].test == pytest.approx(test, abs=TOLERANCE)
    assert worker.reason
    assert worker.predicted is None
    assert worker.losses is not None
    assert np.mean(worker.losses) == pytest.approx(measurements[-1].test[LOSS], abs=TOLERANCE)


def test_a_next_trial_begins_anew() -> None:
    worker = worker_of(table_data())
    whole = without_times(measured(worker))
    measured(worker, rungs=1)  # pruned after a fold
    assert without_times(measured(worker)) == whole
    assert worker.predicted is not None


WAYS: dict[str, dict[str, Any]] = {
    "quick": {},
    "by fit": {"fit": lambda params: {"callbacks": [keras.callbacks.EarlyStopping()]}},
}


@cache
def uninterrupted(way: str) -> list[tuple[Any, ...]]:
    """What a trial that never stops measures."""
    return without_times(measured(worker_of(table_data(), **WAYS[way])))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("folds_done", [0, 1, 3])
def test_a_trial_goes_on_in_the_middle_of_a_fold_in_a_fresh_worker(way: str, folds_done: int) -> None:
    data, config = table_data(), WAYS[way]
    worker = worker_of(data, **config)
    worker.start(SPEC)
    for _ in range(folds_done):
        worker.advance()
    between = worker.checkpoint()
    worker._start_fold()
    worker._worker._train_until(5, lambda: False)
    within = worker.checkpoint()
    assert worker.epochs_done == folds_done * EPOCHS
    for saved in (between, within):
        rest = measured(worker_of(data, **config), saved, FOLDS + 1 - folds_done)
        assert without_times(rest) == uninterrupted(way)[folds_done:]
    checkpoint = unpack(within)
    assert checkpoint is not None
    assert len(checkpoint.state["scores"]) == folds_done


def test_a_pause_within_a_fold_measures_nothing() -> None:
    worker = worker_of(table_data())
    worker.start(SPEC)
    assert worker.advance(lambda: True) is None
    assert worker.epochs_done == 0
    measurement = worker.advance()
    assert measurement is not None
    assert measurement.step == STEPS[0]


def stopping(params: Any) -> dict[str, Any]:
    """A callback that stops after the first epoch that is not better; `mode` makes that the second."""
    return {"callbacks": [keras.callbacks.EarlyStopping("val_loss", mode="max", patience=0)]}


def test_with_callbacks_that_watch_validation_the_last_model_is_trained_as_in_the_first_fold() -> None:
    data = table_data()
    measurements = measured(worker_of(data, fit=stopping))
    train, val = next(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(data.train.y, data.train.y))
    first = Worker(
        TrainingConfig(SCORED, EPOCHS, (100,), fit=stopping),
        TrainingData(data.train.rows(train), data.train.rows(val), CLASSES),
        data.test,
    )
    first.start(SPEC)
    alone = first.advance()
    assert alone is not None
    assert measurements[0].val == alone.val
    assert measurements[-1].test == alone.test


def test_the_epochs_are_those_that_were_trained() -> None:
    config = TrainingConfig(SCORED, 4, STEPS, folds=FOLDS, fit=stopping)
    data = table_data()
    worker = make_worker(config, data.training(FOLDS), data.test)
    worker.start(SPEC)
    epochs = [measurement.epochs for _ in STEPS if (measurement := worker.advance())]
    assert epochs == [2, 4, 6, 8]


def test_a_confirming_run_has_no_folds() -> None:
    data = table_data()
    config = TrainingConfig(SCORED, EPOCHS, STEPS, folds=FOLDS).on_everything()
    worker = make_worker(config, data.whole(), data.test)
    assert isinstance(worker, Worker)
    worker.start(SPEC)
    measurement = worker.advance()
    assert measurement is not None
    assert (measurement.step, measurement.val) == (100, {})
    assert measurement.test == measured(worker_of(data))[-1].test


def test_a_sweep_s_steps_are_its_folds_and_the_last_model() -> None:
    def sweep(folds: int) -> Sweep:
        return Sweep(space=lambda trial: {}, baseline={}, folds=folds)

    assert sweep(FOLDS).steps == STEPS
    assert len(set(sweep(99).steps)) == 100


def test_there_is_no_history_as_several_models_are_trained() -> None:
    assert [list(item.history) for item in measured(worker_of(table_data()))] == [[]] * (FOLDS + 1)
