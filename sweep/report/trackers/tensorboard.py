"""TensorBoard: the scores of each trial, and its params for the HParams plugin, in `results/STUDY/tensorboard`.

The files are written with TensorBoard's own records and messages, which need no TensorFlow: this process never imports
it. What TensorBoard shows is made from the journal, so each run writes the trials before anew, and nothing twice.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2, summary_v2
from tensorboard.summary.writer.record_writer import RecordWriter

from sweep.report.trackers.scores import end_scores, epoch_scores, rung_scores
from sweep.space.sweep import Params
from sweep.study.events import Event, RunEnded, SearchStarted, TrialEnded, TrialMeasured, TrialStarted
from sweep.study.history import with_scores
from sweep.study.records import StudyRecord, TrialRecord
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import EPOCH, trial_stem

STATES = {"COMPLETE": api_pb2.STATUS_SUCCESS, "PRUNED": api_pb2.STATUS_SUCCESS, "FAIL": api_pb2.STATUS_FAILURE}
"""What the HParams plugin calls the states of trials that have ended; it knows no pruned ones."""


class TensorBoardTracker:
    """Writes what TensorBoard shows of a study.

    Args:
        results: the results folder.
    """

    name = "TensorBoard"

    def __init__(self, results: Path) -> None:
        self._results = results
        self._folder: Path | None = None
        self._metric = ""
        self._anchor: float | None = None
        self._running: dict[int, _TrialFile] = {}

    def take(self, event: Event) -> None:
        """Write an event down, if TensorBoard shows it."""
        match event:
            case SearchStarted(study=study):
                self._begin(study, StudyFolder(self._results, study.name))
            case TrialStarted(spec):
                self._start(spec.number, spec.params, time.time())
            case TrialMeasured(number, measurement):
                self._running[number].measured(measurement.point)
                self._running[number].trained(with_scores(measurement.history, [measurement.point]))
            case TrialEnded(trial):
                self._end(trial)
            case RunEnded(study=study, folder=folder) if self._folder is None:
                self._begin(study, folder)  # nothing was to be trained

    def close(self) -> None:
        """Close the files of trials that have not ended."""
        for file in self._running.values():
            file.close()

    def _begin(self, study: StudyRecord, folder: StudyFolder) -> None:
        self._metric, self._folder = study.metric, folder.tensorboard
        if self._folder.exists():
            shutil.rmtree(self._folder)
        for trial in study.trials:
            if trial.state == "WAITING":
                continue
            began = datetime.fromisoformat(trial.started).timestamp() if trial.started else time.time()
            file = self._start(trial.number, trial.params, began)
            for point in trial.curve:
                file.measured(point)
            file.trained(trial.history)
            if trial.ended:
                self._end(trial)

    def _start(self, number: int, params: Params, began: float) -> _TrialFile:
        if number not in self._running and self._folder is not None:
            self._running[number] = _TrialFile(self._folder / trial_stem(number), params, began)
        return self._running[number]

    def _end(self, trial: TrialRecord) -> None:
        file = self._start(trial.number, trial.params, time.time())
        if trial.is_baseline:
            self._anchor = trial.test.get(self._metric)
        file.end(end_scores(trial, self._metric, self._anchor), trial.state)
        file.close()
        del self._running[trial.number]


class _TrialFile:
    """The file of one trial.

    Args:
        folder: the folder of the trial, which TensorBoard calls a run.
        params: hyperparameters of the trial.
        began: when it was started, in seconds since 1970.
    """

    def __init__(self, folder: Path, params: Params, began: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._began = began
        self._steps: set[int] = set()
        self._epochs: set[float] = set()
        path = folder / f"events.out.tfevents.{int(began):010d}.{socket.gethostname()}.{os.getpid()}.0"
        self._records = RecordWriter(path.open("wb"))
        self._write(began, file_version="brain.Event:2")
        shown = {name: value if isinstance(value, bool | int | float) else str(value) for name, value in params.items()}
        self._write(began, summary=summary_v2.hparams_pb(shown, trial_id=folder.name, start_time_secs=began))

    def measured(self, point: Mapping[str, float]) -> None:
        """Write what the trial measured at a rung, unless it was written before; the step is the rung in percent."""
        step = int(point["step"])
        if step not in self._steps:
            self._steps.add(step)
            self._scalars(rung_scores(point), step, self._began + point["seconds"])

    def trained(self, history: Sequence[Mapping[str, float]]) -> None:
        """Write what the trial measured over each epoch, unless it was written before; the step is the epoch."""
        for point in history:
            if point[EPOCH] not in self._epochs:
                self._epochs.add(point[EPOCH])
                self._scalars(epoch_scores(point), int(point[EPOCH]), time.time())

    def end(self, scores: Mapping[str, float], state: str) -> None:
        """Write what is known of the trial at its end."""
        self._scalars(scores, max(self._steps, default=0), time.time())
        ended = plugin_data_pb2.SessionEndInfo(status=STATES[state], end_time_secs=time.time())
        content = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=ended))
        summary = summary_pb2.Summary()
        summary.value.add(tag=metadata.SESSION_END_INFO_TAG, metadata=content, tensor=metadata.NULL_TENSOR)
        self._write(time.time(), summary=summary)

    def close(self) -> None:
        """Close the file."""
        self._records.close()

    def _scalars(self, scores: Mapping[str, float], step: int, when: float) -> None:
        values = [summary_pb2.Summary.Value(tag=name, simple_value=value) for name, value in scores.items()]
        self._write(when, step=step, summary=summary_pb2.Summary(value=values))

    def _write(self, when: float, **content: object) -> None:
        self._records.write(event_pb2.Event(wall_time=when, **content).SerializeToString())
        self._records.flush()
