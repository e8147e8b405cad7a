"""HTML that is put together from elements: text is always escaped, so that none from outside becomes markup."""

from __future__ import annotations

import html
import json
from typing import Any

from sweep.sanitize import one_line

VOID = ("meta", "img", "input")
"""Elements that have no end."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | int | bool | None) -> Markup:
    """An element of HTML.

    Args:
        tag: its name.
        *children: what is in it: markup, or text, which is escaped and made one line.
        **attributes: its attributes. An underscore stands for a hyphen, and one at the end for nothing (`class_`); None
            and False leave an attribute out, and True gives it no value.
    """
    written = "".join(
        f" {_attribute(name)}" + ("" if value is True else f'="{html.escape(one_line(value))}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(*children)}</{tag}>")


def caption(text: str) -> Markup:
    """The caption of a table, which wraps where the page ends though the table may be wider and scroll."""
    return element("caption", element("span", text))


def joined(*children: str) -> Markup:
    """Markup and text, which is escaped, one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else html.escape(one_line(child)) for child in children))


def script_data(name: str, text: str) -> Markup:
    """JSON for the page's scripts, in which nothing can end the element.

    Args:
        name: the element's id.
        text: the JSON.
    """
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(f'<script type="application/json" id="{name}">{text}</script>')


def as_json(value: Any) -> str:
    """A value as JSON without spaces; numbers must be finite."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
