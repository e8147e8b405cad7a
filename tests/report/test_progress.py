"""What a run says while it goes, on a terminal and in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import BASELINE, completed, hand_made_study, measurement, scored, study_by, trial_record
from screens import screen, standing

from sweep.execution.options import RunOptions
from sweep.report.format import written_as
from sweep.report.progress import Progress, ended_line, run_line, shown
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.events import (
    ClusterIsOpen,
    ConfirmationStarted,
    ConfirmingRunEnded,
    DigitsInsteadOfMnist,
    Event,
    FirstRungIsEarly,
    IncompleteWriteSetAside,
    NothingToTrain,
    ParamsAdded,
    RetriesEnqueued,
    SearchStarted,
    StopReason,
    StudyTaken,
    TrialEnded,
    TrialMeasured,
    TrialStarted,
    WorkerLost,
)
from sweep.study.until_sure_started import UntilSureStarted
from sweep.training.messages import TrialSpec

Captured = pytest.CaptureFixture[str]
ACCURACY = written_as("accuracy")
OTHER = {**BASELINE, "batch_size": 32, "kernel_size": 2}


def started(**changes: Any) -> SearchStarted:
    fields = {
        "study": hand_made_study(trial_record(0, "WAITING")),
        "trials": 3,
        "epochs": 5,
        "unfinished": 0,
        "maximizes": True,
        "images": (54000, 10000),
        "scaled": True,
        "workers": "4 CPUs; 2 trials side by side",
        "precision": "float32",
    }
    return SearchStarted(**{**fields, **changes})


def search() -> list[Event]:
    """A search of three trials: one completes, one is pruned, one fails."""
    return [
        started(),
        TrialStarted(TrialSpec(0, {**BASELINE, "batch_size": 32}, 7)),
        TrialStarted(TrialSpec(1, OTHER, 8)),
        TrialMeasured(0, measurement(50, 0.9)),
        TrialEnded(completed(0, 0.95)),
        TrialMeasured(1, measurement(50, 0.7)),
        TrialEnded(trial_record(1, "PRUNED", params=OTHER, curve=[{**completed(1, 0.7).last, "epochs": 2.5}])),
        TrialStarted(TrialSpec(2, OTHER, 9)),
        TrialEnded(trial_record(2, "FAIL", params=OTHER, error="ValueError: [bold]no luck[/bold]")),
    ]


CONFIRMING = [
    ConfirmationStarted([ConfirmingRun(n, i, 1) for i in range(2) for n in (0, 1)], 60000, "4 CPUs; 2 side by side"),
    ConfirmingRunEnded(ConfirmingRun(0, 0, 1, {"accuracy": 0.98}, 61.0)),
    ConfirmingRunEnded(ConfirmingRun(1, 0, 1, error="ValueError: no luck")),
]
LINES = [
    "tiny: 3 trials of at most 5 epochs on tiny images (54,000 + 10,000 images, pixels scaled to 0-1), "
    "on 4 CPUs; 2 trials side by side in float32",
    "trial   0  COMPLETE  val 95.00 %  after 5 epochs  test 94.00 %  10 s  [the baseline]",
    "trial   1  PRUNED    val 70.00 %  after 2.5 epochs  10 s  [kernel_size=2]",
    "trial   2  FAIL      ValueError: [bold]no luck[/bold]  [kernel_size=2]",
]
CONFIRMING_LINES = [
    "",
    "confirming the baseline and trial 1: 4 runs on all 60,000 training images, on 4 CPUs; 2 side by side",
    "the baseline, run 1  test 98.00 %  1:01",
    "trial 1, run 1  ValueError: no luck",
]


def told(events: list[Event], *, terminal: bool, quiet: bool = False, width: int = 200) -> str:
    """What is written while these happen, the clock ticking after each."""
    out, text = screen(terminal=terminal, quiet=quiet, width=width)
    with Progress(out) as progress:
        for event in events:
            progress.notice(event)
            progress.tick()
    return text.getvalue()


def test_in_a_file_a_run_is_a_line_for_each_trial_and_run_that_ended_and_nothing_moves() -> None:
    text = told([*search(), *CONFIRMING], terminal=False)
    assert text.splitlines() == [*LINES, *CONFIRMING_LINES]
    assert "\x1b" not in text
    assert "\r" not in text


def test_on_a_terminal_the_same_lines_stand_in_the_end() -> None:
    text = told([*search(), *CONFIRMING], terminal=True)
    assert "\x1b[2K" in text  # something moved meanwhile
    assert [line for line in standing(text) if line] == [line for line in [*LINES, *CONFIRMING_LINES] if line]


def test_where_all_is_quiet_nothing_is_written_even_on_a_terminal() -> None:
    assert told([*search(), *CONFIRMING], terminal=True, quiet=True) == ""


@pytest.mark.parametrize("width", [40, 50, 60, 80, 200])
def test_a_line_that_is_wider_than_the_terminal_goes_on_in_the_next_one(width: int) -> None:
    events = [*search(), *CONFIRMING, TrialEnded(trial_record(3, "FAIL", error="ValueError: " + "word " * 100))]
    lines = standing(told(events, terminal=True, width=width))
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "…" not in text
    for line in [*LINES, *CONFIRMING_LINES]:
        assert " ".join(line.split()) in text
    assert text.count("word") == told(events, terminal=False).count("word") == 100


def test_once_it_is_left_nothing_moves_any_more() -> None:
    out, text = screen(terminal=True)
    with Progress(out) as progress:
        for event in search():
            progress.notice(event)
    written = text.getvalue()
    assert written.endswith("\x1b[?25h") or "\x1b[?25h" in written[-40:]  # the cursor is there again
    progress.tick()
    progress.notice(TrialMeasured(0, measurement(100)))
    assert text.getvalue() == written


def test_it_stops_moving_whatever_ends_the_run() -> None:
    out, text = screen(terminal=True)
    progress = Progress(out)
    with pytest.raises(KeyboardInterrupt):
        _interrupted(progress)
    assert text.getvalue().count("\x1b[?25l") == text.getvalue().count("\x1b[?25h") == 1
    written = text.getvalue()
    progress.tick()
    assert text.getvalue() == written


def _interrupted(progress: Progress) -> None:
    with progress:
        progress.notice(started())
        raise KeyboardInterrupt


def test_a_study_that_goes_on_tells_what_is_there() -> None:
    study = hand_made_study(completed(0, 0.9), trial_record(1, "RUNNING"), trial_record(2, "WAITING"))
    (line,) = told([started(study=study, trials=8, unfinished=1)], terminal=False).splitlines()
    assert line.startswith("tiny: 8 trials (2 there, 1 of them unfinished) of at most 5 epochs on tiny images")


def test_what_is_fixed_is_told_before_the_search() -> None:
    line = told([started(fixed={"filters_1": 8})], terminal=False, width=400)
    assert "; new ones all with filters_1=8, but the baseline and enqueued ones as they are" in line
    assert "; new ones" not in told([started()], terminal=False, width=400)


def test_what_is_tried_again_or_taken_from_elsewhere_is_told() -> None:
    line = told([ParamsAdded({"dropout": 0.0})], terminal=False)
    assert line == "new in the space: the trials before were trained with dropout=0.0\n"
    events: list[Event] = [RetriesEnqueued([2, 5]), RetriesEnqueued([]), StudyTaken("old", [3, 1], {4: "it is wide"})]
    assert told([*events, StudyTaken("old", [], {})], terminal=False).splitlines() == [
        "failed trials that are tried again, each as a new trial: 2, 5",
        "no failed trial is left to be tried again",
        "from study 'old', each tried once after the baseline: trial 3, 1",
        "  not trial 4: it is wide",
        "from study 'old', each tried once after the baseline: none, as no other good one lies inside this space",
    ]


def test_the_difference_is_to_the_baseline_of_this_or_of_an_earlier_run() -> None:
    study = hand_made_study(completed(0, 0.9), trial_record(1, "WAITING"))
    better = TrialEnded(completed(1, 0.95, params=OTHER))
    *_, line = told([started(study=study), better], terminal=False).splitlines()
    assert "test 94.00 % (+5.00)" in line
    *_, line = told([started(), TrialEnded(completed(0, 0.96)), better], terminal=False).splitlines()
    assert "test 94.00 % (-1.00)" in line
    *_, line = told([started(), better], terminal=False).splitlines()
    assert "test 94.00 %  10 s" in line


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (NothingToTrain("tiny", 3, None, False), "study 'tiny' already has its 3 trials: nothing left to do"),
        (
            NothingToTrain("tiny", 3, None, True),
            "study 'tiny' already has its 3 trials: its best is yet to be confirmed",
        ),
        (
            NothingToTrain("tiny", 3, StopReason(1), False),
            "trial 1 reached the target given with --target: nothing left to do",
        ),
    ],
)
def test_where_nothing_is_to_be_trained_it_says_why(event: Event, line: str) -> None:
    assert told([event], terminal=False) == f"{line}\n"


def test_a_first_rung_that_is_early_is_told_below_the_headline_and_not_on_standard_error(capsys: Captured) -> None:
    headline, warning = told([started(), FirstRungIsEarly(10, 156, 1562)], terminal=False).splitlines()
    assert headline == LINES[0]
    assert "156 of 1,562 training steps" in warning
    assert told([FirstRungIsEarly(10, 156, 1562)], terminal=False, quiet=True) == ""
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize(
    "event",
    [DigitsInsteadOfMnist(Path("a.py")), ClusterIsOpen("h:1"), IncompleteWriteSetAside(Path("part"), 19)],
)
def test_warnings_go_to_standard_error_even_where_all_is_quiet(capsys: Captured, event: Event, quiet: bool) -> None:
    assert told([event], terminal=False, quiet=quiet) == ""
    out, err = capsys.readouterr()
    assert out == ""
    assert err != ""


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"params": {**BASELINE}},
            "trial   1  COMPLETE  val 50.00 %  after 5 epochs  test 49.00 %  10 s  [as the baseline]",
        ),
        ({"state": "PRUNED"}, "trial   1  PRUNED    val  %  after 0 epochs    [as the baseline]"),
        ({"state": "PRUNED", "error": "too large"}, "trial   1  PRUNED    too large  [as the baseline]"),
        ({"state": "FAIL", "error": "odd"}, "trial   1  FAIL      odd  [as the baseline]"),
    ],
)
def test_a_trial_that_ended_is_one_line(changes: dict[str, Any], line: str) -> None:
    fields = {"params": {**BASELINE}, **changes}
    assert ended_line(trial_record(1, fields.pop("state", "COMPLETE"), **fields), BASELINE, None, ACCURACY) == line


def test_where_the_loss_is_the_objective_a_trials_line_tells_losses() -> None:
    trial = trial_record(1, params={**BASELINE}, test_loss=0.25)
    assert ended_line(trial, BASELINE, 0.5, written_as("loss")) == (
        "trial   1  COMPLETE  val loss 0.5000  after 5 epochs  test loss 0.2500 (-0.2500)  10 s  [as the baseline]"
    )


def test_a_confirming_run_that_ended_is_one_line() -> None:
    run = ConfirmingRun(12, 2, 1, {"accuracy": 0.987}, 9.6)
    assert run_line(run, ACCURACY) == "trial 12, run 3  test 98.70 %  10 s"


def test_a_regression_is_told_by_its_error_and_has_no_images() -> None:
    study = study_by(trial_record(0, "WAITING"))
    runs = [ConfirmingRun(number, 0, 1) for number in (0, 1)]
    events: list[Event] = [
        started(study=study, maximizes=False, scaled=False),
        TrialEnded(scored(0, 54.321, params={**BASELINE})),
        TrialEnded(scored(1, 52.5, params=OTHER)),
        ConfirmationStarted(runs, 442, "4 CPUs", "mae"),
        ConfirmingRunEnded(ConfirmingRun(1, 0, 1, {"mae": 53.25, "loss": 1.0}, 61.0)),
    ]
    headline, *lines = told(events, terminal=False).splitlines()
    assert "(54,000 + 10,000 examples)" in headline
    assert lines == [
        "trial   0  COMPLETE  val mae 54.321  after 5 epochs  test mae 55.321  10 s  [the baseline]",
        "trial   1  COMPLETE  val mae 52.5  after 5 epochs  test mae 53.5 (-1.82)  10 s  [kernel_size=2]",
        "",
        "confirming the baseline and trial 1: 2 runs on all 442 training examples, on 4 CPUs",
        "trial 1, run 1  test mae 53.25  1:01",
    ]


def test_with_progress_a_run_is_printed_and_without_it_or_when_quiet_it_is_not(capsys: Captured) -> None:
    for options, progress, heard in (
        (RunOptions(), True, True),
        (RunOptions(), False, False),
        (RunOptions(quiet=True), True, False),
    ):
        with shown(options, progress) as observer:
            observer.notice(NothingToTrain("tiny", 3, None, False))
        assert bool(capsys.readouterr().out) == heard
    with shown(RunOptions(), told) as observer:  # type: ignore[arg-type]
        assert observer is told


def test_lost_workers_stand_in_the_live_view_of_trials_and_of_confirming_runs_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sweep.report.live.REFRESH_SECONDS", 0.0)
    lost = told([*search()[:3], WorkerLost(1)], terminal=True)
    assert "lost workers: 1  trial 1 (goes on)" in lost
    assert "lost workers: 1" in told([CONFIRMING[0], WorkerLost(9)], terminal=True)
    assert "lost" not in told([*search()[:3], WorkerLost(1), CONFIRMING[0], WorkerLost(9)], terminal=False)


def test_one_who_comes_later_to_a_confirmation_is_told_what_was_done_and_no_number_that_is_not_known() -> None:
    runs = [ConfirmingRun(n, i, 1) for i in range(2) for n in (0, 1)]
    text = told([ConfirmationStarted(runs, 0, "some workers", ended_before=3)], terminal=True)
    assert "4 runs on all training images, on some workers" in text
    assert "3/4 runs" in text


def test_runs_until_it_is_decided_are_told_by_how_many_there_may_be() -> None:
    runs = [ConfirmingRun(n, i, 1) for i in range(30) for n in (0, 1)]
    event = UntilSureStarted(runs, 60000, "2 CPUs", ended_before=3)
    line = "confirming the baseline and trial 1: up to 60 runs, until it is decided, on all 60,000 training images"
    assert line in told([event], terminal=False)
    assert "3 of up to 60 runs" in told([event], terminal=True)


def test_a_search_that_begins_anew_takes_the_place_of_the_one_before() -> None:
    out, text = screen(terminal=True)
    with Progress(out) as progress:
        progress.notice(started())
        progress.notice(started(trials=7))
        progress.tick()
    assert "0/7 trials" in text.getvalue()
    assert text.getvalue().count("\x1b[?25l") == text.getvalue().count("\x1b[?25h") == 2
