"""HTML that no text from outside can add to."""

from __future__ import annotations

import html
import json

import pytest
from hostile import TEXTS

from sweep.report.html.markup import Markup, as_json, element, joined, script_data
from sweep.sanitize import one_line


def test_text_is_escaped_and_markup_is_not() -> None:
    assert element("p", "<b>", element("i", "&")) == "<p>&lt;b&gt;<i>&amp;</i></p>"
    assert joined(Markup("<hr>"), "a<") == "<hr>a&lt;"


def test_attributes_are_escaped_left_out_or_without_a_value() -> None:
    made = element("input", class_="a", aria_label='"><x', hidden=True, checked=False, title=None, width=3)
    assert made == '<input class="a" aria-label="&quot;&gt;&lt;x" hidden width="3">'


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_text_comes_back_as_one_line_and_its_data_as_it_was(text: str) -> None:
    shown = element("td", text, title=text)
    assert shown.count("<") == 2
    assert html.unescape(shown[shown.index(">") + 1 : -len("</td>")]) == one_line(text)
    shown.encode()
    data = script_data("x", as_json({text: text}))
    assert data.count("<") == 2
    assert json.loads(data[data.index(">") + 1 : -len("</script>")]) == {text: text}


def test_what_is_no_finite_number_is_refused_in_data() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json(float("nan"))
