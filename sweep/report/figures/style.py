"""The look of all figures: colours that everybody can tell apart, in light and in dark, and text made harmless."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, NamedTuple

import plotly.graph_objects as go

from sweep.report.format import short
from sweep.sanitize import one_line

BLUE, GREEN, VERMILION, PURPLE = "#0072B2", "#009E73", "#D55E00", "#CC79A7"
"""Colours of Okabe and Ito (2008) that stand out from white and from black by 3 to 1 at least."""
GREY = "#808080"
BESIDE = 0.85
"""Opacity of lines beside those that count most: they still stand out from white and from black by 3 to 1."""
INK = "#767676"
"""The colour of text where the page has no say, legible on white and on black."""
EDGE = "rgba(255,255,255,0.65)"
"""What sets points apart that lie on each other."""
FAINT = "rgba(128,128,128,0.22)"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
LONGEST = 60
"""Maximum number of characters of a text from outside in a figure."""


class Look(NamedTuple):
    """How the points of one kind of trial are drawn.

    Args:
        name: name of the kind, for the legend.
        colour: colour of the points.
        symbol: shape of the points, so that colour alone tells nothing.
        size: size of the points in pixels.
    """

    name: str
    colour: str
    symbol: str
    size: int

    @property
    def marker(self) -> dict[str, Any]:
        """The look as a marker of plotly's."""
        return {
            "color": self.colour,
            "symbol": self.symbol,
            "size": self.size,
            "line": {"width": 1 if "open" not in self.symbol else 2, "color": EDGE},
        }


COMPLETED = Look("completed", BLUE, "circle", 8)
PRUNED = Look("pruned", GREY, "triangle-down-open", 8)
FAILED = Look("failed", PURPLE, "x-thin-open", 9)
BASELINE = Look("the baseline", VERMILION, "diamond", 12)
CONTENDER = Look("trial", GREEN, "star", 14)


def plain(text: object, limit: int = LONGEST) -> str:
    """Text from outside as plotly shows it as it is: one line, without its markup and formulas."""
    return html.escape(one_line(text, limit), quote=False).replace("$", "&#36;").replace("%{", "%&#123;")


def value_text(value: Any) -> str:
    """A parameter's value, harmless and in few characters."""
    return plain(short(value), 24)


def axis(title: str, **changes: Any) -> dict[str, Any]:
    """An axis of plotly's with a title, which must be harmless."""
    return {
        "title": {"text": title, "standoff": 8, "font": {"size": 13}},
        "gridcolor": FAINT,
        "linecolor": FAINT,
        "zeroline": False,
        "automargin": True,
        **changes,
    }


def layout(x: Mapping[str, Any], y: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A layout of plotly's with two axes, in the style of all figures."""
    return {
        "template": go.layout.Template(),
        "xaxis": dict(x),
        "yaxis": dict(y),
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 56, "r": 16, "t": 12, "b": 48},
        "height": 380,
        "hovermode": "closest",
        "hoverlabel": {"align": "left", "font": {"family": FONT, "size": 13}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        **changes,
    }
