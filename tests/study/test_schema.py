"""What a study keeps of the environments that trained it."""

from __future__ import annotations

import json
from pathlib import Path

from builders import NAME, complete, measurement, opened, prune

from sweep.study.records import read_study


def test_a_study_run_in_two_sittings_tells_which_trial_ran_in_which(tmp_path: Path) -> None:
    old, new = ({"keras": "3.14"}, {"keras": "3.15"})
    with opened(tmp_path) as ledger:
        first, second, third = (spec for _ in range(3) if (spec := ledger.next_trial()))
        ledger.report(first.number, measurement(50, environment=json.dumps(old)))
        ledger.report(second.number, measurement(50, environment=json.dumps(old)))
        prune(ledger, third)
    with opened(tmp_path) as ledger:
        for _ in range(2):
            spec = ledger.next_trial()
            assert spec is not None
            ledger.report(
                spec.number, measurement(50, environment=json.dumps(new))
            )  # known: what was measured then stays
            if spec.number == second.number:
                ledger.report(spec.number, measurement(100, environment=json.dumps(new)))
                ledger.complete(spec.number, measurement(100))
        fourth = ledger.next_trial()
        assert fourth is not None
        ledger.report(fourth.number, measurement(50, environment=json.dumps(new)))
    study = read_study(tmp_path, NAME)
    assert study.environments == [old, new]
    assert [trial.environments for trial in study.trials] == [[0], [0, 1], [], [1]]


def test_one_environment_is_kept_once_however_many_rungs_and_trials_had_it(tmp_path: Path) -> None:
    told = json.dumps({"keras": "3.15", "processor": "a unique processor"})
    with opened(tmp_path) as ledger:
        while (spec := ledger.next_trial()) is not None:
            for step in (50, 100):
                ledger.report(spec.number, measurement(step, environment=told))
            ledger.complete(spec.number, measurement(100))
        journal = ledger.folder.journal.read_text()
    assert journal.count("a unique processor") == 1
    assert [trial.environments for trial in read_study(tmp_path, NAME).trials] == [[0]] * 4


def test_rungs_that_tell_no_environment_leave_no_trace(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        spec = ledger.next_trial()
        assert spec is not None
        complete(ledger, spec)
    study = read_study(tmp_path, NAME)
    assert (study.environments, study.trials[0].environments) == ([], [])
