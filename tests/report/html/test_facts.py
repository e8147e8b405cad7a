"""Facts of a study as tables."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from builders import hand_made_study
from searches import BETTER, searched

from sweep.analysis.study_analysis import Analysis
from sweep.report.html.facts import (
    changed_sentence,
    cost_facts,
    cost_sentences,
    facts_table,
    params_table,
    provenance,
    tiles,
)
from sweep.study.storage.folder import StudyFolder


def test_the_cost_is_that_of_all_trials_and_runs() -> None:
    assert cost_facts(searched(BETTER)) == {
        "training, all trials": "2:04",
        "by the clock": "1:21",
        "6 confirming runs": "3:00",
        "completed": "6",
        "pruned": "2",
        "failed": "1",
    }


def test_pruning_and_the_contender_are_told_in_sentences() -> None:
    pruning, against = cost_sentences(Analysis(searched()))
    assert pruning == "Pruning ended 2 trials after 1 of their 10 epochs."
    assert against.startswith("Trial 5 and the baseline: 6,000 parameters against 1,000 (6.00 times), 12.5 µs an image")


def test_params_that_differ_from_the_baselines_are_marked() -> None:
    table = params_table(Analysis(searched()))
    assert '<th scope="row">kernel_size</th><td>3</td><td>3</td>' in table
    assert '<th scope="row">filters_1</th><td>16</td><td><mark>32</mark></td>' in table
    assert '<th scope="col">trial 5</th>' in table
    assert "<td>95.00 %</td>" in table


def test_of_several_params_that_differ_none_is_given_the_difference() -> None:
    study = searched()
    assert changed_sentence(Analysis(study)) == (
        "Trial 5 differs from the baseline in 2 params at once (filters_1, learning_rate), so that the difference "
        "can't be put down to one of them."
    )
    study.trials[5].params["learning_rate"] = study.trials[0].params["learning_rate"]
    assert changed_sentence(Analysis(study)) == "Trial 5 differs from the baseline in filters_1 alone."
    assert changed_sentence(Analysis(hand_made_study())) == ""


def test_provenance_comes_from_the_ledger_and_from_run_json(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path, "tiny")
    folder.path.mkdir()
    run = {"command": ["sweep", "run"], "versions": {"keras": "3.15"}, "python": "3.11", "git_commit": "abc",
           "search": {"images": [60000, 10000]},
           "machine": {"node": "here", "processor": "fast"}, "test_evaluations": {"total": 7}}  # fmt: skip
    folder.run_json.write_text(json.dumps(run))
    facts = provenance(searched(), folder)
    assert facts["command of the last run"] == "sweep run"
    assert facts["training examples"] == "60,000, those held out for validation included"
    assert facts["test examples"] == "10,000"
    assert facts["versions"] == "python 3.11, keras 3.15"
    assert facts["machine"] == "here, fast"
    assert facts["looks at the test set"] == "total: 7"
    assert facts["git commit"] == "abc"
    assert facts["data"].startswith("tiny images (sha256 ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"command": 3, "machine": [], "versions": null, "test_evaluations": 1, "search": {"images": [1]}}',
    ],
)
def test_a_damaged_run_json_leaves_its_facts_out(tmp_path: Path, text: str) -> None:
    folder = StudyFolder(tmp_path, "tiny")
    folder.path.mkdir()
    folder.run_json.write_text(text)
    assert provenance(searched(), folder)["command of the last run"] == ""
    assert provenance(searched(), folder)["training examples"] == ""


def test_the_processors_of_all_that_trained_are_named_once() -> None:
    study = replace(searched(), environments=[{"processor": "fast"}, {"processor": "slow"}, {"processor": "fast"}, {}])
    assert provenance(study, StudyFolder(Path("nowhere"), "tiny"))["processors that trained"] == "fast, slow"


def test_facts_without_a_value_have_no_row() -> None:
    assert facts_table({"a": "1", "b": ""}, "facts").count("<tr>") == 1
    assert tiles({"a": "<1"}) == '<dl class="tiles"><div><dt>a</dt><dd>&lt;1</dd></div></dl>'
