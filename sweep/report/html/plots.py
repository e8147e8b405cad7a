"""Figures in a page: a place for each, its description beside it, and what the page's scripts draw it from."""

from __future__ import annotations

from collections.abc import Callable

from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.html.markup import Markup, as_json, element


class Plots:
    """Collects the figures of a page while its sections are made."""

    def __init__(self) -> None:
        self._specs: list[str] = []

    @property
    def json(self) -> str:
        """All figures as JSON: a list, in the order of the page."""
        return f"[{','.join(self._specs)}]"

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
        self._specs.append(f'{{"id":{as_json(name)},"figure":{drawing.figure.to_json()}}}')
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
