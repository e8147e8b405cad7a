"""What are the recipe's knobs worth? Configurations of the built-in network over a few seeds, on real MNIST.

    python tests/benchmarks/recipe.py --data PATH/mnist.npz --params '{}' '{"schedule": "onecycle"}' [--out FILE.json]

Each is trained on the first 50,000 training images and measured on the other 10,000; the test set is not told. Prints
mean, sd and every score, and the mean after a tenth of the epochs, where trials are pruned. With --out it goes on from
that file.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
from pathlib import Path
from typing import Any

PRECISIONS = ("float32", "bfloat16")
FIRST_SEED = 2000


def train(task: tuple[str, str, str, int, int]) -> tuple[str, int, float, float, float]:
    """Train one configuration: its params as JSON, seed, validation accuracy, seconds, accuracy after a tenth."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from sweep.data.sources import read_npz
    from sweep.training.messages import TrainingConfig, TrialSpec
    from sweep.training.worker import Worker, settle_devices

    data, precision, params, seed, epochs = task
    if not _WARM:
        settle_devices(1)
        dataset = read_npz(Path(data))
        config = TrainingConfig(None, epochs, (10, 100), precision=precision)
        _WARM["worker"] = Worker(config, dataset.training(), dataset.test)
    worker = _WARM["worker"]
    worker.start(TrialSpec(0, json.loads(params), seed))
    early, last = worker.advance(), worker.advance()
    return params, seed, last.val["accuracy"], last.seconds, early.val["accuracy"]


_WARM: dict[str, Any] = {}


def main() -> None:
    """Train, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("SWEEP_DATA"))
    parser.add_argument("--params", nargs="+", required=True, help="configurations as JSON")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--precision", choices=PRECISIONS, default="bfloat16")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    results = json.loads(args.out.read_text()) if args.out and args.out.exists() else []
    done = {(row[0], row[1]) for row in results}
    wanted = [(params, FIRST_SEED + seed) for seed in range(args.seeds) for params in args.params]
    tasks = [(args.data, args.precision, *pair, args.epochs) for pair in wanted if pair not in done]
    context = multiprocessing.get_context("spawn")
    with context.Pool(args.processes) as pool:
        for result in pool.imap_unordered(train, tasks):
            results.append(result)
            print(*result, flush=True)
            if args.out:
                args.out.write_text(json.dumps(results, indent=1))
    for params in dict.fromkeys(row[0] for row in results):
        report(params, [100 * row[2] for row in results if row[0] == params], results)


def report(params: str, scores: list[float], results: list[Any]) -> None:
    """Print one configuration's scores, in percent, and its median time."""
    spread = statistics.stdev(scores) if len(scores) > 1 else float("nan")
    seconds = statistics.median(row[3] for row in results if row[0] == params)
    listed = " ".join(f"{score:.2f}" for score in scores)
    early = statistics.mean(100 * row[4] for row in results if row[0] == params)
    figures = f"{statistics.mean(scores):.3f} sd {spread:.3f} n {len(scores)} ({listed})"
    print(f"{figures}, at 10 % {early:.2f}, {seconds:.0f} s  {params}")


if __name__ == "__main__":
    main()
