"""Which images each training step sees: one seeded stream of indices, the same wherever a trial is resumed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def total_steps(images: int, batch_size: int, epochs: int) -> int:
    """Number of training steps of a whole trial: the full batches nearest to `epochs` passes over the images."""
    return max(1, round(images * epochs / batch_size))


def steps_until(percent: int, total: int) -> int:
    """Number of a trial's `total` training steps that are done at `percent` of its budget; at least one."""
    return max(1, round(total * percent / 100))


def rung_ends(steps: Sequence[int], total: int, epochs: int, budget: int) -> list[tuple[int, int]]:
    """A trial's rungs, those that it reaches before its end and its end, and the training steps done at each.

    Args:
        steps: percents of the budget, rising and ending with 100.
        total: number of the trial's training steps.
        epochs: the trial's epochs, after which it counts as 100 percent.
        budget: epochs of a trial that has none of its own.
    """
    whole = round(total * budget / epochs)
    before = [(step, steps_until(step, whole)) for step in steps if step * budget < 100 * epochs]
    return [*before, (100, total)]


def epoch_ends(images: int, batch_size: int, epochs: int) -> list[int]:
    """Number of training steps that are done at the end of each epoch; the last is that of a whole trial."""
    ends = [round(images * epoch / batch_size) for epoch in range(1, epochs)]
    return [*ends, total_steps(images, batch_size, epochs)]


def batches(images: int, batch_size: int, start: int, stop: int, seed: int) -> NDArray[np.int32]:
    """The indices of the images that training steps `start` to `stop` see.

    The stream is one permutation of all images after another, each from (seed, pass), cut into full batches:
    every image is seen once per pass, and no batch is smaller than the others.

    Args:
        images: number of training images.
        batch_size: images per step.
        start: first step, counted from 0.
        stop: step after the last one.
        seed: seed of the trial.

    Returns:
        Array of shape (stop - start, batch_size), int32.
    """
    if start == stop:
        return np.empty((0, batch_size), np.int32)
    first, last = start * batch_size, stop * batch_size
    passes = range(first // images, -(-last // images))
    stream = np.concatenate(
        [np.random.default_rng([seed, index]).permutation(images).astype(np.int32) for index in passes]
    )
    offset = first - passes.start * images
    return stream[offset : offset + last - first].reshape(stop - start, batch_size)
