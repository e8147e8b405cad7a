"""`export`: writes a trained model, or the board, to a file of the user's."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from sweep.analysis.formats import as_csv, as_json, as_parquet
from sweep.analysis.leaderboard import board
from sweep.analysis.selection import winner
from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset, is_pixels
from sweep.errors import InputError, SweepError, describe
from sweep.report.console import console
from sweep.report.format import percent
from sweep.study.opening import silence_optuna
from sweep.study.records import ConfirmingRun, StudyRecord, TrialRecord, find_trial, read_study
from sweep.study.restore import restore_data
from sweep.study.storage.files import write_whole
from sweep.study.storage.folder import StudyFolder
from sweep.training.local import tensorflow_quiet
from sweep.training.messages import trial_stem

MODEL = ".keras"
BOARDS: dict[str, Callable[[Any], str | bytes]] = {".parquet": as_parquet, ".csv": as_csv, ".json": as_json}
ROUNDING = 500
"""One test image in 500 may get another label from other kernels; if more do, it is another model."""


@dataclass(frozen=True)
class Model:
    """A trained model that can be exported.

    Args:
        path: path of the model's file.
        what: which model it is, in words: "trial 7".
        label: which model it is, in the name of the exported file: "trial-0007".
        test_accuracy: accuracy of the model on the test images, 0 to 1, as on the board.
    """

    path: Path
    what: str
    label: str
    test_accuracy: float


def export(
    results: Path,
    name: str,
    number: int | None,
    *,
    out: Path | None,
    force: bool,
    data: str | None,
    space: Path | None,
) -> None:
    """Write a model or a board to a file; the ending of the file's name says which.

    Args:
        results: the results folder.
        name: name of the study.
        number: number of a completed trial; None for the winner.
        out: path of the file to write; None for a `.keras` file in the current folder, named after study and trial.
        force: whether to replace an existing file.
        data: "mnist", "digits" or a path of the study's data; None for what the study was run with.
        space: path of the study's search-space file; None for the path it had when the study was run.

    Raises:
        InputError: if there is no such study, trial or model, or the file can't be written.
        SweepError: if the model's file does not have the test accuracy that was measured.
    """
    silence_optuna()
    study, folder = read_study(results, name), StudyFolder(results, name)
    analysis = Analysis(study)
    ending = MODEL if out is None else out.suffix.lower()
    if ending in BOARDS:
        if number is not None:
            raise InputError(f"a board has all trials; leave out trial {number}, or let the file end with {MODEL}")
        _export_board(analysis, _free(out or Path(), force=force))
    elif ending == MODEL:
        model = model_to_export(analysis, folder) if number is None else _model_of(folder, find_trial(study, number))
        target = _free(out or Path(f"{name}-{model.label}{MODEL}"), force=force)
        _export_model(study, model, target, lambda: restore_data(study, results, space, data))
    else:
        raise InputError(
            f"a file must end with {MODEL} for a model, or {', '.join(BOARDS)} for the board, not as {out}"
        )


def _export_board(analysis: Analysis, target: Path) -> None:
    frame = board(analysis)
    write_whole(target, BOARDS[target.suffix.lower()](frame))
    console().print(f"wrote {target}: the board of study {analysis.study.name}, {len(frame)} rows")


def model_to_export(analysis: Analysis, folder: StudyFolder) -> Model:
    """The model of the winner, as chosen by `sweep.analysis.selection.winner`.

    Args:
        analysis: the analysis of the study.
        folder: the study's folder.

    Raises:
        InputError: if no trial has completed, or the model's file is gone.
    """
    match winner(analysis):
        case TrialRecord() as trial:
            return _model_of(folder, trial)
        case ConfirmingRun() as run:
            return _confirmed_model(folder, run)
        case None:
            raise InputError(f"study {analysis.study.name!r} has no completed trial yet, and so no model")


def _confirmed_model(folder: StudyFolder, run: ConfirmingRun) -> Model:
    path = folder.model(run.stem)
    _refuse_link(path)
    if not path.is_file():
        raise InputError(f"the model of trial {run.trial}, confirmed, must be in {path}, but it is gone; name a trial")
    title = f"trial {run.trial}, trained again on all training images,"
    return Model(path, title, run.stem, run.test_accuracy or 0.0)


def _model_of(folder: StudyFolder, trial: TrialRecord) -> Model:
    if trial.test_accuracy is None:
        raise InputError(f"a model is kept of a completed trial, but trial {trial.number} is {trial.state}")
    path = folder.model(trial_stem(trial.number))
    _refuse_link(path)
    if not path.is_file():
        raise InputError(f"the model of trial {trial.number} must be in {path}, but {trial.error or 'it is gone'}")
    return Model(path, f"trial {trial.number}", trial_stem(trial.number), trial.test_accuracy)


def _refuse_link(path: Path) -> None:
    if path.is_symlink() or path.parent.is_symlink():
        raise InputError(f"a model is exported from the study's own folder, but {path} is a link to {path.resolve()}")


def _refuse_damaged(path: Path) -> None:
    """Refuse what is no whole `.keras` file, which is a zip archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            whole = archive.testzip() is None and "config.json" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError, zlib.error):
        whole = False
    if not whole:
        raise InputError(
            f"a model must be a whole .keras file, but {path} is damaged; export another trial, or train the study anew"
        )


def _free(target: Path, *, force: bool) -> Path:
    if target.is_dir() or not target.parent.is_dir():
        raise InputError(f"a file can be written only into a folder that is there, but got {target}")
    if target.exists() and not force:
        raise InputError(f"{target} is there already; add --force to replace it, or give another --out")
    return target


def _export_model(study: StudyRecord, model: Model, target: Path, find_data: Callable[[], Dataset]) -> None:
    out = console()
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # a sweep may be using the same GPU
    with tensorflow_quiet():
        # Postponed: Keras takes seconds to import, and only a model needs it.
        from sweep.training import saved_model as saved
    _refuse_damaged(model.path)
    content = model.path.read_bytes()
    head = f"wrote {target}: {model.what} of study {study.name}"
    try:
        loaded = saved.load(model.path)
    except Exception as error:  # noqa: BLE001 - Keras raises many kinds on a class that it does not know
        write_whole(target, content)
        out.print(f"{head}, not measured again")
        _print_unloadable(out, target, error)
        return
    dataset: Dataset | None = None
    try:
        dataset = find_data()
    except InputError as error:
        measured = f"not measured again, as its data is not here: {error}"
    if dataset:
        measured = _measured(model, saved.accuracy(loaded, dataset.test()), len(dataset.y_test))
    write_whole(target, content)
    out.print(f"{head}, {measured}")
    pixels = is_pixels(dataset.x_test) if dataset else _is_builtin(study)
    _print_usage(out, target, tuple(loaded.input_shape[1:]), pixels=pixels, logits=_is_builtin(study))


def _is_builtin(study: StudyRecord) -> bool:
    return study.origin is not None and not study.origin.own_model


def _measured(model: Model, accuracy: float, images: int) -> str:
    """How the file's test accuracy compares with that on the board, in words.

    Raises:
        SweepError: if they differ by more than other hardware explains.
    """
    apart = round(abs(accuracy - model.test_accuracy) * images)
    if apart > max(1, images // ROUNDING):
        raise SweepError(
            f"the file of {model.what} must have the board's test accuracy, {percent(model.test_accuracy)} %, but "
            f"{model.path} has {percent(accuracy)} %: it is not the model that was measured. Nothing was written"
        )
    if apart == 0:
        return f"test accuracy {percent(accuracy)} % on {images:,} images, as on the board"
    return (
        f"test accuracy {percent(accuracy)} %, on the board {percent(model.test_accuracy)} %: "
        f"{apart} of {images:,} images, as other machines round otherwise"
    )


def _print_usage(out: Console, target: Path, shape: tuple[int | None, ...], *, pixels: bool, logits: bool) -> None:
    inputs = "x / 255.0" if pixels else "x"
    kind = f"{'pixels 0-255' if pixels else 'float32'}, shape ({', '.join(map(str, ('n', *shape)))})"
    out.print(f"    model = keras.saving.load_model({str(target)!r})")
    out.print(
        f"    labels = model.predict({inputs}).argmax(-1)  # x: {kind}; "
        f"outputs are {'logits' if logits else 'one score a class'}"
    )


def _print_unloadable(out: Console, target: Path, error: Exception) -> None:
    out.print(f"Plain Keras can't load it by itself: {describe(error)}")
    out.print("Where the classes and functions of its search-space file are imported:")
    out.print(f"    model = keras.saving.load_model({str(target)!r}, custom_objects={{'Name': Name}})")
    out.print("and with safe_mode=False if it has a Lambda layer and you trust the file.")
