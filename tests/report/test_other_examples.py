"""What is said of other examples than those of the test set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import NAME, scored, study_by
from confirmed import BASELINE, OURS, answers, with_answers, with_runs

from sweep.analysis.study_analysis import Analysis
from sweep.cli.leaderboard import leaderboard
from sweep.cli.show import show
from sweep.report.console import console
from sweep.report.figures.verdict import in_words
from sweep.report.findings import print_verdicts
from sweep.report.html.answer import answer_of
from sweep.report.html.head import answer_section
from sweep.report.html.plots import Plots
from sweep.report.other_examples import on_other_examples, on_others
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.predictions import pack_losses

UNKNOWN = "How it is on other images than these is not known: what confirm-0000-00 predicted was not kept."


def kept(results: Path, gain: float = 0.5, seed: int = 0) -> Analysis:
    """Trial 1 against the baseline, in four runs each on 200 images; it is wrong by so much less often."""
    rng, wrong = np.random.default_rng(seed), np.linspace(0, 0.6, 200) ** 2
    rows = {0: answers(rng, 4, wrong), 1: answers(rng, 4, wrong * (1 - gain))}
    return Analysis(*with_answers(results, rows))


def old(results: Path) -> Analysis:
    """A study whose confirming runs kept no predictions, and which confirmed two trials."""
    return Analysis(with_runs(results, t0=BASELINE, t1=OURS, t2=OURS), StudyFolder(results, NAME))


def text_of(analysis: Analysis) -> str:
    interval = analysis.other_examples.intervals[1]
    return f"{100 * interval.low:+.2f} to {100 * interval.high:+.2f}"


def verdicts_of(analysis: Analysis) -> list[str]:
    out = console()
    with out.capture() as heard:
        print_verdicts(out, analysis)
    return heard.get().splitlines()


def test_the_interval_stands_under_the_verdict(tmp_path: Path) -> None:
    analysis = kept(tmp_path)
    line = (
        "On other images of the same kind as these 200, and with other seeds, trial 1 differs by "
        f"{text_of(analysis)} points (95 % interval)."
    )
    assert on_other_examples(analysis) == [line]
    lines = verdicts_of(analysis)
    assert lines[lines.index(line) - 1].startswith("Trial 1 is better than the baseline on these test images")


def test_a_difference_that_may_be_of_these_images_alone_is_called_that(tmp_path: Path) -> None:
    right = np.ones((2, 4, 200), bool)
    right[0, :, :4] = False
    right[0, 0, 4] = right[1, :2, 9] = False
    analysis = Analysis(*with_answers(tmp_path, dict(enumerate(right))))
    verdict = analysis.confirmations[1].verdict
    assert verdict is not None
    assert verdict.outcome == "better"
    assert on_others(analysis, 1).endswith("(95 % interval): that it is better there, too, is not shown.")


def test_a_tie_is_a_tie_without_more_words(tmp_path: Path) -> None:
    analysis = kept(tmp_path, gain=0.0, seed=1)
    verdict = analysis.confirmations[1].verdict
    assert verdict is not None
    assert verdict.outcome == "tied"
    assert on_others(analysis, 1).endswith("points (95 % interval).")


def test_why_it_is_not_known_is_said_once_and_nothing_where_there_is_no_verdict(tmp_path: Path) -> None:
    analysis = old(tmp_path)
    assert on_other_examples(analysis) == [UNKNOWN]
    assert verdicts_of(analysis).count(UNKNOWN) == 1
    assert on_others(analysis, 0) == on_others(analysis, 3) == ""


def test_an_error_is_told_in_its_own_unit(tmp_path: Path) -> None:
    losses = np.random.default_rng(0).gamma([[[3.0]], [[2.0]]], 1.0, (2, 3, 80)).astype(np.float32)
    runs = {number: [float(row.mean()) for row in rows] for number, rows in enumerate(losses)}
    study, folder = study_by(scored(0, 3.0), scored(1, 2.0), runs=runs), StudyFolder(tmp_path, NAME)
    (folder.path / "predictions").mkdir(parents=True)
    for run in study.confirming:
        folder.predictions(run.stem).write_bytes(pack_losses(losses[run.trial][run.index]))
    line = on_others(Analysis(study, folder), 1)
    assert line.startswith("On other examples of the same kind as these 80, and with other seeds, trial 1 differs by -")
    assert line.endswith(" mae (95 % interval).")


@pytest.mark.parametrize("make", [kept, old])
def test_show_and_the_board_have_the_same_sentence(tmp_path: Path, capsys: Any, make: Any) -> None:
    line = on_others(make(tmp_path), 1)
    show(tmp_path, NAME, 1)
    assert capsys.readouterr().out.splitlines().count(line) == 1
    show(tmp_path, NAME, 0)
    assert "On other" not in capsys.readouterr().out
    leaderboard(tmp_path, NAME, "table", None, None)
    assert capsys.readouterr().out.splitlines().count(line) == 1


def test_the_report_has_it_among_the_facts_below_them_and_in_the_forest_plots_words(tmp_path: Path) -> None:
    analysis = kept(tmp_path)
    assert answer_of(analysis).facts["95 %, other images, too"] == text_of(analysis)
    assert f"<p>{on_others(analysis, 1)}</p>" in answer_section(analysis, Plots())
    assert in_words(analysis).endswith(on_others(analysis, 1))


def test_a_report_without_it_says_why_and_has_no_empty_fact(tmp_path: Path) -> None:
    analysis = old(tmp_path)
    assert list(answer_of(analysis).facts) == ["difference", "95 % interval", "p (Holm)", "seeds a side"]
    assert answer_section(analysis, Plots()).count(f"<p>{UNKNOWN}</p>") == 1
