"""All figures of a study by their names."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.cost import cost
from sweep.report.figures.curves import curves
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.history import history
from sweep.report.figures.importance import importance
from sweep.report.figures.parallel import parallel
from sweep.report.figures.rungs import rungs
from sweep.report.figures.slice import slices
from sweep.report.figures.timeline import timeline
from sweep.report.figures.verdict import verdict

FIGURES: dict[str, Callable[[Analysis], Drawing]] = {
    "history": history,
    "curves": curves,
    "importance": importance,
    "parallel": parallel,
    "slice": slices,
    "cost": cost,
    "verdict": verdict,
    "timeline": timeline,
    "rungs": rungs,
}
"""What each figure is made by; "confusion" needs the data, too."""
CONFUSION = "confusion"
NAMES = (*FIGURES, CONFUSION)


def figure(analysis: Analysis, name: str, confusion: Callable[[], Drawing]) -> go.Figure:
    """A figure of a study by its name.

    Args:
        analysis: the analysis of the study.
        name: one of `NAMES`.
        confusion: makes the confusion matrix, which needs predictions and labels.

    Raises:
        InputError: if there is no figure of that name, or the study has nothing for it yet.
    """
    if name not in NAMES:
        raise InputError(f"a figure's name must be one of {', '.join(NAMES)}, but got {name!r}")
    return (confusion() if name == CONFUSION else FIGURES[name](analysis)).figure
