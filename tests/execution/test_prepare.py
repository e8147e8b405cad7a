"""What `run` and `check` do with a sweep before anything starts."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import pytest
from builders import BASELINE, branching_space, tiny_arrays, tiny_dataset, tiny_space, tiny_sweep

from sweep import Sweep
from sweep.data.dataset import checked_streams
from sweep.data.streams import StreamPart
from sweep.errors import InputError
from sweep.execution.prepare import check_params, early_first_rung, prepare, training_steps, with_flags
from sweep.space.suggest import SAMPLES, explore
from sweep.space.sweep import DEFAULT_RUNGS
from sweep.study.definition import Definition
from sweep.study.events import FirstRungIsEarly


def own_data() -> Any:
    arrays = tiny_arrays()
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def test_a_space_is_asked_for_each_sample_once_and_for_the_baseline_twice() -> None:
    asked = []

    def counting(trial: Any) -> dict[str, Any]:
        params = tiny_space(trial)
        asked.append(params)
        return params

    sweep = tiny_sweep(space=counting, data=own_data)
    dataset, definition, explored = prepare(sweep, "auto")
    assert len(asked) == 2 + SAMPLES
    assert definition == Definition.of(sweep, dataset, explored)


def test_a_space_is_asked_once_more_for_each_new_branch() -> None:
    asked = []

    def counting(trial: Any) -> dict[str, Any]:
        asked.append(trial.number)
        return {"batch_size": 8, **branching_space(trial)}

    explore(tiny_sweep(space=counting, baseline={"optimizer": "adam"}))
    assert len(asked) == 2 + SAMPLES + 1


def test_params_that_no_trial_could_use_are_refused_before_the_data_is_looked_for() -> None:
    def batches_of_nothing(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "batch_size": 0 if trial.params["kernel_size"] == 4 else 32}

    with pytest.raises(InputError, match="batch_size must be a whole number >= 1, but got 0"):
        prepare(tiny_sweep(space=batches_of_nothing, data="nowhere.npz"), "auto")
    with pytest.raises(InputError, match=r"nowhere\.npz"):
        prepare(tiny_sweep(data="nowhere.npz"), "auto")


def test_more_epochs_than_the_budget_are_refused_before_the_data_is_looked_for() -> None:
    def space(trial: Any) -> dict[str, Any]:
        return {"units": trial.suggest_int("units", 1, 9), "epochs": trial.suggest_int("epochs", 2, 5)}

    def of(epochs: int) -> Sweep:
        return Sweep(space=space, baseline={"units": 1, "epochs": 2}, model=lambda params: None, epochs=epochs)

    check_params(of(5), explore(of(5)))
    with pytest.raises(InputError, match=r"epochs must be at most the budget, 2, but got [345]"):
        check_params(of(2), explore(of(2)))


def test_a_parameter_that_is_read_must_be_returned_if_it_is_suggested() -> None:
    def forgetful(trial: Any) -> dict[str, Any]:
        return {name: value for name, value in tiny_space(trial).items() if name != "learning_rate"}

    with pytest.raises(InputError, match="suggested learning_rate and did not return it"):
        prepare(tiny_sweep(space=forgetful, data=own_data), "auto")
    prepare(tiny_sweep(space=forgetful, data=own_data, model=lambda params: None), "auto")


def test_an_ingredient_is_none_of_the_built_in_networks_params() -> None:
    def scaled(trial: Any) -> dict[str, Any]:
        return {"filters_1": 8 * trial.suggest_int("width", 1, 4)}

    _, definition, _ = prepare(tiny_sweep(space=scaled, baseline={"width": 2}, data=own_data), "auto")
    assert (definition.baseline, definition.ingredients) == ({"width": 2, "filters_1": 16}, ["width"])


def test_a_built_in_baseline_that_is_too_large_is_refused_before_anything_is_trained() -> None:
    def small(trial: Any) -> dict[str, Any]:
        return {"filters_1": trial.suggest_categorical("filters_1", [8, 16]), "kernel_size": 1}

    changes = {"space": small, "baseline": {"filters_1": 8}, "data": own_data}
    with pytest.raises(InputError, match=r"baseline must keep the constraints, but the model has .* more than the 99"):
        prepare(tiny_sweep(constraints={"parameters": 99}, **changes), "auto")
    prepare(tiny_sweep(constraints={"parameters": 99_999}, **changes), "auto")
    prepare(tiny_sweep(constraints={"parameters": 99}, model=lambda params: None, **changes), "auto")


ROWS, IMAGES = np.zeros((24, 5)), np.zeros((24, 8, 8), np.uint8)
LABELS = np.arange(24) % 3


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        (
            IMAGES,
            np.eye(3)[LABELS],
            "the built-in network needs whole-number labels of shape (n,), but y_train is float32 of shape (n, 3); "
            "give model=..., or for one-hot labels: y.argmax(-1)",
        ),
        (IMAGES, np.eye(3, dtype=int)[LABELS], "y_train is int32 of shape (n, 3); give model=..., or for one-hot"),
        (
            IMAGES,
            LABELS + 0.0,
            "y_train is float32 of shape (n,); give model=..., or if they are classes: y.astype(int)",
        ),
        (IMAGES, np.zeros((24, 4, 4)), "y_train is float32 of shape (n, 4, 4); give model=..."),
        (
            IMAGES,
            {"a": LABELS, "b": ROWS},
            'y_train["a"] is int32 of shape (n,) and y_train["b"] is float32 of shape (n, 5); give model=...',
        ),
        (ROWS, LABELS, "the built-in network needs images, one array of shape (n, height, width) or"),
        (ROWS, LABELS, "but x_train is float32 of shape (n, 5); give model=..."),
        (
            (IMAGES, ROWS),
            LABELS,
            "but x_train[0] is uint8 of shape (n, 8, 8) and x_train[1] is float32 of shape (n, 5)",
        ),
    ],
)
def test_the_built_in_network_is_refused_other_data_than_images_with_labels_before_anything_is_trained(
    x: Any, y: Any, says: str
) -> None:
    def other_data() -> Any:
        return (x, y), (x, y)

    with pytest.raises(InputError) as caught:
        prepare(tiny_sweep(data=other_data), "auto")
    assert says in str(caught.value)
    prepare(tiny_sweep(data=other_data, model=lambda params: None), "auto")


def test_a_flag_wins_over_the_file_and_none_leaves_it() -> None:
    changed = with_flags(tiny_sweep(epochs=3, seed=5), trials=9, epochs=None, seed=0)
    assert (changed.trials, changed.epochs, changed.seed) == (9, 3, 0)
    with pytest.raises(InputError, match="epochs must be a whole number >= 1, but got 0"):
        with_flags(tiny_sweep(), epochs=0)


def early(*, examples: int = 60_000, batch_size: int = 64, **changes: Any) -> FirstRungIsEarly | None:
    """What is said of the first rung of a sweep on so many training examples, a sixth of them held out."""
    size: Any = SimpleNamespace(trained_on=examples - examples // 6, train=None)
    return early_first_rung(tiny_sweep(**{"rungs": (10,), **changes}), size, {"batch_size": batch_size})


def test_the_default_sweep_on_mnist_looks_late_enough_and_one_of_two_epochs_too_early() -> None:
    assert early(epochs=5) is None  # after 391 steps
    assert early(epochs=2) == FirstRungIsEarly(10, steps=156, total=1564)
    assert early(epochs=5, batch_size=128) == FirstRungIsEarly(10, steps=196, total=1955)


def test_the_limit_is_300_training_steps() -> None:
    assert early(examples=6 * 19_200 // 5, epochs=10) is None  # after exactly 300 steps
    assert early(examples=6 * 19_100 // 5, epochs=10) is not None


def test_of_data_that_are_few_too_the_steps_are_counted_unless_the_rung_is_half_of_a_trial() -> None:
    dataset = tiny_dataset()
    baseline = {**BASELINE, "batch_size": 4}
    assert early_first_rung(tiny_sweep(rungs=(10,)), dataset, baseline) == FirstRungIsEarly(10, steps=2, total=25)
    assert early_first_rung(tiny_sweep(rungs=(50,)), dataset, baseline) is None
    assert early_first_rung(tiny_sweep(rungs=(49,)), dataset, baseline) is not None


def test_folds_have_no_early_rung() -> None:
    assert early(epochs=1, rungs=DEFAULT_RUNGS) is not None
    assert early(epochs=1, rungs=DEFAULT_RUNGS, folds=5) is None


def batches_of(**changes: Any) -> Any:
    """A data set that comes in batches: 500 examples to train on, in 16 batches."""
    structure = {"x": ("float32", (8,)), "y": ("int64", ())}
    parts = {
        kind: StreamPart(kind=kind, examples=500, batches=16, structure=structure) for kind in ("train", "val", "test")
    }
    return replace(checked_streams("streams", parts), **changes)


def test_of_streams_their_own_batches_are_counted() -> None:
    assert training_steps(batches_of(), {"batch_size": 3}, 4) == 64
    assert training_steps(tiny_dataset(), {"batch_size": 4}, 4) == 20
    early = early_first_rung(tiny_sweep(rungs=(10,), epochs=10), batches_of(), {"batch_size": 3})
    assert early == FirstRungIsEarly(10, steps=16, total=160)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"folds": 3, "model": len}, "folds must have data that are arrays, but the data function returns datasets"),
        ({"train": len}, "train must have data that are arrays"),
        (
            {"space": lambda trial: {"padding": trial.suggest_categorical("padding", ["same"])}},
            "the built-in network must have data that are arrays, .*; let it return arrays, or give model=...",
        ),
        ({"model": len, "space": lambda trial: {"batch_size": trial.suggest_int("batch_size", 1, 2)}}, "batch_size"),
    ],
)
def test_what_can_not_be_done_with_streams_is_refused_before_anything_is_trained(
    changes: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def space(trial: Any) -> dict[str, Any]:
        return {"units": trial.suggest_int("units", 1, 2)}

    monkeypatch.setattr("sweep.execution.prepare.resolve", lambda data, choice: batches_of())
    given = {"space": space, "rungs": DEFAULT_RUNGS, **changes}
    names = {"the built-in": {"padding": "same"}, "batch_size": {"batch_size": 1}}
    baseline = next((item for name, item in names.items() if says.startswith(name)), {"units": 1})
    with pytest.raises(InputError, match=says):
        prepare(Sweep(baseline=baseline, **given), "auto")
    prepare(Sweep(space=space, baseline={"units": 1}, model=len), "auto")


@pytest.mark.parametrize(
    ("labels", "folds", "says"),
    [
        (np.arange(24) % 3, 9, "as many as there are training examples of each class, 8, but got 9"),
        (np.arange(24) % 3 + 0.5, 25, "as many as there are training examples, 24, but got 25"),
    ],
)
def test_folds_are_refused_where_examples_are_too_few(labels: Any, folds: int, says: str) -> None:
    def few() -> Any:
        return (IMAGES, labels), (IMAGES, labels)

    changes = {"data": few, "model": len, "rungs": DEFAULT_RUNGS}
    with pytest.raises(InputError, match=f"folds must be at most {says}"):
        prepare(tiny_sweep(folds=folds, **changes), "auto")
    prepare(tiny_sweep(folds=folds - 1, **changes), "auto")


def test_folds_and_a_validation_part_exclude_each_other() -> None:
    def three() -> Any:
        return (IMAGES, LABELS), (IMAGES, LABELS), (IMAGES, LABELS)

    with pytest.raises(InputError, match="data must have no validation part with folds"):
        prepare(tiny_sweep(folds=3, data=three, rungs=DEFAULT_RUNGS), "auto")


def test_with_a_validation_part_all_training_examples_count() -> None:
    arrays = tiny_arrays()
    dataset = tiny_dataset(x_val=arrays["x_test"], y_val=arrays["y_test"])
    early = early_first_rung(tiny_sweep(rungs=(10,)), dataset, {**BASELINE, "batch_size": 4})
    assert early == FirstRungIsEarly(10, steps=3, total=30)


def test_a_batch_size_that_the_baseline_leaves_out_is_the_default_one() -> None:
    assert early_first_rung(tiny_sweep(rungs=(10,)), tiny_dataset(), {}) == FirstRungIsEarly(10, steps=1, total=5)


@pytest.mark.parametrize(
    "changes",
    [
        {"objective": ["val_accuracy", "parameters"]},
        {"pruner": optuna.pruners.NopPruner()},
        {"rungs": ()},
        {"rungs": (100,)},
    ],
    ids=["several objectives", "NopPruner", "no rung", "a rung at the end"],
)
def test_where_nothing_is_pruned_no_rung_is_early(changes: dict[str, Any]) -> None:
    assert early(epochs=1) is not None
    assert early(epochs=1, **changes) is None


def test_a_pruner_of_the_users_own_may_prune_at_the_first_rung() -> None:
    assert early(epochs=1, pruner=optuna.pruners.MedianPruner()) is not None
