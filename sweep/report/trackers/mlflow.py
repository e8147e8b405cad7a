"""MLflow: one parent run for a study, and a child for each trial.

What the server lacks, as it was down or is new to the study, it gets when the study is run again: which trials it has
is asked of it at the start and at the end of each run.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sweep.analysis.selection import winner
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError, describe
from sweep.report.html.answer import answer_of
from sweep.report.trackers.scores import end_scores, epoch_scores, rung_scores
from sweep.space.sweep import Params
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.events import Event, RunEnded, SearchStarted, TrialEnded, TrialMeasured, TrialStarted
from sweep.study.history import with_scores
from sweep.study.records import BASELINE, StudyRecord, TrialRecord
from sweep.study.storage.files import write_whole
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import EPOCH, trial_stem

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_CONFIGURE_LOGGING": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""The first two are heeded when MLflow is imported, the third when a run is ended."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Meanwhile MLflow neither reports to its makers that it is used, nor sets up logging, nor prints."""
    before = {name: os.environ.get(name) for name in QUIET}
    os.environ.update(QUIET)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


with _quiet():
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.exceptions import MlflowException

EXPERIMENT = "sweep"
"""The experiment of all studies, unless MLFLOW_EXPERIMENT_NAME names another."""
STATUS = {"COMPLETE": "FINISHED", "PRUNED": "KILLED", "FAIL": "FAILED"}
"""What MLflow calls the states of trials that have ended."""
PARENT, TRIAL, STATE = "mlflow.parentRunId", "sweep.trial", "sweep.state"
MAX_METRICS, MAX_PARAMS = 1000, 100
"""How much MLflow takes at once."""
MAX_VALUE_CHARS = 500
"""MLflow's limit for a param in its older versions."""


class MlflowTracker:
    """Logs a study to an MLflow tracking server.

    Args:
        uri: URI of the server, or of another store that MLflow knows.
        results: the results folder.

    Raises:
        InputError: if MLflow does not know such a URI, or it holds a password.
    """

    name = "MLflow"

    def __init__(self, uri: str, results: Path) -> None:
        self._client = _client(uri)
        self._uri = uri
        self._results = results
        self._parent = self._experiment = ""
        self._study = self._metric = ""
        self._anchor: float | None = None
        self._children: dict[int, str] = {}
        self._ended: set[int] = set()
        self._steps: dict[int, set[int]] = {}
        self._epochs: dict[int, set[float]] = {}

    def take(self, event: Event) -> None:
        """Log an event, if MLflow shows it."""
        match event:
            case SearchStarted(study=study):
                self._begin(study, StudyFolder(self._results, study.name))
            case TrialStarted(spec):
                self._child(spec.number, spec.params)
            case TrialMeasured(number, measurement):
                self._log_points(number, [measurement.point])
                self._log_epochs(number, with_scores(measurement.history, [measurement.point]))
            case TrialEnded(trial):
                self._log_trial(trial)
            case RunEnded(study=study, folder=folder, stopped=stopped):
                self._begin(study, folder)
                self._finish(Analysis(study), folder)
                self._terminate(self._parent, "KILLED" if stopped else "FINISHED")
                self._parent = ""

    def close(self) -> None:
        """End the parent run as a failed one, unless the study's run has ended."""
        if self._parent:
            self._terminate(self._parent, "FAILED")

    def _terminate(self, run: str, status: str, moment: str = "") -> None:
        with _quiet():
            self._client.set_terminated(run, status, _milliseconds(moment))

    def _begin(self, study: StudyRecord, folder: StudyFolder) -> None:
        """Find or make the parent run, look which trials the server has, and log what it lacks."""
        self._study, self._metric = study.name, study.metric
        self._anchor = study.trials[BASELINE].test.get(study.metric) if study.trials else None
        if not self._parent:
            self._open_parent(study, folder)
        for trial in study.trials:
            if trial.ended and trial.number not in self._ended:
                self._log_trial(trial)

    def _open_parent(self, study: StudyRecord, folder: StudyFolder) -> None:
        known = _known_run(folder)
        run = None
        if known.get("uri") == self._uri:
            with suppress(MlflowException):  # it was deleted there, or the server is another one now
                run = self._client.get_run(known["run"])
        if run is None or run.info.lifecycle_stage != "active":
            run = self._new_parent(study, folder)
        else:
            self._client.update_run(run.info.run_id, status="RUNNING")
        self._parent, self._experiment = run.info.run_id, run.info.experiment_id
        self._look_up_children()

    def _new_parent(self, study: StudyRecord, folder: StudyFolder) -> Any:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
        experiment = self._client.get_experiment_by_name(name)
        number = experiment.experiment_id if experiment else self._client.create_experiment(name)
        tags = {"sweep.study": study.name, "sweep.dataset": study.definition.dataset}
        tags["sweep.objective"] = str(study.definition.objective)
        run = self._client.create_run(number, tags=tags, run_name=study.name)
        write_whole(folder.mlflow_json, json.dumps({"uri": self._uri, "run": run.info.run_id}))
        return run

    def _look_up_children(self) -> None:
        page = None
        while True:
            runs = self._client.search_runs(
                [self._experiment], f"tags.`{PARENT}` = '{self._parent}'", max_results=1000, page_token=page
            )
            for run in runs:
                number = int(run.data.tags.get(TRIAL, -1))
                self._children[number] = run.info.run_id
                if run.info.status in STATUS.values():
                    self._ended.add(number)
            if not (page := runs.token):
                return

    def _child(self, number: int, params: Params, began: str = "") -> str:
        """The id of a trial's run, which is made if the server has none."""
        if number not in self._children:
            tags = {PARENT: self._parent, TRIAL: str(number), "sweep.study": self._study}
            run = self._client.create_run(
                self._experiment, start_time=_milliseconds(began), tags=tags, run_name=trial_stem(number)
            )
            self._children[number] = run.info.run_id
            self._steps[number], self._epochs[number] = set(), set()
            logged = [Param(_name(name), str(value)[:MAX_VALUE_CHARS]) for name, value in params.items()]
            for start in range(0, len(logged), MAX_PARAMS):
                self._client.log_batch(run.info.run_id, params=logged[start : start + MAX_PARAMS])
        elif number not in self._steps:  # an earlier run of the study made it
            self._steps[number] = self._logged_steps(number, f"val_{self._metric}", "val_loss")
            names = (f"epoch_{name}" for name in ("loss", f"val_{self._metric}"))
            self._epochs[number] = set(self._logged_steps(number, *names))
        return self._children[number]

    def _logged_steps(self, number: int, *names: str) -> set[int]:
        """The steps in which the server has a metric of a trial."""
        run = self._children[number]
        return {metric.step for name in names for metric in self._client.get_metric_history(run, _name(name))}

    def _log_points(self, number: int, points: list[dict[str, float]]) -> None:
        """Log what a trial measured at rungs, in the steps that the server lacks; the step is the rung in percent."""
        known, now = self._steps[number], int(1000 * time.time())
        metrics = [
            Metric(_name(name), value, now, int(point["step"]))
            for point in points
            if int(point["step"]) not in known
            for name, value in rung_scores(point).items()
        ]
        known |= {int(point["step"]) for point in points}
        self._log_metrics(self._children[number], metrics)

    def _log_epochs(self, number: int, history: Sequence[Mapping[str, float]]) -> None:
        """Log what a trial measured over each epoch that the server lacks; the step is the epoch."""
        known, now = self._epochs[number], int(1000 * time.time())
        metrics = [
            Metric(_name(name), value, now, int(point[EPOCH]))
            for point in history
            if point[EPOCH] not in known
            for name, value in epoch_scores(point).items()
        ]
        known |= {point[EPOCH] for point in history}
        self._log_metrics(self._children[number], metrics)

    def _log_metrics(self, run: str, metrics: list[Any]) -> None:
        for start in range(0, len(metrics), MAX_METRICS):
            self._client.log_batch(run, metrics=metrics[start : start + MAX_METRICS])

    def _log_trial(self, trial: TrialRecord) -> None:
        """Log a trial that has ended, as far as the server lacks it."""
        if trial.is_baseline:
            self._anchor = trial.test.get(self._metric)
        run = self._child(trial.number, trial.params, trial.started)
        self._log_points(trial.number, trial.curve)
        self._log_epochs(trial.number, trial.history)
        now = int(1000 * time.time())
        scores = end_scores(trial, self._metric, self._anchor)
        self._log_metrics(run, [Metric(_name(name), value, now, 0) for name, value in scores.items()])
        facts = {STATE: trial.state, "sweep.is_baseline": str(trial.is_baseline).lower(), "sweep.seed": str(trial.seed)}
        facts |= {"sweep.node": trial.node, "sweep.precision": trial.precision, "sweep.error": trial.error}
        self._set_tags(run, {name: value for name, value in facts.items() if value})
        self._terminate(run, STATUS[trial.state], trial.finished)
        self._ended.add(trial.number)

    def _set_tags(self, run: str, tags: Mapping[str, str]) -> None:
        self._client.log_batch(run, tags=[RunTag(name, value) for name, value in tags.items()])

    def _finish(self, analysis: Analysis, folder: StudyFolder) -> None:
        """Log the verdicts, the winner's model and the report."""
        answer, best = answer_of(analysis), winner(analysis)
        tags = {"sweep.verdict": answer.outcome, "mlflow.note.content": f"{answer.word} {answer.sentence}"}
        for item in analysis.confirmations.values():
            if item.verdict and item.trial in self._children:
                self._set_tags(self._children[item.trial], {"sweep.verdict": item.verdict.outcome})
        if best is not None:
            run = best if isinstance(best, ConfirmingRun) else None
            tags["sweep.winner"] = str(run.trial if run else best.number)
            self._upload(folder.model(run.stem if run else trial_stem(best.number)), "model")
        self._upload(folder.report)
        self._set_tags(self._parent, tags)

    def _upload(self, path: Path, place: str | None = None) -> None:
        if path.is_file() and not path.is_symlink():
            self._client.log_artifact(self._parent, str(path), place)


def _client(uri: str) -> Any:
    """MLflow's client.

    Raises:
        InputError: if MLflow does not know such a URI, or it holds a password.
    """
    if not uri.strip():
        raise InputError("--mlflow must be the URI of a tracking server, such as http://localhost:5000, but got none")
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https") and (parts.password or parts.username):
        raise InputError(
            "--mlflow must be a URI without user and password, which would be written to run.json; set "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead"
        )
    try:
        return MlflowClient(uri)
    except Exception as error:
        raise InputError(
            f"--mlflow must be a URI that MLflow knows, such as http://localhost:5000, but got {uri!r}: "
            f"{describe(error)}"
        ) from error


def _known_run(folder: StudyFolder) -> dict[str, str]:
    """Which run of which server the study was before; empty if it was none."""
    try:
        known = json.loads(folder.mlflow_json.read_text())
    except (OSError, ValueError):
        return {}
    whole = isinstance(known, dict) and all(isinstance(known.get(name), str) for name in ("uri", "run"))
    return known if whole else {}


def _milliseconds(moment: str) -> int:
    """A moment of a record in milliseconds since 1970; now, if there is none."""
    return int(1000 * (datetime.fromisoformat(moment).timestamp() if moment else time.time()))


def _name(name: str) -> str:
    """A name of the characters that MLflow allows."""
    return re.sub(r"[^\w\-. /:]", "_", name, flags=re.ASCII) or "_"
