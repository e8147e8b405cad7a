"""Which images each training step sees: one seeded stream of indices, the same wherever a trial is picked up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def total_steps(images: int, batch_size: int, epochs: int) -> int:
    """Training steps of a whole trial: as many full batches as come nearest to `epochs` passes over the images."""
    return max(1, round(images * epochs / batch_size))


def steps_until(percent: int, total: int) -> int:
    """How many of `total` steps are done at a rung; one at least."""
    return max(1, round(total * percent / 100))


def batches(images: int, batch_size: int, start: int, stop: int, seed: int) -> NDArray[np.int32]:
    """The indices of steps `start` to `stop`.

    The stream is one permutation of all images after another, each from (seed, pass), cut into full batches:
    every image is seen once a pass, and no batch is smaller than the others.

    Args:
        images: how many there are.
        batch_size: images a step.
        start: the first step.
        stop: the step after the last.
        seed: the trial's.

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
