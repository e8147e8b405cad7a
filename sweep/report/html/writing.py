"""Writes a study's report into its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.errors import SweepError, describe
from sweep.report.console import console
from sweep.report.html.page import report_page
from sweep.study.storage.files import writable, write_whole
from sweep.study.storage.folder import StudyFolder


def write_report(analysis: Analysis, folder: StudyFolder, data: Callable[[], Dataset]) -> Path:
    """Write `report.html` of a study, whole or not at all; returns its path.

    Args:
        analysis: the analysis of the study.
        folder: the study's folder.
        data: finds the study's data; it may raise `InputError`, and the report then says so.

    Raises:
        InputError: if the folder can't be written.
        OSError: if the disk is full.
    """
    text = report_page(analysis, folder, data)
    with writable():
        write_whole(folder.report, text)
    return folder.report


def write_report_or_warn(analysis: Analysis, folder: StudyFolder, data: Callable[[], Dataset]) -> Path | None:
    """Write `report.html` at the end of a run, which nothing that goes wrong with it may harm.

    Returns:
        Its path; None if it could not be written, of which a line on standard error says why.
    """
    try:
        return write_report(analysis, folder, data)
    except Exception as error:  # noqa: BLE001 - the run is over and well, whatever is wrong with its report
        reason = str(error) if isinstance(error, SweepError) else describe(error)
        console(stderr=True).print(f"WARNING: the report could not be written: {reason}", style="bold yellow")
        return None
