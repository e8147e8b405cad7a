"""A figure together with what it shows in words."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go


@dataclass(frozen=True)
class Drawing:
    """A figure, and its description for who can't see it.

    Each point of a figure that belongs to a trial has the trial's number as its `customdata`.

    Args:
        figure: the figure.
        description: what it shows, in plain sentences.
    """

    figure: go.Figure
    description: str
