"""A study that is run for trackers, without workers: its events in the order in which a driver tells them."""

from __future__ import annotations

from pathlib import Path

from builders import NAME, measurement, opened, tiny_sweep

from sweep.study.events import Observer, RunEnded, SearchStarted, TrialEnded, TrialMeasured, TrialStarted
from sweep.study.ledger import Ledger
from sweep.study.records import StudyRecord, read_study
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import Failure

ACCURACIES = {0: 0.9, 1: 0.95, 3: 0.3}
"""What trials reach: 0 and 1 complete, 2 fails, 3 is pruned."""


def begin(study: StudyRecord) -> SearchStarted:
    """The event of a search that starts."""
    return SearchStarted(study, 4, 5, 0, True, (24, 6), True, "here", "float32")


def run(results: Path, observer: Observer, trials: int = 4) -> StudyRecord:
    """Run a study of some trials, or go on with it; returns its record at the end."""
    with opened(results, tiny_sweep(trials=trials)) as ledger:
        observer.notice(begin(ledger.record()))
        while (spec := ledger.next_trial()) is not None:
            observer.notice(TrialStarted(spec))
            train(ledger, spec.number, observer)
    return end(results, observer)


def train(ledger: Ledger, number: int, observer: Observer) -> None:
    """Bring one trial to its end."""
    if number == 2:
        observer.notice(TrialEnded(ledger.fail(number, Failure("ValueError: no luck"))))
        return
    for step in (50, 100):
        history = [{"epoch": epoch, "loss": round(1 / epoch, 3)} for epoch in range(1, 1 + step // 20)]
        measured = measurement(step, ACCURACIES.get(number, 0.5), history=history)
        observer.notice(TrialMeasured(number, measured))
        ledger.report(number, measured)
        if number == 3:
            observer.notice(TrialEnded(ledger.prune(number)))
            return
    observer.notice(TrialEnded(ledger.complete(number, measured)))


def end(results: Path, observer: Observer, *, stopped: bool = False) -> StudyRecord:
    """Tell that the run is over; returns the study's record."""
    study = read_study(results, NAME)
    observer.notice(RunEnded(study, StudyFolder(results, NAME), stopped))
    return study
