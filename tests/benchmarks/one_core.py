"""The part of `one_trial.py` that runs on one core, in a process of its own: the core's matrix rates, then epochs."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tensorflow as tf

from sweep.data.dataset import Dataset, TrainingData
from sweep.data.sources import read_npz
from sweep.training.messages import TrainingConfig, TrialSpec
from sweep.training.network import Network
from sweep.training.worker import Worker, settle_devices

SIZES = (256, 512, 1024, 2048)
REPEATS = 7
CONTROL_IMAGES = 640
VALIDATION_IMAGES = 200  # so few that measuring them does not count


def main() -> None:
    """Measure, and write JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", required=True, type=Path)
    options.add_argument("--epochs", required=True, type=int)
    options.add_argument("--precision", required=True)
    options.add_argument("--seed", required=True, type=int)
    options.add_argument("--out", required=True, type=Path)
    arguments = options.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    settle_devices(1)
    dataset = read_npz(arguments.data)
    check_precision(dataset, arguments.precision, arguments.seed)
    before = {name: rates(kind) for name, kind in (("float32", tf.float32), ("bfloat16", tf.bfloat16))}
    worker = make_worker(dataset, arguments.epochs, arguments.precision, len(dataset.train))
    figures = train(worker, arguments.epochs, arguments.seed)
    arguments.out.write_text(json.dumps({"images": len(dataset.train), "gflops_per_second": before, **figures}))


def check_precision(dataset: Dataset, precision: str, seed: int) -> None:
    """Refuse a precision that is only a label: with one seed and one thread, equal losses mean equal arithmetic."""
    if precision == "float32":
        return
    workers = [make_worker(dataset, 1, kind, CONTROL_IMAGES) for kind in ("float32", precision)]
    losses = [_loss(worker, seed) for worker in workers]
    if losses[0] == losses[1]:
        sys.exit(
            f"precision {precision} is not what was trained: its loss is float32's, to the last digit: {losses[0]}"
        )


def _loss(worker: Worker, seed: int) -> float:
    worker.start(TrialSpec(number=0, params=asdict(Network()), seed=seed))
    return worker.advance().val["loss"]


def make_worker(dataset: Dataset, epochs: int, precision: str, images: int) -> Worker:
    """A worker that trains on so many images with one thread and measures after each epoch."""
    data = TrainingData(
        train=dataset.train.rows(slice(images)),
        val=dataset.test.rows(slice(VALIDATION_IMAGES)),
        classes=dataset.classes,
    )
    steps = tuple(100 * epoch // epochs for epoch in range(1, epochs + 1))
    training_config = TrainingConfig(model=None, epochs=epochs, steps=steps, threads=1, precision=precision)
    return Worker(training_config, data, dataset.test)


def rates(kind: tf.DType) -> dict[str, float]:
    """GFLOP a second of square matrix products, best of several, by size."""
    figures = {}
    for size in SIZES:
        a, b = (tf.cast(tf.random.normal((size, size), seed=seed), kind) for seed in (1, 2))
        seconds = min(_product_seconds(a, b) for _ in range(REPEATS))
        figures[str(size)] = round(2 * size**3 / seconds / 1e9, 1)
    return figures


def _product_seconds(a: Any, b: Any) -> float:
    began = time.perf_counter()
    tf.matmul(a, b)[0, 0].numpy()  # waits for the product
    return time.perf_counter() - began


def train(worker: Worker, epochs: int, seed: int) -> dict[str, Any]:
    """Train the baseline; the time from rung to rung is an epoch's."""
    began = time.perf_counter()
    worker.start(TrialSpec(number=0, params=asdict(Network()), seed=seed))
    rungs, seconds = [], []
    for _ in range(epochs):
        rungs.append(worker.advance())
        seconds.append(round(time.perf_counter() - began, 4))
        began = time.perf_counter()
    return {"all_epoch_seconds": seconds, "test_accuracy": rungs[-1].test.get("accuracy")}


if __name__ == "__main__":
    main()
