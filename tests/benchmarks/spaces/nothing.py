"""Trials that train nothing: as in empty.py, but the worker's own part is replaced by a fixed measurement.

The model function runs inside the worker, so it can put a stand-in there. What is left of a trial is its way from
the sampler through Ray Tune to a worker and back through the pruner into the journal and onto the board.
"""

import runpy
from dataclasses import replace
from pathlib import Path

from sweep import Sweep

EMPTY = runpy.run_path(str(Path(__file__).with_name("empty.py")))
make_dense = EMPTY["make_model"]
BASE: Sweep = EMPTY["SWEEP"]


def make_model(params):
    from sweep.training.messages import Measurement  # here, as sweep.training.worker: it imports TensorFlow
    from sweep.training.worker import Worker

    measurement = Measurement(
        step=100, epochs=1.0, val={"accuracy": 0.5, "loss": 1.0}, seconds=0.0, parameters=10, test={"accuracy": 0.5}
    )
    Worker.start = lambda worker, spec, saved: None
    Worker.advance = lambda worker, pause: measurement
    return make_dense(params)


SWEEP = replace(BASE, model=make_model)
