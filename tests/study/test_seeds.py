"""All seeds come from a study's one seed, and no two are the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sweep.study.seeds import confirming_seed, sampler_seed, trial_seed


def test_seeds_stay_what_they_were_so_that_old_studies_can_go_on() -> None:
    assert (trial_seed(0, 0), trial_seed(0, 1), sampler_seed(0, 1)) == (2968811710, 3964924996, 901243215)
    assert (confirming_seed(0, 0, 0), confirming_seed(0, 1, 2)) == (1201711368, 1681285874)


def test_trials_and_studies_have_their_own_seeds() -> None:
    seeds = {trial_seed(study, number) for study in range(20) for number in range(200)}
    assert len(seeds) == 20 * 200


def test_the_sampler_goes_on_with_another_seed_at_every_number_of_trials() -> None:
    seeds = [sampler_seed(study, trials) for study in range(20) for trials in range(200)]
    assert len(set(seeds)) == len(seeds)


@given(study=st.integers(0, 2**70), number=st.integers(0, 2**40))
def test_a_seed_is_a_whole_number_of_32_bits(study: int, number: int) -> None:
    for seed in (trial_seed(study, number), sampler_seed(study, number), confirming_seed(study, number, 0)):
        assert isinstance(seed, int)
        assert 0 <= seed < 2**32
