"""TensorBoard's files, read back by TensorBoard itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tracked_study
from builders import NAME, measurement, opened, taken

pytest.importorskip("tensorboard", reason="the extra tensorboard is not installed")

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugins.hparams import metadata

from sweep.report.trackers.tensorboard import TensorBoardTracker
from sweep.report.trackers.tracked import tracked
from sweep.study.events import TrialMeasured, TrialStarted


class Silent:
    """An observer that does nothing."""

    def notice(self, event: object) -> None:
        """Nothing."""

    def tick(self) -> None:
        """Nothing."""


def events(results: Path, trial: int) -> list[Any]:
    """What TensorBoard reads of a trial."""
    [file] = (results / NAME / "tensorboard" / f"trial-{trial:04d}").iterdir()
    return list(EventFileLoader(str(file)).Load())


def scalars(results: Path, trial: int) -> dict[str, list[tuple[int, float]]]:
    """The scalars that TensorBoard reads of a trial: step and value, by tag."""
    read: dict[str, list[tuple[int, float]]] = {}
    for event in events(results, trial):
        for value in event.summary.value:
            if not value.tag.startswith("_hparams_"):
                read.setdefault(value.tag, []).append((event.step, round(value.tensor.float_val[0], 6)))
    return read


def hparams(results: Path, trial: int) -> Any:
    """The params that the HParams plugin reads of a trial."""
    for event in events(results, trial):
        for value in event.summary.value:
            if value.tag == metadata.SESSION_START_INFO_TAG:
                return metadata.parse_session_start_info_plugin_data(value.metadata.plugin_data.content)
    raise AssertionError("no params")


def status(results: Path, trial: int) -> int | None:
    """How the HParams plugin says that a trial ended."""
    for event in events(results, trial):
        for value in event.summary.value:
            if value.tag == metadata.SESSION_END_INFO_TAG:
                content = value.metadata.plugin_data.content
                return int(metadata.parse_session_end_info_plugin_data(content).status)
    return None


def run(results: Path, **changes: Any) -> Any:
    with tracked(Silent(), [TensorBoardTracker(results)]) as observer:
        return tracked_study.run(results, observer, **changes)


def test_every_trial_is_shown_with_its_curve_params_and_end(tmp_path: Path) -> None:
    study = run(tmp_path)
    assert sorted(path.name for path in (tmp_path / NAME / "tensorboard").iterdir()) == [
        f"trial-{trial.number:04d}" for trial in study.trials
    ]
    curve = scalars(tmp_path, 1)
    assert curve["val_accuracy"] == [(50, 0.95), (100, 0.95)]
    assert curve["test_accuracy"] == [(100, 0.94)]
    assert curve["epoch_loss"] == [(1, 1.0), (2, 0.5), (3, 0.333), (4, 0.25), (5, 0.2)]
    assert curve["epoch_val_accuracy"] == [(5, 0.95)]  # of the rung at the end of an epoch
    assert curve["vs_baseline"] == [(100, 0.05)]
    assert scalars(tmp_path, 3)["val_accuracy"] == [(50, 0.3)]
    assert "test_accuracy" not in scalars(tmp_path, 3)
    shown = hparams(tmp_path, 1)
    assert shown.group_name == "trial-0001"
    assert shown.hparams["learning_rate"].number_value == study.trials[1].params["learning_rate"]
    assert [status(tmp_path, number) for number in range(4)] == [1, 1, 2, 1]


def test_a_study_that_goes_on_shows_nothing_twice(tmp_path: Path) -> None:
    run(tmp_path, trials=2)
    before = scalars(tmp_path, 1)
    run(tmp_path, trials=4)
    assert scalars(tmp_path, 1) == before
    assert scalars(tmp_path, 3)["val_accuracy"] == [(50, 0.3)]


def test_a_trial_that_is_taken_up_again_goes_on_where_it_was(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.report(taken(ledger).number, measurement(50, 0.4))
    with tracked(Silent(), [TensorBoardTracker(tmp_path)]) as observer, opened(tmp_path) as ledger:
        observer.notice(tracked_study.begin(ledger.record()))
        observer.notice(TrialStarted(taken(ledger)))
        for step in (50, 100):  # it is measured again where its checkpoint was older
            observer.notice(TrialMeasured(0, measurement(step, 0.4)))
    assert scalars(tmp_path, 0)["val_accuracy"] == [(50, 0.4), (100, 0.4)]
    assert status(tmp_path, 0) is None


def test_a_study_with_nothing_left_to_train_is_shown(tmp_path: Path) -> None:
    tracked_study.run(tmp_path, Silent())
    with tracked(Silent(), [TensorBoardTracker(tmp_path)]) as observer:
        tracked_study.end(tmp_path, observer)
    assert scalars(tmp_path, 1)["val_accuracy"] == [(50, 0.95), (100, 0.95)]


def test_it_imports_no_tensorflow() -> None:
    code = "import sys, sweep.report.trackers.tensorboard; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
