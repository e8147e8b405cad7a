"""What a study says, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from builders import hand_made_study, trial_record
from confirmed import BASELINE, OURS, with_runs

from sweep.analysis.study_analysis import Analysis
from sweep.report.console import console
from sweep.report.findings import print_findings, print_verdicts
from sweep.study.records import StudyRecord, TrialRecord


def test_what_was_found_worse_is_no_cheaper_tie(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=OURS, t1=BASELINE)
    study = replace(study, definition=replace(study.definition, validation_images=20))
    out = console()
    with out.capture() as heard:
        print_findings(out, Analysis(study))
    assert "Trial 1 is worse than the baseline on these test images, by -0.27 points." in heard.get()
    assert "best is trial 1" not in heard.get()
    assert "at most about" in heard.get()  # some were pruned


def test_the_table_says_it_in_points(tmp_path: Path, capsys: Any) -> None:
    print_verdicts(console(), Analysis(with_runs(tmp_path, t0=BASELINE, t1=OURS)))
    text = capsys.readouterr().out
    assert "99.25" in text
    assert "+0.27" in text
    assert "better" in text
    assert "the baseline" in text


def told(study: StudyRecord) -> str:
    """What a study says of cost: the line of all its findings that names parameters."""
    out = console()
    with out.capture() as heard:
        print_findings(out, Analysis(study))
    return "".join(line for line in heard.get().splitlines() if "parameters" in line)


def measured(number: int, accuracy: float, parameters: int, inference_us: float | None = 12.5) -> TrialRecord:
    point = {"step": 100, "epochs": 5.0, "val_accuracy": accuracy, "val_loss": 0.1, "seconds": 10.0}
    return trial_record(number, curve=[point], value=accuracy, parameters=parameters, inference_us=inference_us)


def test_the_cheapest_tied_is_told_with_its_cost_and_that_of_the_best_and_the_baseline() -> None:
    trials = (measured(0, 0.98, 93_322, 21), measured(1, 0.99, 120_000, 30), measured(2, 0.989, 23_000, 8))
    study = hand_made_study(*trials, validation_images=10_000)
    assert told(study) == (
        "The cheapest that is tied with the best by validation: trial 2, 98.90 % with 23,000 parameters; "
        "best is trial 1, 99.00 % with 120,000 parameters. "
        "Inference time an image: trial 2 8.0 µs, trial 1 30.0 µs, the baseline 21.0 µs."
    )


def test_where_nothing_cheaper_is_tied_the_best_is_told() -> None:
    study = hand_made_study(measured(0, 0.99, 93_322, None), measured(1, 0.5, 100, None), validation_images=10_000)
    assert told(study) == (
        "No cheaper configuration is tied with the best by validation: the baseline, 99.00 % with 93,322 parameters."
    )


def test_it_is_told_only_where_accuracies_of_two_completed_trials_can_tell() -> None:
    pair, few = (measured(0, 0.99, 100), measured(1, 0.99, 90)), {"validation_images": 100}
    assert told(hand_made_study(pair[0], **few)) == ""
    assert told(hand_made_study(pair[0], trial_record(1, "PRUNED"), **few)) == ""
    assert told(hand_made_study(*pair, objective="val_loss", direction="minimize", **few)) == ""
    both = {"objective": ["parameters", "val_accuracy"], "direction": ["minimize", "maximize"]}
    assert "trial 1" in told(hand_made_study(*pair, **both, **few))


def test_the_test_set_has_no_say() -> None:
    pair, few = (measured(0, 0.99, 100), measured(1, 0.99, 90)), {"validation_images": 100}
    changed = [trial_record(**{**vars(trial), "test_accuracy": trial.number / 2}) for trial in pair]
    assert told(hand_made_study(*changed, **few)) == told(hand_made_study(*pair, **few))
