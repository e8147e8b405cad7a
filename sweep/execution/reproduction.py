"""Trains one trial of a study again from what was recorded, and compares the numbers with those of then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sweep.analysis.reproducibility import Reproduction, Yardstick, compare_runs, same_point
from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.study.records import StudyRecord, TrialRecord
from sweep.study.restore import RestoredStudy
from sweep.training.cpu import onednn_for_training
from sweep.training.environment import Environment, EnvironmentChange, changes, environment
from sweep.training.local import in_fresh_process, warm_worker
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec, failure_of, pickled, unpickled


@dataclass(frozen=True)
class TrainedAgain:
    """A trial that was trained again.

    Args:
        trial: record of the trial as it was then.
        measurements: what was measured now, at each rung.
        failure: why it failed now; empty if it did not.
        here: what it was trained with now.
        images: number of validation examples and of test examples.
        trained_with: what it was trained with then, each part of it; empty if an earlier version ran it.
        yardstick: what both are compared by. Default: the accuracy.
    """

    trial: TrialRecord
    measurements: list[Measurement]
    failure: str
    here: Environment
    images: tuple[int, int]
    trained_with: list[Environment]
    yardstick: Yardstick = field(default_factory=Yardstick)

    @property
    def reproduction(self) -> Reproduction | None:
        """How the numbers compare; None if the trial failed, then or now."""
        if self.failure or self.trial.state == "FAIL":
            return None
        return compare_runs(self.trial, self.measurements, *self.images, self.yardstick)

    @property
    def verdict(self) -> str:
        """One of "identical", "within noise" and "different"; a trial that failed is identical if it fails again so."""
        if self.reproduction is not None:
            return self.reproduction.verdict
        curve, now = self.trial.curve, self.measurements
        same = len(now) == len(curve) and all(map(same_point, curve, now))
        fails_again = self.trial.state == "FAIL" and self.failure == self.trial.error and same
        return "identical" if fails_again else "different"

    @property
    def changes(self) -> list[list[EnvironmentChange]]:
        """What differs between what it was trained with now and then, for each part of the trial."""
        return [changes(then, self.here) for then in self.trained_with]


def reproducible(trial: TrialRecord) -> TrialRecord:
    """A trial, if it can be trained again.

    Raises:
        InputError: if it has not ended, was not trained, or failed otherwise than by its own code.
    """
    if not trial.ended or trial.seed is None:
        raise InputError(
            f"a trial can be reproduced once it has ended, but trial {trial.number} is {trial.state}; "
            "`run` goes on with its study"
        )
    if trial.state == "PRUNED" and not trial.curve:
        raise InputError(f"a trial is reproduced if it was trained, but trial {trial.number} was not: {trial.error}")
    if trial.state == "FAIL" and not trial.details:
        raise InputError(
            f"a failure can be reproduced if it came from the training itself, but trial {trial.number} failed "
            f"otherwise: {trial.error}"
        )
    return trial


def training_config_of(restored: RestoredStudy, trial: TrialRecord) -> TrainingConfig:
    """The training config of one trial: in the precision and with the threads that it had."""
    config = restored.training_config
    trained_with = environments_of(restored.study, trial)
    threads = int(trained_with[-1]["threads"]) if trained_with else config.threads
    return replace(config, precision=trial.precision or config.precision, threads=threads)


def environments_of(study: StudyRecord, trial: TrialRecord) -> list[Environment]:
    """What trained a trial, each part of it."""
    return [study.environments[index] for index in trial.environments]


def train_again(
    training_config: TrainingConfig,
    dataset: Dataset,
    trial: TrialRecord,
    trained_with: list[Environment],
    notice: Callable[[int, Measurement], None] = lambda index, measurement: None,
) -> TrainedAgain:
    """Train a trial again in this process, to the last rung that it reached, or, if it failed, as far as it gets.

    Args:
        training_config: from `training_config_of`.
        dataset: the study's data set.
        trial: record of the trial.
        trained_with: from `environments_of`.
        notice: is called after each rung, with its index and what was measured. Default: nothing happens.
    """
    worker = warm_worker(training_config, dataset)
    measurements: list[Measurement] = []
    failure = ""
    try:
        worker.start(TrialSpec(trial.number, trial.params, trial.seed or 0, ingredients=tuple(trial.ingredients)))
        for _ in training_config.steps if trial.state == "FAIL" else trial.curve:
            measurement = worker.advance()
            if measurement is not None:
                notice(len(measurements), measurement)
                measurements.append(measurement)
    except Exception as error:  # noqa: BLE001 - what the user's model raises is compared, too
        failure = failure_of(error, trial.params).reason
    # Postponed: TensorFlow, which is imported by now.
    from sweep.training.worker import gpus

    here = environment(training_config, gpus())
    images = (dataset.held_out, len(dataset.test))
    return TrainedAgain(trial, measurements, failure, here, images, trained_with)


def reproduce_trial(restored: RestoredStudy, trial: TrialRecord) -> TrainedAgain:
    """Train a trial again in a process of its own, as TensorFlow may be in use in this one with other settings.

    Args:
        restored: the study.
        trial: record of a trial that has ended.

    Raises:
        InputError: if the trial can't be trained again.
    """
    training_config = training_config_of(restored, reproducible(trial))
    trained_with = environments_of(restored.study, trial)
    again = in_fresh_process(_train_again, pickled(training_config), restored.dataset, trial, trained_with)
    return replace(again, yardstick=Yardstick.of(restored.study))


@onednn_for_training()  # unpickling may import TensorFlow
def _train_again(
    training_config: bytes, dataset: Dataset, trial: TrialRecord, trained_with: list[Environment]
) -> TrainedAgain:
    return train_again(unpickled(training_config), dataset, trial, trained_with)
