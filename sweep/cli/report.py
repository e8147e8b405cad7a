"""`report`: writes the report of a study."""

from __future__ import annotations

from pathlib import Path

from sweep.analysis.study_analysis import Analysis
from sweep.report.console import console
from sweep.report.html.writing import write_report
from sweep.study.opening import silence_optuna
from sweep.study.records import read_study
from sweep.study.restore import data_at_hand
from sweep.study.storage.folder import StudyFolder


def report(results: Path, name: str) -> None:
    """Write a study's `report.html` and print its path.

    Args:
        results: the results folder.
        name: name of the study.

    Raises:
        InputError: if there is no such study, or its folder can't be written.
    """
    silence_optuna()
    study, folder = read_study(results, name), StudyFolder(results, name)
    path = write_report(Analysis(study, folder), folder, lambda: data_at_hand(study))
    console().print(str(path))
