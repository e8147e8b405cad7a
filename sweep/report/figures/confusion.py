"""The confusion matrix: which label was predicted for examples of which."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sweep.report.figures.drawing import Drawing
from sweep.report.figures.style import axis, layout

MOST_WITH_NUMBERS = 20
"""Number of labels up to which each cell has its number."""
MOST_LABELS = 100
RIGHT, WRONG = "0,114,178", "213,94,0"
"""Blue and vermilion as numbers; cells are so pale that text on them can be read in light and in dark."""


def confusion(labels: NDArray[np.int32], predicted: NDArray[np.int32], name: str) -> Drawing:
    """How often each label was predicted for examples of each; what is right is blue, what is wrong vermilion.

    Args:
        labels: true labels of the test examples, shape (n,).
        predicted: predicted labels, shape (n,).
        name: what the model is called, such as "trial 7".
    """
    count = min(MOST_LABELS, int(max(labels.max(), predicted.max())) + 1)
    matrix = np.zeros((count, count), np.int64)
    inside = (labels < count) & (predicted < count)
    np.add.at(matrix, (labels[inside], predicted[inside]), 1)
    shares = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    figure = go.Figure(
        layout=layout(
            axis(
                "predicted label", showgrid=False, dtick=1 if count <= MOST_WITH_NUMBERS else None, constrain="domain"
            ),
            axis("true label", showgrid=False, dtick=1 if count <= MOST_WITH_NUMBERS else None, autorange="reversed"),
            height=min(640, max(320, 120 + 36 * count)),
        )
    )
    diagonal = np.eye(count, dtype=bool)
    texts = [[f"{matrix[t, p]:,} of label {t} taken for {p}" for p in range(count)] for t in range(count)]
    figure.add_trace(_cells(np.where(diagonal, shares, np.nan), RIGHT, texts))
    figure.add_trace(_cells(np.where(diagonal | (matrix == 0), np.nan, shares), WRONG, texts))
    if count <= MOST_WITH_NUMBERS:
        cells = ((t, p) for t in range(count) for p in range(count) if matrix[t, p])
        figure.update_layout(
            annotations=[
                {"x": p, "y": t, "text": f"{matrix[t, p]}", "showarrow": False, "font": {"size": 11}} for t, p in cells
            ]
        )
    return Drawing(figure, _described(matrix, labels, predicted, name))


def _cells(shares: NDArray[np.float64], colour: str, texts: list[list[str]]) -> go.Heatmap:
    """Cells of one colour, the darker the larger their share; what is no number has none."""
    rows = [[None if np.isnan(share) else round(float(share), 5) for share in row] for row in shares]
    largest = max((share for row in rows for share in row if share is not None), default=1.0)
    scale = [[0, f"rgba({colour},0.06)"], [1, f"rgba({colour},0.5)"]]
    return go.Heatmap(
        z=rows, colorscale=scale, zmin=0, zmax=largest or 1.0, showscale=False, xgap=2, ygap=2, hoverongaps=False,
        hovertext=texts, hoverinfo="text",
    )  # fmt: skip


def _described(matrix: NDArray[np.int64], labels: NDArray[np.int32], predicted: NDArray[np.int32], name: str) -> str:
    right = int((labels == predicted).sum())
    text = f"{name[0].upper()}{name[1:]} got {right:,} of {len(labels):,} test examples right."
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None)[:3]
    pairs = [divmod(int(cell), len(matrix)) for cell in order if wrong.flat[cell]]
    confused = ", ".join(f"{true} taken for {taken} ({wrong[true, taken]:,})" for true, taken in pairs)
    return text + (f" Its most frequent mistakes: {confused}." if confused else " It made no mistake.")
