"""The network's params are checked, and its sizes worked out, before TensorFlow is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import InputError
from sweep.training.network import OPTIMIZERS, InfeasibleError, Network, batch_size, trial_epochs, with_channels


def test_what_is_missing_takes_the_baselines_value() -> None:
    assert Network.of({}) == Network(32, 64, 64, 3, "valid", 64, 0.0, "rmsprop", None, 64)
    assert Network.of({"filters_3": 8}).filters_3 == 8


@pytest.mark.parametrize(
    "params",
    [
        {"filters_1": 0},
        {"filters_2": -1},
        {"filters_3": 2.5},
        {"filters_3": 64.0},
        {"kernel_size": "3"},
        {"kernel_size": True},
        {"dense_units": None},
        {"batch_size": 0},
        {"batch_size": 32.0},
        {"padding": "full"},
        {"optimizer": "adm"},
        {"optimizer": "Adam"},
        {"optimizer": None},
        {"dropout": 1},
        {"dropout": -0.1},
        {"dropout": float("nan")},
        {"dropout": "0.5"},
        {"dropout": True},
        {"learning_rate": 0},
        {"learning_rate": -1e-3},
        {"learning_rate": float("nan")},
        {"learning_rate": float("inf")},
        {"learning_rate": "1e-3"},
        {"schedule": "linear"},
        {"schedule": None},
        {"warmup": 1},
        {"warmup": -0.1},
        {"ema": 1},
        {"ema": "0.9"},
        {"label_smoothing": 1.0},
        {"label_smoothing": None},
        {"batch_norm": 1},
        {"weight_decay": -1e-4},
        {"weight_decay": float("inf")},
        {"augment": "flip"},
        {"augment": ["shift"]},
        {"epochs": 0},
        {"epochs": 2.0},
    ],
    ids=repr,
)
def test_a_value_outside_its_range_is_refused_with_name_and_value(params: dict[str, Any]) -> None:
    ((name, value),) = params.items()
    with pytest.raises(InputError) as caught:
        Network.of(params)
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    "params",
    [
        *({"dropout": 0}, {"dropout": 0.99}, {"learning_rate": None}, {"learning_rate": 1}, {"kernel_size": 1}),
        *({"warmup": None}, {"warmup": 0}, {"ema": True}, {"ema": 0.999}, {"weight_decay": 0}, {"epochs": None}),
    ],
)
def test_values_at_the_edge_are_taken(params: dict[str, Any]) -> None:
    ((name, value),) = params.items()
    assert getattr(Network.of(params), name) == value


def test_unknown_names_are_told_the_known_ones_with_their_defaults() -> None:
    with pytest.raises(InputError, match=r"does not know filter_1, foo; .*filters_1=32, .*padding='valid'"):
        Network.of({"filter_1": 3, "foo": 1, "filters_2": 8})


def test_an_unknown_optimizer_is_told_the_known_ones() -> None:
    with pytest.raises(InputError, match=", ".join(OPTIMIZERS)):
        Network.of({"optimizer": "sdg"})


def test_the_baseline_on_mnist_ends_at_three_by_three() -> None:
    assert Network().side_after_convolutions(28) == [26, 13, 11, 5, 3]
    assert Network(padding="same").side_after_convolutions(28) == [28, 14, 14, 7, 7]


def test_a_network_that_runs_out_of_pixels_says_where_and_what_fits() -> None:
    with pytest.raises(InfeasibleError) as caught:
        Network(kernel_size=5).side_after_convolutions(28)
    message = str(caught.value)
    assert "28-24-12-8-4" in message
    assert "5x5" in message
    assert "kernel_size at most 4" in message
    assert "padding='same'" in message


@given(kernel_size=st.integers(1, 12), side=st.integers(1, 64), padding=st.sampled_from(["valid", "same"]))
def test_every_remedy_that_is_named_fits(kernel_size: int, side: int, padding: str) -> None:
    network = Network(kernel_size=kernel_size, padding=padding)
    try:
        sides = network.side_after_convolutions(side)
    except InfeasibleError as error:
        message = str(error)
    else:
        assert len(sides) == 5
        assert min(sides) >= 1
        return
    if "padding='same'" in message.partition("what fits")[2]:
        Network(kernel_size=kernel_size, padding="same").side_after_convolutions(side)
    if "kernel_size at most" in message:
        size = int(message.rpartition("kernel_size at most ")[2].split()[0])
        Network(kernel_size=size, padding=padding).side_after_convolutions(side)
        assert size < kernel_size


@given(kernel_size=st.integers(1, 8), side=st.integers(4, 64))
def test_same_padding_never_runs_out_of_pixels_from_four_up(kernel_size: int, side: int) -> None:
    assert Network(kernel_size=kernel_size, padding="same").side_after_convolutions(side)[-1] == side // 2 // 2


def test_a_batch_size_is_a_parameter_of_any_model() -> None:
    assert batch_size({}) == 64
    assert batch_size({"batch_size": 7, "anything": "else"}) == 7
    for bad in (0, -1, 2.0, "32", None, True):
        with pytest.raises(InputError, match="batch_size must be a whole number >= 1, but got"):
            batch_size({"batch_size": bad})


def test_the_epochs_of_a_trial_are_a_parameter_of_any_model_up_to_the_budget() -> None:
    assert trial_epochs({"anything": "else"}, 5) == trial_epochs({"epochs": None}, 5) == 5
    assert [trial_epochs({"epochs": epochs}, 5) for epochs in (1, 5)] == [1, 5]
    with pytest.raises(
        InputError, match=r"epochs must be at most the budget, 5, but got 6; give the sweep more epochs"
    ):
        trial_epochs({"epochs": 6}, 5)
    for bad in (0, 2.0, True):
        with pytest.raises(InputError, match="epochs must be a whole number >= 1, but got"):
            trial_epochs({"epochs": bad}, 5)


def test_infeasible_params_are_wrong_input() -> None:
    assert issubclass(InfeasibleError, InputError)
    assert InfeasibleError.exit_code == 2


@pytest.mark.parametrize("kernel_size", [27, 40, 10**9])
def test_however_large_a_kernel_is_what_would_fit_is_told_at_once(kernel_size: int) -> None:
    with pytest.raises(InfeasibleError, match=r"what fits: kernel_size at most 4 or padding='same'"):
        Network(kernel_size=kernel_size).side_after_convolutions(28)


@given(
    sizes=st.tuples(*[st.integers(1, 96)] * 4),
    kernel_size=st.integers(1, 3),
    padding=st.sampled_from(["valid", "same"]),
    classes=st.integers(2, 9),
)
def test_the_number_of_parameters_grows_with_every_size(
    sizes: tuple[int, ...], kernel_size: int, padding: str, classes: int
) -> None:
    names = ("filters_1", "filters_2", "filters_3", "dense_units")
    params = {**dict(zip(names, sizes, strict=True)), "kernel_size": kernel_size, "padding": padding}
    known = Network.of(params).parameters((28, 28, 1), classes)
    for name in names:
        assert Network.of({**params, name: params[name] + 1}).parameters((28, 28, 1), classes) > known
    assert Network.of(params).parameters((28, 28, 3), classes) > known


def test_the_classic_network_has_as_many_parameters_as_everywhere() -> None:
    assert Network().parameters((28, 28, 1), 10) == 93_322
    with pytest.raises(InfeasibleError, match="needs at least"):
        Network().parameters((8, 28, 1), 10)


def test_grey_images_get_their_channel() -> None:
    assert with_channels((28, 28)) == (28, 28, 1)
    assert with_channels((28, 28, 3)) == (28, 28, 3)
    assert with_channels((30,)) == (30,)
