"""What it costs to save a trial as it trains: seconds spent on checkpoints against seconds of training.

A process pinned to one core trains the baseline on MNIST as a worker does, and saves after each epoch but the last one:
it copies the state out of TensorFlow, packs it and sends it through Ray to the artifact store, which writes it to disk
with fsync. Full: 3 processes of 5 epochs. Short: 1 of 2, on a tenth of the images.

    python tests/benchmarks/checkpoints.py --data PATH/mnist.npz
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import DEFAULT_SPACE, data_file, median, or_form, parser, say, show, text, timed, write

LIMIT_PERCENT = 2.0
SHORT_IMAGES = 6_000


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--epochs", type=int, help="of a process, 2 at least (default: 5, short 2)")
    options.add_argument("--reps", type=int, help="processes (default: 3, short 1)")
    options.add_argument("--precision", default="float32", help="float32 or bfloat16 (default: float32)")
    options.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.one:
        arguments.one.write_text(json.dumps(one_trial(arguments.data, arguments.epochs, arguments.precision)))
        return
    if arguments.short and arguments.images is None:
        arguments.images = SHORT_IMAGES
    epochs = or_form(arguments.epochs, short=arguments.short, full=5, brief=2)
    reps = or_form(arguments.reps, short=arguments.short, full=3, brief=1)
    with tempfile.TemporaryDirectory(prefix="sweep-benchmark-") as folder:
        data = data_file(arguments, Path(folder))
        runs = [one_run(data, Path(folder) / "one.json", epochs, arguments.precision) for _ in range(reps)]
    good = [run for run in runs if not run["error"]]
    rows = [(str(number), *(text(value, digits) for value, digits in cells(run))) for number, run in enumerate(good)]
    columns = ("process", "training s", "saving s", "saves", "ms each", "of that sending", "MB each", "% of training")
    show(f"checkpoints: the baseline on one core in {arguments.precision}, limit {LIMIT_PERCENT:g} %", columns, rows)
    percent = median(run["percent"] for run in good)
    write(arguments, "checkpoints", {"n": reps, "epochs": epochs, "median_percent": percent, "runs": runs})


def cells(run: dict[str, Any]) -> list[tuple[float, int]]:
    """A row of the table."""
    return [
        (run["training_seconds"], 1),
        (run["saving_seconds"], 3),
        (run["saves"], 0),
        (1000 * run["saving_seconds"] / run["saves"], 1),
        (1000 * run["sending_seconds"] / run["saves"], 1),
        (run["bytes"] / 1e6, 2),
        (run["percent"], 2),
    ]


def one_run(data: Path, out: Path, epochs: int, precision: str) -> dict[str, Any]:
    """One process."""
    out.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--data", str(data), "--one", str(out)]
    finished = timed([*command, "--epochs", str(epochs), "--precision", precision])
    if finished.error:
        say(f"failed: {finished.error}")
        return {"error": finished.error}
    figures = json.loads(out.read_text())
    say(f"{text(figures['percent'], 2)} % of {text(figures['training_seconds'])} s")
    return {"error": "", **figures}


def one_trial(data: Path, epochs: int, precision: str) -> dict[str, Any]:
    """Train the baseline here, pinned to one core, saving it as a worker does."""
    # Only this process needs Ray and TensorFlow.
    from sweep.data.sources import resolve
    from sweep.execution.ray.artifacts import ArtifactClient, start_artifact_store
    from sweep.execution.ray.cluster import connect
    from sweep.space import suggest as space
    from sweep.space.loader import load_sweep
    from sweep.study.storage.artifacts import checkpoint_name
    from sweep.training.messages import TrainingConfig, TrialSpec, trial_stem
    from sweep.training.worker import Worker, settle_devices

    sweep = load_sweep(DEFAULT_SPACE)
    dataset = resolve(str(data), "auto")
    settle_devices(1)
    with tempfile.TemporaryDirectory() as folder, connect("local"):
        artifacts = ArtifactClient(start_artifact_store(Path(folder)))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # Ray's own processes keep all cores
        worker = Worker(
            TrainingConfig(None, epochs, sweep.steps, precision=precision), dataset.training(), dataset.test
        )
        saved: list[tuple[float, float, int]] = []

        def pause() -> bool:
            if worker.epochs_done > len(saved):
                began = time.perf_counter()
                packed = worker.checkpoint()
                between = time.perf_counter()
                artifacts.save(checkpoint_name(trial_stem(0)), packed)
                ended = time.perf_counter()
                saved.append((ended - began, ended - between, len(packed)))
            return artifacts.stopping()

        worker.start(TrialSpec(0, space.baseline_params(sweep)[0], 0))
        began = time.perf_counter()
        while (measurement := worker.advance(pause)) is not None and measurement.step < 100:
            continue
        seconds = time.perf_counter() - began
    saving = sum(whole for whole, _, _ in saved)
    return {
        "training_seconds": seconds - saving,
        "saving_seconds": saving,
        "sending_seconds": sum(sending for _, sending, _ in saved),
        "saves": len(saved),
        "bytes": saved[-1][2],
        "percent": 100 * saving / (seconds - saving),
    }


if __name__ == "__main__":
    main()
