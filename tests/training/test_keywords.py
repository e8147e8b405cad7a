"""What `fit(params)` may return; each thing that is the sweep's to set is refused with where it is set instead."""

from __future__ import annotations

from typing import Any

import pytest
from keras import callbacks
from models import dataset, dense, started, table, targets

from sweep.errors import InputError
from sweep.training.keywords import (
    REMEDIES,
    TAKEN,
    Keywords,
    KeywordsMaker,
    refuse_two_weights,
    refuse_unknown_monitors,
)

pytestmark = pytest.mark.sweep


def made(answer: Any) -> Keywords:
    return KeywordsMaker(lambda params: answer).make({})


@pytest.mark.parametrize("name", REMEDIES)
def test_what_the_sweep_sets_is_refused_with_where_it_is_set(name: str) -> None:
    with pytest.raises(InputError) as caught:
        made({name: 1})
    assert str(caught.value) == f"fit(params) must leave {name} to the sweep, but it returned it; {REMEDIES[name]}"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, r"fit\(params\) must return a dict of keyword arguments for Model.fit, but it returned None"),
        ([callbacks.EarlyStopping()], "must return a dict"),
        ({"callback": []}, r"fit\(params\) may return callbacks and class_weight, but it returned 'callback'"),
        ({"callbacks": [callbacks.EarlyStopping]}, r"callbacks must be of keras.callbacks.Callback, but fit\(params\)"),
        ({"callbacks": "early"}, "callbacks must be of keras.callbacks.Callback"),
    ],
)
def test_what_is_no_keyword_of_fit_is_refused(answer: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        made(answer)


def test_what_is_taken_is_handed_on() -> None:
    stop = callbacks.EarlyStopping()
    weights = {0: 1.0, 1: 2.0}
    assert TAKEN == ("callbacks", "class_weight")
    assert made({"callbacks": stop, "class_weight": weights}) == Keywords([stop], {"class_weight": weights})
    assert made({"callbacks": None}) == made({}) == Keywords()
    assert KeywordsMaker(None).make({}) == Keywords()


def test_params_are_a_copy() -> None:
    params = {"batch_size": 8}
    KeywordsMaker(lambda copied: copied.clear() or {}).make(params)
    assert params == {"batch_size": 8}


def test_callbacks_of_an_earlier_trial_are_refused_by_any_worker() -> None:
    stop = callbacks.EarlyStopping()
    data = dataset(table()[0], targets())
    started(dense(1, loss="mae"), data, fit=lambda params: {"callbacks": [stop]})
    with pytest.raises(
        InputError, match=r"fit\(params\) must make new callbacks each time, .* EarlyStopping of an ear"
    ):
        started(dense(1, loss="mae"), data, fit=lambda params: {"callbacks": [stop]})


def test_what_saves_trials_a_second_time_is_left_out_and_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    assert made({"callbacks": [callbacks.BackupAndRestore(tmp_path)]}) == Keywords()
    assert "left out BackupAndRestore" in capsys.readouterr().out


def test_a_callback_of_kerass_must_watch_what_is_measured() -> None:
    class Own(callbacks.Callback):
        monitor = "whatever"

    names = ["loss", "mae"]
    known = [callbacks.EarlyStopping("val_mae"), callbacks.ReduceLROnPlateau("loss"), callbacks.CSVLogger("x"), Own()]
    refuse_unknown_monitors(known, names)
    with pytest.raises(InputError, match="EarlyStopping must monitor one of val_loss, val_mae, loss, mae, but it mon"):
        refuse_unknown_monitors([callbacks.EarlyStopping("val_auc")], names)


def test_a_trial_whose_callback_watches_nothing_fails_before_its_first_step() -> None:
    data = dataset(table()[0], targets())
    with pytest.raises(InputError, match=r"ModelCheckpoint must monitor .* but it monitors 'val_accuracy'"):
        started(
            dense(1, loss="mae"),
            data,
            fit=lambda params: {"callbacks": [callbacks.ModelCheckpoint("x.keras", monitor="val_accuracy")]},
        )


def test_examples_are_weighted_once() -> None:
    both = Keywords(others={"class_weight": {0: 1.0, 1: 2.0}})
    with pytest.raises(InputError, match=r"weighted once, .* multiply the sample weights"):
        refuse_two_weights(both, weighted=True)
    refuse_two_weights(both, weighted=False)
    refuse_two_weights(Keywords(), weighted=True)
