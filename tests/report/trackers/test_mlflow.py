"""What MLflow is told of a study; the server is a stand-in that keeps it."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tracked_study
from builders import NAME, measurement, opened, taken

pytest.importorskip("mlflow", reason="the extra mlflow is not installed")

from sweep.errors import InputError
from sweep.report.trackers import mlflow
from sweep.report.trackers.mlflow import MlflowTracker
from sweep.study.events import RunEnded, TrialMeasured, TrialStarted
from sweep.study.records import read_study
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import trial_stem

URI = "http://localhost:1"


@dataclass
class KeptRun:
    """A run as the server keeps it."""

    name: str
    tags: dict[str, str]
    status: str = "RUNNING"
    params: dict[str, str] = field(default_factory=dict)
    metrics: list[tuple[str, float, int]] = field(default_factory=list)
    artifacts: list[tuple[str, str | None]] = field(default_factory=list)


class Server:
    """What a client does, kept in memory; pages of what is looked for have two runs."""

    def __init__(self) -> None:
        self.runs: dict[str, KeptRun] = {}
        self.experiments: list[str] = []
        self._numbers = count()

    def get_experiment_by_name(self, name: str) -> Any:
        return SimpleNamespace(experiment_id=name) if name in self.experiments else None

    def create_experiment(self, name: str) -> str:
        self.experiments.append(name)
        return name

    def create_run(self, experiment: str, *, tags: dict[str, str], run_name: str, start_time: int = 0) -> Any:
        assert experiment in self.experiments
        number = f"run-{next(self._numbers)}"
        self.runs[number] = KeptRun(run_name, dict(tags))
        return self.get_run(number)

    def get_run(self, number: str) -> Any:
        if number not in self.runs:
            raise mlflow.MlflowException("no such run")
        run, experiment = self.runs[number], self.experiments[0]
        info = SimpleNamespace(run_id=number, experiment_id=experiment, status=run.status, lifecycle_stage="active")
        return SimpleNamespace(info=info, data=SimpleNamespace(tags=run.tags))

    def update_run(self, number: str, status: str) -> None:
        self.runs[number].status = status

    def search_runs(self, experiments: list[str], query: str, *, max_results: int, page_token: str | None) -> Any:
        parent = query.split("'")[1]
        numbers = [number for number, run in self.runs.items() if run.tags.get(mlflow.PARENT) == parent]
        start = int(page_token or 0)
        page = Page(self.get_run(number) for number in numbers[start : start + 2])
        page.token = str(start + 2) if start + 2 < len(numbers) else None
        return page

    def get_metric_history(self, number: str, name: str) -> list[Any]:
        return [SimpleNamespace(step=step) for known, _, step in self.runs[number].metrics if known == name]

    def log_batch(self, number: str, *, metrics: Any = (), params: Any = (), tags: Any = ()) -> None:
        run = self.runs[number]
        run.metrics += [(item.key, round(item.value, 6), item.step) for item in metrics]
        run.params |= {item.key: item.value for item in params}
        run.tags |= {item.key: item.value for item in tags}

    def set_terminated(self, number: str, status: str, end_time: int = 0) -> None:
        assert os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] == "true"  # else it prints
        self.runs[number].status = status

    def log_artifact(self, number: str, path: str, place: str | None = None) -> None:
        self.runs[number].artifacts.append((Path(path).name, place))


class Page(list[Any]):
    """A page of runs."""

    token: str | None = None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    kept = Server()
    monkeypatch.setattr(mlflow, "_client", lambda uri: kept)
    return kept


class Direct:
    """An observer that hands events to a tracker at once."""

    def __init__(self, tracker: MlflowTracker) -> None:
        self._tracker = tracker

    def notice(self, event: Any) -> None:
        self._tracker.take(event)

    def tick(self) -> None:
        """Nothing."""


def run(results: Path, **changes: Any) -> Any:
    tracker = MlflowTracker(URI, results)
    study = tracked_study.run(results, Direct(tracker), **changes)
    tracker.close()
    return study


def parents(server: Server) -> list[KeptRun]:
    return [item for item in server.runs.values() if mlflow.PARENT not in item.tags]


def children(server: Server) -> list[KeptRun]:
    return [item for item in server.runs.values() if mlflow.PARENT in item.tags]


def test_one_parent_and_a_child_for_each_trial(server: Server, tmp_path: Path) -> None:
    study = run(tmp_path)
    assert not {name for name in os.environ if name in mlflow.QUIET}
    [parent] = parents(server)
    assert (parent.name, parent.status, parent.tags["sweep.study"]) == (NAME, "FINISHED", NAME)
    assert server.experiments == ["sweep"]
    states = {item.name: (item.status, item.tags["sweep.state"]) for item in children(server)}
    assert states == {
        "trial-0000": ("FINISHED", "COMPLETE"),
        "trial-0001": ("FINISHED", "COMPLETE"),
        "trial-0002": ("FAILED", "FAIL"),
        "trial-0003": ("KILLED", "PRUNED"),
    }
    best = children(server)[1]
    assert best.params == {name: str(value) for name, value in study.trials[1].params.items()}
    assert {("val_accuracy", 0.95, 50), ("val_accuracy", 0.95, 100), ("test_accuracy", 0.94, 0)} <= set(best.metrics)
    assert ("vs_baseline", 0.05, 0) in best.metrics
    epochs = [(value, step) for name, value, step in best.metrics if name == "epoch_loss"]
    assert epochs == [(1.0, 1), (0.5, 2), (0.333, 3), (0.25, 4), (0.2, 5)]
    assert ("epoch_val_accuracy", 0.95, 5) in best.metrics
    assert children(server)[2].tags["sweep.error"] == "ValueError: no luck"


def test_the_verdict_the_report_and_the_winners_model_are_the_parents(server: Server, tmp_path: Path) -> None:
    tracked_study.run(tmp_path, Direct(MlflowTracker(URI, tmp_path)))
    folder = StudyFolder(tmp_path, NAME)
    folder.report.write_text("a report")
    folder.model(trial_stem(1)).parent.mkdir(exist_ok=True)
    folder.model(trial_stem(1)).write_text("a model")
    run(tmp_path)
    [parent] = parents(server)
    assert parent.tags["sweep.verdict"] == "open"
    assert parent.tags["sweep.winner"] == "1"
    assert "Trial 1 is the best of the search" in parent.tags["mlflow.note.content"]
    assert parent.artifacts == [("trial-0001.keras", "model"), ("report.html", None)]


def test_a_study_that_goes_on_keeps_its_runs_and_logs_nothing_twice(server: Server, tmp_path: Path) -> None:
    run(tmp_path, trials=2)
    run(tmp_path, trials=4)
    assert len(parents(server)) == 1
    assert [item.name for item in children(server)] == [trial_stem(number) for number in range(4)]
    assert max(Counter((name, step) for name, _, step in children(server)[1].metrics).values()) == 1


def test_what_the_server_missed_it_gets_later(server: Server, tmp_path: Path) -> None:
    run(tmp_path)
    lost = next(number for number, item in server.runs.items() if item.name == "trial-0001")
    whole = server.runs.pop(lost)
    run(tmp_path)
    again = next(item for item in children(server) if item.name == "trial-0001")
    assert set(again.metrics) == set(whole.metrics)
    assert again.params == whole.params


def test_a_trial_that_is_taken_up_again_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        tracker = MlflowTracker(URI, tmp_path)
        tracker.take(tracked_study.begin(ledger.record()))
        tracker.take(TrialStarted(taken(ledger)))
        tracker.take(TrialMeasured(0, measurement(50, 0.4)))
        ledger.report(0, measurement(50, 0.4))
        tracker.close()
    assert [item.status for item in parents(server)] == ["FAILED"]
    with opened(tmp_path) as ledger:
        tracker = MlflowTracker(URI, tmp_path)
        tracker.take(tracked_study.begin(ledger.record()))
        tracker.take(TrialStarted(taken(ledger)))
        for step in (50, 100):
            tracker.take(TrialMeasured(0, measurement(step, 0.4)))
    [trial] = children(server)
    assert [step for name, _, step in trial.metrics if name == "val_accuracy"] == [50, 100]


def test_a_run_that_was_deleted_on_the_server_or_is_of_another_is_made_anew(server: Server, tmp_path: Path) -> None:
    run(tmp_path)
    server.runs.clear()
    run(tmp_path)
    assert (len(parents(server)), len(children(server))) == (1, 4)
    StudyFolder(tmp_path, NAME).mlflow_json.write_text(json.dumps({"uri": "http://other", "run": "run-0"}))
    run(tmp_path)
    assert (len(parents(server)), len(children(server))) == (2, 8)


@pytest.mark.parametrize("text", ["", "[]", '{"uri": 3}', "\x00"])
def test_a_broken_note_of_the_run_is_passed_over(server: Server, tmp_path: Path, text: str) -> None:
    run(tmp_path)
    StudyFolder(tmp_path, NAME).mlflow_json.write_text(text)
    run(tmp_path)
    assert len(parents(server)) == 2


def test_a_run_that_the_user_stopped_is_killed(server: Server, tmp_path: Path) -> None:
    run(tmp_path)
    tracker = MlflowTracker(URI, tmp_path)
    tracker.take(RunEnded(read_study(tmp_path, NAME), StudyFolder(tmp_path, NAME), stopped=True))
    assert [item.status for item in parents(server)] == ["KILLED"]


def test_names_that_mlflow_does_not_allow_are_changed() -> None:
    assert mlflow._name("größe*2") == "gr__e_2"
    assert mlflow._name("learning_rate") == "learning_rate"


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        (" ", "must be the URI of a tracking server"),
        ("http://me:secret@host", "without user and password"),
        ("htp://host", "must be a URI that MLflow knows"),
    ],
)
def test_a_wrong_uri_is_refused_at_once(tmp_path: Path, uri: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        MlflowTracker(uri, tmp_path)
    assert "secret" not in str(error.value)
