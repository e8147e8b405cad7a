"""Writes a trained model, or the board, of a study to a file of the user's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.analysis.formats import as_csv, as_json, as_parquet
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.execution.models import MeasuredModel, TrainedModel, measure_model, trial_model, winners_model
from sweep.study.records import find_trial
from sweep.study.storage.files import write_whole
from sweep.study.storage.folder import StudyFolder

MODEL = ".keras"
BOARDS: dict[str, Callable[[Any], str | bytes]] = {".parquet": as_parquet, ".csv": as_csv, ".json": as_json}


@dataclass(frozen=True)
class Exported:
    """A file that was written.

    Args:
        target: path of the file.
        model: the model that it holds; None if it holds the board.
        measured: the model, loaded and measured once more; None for a board.
        rows: number of rows of the board; 0 for a model.
    """

    target: Path
    model: TrainedModel | None = None
    measured: MeasuredModel | None = None
    rows: int = 0


def export_study(
    analysis: Analysis,
    folder: StudyFolder,
    number: int | None,
    out: Path | None,
    find_data: Callable[[], Dataset],
    *,
    force: bool = False,
) -> Exported:
    """Write a model or a board to a file; the ending of the file's name says which.

    Args:
        analysis: the analysis of the study.
        folder: the study's folder.
        number: number of a completed trial; None for the winner.
        out: path of the file to write; None for a `.keras` file in the current folder, named after study and trial.
        find_data: finds the study's data set; it may raise `InputError`.
        force: whether to replace an existing file. Default: no.

    Raises:
        InputError: if there is no such trial or model, or the file can't be written.
        SweepError: if the model's file does not have the test accuracy that was measured.
    """
    study = analysis.study
    ending = MODEL if out is None else out.suffix.lower()
    if ending not in (MODEL, *BOARDS):
        raise InputError(
            f"a file must end with {MODEL} for a model, or {', '.join(BOARDS)} for the board, not as {out}"
        )
    if ending != MODEL:
        if number is not None:
            raise InputError(f"a board has all trials; leave out trial {number}, or let the file end with {MODEL}")
        target = _free(out or Path(), force=force)
        frame = board(analysis)
        write_whole(target, BOARDS[ending](frame))
        return Exported(target, rows=len(frame))
    model = (
        winners_model(analysis, folder)
        if number is None
        else trial_model(folder, find_trial(study, number), study.metric)
    )
    target = _free(out or Path(f"{study.name}-{model.label}{MODEL}"), force=force)
    measured = measure_model(model, find_data)
    write_whole(target, measured.content)
    return Exported(target, model, measured)


def _free(target: Path, *, force: bool) -> Path:
    if target.is_dir() or not target.parent.is_dir():
        raise InputError(f"a file can be written only into a folder that is there, but got {target}")
    if target.exists() and not force:
        raise InputError(f"{target} is there already; add --force to replace it, or give another --out")
    return target
