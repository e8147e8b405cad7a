"""The Pareto front and the cheapest configuration that is tied with the best."""

from __future__ import annotations

import math

import numpy as np
import pytest
from builders import hand_made_study, trial_record
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.noise import cheapest_tied
from sweep.analysis.pareto import pareto_layers
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.console import console
from sweep.report.findings import print_findings
from sweep.study.records import StudyRecord, TrialRecord

POINTS = st.integers(1, 3).flatmap(lambda size: st.lists(st.tuples(*[st.integers(0, 6)] * size), max_size=30))
RESULTS = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 9)), min_size=1, max_size=20)
IMAGES = 1000


def told(study: StudyRecord) -> str:
    """What a study says of cost: the line of all its findings that names parameters."""
    out = console()
    with out.capture() as heard:
        print_findings(out, Analysis(study))
    return "".join(line for line in heard.get().splitlines() if "parameters" in line)


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
        assert [there == 1 for there in again] == [of == layer for _, of in left]


@given(POINTS, st.randoms(use_true_random=False))
def test_a_layer_belongs_to_the_point_and_not_to_its_place(points: list[tuple[int, ...]], random: object) -> None:
    shuffled = list(points)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    there, here = (dict(zip(order, pareto_layers(order), strict=True)) for order in (points, shuffled))
    assert there == here


def test_known_layers() -> None:
    assert pareto_layers([]) == []
    assert pareto_layers([(1, 1)]) == [1]
    assert pareto_layers([(3, 1), (2, 2), (1, 3), (3, 3), (2, 3)]) == [1, 1, 1, 3, 2]
    assert pareto_layers([(1, 2), (1, 2), (1, 3)]) == [1, 1, 2]
    assert pareto_layers([(1, math.inf), (2, 5), (3, math.inf)]) == [1, 1, 2]


@given(RESULTS)
def test_the_cheapest_tied_is_never_dearer_than_the_best_nor_beyond_its_noise(results: list[tuple[int, int]]) -> None:
    accuracies, costs = [right / IMAGES for right, _ in results], [cost for _, cost in results]
    best, cheapest = cheapest_tied(accuracies, costs, IMAGES)
    assert accuracies[best] == max(accuracies)
    assert costs[cheapest] <= costs[best]
    gap = accuracies[best] - accuracies[cheapest]
    assert gap <= 1.96 * math.sqrt(2 * 0.25 / IMAGES)
    as_good = [cost for accuracy, cost in zip(accuracies, costs, strict=True) if accuracy == max(accuracies)]
    assert costs[cheapest] <= min(as_good)


@pytest.mark.parametrize(
    ("accuracies", "images", "expected"),
    [
        ([0.99, 0.9873], 10_000, (0, 1)),  # the 95 % interval of the difference is +-0.0029
        ([0.99, 0.9869], 10_000, (0, 0)),
        ([0.99, 0.98], 100, (0, 1)),
        ([0.98, 0.99], 10_000, (1, 1)),
        ([0.5, 0.5], 10, (0, 1)),
        ([1.0, 1.0], 10, (0, 1)),
    ],
)
def test_tied_is_what_the_noise_of_two_accuracies_explains(
    accuracies: list[float], images: int, expected: tuple[int, int]
) -> None:
    assert cheapest_tied(accuracies, [2, 1], images) == expected


def test_of_equally_cheap_ones_the_more_accurate_is_named() -> None:
    assert cheapest_tied([0.9, 0.89, 0.895, 0.895], [5, 1, 1, 1], 1000) == (0, 2)


def test_two_equal_configurations_are_called_tied_in_about_95_of_100() -> None:
    right = np.random.default_rng(0).binomial(10_000, 0.989, (2000, 2)) / 10_000
    worse_first = np.sort(right, axis=1).tolist()
    tied = [cheapest_tied(pair, [1, 2], 10_000)[1] == 0 for pair in worse_first]
    assert np.mean(tied) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("accuracies", "costs"), [([], []), ([0.5], []), ([1.5, 0.2], [1, 2])])
def test_what_cannot_be_is_refused(accuracies: list[float], costs: list[float]) -> None:
    with pytest.raises(InputError):
        cheapest_tied(accuracies, costs, 10)


# told in words


def measured(number: int, accuracy: float, parameters: int, inference_us: float | None = 12.5) -> TrialRecord:
    point = {"step": 100, "epochs": 5.0, "val_accuracy": accuracy, "val_loss": 0.1, "seconds": 10.0}
    return trial_record(number, curve=[point], value=accuracy, parameters=parameters, inference_us=inference_us)


def test_the_cheapest_tied_is_told_with_its_cost_and_that_of_the_best_and_the_baseline() -> None:
    trials = (measured(0, 0.98, 93_322, 21), measured(1, 0.99, 120_000, 30), measured(2, 0.989, 23_000, 8))
    study = hand_made_study(*trials, validation_images=10_000)
    assert told(study) == (
        "The cheapest that is tied with the best by validation: trial 2, 98.90 % with 23,000 parameters; "
        "best is trial 1, 99.00 % with 120,000 parameters. "
        "Inference time an image: trial 2 8.0 µs, trial 1 30.0 µs, the baseline 21.0 µs."
    )


def test_where_nothing_cheaper_is_tied_the_best_is_told() -> None:
    study = hand_made_study(measured(0, 0.99, 93_322, None), measured(1, 0.5, 100, None), validation_images=10_000)
    assert told(study) == (
        "No cheaper configuration is tied with the best by validation: the baseline, 99.00 % with 93,322 parameters."
    )


def test_it_is_told_only_where_accuracies_of_two_completed_trials_can_tell() -> None:
    pair, few = (measured(0, 0.99, 100), measured(1, 0.99, 90)), {"validation_images": 100}
    assert told(hand_made_study(pair[0], **few)) == ""
    assert told(hand_made_study(pair[0], trial_record(1, "PRUNED"), **few)) == ""
    assert told(hand_made_study(*pair, objective="val_loss", direction="minimize", **few)) == ""
    both = {"objective": ["parameters", "val_accuracy"], "direction": ["minimize", "maximize"]}
    assert "trial 1" in told(hand_made_study(*pair, **both, **few))


def test_the_test_set_has_no_say() -> None:
    pair, few = (measured(0, 0.99, 100), measured(1, 0.99, 90)), {"validation_images": 100}
    changed = [trial_record(**{**vars(trial), "test_accuracy": trial.number / 2}) for trial in pair]
    assert told(hand_made_study(*changed, **few)) == told(hand_made_study(*pair, **few))
