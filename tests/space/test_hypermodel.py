"""A hypermodel builds on a worker from plain params, its own `fit` is called as KerasTuner's is, both are hashed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cloudpickle
import pytest

from sweep import Sweep
from sweep.errors import InputError
from sweep.space import own_modules
from sweep.space.hypermodel import (
    HyperModelFunction,
    call_fit,
    check_hypermodel,
    function_of,
    has_own_fit,
    recorded_batch_size,
)
from sweep.space.hyperparameters import HyperParameters
from sweep.space.loader import load_sweep, model_sha256
from sweep.space.ranges import default_of


class FakeModel:
    """Has the methods of a model, and notes what `fit` was given."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def fit(self, **kwargs: Any) -> Any:
        self.calls.append(kwargs)
        return SimpleNamespace(history={"loss": [0.5]})

    def evaluate(self, *args: Any) -> float:
        raise AssertionError("not to be called")

    predict = train_on_batch = test_on_batch = predict_on_batch = evaluate


class Wrapping:
    """Wraps `build` for each object, as KerasTuner's own class does."""

    def __init__(self, units: int = 8) -> None:
        self.units = units
        self._build = self.build
        self.build = self._wrapper  # type: ignore[method-assign]

    def build(self, hp: Any) -> Any:
        raise NotImplementedError

    def _wrapper(self, hp: Any) -> Any:
        return self._build(hp)


class Hyper(Wrapping):
    """What users write."""

    def build(self, hp: Any) -> Any:
        return ("model", hp.Int("units", self.units, 64), hp.Boolean("wide") and hp.Int("extra", 1, 2))

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        return model.fit(*args, batch_size=hp.Choice("batch_size", [16, 32]), shuffle=hp.Boolean("shuffle"), **kwargs)


OURS = {"x": "x", "batch_size": 16, "epochs": 3, "initial_epoch": 1, "verbose": 0, "callbacks": ["ours"]}


def fitted(fit: Any, **kwargs: Any) -> dict[str, Any]:
    """What `model.fit` is given by a hypermodel with such a `fit`."""
    model = FakeModel()
    hypermodel = SimpleNamespace(fit=fit, build=None)
    call_fit(hypermodel, HyperParameters(default_of), model, {**OURS, **kwargs}, model.fit)
    assert "fit" not in vars(model)
    return model.calls[0]


def test_a_model_is_built_from_plain_params() -> None:
    assert function_of(Hyper())({"units": 9, "wide": False, "batch_size": 32}) == ("model", 9, False)
    assert function_of(lambda hp: hp.Int("units", 1, 2))({"units": 2}) == 2


def test_what_is_declared_beforehand_is_known_in_build() -> None:
    class Declaring:
        def declare_hyperparameters(self, hp: Any) -> None:
            hp.Int("units", 1, 9)

        def build(self, hp: Any) -> Any:
            return hp.get("units")

    assert function_of(Declaring())({"units": 4}) == 4


def test_a_hyperparameter_that_the_space_did_not_ask_for_is_refused() -> None:
    with pytest.raises(InputError, match="here it asks for extra as well"):
        function_of(Hyper())({"units": 9, "wide": True})


def test_it_travels_by_value_and_builds_and_fits_the_same() -> None:
    function = cloudpickle.loads(cloudpickle.dumps(function_of(Hyper(units=4))))
    params = {"units": 5, "wide": True, "extra": 2, "batch_size": 32, "shuffle": True}
    assert function(params) == ("model", 5, 2)
    model = FakeModel()
    assert function.fit_model(params, model, **OURS).history == {"loss": [0.5]}
    assert model.calls == [{**OURS, "batch_size": 32, "shuffle": True}]


def test_only_a_fit_of_its_own_is_called() -> None:
    class HyperModel:
        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any: ...

    HyperModel.__module__ = "keras_tuner.src.engine.hypermodel"
    derived = type("Derived", (HyperModel,), {"build": lambda self, hp: None})
    overriding = type("Overriding", (derived,), {"fit": lambda self, hp, model: None})
    assert [has_own_fit(item) for item in (derived(), overriding(), Hyper(), Wrapping(), len)] == [
        *(False, True, True, False, False)
    ]
    assert not hasattr(function_of(derived()), "fit_model")
    assert hasattr(function_of(overriding()), "fit_model")


@pytest.mark.parametrize(
    "fit",
    [
        lambda hp, model, *args, **kwargs: model.fit(*args, **kwargs),
        lambda hp, model, **kwargs: model.fit(**kwargs),
        lambda hp, model, x, **kwargs: model.fit(x, **kwargs),
        lambda hp, model, data, callbacks: model.fit(data, callbacks=callbacks),
        lambda hp, model, x, y, epochs, **kwargs: model.fit(x, y, epochs=epochs, **kwargs),
        lambda hp, model, x, callbacks=None, verbose=1: model.fit(x=x),
        lambda hp, model, callbacks, x: model.fit(x=x, callbacks=callbacks),
    ],
)
def test_whatever_its_signature_model_fit_is_given_what_it_would_be_given_without_it(fit: Any) -> None:
    merged = fitted(fit)
    assert merged.pop("y", None) is None
    assert merged == OURS


def test_labels_of_their_own_are_handed_on() -> None:
    for fit in (
        lambda hp, model, *args, **kwargs: model.fit(*args, **kwargs),
        lambda hp, model, x, y, **kwargs: model.fit(x, y, **kwargs),
        lambda hp, model, **kwargs: model.fit(**kwargs),
    ):
        assert fitted(fit, y="y") == {**OURS, "y": "y"}


def test_it_may_add_callbacks_and_loses_none_of_ours() -> None:
    for fit in (
        lambda hp, model, x, callbacks: model.fit(x, callbacks=[*callbacks, "theirs"]),
        lambda hp, model, x, **kwargs: model.fit(x, callbacks=["theirs"]),
    ):
        assert sorted(fitted(fit)["callbacks"]) == ["ours", "theirs"]


def test_it_may_set_what_is_its_own() -> None:
    merged = fitted(lambda hp, model, x, **kwargs: model.fit(x, verbose=2, class_weight={0: 1.0}, batch_size=8))
    assert (merged["verbose"], merged["class_weight"], merged["batch_size"]) == (2, {0: 1.0}, 8)
    model = FakeModel()
    in_batches = {name: value for name, value in OURS.items() if name != "batch_size"}
    call_fit(Hyper(), HyperParameters(default_of), model, in_batches, model.fit)
    assert "batch_size" not in model.calls[0]


@pytest.mark.parametrize(
    ("fit", "says"),
    [
        (lambda hp, model, x, **kwargs: model.fit(x, epochs=hp.Int("n", 5, 9)), "but it set epochs; give epochs= to"),
        (lambda hp, model, x, **kwargs: model.fit(x, validation_split=0.2), "it set validation_split; give data= to"),
        (lambda hp, model, x, **kwargs: model.fit(x, None, 32, 10), "but it set epochs"),
        (lambda hp, model, x, **kwargs: model.fit([x], **kwargs), "must hand x to model.fit as it is"),
        (lambda hp, model, x, **kwargs: model.fit(x, [1], **kwargs), "must hand y to model.fit as it is"),
        (lambda hp, model, x, **kwargs: 0.5, "must call model.fit once, but it called it 0 times; ask for"),
        (lambda hp, model, x, **kwargs: [model.fit(x), model.fit(x)], "but it called it 2 times"),
        (lambda hp, model, x, **kwargs: [model.fit(x), model.evaluate(x)], "but it called model.evaluate; ask for"),
    ],
)
def test_what_is_ours_to_set_and_other_ways_to_train_are_refused(fit: Any, says: str) -> None:
    model = FakeModel()
    with pytest.raises(InputError) as caught:
        recorded_batch_size(SimpleNamespace(fit=fit), HyperParameters(default_of), model)
    assert says in str(caught.value)
    assert set(vars(model)) == {"calls"}


def test_its_hyperparameters_are_asked_for_without_training() -> None:
    model, hp = FakeModel(), HyperParameters(default_of)
    assert recorded_batch_size(Hyper(), hp, model) == 16
    assert hp.values == {"batch_size": 16, "shuffle": False}
    assert model.calls == []
    last = []

    def fit(hp: Any, model: Any, *args: Any, **kwargs: Any) -> None:
        history = model.fit(*args, **kwargs)
        last.append(min(history.history["val_loss"]) + len(history.epoch))

    assert recorded_batch_size(SimpleNamespace(fit=fit), hp, model) is None
    assert last == [1.0]


def test_what_is_no_hypermodel_is_refused() -> None:
    check_hypermodel(Hyper())
    check_hypermodel(lambda hp: None)
    for wrong, says in ((Hyper, "got the class Hyper; call it"), (3, "but got 3"), (SimpleNamespace(build=3), "build")):
        with pytest.raises(InputError, match=says):
            check_hypermodel(wrong)


FILE = """
from sweep import Sweep
from sweep.space.hypermodel import function_of
from base import Base

def doubled(x):
    return 2 * x

class Hyper(Base):
    depth = 3

    def __init__(self, width):
        self.width = width
        self._build = self.build
        self.build = self._wrapped

    def _wrapped(self, hp):
        return self._build(hp)

    def build(self, hp):
        return doubled(hp.Int("units", 1, 9)) + self.width

    def fit(self, hp, model, *args, **kwargs):
        return model.fit(*args, batch_size=hp.Choice("batch_size", [16, 32]), **kwargs)

class Unused:
    depth = 3

SWEEP = Sweep(space=lambda trial: {}, baseline={}, model=function_of(Hyper(4)))
"""
BASE = "class Base:\n    start = 1\n"


def hash_of(folder: Path, text: str = FILE, base: str = BASE) -> str:
    """The fingerprint of the hypermodel of such a file."""
    (folder / "base.py").write_text(base)
    file = folder / "my_space.py"
    file.write_text(text)
    return model_sha256(load_sweep(file), file)


@pytest.mark.parametrize(
    "pair",
    [
        ('hp.Int("units", 1, 9)', 'hp.Int("units", 1, 8)'),
        ("[16, 32]", "[16, 64]"),
        ("depth = 3\n\n    def __init__", "depth = 4\n\n    def __init__"),
        ("Hyper(4)", "Hyper(5)"),
        ("return 2 * x", "return 3 * x"),
    ],
    ids=["build", "fit", "class attribute", "instance attribute", "what it uses"],
)
def test_the_fingerprint_changes_with_what_trains(tmp_path: Path, pair: tuple[str, str]) -> None:
    assert FILE.replace(*pair) != FILE
    assert hash_of(tmp_path, FILE.replace(*pair)) != hash_of(tmp_path)


def test_the_fingerprint_changes_with_a_module_beside_the_file_and_with_nothing_else(tmp_path: Path) -> None:
    before = hash_of(tmp_path)
    assert hash_of(tmp_path, base=BASE.replace("1", "2")) != before
    assert hash_of(tmp_path, FILE.replace("class Unused:\n    depth = 3", "class Unused:\n    depth = 4")) == before
    assert hash_of(tmp_path, FILE.replace("def doubled(x):", "def doubled(x):  # twice")) == before


@pytest.mark.sweep
def test_the_attributes_of_an_installed_hypermodel_count() -> None:
    def hash_with(**attributes: Any) -> str:
        hypermodel = SimpleNamespace(build=len, **attributes)
        return model_sha256(Sweep(space=dict, baseline={}, model=function_of(hypermodel)), None)

    assert hash_with(classes=10) == hash_with(classes=10) != hash_with(classes=11)


@pytest.mark.sweep
def test_of_a_script_or_a_notebook_it_is_hashed_and_travels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = FILE.replace("from base import Base", "Base = object").replace("SWEEP = ", "FUNCTION = ")

    def hash_in_main(text: str) -> str:
        scope: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(text, "<cell>", "exec"), scope)
        packed = cloudpickle.dumps(scope["FUNCTION"].model)
        assert cloudpickle.loads(packed)({"units": 3}) == 10
        return model_sha256(scope["FUNCTION"], None)

    before = hash_in_main(text)
    assert hash_in_main(text) == before
    assert hash_in_main(text.replace("[16, 32]", "[16, 64]")) != before
    assert hash_in_main(text.replace("depth = 3\n\n    def", "depth = 4\n\n    def")) != before


def test_a_file_s_hypermodel_travels_with_the_file_and_the_modules_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_of(tmp_path)
    function = load_sweep(tmp_path / "my_space.py").model
    assert isinstance(function, HyperModelFunction)
    with own_modules.sent_by_value():
        packed = cloudpickle.dumps(function)
    for name in ("sweep_space_my_space", "base"):
        monkeypatch.delitem(sys.modules, name)
    assert cloudpickle.loads(packed)({"units": 3}) == 10
    assert not {"sweep_space_my_space", "base"} & sys.modules.keys()


def test_a_worker_needs_no_optuna_for_it() -> None:
    code = "import sys, sweep.space.hypermodel; print(sorted({'optuna', 'tensorflow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
