"""The Pareto front and the cheapest configuration that is tied with the best."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.pareto import pareto_front, pareto_layers

POINTS = st.integers(1, 3).flatmap(lambda size: st.lists(st.tuples(*[st.integers(0, 6)] * size), max_size=30))


def dominates(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and a != b


@given(POINTS)
def test_on_the_front_is_exactly_what_nothing_dominates(points: list[tuple[int, ...]]) -> None:
    layers = pareto_layers(points)
    front = [point for point, layer in zip(points, layers, strict=True) if layer == 1]
    for point, layer in zip(points, layers, strict=True):
        if layer == 1:
            assert not any(dominates(other, point) for other in points)
        else:
            assert any(dominates(member, point) for member in front)


@given(POINTS)
def test_each_layer_is_the_front_of_what_the_layers_before_leave(points: list[tuple[int, ...]]) -> None:
    layers = pareto_layers(points)
    assert sorted(set(layers)) == list(range(1, max(layers, default=0) + 1))
    for layer in set(layers):
        left = [(point, of) for point, of in zip(points, layers, strict=True) if of >= layer]
        again = pareto_layers([point for point, _ in left])
        assert [layer_again == 1 for layer_again in again] == [of == layer for _, of in left]


@given(POINTS, st.randoms(use_true_random=False))
def test_a_layer_belongs_to_the_point_and_not_to_its_place(points: list[tuple[int, ...]], random: object) -> None:
    shuffled = list(points)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    layers, layers_shuffled = (dict(zip(order, pareto_layers(order), strict=True)) for order in (points, shuffled))
    assert layers == layers_shuffled


def test_known_layers() -> None:
    assert pareto_layers([]) == []
    assert pareto_layers([(1, 1)]) == [1]
    assert pareto_layers([(3, 1), (2, 2), (1, 3), (3, 3), (2, 3)]) == [1, 1, 1, 3, 2]
    assert pareto_layers([(1, 2), (1, 2), (1, 3)]) == [1, 1, 2]
    assert pareto_layers([(1, math.inf), (2, 5), (3, math.inf)]) == [1, 1, 2]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=30))
def test_the_front_of_two_costs_is_the_first_layer_without_equals(costs: list[tuple[int, int]]) -> None:
    front = [costs[index] for index in pareto_front(costs)]
    assert front == sorted({cost for cost, layer in zip(costs, pareto_layers(costs), strict=True) if layer == 1})
