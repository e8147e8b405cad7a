"""The console: what is printed is what was said."""

from __future__ import annotations

import io
import sys

import pytest
from boards import printed, table_of
from builders import hand_made_study, trial_record

from sweep.report.console import console


def test_without_a_terminal_nothing_is_coloured_wrapped_or_cut(capsys: pytest.CaptureFixture[str]) -> None:
    long = " ".join(f"word{index}" for index in range(60))
    console().print(long)
    assert capsys.readouterr().out == f"{long}\n"
    study = hand_made_study(trial_record(0), trial_record(1, "FAIL", error=long))
    text = printed(capsys, table_of(study))
    assert long in text
    assert "\x1b" not in text


def test_a_quiet_console_says_nothing_and_stderr_is_another_stream(capsys: pytest.CaptureFixture[str]) -> None:
    console(quiet=True).print("hello")
    assert capsys.readouterr() == ("", "")
    console(stderr=True).print("hello")
    assert capsys.readouterr() == ("", "hello\n")


@pytest.mark.parametrize("text", ["[bold]odd[/bold]", "[/]", "[red]", "Tensor[1, 2]", ":smile:", "[link=x]"])
def test_texts_that_look_like_markup_are_printed_as_they_are(capsys: pytest.CaptureFixture[str], text: str) -> None:
    study = hand_made_study(trial_record(0), trial_record(1, "FAIL", error=text))
    assert text in printed(capsys, table_of(study))
    study = hand_made_study(trial_record(0), trial_record(1, params={"x": text}))
    assert f"x={text}" in printed(capsys, table_of(study))


def test_a_pipe_that_nobody_reads_is_an_error_and_not_a_silent_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(BrokenPipeError):
        console().print("hello")
