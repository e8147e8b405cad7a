"""How often a verdict that is looked at after every pair of runs is wrong, and after how many pairs it is there.

    python tests/benchmarks/until_sure.py [--sequences 40000] [--processes 2]

Nothing is trained: the scores of runs are random numbers, and the verdict on them is that of the program. It prints a
table of how often it is decided though the two are equal, and one of how many pairs a true difference takes.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sweep.analysis.anytime import Standing, standing

LOOKS = 50
MOST = 30
CHUNK = 500

Scores = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Scores]


def normal(rng: np.random.Generator, shape: tuple[int, int], sd: float = 1.0) -> Scores:
    return sd * rng.standard_normal(shape)


def of_images(rng: np.random.Generator, shape: tuple[int, int], images: int, accuracy: float, sd: float) -> Scores:
    """Accuracies that differ by seed, as shares of some images."""
    return np.round(images * (accuracy + sd * rng.standard_normal(shape))).clip(0, images) / images


def right_answers(rng: np.random.Generator, shape: tuple[int, int], images: int, accuracy: float) -> Scores:
    return rng.binomial(images, accuracy, shape) / images


def heavy_tails(rng: np.random.Generator, shape: tuple[int, int]) -> Scores:
    return rng.standard_t(3, shape)


def skewed(rng: np.random.Generator, shape: tuple[int, int]) -> Scores:
    return np.exp(rng.standard_normal(shape)) - np.exp(0.5)


def nothing(rng: np.random.Generator, shape: tuple[int, int]) -> Scores:
    return np.zeros(shape)


EQUAL: dict[str, tuple[Draw, Draw]] = {
    "normal, sd 1 and 1": (normal, normal),
    "normal, sd 1 and 4": (normal, partial(normal, sd=4.0)),
    "normal, sd 0 and 1": (nothing, normal),
    "10,000 images, sd 0.1 points": (partial(of_images, images=10_000, accuracy=0.99, sd=0.001),) * 2,
    "10,000 images, sd 0.02 points": (partial(of_images, images=10_000, accuracy=0.99, sd=0.0002),) * 2,
    "297 images, sd 0.5 points": (partial(of_images, images=297, accuracy=0.95, sd=0.005),) * 2,
    "20 images, binomial, 95 %": (partial(right_answers, images=20, accuracy=0.95),) * 2,
    "t with 3 degrees of freedom": (heavy_tails, heavy_tails),
    "both lognormal": (skewed, skewed),
    "one lognormal, one constant": (skewed, nothing),
}
"""Pairs of configurations with the same mean, by what their scores are like."""

APART = ((0.5, 0.0), (1.0, 0.0), (1.5, 0.0), (2.0, 0.0), (3.0, 0.0), (0.0, 1.0), (0.0, 1.5), (0.0, 2.0))
"""True differences with a margin, both in sd of one run."""


@dataclass(frozen=True)
class Task:
    """Sequences that a process draws: what both sides are like, the true difference, the margin, and the seed."""

    ours: Draw
    theirs: Draw
    difference: float
    margin: float
    looks: int
    seed: int

    def __call__(self) -> list[Standing]:
        rng = np.random.default_rng(self.seed)
        ours = self.ours(rng, (CHUNK, self.looks)) + self.difference
        theirs = self.theirs(rng, (CHUNK, self.looks))
        return [standing(list(one), list(other), margin=self.margin) for one, other in zip(ours, theirs, strict=True)]


def run(task: Task) -> list[Standing]:
    return task()


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=40_000)
    parser.add_argument("--processes", type=int, default=2)
    flags = parser.parse_args()
    seeds = range(max(1, flags.sequences // CHUNK))
    with multiprocessing.Pool(flags.processes) as pool:
        print(
            f"equal configurations, {len(seeds) * CHUNK:,} sequences: decided in {LOOKS} looks; interval holds 0 in all"
        )
        for name, (ours, theirs) in EQUAL.items():
            tasks = [Task(ours, theirs, 0.0, 0.0, LOOKS, seed) for seed in seeds]
            stands = [one for chunk in pool.imap(run, tasks) for one in chunk]
            held = [not one.comparison or one.comparison.low <= 0 <= one.comparison.high for one in stands]
            print(f"  {name:<32} {np.mean([one.outcome is not None for one in stands]):.4f}  {np.mean(held):.4f}")
        print(
            f"normal, sd 1 and 1, at most {MOST} pairs: decided; mean and median pairs; wrong; interval holds the truth"
        )
        for difference, margin in APART:
            tasks = [Task(normal, normal, difference, margin, MOST, seed) for seed in seeds]
            stands = [one for chunk in pool.imap(run, tasks) for one in chunk]
            pairs = [one.decided_after or MOST for one in stands]
            wrong = {"worse", "equivalent" if difference > margin else "better" if difference == 0 else ""}
            called = [one.outcome in wrong for one in stands]
            held = [not one.comparison or one.comparison.low <= difference <= one.comparison.high for one in stands]
            decided = np.mean([one.outcome is not None for one in stands])
            means = (
                f"{decided:.3f}  {np.mean(pairs):.1f} {np.median(pairs):.0f}  {np.mean(called):.4f} {np.mean(held):.4f}"
            )
            print(f"  difference {difference:g}, margin {margin:g}: {means}")


if __name__ == "__main__":
    main()
