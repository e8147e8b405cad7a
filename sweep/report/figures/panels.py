"""Several figures in one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from plotly.subplots import make_subplots

from sweep.report.figures.drawing import Drawing
from sweep.report.figures.style import layout

AXES = (
    "title",
    "type",
    "tickvals",
    "ticktext",
    "range",
    "rangemode",
    "gridcolor",
    "linecolor",
    "zeroline",
    "automargin",
)
"""What an axis of a panel takes over."""


def side_by_side(drawings: Sequence[Drawing], columns: int = 2) -> Drawing:
    """Figures as the panels of one; each look has one entry in the legend.

    Args:
        drawings: the figures, one at least.
        columns: number of panels in a row. Default 2.
    """
    if len(drawings) == 1:
        return drawings[0]
    columns = min(columns, len(drawings))
    rows = math.ceil(len(drawings) / columns)
    whole = make_subplots(rows=rows, cols=columns, horizontal_spacing=0.1, vertical_spacing=0.22 / rows)
    known: set[str] = set()
    for index, drawing in enumerate(drawings):
        row, column = index // columns + 1, index % columns + 1
        for trace in drawing.figure.data:
            trace.update(showlegend=trace.name not in known, legendgroup=trace.name)
            known.add(trace.name)
            whole.add_trace(trace, row=row, col=column)
        for update, axis in (
            (whole.update_xaxes, drawing.figure.layout.xaxis),
            (whole.update_yaxes, drawing.figure.layout.yaxis),
        ):
            update({name: axis[name] for name in AXES if axis[name] is not None}, row=row, col=column)
    shared = layout({}, {}, height=max(380, 300 * rows))
    whole.update_layout({name: value for name, value in shared.items() if name not in ("xaxis", "yaxis")})
    return Drawing(whole, " ".join(dict.fromkeys(drawing.description for drawing in drawings)))
