"""What a study keeps of the environments that trained it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import optuna
import pytest
from builders import NAME, complete, measurement, mixed_study, opened, prune

from sweep import __version__
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.study import schema
from sweep.study.records import read_study
from sweep.study.storage.journal import load_study


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
    environment = json.dumps({"keras": "3.15", "processor": "a unique processor"})
    with opened(tmp_path) as ledger:
        while (spec := ledger.next_trial()) is not None:
            for step in (50, 100):
                ledger.report(spec.number, measurement(step, environment=environment))
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


def test_names_in_journals_that_are_there_keep_their_meaning() -> None:
    names = {name: value for name, value in vars(schema).items() if name.isupper()}
    assert names == {
        "DEFINITION": "sweep:definition",
        "VERSION": "sweep:version",
        "CODE": "sweep:code",
        "ORIGIN": "sweep:origin",
        "PRECISION": "sweep:precision",
        "ENVIRONMENTS": "sweep:environments",
        "CONFIRMING": "sweep:confirm:",
        "CONFIRM_SEEDS": "sweep:confirm_seeds",
        "UNTIL_SURE": "sweep:until_sure",
        "ADDED": "sweep:added",
        "ENQUEUED": "sweep:enqueued",
        "EXHAUSTED": "sweep:exhausted",
        "INGREDIENTS": "ingredients",
        "RETRY_OF": "retry_of",
        "HISTORY": "history:",
        "PRUNED_AT": "pruned_at",
        "WORKERS_LOST": "workers_lost",
        "CURVE_POINT": ("step", "epochs", "seconds"),
    }
    others = [value for name, value in names.items() if name not in ("CONFIRMING", "CURVE_POINT")]
    assert not [value for value in others if value.startswith(schema.CONFIRMING)]  # none is taken for a run


def test_an_environment_is_entered_once_and_known_by_its_place_whatever_the_order_of_its_names() -> None:
    study = optuna.create_study()
    assert schema.environment_index('{"keras": "3.14", "threads": "1"}', study) == 0
    assert schema.environment_index('{"keras": "3.15", "threads": "1"}', study) == 1
    assert schema.environment_index('{"threads": "1", "keras": "3.14"}', study) == 0
    assert study.user_attrs[schema.ENVIRONMENTS] == [
        {"keras": "3.14", "threads": "1"},
        {"keras": "3.15", "threads": "1"},
    ]


def test_what_is_written_into_a_journal_has_only_these_names(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.settle_precision("auto", "float32")
        for _ in range(2):
            spec = ledger.next_trial()
            assert spec is not None
            complete(ledger, spec)
    study = load_study(ledger.folder.journal)
    assert study is not None
    assert set(study.user_attrs) == {schema.VERSION, schema.DEFINITION, schema.PRECISION}
    names = {*schema.CURVE_POINT, "val_accuracy", "val_loss"}
    assert all(set(point) == names for trial in study.trials for point in trial.user_attrs.get("curve", []))
    assert len(study.trials[1].user_attrs["curve"]) == 2


def rewritten(results: Path, old: str, new: str) -> None:
    """Change what a journal says."""
    journal = results / NAME / "journal.log"
    text = journal.read_text()
    assert old in text
    journal.write_text(text.replace(old, new))


def test_what_a_later_version_wrote_besides_is_passed_over(tmp_path: Path) -> None:
    before = mixed_study(tmp_path)
    rewritten(tmp_path, '"sweep:definition":{', '"sweep:definition":{"of_tomorrow":[1],')
    assert read_study(tmp_path, NAME) == before


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"epochs":5,"objective"', '"epochs":"five","objective"', "epochs is 'five'"),
        ('"seed":0,"steps"', '"seed":null,"steps"', "seed is None"),
        ('"objective":"val_accuracy",', "", "must be whole"),
        (f'"sweep:version":"{__version__}"', '"sweep:version":"9.1.0"', "sweep 9.1.0 wrote it, and this is"),
        ('"parameters":1234', '"parameters":"many"', "parameters is 'many'"),
        ('"curve":[{', '"curve":["a",{', "curve is ['a', {"),
        ('"epochs":2.5,"val_accuracy":0.9,', '"epochs":2.5,"val_accuracy":"high",', "'val_accuracy': 'high'"),
        ('"steps":[50,100]', '"steps":[50,"all"]', "steps is [50, 'all']"),
    ],
)
def test_a_journal_that_was_edited_or_comes_from_the_future_is_one_message(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    mixed_study(tmp_path)
    rewritten(tmp_path, old, new)
    with pytest.raises(InputError, match=re.escape(says)):
        Analysis(read_study(tmp_path, NAME)).ranks  # noqa: B018
