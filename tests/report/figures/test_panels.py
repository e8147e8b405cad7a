"""Several figures in one."""

from __future__ import annotations

from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.panels import side_by_side
from sweep.report.figures.slice import slices_by_param


def test_panels_stand_in_rows_and_keep_their_axes() -> None:
    drawings = slices_by_param(Analysis(searched())) * 2
    figure = side_by_side(drawings, columns=3).figure
    assert figure.layout.xaxis4.title.text == "learning_rate"
    assert figure.layout.xaxis4.type == "log"
    assert figure.layout.height == 600
