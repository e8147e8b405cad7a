"""`sweep` from Python: `run` and `load` return a `Study`, which knows what the commands print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.analysis.leaderboard import board, compared
from sweep.analysis.study_analysis import Analysis
from sweep.analysis.verdict_table import verdict_table
from sweep.errors import InputError, Interrupted
from sweep.execution.caller import caller_unchanged
from sweep.execution.comparison import compare_networks
from sweep.execution.confirm import confirm_study
from sweep.execution.driver import refuse_failed_outcome
from sweep.execution.export import export_study
from sweep.execution.models import load_model, trial_model, winners_model
from sweep.execution.options import ConfirmOptions, RunOptions, options_of, takes
from sweep.execution.remedies import remedies_as_keywords
from sweep.execution.reproduction import TrainedAgain, reproduce_trial
from sweep.execution.results import RunResult
from sweep.execution.run import run_space
from sweep.execution.stop import StopRequest
from sweep.report.figures.gallery import figure
from sweep.report.html.head import notebook_head
from sweep.report.html.predictions import confusion_drawing
from sweep.report.html.writing import write_report, write_report_or_warn
from sweep.report.progress import shown
from sweep.report.trackers.tracked import trackers_of
from sweep.space.sweep import Params, Sweep
from sweep.study.events import Observer, RunEnded, StopReason
from sweep.study.records import BASELINE, StudyRecord, TrialRecord, find_trial, read_study
from sweep.study.restore import data_at_hand, restore_data, restore_study
from sweep.study.storage.folder import StudyFolder

if TYPE_CHECKING:
    import keras
    import pandas as pd
    import plotly.graph_objects as go

    from sweep.analysis.mcnemar import McNemar
    from sweep.analysis.paired import PairedTest


@takes(RunOptions)
@remedies_as_keywords()
def run(space: str | Path | Sweep, *, progress: bool | Observer = True, **options: Any) -> Study:
    """Bring a study up to its budget, and confirm its best trial. Called again, it goes on where it was.

        study = sweep.run("search_spaces/digits.py", trials=8, confirm=False)
        study.leaderboard()

    Args:
        space: path of a search-space file, or a `Sweep`. The functions of a `Sweep` may be defined anywhere, also in a
            script or in a notebook's cells; what they use of the user's own modules goes to the workers with them.
        progress: whether to print how far it is; or an observer that is told of each event instead. Default True.
        **options: the flags of `python -m sweep run`, with underscores: trials, epochs, name, new, data, results, jobs,
            confirm and so on. Without a `name`, the study has the file's, or "sweep" for a `Sweep`.

    Returns:
        The study.

    Raises:
        InputError: if an argument, the file or the data is wrong, or the study can't be continued.
        SweepFailed: if the baseline, every trial, or every confirming run of the baseline failed.
        KeyboardInterrupt: if the user stopped it; running trials were saved.
    """
    chosen = options_of(RunOptions, options)
    with shown(chosen, progress, trackers_of(chosen)) as observer:
        study = run_study(space, chosen, observer)
    refuse_failed_outcome(study.record)
    return study


def load(name: str, results: str | Path = "results") -> Study:
    """A study that was run before, as it is now; a running one, too.

    Args:
        name: name of the study.
        results: the results folder. Default: "results" in the current folder.

    Raises:
        InputError: if there is no such study.
    """
    return Study(name, Path(results))


class Study:
    """A study at one moment. Get it with `sweep.run` or `sweep.load`.

    Args:
        name: name of the study.
        results: the results folder.
        sweep: the sweep that was run, if no search-space file defines it. Default: None.
        result: how a run ended. Default: None, it is read from the results folder.

    Attributes:
        name: name of the study.
        sweep: the sweep that was run, if no search-space file defines it; else None.
        folder: the study's folder, which knows the paths of its files.
        analysis: what is computed from the study's record: ranks, Pareto layers, confirmations.
        stop_reason: why the run that returned this study stopped early; None if it did not.
    """

    def __init__(self, name: str, results: Path, sweep: Sweep | None = None, result: RunResult | None = None) -> None:
        self.name = name
        self.folder = StudyFolder(results, name)
        self.sweep = sweep
        self.stop_reason: StopReason | None = result.stop_reason if result else None
        self._data_at_hand = lambda: (result and result.dataset) or data_at_hand(self.record)
        self.analysis = result.analysis if result else Analysis(read_study(results, name), self.folder)

    def __repr__(self) -> str:
        ended = sum(trial.ended for trial in self.trials)
        return f"<Study {self.name!r} on {self.record.definition.dataset}: {ended} trials ended, in {self.folder.path}>"

    def _repr_html_(self) -> str:
        return notebook_head(self.analysis)

    @property
    def record(self) -> StudyRecord:
        """All that the ledger holds."""
        return self.analysis.study

    @property
    def trials(self) -> list[TrialRecord]:
        """The trials, in the order of their numbers."""
        return self.record.trials

    @property
    def baseline(self) -> TrialRecord:
        """The trial that all others are compared with."""
        return self.trials[BASELINE]

    @property
    def best(self) -> TrialRecord:
        """The trial of the first rank; with several objectives the first of the Pareto front.

        Raises:
            InputError: if no trial has completed.
        """
        for number in self.analysis.ranks:
            return self.trials[number]
        raise InputError(f"a best trial must have completed, but study {self.name!r} has no completed trial yet")

    @property
    def best_params(self) -> Params:
        """The hyperparameters of `best`, constants included."""
        return dict(self.best.params)

    def leaderboard(self) -> pd.DataFrame:
        """The board: one row per trial, with the columns and dtypes of `leaderboard.csv`."""
        return board(self.analysis)

    def verdicts(self) -> pd.DataFrame:
        """What the confirming runs say of each trial; empty before there are any.

        Returns:
            One row per confirmed trial, baseline first: trial, mean, sd, runs, difference, low, high, p_value, verdict.
        """
        return verdict_table(self.analysis)

    def report(self) -> Path:
        """Write `report.html`, one file that needs nothing else; returns its path. No data function is run for it."""
        return write_report(self.analysis, self.folder, self._data_at_hand)

    def plot(self, name: str) -> go.Figure:
        """A figure: history, curves, importance, parallel, slice, cost, verdict, timeline, rungs or confusion."""
        return figure(self.analysis, name, lambda: confusion_drawing(self.analysis, self.folder, self._data_at_hand))

    def model(self, trial: int | None = None) -> keras.Model:
        """The trained model of a trial.

        It takes inputs as the model function made it for: where the data are pixels, `sweep` scales them from 0-255 to
        0-1 before, so that it predicts on `x / 255.0`.

        Args:
            trial: number of a completed trial. Default: the winner, as `export` has it.

        Raises:
            InputError: if there is no such trial or model, or Keras can't load it by itself.
        """
        if trial is None:
            return load_model(winners_model(self.analysis, self.folder))
        return load_model(trial_model(self.folder, find_trial(self.record, trial), self.record.metric))

    @remedies_as_keywords()
    def export(self, trial: int | None = None, path: str | Path | None = None, *, force: bool = False) -> Path:
        """Write a trained model, measured once more on the test set, or the board, to a file; returns its path.

        Args:
            trial: number of a completed trial. Default: the winner.
            path: path of a `.keras` file for the model, or of a `.parquet`, `.csv` or `.json` for the board. Default:
                a `.keras` file in the current folder, named after study and trial.
            force: whether to replace an existing file. Default: no.

        Raises:
            InputError: if there is no such trial or model, or the file can't be written.
            SweepError: if the model's file does not have the test accuracy that was measured.
        """
        out = None if path is None else Path(path)
        return export_study(self.analysis, self.folder, trial, out, self._data, force=force).target

    def compare(self, a: int, b: int) -> tuple[pd.DataFrame, McNemar | PairedTest]:
        """What differs between two completed trials, and whether their networks differ by more than chance explains.

        Args:
            a, b: numbers of the trials.

        Returns:
            A table of the board's columns in which they differ, one column per trial, and McNemar's test on the labels
            that they predicted of the same test set, or, where they predict none, a paired t-test on their losses.

        Raises:
            InputError: if there is no such trial, it has not completed, or the data or predictions are gone.
        """
        first, second = (find_trial(self.record, number) for number in (a, b))
        test = compare_networks(self.folder, first, second, lambda: self._data().test)
        return compared(self.leaderboard(), a, b), test

    def reproduce(self, trial: int) -> TrainedAgain:
        """Train one trial again from what was recorded, in a process of its own, and compare the numbers.

        Args:
            trial: number of a trial that has ended.

        Returns:
            Its `verdict` is "identical", "within noise" or "different"; `changes` is what differs in versions, code
            and machine since then.

        Raises:
            InputError: if the trial can't be trained again, or the study's data or functions are gone.
        """
        record = find_trial(self.record, trial)
        with caller_unchanged():
            restored = restore_study(self.folder.results, self.name, self.sweep, other_code=True)
        return reproduce_trial(restored, record)

    @takes(ConfirmOptions, without="results")
    @remedies_as_keywords()
    def confirm(self, *, progress: bool | Observer = True, **options: Any) -> pd.DataFrame:
        """Train the best trials and the baseline again on fresh seeds and all training images, as far as they lack it.

        Args:
            progress: as of `sweep.run`.
            **options: the flags of `python -m sweep confirm`: top, seeds, jobs, timeout and so on.

        Returns:
            The verdicts, as `verdicts` has them.

        Raises:
            InputError: if an option is wrong, or there is nothing to confirm.
            SweepFailed: if every confirming run of the baseline failed.
            KeyboardInterrupt: if the user stopped it; running trials were saved.
        """
        if "results" in options:
            raise InputError("a study is confirmed in the results folder that it is in; leave out results")
        chosen = options_of(ConfirmOptions, {**options, "results": self.folder.results})
        with shown(chosen, progress) as observer:
            confirm_loaded(self, chosen, observer)
        refuse_failed_outcome(self.record)
        return self.verdicts()

    def _data(self) -> Any:
        return restore_data(self.record, self.folder.results, self.sweep)


def confirm_loaded(study: Study, options: ConfirmOptions, observer: Observer) -> None:
    """`Study.confirm`, as the command line calls it: with options and an observer that are there."""
    stop = StopRequest(options.timeout)
    with caller_unchanged(), stop.listening():
        restored = restore_study(study.folder.results, study.name, options.space or study.sweep, options.data)
        result = confirm_study(restored, options, observer, stop)
    study.analysis, study.stop_reason = result.analysis, result.stop_reason
    if study.folder.report.is_file():  # else it would go on saying what was known before
        write_report_or_warn(study.analysis, study.folder, study._data_at_hand)
    if stop:
        raise Interrupted(f"{len(study.record.confirming)} confirming runs are finished and kept")


def run_study(space: str | Path | Sweep, options: RunOptions, observer: Observer) -> Study:
    """`run`, as the command line calls it: with options and an observer that are there, and whatever becomes of it.

    Raises:
        InputError: if an option, the file or the data is wrong, or the study can't be continued.
        SweepFailed: if the baseline failed.
        Interrupted: if the user stopped it.
    """
    stop = StopRequest(options.timeout)
    with caller_unchanged(), stop.listening():
        result = run_space(space, options, observer, stop)
    study = Study(result.analysis.study.name, options.results, space if isinstance(space, Sweep) else None, result)
    if options.report and not stop:
        write_report_or_warn(study.analysis, study.folder, study._data_at_hand)
    observer.notice(RunEnded(study.record, study.folder, stopped=bool(stop)))
    if stop:
        raise Interrupted(
            f"{sum(trial.ended for trial in study.trials)} of {result.budget} trials are finished and kept"
        )
    return study
