"""Overhead: what a sweep costs besides training, and whether it stays flat over many trials.

Trials on two slots: milliseconds a trial from the first trial's end to the last one's, and the driver's and the
workers' memory, sampled four times a second. Full: 300 trials. Short: 60. What a trial is:

    --trial nothing  the worker answers at once: what is left is the way there and back, and the journal
    --trial dense    one dense layer, one step on 17 points: Keras builds and TensorFlow traces a model (default)
    --trial real     digits, one epoch, random configurations; every tenth is the baseline, so that the 10th and the
                     300th can be compared; --real for short

    python tests/benchmarks/overhead.py --short
    python tests/benchmarks/overhead.py --real
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from common import ROOT, median, or_form, parser, show, text, write
from tools import Setup, Trials, add_sweep_flags, configurations, run_listed, run_sweep

SLOTS = 2
PROBE = 10
SETTLED = 0.1
SPACES = Path(__file__).parent / "spaces"
TRIALS = {
    "nothing": SPACES / "nothing.py",
    "dense": SPACES / "empty.py",
    "real": ROOT / "search_spaces" / "digits.py",
}


class Memory:
    """Samples of the resident memory of a driver and of the workers under it, in MB."""

    def __init__(self) -> None:
        self.samples: list[dict[str, Any]] = []
        self._workers: set[int] = set()

    def sample(self, pid: int) -> None:
        """Take one sample of the driver of this process id; a process that ends meanwhile is left out."""
        try:
            driver = psutil.Process(pid)
            megabytes = driver.memory_info().rss / 1e6
            children = driver.children(recursive=True)
        except psutil.Error:
            return
        if not megabytes:  # it has just ended
            return
        self._workers |= {child.pid for child in children if _is_worker(child)}
        by_pid = {child.pid: _megabytes(child) for child in children if child.pid in self._workers}
        workers = {number: size for number, size in by_pid.items() if size is not None}
        self.samples.append({"time": time.time(), "driver": megabytes, "workers": workers})


def _is_worker(process: psutil.Process) -> bool:
    try:
        title = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return title.startswith("ray::") and "Trainable" in title


def _megabytes(process: psutil.Process) -> float | None:
    try:
        size: float = process.memory_info().rss / 1e6
    except psutil.Error:
        return None
    return size


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--trial", choices=tuple(TRIALS), default="dense", help="what a trial is (default: dense)")
    options.add_argument("--real", dest="trial", action="store_const", const="real", help="the same as --trial real")
    options.add_argument("--trials", type=int, help="how many (default: 300, short 60)")
    add_sweep_flags(options)
    arguments = options.parse_args()
    trials = or_form(arguments.trials, short=arguments.short, full=300, brief=60)
    if trials < PROBE:
        options.error(f"--trials must be at least {PROBE}, but got {trials}")
    memory = Memory()
    with tempfile.TemporaryDirectory(prefix="sweep-benchmark-") as folder:
        result = run(Path(folder), trials, arguments.trial, arguments.sweep_flags, memory)
    name = f"overhead_{arguments.trial}"
    figures = {"n": trials, "slots": SLOTS, "error": problem(result, trials)}
    if not figures["error"]:
        figures |= {**pace(result), **growth(result, memory.samples)}
        rows = [(key.replace("_", " "), text(value, 2)) for key, value in figures.items() if isinstance(value, float)]
        show(f"{name}: {trials} trials on {SLOTS} slots", ("what", "figure"), rows)
    else:
        print(f"failed: {figures['error']}")
    write(arguments, name, {**figures, "memory_samples": counted(result, memory.samples), "trials": result.trials})


def run(folder: Path, trials: int, trial: str, sweep_flags: str, memory: Memory) -> Trials:
    """Run the sweep whose overhead is measured."""
    setup = Setup(None, folder, 1, f"--jobs {SLOTS} {sweep_flags}", space=TRIALS[trial])
    if trial != "real":
        return run_sweep(setup.space, setup, trials=trials, watch=memory.sample)
    configs = configurations(setup.space, trials)
    for number in range(PROBE - 1, trials, PROBE):
        configs[number] = configs[0]
    return run_listed(setup, configs, watch=memory.sample)


def problem(result: Trials, trials: int) -> str:
    """Why a run tells nothing; "" if it does."""
    failed = [trial["error"] for trial in result.trials if trial["state"] != "COMPLETE"]
    if result.finished.error or failed or len(result.trials) != trials:
        return (
            result.finished.error
            or f"{len(result.trials)} of {trials} trials ended; {len(failed)} failed: {failed[:1]}"
        )
    return ""


def pace(result: Trials) -> dict[str, float | None]:
    """Time a trial, and how much of it the worker spent on the trial itself."""
    ends = [trial["ended"] for trial in result.trials]
    seconds = {trial["number"]: trial["worker_seconds"] for trial in result.trials}
    later = [trial["worker_seconds"] for trial in result.trials[SLOTS:]]
    turn = SLOTS * (ends[-1] - ends[SLOTS - 1]) / len(later)
    probes = [1000 * seconds[number] for number in range(PROBE - 1, len(seconds), PROBE)]
    return {
        "first_trial_ended_after_seconds": ends[0] - result.finished.began,
        "ms_per_trial": 1000 * (ends[-1] - ends[0]) / (len(ends) - 1),
        "median_worker_ms": 1000 * (median(later) or 0.0),
        "ms_per_slot_between_trials": 1000 * (turn - sum(later) / len(later)),
        "trial_10_ms": probes[0],
        f"trial_{PROBE * len(probes)}_ms": probes[-1],
        "first_three_tenth_trials_median_ms": median(probes[:3]),
        "last_three_tenth_trials_median_ms": median(probes[-3:]),
    }


def counted(result: Trials, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The samples with how many trials had ended by then."""
    ends = [trial["ended"] for trial in result.trials]
    return [{**sample, "ended": int(np.searchsorted(ends, sample["time"], side="right"))} for sample in samples]


def growth(result: Trials, samples: list[dict[str, Any]]) -> dict[str, Any]:
    """Memory a trial, as the slope of a straight line from the first tenth of the trials to the last one's end."""
    after = [sample for sample in counted(result, samples) if sample["time"] <= result.trials[-1]["ended"]]
    settled = [sample for sample in after if sample["ended"] >= max(1, SETTLED * len(result.trials))]
    driver = slope([(sample["ended"], sample["driver"]) for sample in settled])
    workers = sorted({pid for sample in after for pid in sample["workers"]})
    lines = {pid: line(pid, settled) for pid in workers}
    slopes = [slope(points) for points in lines.values()]
    # A worker trains one of SLOTS trials that end.
    per_trial = [SLOTS * value for value in slopes if value is not None]
    sizes = [size for sample in after for size in sample["workers"].values()]
    return {
        "driver_kb_per_trial": None if driver is None else 1000 * driver,
        "driver_mb_at_end": after[-1]["driver"] if after else None,
        "worker_mb_per_trial": max(per_trial, default=None),
        "worker_mb_at_peak": max(sizes, default=None),
        "worker_processes": len(workers),
        "worker_mb_per_trial_each": per_trial,
    }


def line(pid: int, samples: list[dict[str, Any]]) -> list[tuple[int, float]]:
    """One worker's memory against the trials that had ended."""
    return [(sample["ended"], sample["workers"][pid]) for sample in samples if pid in sample["workers"]]


def slope(points: list[tuple[int, float]]) -> float | None:
    """Of the straight line through points; None if they are too few, or all at one place."""
    if len(points) < 3 or len({x for x, _ in points}) < 2:
        return None
    return float(np.polyfit([x for x, _ in points], [y for _, y in points], deg=1)[0])


if __name__ == "__main__":
    main()
