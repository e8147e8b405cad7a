"""Whole sweeps with real workers: run, run again, extend, kill, interrupt, fail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import program
import psutil
import pytest
from nodes import TOKEN, ray_nodes

from sweep.data.sources import digits

pytestmark = pytest.mark.sweep


FAILING_MODEL = """
def model(params):
    if {condition}:
        raise FileNotFoundError("no such layer")  # as a model does that loads a file its worker lacks
    import keras
    made = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    made.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return made
"""


def failing(condition: str) -> str:
    model = FAILING_MODEL.format(condition=condition)
    return program.SPACE.replace("def space", model + "\ndef space").replace(
        "SWEEP = Sweep(", "SWEEP = Sweep(model=model,"
    )


def values(folder: Path) -> dict[int, tuple[str, float | None]]:
    return {
        trial.number: (trial.state.name, trial.value) for trial in program.trials(folder) if trial.state.is_finished()
    }


def test_a_sweep_runs_extends_and_then_has_nothing_left_to_do(tmp_path: Path) -> None:
    file = program.space_file(tmp_path)
    status, out, err = program.sweep("run", file, cwd=tmp_path)
    assert (status, err) == (0, "")
    assert "2 trials side by side" in out or "1 trial side by side" in out
    assert "trials may be pruned after 10 % of their epochs" in out.splitlines()[1]
    board = program.board(tmp_path)
    assert sorted(board["trial"]) == list(range(8))
    assert set(board["state"]) <= {"COMPLETE", "PRUNED"}
    states = [trial.state.name for trial in program.trials(tmp_path)]
    assert {state: states.count(state) for state in set(states)} == board["state"].value_counts().to_dict()
    anchor = board[board["is_baseline"]].iloc[0]
    assert anchor["trial"] == 0
    assert anchor["vs_baseline"] == 0
    assert anchor["filters_1"] == 8
    complete = board[board["state"] == "COMPLETE"]
    assert list(complete["rank"]) == list(range(1, len(complete) + 1))
    assert complete["val_accuracy"].is_monotonic_decreasing
    assert board[board["state"] == "PRUNED"]["test_accuracy"].isna().all()
    assert (tmp_path / "results" / "tiny" / "leaderboard.csv").read_text() == (
        tmp_path / "results" / "leaderboard.csv"
    ).read_text()

    before = values(tmp_path)
    status, out, _ = program.sweep("run", file, "--trials", "10", cwd=tmp_path)
    assert status == 0
    after = values(tmp_path)
    assert sorted(after) == list(range(10))
    assert {number: after[number] for number in before} == before

    status, out, _ = program.sweep("run", file, "--trials", "10", cwd=tmp_path, timeout=30)
    assert status == 0
    assert "nothing left to do" in out
    assert values(tmp_path) == after

    status, _, err = program.sweep("run", file, "--data", "digits", "--epochs", "4", cwd=tmp_path, timeout=30)
    assert status == 2
    assert "epochs was 3, now 4" in err
    assert "--new" in err

    status, out, _ = program.sweep("run", file, "--epochs", "1", "--trials", "1", "--new", cwd=tmp_path)
    assert status == 0
    kept = [path for path in (tmp_path / "results").iterdir() if path.name.startswith("tiny-")]
    assert len(kept) == 1
    assert (kept[0] / "journal.log").is_file()


def test_a_sweep_of_several_objectives_prunes_nothing_and_its_trials_can_be_compared(tmp_path: Path) -> None:
    text = program.SPACE.replace("trials=8", 'trials=3, objective=["val_accuracy", "parameters"]')
    status, out, err = program.sweep("run", program.space_file(tmp_path, text), cwd=tmp_path)
    assert (status, err) == (0, "")
    assert "within the noise of the best by validation" in out
    board = program.board(tmp_path).set_index("trial")
    assert set(board["state"]) == {"COMPLETE"}
    assert (board["front"] == (board["rank"] == 1)).all()
    assert (board["inference_us"] > 0).all()
    for trial in program.trials(tmp_path):
        assert trial.values == [board.loc[trial.number, "val_accuracy"], board.loc[trial.number, "parameters"]]
        assert [point["step"] for point in trial.user_attrs["curve"]] == [10, 100]
        path = tmp_path / "results" / "tiny" / "predictions" / f"trial-{trial.number:04d}.npz"
        with np.load(path, allow_pickle=False) as file:
            right = np.mean(file["predicted"] == digits("digits").test.y)
        assert right == pytest.approx(board.loc[trial.number, "test_accuracy"], abs=1e-9)

    status, out, err = program.sweep("compare", "tiny", "0", "2", cwd=tmp_path, timeout=30)
    assert (status, err) == (0, "")
    assert "Of the same 297 test images" in out
    assert "McNemar's exact test: p = " in out


def test_killed_drivers_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    file = program.space_file(tmp_path)
    driver = program.start(["run", file], tmp_path)
    program.wait_for(lambda: program.ended(tmp_path) >= 2, driver)
    program.send(driver, signal.SIGKILL)
    program.finish(driver)
    before = values(tmp_path)
    assert 2 <= len(before) < 8

    status, out, err = program.sweep("run", file, cwd=tmp_path)
    assert (status, err) == (0, "")
    after = values(tmp_path)
    assert sorted(after) == list(range(8))
    assert {number: after[number] for number in before} == before
    assert "unfinished" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_within_seconds_and_the_same_command_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    file = program.space_file(tmp_path, program.SPACE.replace("epochs=3", "epochs=60"))
    driver = program.start(["run", file], tmp_path)
    program.wait_for(lambda: any(trial.user_attrs.get("curve") for trial in _trials(tmp_path)), driver)
    before = _processes_of(driver.pid)
    began = time.monotonic()
    program.send(driver, number)
    status, _, err = program.finish(driver, timeout=30)
    assert status == 130
    assert time.monotonic() - began < 10
    assert "To go on, type:" in err
    assert before  # or they can't be told by their session's name
    assert _processes_of(driver.pid) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Ray's processes must be in the driver's group")
def test_a_signal_to_the_whole_process_group_saves_what_runs_as_one_to_the_driver_does(tmp_path: Path) -> None:
    file = program.space_file(tmp_path, program.SPACE.replace("epochs=3", "epochs=60"))
    driver = program.start(["run", file], tmp_path, new_session=True)
    program.wait_for(lambda: any(trial.user_attrs.get("curve") for trial in _trials(tmp_path)), driver)
    os.killpg(driver.pid, signal.SIGTERM)
    status, _, err = program.finish(driver, timeout=30)
    assert status == 130, err
    assert "To go on, type:" in err
    assert list((tmp_path / "results" / "tiny" / "checkpoints").glob("trial-*.npz"))
    assert _processes_of(driver.pid) == []


def _trials(folder: Path) -> list:
    try:
        return program.trials(folder)
    except (OSError, KeyError):
        return []


def _processes_of(pid: int) -> list[psutil.Process]:
    """Ray processes that still belong to a driver that has ended: its session names the driver's pid."""
    left = []
    for process in psutil.process_iter(["cmdline"]):
        if f"_{pid}/" in " ".join(process.info["cmdline"] or []):
            left.append(process)
    return left


def test_a_model_that_raises_fails_its_trial_alone(tmp_path: Path) -> None:
    file = program.space_file(tmp_path, failing("params['filters_1'] == 4"))
    status, _, err = program.sweep("run", file, cwd=tmp_path)
    assert (status, err) == (0, "")
    board = program.board(tmp_path)
    failed = board[board["filters_1"] == 4]
    assert len(failed) > 0
    assert set(failed["state"]) == {"FAIL"}
    assert failed["error"].str.contains("no such layer").all()
    assert list(board["state"])[-1] == "FAIL"
    assert set(board[board["filters_1"] == 8]["state"]) <= {"COMPLETE", "PRUNED"}
    status, out, _ = program.sweep("show", "tiny", str(failed.iloc[0]["trial"]), cwd=tmp_path)
    assert status == 0
    assert "Traceback" in out


REFUSING_LAYER = """
    class Refusing(keras.layers.Layer):
        def call(self, x):
            return x

        def get_config(self):
            raise RuntimeError("this layer holds a lock")

    made.add(Refusing())
"""


def test_a_model_that_refuses_to_be_saved_completes_its_trial_with_a_note(tmp_path: Path) -> None:
    text = (
        failing("False")
        .replace("    made.compile", f"{REFUSING_LAYER}    made.compile")
        .replace("epochs=3", "epochs=1")
    )
    file = program.space_file(tmp_path, text)
    status, out, err = program.sweep("run", file, "--trials", "1", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert "1 COMPLETE" in out
    (row,) = program.board(tmp_path).to_dict("records")
    assert (row["state"], row["rank"]) == ("COMPLETE", 1)
    assert row["test_accuracy"] > 0.1
    assert row["error"] == "model not saved: RuntimeError: this layer holds a lock"
    assert not list((tmp_path / "results" / "tiny").glob("models/*"))


def test_a_baseline_that_fails_ends_the_sweep(tmp_path: Path) -> None:
    file = program.space_file(tmp_path, failing("params['filters_1'] == 8"))
    status, _, err = program.sweep("run", file, "--jobs", "1", cwd=tmp_path)
    assert status == 3
    assert "the baseline (trial 0) failed" in err
    assert "no such layer" in err
    assert len(program.trials(tmp_path)) == 1  # with more jobs others may have failed meanwhile
    status, _, err = program.sweep("run", file, cwd=tmp_path, timeout=30)
    assert status == 3
    assert "--new" in err


def test_a_killed_worker_is_replaced_and_its_trial_trained_again(tmp_path: Path) -> None:
    file = program.space_file(tmp_path, program.SPACE.replace("epochs=3", "epochs=10").replace("trials=8", "trials=4"))
    driver = program.start(["run", file], tmp_path)
    program.wait_for(lambda: any(trial.user_attrs.get("curve") for trial in _trials(tmp_path)), driver)
    workers = [
        child
        for child in psutil.Process(driver.pid).children(recursive=True)
        if "Trainable" in " ".join(child.cmdline())
    ]
    assert workers
    workers[0].kill()
    status, _, err = program.finish(driver)
    assert (status, err) == (0, "")
    assert sorted(values(tmp_path)) == [0, 1, 2, 3]
    assert [trial.user_attrs["error"] for trial in _trials(tmp_path) if trial.state.name == "FAIL"] == []


def test_the_driver_never_imports_tensorflow(tmp_path: Path) -> None:
    file = program.space_file(tmp_path, program.SPACE.replace("trials=8", "trials=2"))
    code = (
        "import sys; from pathlib import Path; from sweep.cli.run import run;"
        "from sweep.execution.options import RunOptions;"
        f"status = run(Path({str(file)!r}), RunOptions(quiet=True));"
        "print(status, sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=program.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split("\n")[-2] == "0 []", done.stderr


def test_a_second_driver_of_the_same_study_is_refused(tmp_path: Path) -> None:
    file = program.space_file(tmp_path, program.SPACE.replace("epochs=3", "epochs=60"))
    first = program.start(["run", file], tmp_path)
    program.wait_for(lambda: (tmp_path / "results" / "tiny" / "journal.log").exists(), first)
    try:
        status, _, err = program.sweep("run", file, cwd=tmp_path, timeout=30)
        assert status == 2
        assert "one driver at a time" in err
    finally:
        program.send(first, signal.SIGINT)
        program.finish(first)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:notaport", "nohost.invalid:6379"])
def test_an_address_where_no_ray_answers_is_refused_soon(tmp_path: Path, address: str) -> None:
    file = program.space_file(tmp_path)
    began = time.monotonic()
    status, _, err = program.sweep("run", file, "--address", address, cwd=tmp_path, timeout=40)
    assert status == 2
    assert address.partition(":")[0] in err
    assert time.monotonic() - began < 20 + 10


def test_two_nodes_share_the_trials(tmp_path: Path) -> None:
    file = program.space_file(tmp_path)
    with ray_nodes(2, **TOKEN) as address:
        status, out, err = program.sweep("run", file, "--address", address, cwd=tmp_path, **TOKEN)
    assert (status, err) == (0, "")
    assert "2 nodes, 2 CPUs" in out.splitlines()[0]
    assert program.board(tmp_path)["node"].nunique() == 2


def test_a_cluster_that_lets_anyone_in_is_joined_with_a_warning_but_not_with_a_token(tmp_path: Path) -> None:
    file = program.space_file(tmp_path)
    with ray_nodes(1, RAY_AUTH_MODE="disabled") as address:
        arguments = ["run", file, "--trials", "1", "--epochs", "1", "--quiet", "--address", address]
        refused = program.sweep(*arguments, cwd=tmp_path, **TOKEN)
        status, _, err = program.sweep(*arguments, cwd=tmp_path)
    assert refused[0] == 2
    assert "RAY_AUTH_MODE=token is set here, but" in refused[2]
    assert status == 0, err
    assert "does not turn away who has no token" in " ".join(err.split())


@pytest.mark.mnist
def test_the_baseline_learns_the_real_mnist(tmp_path: Path) -> None:
    data = os.environ.get("SWEEP_DATA")
    if not data or not Path(data).is_file():
        pytest.skip("SWEEP_DATA does not name the real MNIST")
    file = program.ROOT / "search_spaces" / "default.py"
    arguments = ["run", file, "--data", data, "--trials", "1", "--epochs", "1"]
    status, _, err = program.sweep(*arguments, cwd=tmp_path)
    assert (status, err) == (0, "")
    row = program.board(tmp_path).iloc[0]
    assert row["dataset"] == "mnist"
    assert row["parameters"] == 93_322
    assert 0.97 < row["test_accuracy"] < 0.995
