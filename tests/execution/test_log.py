"""A study's log: one file, rotated, with entries that no text from outside can forge; the logger keeps nothing."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweep.execution import log as module
from sweep.execution.log import KEPT_FILES, LOGGER, OneLineFormatter, study_log
from sweep.study.storage.folder import StudyFolder

ENTRY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR) sweep[.\w]*: ")


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    """The folder of a study."""
    study_folder = StudyFolder(tmp_path, "tiny")
    study_folder.path.mkdir()
    return study_folder


@pytest.fixture(autouse=True)
def _logger_as_before() -> Iterator[None]:
    """Whatever a test does, the logger is as it was."""
    handlers, level = list(LOGGER.handlers), LOGGER.level
    yield
    assert (LOGGER.handlers, LOGGER.level) == (handlers, level)


def test_what_any_module_says_while_a_study_is_open_is_in_its_file_and_nothing_else(folder: StudyFolder) -> None:
    other = logging.getLogger("elsewhere")
    LOGGER.error("before")
    with study_log(folder):
        logging.getLogger("sweep.execution.driver").debug("trial %d: started", 3)
        other.error("not of this package")
        LOGGER.info("ünïcode ✓")
    LOGGER.error("after")
    lines = folder.log.read_text("utf-8").splitlines()
    assert [ENTRY.sub("", line) for line in lines] == ["trial 3: started", "ünïcode ✓"]
    assert all(ENTRY.match(line) for line in lines)
    assert lines[0].split()[2:4] == ["DEBUG", "sweep.execution.driver:"]


def test_a_study_that_goes_on_appends(folder: StudyFolder) -> None:
    for turn in range(2):
        with study_log(folder):
            LOGGER.info("turn %d", turn)
    assert [line[-6:] for line in folder.log.read_text().splitlines()] == ["turn 0", "turn 1"]


def test_a_study_of_which_nothing_is_said_has_no_log(folder: StudyFolder) -> None:
    with study_log(folder):
        pass
    assert list(folder.path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "two\n2020-01-01 00:00:00,000 ERROR sweep: forged",
        "a\r2020-01-01 00:00:00,000 ERROR sweep: forged",
        "a\x0b2020-01-01 00:00:00,000 ERROR sweep: forged",
        "a\x852020-01-01 00:00:00,000 ERROR sweep: forged",
        "a\u20282020-01-01 00:00:00,000 ERROR sweep: forged",
        "\x1b[2J\x1b]0;title\x07",
        "\u202etxt.exe\x00\ud800",
        "\n\n\n",
        "",
    ],
)
def test_no_text_begins_an_entry_or_moves_a_terminal(folder: StudyFolder, text: str) -> None:
    with study_log(folder):
        LOGGER.warning("trial 1: %s", text)
        LOGGER.info("the next")
    lines = folder.log.read_text("utf-8").splitlines()
    entries = [line for line in lines if not line.startswith("    ")]
    assert len(entries) == 2
    assert all(ENTRY.match(line) for line in entries)
    assert entries[1].endswith("the next")
    assert all(line.isprintable() for line in lines)


def test_a_traceback_is_below_its_entry_indented(folder: StudyFolder) -> None:
    with study_log(folder):
        try:
            raise ValueError("no\nluck")
        except ValueError:
            LOGGER.exception("it failed")
    first, *others = folder.log.read_text().splitlines()
    assert first.endswith("ERROR sweep: it failed")
    assert all(line.startswith("    ") for line in others)
    assert others[0] == "    Traceback (most recent call last):"
    assert others[-1] == "    luck"


def test_the_file_is_rotated_and_only_so_many_old_ones_are_kept(
    folder: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with study_log(folder):
        for number in range(200):
            LOGGER.info("entry %03d %s", number, "x" * 60)
    files = sorted(path.name for path in folder.path.iterdir())
    assert files == ["sweep.log", *(f"sweep.log.{number}" for number in range(1, KEPT_FILES + 1))]
    assert all(path.stat().st_size <= 1000 for path in folder.path.iterdir())
    kept = [line for number in (3, 2, 1) for line in (folder.path / f"sweep.log.{number}").read_text().splitlines()]
    kept += folder.log.read_text().splitlines()
    numbers = [int(line.split("entry ")[1][:3]) for line in kept]
    assert numbers == list(range(numbers[0], 200))  # the last ones, none lost in between


@pytest.mark.parametrize("when", ["at the first entry", "at a rotation"])
def test_a_disk_that_refuses_the_log_ends_nothing(
    folder: StudyFolder, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], when: str
) -> None:
    handlers = list(LOGGER.handlers)
    if when == "at a rotation":
        monkeypatch.setattr(module, "MAX_BYTES", 100)
        monkeypatch.setattr(logging.handlers.RotatingFileHandler, "rotate", _refuse)
    else:
        folder.log.mkdir()
    with study_log(folder):
        LOGGER.info("x" * 90)
        LOGGER.info("y" * 90)
        assert handlers == LOGGER.handlers  # it goes without the log from then on
        LOGGER.info("z")
    assert capfd.readouterr() == ("", "")


def _refuse(*words: object) -> None:
    raise OSError(28, "No space left on device")


def _interrupted(folder: StudyFolder) -> None:
    with study_log(folder):
        LOGGER.info("entry")
        raise KeyboardInterrupt


def test_whatever_ends_the_study_leaves_nothing_on_the_logger(folder: StudyFolder) -> None:
    before = (list(LOGGER.handlers), LOGGER.level)
    with pytest.raises(KeyboardInterrupt):
        _interrupted(folder)
    assert (LOGGER.handlers, LOGGER.level) == before
    LOGGER.error("no more")
    assert "no more" not in folder.log.read_text()
    folder.log.unlink()
    LOGGER.error("not even a file")
    assert not folder.log.exists()


def test_the_level_a_caller_had_set_is_put_back(folder: StudyFolder) -> None:
    LOGGER.setLevel(logging.ERROR)
    try:
        with study_log(folder):
            LOGGER.debug("kept all the same")
        assert LOGGER.level == logging.ERROR
        assert "kept all the same" in folder.log.read_text()
    finally:
        LOGGER.setLevel(logging.NOTSET)


def test_the_formatter_says_when_how_grave_who_and_what() -> None:
    record = logging.LogRecord("sweep.x", logging.INFO, __file__, 1, "a %s", ("b\nc",), None)
    first, second = OneLineFormatter().format(record).split("\n")
    assert ENTRY.match(first)
    assert first.endswith(" INFO sweep.x: a b")
    assert second == "    c"
