"""The learning rate over a trial's steps: where it begins, peaks and ends."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sweep.training.network import Network
from sweep.training.schedule import schedule

pytestmark = pytest.mark.sweep

STEPS = 100


def rates(steps: int = STEPS, **params: Any) -> list[float]:
    made = schedule(Network.of(params), 0.02, steps)
    assert made is not None
    return [float(made(step)) for step in range(steps)]


def falling(step: int, steps: int) -> float:
    return 0.01 * (1 + math.cos(math.pi * step / steps))


def test_a_constant_rate_needs_no_schedule_unless_it_warms_up() -> None:
    assert schedule(Network(), 0.02, STEPS) is None
    assert rates(warmup=0.1) == pytest.approx([*(0.002 * step for step in range(10)), *[0.02] * 90])


def test_a_cosine_falls_to_nothing_after_its_warmup() -> None:
    assert rates(schedule="cosine") == pytest.approx([falling(step, 100) for step in range(100)], abs=1e-7)
    warm = [0.001 * step for step in range(20)]
    assert rates(schedule="cosine", warmup=0.2) == pytest.approx(
        [*warm, *(falling(step, 80) for step in range(80))], abs=1e-7
    )


def test_one_cycle_begins_at_a_25th_peaks_at_30_percent_and_ends_at_nothing() -> None:
    cycle = rates(schedule="onecycle")
    assert cycle[0] == pytest.approx(0.02 / 25)
    assert cycle[15] == pytest.approx((0.02 + 0.02 / 25) / 2)
    assert cycle.index(max(cycle)) == 30
    assert cycle[30:] == pytest.approx([falling(step, 70) for step in range(70)], abs=1e-7)


@pytest.mark.parametrize("name", ["cosine", "onecycle"])
@pytest.mark.parametrize(("steps", "warmup"), [(1, None), (1, 0.9), (2, 0.9), (3, 0.0)])
def test_the_shortest_trial_has_a_rate_above_nothing(name: str, steps: int, warmup: float | None) -> None:
    assert max(rates(steps, schedule=name, warmup=warmup)) == pytest.approx(0.02) or steps == 2
