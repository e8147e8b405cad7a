"""What a user is told to do where a model function returns no model."""

from __future__ import annotations

from typing import Any

import pytest

from sweep.training.remedies import remedy_for_returned


class Network:
    """A class, where an object is wanted."""


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (None, "end the function with `return model`"),
        (Network, "return an object of the class: Network(...)"),
        ((Network(), 3), "return the model alone"),
        (lambda: Network(), "return what that function returns, by calling it"),
        (type("Model", (), {"__module__": "tf_keras.src.models"})(), "make the model with keras, not tf_keras"),
        (Network(), "return the compiled model that the function makes"),
    ],
)
def test_the_remedy_is_that_of_what_was_returned(value: Any, remedy: str) -> None:
    assert remedy_for_returned(value) == remedy
