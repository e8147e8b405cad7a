"""Which parameter mattered: PED-ANOVA, with intervals that say how little a few trials can rank."""

from __future__ import annotations

import plotly.graph_objects as go

from sweep.analysis.importance import Importance, compared, importances
from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.style import BLUE, GREY, axis, layout, plain

MOST_PARAMS = 20


def importance(analysis: Analysis) -> Drawing:
    """The importance of each parameter with its 95 % interval over resampled trials, the most important on top.

    Raises:
        InputError: if too few trials completed, or their params are all alike.
    """
    shares = importances(analysis.study)
    shown = shares[:MOST_PARAMS][::-1]
    figure = go.Figure(
        layout=layout(
            axis("importance (% of all)", rangemode="tozero", range=[0, 100]),
            axis("", tickvals=list(range(len(shown))), ticktext=[plain(item.name, 28) for item in shown]),
            height=max(200, 90 + 34 * len(shown)),
            showlegend=False,
        )
    )
    figure.add_bar(
        x=[round(100 * item.share, 2) for item in shown],
        y=list(range(len(shown))),
        orientation="h",
        marker={"color": BLUE},
        width=0.6,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [round(100 * max(0.0, item.high - item.share), 2) for item in shown],
            "arrayminus": [round(100 * max(0.0, item.share - item.low), 2) for item in shown],
            "color": GREY,
            "thickness": 2,
            "width": 5,
        },
        hovertext=[f"{plain(item.name)}: {_interval(item)}" for item in shown],
        hoverinfo="text",
    )
    return Drawing(figure, in_words(shares, len(compared(analysis.study))))


def in_words(shares: list[Importance], trials: int) -> str:
    """What the importances say, and how sure it is."""
    first = shares[0]
    rivals = [item.name for item in shares[1:] if item.high > first.low]
    text = ""
    if rivals:
        text = f"Which mattered most can't be told: the intervals of {first.name} and {', '.join(rivals[:4])} overlap"
        text += f"; {trials:,} trials rank little. "
    most = "has the largest share in" if rivals else "mattered most for"
    text += f"{first.name} {most} being among the best quarter of {trials:,} completed trials: {_interval(first)}."
    if len(shares) > 1 and not rivals:
        text += " Its interval lies above all others."
    rest = "; ".join(f"{item.name} {100 * item.share:.0f} %" for item in shares[1:6])
    return text + (f" The others: {rest}." if rest else "")


def _interval(item: Importance) -> str:
    return f"{100 * item.share:.0f} % (95 % interval {100 * item.low:.0f} to {100 * item.high:.0f} %)"
