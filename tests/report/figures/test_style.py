"""The look of figures, and text made harmless for them."""

from __future__ import annotations

import pytest

from sweep.report.figures import style
from sweep.report.figures.style import BASELINE, COMPLETED, CONTENDER, FAILED, LONGEST, PRUNED, plain, value_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>a</b>", "&lt;b&gt;a&lt;/b&gt;"),
        ("$x$", "&#36;x&#36;"),
        ("%{customdata}", "%&#123;customdata}"),
        ("a\nb\x1b", "a b\\x1b"),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_text_from_outside_makes_no_markup_no_formula_and_no_template(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_long_text_is_cut_and_a_value_is_short() -> None:
    assert len(plain("x" * 1000)) == LONGEST
    assert value_text(0.000123456) == "0.000123"


def test_no_two_looks_share_a_colour_or_a_shape() -> None:
    looks = [COMPLETED, PRUNED, FAILED, BASELINE, CONTENDER]
    assert len({look.colour for look in looks}) == len({look.symbol for look in looks}) == len(looks)


@pytest.mark.parametrize("background", [(255, 255, 255), (0x13, 0x17, 0x1B)])
def test_colours_stand_out_in_light_and_in_dark(background: tuple[int, int, int]) -> None:
    def luminance(rgb: tuple[int, ...]) -> float:
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in rgb)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour in (style.BLUE, style.GREEN, style.VERMILION, style.PURPLE, style.GREY):
        rgb = tuple(int(colour[index : index + 2], 16) for index in (1, 3, 5))
        dark, light = sorted((luminance(rgb), luminance(background)))
        assert (light + 0.05) / (dark + 0.05) >= 2.9, colour
