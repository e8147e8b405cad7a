"""The report's file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from builders import NAME, mixed_study, tiny_dataset

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.html import writing
from sweep.report.html.writing import write_report, write_report_or_warn
from sweep.study.storage.folder import StudyFolder


def test_the_report_lies_in_the_studys_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    before = set(os.listdir(tmp_path / NAME))
    path = write_report(Analysis(study), StudyFolder(tmp_path, NAME), tiny_dataset)
    assert path == tmp_path / NAME / "report.html"
    assert set(os.listdir(tmp_path / NAME)) == {*before, "report.html"}
    assert path.read_text().startswith("<!DOCTYPE html>")


def refuse(path: Path, content: object) -> None:
    raise PermissionError(13, "Permission denied", str(path))


def test_a_folder_that_can_not_be_written_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = mixed_study(tmp_path)
    monkeypatch.setattr(writing, "write_whole", refuse)
    with pytest.raises(InputError, match="the results folder must be writable, but PermissionError"):
        write_report(Analysis(study), StudyFolder(tmp_path, NAME), tiny_dataset)


@pytest.mark.parametrize("name", ["write_whole", "report_page"])
def test_at_the_end_of_a_run_whatever_goes_wrong_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError("all is\nwrong")

    study = mixed_study(tmp_path)
    monkeypatch.setattr(writing, name, fail)
    assert write_report_or_warn(Analysis(study), StudyFolder(tmp_path, NAME), tiny_dataset) is None
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("WARNING: the report could not be written: RuntimeError: all is")
    assert printed.err.count("\n") == 1
