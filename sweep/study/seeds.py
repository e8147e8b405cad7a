"""Seeds, all derived from a study's one seed."""

from __future__ import annotations

import numpy as np


def trial_seed(study_seed: int, number: int) -> int:
    """The seed of one trial: 32 bits, its own for every study seed and trial number."""
    return int(np.random.SeedSequence([study_seed, number]).generate_state(1)[0])


def confirming_seed(study_seed: int, number: int, index: int) -> int:
    """The seed of a trial's run by that index to confirm it: 32 bits, none that the search drew."""
    return int(np.random.SeedSequence([study_seed, number, index, 2]).generate_state(1)[0])


def sampler_seed(study_seed: int, trials: int) -> int:
    """The sampler's seed when a study with so many trials is opened: going on must not draw the first ones again."""
    return int(np.random.SeedSequence([study_seed, trials, 1]).generate_state(1)[0])
