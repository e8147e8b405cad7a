"""One trial: seconds per epoch of the baseline on one core, and the share of that core's arithmetic it reaches.

A worker trains the baseline on all 60,000 images, pinned to one core, in a process of its own. That process first
measures the core's matrix rates and checks that the precision is more than a label: another precision than float32
must give another loss. The first epoch (tracing) and the last one (it ends with the test set) are not counted.
Full: 3 processes of 5 epochs. Short: 1 of 4.

    python tests/benchmarks/one_trial.py --precision float32
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from common import data_file, median, or_form, parser, say, show, text, timed, write

MFLOP_PER_IMAGE = 16.4  # forward and backward, of the 32/64/64 network
EPOCHS = (4, 5, 10, 20, 25)  # an epoch is measured at a whole percent of a trial


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--precision", nargs="+", default=["float32"], help="one or more (default: float32)")
    options.add_argument("--epochs", type=int, choices=EPOCHS, help="of a process (default: 5, short 4)")
    options.add_argument("--reps", type=int, help="processes for each precision (default: 3, short 1)")
    arguments = options.parse_args()
    epochs = or_form(arguments.epochs, short=arguments.short, full=5, brief=4)
    reps = or_form(arguments.reps, short=arguments.short, full=3, brief=1)
    with tempfile.TemporaryDirectory(prefix="sweep-benchmark-") as folder:
        data = data_file(arguments, Path(folder))
        runs = [
            one_run(data, Path(folder) / "core.json", epochs, precision, rep)
            for rep in range(reps)
            for precision in arguments.precision
        ]
    summary = {precision: summarize(precision, runs) for precision in arguments.precision}
    print_table(summary, f"one trial: the baseline on one core, n = {reps} processes")
    write(arguments, "one_trial", {"n": reps, "epochs": epochs, "summary": summary, "runs": runs})


def one_run(data: Path, out: Path, epochs: int, precision: str, seed: int) -> dict[str, Any]:
    """One process; the second to the last but one of its epochs count."""
    out.unlink(missing_ok=True)
    command = [sys.executable, str(Path(__file__).with_name("one_core.py")), "--data", str(data), "--out", str(out)]
    command += ["--epochs", str(epochs), "--precision", precision, "--seed", str(seed)]
    finished = timed(command)
    if finished.error:
        say(f"{precision}: failed: {finished.error}")
        return {"precision": precision, "error": finished.error}
    figures = json.loads(out.read_text())
    counted = figures["all_epoch_seconds"][1:-1]
    say(f"{precision}: {', '.join(text(seconds, 2) for seconds in counted)} s/epoch")
    return {"precision": precision, "error": "", "epoch_seconds": counted, **figures}


def summarize(precision: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Seconds per epoch against the least that the core's rates allow."""
    mine = [run for run in runs if run["precision"] == precision and not run["error"]]
    if not mine:
        return {}
    best = {
        kind: max(rate for run in mine for rate in run["gflops_per_second"][kind].values())
        for kind in ("float32", "bfloat16")
    }
    seconds = [second for run in mine for second in run["epoch_seconds"]]
    middle = median(seconds) or 0.0
    gflop = MFLOP_PER_IMAGE * mine[0]["images"] / 1000
    return {
        "epoch_seconds": seconds,
        "median_epoch_seconds": middle,
        "images": mine[0]["images"],
        "gflops_per_second": best,
        "limit_seconds": {kind: gflop / rate for kind, rate in best.items()},
        "share_of_limit": gflop / best[precision] / middle if precision in best else None,
        "test_accuracies": [run["test_accuracy"] for run in mine],
    }


def print_table(summary: dict[str, dict[str, Any]], title: str) -> None:
    """One row a precision."""
    columns = (
        "precision",
        "median s/epoch",
        "fastest",
        "GFLOP/s fp32",
        "GFLOP/s bf16",
        "limit s/epoch",
        "share",
        "test",
    )
    rows = [
        (
            precision,
            text(row["median_epoch_seconds"], 2),
            text(min(row["epoch_seconds"]), 2),
            text(row["gflops_per_second"]["float32"], 0),
            text(row["gflops_per_second"]["bfloat16"], 0),
            text(row["limit_seconds"].get(precision), 2),
            text(None if row["share_of_limit"] is None else 100 * row["share_of_limit"], 1, " %"),
            text(median(row["test_accuracies"]), 4),
        )
        if row
        else (precision, "failed", *[""] * (len(columns) - 2))
        for precision, row in summary.items()
    ]
    show(title, columns, rows)


if __name__ == "__main__":
    main()
