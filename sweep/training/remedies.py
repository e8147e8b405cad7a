"""What to do where a model function returns something else than a compiled model."""

from __future__ import annotations

from typing import Any

COMPILE = "call model.compile(optimizer=..., loss=...) before it is returned"


def remedy_for_returned(value: Any) -> str:
    """What to do where a model function returned a value that is not a `keras.Model`."""
    if value is None:
        return "end the function with `return model`"
    if isinstance(value, type):
        return f"return an object of the class: {value.__name__}(...)"
    if isinstance(value, tuple | list | dict):
        return "return the model alone"
    if callable(value) and hasattr(value, "__code__"):
        return "return what that function returns, by calling it"
    if type(value).__module__.startswith("tf_keras."):
        return "make the model with keras, not tf_keras"
    return "return the compiled model that the function makes"
