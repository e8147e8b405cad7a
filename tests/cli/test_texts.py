"""Every text that can come from outside, wherever a terminal shows it: it is spelt out on one line, and does no more.

The texts and where they come from are in `hostile.py`: names and values of params, nodes, data sets, errors and what
models print. What files get of them is in `test_texts_in_files.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import NAME, measurement, mixed_study, opened, taken, trial_record
from commands import printed, sweep
from hostile import TEXTS
from screens import ESCAPE, screen, standing
from typer import Exit

from sweep.cli.exit import reported
from sweep.report.progress import Progress
from sweep.sanitize import one_line
from sweep.study.events import ConfirmationStarted, ConfirmingRunEnded, SearchStarted, TrialEnded, TrialStarted
from sweep.study.records import read_study
from sweep.training.messages import Failure, TrialSpec

pytestmark = pytest.mark.faults

SHOWING = {
    "leaderboard": ("leaderboard", NAME),
    "leaderboard, the latest": ("leaderboard",),
    "watch": ("watch", NAME),
    "show": ("show", NAME, 1),
    "show, the baseline": ("show", NAME, 0),
    "show, a failed trial": ("show", NAME, 2),
    "compare": ("compare", NAME, 0, 1),
    "compare with a failed trial": ("compare", NAME, 0, 2),
}
"""Commands that print a study for a person."""

CONTROLS = r"[\0-\x09\x0b-\x1f\x7f-\x9f]"
"""All control characters but the end of a line."""


@pytest.fixture(scope="module")
def line_counts(studies: Callable[[str], Path]) -> dict[str, int]:
    """On how many lines each command shows the study with a harmless text."""
    return {command: printed(studies("plain"), *words).count("\n") + 1 for command, words in SHOWING.items()}


def test_a_terminal_gets_each_text_as_it_is_spelt_on_as_many_lines_as_any_other(
    hostile_results: Path, text: str, line_counts: dict[str, int]
) -> None:
    for command, words in SHOWING.items():
        lines = printed(hostile_results, *words).split("\n")
        assert all(line.isprintable() for line in lines), command
        assert len(lines) == line_counts[command], command
        assert one_line(text).rstrip() in "\n".join(lines), command


def test_a_traceback_and_what_a_worker_printed_are_shown_line_by_line(tmp_path: Path, text: str) -> None:
    with opened(tmp_path) as ledger:
        ledger.fail(taken(ledger).number, Failure("ValueError: no luck", details=text, output=text))
    lines = printed(tmp_path, "show", NAME, 0).split("\n")
    assert all(line.isprintable() for line in lines)
    shown = [one_line(line).rstrip() for line in text.splitlines()]
    end = ["", *shown, "", "the last lines that its worker printed:", *shown, ""]
    assert [line.rstrip() for line in lines[-len(end) :]] == end


def progress(results: Path, text: str, *, terminal: bool) -> str:
    """What a run prints of the study, and of a trial that is running."""
    study = read_study(results, NAME)
    out, shown = screen(terminal=terminal, width=400)
    params = {text: 2, "choice": text, "constant": text}
    with Progress(out) as observer:
        observer.notice(SearchStarted(study, 9, 5, 0, True, (24, 6), False, text, "float32"))
        observer.notice(TrialStarted(TrialSpec(8, params, 1)))
        observer.tick()
        for trial in (*study.trials, trial_record(7, "PRUNED", params=params)):
            observer.notice(TrialEnded(trial))
        observer.notice(ConfirmationStarted(study.confirming, 30, text))
        for run in study.confirming:
            observer.notice(ConfirmingRunEnded(run))
        observer.tick()
    return shown.getvalue()


def test_the_progress_of_a_run_is_a_line_for_each_event(hostile_results: Path, text: str) -> None:
    lines = progress(hostile_results, text, terminal=False).split("\n")
    assert all(line.isprintable() for line in lines)
    assert len(lines) == 1 + 4 + 2 + 4 + 1  # the headline, trials, the confirmation's headline, runs, the end
    assert sum(one_line(text).rstrip() in line for line in lines) >= 6


def test_a_live_terminal_gets_no_other_control_characters_than_those_of_the_console(
    hostile_results: Path, text: str
) -> None:
    shown = progress(hostile_results, text, terminal=True)
    assert not re.search(CONTROLS, ESCAPE.sub("", shown).replace("\r", ""))  # without the console's own
    assert "\x1b[2J" not in shown
    assert all(line.isprintable() for line in standing(shown))


TYPED: tuple[Callable[[str], tuple[str, ...]], ...] = (
    lambda text: ("run", text),
    lambda text: ("check", text),
    lambda text: ("leaderboard", NAME, "--sort-by", text),
    lambda text: ("leaderboard", NAME, "--format", text),
    lambda text: ("leaderboard", NAME, "--results", text),
    lambda text: ("show", text, "0"),
    lambda text: ("compare", text, "0", "1"),
    lambda text: ("confirm", text),
    lambda text: ("reproduce", text, "0"),
    lambda text: ("export", text),
    lambda text: ("export", NAME, "--out", text),
    lambda text: ("show", NAME, f"a{text}"),
    lambda text: ("leaderboard", f"--{text}"),
)
"""What may be typed with a text where it can't be right."""


@pytest.mark.parametrize("words", TYPED, ids=lambda words: " ".join(words("TEXT")))
def test_what_was_typed_is_told_in_one_message_without_a_control_character(
    words: Callable[[str], tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed_study(tmp_path)
    monkeypatch.chdir(tmp_path)
    for kind, text in TEXTS.items():
        result = sweep(*words(text), *(() if "--results" in words(text) else ("--results", ".")))
        assert result.exit_code == 2, (kind, result.output, result.exception)
        assert result.stdout == "", kind
        if result.stderr.startswith("Usage: "):  # Typer's own message
            assert not re.search(CONTROLS, result.stderr), (kind, result.stderr)
        else:
            (line,) = result.stderr.split("\n")[:-1]
            assert line.isprintable(), kind


def test_the_error_of_a_file_is_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "space.py"
    file.write_text(f"class Refusal(Exception): pass\nraise Refusal({text!r})\n")
    for command in ("run", "check"):
        result = sweep(command, file)
        assert result.exit_code == 2, (result.output, result.exception)
        (line,) = result.stderr.split("\n")[:-1]
        assert line.isprintable()


def test_the_message_that_a_function_differs_is_one_line(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(tmp_path) as ledger:
        ledger.settle_code({text: "1:a"})
        ledger.report(taken(ledger).number, measurement(50, environment="{}"))
        with pytest.raises(Exit), reported():
            ledger.settle_code({text: "1:b"})
    (line,) = capsys.readouterr().err.split("\n")[:-1]
    assert line.isprintable()
    assert f"but its {one_line(text)} function" in line
