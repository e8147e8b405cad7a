"""What of Optuna the ledger needs and Optuna does not document; the search space's part is `sweep.space.private`.

`tests/study/test_private.py` fails when Optuna changes one of them; the bounds of `optuna` in pyproject.toml hold it
where those tests pass.
"""

from __future__ import annotations

import optuna

SETS_STATE = b'"op_code":6,'
"""What tells, in a journal's line, that a trial begins or ends: `JournalOperation.SET_TRIAL_STATE_VALUES`, once a write
at most. Without it several writes, with a hole of zeros that a power cut left in them, could be taken for one and cut
off."""


def resumed(study: optuna.Study, unfinished: optuna.trial.FrozenTrial) -> optuna.Trial:
    """A RUNNING trial of an earlier process, taken up again under its own number.

    Optuna makes a `Trial` only in `ask` and keeps the storage's id of a trial to itself. Without these, what a killed
    driver had begun would stay RUNNING for ever, and be trained anew as another trial.
    """
    return optuna.Trial(study, unfinished._trial_id)


def means_exhausted(error: RuntimeError) -> bool:
    """Whether `tell` raised because the sampler has nothing left to try.

    Such a sampler stops the study, which Optuna allows only in `optimize`; by then the trial has been told. Without
    this a grid that is used up would end a sweep as if its sampler had failed.
    """
    return "Study.stop" in str(error)


def means_no_grid_cell(error: KeyError) -> bool:
    """Whether `tell` raised because a trial is in no cell of the grid, as the baseline is.

    `GridSampler` looks, with one cell left, whether this was its trial; by then the trial has been told (Optuna 5.0).
    """
    return error.args == ("grid_id",)
