"""The trained models of a study: found in its folder, checked, loaded and measured once more."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.analysis.selection import winner
from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.errors import InputError, SweepError, describe
from sweep.space.metrics import is_share
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import TrialRecord
from sweep.study.storage.files import refuse_link
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import trial_stem
from sweep.training.quiet import tensorflow_quiet

if TYPE_CHECKING:
    import keras

ROUNDING = 500
"""One test image in 500 may get another label from other kernels; if more do, it is another model."""
CLOSE = 0.002
"""Up to this share of itself another score may differ with other kernels; if it differs more, it is another model."""


@dataclass(frozen=True)
class TrainedModel:
    """A trained model of a study, in its file.

    Args:
        path: path of the model's file.
        what: which model it is, in words: "trial 7".
        label: which model it is, in the name of the exported file: "trial-0007".
        test: loss and metrics of the model on the test examples, as on the board.
        metric: name in Keras of the metric that the study's trials are compared by.
    """

    path: Path
    what: str
    label: str
    test: Mapping[str, float]
    metric: str


def winners_model(analysis: Analysis, folder: StudyFolder) -> TrainedModel:
    """The model of the winner, as chosen by `sweep.analysis.selection.winner`.

    Args:
        analysis: the analysis of the study.
        folder: the study's folder.

    Raises:
        InputError: if no trial has completed, or the model's file is gone.
    """
    match winner(analysis):
        case TrialRecord() as trial:
            return trial_model(folder, trial, analysis.study.metric)
        case ConfirmingRun() as run:
            return _confirmed_model(folder, run, analysis.study.metric)
        case None:
            raise InputError(f"study {analysis.study.name!r} has no completed trial yet, and so no model")


def _confirmed_model(folder: StudyFolder, run: ConfirmingRun, metric: str) -> TrainedModel:
    path = folder.model(run.stem)
    refuse_link(path, "a model is exported")
    if not path.is_file():
        raise InputError(f"the model of trial {run.trial}, confirmed, must be in {path}, but it is gone; name a trial")
    title = f"trial {run.trial}, trained again on all training images,"
    return TrainedModel(path, title, run.stem, run.test, metric)


def trial_model(folder: StudyFolder, trial: TrialRecord, metric: str) -> TrainedModel:
    """The model of a completed trial.

    Args:
        folder: the study's folder.
        trial: the trial's record.
        metric: name in Keras of the metric that the study's trials are compared by.

    Raises:
        InputError: if the trial has not completed, or the model's file is gone.
    """
    if not trial.test:
        raise InputError(f"a model is kept of a completed trial, but trial {trial.number} is {trial.state}")
    path = folder.model(trial_stem(trial.number))
    refuse_link(path, "a model is exported")
    if not path.is_file():
        reason = trial.error or "it is gone, or its train function keeps none"
        raise InputError(f"the model of trial {trial.number} must be in {path}, but {reason}")
    return TrainedModel(path, f"trial {trial.number}", trial_stem(trial.number), trial.test, metric)


@dataclass(frozen=True)
class MeasuredModel:
    """A trained model's file as it is now. What can't be known is None or empty.

    Args:
        content: bytes of the file.
        input_shape: shape of one input, without the batch; empty if there are several.
        score: score on the test examples, measured by plain Keras.
        images: number of test examples.
        pixels: whether inputs are pixels, which a model gets scaled from 0-255 to 0-1.
        no_data: why the test images are not here.
        load_error: why plain Keras can't load the file by itself.
    """

    content: bytes
    input_shape: tuple[int | None, ...] = ()
    score: float | None = None
    images: int = 0
    pixels: bool | None = None
    no_data: str = ""
    load_error: str = ""

    def is_as_measured(self, model: TrainedModel) -> bool:
        """Whether the score is the board's, but for what other kernels round otherwise; so it is if it is not known."""
        if self.score is None:
            return True
        before = model.test[model.metric]
        if is_share(model.metric):
            return abs(self.score - before) * self.images < max(1, self.images // ROUNDING) + 0.5
        return abs(self.score - before) <= CLOSE * abs(before)


def measure_model(model: TrainedModel, find_data: Callable[[], Dataset]) -> MeasuredModel:
    """Load a model as its user will, by plain Keras, and measure it on the test set once more.

    Args:
        model: the model.
        find_data: finds the study's data set; it may raise `InputError`.

    Raises:
        InputError: if the file is damaged.
        SweepError: if its test accuracy differs from the board's by more than other hardware explains.
    """
    _refuse_damaged(model.path)
    content = model.path.read_bytes()
    with tensorflow_quiet():
        # Postponed: Keras takes seconds to import, and only a model needs it.
        from sweep.training import saved_model
    try:
        loaded = saved_model.load(model.path)
    except OSError as error:
        raise _damaged(model.path) from error
    except Exception as error:  # noqa: BLE001 - Keras raises many kinds on a class that it does not know
        return MeasuredModel(content, load_error=describe(error))
    taken = getattr(loaded, "input_shape", None)
    shape = tuple(taken[1:]) if isinstance(taken, tuple) else ()
    try:
        dataset = find_data()
    except InputError as error:
        return MeasuredModel(content, shape, no_data=str(error))
    if dataset.comes_in_batches:
        return MeasuredModel(content, shape, no_data="it comes in batches, which are made where models are trained")
    test = dataset.test
    try:
        score = saved_model.score(loaded, test, model.metric)
    except Exception as error:
        raise SweepError(
            f"the file of {model.what} must predict the study's test examples, but {model.path} fails with "
            f"{describe(error)}: it is not the model that was measured. Nothing was written"
        ) from error
    measured = MeasuredModel(content, shape, score, len(test), pixels=test.has_pixels)
    if not measured.is_as_measured(model):
        before, now = (_in_words(model.metric, value) for value in (model.test[model.metric], score))
        raise SweepError(
            f"the file of {model.what} must have the board's test {before}, but {model.path} has {now}: it is not the "
            "model that was measured. Nothing was written"
        )
    return measured


def _in_words(metric: str, value: float | None) -> str:
    return f"{metric}, {100 * (value or 0.0):.2f} %" if is_share(metric) else f"{metric}, {value:.6g}"


def load_model(model: TrainedModel) -> keras.Model:
    """Load a model by plain Keras.

    Args:
        model: the model.

    Raises:
        InputError: if the file is damaged, or needs classes or functions that Keras does not know.
    """
    _refuse_damaged(model.path)
    with tensorflow_quiet():
        # Postponed, as in `measure_model`.
        from sweep.training import saved_model
    try:
        return saved_model.load(model.path)
    except OSError as error:
        raise _damaged(model.path) from error
    except Exception as error:
        raise InputError(
            f"the model of {model.what} must be one that Keras can load by itself, but {describe(error)}; where its "
            f"classes and functions are imported: keras.saving.load_model({str(model.path)!r}, "
            "custom_objects={'Name': Name}), and with safe_mode=False if it has a Lambda layer and you trust the file"
        ) from error


def _refuse_damaged(path: Path) -> None:
    """Refuse what is no whole `.keras` file, which is a zip archive; the weights in it are a file of their own."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            whole = archive.testzip() is None and "config.json" in names and any(map(_is_weights, names))
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError, zlib.error):
        whole = False
    if not whole:
        raise _damaged(path)


def _is_weights(name: str) -> bool:
    return name.startswith("model.weights.")


def _damaged(path: Path) -> InputError:
    return InputError(
        f"a model must be a whole .keras file, but {path} is damaged; export another trial, or train the study anew"
    )
