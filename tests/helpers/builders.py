"""Small things that several tests build: a sweep, its data, a study driven by hand."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sweep import Sweep
from sweep.data.dataset import Dataset, checked
from sweep.space.suggest import Explored, explore
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.definition import Definition
from sweep.study.ledger import Ledger
from sweep.study.opening import open_ledger
from sweep.study.records import MODEL, StudyRecord, TrialRecord, read_study
from sweep.training.environment import MODEL_CODE
from sweep.training.messages import Failure, Measurement, TrialSpec

NAME = "tiny"
BASELINE = {"filters_1": 16, "kernel_size": 3, "learning_rate": 1e-3}


def tiny_space(trial: Any) -> dict[str, Any]:
    """Three parameters and a constant."""
    return {
        "filters_1": trial.suggest_categorical("filters_1", [8, 16, 32]),
        "kernel_size": trial.suggest_int("kernel_size", 2, 4),
        "learning_rate": trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True),
        "batch_size": 32,
    }


def branching_space(trial: Any) -> dict[str, Any]:
    """`momentum`, whole `warmup` and true or false `nesterov` only where the optimizer is sgd."""
    params = {"optimizer": trial.suggest_categorical("optimizer", ["adam", "sgd"])}
    if params["optimizer"] == "sgd":
        params["momentum"] = trial.suggest_float("momentum", 0.0, 0.9)
        params["warmup"] = trial.suggest_int("warmup", 1, 5)
        params["nesterov"] = trial.suggest_categorical("nesterov", [True, False])
    return params


def tiny_sweep(**changes: Any) -> Sweep:
    """A sweep of four trials over `tiny_space`, with some arguments changed."""
    return Sweep(**{"space": tiny_space, "baseline": BASELINE, "trials": 4, "rungs": (50,), **changes})


def tiny_arrays(**changes: Any) -> dict[str, Any]:
    """24 random 8x8 images of three classes to train on, 6 to test on."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.integers(0, 256, (24, 8, 8), dtype=np.uint8),
        "y_train": np.arange(24) % 3,
        "x_test": rng.integers(0, 256, (6, 8, 8), dtype=np.uint8),
        "y_test": np.arange(6) % 3,
    }
    return {**arrays, **changes}


def tiny_dataset(**changes: Any) -> Dataset:
    """`tiny_arrays`, checked."""
    return checked("tiny images", tiny_arrays(**changes), "a test")


@cache
def tiny_definition() -> Definition:
    """The definition of `tiny_sweep` on `tiny_dataset`; it takes 64 samples, so it is made once."""
    return Definition.of(tiny_sweep(), tiny_dataset())


_EXPLORED: dict[tuple[Any, str], Explored] = {}


def _definition(sweep: Sweep) -> Definition:
    """The definition of a sweep on `tiny_dataset`; the spaces of this module are asked for their samples once."""
    if sweep.space not in (tiny_space, branching_space):
        return Definition.of(sweep, tiny_dataset())
    key = (sweep.space, repr(sweep.baseline))  # as a text, as 1, 1.0 and True are one key
    if key not in _EXPLORED:
        _EXPLORED[key] = explore(sweep)
    return Definition.of(sweep, tiny_dataset(), _EXPLORED[key])


def opened(results: Path, sweep: Sweep | None = None, *, new: bool = False, name: str = NAME) -> Ledger:
    """The ledger of a sweep on `tiny_dataset`."""
    definition = _definition(sweep) if sweep else tiny_definition()
    return open_ledger(results, name, sweep or tiny_sweep(), definition, new=new)


def measurement(step: int, accuracy: float = 0.5, **changes: Any) -> Measurement:
    """What a trial measured, as a worker would tell it; metrics may be changed by the names of their columns."""
    fields = {
        "step": step,
        "epochs": step / 20,
        "val_accuracy": accuracy,
        "val_loss": round(1 - accuracy, 6),
        "seconds": step / 10,
        "parameters": 1234,
        "node": "node-a",
        "test_accuracy": round(accuracy - 0.01, 6) if step == 100 else None,
    }
    return Measurement(**_with_metrics({**fields, **changes}))


def _with_metrics(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a record, with metrics that stand among them by the names of their columns gathered in dicts."""
    metrics: dict[str, dict[str, float]] = {"val": {}, "test": {}}
    for name in [name for name in fields if name.startswith(("val_", "test_"))]:
        part, _, metric = name.partition("_")
        value = fields.pop(name)
        if value is not None:
            metrics[part][metric] = value
    return {**fields, **metrics}


def complete(ledger: Ledger, spec: TrialSpec, accuracy: float = 0.5) -> None:
    """Measure a trial at each of the two rungs of `tiny_sweep` and end it, whatever the pruner thinks."""
    for step in (50, 100):
        ledger.report(spec.number, measurement(step, accuracy))
    ledger.complete(spec.number, measurement(100, accuracy))


def prune(ledger: Ledger, spec: TrialSpec, accuracy: float = 0.1, step: int = 50) -> None:
    """Measure a trial once and prune it."""
    ledger.report(spec.number, measurement(step, accuracy))
    ledger.prune(spec.number)


def fail(ledger: Ledger, spec: TrialSpec, reason: str = "ValueError: no luck", details: str = "") -> None:
    """Let a trial fail before its first rung."""
    ledger.fail(spec.number, Failure(reason, details))


def drain(ledger: Ledger, accuracy: float = 0.5) -> list[TrialSpec]:
    """Complete all that the ledger still hands out."""
    specs = []
    while (spec := ledger.next_trial()) is not None:
        complete(ledger, spec, accuracy)
        specs.append(spec)
    return specs


def mixed_study(results: Path, **changes: Any) -> StudyRecord:
    """A study of six trials: 0, 1, 2 COMPLETE at 0.9, 0.95, 0.8; 3 FAIL; 4 and 5 PRUNED at 0.3 and 0.4."""
    if not changes:
        shutil.copytree(_mixed_folder(), results / NAME)
        (results / NAME / "journal.log").touch()  # the study that ran last
        return read_study(results, NAME)
    return _mixed_study(results, **changes)


@cache
def _mixed_folder() -> Path:
    """The folder of a mixed study that is made once, and copied."""
    results = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, results, ignore_errors=True)
    _mixed_study(results)
    return results / NAME


def _mixed_study(results: Path, **changes: Any) -> StudyRecord:
    with opened(results, tiny_sweep(trials=6, **changes)) as ledger:
        specs = [spec for _ in range(6) if (spec := ledger.next_trial())]
        for spec, accuracy in zip(specs, (0.9, 0.95, 0.8), strict=False):
            complete(ledger, spec, accuracy)
        fail(ledger, specs[3], 'ValueError: it said "no", twice', "Traceback:\n  line 1")
        prune(ledger, specs[4], 0.3)
        prune(ledger, specs[5], 0.4)
    return read_study(results, NAME)


def trial_record(number: int, state: str = "COMPLETE", **changes: Any) -> TrialRecord:
    """A record made by hand."""
    curve = [{"step": 100, "epochs": 5.0, "val_accuracy": 0.5, "val_loss": 0.5, "seconds": 10.0}]
    ended = state == "COMPLETE"
    fields = {
        "number": number,
        "state": state,
        "params": {**BASELINE, "batch_size": 32},
        "seed": 7 + number,
        "value": 0.5 if ended else None,
        "curve": curve if ended else [],
        "test_accuracy": 0.49 if ended else None,
        "parameters": 1234 if ended else None,
        "inference_us": 12.5 if ended else None,
        "node": "node-a" if ended else "",
        "precision": "float32" if ended else "",
        "error": "",
        "details": "",
        "started": "2025-01-01T00:00:00",
    }
    known = _with_metrics({**fields, **changes})
    del known["val"]
    return TrialRecord(**known)


def hand_made_study(*trials: TrialRecord, **changes: Any) -> StudyRecord:
    """A study of records made by hand, its definition that of `tiny_sweep` with some fields changed."""
    fields = {**vars(tiny_definition()), **changes}
    return StudyRecord(NAME, Definition(**fields), list(trials))


def by_two_codes(study: StudyRecord, *others: int) -> StudyRecord:
    """A study some of whose trials were trained by another version of the model function than there is now."""
    trials = [replace(trial, environments=[0 if trial.number in others else 1]) for trial in study.trials]
    return replace(study, trials=trials, code={MODEL: "1:b"}, environments=[{MODEL_CODE: "1:a"}, {MODEL_CODE: "1:b"}])


def scored(number: int, value: float, metric: str = "mae", **changes: Any) -> TrialRecord:
    """A completed trial of a model with a metric of its own and no accuracy; on the test set it is worse by 1."""
    point = {"step": 100, "epochs": 5.0, f"val_{metric}": value, "seconds": 10.0}
    if metric != "loss":
        point["val_loss"] = 2.5
    fields = {f"test_{metric}": value + 1, "test_accuracy": None, **changes}
    return trial_record(number, curve=[point], value=value, **fields)


def study_by(
    *trials: TrialRecord, metric: str = "mae", runs: dict[int, list[float]] | None = None, **changes: Any
) -> StudyRecord:
    """A study of records made by hand whose objective is a metric, with the test scores of its confirming runs."""
    definition = {"objective": f"val_{metric}", "direction": "minimize", **changes}
    confirming = [
        ConfirmingRun(number, index, 1, {metric: score})
        for number, scores in sorted((runs or {}).items())
        for index, score in enumerate(scores)
    ]
    return replace(hand_made_study(*trials, **definition), confirming=confirming)


def completed(number: int, accuracy: float, **changes: Any) -> Any:
    curve = [{"step": 100, "epochs": 5.0, "val_accuracy": accuracy, "val_loss": 1 - accuracy, "seconds": 10.0}]
    return trial_record(number, curve=curve, value=accuracy, test_accuracy=round(accuracy - 0.01, 6), **changes)


def is_multi_objective(*trials: Any, **changes: Any) -> StudyRecord:
    fields = {"objective": ["val_accuracy", "parameters"], "direction": ["maximize", "minimize"], **changes}
    return hand_made_study(*trials, **fields)


def taken(ledger: Ledger) -> TrialSpec:
    spec = ledger.next_trial()
    assert spec is not None
    return spec
