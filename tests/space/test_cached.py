"""Functions with a cache travel with their file to a worker that lacks it."""

from __future__ import annotations

import copyreg
import functools
import os
import subprocess
import sys
from pathlib import Path

import cloudpickle
from program import environment

from sweep.space.cached import LRU_CACHE, caches_sent_by_value
from sweep.space.loader import load_sweep
from sweep.space.own_modules import sent_by_value

FILE = """
import functools
from cached_beside import doubled
from sweep import Sweep

CALLS = []

@functools.lru_cache(maxsize=2, typed=True)
def shared():
    CALLS.append(1)
    return [1]

@functools.cache
def factorial(n):
    return n * factorial(n - 1) if n else 1

class Widths:
    @functools.cached_property
    def widths(self):
        return [8]

    @staticmethod
    @functools.cache
    def depth():
        return 3

def model(params):
    widths = Widths()
    assert widths.widths is widths.widths
    return shared() is shared(), len(CALLS), factorial(4), doubled(2), widths.widths, Widths.depth(), str(
        shared.cache_parameters()
    )

SWEEP = Sweep(space=lambda trial: {}, baseline={}, model=model)
"""
BESIDE = "import functools\n\n@functools.cache\ndef doubled(n):\n    return 2 * n\n"
RECEIVER = "import pickle, sys; print(pickle.load(sys.stdin.buffer)({}))"


def test_a_function_with_a_cache_travels_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "cached_beside.py").write_text(BESIDE)
    file = tmp_path / "cached_file.py"
    file.write_text(FILE)
    model = load_sweep(file).model
    with sent_by_value():
        parcel = cloudpickle.dumps(model)
    done = subprocess.run(
        [sys.executable, "-c", RECEIVER], input=parcel, env=environment(), cwd=os.sep, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().strip() == "(True, 1, 24, 4, [8], 3, \"{'maxsize': 2, 'typed': True}\")"


@functools.lru_cache
def installed() -> int:
    return 1


def test_that_of_an_installed_package_travels_by_its_name_and_pickle_is_as_before() -> None:
    before = dict(copyreg.dispatch_table)
    with caches_sent_by_value(lambda module: False):
        assert LRU_CACHE in copyreg.dispatch_table
        assert copyreg.dispatch_table[LRU_CACHE](installed) == "installed"
    assert copyreg.dispatch_table == before
