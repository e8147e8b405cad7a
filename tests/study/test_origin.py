"""Where a study came from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import opened, tiny_dataset, tiny_sweep

from sweep.data.sources import FALLBACK_NAME
from sweep.study.origin import Origin
from sweep.study.records import read_study


def test_the_origin_is_that_of_the_last_run(tmp_path: Path) -> None:
    first = Origin("/one.py", False, "mnist", 1, 0)
    for origin in (first, replace(first, file="/two.py", cpus_per_trial=2)):
        with opened(tmp_path) as ledger:
            ledger.note_origin(origin)
        assert read_study(tmp_path, "tiny").origin == origin


@pytest.mark.parametrize(
    ("named", "choice", "data"),
    [
        ("mnist", "auto", "mnist"),
        ("mnist", "digits", "digits"),
        ("digits", "auto", "digits"),
        ("images.npz", "auto", "HERE/images.npz"),
        ("mnist", "images.npz", "HERE/images.npz"),
        (len, "auto", None),
        (len, "images.npz", "HERE/images.npz"),
    ],
)
def test_data_is_kept_as_it_can_be_asked_for_again_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: Any, choice: str, data: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    origin = Origin.of(Path("space.py"), tiny_sweep(data=named), choice, tiny_dataset())
    assert origin.data == (data and data.replace("HERE", str(tmp_path)))
    assert origin.file == str(tmp_path / "space.py")


def test_a_sweep_that_fell_back_to_digits_is_one_on_digits() -> None:
    fallen_back = replace(tiny_dataset(), name=FALLBACK_NAME)
    assert Origin.of(Path("space.py"), tiny_sweep(data="mnist"), "auto", fallen_back).data == "digits"


def test_it_keeps_what_a_trial_was_given_and_comes_back_from_json_as_it_was() -> None:
    sweep = tiny_sweep(model=dict, cpus_per_trial=2, gpus_per_trial=0.5, max_trial_seconds=60)
    origin = Origin.of(Path("space.py"), sweep, "digits", tiny_dataset())
    assert (origin.own_model, origin.cpus_per_trial, origin.gpus_per_trial, origin.max_trial_seconds) == (
        True,
        2,
        0.5,
        60,
    )
    assert Origin(**json.loads(json.dumps(origin.as_json()))) == origin
    earlier = {name: value for name, value in origin.as_json().items() if name != "max_trial_seconds"}
    assert Origin(**earlier).max_trial_seconds is None  # as 0.1.0 first wrote it


def test_a_link_is_followed_to_where_the_file_really_is(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text("")
    (tmp_path / "link.py").symlink_to(tmp_path / "real.py")
    assert Origin.of(tmp_path / "link.py", tiny_sweep(), "digits", tiny_dataset()).file == str(tmp_path / "real.py")
