"""Why a trial was pruned: the rung, and its place there."""

from __future__ import annotations

from builders import completed, hand_made_study, measurement, trial_record

from sweep.analysis.pruned_place import PrunedPlace, pruned_place
from sweep.study.records import TrialRecord


def at(number: int, accuracy: float, *steps: int, state: str = "PRUNED") -> TrialRecord:
    return trial_record(number, state, curve=[measurement(step, accuracy).point for step in steps])


def test_its_place_is_among_all_that_were_measured_at_the_same_rung() -> None:
    study = hand_made_study(
        at(0, 0.9, 10, 50, state="RUNNING"),
        at(1, 0.5, 10),
        at(2, 0.7, 10),
        at(3, 0.2, 10, 50),
        completed(4, 0.99),  # its curve has no point there
    )
    places = {n: pruned_place(study.definition, study.trials[n], study.trials) for n in (1, 2, 3)}
    assert places == {1: PrunedPlace(10, 3, 4), 2: PrunedPlace(10, 2, 4), 3: PrunedPlace(50, 2, 2)}


def test_of_a_loss_the_smaller_is_the_better_place_and_equals_share_one() -> None:
    trials = [at(0, 0.9, 10), at(1, 0.5, 10), at(2, 0.5, 10)]
    study = hand_made_study(*trials, objective="val_loss", direction="minimize")
    places = [pruned_place(study.definition, trial, study.trials) for trial in study.trials]
    assert places == [PrunedPlace(10, 1, 3), PrunedPlace(10, 2, 3), PrunedPlace(10, 2, 3)]


def test_a_trial_that_was_never_measured_has_no_place() -> None:
    study = hand_made_study(completed(0, 0.9), trial_record(1, "PRUNED", error="too large"))
    assert pruned_place(study.definition, study.trials[1], study.trials) is None
