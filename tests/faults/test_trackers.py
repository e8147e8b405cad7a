"""A real MLflow server that is killed while it is logged to, and comes back.

The extra `mlflow` is its client alone; the server is looked for beside this Python, or where SWEEP_MLFLOW says.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import tracked_study
from builders import NAME

from sweep.study.events import Event, TrackerFailed, TrialEnded
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import trial_stem

pytest.importorskip("mlflow", reason="the extra mlflow is not installed")

from mlflow import MlflowClient

from sweep.report.trackers.mlflow import MlflowTracker
from sweep.report.trackers.tracked import tracked

pytestmark = pytest.mark.faults

BESIDE = shutil.which("mlflow", path=str(Path(sys.executable).parent)) if find_spec("flask") else None
PROGRAM = os.environ.get("SWEEP_MLFLOW") or BESIDE
"""The server's program. The client's package has one of that name, too, which can't serve without Flask."""


class Server:
    """An MLflow server with its store in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        store = ["--backend-store-uri", f"sqlite:///{self._folder / 'mlflow.db'}"]
        artifacts = ["--artifacts-destination", str(self._folder / "artifacts")]
        where = ["--host", "127.0.0.1", "--port", str(self._port), "--workers", "1"]
        env = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
        env.pop("PYTHONPATH", None)  # it may be another Python's
        with (self._folder / "server.log").open("ab") as log:
            command = [str(PROGRAM), "server", *store, *artifacts, *where]
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=env, stdout=log, stderr=log, start_new_session=True
            )
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "server.log").read_text()
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not PROGRAM:
        pytest.skip("no MLflow server: install mlflow, or say in SWEEP_MLFLOW where the program is")
    folder = tmp_path / "server"
    folder.mkdir()
    one = Server(folder)
    one.start()
    yield one
    one.kill()


class Killing:
    """An observer that kills the server once trial 1 has ended, and keeps what it is told of trackers."""

    def __init__(self, server: Server) -> None:
        self.failures: list[TrackerFailed] = []
        self.server: Server | None = server
        self.ended: list[int] = []

    def notice(self, event: Event) -> None:
        if isinstance(event, TrackerFailed):
            self.failures.append(event)
        if isinstance(event, TrialEnded):
            self.ended.append(event.trial.number)
            if event.trial.number == 1 and self.server is not None:
                self.server.kill()

    def tick(self) -> None:
        """Nothing."""


def test_a_server_that_is_killed_costs_one_warning_and_gets_all_when_it_is_back(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")  # of MLflow's own, which take minutes
    results = tmp_path / "results"
    killing = Killing(server)
    with tracked(killing, [MlflowTracker(server.uri, results)]) as observer:
        study = tracked_study.run(results, observer)
    assert killing.ended == [0, 1, 2, 3]
    [failure] = killing.failures
    assert failure.name == "MLflow"
    server.start()
    killing.server = None
    folder = StudyFolder(results, NAME)
    folder.report.write_text("a report")
    folder.model(trial_stem(1)).parent.mkdir(exist_ok=True)
    folder.model(trial_stem(1)).write_text("a model")
    for _ in range(2):  # the second time nothing is left to be told
        with tracked(killing, [MlflowTracker(server.uri, results)]) as observer:
            tracked_study.end(results, observer)
    assert killing.failures == [failure]
    assert capfd.readouterr().out == ""
    _check(MlflowClient(server.uri), study)


def _check(client: Any, study: Any) -> None:
    experiment = client.get_experiment_by_name("sweep").experiment_id
    runs = client.search_runs([experiment])
    [parent] = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert (parent.info.run_name, parent.info.status) == (NAME, "FINISHED")
    assert parent.data.tags["sweep.winner"] == "1"
    paths = [item.path for item in client.list_artifacts(parent.info.run_id)]
    assert sorted(paths) == ["model", "report.html"]
    children = {run.info.run_name: run for run in runs if run is not parent}
    assert len(children) == len(runs) - 1 == len(study.trials)
    for trial in study.trials:
        child = children[trial_stem(trial.number)]
        assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert child.data.tags["sweep.state"] == trial.state
        assert child.data.params == {name: str(value) for name, value in trial.params.items()}
        history = client.get_metric_history(child.info.run_id, "val_accuracy")
        assert [(point.step, point.value) for point in sorted(history, key=lambda point: point.step)] == [
            (point["step"], point["val_accuracy"]) for point in trial.curve
        ]
        assert child.data.metrics.get("test_accuracy") == trial.test.get("accuracy")
