"""What a study says, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from builders import by_two_codes, hand_made_study, scored, study_by, trial_record
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
        "The smallest within the noise of the best by validation: trial 2, 98.90 % with 23,000 parameters; "
        "best is trial 1, 99.00 % with 120,000 parameters. "
        "Inference time an image: trial 2 8.0 µs, trial 1 30.0 µs, the baseline 21.0 µs."
    )


def test_where_nothing_cheaper_is_tied_the_best_is_told() -> None:
    study = hand_made_study(measured(0, 0.99, 93_322, None), measured(1, 0.5, 100, None), validation_images=10_000)
    assert told(study) == (
        "No smaller configuration is within the noise of the best by validation: "
        "the baseline, 99.00 % with 93,322 parameters."
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


def heard(study: StudyRecord) -> list[str]:
    """All findings of a study, line by line."""
    out = console()
    with out.capture() as text:
        print_findings(out, Analysis(study))
    return [line for line in text.get().splitlines() if line]


UNKNOWN = (
    "What is luck and what is as good can't be told of mae before `confirm` has measured how much it varies from seed "
    "to seed."
)
ERRORS = (
    scored(0, 3.0, parameters=9000, inference_us=None),
    scored(1, 2.0, parameters=5000, inference_us=None),
    scored(2, 2.1, parameters=1000, inference_us=7.0),
)
RUNS = {0: [3.0, 3.1, 2.9, 3.0], 1: [2.0, 2.1, 1.9, 2.0]}


def test_an_error_that_is_minimized_is_told_in_its_own_unit_and_the_lowest_is_best() -> None:
    pruned = trial_record(3, "PRUNED", curve=[{"step": 50, "epochs": 2.5, "val_mae": 1.0, "seconds": 1.0}])
    luck, cheapest, *table, verdict, _ = heard(study_by(*ERRORS, pruned, runs=RUNS))
    assert luck.startswith(
        "The best of 3 noisy scores is partly luck: mae 2 by validation is worth at least about mae 2.0"
    )
    assert cheapest == (
        "The smallest within the noise of the best by validation: trial 2, mae 2.1 with 1,000 parameters; "
        "best is trial 1, mae 2 with 5,000 parameters. Inference time an example: trial 2 7.0 µs."
    )
    assert table[0].split()[:4] == ["trial", "mean", "test", "mae"]
    assert table[2].split()[:3] == ["1", "2", "0.08165"]
    assert table[2].split()[-1] == "better"
    assert verdict == "Trial 1 is better than the baseline on this test set, by -1 mae."


def test_without_runs_to_measure_it_by_the_noise_of_an_error_is_said_once_to_be_unknown() -> None:
    assert heard(study_by(*ERRORS)) == [UNKNOWN]
    assert heard(study_by(*ERRORS, runs={0: [3.0], 1: [2.0]}))[0] == UNKNOWN
    assert heard(study_by(ERRORS[0])) == []
    both = {"objective": ["parameters", "val_mae"], "direction": ["minimize", "minimize"]}
    assert heard(study_by(*ERRORS, **both)) == [UNKNOWN]
    assert heard(study_by(*ERRORS, objective=["parameters", "seconds"], direction=["minimize"] * 2)) == []


def test_a_metric_that_seeds_do_not_change_is_no_luck() -> None:
    lines = heard(study_by(*ERRORS, runs={0: [3.0, 3.0], 1: [2.0, 2.0]}))
    assert "luck" not in " ".join(lines)
    assert lines[0].startswith("No smaller configuration is within the noise of the best by validation: trial 1, mae 2")


def test_of_a_metric_that_is_maximized_the_highest_is_best() -> None:
    trials = [scored(number, value, "auc", parameters=900 - number) for number, value in enumerate((0.8, 0.9, 0.89))]
    runs = {0: [0.8, 0.82], 1: [0.9, 0.92]}
    luck, cheapest, *_ = heard(study_by(*trials, metric="auc", direction="maximize", runs=runs))
    assert luck.startswith("The best of 3 noisy scores is partly luck: auc 0.9 by validation is worth about auc 0.8")
    assert "trial 2, auc 0.89 with 898 parameters; best is trial 1, auc 0.9 with 899 parameters" in cheapest


def test_of_several_objectives_the_metric_says_what_is_cheaper_and_nothing_of_luck() -> None:
    both = {"objective": ["parameters", "val_mae"], "direction": ["minimize", "minimize"]}
    lines = heard(study_by(*ERRORS, runs=RUNS, **both))
    assert lines[0].startswith("The smallest within the noise of the best by validation: trial 2, mae 2.1")
    assert "luck" not in " ".join(lines)


def test_a_model_of_the_loss_alone_is_told_by_its_loss() -> None:
    trials = [scored(number, value, "loss", inference_us=None) for number, value in enumerate((0.9, 0.5))]
    runs = {0: [0.9, 0.91, 0.92], 1: [0.5, 0.51, 0.52]}
    luck, cheapest, *_, verdict, noise = heard(study_by(*trials, metric="loss", runs=runs))
    assert luck.startswith(
        "The best of 2 noisy scores is partly luck: loss 0.5000 by validation is worth about loss 0.5"
    )
    assert cheapest.endswith("trial 1, loss 0.5000 with 1,234 parameters.")
    assert verdict == "Trial 1 is better than the baseline on this test set, by -0.4000 loss."
    assert noise == (
        "Standard deviation from seed to seed: the baseline 0.0100 loss (95 %: 0.0052 to 0.0628), trial 1 0.0100 loss "
        "(95 %: 0.0052 to 0.0628). With 3 runs a side a difference of 0.0307 loss is found four times in five."
    )


def test_trials_of_another_model_function_are_told() -> None:
    study = hand_made_study(*(measured(number, 0.9, 100) for number in range(3)), validation_images=100)
    assert not any("another version" in line for line in heard(by_two_codes(study)))
    assert heard(by_two_codes(study, 0, 1))[0].startswith("Beware: 2 of 3 trials, the baseline among them, were")
    assert heard(by_two_codes(study, 2))[0].startswith("Beware: 1 of 3 trials was trained by another version")
    assert heard(by_two_codes(study, 0, 1, 2))[0].startswith("Beware: all of these trials were trained by another")


def test_a_smaller_one_that_is_slower_is_said_to_be_so() -> None:
    trials = (measured(0, 0.98, 93_322, 21), measured(1, 0.99, 120_000, 30), measured(2, 0.989, 23_000, 31))
    assert told(hand_made_study(*trials, validation_images=10_000)).endswith(
        "the baseline 21.0 µs: the smaller one is slower."
    )
