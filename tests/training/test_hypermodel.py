"""`sweep.from_hypermodel`: the space of a hypermodel is what it asks for, and finding that leaves no trace here."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

import sweep
from sweep.errors import InputError, SweepError
from sweep.space.hypermodel import HyperModelFunction
from sweep.space.suggest import explore, suggest, suggest_params
from sweep.training.hypermodel import from_hypermodel

pytestmark = pytest.mark.sweep


def made(*units: int) -> keras.Model:
    """A compiled model of dense layers."""
    model = keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(count) for count in units)])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def build(hp: Any) -> keras.Model:
    """Up to two layers, and a momentum where the optimizer has one."""
    units = [hp.Int(f"units_{layer}", 4, 16, step=4) for layer in range(hp.Int("layers", 1, 2))]
    with hp.conditional_scope("layers", [2]):
        hp.Float("momentum", 0.0, 0.9, default=0.5)
    hp.Fixed("kind", "dense")
    return made(*units)


class Hyper:
    """Draws random numbers, notes that it was built, and has a `fit` of its own."""

    def __init__(self) -> None:
        self.built: list[int] = []

    def build(self, hp: Any) -> keras.Model:
        self.built.append(1)
        np.random.normal()
        return made(hp.Int("units", 4, 16) + random.randint(1, 2))

    def fit(self, hp: Any, model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        model.optimizer.learning_rate = hp.Float("rate", 1e-4, 1e-2, sampling="log")
        return model.fit(*args, batch_size=2 ** hp.Int("exponent", 4, 6), **kwargs)


def test_the_baseline_is_all_defaults_and_what_is_given_overrides_them() -> None:
    assert from_hypermodel(build).baseline == {"layers": 1, "units_0": 4}
    chosen = from_hypermodel(build, {"layers": 2, "units_1": 12})
    assert chosen.baseline == {"layers": 2, "units_0": 4, "units_1": 12, "momentum": 0.5}
    assert explore(chosen).baseline == {**chosen.baseline, "kind": "dense", "batch_size": 32}


def test_the_space_is_what_it_asks_for() -> None:
    explored = explore(from_hypermodel(build))
    assert explored.distributions == {
        "layers": IntDistribution(1, 2),
        "units_0": IntDistribution(4, 16, step=4),
        "units_1": IntDistribution(4, 16, step=4),
        "momentum": FloatDistribution(0.0, 0.9),
    }
    for params in explored.samples:
        assert ("units_1" in params) == ("momentum" in params) == (params["layers"] == 2)
        assert params["kind"] == "dense"


def test_what_its_own_fit_asks_for_is_searched_over_too_and_its_batch_size_is_the_trials() -> None:
    swept = from_hypermodel(Hyper())
    assert swept.baseline == {"units": 4, "rate": 1e-4, "exponent": 4}
    explored = explore(swept)
    assert set(explored.distributions) == {"units", "rate", "exponent"}
    assert all(params["batch_size"] == 2 ** params["exponent"] for params in explored.samples)
    assert hasattr(swept.model, "fit_model")


def test_batch_size_is_kerass_or_the_one_that_is_given_or_suggested() -> None:
    def asking(hp: Any) -> keras.Model:
        return made(hp.Choice("batch_size", [8, 16]))

    trial = optuna.trial.FixedTrial({"layers": 1, "units_0": 4, "batch_size": 16})
    assert suggest_params(from_hypermodel(build), trial)["batch_size"] == 32
    assert suggest_params(from_hypermodel(build, batch_size=128), trial)["batch_size"] == 128
    suggestion = suggest(from_hypermodel(asking, batch_size=128), optuna.trial.FixedTrial({"batch_size": 16}))
    assert suggestion.model_params == suggestion.suggested_params == {"batch_size": 16}
    assert explore(from_hypermodel(asking)).distributions == {"batch_size": CategoricalDistribution((8, 16))}


def test_the_models_of_the_space_are_built_from_its_params() -> None:
    swept = from_hypermodel(build)
    assert swept.model is not None
    for suggestion in explore(swept).suggestions[:6]:
        params = suggestion.model_params
        assert len(swept.model(params).layers) == params["layers"]


def number_of(model: keras.Model) -> int:
    """The number at the end of the name that Keras gave a model."""
    return int(model.name.partition("_")[2] or 0)


def test_looking_for_the_space_leaves_no_trace() -> None:
    hypermodel = Hyper()
    policy, before = keras.config.dtype_policy(), number_of(made(4))
    random_states = [random.getstate(), np.random.get_state()[1].tolist()]
    swept = from_hypermodel(hypermodel)
    explore(swept)
    assert [random.getstate(), np.random.get_state()[1].tolist()] == random_states
    assert number_of(made(4)) == before + 1
    assert keras.config.dtype_policy() is policy
    assert isinstance(swept.model, HyperModelFunction)
    assert hypermodel.built == swept.model.hypermodel.built == []


def test_a_model_that_can_not_be_built_fails_its_trial_but_not_the_sweep() -> None:
    def failing(hp: Any) -> keras.Model:
        if hp.Int("units", 1, 9) > 5:
            raise ValueError("too many")
        return made(hp.Int("more", 1, 2))

    swept = from_hypermodel(failing)
    assert any(params["units"] > 5 for params in explore(swept).samples)
    trial = optuna.trial.FixedTrial({"units": 7})
    assert suggest_params(swept, trial) == {"units": 7, "batch_size": 32}
    with pytest.raises(InputError, match="must be able to build its baseline, but it raised ValueError: too many"):
        from_hypermodel(failing, {"units": 7})


def test_a_fault_of_the_sampler_is_the_samplers_even_where_the_hypermodel_catches_all() -> None:
    class Failing(optuna.samplers.RandomSampler):
        def sample_independent(self, *args: Any) -> Any:
            raise RuntimeError("out of luck")

    def catching(hp: Any) -> keras.Model:
        for name in ("units", "more"):
            try:
                hp.Int(name, 1, 9)
            except RuntimeError:
                continue
        return made(4)

    trial = optuna.create_study(sampler=Failing()).ask()
    with pytest.raises(SweepError, match="the sampler failed to suggest units: RuntimeError: out of luck"):
        suggest(from_hypermodel(catching), trial)


def unstable(hp: Any) -> keras.Model:
    unstable.calls += 1  # type: ignore[attr-defined]
    hp.Int(f"units_{unstable.calls}", 1, 2)  # type: ignore[attr-defined]
    return made(4)


unstable.calls = 0  # type: ignore[attr-defined]


class Renaming(Hyper):
    """Hands another batch size on than its hyperparameter of that name."""

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        return model.fit(*args, batch_size=8 * hp.Int("batch_size", 1, 4), **kwargs)


class Counting(Hyper):
    """Looks into the data."""

    def fit(self, hp: Any, model: Any, x: Any, **kwargs: Any) -> Any:
        return model.fit(x, class_weight={0: len(x)}, **kwargs)


@pytest.mark.parametrize(
    ("hypermodel", "says"),
    [
        (Hyper, "hypermodel must be an object, but got the class Hyper; call it"),
        (3, "hypermodel must have a method build"),
        (
            lambda hp: hp.Int("epochs", 1, 9),
            "build\\(hp\\) must return a keras.Model, but it returned int; return the compiled",
        ),
        (lambda hp: made(hp.Int("epochs", 1, 9)), "one is 'epochs'; rename it, or if from_hypermodel has an argument"),
        (lambda hp: made(hp.Fixed("seed", 1)), "one is 'seed'"),
        (Renaming(), "must be what HyperModel.fit hands to model.fit, but it is 1 and that is 8; rename"),
        (Counting(), "must work with empty data, .* TypeError: object of type 'StandInData' has no len"),
        (lambda hp: made(hp.Int("n", 1, 9, sampling="reverse_log")), "use linear, or give a step"),
    ],
)
def test_what_can_not_be_swept_over_is_refused(hypermodel: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        from_hypermodel(hypermodel)


def test_what_can_not_be_copied_is_refused_as_it_could_not_travel() -> None:
    hypermodel = Hyper()
    hypermodel.lock = (item for item in ())  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="make what can't be copied in build"):
        from_hypermodel(hypermodel)


def test_a_space_that_changes_is_refused() -> None:
    with pytest.raises(InputError, match="baseline must give a value for units_"):
        explore(from_hypermodel(unstable))


def test_other_arguments_are_those_of_a_sweep() -> None:
    swept = from_hypermodel(build, trials=3, epochs=2, data="digits", objective="val_loss")
    assert (swept.trials, swept.epochs, swept.data, swept.objective) == (3, 2, "digits", "val_loss")
    for wrong in ({"max_trials": 3}, {"model": build}, {"space": build}):
        with pytest.raises(InputError, match=r"arguments must be among trials, epochs, .*, but got "):
            from_hypermodel(build, **wrong)
    with pytest.raises(InputError, match="baseline must be a dict"):
        from_hypermodel(build, 3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="batch_size must be a whole number >= 1"):
        from_hypermodel(build, batch_size=0)
    assert sweep.from_hypermodel is from_hypermodel


def test_keras_tuners_own_class_does_as_it_stands() -> None:
    tuner = pytest.importorskip("keras_tuner", reason="KerasTuner is not needed, and not installed")

    class OfKerasTuner(tuner.HyperModel):  # type: ignore[misc, name-defined]
        def build(self, hp: Any) -> keras.Model:
            return build(hp)

    hyperparameters = tuner.HyperParameters()
    OfKerasTuner().build(hyperparameters)
    swept = from_hypermodel(OfKerasTuner())
    assert {**swept.baseline, "kind": "dense"} == hyperparameters.values
    assert not hasattr(swept.model, "fit_model")
    fixed = from_hypermodel(OfKerasTuner(tunable=False))
    assert explore(fixed).distributions == {}
