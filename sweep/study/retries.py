"""Failed trials that are tried again: each as a new trial with the same params, as what has ended is never changed."""

from __future__ import annotations

from collections.abc import Iterable

import optuna
from optuna.trial import FrozenTrial, TrialState

from sweep.space.values import as_choice
from sweep.study.additions import additions_before
from sweep.study.schema import RETRY_OF


def enqueue_retries(study: optuna.Study, baseline: int) -> list[int]:
    """Enqueue each failed trial once more that was not enqueued so before; returns their numbers.

    Args:
        study: the Optuna study, open for writing.
        baseline: number of the baseline, whose failure ends a study.
    """
    trials = study.get_trials(deepcopy=False)
    retried = retried_numbers(trials)
    failed = [trial for trial in trials if trial.state == TrialState.FAIL]
    again = [trial for trial in failed if trial.number not in retried and trial.number != baseline]
    for trial in again:
        added = {name: as_choice(value) for name, value in additions_before(study.user_attrs, trial.number).items()}
        study.enqueue_trial({**added, **trial.params}, user_attrs={RETRY_OF: trial.number})
    return [trial.number for trial in again]


def retried_numbers(trials: Iterable[FrozenTrial]) -> set[int]:
    """The numbers of the failed trials that were enqueued once more; the others take their place in the budget."""
    return {trial.user_attrs[RETRY_OF] for trial in trials if RETRY_OF in trial.user_attrs}
