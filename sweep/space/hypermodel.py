"""A KerasTuner hypermodel on a worker: its `build` makes the model of a trial's params, its own `fit` trains it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sweep.errors import InputError
from sweep.space.hyperparameters import HyperParameters
from sweep.space.ranges import Range
from sweep.space.sweep import Params

KERAS_TUNER = ("keras_tuner", "kerastuner")
"""The packages whose own `HyperModel.fit` is not a hypermodel's own."""
FIT_ARGUMENTS = ("x", "y", "batch_size", "epochs", "verbose", "callbacks")
"""The first arguments of Keras's `Model.fit`, in order."""
OURS = {
    "epochs": "give epochs= to from_hypermodel",
    "initial_epoch": "leave it out",
    "steps_per_epoch": "leave it out",
    "validation_data": "give data= to from_hypermodel",
    "validation_split": "give data= to from_hypermodel",
    "validation_steps": "leave it out",
    "validation_batch_size": "leave it out",
    "validation_freq": "give rungs= to from_hypermodel",
    "sample_weight": "give it with data= of from_hypermodel",
}
"""Arguments of `Model.fit` that a hypermodel's own `fit` must not set, each with what to do."""
OTHER_WAYS = ("evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch")
"""Methods of a model that a hypermodel's own `fit` must not call while its hyperparameters are looked for."""
REMEDY = "ask for hyperparameters in build, and put layers and preprocessing there, or train by a function of your own"


@dataclass(frozen=True, eq=False)
class HyperModelFunction:
    """The model function of a hypermodel; it travels to the workers by value with it.

    Args:
        hypermodel: an object with a method `build(hp)`, or a function of `hp`.
    """

    hypermodel: Any

    def __call__(self, params: Params) -> Any:
        """The model that the hypermodel builds from some params.

        Raises:
            InputError: if it asks for a hyperparameter that has none.
        """
        return build(self.hypermodel, HyperParameters(partial(_param, params)))


class FittingHyperModelFunction(HyperModelFunction):
    """The model function of a hypermodel that has a `fit` of its own."""

    def fit_model(self, params: Params, model: Any, **kwargs: Any) -> Any:
        """Train a model by the hypermodel's own `fit`.

        Args:
            params: hyperparameters of the trial.
            model: the model that was built from them.
            **kwargs: what `model.fit` would be given: x, epochs, callbacks and so on.

        Returns:
            What `model.fit` returned.

        Raises:
            InputError: if it does not train by one call of `model.fit` that leaves data and epochs as they are.
        """
        fit, histories = model.fit, []

        def train(**merged: Any) -> Any:
            histories.append(fit(**merged))
            return histories[-1]

        call_fit(self.hypermodel, HyperParameters(partial(_param, params), params), model, kwargs, train)
        return histories[-1]


def function_of(hypermodel: Any) -> HyperModelFunction:
    """The model function of a hypermodel, which has a `fit_model` only if the hypermodel has a `fit` of its own."""
    return (FittingHyperModelFunction if has_own_fit(hypermodel) else HyperModelFunction)(hypermodel)


def has_own_fit(hypermodel: Any) -> bool:
    """Whether a hypermodel has another `fit` than KerasTuner's, which only calls `model.fit`."""
    if "fit" in getattr(hypermodel, "__dict__", {}):
        return True
    kinds = (kind for kind in type(hypermodel).__mro__ if "fit" in vars(kind))
    return any(kind.__module__.partition(".")[0] not in KERAS_TUNER for kind in list(kinds)[:1])


def check_hypermodel(hypermodel: Any) -> None:
    """Refuse what is no hypermodel.

    Raises:
        InputError: if it is a class, or has no `build` and is no function.
    """
    if isinstance(hypermodel, type):
        raise InputError(f"hypermodel must be an object, but got the class {hypermodel.__name__}; call it")
    if not callable(getattr(hypermodel, "build", hypermodel)):
        raise InputError(f"hypermodel must have a method build(hp), or be a function of hp, but got {hypermodel!r}")


def build(hypermodel: Any, hp: HyperParameters) -> Any:
    """The model that a hypermodel builds; what it declares beforehand is asked for first."""
    declare = getattr(hypermodel, "declare_hyperparameters", None)
    if declare is not None:
        declare(hp)
    return getattr(hypermodel, "build", hypermodel)(hp)


def call_fit(
    hypermodel: Any, hp: HyperParameters, model: Any, kwargs: Mapping[str, Any], train: Callable[..., Any]
) -> None:
    """Call a hypermodel's own `fit`.

    It is handed the data, the callbacks and what its signature names. The rest is added where it calls `model.fit`, so
    that it may give any of that itself.

    Args:
        hypermodel: has the `fit`.
        hp: what it asks for hyperparameters.
        model: what it trains.
        kwargs: what `model.fit` would be given.
        train: called in place of `model.fit` with all keyword arguments.

    Raises:
        InputError: if it does not call `model.fit` once, or sets what is not its own.
    """
    calls = []

    def fit(*args: Any, **changed: Any) -> Any:
        calls.append(changed)
        return train(**_merged(kwargs, {**dict(zip(FIT_ARGUMENTS, args, strict=False)), **changed}))

    arguments, named = _handed(hypermodel.fit, kwargs)
    with _replaced(model, fit=fit):
        hypermodel.fit(hp, model, *arguments, **named)
    if len(calls) != 1:
        raise InputError(f"HyperModel.fit must call model.fit once, but it called it {len(calls)} times; {REMEDY}")


def recorded_batch_size(hypermodel: Any, hp: HyperParameters, model: Any) -> Any:
    """The batch size that a hypermodel's own `fit` hands to `model.fit`, without training; None if it gives none.

    `model.fit` returns a history of zeros, and the data are empty.

    Args:
        hypermodel: has the `fit`.
        hp: what it asks for hyperparameters.
        model: a model that is thrown away afterwards.

    Raises:
        InputError: as of `call_fit`, and if it uses the model or the data in another way.
    """
    recorded: dict[str, Any] = {}

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        raise InputError(f"HyperModel.fit must do no more than call model.fit, but it called model.{name}; {REMEDY}")

    def train(**merged: Any) -> Any:
        recorded.update(merged)
        return StandInHistory()

    data = StandInData()
    kwargs: Params = {
        **{"x": data, "batch_size": None, "epochs": 1, "initial_epoch": 0, "verbose": 0},
        **{"callbacks": [], "validation_data": data, "class_weight": None},
    }
    with _replaced(model, **{name: partial(refuse, name) for name in OTHER_WAYS}):
        call_fit(hypermodel, hp, model, kwargs, train)
    return recorded["batch_size"]


class StandInData:
    """What stands for the data while a hypermodel's `fit` is asked for its hyperparameters."""


class StandInHistory:
    """What stands for the history that `model.fit` returns: zero for each metric.

    Attributes:
        history: the values of each metric by its name.
        epoch: the numbers of the epochs.
    """

    def __init__(self) -> None:
        self.history = _Zeros()
        self.epoch = [0]


class _Zeros(dict[str, list[float]]):
    def __missing__(self, name: str) -> list[float]:
        return [0.0]


def _param(params: Params, asked: Range) -> Any:
    if asked.name not in params:
        raise InputError(
            f"a hypermodel must ask for the same hyperparameters wherever it is built, but here it asks for "
            f"{asked.name} as well; what a random number, the clock or a machine decides, ask hp for"
        )
    return params[asked.name]


def _handed(fit: Callable[..., Any], kwargs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """What a hypermodel's own `fit` is called with after `hp` and `model`: x by its place, as KerasTuner does."""
    parameters = list(inspect.signature(fit).parameters.values())[2:]
    any_place = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    any_name = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    names = [parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD]
    known = {*FIT_ARGUMENTS[1:], *OURS, *kwargs} - {"x"}
    by_place = any_place or (bool(names) and names[0] not in known)
    arguments = [kwargs["x"]] if by_place else []
    named = {} if by_place or not (any_name or "x" in names) else {"x": kwargs["x"]}
    if "y" in names:
        named["y"] = kwargs.get("y")
    elif "y" in kwargs and any_place:
        arguments.append(kwargs["y"])
    elif "y" in kwargs and any_name:
        named["y"] = kwargs["y"]
    named |= {name: kwargs[name] for name in names if name in kwargs and name not in ("x", "y")}
    if any_name and "callbacks" in kwargs:
        named["callbacks"] = list(kwargs["callbacks"] or ())
    return arguments, named


def _merged(kwargs: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `model.fit`: ours, and what a hypermodel's own `fit` gives itself."""
    merged = dict(kwargs)
    for name, value in changed.items():
        if name in ("x", "y", *OURS):
            _check_unchanged(name, kwargs.get(name), value)
        elif name == "callbacks":
            ours = kwargs.get(name) or ()
            merged[name] = [*(value or ()), *(item for item in ours if all(item is not other for other in value or ()))]
        elif name != "batch_size" or name in kwargs:  # else the data come in batches, of the trial's `batch_size`
            merged[name] = value
    return merged


def _check_unchanged(name: str, ours: Any, value: Any) -> None:
    if value is ours:
        return
    if name in ("x", "y"):
        raise InputError(
            f"HyperModel.fit must hand {name} to model.fit as it is, as the model is measured on such data, but it "
            "changed them; preprocess them in data=, or by layers of the model"
        )
    raise InputError(f"HyperModel.fit must leave {name} to the sweep, but it set {name}; {OURS[name]}")


@contextmanager
def _replaced(model: Any, **methods: Any) -> Iterator[None]:
    """Meanwhile a model has other methods."""
    for name, method in methods.items():
        setattr(model, name, method)
    try:
        yield
    finally:
        for name in methods:
            delattr(model, name)
