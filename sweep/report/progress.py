"""What a run prints as it goes: what starts, a line for each trial or run that ended, and on a terminal a live bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console

from sweep.report.console import console
from sweep.report.format import Score, changed, seconds, written_as
from sweep.report.live import LiveBar, LiveSearch
from sweep.report.narrow import FoldedLine
from sweep.report.summary import reason_text
from sweep.report.trackers.background import Tracker
from sweep.report.trackers.tracked import tracked
from sweep.report.verbose import shown_log
from sweep.report.warnings import print_warning
from sweep.space.metrics import ACCURACY, VAL
from sweep.space.sweep import Params
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.events import (
    ConfirmationStarted,
    ConfirmingRunEnded,
    Event,
    FirstRungIsEarly,
    NothingToTrain,
    Observer,
    ParamsAdded,
    RetriesEnqueued,
    RunEnded,
    SearchStarted,
    StudyTaken,
    TrialEnded,
    TrialMeasured,
    TrialStarted,
    WorkerLost,
)
from sweep.study.records import BASELINE, TrialRecord
from sweep.study.until_sure_started import UntilSureStarted
from sweep.training.messages import params_text


class Volume(Protocol):
    """How much a run prints, as its options have it."""

    @property
    def quiet(self) -> bool:
        """Whether nothing but warnings is printed."""

    @property
    def verbose(self) -> bool:
        """Whether what is logged is printed, too."""


@contextmanager
def shown(options: Volume, progress: bool | Observer = True, trackers: Sequence[Tracker] = ()) -> Iterator[Observer]:
    """An observer that prints what happens, and with the option `verbose` what is logged, while this context lasts.

    With the option `quiet`, or without progress, it prints nothing but warnings; an observer given as progress is used.

    Args:
        options: the options of a run.
        progress: whether to print how far it is, or an observer to use instead. Default: yes.
        trackers: trackers that are told, too, each in a thread of its own. Default: none.
    """
    out = console(quiet=options.quiet or progress is False)
    with (
        Progress(out) as printer,
        shown_log(out, verbose=options.verbose),
        tracked(printer if isinstance(progress, bool) else progress, trackers) as observer,
    ):
        yield observer


class Progress:
    """An observer that prints. Use it as a context manager: at its end the live bar is taken off.

    Args:
        out: console to print to; it gets a live bar if it is a terminal and not quiet.
    """

    def __init__(self, out: Console) -> None:
        self._out = out
        self._live: LiveBar | LiveSearch | None = None
        self._baseline: Params = {}
        self._anchor: float | None = None
        self._score = written_as(ACCURACY)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop()

    def notice(self, event: Event) -> None:
        """Print an event, or show it in the live bar."""
        match event:
            case SearchStarted():
                self._search_started(event)
            case TrialStarted(spec) if isinstance(self._live, LiveSearch):
                self._live.started(spec)
            case TrialMeasured(number, measurement) if isinstance(self._live, LiveSearch):
                self._live.measured(number, measurement)
            case WorkerLost(number) if self._live:
                self._live.worker_lost(number)
            case TrialEnded(trial):
                self._trial_ended(trial)
            case ConfirmationStarted():
                self._confirmation_started(event)
            case ConfirmingRunEnded(run):
                self._out.print(FoldedLine(run_line(run, self._score)))
                if self._live:
                    self._live.advance()
            case FirstRungIsEarly():
                print_warning(self._out, event)  # advice on what the line before it says, not an alarm
            case NothingToTrain():
                self._out.print(_nothing_to_train(event))
            case ParamsAdded(params):
                self._out.print(f"new in the space: the trials before were trained with {params_text(params)}")
            case StudyTaken():
                for line in _taken(event):
                    self._out.print(line)
            case RetriesEnqueued(numbers):
                self._out.print(_retries(numbers))
            case TrialStarted() | TrialMeasured() | WorkerLost() | RunEnded():
                pass  # a trial's line is printed when it ends, and the summary by the command
            case _:
                print_warning(console(stderr=True), event)

    def tick(self) -> None:
        """Draw the live bar again."""
        if self._live:
            self._live.tick()

    def _search_started(self, search: SearchStarted) -> None:
        self._stop()
        self._out.print(_headline(search))
        trials = search.study.trials
        self._baseline = search.study.definition.baseline
        self._score = written_as(search.study.metric)
        self._anchor = trials[BASELINE].test.get(self._score.metric) if trials else None
        if self._moves():
            self._live = LiveSearch(self._out, search)

    def _trial_ended(self, trial: TrialRecord) -> None:
        if trial.is_baseline:
            self._anchor = trial.test.get(self._score.metric)
        if isinstance(self._live, LiveSearch):
            self._live.ended(trial)
        self._out.print(FoldedLine(ended_line(trial, self._baseline, self._anchor, self._score)))

    def _confirmation_started(self, confirmation: ConfirmationStarted) -> None:
        self._stop()
        self._score = written_as(confirmation.metric)
        trials = sorted({run.trial for run in confirmation.runs})
        names = " and ".join("the baseline" if number == BASELINE else f"trial {number}" for number in trials)
        self._out.print()
        until_sure = isinstance(confirmation, UntilSureStarted)
        self._out.print(
            f"confirming {names}: {_count(confirmation)} on {_examples(confirmation, self._score)}, "
            f"on {confirmation.workers}"
        )
        if self._moves():
            total, done = len(confirmation.runs), confirmation.ended_before
            self._live = LiveBar(self._out, total, done, "runs", at_most=until_sure)

    def _moves(self) -> bool:
        return self._out.is_terminal and not self._out.quiet

    def _stop(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None


def ended_line(trial: TrialRecord, baseline: Params, anchor: float | None, score: Score) -> str:
    """One line on a trial that ended.

    Args:
        trial: record of the trial.
        baseline: the baseline's params.
        anchor: the baseline's test score; None while it is not known.
        score: how the study's scores are written.
    """
    params = "the baseline" if trial.is_baseline else changed(trial.params, baseline) or "as the baseline"
    head = f"trial {trial.number:>3}  {trial.state:<8}"
    if trial.state == "FAIL" or (trial.error and not trial.curve):
        return f"{head}  {trial.error}  [{params}]"
    reached = f"val {score.whole(trial.last.get(VAL + score.metric))}  after {trial.last.get('epochs', 0):g} epochs"
    if trial.state == "COMPLETE":
        tested = trial.test.get(score.metric)
        reached += f"  test {score.whole(tested)}"
        if anchor is not None and tested is not None and not trial.is_baseline:
            reached += f" ({score.difference(tested - anchor)})"
    return f"{head}  {reached}  {seconds(trial.last.get('seconds'))}  [{params}]"


def run_line(run: ConfirmingRun, score: Score) -> str:
    """One line on a confirming run that ended.

    Args:
        run: the run.
        score: how the study's scores are written.
    """
    name = "the baseline" if run.trial == BASELINE else f"trial {run.trial}"
    outcome = run.error or f"test {score.whole(run.test.get(score.metric))}  {seconds(run.seconds)}"
    return f"{name}, run {run.index + 1}  {outcome}"


def _count(confirmation: ConfirmationStarted) -> str:
    runs = f"{len(confirmation.runs)} runs"
    return f"up to {runs}, until it is decided," if isinstance(confirmation, UntilSureStarted) else runs


def _examples(confirmation: ConfirmationStarted, score: Score) -> str:
    everything = "" if confirmation.held_out else "all "
    count = f"{confirmation.images:,} " if confirmation.images else ""
    return f"{everything}{count}training {score.example}s"


def _headline(search: SearchStarted) -> str:
    train, test = search.images
    asked = sum(trial.state != "WAITING" for trial in search.study.trials)
    what = "images, pixels scaled to 0-1" if search.scaled else "examples"
    existing = f" ({asked} there, {search.unfinished} of them unfinished)" if asked else ""
    return (
        f"{search.study.name}: {search.trials} trials{existing} of at most {search.epochs} epochs "
        f"on {search.study.definition.dataset} ({train:,} + {test:,} {what}), "
        f"on {search.workers} in {search.precision}" + _fixed(search.fixed)
    )


def _fixed(fixed: Params) -> str:
    """What is fixed in this run, in words; empty if nothing is."""
    if not fixed:
        return ""
    return f"; new ones all with {params_text(fixed)}, but the baseline and enqueued ones as they are"


def _nothing_to_train(event: NothingToTrain) -> str:
    rest = "its best is yet to be confirmed" if event.confirms else "nothing left to do"
    if event.reached is not None:
        return f"{reason_text(event.reached)}: {rest}"
    return f"study {event.name!r} already has its {event.trials} trials: {rest}"


def _retries(numbers: Sequence[int]) -> str:
    if not numbers:
        return "no failed trial is left to be tried again"
    return f"failed trials that are tried again, each as a new trial: {', '.join(map(str, numbers))}"


def _taken(event: StudyTaken) -> Iterator[str]:
    taken = ", ".join(map(str, event.taken)) or "none, as no other good one lies inside this space"
    yield f"from study {event.name!r}, each tried once after the baseline: {'trial ' * bool(event.taken)}{taken}"
    for number, reason in event.left_out.items():
        yield f"  not trial {number}: {reason}"
