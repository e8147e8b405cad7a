"""What commands print on terminals from 40 to 200 columns: whole, whatever the width."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from builders import NAME
from click.testing import Result
from confirmed import BASELINE, OURS, with_runs
from screens import screen, standing
from typer.testing import CliRunner

from sweep.analysis.study_analysis import Analysis
from sweep.cli.app import app
from sweep.cli.check import estimates_table
from sweep.report.findings import print_verdicts
from sweep.report.format import changed, percent, points, short
from sweep.report.summary import print_summary
from sweep.study.records import StudyRecord, TrialRecord, read_study
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import Estimate

WIDTHS = pytest.mark.parametrize("width", [40, 50, 60, 80, 200])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with a study of six trials, two of them confirmed beside the baseline."""
    folder = tmp_path_factory.mktemp("results")
    with_runs(folder, t0=BASELINE, t1=OURS, t2=BASELINE)
    return folder


def printed(results: Path, width: int, *words: object) -> list[str]:
    """The lines that a command prints on a terminal of some width."""
    terminal = {"FORCE_COLOR": "1", "COLUMNS": str(width), "TERM": "xterm"}
    command = [*map(str, words), "--results", str(results)]
    result: Result = CliRunner().invoke(app, command, env=terminal)
    assert result.exit_code == 0, result.output
    assert "\x1b" in result.stdout
    return standing(result.stdout)


def whole(lines: list[str], width: int) -> str:
    """The text of lines that are no wider than the terminal and not cut."""
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    return " ".join(" ".join(lines).split())


def scores(trial: TrialRecord) -> list[str]:
    return [text for text in (percent(trial.last.get("val_accuracy")), percent(trial.test.get("accuracy"))) if text]


def row_of(text: str, study: StudyRecord, trial: TrialRecord) -> None:
    """Fail unless a board has a trial's number, scores and params, one after the other."""
    params = "the baseline" if trial.is_baseline else changed(trial.params, study.definition.baseline)
    parts = [str(trial.number), trial.state, *scores(trial), *(trial.error or params).split()]
    assert re.search(r"(?<!\S)" + ".*? ".join(map(re.escape, parts)), text), parts


def verdicts_in(text: str, study: StudyRecord) -> None:
    """Fail unless a text has all that was confirmed, with its numbers and the verdict."""
    for number, result in Analysis(study).confirmations.items():
        parts = [str(number), percent(result.mean), percent(result.sd), f"{result.made} of {result.planned}"]
        if result.verdict:
            against = result.verdict.comparison
            parts += [points(against.difference), f"{points(against.low)} to {points(against.high)}"]
            parts += [f"{result.verdict.p_holm:.3f}", result.verdict.outcome]
        assert re.search(r"\b" + ".*?".join(map(re.escape, parts)), text), (parts, text)


@WIDTHS
def test_the_leaderboard_has_every_trial_its_scores_its_params_and_each_verdict(results: Path, width: int) -> None:
    study = read_study(results, NAME)
    text = whole(printed(results, width, "leaderboard", NAME), width)
    for trial in study.trials:
        row_of(text, study, trial)
    for heading in ("trial", "val %", "test %", "mean test %", "difference", "95 % interval", "p (Holm)", "verdict"):
        assert heading in text
    verdicts_in(text, study)


@WIDTHS
def test_the_end_of_a_run_and_of_confirm_has_them_too(results: Path, width: int) -> None:
    study = read_study(results, NAME)
    out, text = screen(terminal=True, width=width)
    print_summary(out, Analysis(study), StudyFolder(Path("results"), NAME))
    summary = whole(standing(text.getvalue()), width)
    for trial in study.trials[:3]:
        row_of(summary, study, trial)
    verdicts_in(summary, study)
    out, text = screen(terminal=True, width=width)
    print_verdicts(out, Analysis(study))
    verdicts_in(whole(standing(text.getvalue()), width), study)


@WIDTHS
def test_show_has_all_of_a_trial_its_curve_and_its_confirming_runs(results: Path, width: int) -> None:
    study = read_study(results, NAME)
    trial = study.trials[1]
    text = whole(printed(results, width, "show", NAME, 1), width)
    for part in (*map(str, trial.params.values()), *scores(trial), str(trial.seed), str(trial.node)):
        assert re.search(rf"(?<!\S){re.escape(part)}(?!\S)", text), part
    for point in trial.curve:
        assert f"{point['epochs']:g}" in text
    for run in study.confirming:
        if run.trial == 1:
            assert str(run.seed) in text
            assert percent(run.test.get("accuracy")) in text
    assert re.search(r"learning_rate \S+ +\(baseline: 0.001\)", text)


@WIDTHS
def test_compare_has_both_values_of_all_that_differs_and_both_curves(results: Path, width: int) -> None:
    one, other = (read_study(results, NAME).trials[number] for number in (0, 1))
    text = whole(printed(results, width, "compare", NAME, 0, 1), width)
    for name, value in other.params.items():
        if one.params[name] != value:
            assert re.search(rf"{name} .*?{re.escape(str(one.params[name]))} .*?{re.escape(str(value))}", text)
    for trial in (one, other):
        assert f"trial {trial.number}" in text
        for point in trial.curve:
            assert percent(point["val_accuracy"]) in text
            assert f"{point['val_loss']:.4f}" in text
    assert "+5.00" in text


@WIDTHS
def test_check_has_the_cost_and_the_params_of_every_configuration(width: int) -> None:
    baseline = {"learning_rate": 1e-3, "filters_1": 16, "optimizer": "adam"}
    others = [{**baseline, "learning_rate": 0.00754, "optimizer": "sgd"}, {**baseline, "filters_1": 1024}]
    estimates = [Estimate(93322, 12.3), Estimate(593322, 100.0), Estimate(error="ValueError: too large by far")]
    out, text = screen(terminal=True, width=width)
    out.print(estimates_table([baseline, *others], estimates))
    lines = whole(standing(text.getvalue()), width)
    for part in ("93,322", "12 MB", "the baseline", "593,322", "100 MB", f"learning_rate={short(0.00754)}"):
        assert part in lines
    assert "optimizer=sgd" in lines
    assert re.search("infeasible .*?filters_1=1024: ValueError: too large by far", lines)
