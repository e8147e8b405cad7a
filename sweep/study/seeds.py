"""The seeds of trials, confirming runs and the sampler, all derived from a study's one seed."""

from __future__ import annotations

import numpy as np


def trial_seed(study_seed: int, number: int) -> int:
    """The seed of a trial: 32 bits, derived from the study's seed and the trial's number."""
    return int(np.random.SeedSequence([study_seed, number]).generate_state(1)[0])


def confirming_seed(study_seed: int, number: int, index: int) -> int:
    """The seed of a trial's confirming run, by the run's index: 32 bits, derived apart from those of the search."""
    return int(np.random.SeedSequence([study_seed, number, index, 2]).generate_state(1)[0])


def sampler_seed(study_seed: int, trials: int) -> int:
    """The sampler's seed for a study that has `trials` trials: a resumed study must not draw its first ones again."""
    return int(np.random.SeedSequence([study_seed, trials, 1]).generate_state(1)[0])
