"""Does bfloat16 cost accuracy? The baseline trained in float32 and in bfloat16 over many seeds, on real MNIST.

    python tests/benchmarks/precision.py --data PATH/mnist.npz [--seeds 32] [--epochs 5] [--out FILE.json]

Prints the two means, and the difference paired by seed with its 95 % interval. With --out it goes on from that file.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
from pathlib import Path
from typing import Any

from scipy import stats

PRECISIONS = ("float32", "bfloat16")
FIRST_SEED = 1000


def train(task: tuple[str, str, int, int]) -> tuple[str, int, float, float, float]:
    """Train one baseline: precision, seed, test accuracy, validation accuracy, seconds."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from sweep.data.sources import read_npz
    from sweep.training.messages import TrainingConfig, TrialSpec
    from sweep.training.worker import Worker, settle_devices

    data, precision, seed, epochs = task
    if not _WARM:
        settle_devices(1)
        _WARM["data"] = read_npz(Path(data))
    dataset = _WARM["data"]
    key = f"worker {precision}"
    if key not in _WARM:
        _WARM[key] = Worker(TrainingConfig(None, epochs, (100,), precision=precision), dataset.training(), dataset.test)
    worker = _WARM[key]
    worker.start(TrialSpec(0, {}, seed))
    measurement = worker.advance()
    return (
        precision,
        seed,
        float(measurement.test.get("accuracy") or 0.0),
        measurement.val["accuracy"],
        measurement.seconds,
    )


_WARM: dict[str, Any] = {}


def main() -> None:
    """Train, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("SWEEP_DATA"))
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    results = json.loads(args.out.read_text()) if args.out and args.out.exists() else []
    done = {(row[0], row[1]) for row in results}
    wanted = [(precision, FIRST_SEED + seed) for seed in range(args.seeds) for precision in PRECISIONS]
    tasks = [(args.data, precision, seed, args.epochs) for precision, seed in wanted if (precision, seed) not in done]
    context = multiprocessing.get_context("spawn")
    with context.Pool(args.processes) as pool:
        for result in pool.imap_unordered(train, tasks):
            results.append(result)
            print(*result, flush=True)
            if args.out:
                args.out.write_text(json.dumps(results, indent=1))
    report(results)


def report(results: list[tuple[str, int, float, float, float]]) -> None:
    """Print means and their difference, paired: a seed gives both precisions the same first weights and batches."""
    by_seed: dict[int, dict[str, float]] = {}
    for precision, seed, test_accuracy, *_ in results:
        by_seed.setdefault(seed, {})[precision] = test_accuracy
    pairs = [scores for scores in by_seed.values() if len(scores) == len(PRECISIONS)]
    columns = {name: [100 * scores[name] for scores in pairs] for name in PRECISIONS}
    for name, scores in columns.items():
        print(f"{name:8} mean {statistics.mean(scores):.3f} sd {statistics.stdev(scores):.3f} n {len(scores)}")
    interval = stats.ttest_rel(columns["bfloat16"], columns["float32"]).confidence_interval(0.95)
    difference = statistics.mean(columns["bfloat16"]) - statistics.mean(columns["float32"])
    print(f"difference {difference:+.3f} points, 95 % {interval.low:+.3f} to {interval.high:+.3f}, paired by seed")


if __name__ == "__main__":
    main()
