"""A user's Keras callbacks over a training that Keras's `fit` is called for in pieces, as if it were a single call."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from sweep.errors import InputError, describe
from sweep.training.messages import EPOCH

PLAIN = (bool, int, float, str, type(None), np.ndarray, np.generic)

BATCH_HOOKS = (
    *("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    *("on_test_batch_begin", "on_test_batch_end"),
)


class Forwarding(keras.callbacks.History):  # type: ignore[misc]
    """The one callback that each piece's `fit` is given. It calls the user's where a single `fit` would.

    A piece that begins or ends within an epoch begins or ends no epoch for them. What Keras averages over an epoch is
    put back at the start of a piece that goes on with one. It is the model's `history` too, of whole epochs.

    Args:
        callbacks: the user's callbacks.
        model: the model that is trained.
        epochs: epochs of the whole training.
        steps: training steps of an epoch.
        validate: measures the model on the validation examples, calling the hooks of this callback; returns each metric
            by its name after "val_".

    Attributes:
        measured: what the last piece measured of its epoch, as Keras hands it to callbacks.
        done: number of steps that the last piece has trained.
        epochs_begun: how often the last piece has begun an epoch.
    """

    async_safe = True
    """So that Keras waits at no step for what only counts them."""

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        model: keras.Model,
        epochs: int,
        steps: int,
        validate: Callable[[], dict[str, float]],
    ) -> None:
        super().__init__()
        self.callbacks = list(callbacks)
        self._validate = validate
        self.measured: dict[str, float] = {}
        self.done = 0
        self.epochs_begun = 0
        self.epoch: list[int] = []
        self._logs: dict[str, Any] = {}
        self._metrics: list[np.ndarray[Any, Any]] | None = None
        self._restored: list[dict[str, Any]] = []
        self._began = False
        self._ends_epoch = True
        self._first = 0
        for callback in self.callbacks:
            callback.set_params({"epochs": epochs, "steps": steps, "verbose": 0})
            callback.set_model(model)

    def begin_piece(self, first: int, *, ends_epoch: bool) -> None:
        """Say what the next piece is.

        Args:
            first: number of training steps of its epoch that were done before.
            ends_epoch: whether it ends its epoch.
        """
        self._first = first
        self._ends_epoch = ends_epoch
        self.measured = {}
        self.done = 0
        self.epochs_begun = 0

    def keep_averages(self) -> None:
        """Remember what Keras averages over the current epoch, whose end is still to come."""
        self._metrics = [variable.numpy() for variable in self.model.metrics_variables]

    def on_train_begin(self, logs: Any = None) -> None:
        """Called by Keras at the start of each piece."""
        if self._began:
            return
        self._began = True
        resumed = list(zip(self.callbacks, self._restored, strict=False))
        for callback, state in resumed:
            if isinstance(callback, keras.callbacks.CSVLogger):
                callback.append = True
                state.clear()  # what else it keeps is of a file that begins
        self._call("on_train_begin", logs)
        for callback, state in resumed:
            vars(callback).update(state)

    def end_training(self) -> None:
        """Tell the user's callbacks that the training is over."""
        if self._began:
            self._call("on_train_end", self._logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Called by Keras at the start of each piece, once it has reset what it averages over an epoch."""
        self.epochs_begun += 1
        if self._first:
            self._restore_averages()
        else:
            self._call("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called by Keras at the end of each piece."""
        self.measured = dict(logs or {})
        if not self._ends_epoch:
            if not self.model.stop_training:
                return
            self.measured |= self._validate()
        self._metrics = None
        self._logs = dict(self.measured)  # the user's callbacks may add to it
        self._call("on_epoch_end", epoch, self._logs)
        super().on_epoch_end(epoch, self._logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called by Keras after each training step."""
        self.done = max(self.done, batch + 1)

    def on_test_begin(self, logs: Any = None) -> None:
        """Called by Keras when it validates at the end of an epoch."""
        self._call("on_test_begin", logs)

    def on_test_end(self, logs: Any = None) -> None:
        """Called by Keras when it has validated."""
        self._call("on_test_end", logs)

    def by_epoch(self) -> list[dict[str, float]]:
        """One dict per epoch, counted from 1, with each number that was measured over every epoch so far."""
        whole = [(name, values) for name, values in self.history.items() if len(values) == len(self.epoch)]
        return [
            {**{name: float(values[index]) for name, values in whole if _is_number(values[index])}, EPOCH: number + 1}
            for index, number in enumerate(self.epoch)
        ]

    def state(self) -> dict[str, Any]:
        """What goes on is decided by: the callbacks' plain attributes, and what is averaged over the current epoch."""
        return {
            "callbacks": [{"kind": type(callback).__name__, "values": _plain(callback)} for callback in self.callbacks],
            "metrics": self._metrics,
            "began": self._began,
            "epoch": self.epoch,
            "history": _plain_values(self.history),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, once the user's callbacks have begun anew."""
        self._metrics = state["metrics"]
        self._restored = [item["values"] for item in state["callbacks"]] if state["began"] else []
        self.epoch, self.history = list(state.get("epoch", ())), dict(state.get("history", {}))

    def fits(self, state: Mapping[str, Any]) -> bool:
        """Whether a state is that of callbacks of the same kinds in the same order."""
        kinds = [item["kind"] for item in state.get("callbacks", ())]
        return kinds == [type(callback).__name__ for callback in self.callbacks]

    def _call(self, hook: str, *words: Any) -> None:
        for callback in self.callbacks:
            try:
                getattr(callback, hook)(*words)
            except Exception as error:
                raise InputError(
                    f"callbacks must not fail, but {type(callback).__name__}.{hook} raised {describe(error)}; "
                    "mend the callback, or have fit(params) leave it out"
                ) from error

    def _restore_averages(self) -> None:
        variables = self.model.metrics_variables
        for variable, value in zip(variables, self._metrics or (), strict=False):
            variable.assign(value)


class ForwardingBatches(Forwarding):
    """As `Forwarding`, for callbacks of which one wants to know of each batch, for which Keras waits at each step."""

    async_safe = False

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called by Keras before each training step."""
        self._call("on_train_batch_begin", self._first + batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called by Keras after each training step."""
        super().on_train_batch_end(batch, logs)
        self._call("on_train_batch_end", self._first + batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called by Keras before each validation step."""
        self._call("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called by Keras after each validation step."""
        self._call("on_test_batch_end", batch, logs)


def forwarding_class(callbacks: Sequence[keras.callbacks.Callback]) -> type[Forwarding]:
    """The kind of `Forwarding` that some callbacks need."""
    own = any(  # LambdaCallback sets its hooks on itself
        hook in vars(callback) or getattr(type(callback), hook) is not getattr(keras.callbacks.Callback, hook)
        for callback in callbacks
        for hook in BATCH_HOOKS
    )
    return ForwardingBatches if own else Forwarding


def _is_number(value: Any) -> bool:
    """Whether a value is a number: a user's callback may put anything beside what Keras has measured."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _plain(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """The attributes of a callback that are numbers, texts and arrays, and lists and dicts of these."""
    return _plain_values({name: value for name, value in vars(callback).items() if name != "params"})


def _plain_values(named: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in named.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(isinstance(key, str) for key in value) and all(map(_is_plain, value.values()))
    return isinstance(value, PLAIN) and not (isinstance(value, np.ndarray) and value.dtype.hasobject)


@contextmanager
def refuse_others(ours: keras.callbacks.Callback) -> Iterator[None]:
    """Meanwhile Keras's `fit` takes no callback but one, so that a `fit` of the user's own can't add any.

    Such a `fit` is called for each piece of an epoch, so a callback made in it would begin anew each time: early
    stopping would never stop, and a schedule would be followed several times an epoch.

    Args:
        ours: the callback that a `fit` is handed.
    """
    plain = keras.Model.fit

    @functools.wraps(plain)
    def fit(model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        callbacks = inspect.signature(plain).bind(model, *args, **kwargs).arguments.get("callbacks") or []
        others = [type(item).__name__ for item in callbacks if item is not ours]
        if others:
            raise InputError(
                f"a fit of one's own must hand on the callbacks that it is given and no others, but it added "
                f"{', '.join(others)}; return them from Sweep(fit=lambda params: {{'callbacks': [...]}})"
            )
        return plain(model, *args, **kwargs)

    keras.Model.fit = fit
    try:
        yield
    finally:
        del keras.Model.fit
