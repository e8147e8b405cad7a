"""Where a study came from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from builders import opened

from sweep.study.origin import Origin
from sweep.study.records import read_study


def test_the_origin_is_that_of_the_last_run(tmp_path: Path) -> None:
    first = Origin("/one.py", False, "mnist", 1, 0)
    for origin in (first, replace(first, file="/two.py", cpus_per_trial=2)):
        with opened(tmp_path) as ledger:
            ledger.note_origin(origin)
        assert read_study(tmp_path, "tiny").origin == origin
