"""Does bfloat16 cost accuracy? The baseline trained in float32 and in bfloat16 over many seeds, on real MNIST.

    python tests/benchmarks/precision.py --data PATH/mnist.npz [--seeds 32] [--epochs 5] [--out FILE.json]

Prints the two means, their difference and its 95 % interval (Welch). With --out it goes on from that file.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

PRECISIONS = ("float32", "bfloat16")
FIRST_SEED = 1000


def train(task: tuple[str, str, int, int]) -> tuple[str, int, float, float, float]:
    """Train one baseline: precision, seed, test accuracy, validation accuracy, seconds."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from sweep.job import Job, Plan
    from sweep.sources import read_npz
    from sweep.worker import Worker, settle_devices

    data, precision, seed, epochs = task
    if not _WARM:
        settle_devices(1)
        _WARM["data"] = read_npz(Path(data))
    dataset = _WARM["data"]
    key = f"worker {precision}"
    if key not in _WARM:
        _WARM[key] = Worker(Job(None, epochs, (100,), precision=precision), dataset.training(), dataset.test())
    worker = _WARM[key]
    worker.start(Plan(0, {}, seed))
    rung = worker.advance()
    return precision, seed, float(rung.test_accuracy or 0.0), rung.val_accuracy, rung.seconds


_WARM: dict[str, Any] = {}


def main() -> None:
    """Train, print, write."""
    from sweep.verdict import compare

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("SWEEP_DATA"))
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    results = json.loads(args.out.read_text()) if args.out and args.out.exists() else []
    there = {(row[0], row[1]) for row in results}
    wanted = [(precision, FIRST_SEED + seed) for seed in range(args.seeds) for precision in PRECISIONS]
    tasks = [(args.data, precision, seed, args.epochs) for precision, seed in wanted if (precision, seed) not in there]
    context = multiprocessing.get_context("spawn")
    with context.Pool(args.processes) as pool:
        for result in pool.imap_unordered(train, tasks):
            results.append(result)
            print(*result, flush=True)
            if args.out:
                args.out.write_text(json.dumps(results, indent=1))
    scores = {name: [row[2] for row in results if row[0] == name] for name in PRECISIONS}
    found = compare(scores["bfloat16"], scores["float32"])
    print(f"float32  mean {100 * found.baseline_mean:.3f} sd {100 * (found.baseline_sd or 0):.3f} n {found.baseline_n}")
    print(f"bfloat16 mean {100 * found.mean:.3f} sd {100 * (found.sd or 0):.3f} n {found.n}")
    print(
        f"difference {100 * found.difference:+.3f} points, "
        f"95 % {100 * (found.low or 0):+.3f} to {100 * (found.high or 0):+.3f}"
    )


if __name__ == "__main__":
    main()
