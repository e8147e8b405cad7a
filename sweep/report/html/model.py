"""Where the winner's model is, and what to type to have it or to train it again."""

from __future__ import annotations

import shlex
from pathlib import Path

from sweep.analysis.selection import winner
from sweep.analysis.study_analysis import Analysis
from sweep.report.format import written_as
from sweep.report.html.commands import PROGRAM
from sweep.report.html.facts import facts_table
from sweep.report.html.markup import Markup, element
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import BASELINE, TrialRecord
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import trial_stem


def model_section(analysis: Analysis, folder: StudyFolder) -> Markup:
    """The winner's model as a table; or a note that there is none yet."""
    chosen = winner(analysis)
    if chosen is None:
        return element("p", "No trial has completed, so that there is no model yet.", class_="note")
    return facts_table(model_facts(analysis, folder, chosen), "The model that `export` takes, and how to have it")


def model_facts(analysis: Analysis, folder: StudyFolder, chosen: TrialRecord | ConfirmingRun) -> dict[str, str]:
    """What the winner's model is, where its file is, and the commands for it.

    Args:
        analysis: the analysis of the study.
        folder: the study's folder.
        chosen: the winner, as `sweep.analysis.selection.winner` chooses it.
    """
    score = written_as(analysis.study.metric)
    is_run = isinstance(chosen, ConfirmingRun)
    number = chosen.trial if isinstance(chosen, ConfirmingRun) else chosen.number
    path = folder.model(chosen.stem if isinstance(chosen, ConfirmingRun) else trial_stem(number))
    name = "the baseline" if number == BASELINE else f"trial {number}"
    what = (
        f"the first confirming run of {name}, on all training examples; the first and not the best of them, so that "
        "its score is no lucky pick"
        if is_run
        else f"{name}, the best of the search"
    )
    tested = chosen.test.get(analysis.study.metric)
    study = shlex.quote(analysis.study.name)
    where = "" if folder.results == Path("results") else f" --results {shlex.quote(str(folder.results))}"
    return {
        "which": what,
        f"its test {analysis.study.metric}": "" if tested is None else score.whole(tested),
        "file": f"{path}" if path.is_file() else f"{path}, but it is gone",
        "copy it, measured once more": f"{PROGRAM} export {study}{where}",
        "train its trial again and compare": f"{PROGRAM} reproduce {study} {number}{where}",
    }
