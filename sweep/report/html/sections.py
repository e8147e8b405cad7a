"""The sections of the report, in their order; each answers one question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.report.figures.confusion import confusion
from sweep.report.figures.cost import cost_by, costs_of
from sweep.report.figures.curves import loss_curves, score_curves
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.history import history
from sweep.report.figures.importance import importance
from sweep.report.figures.parallel import parallel
from sweep.report.figures.rungs import rungs
from sweep.report.figures.slice import slices_by_param
from sweep.report.figures.timeline import timeline
from sweep.report.html.board import board_section
from sweep.report.html.facts import (
    changed_sentence,
    cost_facts,
    cost_sentences,
    facts_table,
    params_table,
    provenance,
    tiles,
)
from sweep.report.html.head import answer_section
from sweep.report.html.markup import Markup, element, joined
from sweep.report.html.mistakes import mistakes
from sweep.report.html.model import model_section
from sweep.report.html.plots import Plots
from sweep.report.html.predictions import known_predictions
from sweep.report.pruning import rule, trust
from sweep.study.storage.folder import StudyFolder


@dataclass(frozen=True)
class Section:
    """One section of the report.

    Args:
        name: its anchor.
        title: its heading.
        short: what the list of sections calls it.
        content: what is below the heading.
    """

    name: str
    title: str
    short: str
    content: Markup


def sections(analysis: Analysis, folder: StudyFolder, data: Callable[[], Dataset], plots: Plots) -> list[Section]:
    """All sections of a study's report.

    Args:
        analysis: the analysis of the study.
        folder: the study's folder.
        data: finds the study's data; it may raise `InputError`.
        plots: collects the figures.
    """
    study, metric = analysis.study, analysis.study.metric
    against_cost = f"{metric[0].upper()}{metric[1:]} against cost"
    made_with = facts_table(provenance(study, folder), "What the study was made with")

    def figure(label: str, make: Callable[[Analysis], Drawing], *, wide: bool = False) -> Markup:
        return plots.place(label, lambda: make(analysis), wide=wide)

    return [
        Section("answer", "Is anything better than the baseline?", "Answer", answer_section(analysis, plots)),
        Section("cost", "What did it cost?", "Cost", _cost(analysis)),
        Section("board", "The board", "Board", board_section(analysis)),
        Section("history", "How did the search go?", "History", figure("History of the search", history)),
        Section("curves", "Learning curves", "Learning curves", _curves(analysis, plots)),
        Section("trade-off", against_cost, "Trade-off", _trade_off(analysis, plots)),
        Section(
            "importance", "Which parameter mattered?", "Importance", figure("Importance of parameters", importance)
        ),
        Section("parallel", "Params side by side", "Parallel", figure("Parallel coordinates", parallel, wide=True)),
        Section("slices", "One parameter at a time", "Slices", _slices(analysis, plots)),
        Section("rungs", "Can the pruning be trusted?", "Pruning", _pruning(analysis, plots)),
        Section("timeline", "When did what run?", "Timeline", _timeline(analysis, plots)),
        Section("mistakes", "What does it get wrong?", "Mistakes", _mistakes(analysis, folder, data, plots)),
        Section("params", "The params against the baseline's", "Params", _params(analysis)),
        Section("model", "Where is the model, and how is it made again?", "Model", model_section(analysis, folder)),
        Section("provenance", "What it was made with", "Provenance", made_with),
    ]


def _cost(analysis: Analysis) -> Markup:
    sentences = (element("p", sentence) for sentence in cost_sentences(analysis))
    return joined(tiles(cost_facts(analysis.study)), *sentences)


def _trade_off(analysis: Analysis, plots: Plots) -> Markup:
    figures = [plots.place(f"Score against {name}", partial(cost_by, analysis, name)) for name in costs_of(analysis)]
    return element("div", *figures, class_="pair")


def _curves(analysis: Analysis, plots: Plots) -> Markup:
    figures = [plots.place("Learning curves", lambda: score_curves(analysis))]
    figures += [plots.add("Training losses", drawing) for drawing in loss_curves(analysis)]
    return element("div", *figures, class_="pair")


def _params(analysis: Analysis) -> Markup:
    text = changed_sentence(analysis)
    return joined(element("p", text) if text else "", params_table(analysis))


def _pruning(analysis: Analysis, plots: Plots) -> Markup:
    figure = plots.place("First rung against the end", lambda: rungs(analysis))
    lines = [element("p", line) for line in (trust(analysis), rule(analysis)) if line]
    return joined(*lines, figure)


def _slices(analysis: Analysis, plots: Plots) -> Markup:
    try:
        drawings = slices_by_param(analysis)
    except InputError as error:
        return element("p", f"No figure: {error}.", class_="note")
    figures = [plots.add(f"Slice {number}", drawing) for number, drawing in enumerate(drawings, 1)]
    return element("div", *figures, class_="grid")


def _timeline(analysis: Analysis, plots: Plots) -> Markup:
    note = "Confirming runs are not in it: when they began was not recorded." if analysis.study.confirming else ""
    figure = plots.place("Timeline of the trials", lambda: timeline(analysis))
    return joined(figure, element("p", note, class_="quiet") if note else "")


def _mistakes(analysis: Analysis, folder: StudyFolder, data: Callable[[], Dataset], plots: Plots) -> Markup:
    try:
        known = known_predictions(analysis, folder, data)
    except InputError as error:
        return element("p", f"Not shown: {error}.", class_="note")
    drawing = confusion(known.labels, known.predicted, known.name)
    return joined(plots.add(f"Confusion matrix of {known.name}", drawing), mistakes(known))
