"""Which images each training step sees: one seeded stream of indices, the same wherever a trial is resumed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NO_IMAGE = -1
"""Fills up an epoch's last batch where it is smaller than the others."""


def epoch_steps(images: int, batch_size: int) -> int:
    """Number of training steps of an epoch: as many batches as it takes, the last one smaller, as in Keras's `fit`."""
    return -(-images // batch_size)


def total_steps(images: int, batch_size: int, epochs: int) -> int:
    """Number of training steps of a whole trial."""
    return epochs * epoch_steps(images, batch_size)


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
    return [total_steps(images, batch_size, epoch) for epoch in range(1, epochs + 1)]


def batches(images: int, batch_size: int, start: int, stop: int, seed: int) -> NDArray[np.int32]:
    """The indices of the images that training steps `start` to `stop` see.

    Each epoch is a permutation of all images, from (seed, epoch), cut into batches.

    Args:
        images: number of training images.
        batch_size: images per step.
        start: first step, counted from 0.
        stop: step after the last one.
        seed: seed of the trial.

    Returns:
        Array of shape (stop - start, batch_size), int32. The last batch of an epoch ends with `NO_IMAGE`, once for each
        image that it lacks.
    """
    steps = epoch_steps(images, batch_size)
    epochs = range(start // steps, -(-stop // steps))
    rows = np.full((len(epochs), steps * batch_size), NO_IMAGE, np.int32)
    for row, epoch in zip(rows, epochs, strict=True):
        row[:images] = np.random.default_rng([seed, epoch]).permutation(images)
    return rows.reshape(-1, batch_size)[start - epochs.start * steps :][: stop - start]
