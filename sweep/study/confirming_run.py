"""One confirming run of a study: a configuration trained once more, on a fresh seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sweep.space.metrics import ACCURACY
from sweep.space.sweep import MAX_CONFIRM_SEEDS
from sweep.study.schema import CONFIRMING, restored


@dataclass(frozen=True)
class ConfirmingRun:
    """One configuration trained once more, on all training images.

    Args:
        trial: number of the trial whose params the run has.
        index: index of the run among those of its trial, from 0.
        seed: seed of the run's weights, dropout and batches, which the search never used.
        test: loss and metrics on the test examples, by their names in Keras, without "test_"; empty if the run failed
            or has not ended.
        seconds: wall-clock seconds the run took: building the model, training and checkpoints, without the evaluation
            on the test set. Default: None, not known.
        node: name of the machine that trained the run. Default: empty, not known.
        precision: "float32" or "bfloat16", what the run was trained in. Default: empty, not known.
        error: why the run failed; empty if it did not.
        environment: what trained the run, as an index into `StudyRecord.environments`. Default: None, not known.
    """

    trial: int
    index: int
    seed: int
    test: Mapping[str, float] = field(default_factory=dict)
    seconds: float | None = None
    node: str = ""
    precision: str = ""
    error: str = ""
    environment: int | None = None

    @property
    def environments(self) -> list[int]:
        """What trained the run, as a trial has it: one environment, or none where it is not known."""
        return [] if self.environment is None else [self.environment]

    @property
    def number(self) -> int:
        """A number that no other confirming run of the study has."""
        return self.trial * (MAX_CONFIRM_SEEDS + 1) + self.index

    @property
    def stem(self) -> str:
        """The name of the run's files, without their ending: "confirm-0007-02"."""
        return f"confirm-{self.trial:04d}-{self.index:02d}"


def confirming_runs(attrs: Mapping[str, Any]) -> list[ConfirmingRun]:
    """The finished confirming runs among an Optuna study's attributes, sorted by trial and index."""
    runs = [restored(ConfirmingRun, _with_test(run)) for key, run in attrs.items() if key.startswith(CONFIRMING)]
    return sorted(runs, key=lambda run: run.number)


def _with_test(run: object) -> object:
    """A finished confirming run as it is written now; before 0.2.0 its test accuracy was all that was kept."""
    if not isinstance(run, Mapping) or "test" in run:
        return run
    accuracy = run.get("test_accuracy")
    return {**run, "test": {} if accuracy is None else {ACCURACY: accuracy}}
