"""The images that one of two models gets wrong and the other right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sweep.analysis.mcnemar import mcnemar
from sweep.data.parts import is_pixels
from sweep.report.findings import p_text
from sweep.report.html.markup import Markup, element, joined
from sweep.report.html.png import png_data_url
from sweep.report.html.predictions import KnownPredictions

MOST_IMAGES = 15
MOST_PIXELS = 64 * 64


def mistakes(known: KnownPredictions) -> Markup:
    """Images that the contender gets wrong and the baseline right, and the other way round."""
    if known.baseline is None:
        return element("p", "The baseline's predictions are not known, so that none can be compared.", class_="note")
    ours, theirs = known.predicted == known.labels, known.baseline == known.labels
    test = mcnemar(ours, theirs)
    text = (
        f"On one trained model each, {known.name} alone got {test.only_a:,} of {test.examples:,} test examples right, "
        f"and the baseline alone {test.only_b:,} (McNemar's exact test: p {_p(test.p_value)}); "
        f"{test.neither:,} both got wrong. This p is of these two networks only: other seeds make others, which the "
        "verdict is about."
    )
    parts = [element("p", text)]
    if not isinstance(known.test.x, np.ndarray) or not is_pixels(known.test.x):
        return joined(*parts, element("p", "The inputs are no images, so that none are shown.", class_="note"))
    for title, chosen, predicted in (
        (f"Wrong by {known.name}, right by the baseline", ~ours & theirs, known.predicted),
        (f"Wrong by the baseline, right by {known.name}", ours & ~theirs, known.baseline),
    ):
        parts.append(element("h3", title))
        parts.append(_images(known, np.flatnonzero(chosen), predicted))
    return joined(*parts)


def _p(value: float) -> str:
    text = p_text(value)
    return text if text.startswith("<") else f"= {text}"


def _images(known: KnownPredictions, indices: NDArray[np.intp], predicted: NDArray[np.int32]) -> Markup:
    if not len(indices):
        return element("p", "None.", class_="note")
    items = []
    for index in indices[:MOST_IMAGES]:
        true, wrong = int(known.labels[index]), int(predicted[index])
        pixels = np.asarray(known.test.x)[index]
        step = max(1, int(np.ceil(np.sqrt(pixels.shape[0] * pixels.shape[1] / MOST_PIXELS))))
        image = element(
            "img", src=png_data_url(pixels[::step, ::step]), width=56, height=56,
            alt=f"Test image {index}: a {true}, taken for {wrong}",
        )  # fmt: skip
        caption = element("figcaption", f"{true} → {wrong}", aria_hidden="true")
        items.append(element("li", element("figure", image, caption)))
    rest = len(indices) - len(items)
    note = element("p", f"and {rest:,} more", class_="quiet") if rest > 0 else ""
    return joined(element("ul", *items, class_="images"), note)
