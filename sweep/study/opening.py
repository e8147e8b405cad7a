"""Opening a study to write to it, or beginning it: alone, mended, and only if it is the same study."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.storages import JournalStorage
from optuna.study import StudyDirection

from sweep.errors import InputError
from sweep.space import suggest as space
from sweep.space.sweep import Sweep
from sweep.study.confirmations import Confirmations
from sweep.study.definition import Definition
from sweep.study.ledger import Ledger
from sweep.study.records import DEFINITION, JOURNAL, StudyRecord, read_study, study_record
from sweep.study.seeds import sampler_seed
from sweep.study.storage import journal
from sweep.study.storage.artifacts import checkpoint_name
from sweep.study.storage.files import writable
from sweep.study.storage.journal import Journal
from sweep.training.messages import trial_stem

REDUCTION_FACTOR = 2
LONGEST_WRITE_SECONDS = 60.0
"""Another study's driver may be writing the same board."""


def silence_optuna() -> None:
    """Keep Optuna's notices of each study and trial from the screen; its warnings stay."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def open_ledger(results: Path, name: str, sweep: Sweep, definition: Definition, *, new: bool = False) -> Ledger:
    """Open a study's ledger, or begin it.

    Args:
        results: the results folder; made if it is not there.
        name: of the study.
        sweep: what is searched.
        definition: of the sweep on its data.
        new: keep what is there under another name and start afresh.

    Raises:
        InputError: if the folder can't be written, another driver has the study open, or it is another study.
        OSError: if the disk is full.
    """
    folder = results / name
    with _taken(folder, new=new) as (lock, written, incomplete_write):
        store = journal.storage(folder / JOURNAL, written)
        with written.together():
            study = _study(store, name, sweep, definition)
        _clear_checkpoints(study_record(name, study), folder)
    return Ledger(study, sweep, folder, lock, written, incomplete_write)


@contextmanager
def open_confirmations(results: Path, name: str) -> Iterator[Confirmations]:
    """Open a study to write confirming runs, alone.

    Raises:
        InputError: if there is no such study, another driver has it open, or its folder can't be written.
        OSError: if the disk is full.
    """
    read_study(results, name)
    folder = results / name
    with _taken(folder) as (lock, written, incomplete_write):
        study = journal.only_study(journal.storage(folder / JOURNAL, written))
        if study is None:
            raise InputError(f"there is no study {name!r} in {results}/")
        _clear_checkpoints(study_record(name, study), folder)
    try:
        yield Confirmations(study, folder, incomplete_write)
    finally:
        lock.release()


@contextmanager
def _taken(folder: Path, *, new: bool = False) -> Iterator[tuple[FileLock, Journal, Path | None]]:
    """Take a study's folder for this driver alone, mended, and free of what a killed one left half-written.

    Gives the lock, which stays taken unless what is done meanwhile fails, the journal, and its torn end.
    """
    with writable():
        folder.mkdir(parents=True, exist_ok=True)
        lock = journal.lock(folder / ".lock")
    try:
        with writable():
            path = folder / JOURNAL
            if new and path.exists():
                _set_aside(folder)
            incomplete_write = journal.repair(path) if path.exists() else None
            for part in (*folder.rglob(".*.part"), *_abandoned(folder.parent)):
                part.unlink(missing_ok=True)
            yield lock, Journal(path), incomplete_write
            path.touch()  # the study that ran last is the one whose journal is newest
    except BaseException:
        lock.release()
        raise


def _abandoned(results: Path) -> Iterator[Path]:
    """Half a board that a killed driver, of whatever study, left beside the board."""
    for part in results.glob(".*.part"):
        with suppress(FileNotFoundError):  # it has just become the board
            if time.time() - part.stat().st_mtime > LONGEST_WRITE_SECONDS:
                yield part


def _clear_checkpoints(study: StudyRecord, folder: Path) -> None:
    """Remove the checkpoints of what has ended, which a driver that died just then left behind."""
    ended = [trial_stem(trial.number) for trial in study.trials if trial.ended]
    for stem in (*ended, *(run.stem for run in study.confirming)):
        (folder / checkpoint_name(stem)).unlink(missing_ok=True)


def _study(store: JournalStorage, name: str, sweep: Sweep, definition: Definition) -> optuna.Study:
    study = journal.only_study(store)
    if study is None:
        study = optuna.create_study(
            study_name=name,
            storage=store,
            directions=[StudyDirection[way.upper()] for way in sweep.directions.values()],
        )
    if DEFINITION not in study.user_attrs:
        _, suggested = space.baseline(sweep)
        if not study.get_trials(deepcopy=False):
            study.enqueue_trial(suggested)
        study.set_user_attr(DEFINITION, definition.as_json())
    there = Definition(**study.user_attrs[DEFINITION])
    differences = there.differences(definition)
    if differences:
        raise InputError(
            f"study {name!r} can only go on as it began, but {'; '.join(differences)}. "
            "Use --new to start afresh (the old study is kept under another name), or --name for another study"
        )
    trials = len(study.get_trials(deepcopy=False))
    study.sampler = sweep.sampler or optuna.samplers.TPESampler(seed=sampler_seed(sweep.seed, trials))
    if sweep.sampler is not None and trials > 1:
        study.sampler.reseed_rng()  # a given sampler would draw its first configurations again
    study.pruner = sweep.pruner or optuna.pruners.SuccessiveHalvingPruner(
        min_resource=sweep.steps[0], reduction_factor=REDUCTION_FACTOR
    )
    return study


def _set_aside(folder: Path) -> None:
    stamp = datetime.fromtimestamp((folder / JOURNAL).stat().st_mtime).strftime("%Y%m%d-%H%M%S")
    names = (f"{folder.name}-{stamp}{suffix}" for suffix in ("", *(f"-{turn}" for turn in range(2, 1000))))
    # The journal goes last: a folder of that name without one is what an interrupted move left, and is gone on with.
    kept = next(path for name in names if not ((path := folder.with_name(name)) / JOURNAL).exists())
    for path in sorted(folder.iterdir(), key=lambda path: path.name == JOURNAL):
        if path.name != ".lock":
            kept.mkdir(exist_ok=True)
            path.rename(kept / path.name)
