"""Figures in a page: a place for each, its description beside it, and what the page's scripts draw it from."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.html.markup import Markup, as_json, element


class Plots:
    """Collects the figures of a page while its sections are made."""

    def __init__(self) -> None:
        self._specs: list[dict[str, Any]] = []
        self._texts: dict[int | None, str] = {}

    @property
    def json(self) -> str:
        """All figures in the order of the page, and once for all what is shown of a trial that is pointed at."""
        return as_json({"figures": self._specs, "texts": self._texts})

    def place(self, label: str, make: Callable[[], Drawing], *, wide: bool = False) -> Markup:
        """A figure with its description; or a note that says why there is none.

        Args:
            label: what the figure is called.
            make: makes it; it may raise `InputError`.
            wide: whether it needs room, so that a narrow page scrolls it. Default: no.
        """
        try:
            drawing = make()
        except InputError as error:
            return element("p", f"No figure: {error}.", class_="note")
        return self.add(label, drawing, wide=wide)

    def add(self, label: str, drawing: Drawing, *, wide: bool = False) -> Markup:
        """A figure with its description.

        Args:
            label: what the figure is called.
            drawing: the figure.
            wide: whether it needs room, so that a narrow page scrolls it. Default: no.
        """
        name = f"figure-{len(self._specs)}"
        self._specs.append({"id": name, "figure": self._without_texts(drawing)})
        height = int(drawing.figure.layout.height or 380)
        canvas = element(
            "div", id=name, class_="plot wide" if wide else "plot", role="img", aria_label=label,
            aria_describedby=f"{name}-text", style=f"height:{height}px",
        )  # fmt: skip
        if wide:
            canvas = element(
                "div", canvas, class_="scroll", role="region", tabindex="0", aria_label=f"{label}, scrolls"
            )
        return element("figure", canvas, element("figcaption", drawing.description, id=f"{name}-text"))

    def _without_texts(self, drawing: Drawing) -> Any:
        figure = json.loads(drawing.figure.to_json())
        for trace in figure["data"]:
            if "customdata" in trace and "hovertext" in trace:
                self._texts |= zip(trace["customdata"], trace.pop("hovertext"), strict=True)
        self._texts.pop(None, None)  # of the gaps between lines
        return figure
