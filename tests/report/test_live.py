"""The part of a terminal that moves: how much is done, the best so far, and what each worker does."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from builders import BASELINE, completed, hand_made_study, measurement, scored, study_by, trial_record
from rich.cells import cell_len
from rich.console import Console
from screens import screen, standing
from scripted import Clock

from sweep.report import live as module
from sweep.report.live import REFRESH_SECONDS, LiveBar, LiveSearch
from sweep.study.events import SearchStarted
from sweep.study.records import StudyRecord
from sweep.training.messages import TrialSpec

PARAMS = {**BASELINE, "batch_size": 32}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that the live part believes it is."""
    clock = Clock()
    monkeypatch.setattr(module.time, "monotonic", clock)
    return clock


class Seen:
    """What moves, and what stands on its terminal."""

    def __init__(self, clock: Clock, make: Any, width: int = 120) -> None:
        self.out, self._text = screen(terminal=True, width=width)
        self.bar = make(self.out)
        self._clock = clock

    def after(self, seconds: float) -> list[str]:
        """The lines that stand there once some time has passed and it was drawn again."""
        self._clock.now += seconds
        self.bar.tick()
        return [line for line in standing(self._text.getvalue()) if line]

    @property
    def written(self) -> str:
        """All that it ever sent."""
        return self._text.getvalue()


@pytest.fixture
def runs(clock: Clock) -> Iterator[Seen]:
    """A bar of ten runs, two of them done before."""
    seen = Seen(clock, lambda out: LiveBar(out, 10, 2, "runs"))
    yield seen
    seen.bar.stop()


def search(study: StudyRecord, *, maximizes: bool = True) -> SearchStarted:
    return SearchStarted(study, 8, 5, 0, maximizes, (20, 6), True, "here", "float32")


@pytest.fixture
def trials(clock: Clock) -> Iterator[Seen]:
    """A search of eight trials that has just begun."""
    study = hand_made_study(trial_record(0, "WAITING"), baseline=PARAMS)
    seen = Seen(clock, lambda out: LiveSearch(out, search(study)))
    yield seen
    seen.bar.stop()


def test_the_time_left_is_told_once_something_was_done_in_this_run(runs: Seen) -> None:
    (line,) = runs.after(1)
    assert "2/10 runs 1 s starting workers" in line
    for _ in range(2):
        runs.bar.advance()
    (line,) = runs.after(29)
    assert "4/10 runs 30 s about 1:30 left" in line  # two in 30 s, six to go


def test_of_what_may_end_sooner_the_most_is_told(clock: Clock) -> None:
    seen = Seen(clock, lambda out: LiveBar(out, 10, 2, "runs", at_most=True))
    seen.bar.advance()
    (line,) = seen.after(10)
    assert "3 of up to 10 runs 10 s at most about 1:10 left" in line
    seen.bar.stop()


def test_it_is_drawn_a_few_times_a_second_at_most(runs: Seen) -> None:
    runs.after(1)
    before = runs.written
    runs.after(REFRESH_SECONDS / 2)
    assert runs.written == before
    runs.after(REFRESH_SECONDS / 2)
    assert runs.written != before


def test_lost_workers_are_counted_below_the_bar(runs: Seen) -> None:
    runs.bar.worker_lost(3)
    runs.bar.worker_lost(4)
    assert runs.after(1)[1:] == ["lost workers: 2"]


def test_once_it_is_stopped_nothing_of_it_stands_there(clock: Clock) -> None:
    seen = Seen(clock, lambda out: LiveBar(out, 10, 0, "runs"))
    assert len(seen.after(1)) == 1
    seen.out.print("a line that stays")
    seen.bar.stop()
    assert [line for line in standing(seen.written) if line] == ["a line that stays"]


def test_a_running_trial_has_a_line_with_where_it_is_and_what_it_changes(trials: Seen) -> None:
    trials.bar.started(TrialSpec(0, PARAMS, 7))
    trials.bar.started(TrialSpec(1, {**PARAMS, "kernel_size": 2}, 8))
    trials.bar.measured(1, measurement(50, 0.9))
    bar, baseline, other = trials.after(1)
    assert "0/8 trials" in bar
    assert baseline.split() == ["trial", "0", "starts", "the", "baseline"]
    assert other.split() == ["trial", "1", "50", "%", "val", "90.00", "%", "▅·", "kernel_size=2"]
    trials.bar.ended(completed(0, 0.8))
    bar, best, other = trials.after(1)
    assert "1/8 trials" in bar
    assert best == "best so far: trial 0, val 80.00 % (the baseline)"
    assert other.split()[:2] == ["trial", "1"]


def test_the_best_so_far_is_told_against_the_baseline(trials: Seen) -> None:
    trials.bar.ended(completed(1, 0.7))
    assert trials.after(1)[1] == "best so far: trial 1, val 70.00 %"
    trials.bar.ended(completed(0, 0.6))
    assert trials.after(1)[1] == (
        "best so far: trial 1, val 70.00 % (+10.00 points against the baseline)  95 % interval ±65.74: may be chance"
    )
    for number, accuracy in ((2, 0.65), (3, 0.75)):
        trials.bar.ended(completed(number, accuracy))
    trials.bar.ended(trial_record(4, "FAIL"))
    trials.bar.ended(trial_record(5, "PRUNED"))
    bar, best, tally, pruned = trials.after(1)
    assert "6/8 trials" in bar
    assert best.startswith("best so far: trial 3, val 75.00 % (+15.00 points against the baseline)  95 % interval ±")
    assert tally == "so far: 4 COMPLETE, 1 PRUNED, 1 FAIL"
    assert pruned.split() == ["pruned:", "trial", "5", "before", "its", "first", "rung"]


def test_of_a_loss_the_smaller_is_the_better(clock: Clock) -> None:
    study = hand_made_study(
        *(
            trial_record(n, value=loss, curve=completed(n, 1 - loss).curve)
            for n, loss in ((0, 0.5), (1, 0.2), (2, 0.3))
        ),
        objective="val_loss",
        direction="minimize",
    )
    seen = Seen(clock, lambda out: LiveSearch(out, search(study, maximizes=False)))
    assert seen.after(1)[1] == "best so far: trial 1, val loss 0.2000 (-0.3000 against the baseline)"
    seen.bar.stop()


def test_of_an_error_the_smaller_is_the_better_and_what_runs_is_told_by_it(clock: Clock) -> None:
    study = study_by(scored(0, 54.3), scored(1, 52.25), scored(2, 53.0))
    seen = Seen(clock, lambda out: LiveSearch(out, search(study, maximizes=False)))
    seen.bar.started(TrialSpec(3, PARAMS, 7))
    seen.bar.measured(3, measurement(50, val_accuracy=None, val_mae=60.0))
    _, best, running = seen.after(1)
    assert best == "best so far: trial 1, val mae 52.25 (-2.05 against the baseline)"
    assert running.split()[:7] == ["trial", "3", "50", "%", "val", "mae", "60"]
    seen.bar.stop()


def test_a_study_that_goes_on_begins_with_what_is_there(clock: Clock) -> None:
    study = hand_made_study(completed(0, 0.8), completed(1, 0.9), trial_record(2, "RUNNING"))
    seen = Seen(clock, lambda out: LiveSearch(out, search(study)))
    bar, best = seen.after(1)
    assert "2/8 trials" in bar
    assert "starting workers" in bar
    assert best.startswith("best so far: trial 1, val 90.00 % (+10.00 points")
    seen.bar.stop()


def test_params_that_look_like_markup_or_move_a_terminal_are_shown_as_they_are(trials: Seen) -> None:
    trials.bar.started(TrialSpec(1, {**PARAMS, "x": "[bold]a[/bold]\n\x1b[2J"}, 8))
    assert r"x=[bold]a[/bold] \x1b[2J" in trials.after(1)[1]


@pytest.mark.parametrize("width", [40, 50, 60, 80, 200])
def test_at_any_width_the_bar_the_best_and_each_running_trial_are_whole(clock: Clock, width: int) -> None:
    study = hand_made_study(completed(0, 0.6), completed(1, 0.7), trial_record(2, "WAITING"), baseline=PARAMS)
    seen = Seen(clock, lambda out: LiveSearch(out, search(study)), width=width)
    changes = {"kernel_size": 2, "learning_rate": 0.00754, "optimizer": "rmsprop", "label_smoothing": 0.125}
    seen.bar.started(TrialSpec(12, {**PARAMS, **changes}, 8))
    seen.bar.started(TrialSpec(13, PARAMS, 8))
    seen.bar.measured(12, measurement(50, 0.9))
    lines = seen.after(1)
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "…" not in text
    assert re.search("2/8 trials 1 s no trial has ended yet", text)
    assert "best so far: trial 1, val 70.00 % (+10.00 points against the baseline)" in text
    pairs = " ".join(f"{name}={value}" for name, value in changes.items())
    assert f"trial 12 50 % val 90.00 % ▅· {pairs} trial 13 starts" in text
    seen.bar.stop()


def test_where_not_all_fits_on_the_screen_each_trial_keeps_one_line(clock: Clock) -> None:
    study = hand_made_study(trial_record(0, "WAITING"), baseline=PARAMS)
    seen = Seen(clock, lambda out: LiveSearch(out, search(study)), width=60)
    for number in range(1, 16):
        seen.bar.started(TrialSpec(number, {**PARAMS, "x": "word" * 20}, 8))
    _, *lines = seen.after(1)
    assert [line.split()[1] for line in lines] == [str(number) for number in range(1, 16)]
    assert {len(line) for line in lines} == {60}
    assert all(line.endswith("…") for line in lines)
    seen.bar.stop()


def test_a_trial_that_lost_its_worker_is_told_and_whether_it_goes_on(trials: Seen) -> None:
    for number in (0, 1):
        trials.bar.started(TrialSpec(number, PARAMS, 7))
    for number in (0, 1, 1):
        trials.bar.worker_lost(number)
    trials.bar.ended(trial_record(1, "FAIL", workers_lost=2))
    _, tally, lost, _ = trials.after(1)
    assert tally == "so far: 1 FAIL"
    assert lost == "lost workers: 3  trial 0 (goes on)  trial 1, 2 times (FAIL)"


def test_one_who_comes_later_sees_the_time_left_by_what_was_done_since_the_search_began(clock: Clock) -> None:
    study = hand_made_study(completed(0, 0.8), completed(1, 0.9), completed(2, 0.7))
    late = replace(search(study), elapsed_seconds=60, ended_before=1)
    seen = Seen(clock, lambda out: LiveSearch(out, late))
    assert "3/8 trials 1:00 about 2:30 left" in seen.after(0)[0]  # two in a minute, five to go
    seen.bar.stop()


def busy(out: Console, running: int) -> LiveSearch:
    """A search of 40 trials in full swing: ten ended, some pruned, one that lost a worker, several running."""
    study = hand_made_study(trial_record(0, "WAITING"), baseline=PARAMS, steps=[10, 50, 100], validation_images=6000)
    bar = LiveSearch(out, replace(search(study), trials=40))
    for number in range(10):
        bar.started(TrialSpec(number, {**PARAMS, "kernel_size": 2, "learning_rate": 0.00754}, 7))
        bar.measured(number, measurement(10, 0.5 + number / 50))
    for number in range(4, 10):
        point = measurement(10, 0.5 + number / 50).point
        bar.ended(trial_record(number, "PRUNED", curve=[point]))
    for number in (0, 1, 2):
        bar.ended(completed(number, 0.95 + number / 1000))
    bar.worker_lost(3)
    for number in range(10, 9 + running):
        bar.started(TrialSpec(number, {**PARAMS, "optimizer": "rmsprop", "label_smoothing": 0.125}, 7))
        bar.measured(number, measurement(10, 0.9))
        bar.measured(number, measurement(50, 0.93 + number / 1000))
    return bar


@pytest.mark.parametrize(("width", "height"), [(60, 20), (120, 40), (200, 50)])
@pytest.mark.parametrize("running", [2, 8, 60])
def test_at_any_size_of_the_screen_it_shows_what_matters_and_never_scrolls(
    clock: Clock, width: int, height: int, running: int
) -> None:
    out = Console(record=True, file=io.StringIO(), width=width, height=height, force_terminal=True, _environ={})
    bar = busy(out, running)
    clock.now += 60
    out.print(bar.frame(clock.now))
    bar.stop()
    lines = [line for line in out.export_text().splitlines() if line.strip()]
    assert len(lines) < height
    assert max(map(cell_len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert re.search("9/40 trials 1:00 about 3:27 left", text)
    assert "best so far: trial 2, val 95.20 % (+0.20 points against the baseline) 95 % interval ±0.77: may be" in text
    assert "so far: 3 COMPLETE, 6 PRUNED" in text
    assert "lost workers: 1 trial 3 (goes on)" in text
    assert "trial 3 10 % val 56.00 %" in text
    assert ("pruned: trial 9 at 10 %, place" in text) == (running < 60)
    assert ("more running trials" in text) == (running == 60)
    if (running, width) == (8, 120):
        assert "pruned: trial 9 at 10 %, place 8 of 14, val 68.00 %" in text
        assert "pruned: trial 5 at 10 %, place 12 of 14, val 60.00 %" in text


def test_where_the_terminal_knows_only_ascii_nothing_else_is_shown(clock: Clock) -> None:
    out = Console(record=True, file=io.TextIOWrapper(io.BytesIO(), "ascii"), width=100, height=30, _environ={})
    bar = busy(out, 2)
    text = "\n".join(line.text for line in bar.lines(100, 27))
    bar.stop()
    assert text.isascii()
    assert "95 % interval +-0.77" in text
