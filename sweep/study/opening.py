"""Opening a study for writing, or creating it: under its lock, repaired, and only if its definition is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.storages import JournalStorage
from optuna.study import StudyDirection

import sweep as package
from sweep.errors import InputError
from sweep.space.suggest import baseline_params, enqueued
from sweep.space.sweep import Params, Sweep
from sweep.space.values import as_choice
from sweep.study.additions import added_params, note_additions
from sweep.study.confirmations import Confirmations
from sweep.study.definition import Definition
from sweep.study.events import IncompleteWriteSetAside
from sweep.study.ledger import Ledger
from sweep.study.records import BUILT_IN, MODEL, StudyRecord, read_study, study_record
from sweep.study.sampling import FixedParamsSampler
from sweep.study.schema import CODE, DEFINITION, ENQUEUED, VERSION, refuse_newer
from sweep.study.seeds import sampler_seed
from sweep.study.storage import journal
from sweep.study.storage.files import writable
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.journal import Journal
from sweep.training.messages import trial_stem

REDUCTION_FACTOR = 2
"""The default pruner lets the best half of the trials go on at each of its rungs."""


def silence_optuna() -> None:
    """Keep Optuna's notices of each study and trial from the screen; its warnings stay."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)


@contextmanager
def optuna_quiet() -> Iterator[None]:
    """Leave out Optuna's notices of each study and trial meanwhile, but no warning that the caller would see."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(before, optuna.logging.WARNING))
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def open_ledger(
    results: Path,
    name: str,
    sweep: Sweep,
    definition: Definition,
    *,
    new: bool = False,
    fixed: Params | None = None,
) -> Ledger:
    """Open a study's ledger, or create the study.

    Args:
        results: the results folder, which is made if it does not exist.
        name: name of the study.
        sweep: the sweep that the study is for.
        definition: definition of the sweep on its data.
        new: whether to keep an existing study under another name and start afresh. Default: no.
        fixed: values, as Optuna has them, that the sampler is not to draw, by the parameters' names. Default: none.

    Raises:
        InputError: if the folder can't be written, another driver has the study open, or its definition is another.
        OSError: if the disk is full.
    """
    folder = StudyFolder(results, name)
    with _opened(folder, new=new) as (lock, backend, incomplete_write):
        storage = journal.storage(folder.journal, backend)
        with backend.together():
            study, added = _study(storage, name, sweep, definition)
        if fixed:
            study.sampler = FixedParamsSampler(fixed, study.sampler)
        _clear_checkpoints(study_record(name, study), folder)
    ledger = Ledger(study, sweep, folder, lock, backend, incomplete_write)
    ledger.added = added
    return ledger


@contextmanager
def open_confirmations(results: Path, name: str) -> Iterator[Confirmations]:
    """Open a study to write confirming runs, under its lock.

    Args:
        results: the results folder.
        name: name of the study.

    Raises:
        InputError: if there is no such study, another driver has it open, or its folder can't be written.
        OSError: if the disk is full.
    """
    read_study(results, name)
    folder = StudyFolder(results, name)
    with _opened(folder) as (lock, backend, incomplete_write):
        study = journal.only_study(journal.storage(folder.journal, backend))
        if study is None:
            raise InputError(f"there is no study {name!r} in {results}/")
        _clear_checkpoints(study_record(name, study), folder)
    try:
        yield Confirmations(study, folder, incomplete_write)
    finally:
        lock.release()


@contextmanager
def _opened(
    folder: StudyFolder, *, new: bool = False
) -> Iterator[tuple[FileLock, Journal, IncompleteWriteSetAside | None]]:
    """Lock a study's folder for this driver, repair its journal, and remove half-written files.

    Yields the lock, which is kept unless the context fails, the journal, and the incomplete write that was cut off it.
    """
    with writable():
        folder.path.mkdir(parents=True, exist_ok=True)
        lock = journal.lock(folder.lock)
    try:
        with writable():
            journal.clear_stale_lock(folder.journal_lock)  # first: what another program writes now is not incomplete
            if new and folder.journal.exists():
                folder.set_aside()
            cut_off = journal.repair(folder.journal) if folder.journal.exists() else None
            for part in folder.half_written():
                part.unlink(missing_ok=True)
            incomplete_write = IncompleteWriteSetAside(cut_off, cut_off.stat().st_size) if cut_off else None
            yield lock, Journal(folder.journal), incomplete_write
            folder.journal.touch()  # the study that ran last is the one whose journal is newest
    except BaseException:
        lock.release()
        raise


def _clear_checkpoints(study: StudyRecord, folder: StudyFolder) -> None:
    """Remove the checkpoints of trials and runs that have ended; a driver that died just then leaves them behind."""
    ended = [trial_stem(trial.number) for trial in study.trials if trial.ended]
    for stem in (*ended, *(run.stem for run in study.confirming)):
        folder.checkpoint(stem).unlink(missing_ok=True)


def _study(store: JournalStorage, name: str, sweep: Sweep, definition: Definition) -> tuple[optuna.Study, Params]:
    """The study in a journal, or a new one, and the params that come into its space now."""
    study = journal.only_study(store)
    if study is None:
        study = optuna.create_study(
            study_name=name,
            storage=store,
            directions=[StudyDirection[direction.upper()] for direction in sweep.directions.values()],
        )
    refuse_newer(study.user_attrs.get(VERSION, ""))
    if DEFINITION in study.user_attrs:
        study_record(name, study)  # refused, if the journal was edited by hand, before anything is written to it
    if study.user_attrs.get(VERSION) != package.__version__:
        study.set_user_attr(VERSION, package.__version__)
    if DEFINITION not in study.user_attrs:
        if not study.get_trials(deepcopy=False):
            study.enqueue_trial(_as_choices(baseline_params(sweep)[1]))
        study.set_user_attr(DEFINITION, definition.as_json())
    began_as = Definition.from_json(study.user_attrs[DEFINITION])
    code = study.user_attrs.get(CODE, {}).get(MODEL, BUILT_IN)
    added = added_params(began_as, definition, built_in=sweep.is_built_in and code == BUILT_IN)
    goes_on_as = began_as.extended(definition, added)
    differences = goes_on_as.differences(definition)
    if differences:
        raise InputError(
            f"study {name!r} can only go on as it began, but {'; '.join(differences)}. "
            "Use --new to start afresh (the old study is kept under another name), or --name for another study"
            f"{began_as.likely_cause(definition)}"
        )
    if added:
        note_additions(study, added)
        study.set_user_attr(DEFINITION, goes_on_as.as_json())
    trials = len(study.get_trials(deepcopy=False))
    _enqueue(study, sweep)
    study.sampler = sweep.sampler or optuna.samplers.TPESampler(seed=sampler_seed(sweep.seed, trials))
    if sweep.sampler is not None and trials > 1:
        study.sampler.reseed_rng()  # the user's sampler would draw its first configurations again
    study.pruner = sweep.pruner or optuna.pruners.SuccessiveHalvingPruner(
        min_resource=sweep.steps[0], reduction_factor=REDUCTION_FACTOR
    )
    return study, added


def _enqueue(study: optuna.Study, sweep: Sweep) -> None:
    """Enqueue those known configurations of the file that were not enqueued before; the baseline is trial 0 anyway."""
    known: list[Params] = study.user_attrs.get(ENQUEUED, [])
    begun = [_as_choices(baseline_params(sweep)[1]), *known] if sweep.enqueue else known
    added: list[Params] = []
    for suggestion in enqueued(sweep):
        params = _as_choices(suggestion.suggested_params)
        if not any(_same(params, other) for other in (*begun, *added)):
            study.enqueue_trial(params)
            added.append(params)
    if added:
        study.set_user_attr(ENQUEUED, [*known, *added])


def _as_choices(params: Params) -> Params:
    return {name: as_choice(value) for name, value in params.items()}


def _same(a: Params, b: Params) -> bool:
    """Whether two configurations are the same; True is not 1, but 1.0 is."""
    return a == b and all(isinstance(value, bool) == isinstance(b[name], bool) for name, value in a.items())
