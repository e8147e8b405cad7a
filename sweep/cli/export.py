"""`export`: writes a trained model, or the board, to a file of the user's."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from sweep.analysis.study_analysis import Analysis
from sweep.execution.export import export_study
from sweep.execution.models import MeasuredModel, TrainedModel
from sweep.report.console import console
from sweep.report.format import written_as
from sweep.space.metrics import ACCURACY, is_share
from sweep.study.opening import silence_optuna
from sweep.study.records import StudyRecord, read_study
from sweep.study.restore import restore_data
from sweep.study.storage.folder import StudyFolder


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
    """Write a model or a board to a file, and print what was written and how it is used.

    Args:
        results: the results folder.
        name: name of the study.
        number: number of a completed trial; None for the winner.
        out: path of the file to write; None for a `.keras` file in the current folder, named after study and trial.
        force: whether to replace an existing file.
        data: the name of a data set or a path of the study's data; None for what the study was run with.
        space: path of the study's search-space file; None for the path it had when the study was run.

    Raises:
        InputError: if there is no such study, trial or model, or the file can't be written.
        SweepError: if the model's file does not have the test accuracy that was measured.
    """
    silence_optuna()
    study = read_study(results, name)
    exported = export_study(
        Analysis(study),
        StudyFolder(results, name),
        number,
        out,
        lambda: restore_data(study, results, space, data),
        force=force,
    )
    printer = console()
    if exported.model and exported.measured:
        _print_model(printer, study, exported.target, exported.model, exported.measured)
    else:
        printer.print(f"wrote {exported.target}: the board of study {name}, {exported.rows} rows")


def _print_model(out: Console, study: StudyRecord, target: Path, model: TrainedModel, measured: MeasuredModel) -> None:
    head = f"wrote {target}: {model.what} of study {study.name}"
    if measured.load_error:
        out.print(f"{head}, not measured again")
        _print_unloadable(out, target, measured.load_error)
        return
    out.print(f"{head}, {_measured(model, measured)}")
    pixels = _is_builtin(study) if measured.pixels is None else measured.pixels
    _print_usage(out, target, measured.input_shape, pixels=pixels, logits=_is_builtin(study), metric=study.metric)


def _is_builtin(study: StudyRecord) -> bool:
    return study.origin is not None and not study.origin.own_model


def _measured(model: TrainedModel, measured: MeasuredModel) -> str:
    """How the file's test accuracy compares with that on the board, in words."""
    if measured.no_data:
        return f"not measured again, as its data is not here: {measured.no_data}"
    if measured.score is None:
        return "not measured again, as the file does not say how"
    score, before = written_as(model.metric), model.test[model.metric]
    texts = [f"{score.text(value)}{score.after}" for value in (measured.score, before)]
    if texts[0] == texts[1]:
        return f"test {model.metric} {texts[0]} on {measured.images:,} {score.example}s, as on the board"
    apart = round(abs(measured.score - before) * measured.images)
    how_far = f": {apart} of {measured.images:,} {score.example}s" if is_share(model.metric) else ""
    return f"test {model.metric} {texts[0]}, on the board {texts[1]}{how_far}, as other machines round otherwise"


def _print_usage(
    out: Console, target: Path, shape: tuple[int | None, ...], *, pixels: bool, logits: bool, metric: str
) -> None:
    inputs = "x / 255.0" if pixels else "x"
    kind = f"{'pixels 0-255' if pixels else 'float32'}, shape ({', '.join(map(str, ('n', *shape)))})"
    out.print(f"    model = keras.saving.load_model({str(target)!r})")
    if metric != ACCURACY or not shape:
        out.print(f"    outputs = model.predict({inputs})" + (f"  # x: {kind}" if shape else ""))
        return
    out.print(
        f"    labels = model.predict({inputs}).argmax(-1)  # x: {kind}; "
        f"outputs are {'logits' if logits else 'one score a class'}"
    )


def _print_unloadable(out: Console, target: Path, error: str) -> None:
    out.print(f"Plain Keras can't load it by itself: {error}")
    out.print("Where the classes and functions of its search-space file are imported:")
    out.print(f"    model = keras.saving.load_model({str(target)!r}, custom_objects={{'Name': Name}})")
    out.print("and with safe_mode=False if it has a Lambda layer and you trust the file.")
