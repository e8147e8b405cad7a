"""What is settled for a whole study: the code that trains it. Its precision is tested with the ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import NAME, complete, measurement, opened

from sweep.analysis.leaderboard import OTHER_CODE, board
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.study.ledger import Ledger
from sweep.study.records import MODEL, read_study
from sweep.study.settlements import Settlements
from sweep.training.environment import MODEL_CODE
from sweep.training.messages import TrialSpec


def taken(ledger: Ledger) -> TrialSpec:
    spec = ledger.next_trial()
    assert spec is not None
    return spec


def trained_by(ledger: Ledger, model_sha256: str) -> None:
    """Complete a trial that was trained with this model function."""
    spec = taken(ledger)
    for step in (50, 100):
        ledger.report(spec.number, measurement(step, environment=json.dumps({MODEL_CODE: model_sha256})))
    ledger.complete(spec.number, measurement(100))


def test_a_study_goes_on_with_other_code_only_if_that_is_accepted_and_then_marks_what_the_old_code_trained(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as ledger:
        ledger.settle_code({MODEL: "1:" + "a" * 64})
        trained_by(ledger, "1:" + "a" * 64)
    with opened(tmp_path) as ledger:
        ledger.settle_code({MODEL: "1:" + "a" * 64})
        with pytest.raises(InputError, match="its model function, or code of yours that it uses, has changed"):
            ledger.settle_code({MODEL: "1:" + "b" * 64})
        assert ledger.record().code == {MODEL: "1:" + "a" * 64}
        ledger.settle_code({MODEL: "1:" + "b" * 64}, accept_changes=True)
        trained_by(ledger, "1:" + "b" * 64)
        ledger.settle_code({MODEL: "1:" + "b" * 64})
    study = read_study(tmp_path, NAME)
    assert [study.by_other_code(trial) for trial in study.trials[:2]] == [True, False]
    assert board(Analysis(study)).set_index("trial")["error"][[0, 1]].tolist() == [OTHER_CODE, ""]


def test_a_study_that_never_wrote_its_code_down_takes_what_comes(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger))
    with opened(tmp_path) as ledger:
        ledger.settle_code({MODEL: "1:" + "a" * 64})
    study = read_study(tmp_path, NAME)
    assert not study.by_other_code(study.trials[0])


def test_what_is_settled_is_written_once() -> None:
    written: list[str] = []

    class Study:
        user_attrs: dict[str, object] = {}  # noqa: RUF012

        def set_user_attr(self, name: str, value: object) -> None:
            written.append(name)
            self.user_attrs[name] = value

    settlements = Settlements(Study())  # type: ignore[arg-type]
    for _ in range(3):
        settlements.code({MODEL: "1:" + "a" * 64})
        assert settlements.precision("auto", "float32") == "float32"
    assert written == ["sweep:code", "sweep:precision"]
