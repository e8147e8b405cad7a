"""`report`: the file that it writes, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import NAME
from commands import finished, printed, refusal, space_file, sweep

from sweep.execution.options import RunOptions


def test_it_writes_the_report_and_prints_its_path(results: Path) -> None:
    path = results / NAME / "report.html"
    assert printed(results, "report", NAME) == f"{path}\n"
    assert "Trial 1 is the best of the search" in path.read_text()


def test_a_study_whose_data_come_from_a_function_does_not_run_it(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    results = finished(file)
    file.write_text("raise SystemExit('it was run')")
    printed(results, "report", "my_space")
    assert (
        "come from a function" in (results / "my_space" / "report.html").read_text()
        or "were not kept" in (results / "my_space" / "report.html").read_text()
    )


def test_an_unknown_study_is_one_message(results: Path) -> None:
    assert "there is no study 'none'" in refusal(sweep("report", "none", "--results", results))


def test_a_folder_that_can_not_be_written_is_one_message(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, content: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("sweep.report.html.writing.write_whole", refuse)
    assert "must be writable" in refusal(sweep("report", NAME, "--results", results))


def test_a_run_writes_one_unless_it_is_told_not_to() -> None:
    assert RunOptions().report
    assert not RunOptions(report=False).report
