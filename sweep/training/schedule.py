"""The learning rate of each training step of a trial, as Keras's own schedules have it."""

from __future__ import annotations

from keras.optimizers.schedules import CosineDecay, LearningRateSchedule

from sweep.training.network import Network

ONECYCLE_WARMUP = 0.3
"""Share of the steps in which the rate of "onecycle" rises, unless `warmup` says otherwise."""
ONECYCLE_RISE = 25.0
"""The rate of "onecycle" begins at this part of its highest."""


def schedule(network: Network, rate: float, steps: int) -> LearningRateSchedule | None:
    """The schedule of a network's learning rate; None if the rate stays as it is.

    All are one kind of Keras's own, so that a saved model loads without `sweep`: the rate rises in a line, then falls
    along a cosine to 0, or stays where it is constant. "onecycle" is that of Smith & Topin (arXiv:1708.07120), falling
    along the cosine of PyTorch and fastai; momentum stays as it is.

    Args:
        network: says which.
        rate: the highest rate.
        steps: training steps that it spans.
    """
    share = network.warmup
    if share is None:
        share = ONECYCLE_WARMUP if network.schedule == "onecycle" else 0.0
    warmup = min(round(share * steps), steps - 1)
    if network.schedule == "constant" and not warmup:
        return None
    first = rate / ONECYCLE_RISE if network.schedule == "onecycle" else 0.0
    return CosineDecay(
        initial_learning_rate=first if warmup else rate,
        decay_steps=steps - warmup,
        alpha=1.0 if network.schedule == "constant" else 0.0,
        warmup_target=rate if warmup else None,
        warmup_steps=warmup,
    )
