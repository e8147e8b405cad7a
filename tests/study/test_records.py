"""What the ledger says of its trials, as plain records."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import NAME, hand_made_study, mixed_study, trial_record

from sweep.errors import InputError
from sweep.study.records import find_trial, read_study


def test_the_difference_is_to_the_baselines_test_accuracy() -> None:
    study = hand_made_study(trial_record(0), trial_record(1, test_accuracy=0.6), trial_record(2, "FAIL"))
    assert study.vs_baseline(study.trials[1]) == pytest.approx(0.11)
    assert study.vs_baseline(study.trials[0]) == 0
    assert study.vs_baseline(study.trials[2]) is None
    unmeasured = hand_made_study(trial_record(0, "RUNNING"), trial_record(1))
    assert unmeasured.vs_baseline(unmeasured.trials[1]) is None


def test_a_trial_that_is_not_there_is_told_the_range(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    for number in (6, -1, 99):
        with pytest.raises(InputError, match=f"has trials 0 to 5, but no trial {number}"):
            find_trial(study, number)


def test_a_study_that_is_not_there_is_told_which_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none yet"):
        read_study(tmp_path / "nowhere", NAME)
    mixed_study(tmp_path)
    for name in ("other", "", "..", "tiny/journal.log"):
        with pytest.raises(InputError, match="there are: tiny"):
            read_study(tmp_path, name)
