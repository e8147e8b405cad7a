"""What is typed after `--set` is a value of its parameter, or refused with what there is."""

from __future__ import annotations

from typing import Any

import pytest
from builders import tiny_sweep

from sweep.errors import InputError
from sweep.space.settings import fixed_params
from sweep.space.suggest import explore


def space(trial: Any) -> dict[str, Any]:
    """One parameter of each kind, and one whose range depends on another."""
    depth = trial.suggest_int("depth", 1, 3)
    trial.suggest_categorical("kernel", [(3, 3), [5, 5], None, "same", 1, "1", 0.5, True])
    trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    trial.suggest_int("even", 2, 8, step=2)
    return {"units": trial.suggest_int("units", 1, 10 * depth)}


RANGES = explore(
    tiny_sweep(space=space, baseline={"depth": 1, "kernel": (3, 3), "rate": 1e-3, "even": 2, "units": 5})
).ranges


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("depth=2", 2),
        ("rate=1e-3", 0.001),
        ("rate=0.001", 0.001),
        ("even=4", 4),
        ("units=25", 25),
        ("kernel=same", "same"),
        ("kernel='same'", "same"),
        ("kernel=None", None),
        ("kernel=(3, 3)", "(3, 3)"),
        ("kernel=(3,3)", "(3, 3)"),
        ("kernel=[5,5]", "[5, 5]"),
        ("kernel=5e-1", 0.5),
        ("kernel=True", True),
        ("kernel=1", 1),
        ("kernel='1'", "1"),
    ],
)
def test_a_value_is_read_as_its_parameter_has_it(setting: str, value: Any) -> None:
    name = setting.partition("=")[0]
    read = fixed_params([setting], RANGES)
    assert read == {name: value}
    assert type(read[name]) is type(value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (["width=3"], r"suggests \(depth, kernel, rate, even, units\), not 'width'"),
        (["depth=4"], "where depth is 1 to 3, but got '4'"),
        (["depth=two"], "where depth is 1 to 3, but got 'two'"),
        (["depth=2.5"], "where depth is 1 to 3"),
        (["even=3"], "where even is 2 to 8 in steps of 2"),
        (["rate=nan"], r"where rate is 0\.0001 to 0\.1"),
        (["kernel=(3, 4)"], r"where kernel is one of \(3, 3\), \[5, 5\], None, same"),
        (["kernel="], "where kernel is one of"),
        (["units=31"], "where units is 1 to"),
        (["depth=1", "depth=2"], "depth is fixed twice"),
    ],
)
def test_what_is_no_value_of_the_space_is_refused_with_what_there_is(settings: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        fixed_params(settings, RANGES)


def test_several_are_fixed_together() -> None:
    assert fixed_params(["depth=2", "rate=0.01"], RANGES) == {"depth": 2, "rate": 0.01}
    assert fixed_params([], RANGES) == {}
