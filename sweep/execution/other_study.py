"""What `run --from STUDY` takes from another study: the params of its best trials that lie inside this space."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.space.suggest import Explored, known_configuration
from sweep.space.sweep import Params, Sweep
from sweep.space.values import as_choice
from sweep.study.events import StudyTaken
from sweep.study.records import StudyRecord, TrialRecord, read_study

TAKEN = 5
"""Maximum number of trials whose params are taken from another study."""


@dataclass(frozen=True)
class Taken:
    """What is taken from another study. Get it with `take_from`.

    Args:
        configurations: what this space suggests of the params of each trial that was taken.
        event: which trials were taken, and which not and why.
    """

    configurations: list[Params]
    event: StudyTaken


def take_from(results: Path, name: str, sweep: Sweep, explored: Explored, fixed: Params) -> Taken:
    """The params of another study's best completed trials, at most `TAKEN`, that this sweep can try.

    Args:
        results: the results folder.
        name: name of the other study.
        sweep: the sweep that is to try them.
        explored: what `explore` showed of its space.
        fixed: values that are fixed in this run, as Optuna has them, by the parameters' names.

    Raises:
        InputError: if there is no such study, or no trial of it has completed.
    """
    study = read_study(results, name)
    best = [study.trials[number] for number in Analysis(study).ranks]
    if not best:
        raise InputError(f"--from must name a study with completed trials, but {name!r} has none yet")
    known = [explored.suggestions[0].suggested_params]
    taken: list[int] = []
    left_out: dict[int, str] = {}
    for trial in best:
        if len(taken) == TAKEN:
            break
        try:
            params = _inside(sweep, study, trial, fixed)
        except InputError as error:
            left_out[trial.number] = str(error)
            continue
        if params not in known:
            known.append(params)
            taken.append(trial.number)
    return Taken(known[1:], StudyTaken(name, taken, left_out))


def _inside(sweep: Sweep, study: StudyRecord, trial: TrialRecord, fixed: Params) -> Params:
    """What this space suggests of a trial's params.

    Raises:
        InputError: if it lacks one, or one lies outside this space or is not what is fixed.
    """
    params = known_configuration(sweep, "it", trial.params).suggested_params
    for name, value in fixed.items():
        if name in params and as_choice(params[name]) != value:
            raise InputError(f"it must have {name}={value}, as --set says, but has {params[name]!r}")
    return params
