"""Where the winner's model is."""

from __future__ import annotations

from pathlib import Path

from builders import hand_made_study
from searches import BETTER, TIED, searched

from sweep.analysis.selection import winner
from sweep.analysis.study_analysis import Analysis
from sweep.report.html.model import model_facts, model_section
from sweep.study.records import StudyRecord
from sweep.study.storage.folder import StudyFolder


def facts_of(study: StudyRecord, results: Path) -> dict[str, str]:
    analysis = Analysis(study)
    chosen = winner(analysis)
    assert chosen is not None
    return model_facts(analysis, StudyFolder(results, study.name), chosen)


def test_the_winners_model_is_that_of_the_first_confirming_run(tmp_path: Path) -> None:
    file = tmp_path / "tiny" / "models" / "confirm-0005-00.keras"
    assert facts_of(searched(BETTER), tmp_path)["file"] == f"{file}, but it is gone"
    file.parent.mkdir(parents=True)
    file.touch()
    facts = facts_of(searched(BETTER), tmp_path)
    assert facts["file"] == str(file)
    assert facts["which"].startswith("the first confirming run of trial 5, on all training examples")
    assert facts["its test accuracy"] == "94.00 %"
    assert facts["copy it, measured once more"] == f"python -m sweep export tiny --results {tmp_path}"
    assert facts["train its trial again and compare"] == f"python -m sweep reproduce tiny 5 --results {tmp_path}"


def test_where_nothing_is_better_it_is_the_baselines_and_before_a_verdict_the_best_trials() -> None:
    assert facts_of(searched(TIED), Path("results"))["which"].startswith("the first confirming run of the baseline")
    facts = facts_of(searched(), Path("results"))
    assert facts["which"] == "trial 5, the best of the search"
    assert facts["copy it, measured once more"] == "python -m sweep export tiny"


def test_without_a_completed_trial_there_is_no_model() -> None:
    assert "no model yet" in model_section(Analysis(hand_made_study()), StudyFolder(Path("results"), "tiny"))
