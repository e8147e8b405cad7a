"""How often a search's true winner is confirmed, and in how many runs: by its best trial alone, and by a race.

    python tests/benchmarks/race.py [--sweeps 4000] [--better 2.0] [--processes 2]

Nothing is trained. A search tries 24 configurations, of which the first is the baseline, and another one is truly
better by `--better` standard deviations of a run. Its scores are as noisy as the runs, which have fresh seeds. "alone"
confirms the best trial by as many runs as it takes, 30 of each at most; a race begins with the best few.
"""

from __future__ import annotations

import argparse
import multiprocessing
from functools import partial

import numpy as np

from sweep.analysis.anytime import standing
from sweep.analysis.race import race
from sweep.analysis.verdict import ALPHA, verdicts

TRIALS = 24
WINNER = 7
MOST = 30
FIXED = 7

Outcome = tuple[bool, bool, int]
"""Whether the true winner was called better, whether any trial was, and the number of runs."""


def sweep(seed: int, top: int, better: float, *, fixed: bool = False) -> Outcome:
    """One search and its confirmation; a fixed number of runs as `confirm` makes them without --until-sure."""
    rng = np.random.default_rng([seed, top])
    true = np.zeros(TRIALS)
    true[WINNER] = better
    scores = true + rng.standard_normal(TRIALS)
    picked = [int(number) for number in np.argsort(-scores) if number != 0][:top]
    ours = {number: list(true[number] + rng.standard_normal(MOST)) for number in picked}
    baseline = list(rng.standard_normal(MOST))
    if fixed:
        compared = verdicts({number: one[:FIXED] for number, one in ours.items()}, baseline[:FIXED])
        better_ones = [number for number, one in compared.items() if one.outcome == "better"]
        return WINNER in better_ones, bool(better_ones), FIXED * (top + 1)
    if top == 1:
        stands = standing(ours[picked[0]], baseline)
        return _outcome([picked[0]] if stands.outcome == "better" else [], 2 * (stands.decided_after or MOST))
    return _raced(ours, baseline, ALPHA / top)


def _raced(ours: dict[int, list[float]], baseline: list[float], alpha: float) -> Outcome:
    running, runs = list(ours), 0
    for pairs in range(1, MOST + 1):
        runs += len(running) + 1
        stands = race({number: one[:pairs] for number, one in ours.items()}, baseline[:pairs], alpha=alpha)
        running = list(stands.running)
        if not running:
            break
    ended = [number for number in ours if number not in running and number not in stands.left]
    better = [n for n in ended if standing(ours[n][:pairs], baseline[:pairs], alpha=alpha).outcome == "better"]
    return _outcome(better, runs)


def _outcome(better: list[int], runs: int) -> Outcome:
    return WINNER in better, bool(better), runs


def main() -> None:
    """Print one line for each way to confirm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=int, default=4000)
    parser.add_argument("--better", type=float, default=2.0)
    parser.add_argument("--processes", type=int, default=2)
    flags = parser.parse_args()
    ways = [("7 runs of each", 1, True), ("alone", 1, False), *((f"race of {top}", top, False) for top in (2, 3, 4, 6))]
    print(f"{flags.sweeps:,} sweeps of {TRIALS}; one better by {flags.better:g} sd | all equal")
    with multiprocessing.Pool(flags.processes) as pool:
        for name, top, fixed in ways:
            one = partial(sweep, top=top, better=flags.better, fixed=fixed)
            none = partial(sweep, top=top, better=0.0, fixed=fixed)
            share, _, runs = np.mean(pool.map(one, range(flags.sweeps), 50), axis=0)
            _, wrong, equal_runs = np.mean(pool.map(none, range(flags.sweeps), 50), axis=0)
            equal = f"called {wrong:.4f} runs {equal_runs:.1f}"
            print(f"  {name:<15} found {share:.3f} runs {runs:.1f} | {equal}", flush=True)


if __name__ == "__main__":
    main()
