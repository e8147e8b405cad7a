"""`--verbose`: what is logged, on the screen too, and only while the command runs."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from sweep.execution.log import LOGGER, study_log
from sweep.report.console import console
from sweep.report.verbose import shown_log
from sweep.study.storage.folder import StudyFolder

Captured = pytest.CaptureFixture[str]


def logged(folder: StudyFolder, *, verbose: bool, quiet: bool = False) -> None:
    folder.path.mkdir(exist_ok=True)
    with shown_log(console(quiet=quiet), verbose=verbose), study_log(folder):
        logging.getLogger("sweep.execution.driver").info("trial 1: %s", "[bold]a[/bold]\n\x1b[2Jb")


def test_with_it_the_screen_has_what_the_file_has(tmp_path: Path, capsys: Captured) -> None:
    folder = StudyFolder(tmp_path, "tiny")
    logged(folder, verbose=True)
    text = capsys.readouterr().out
    assert text == folder.log.read_text()
    assert text.splitlines()[0].endswith("INFO sweep.execution.driver: trial 1: [bold]a[/bold]")
    assert text.splitlines()[1] == r"    \x1b[2Jb"


@pytest.mark.parametrize("flags", [{"verbose": False}, {"verbose": True, "quiet": True}])
def test_without_it_or_where_all_is_quiet_the_screen_has_nothing(
    tmp_path: Path, capsys: Captured, flags: dict[str, bool]
) -> None:
    logged(StudyFolder(tmp_path, "tiny"), **flags)
    assert capsys.readouterr() == ("", "")


def failing(before: list[logging.Handler]) -> None:
    with shown_log(console(), verbose=True):
        assert len(LOGGER.handlers) == len(before) + 1
        raise ValueError("odd")


def test_nothing_is_shown_once_the_command_has_ended(tmp_path: Path, capsys: Captured) -> None:
    before = list(LOGGER.handlers)
    with pytest.raises(ValueError, match="odd"):
        failing(before)
    assert before == LOGGER.handlers
    LOGGER.error("after")
    assert capsys.readouterr().out == ""
