"""All figures by their names."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest
from searches import BETTER, searched

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.gallery import FIGURES, NAMES, figure


def no_confusion() -> Drawing:
    raise InputError("no labels")


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_one_of_plotly_with_a_description_and_its_trials(name: str) -> None:
    analysis = Analysis(searched(BETTER))
    drawn = figure(analysis, name, no_confusion)
    assert isinstance(drawn, go.Figure)
    assert drawn.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert FIGURES[name](analysis).description.endswith(".")
    if name != "importance":
        numbers = {number for trace in drawn.data if trace.customdata is not None for number in trace.customdata}
        assert {0, 5} <= numbers


def test_an_unknown_name_is_an_error_with_the_names() -> None:
    with pytest.raises(InputError, match=r"must be one of history, .*, confusion, but got 'histery'"):
        figure(Analysis(searched()), "histery", no_confusion)
    with pytest.raises(InputError, match="no labels"):
        figure(Analysis(searched()), "confusion", no_confusion)
    assert set(NAMES) == {*FIGURES, "confusion"}
