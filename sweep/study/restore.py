"""Finds again what trains a study's trials, its model and data, from what its ledger says."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from sweep.data.dataset import Dataset
from sweep.data.sources import mnist_place, resolve
from sweep.errors import InputError
from sweep.space.code import same_code
from sweep.space.late_imports import importable
from sweep.space.loader import fingerprint, load_sweep, model_sha256
from sweep.space.sweep import Sweep
from sweep.study.definition import Definition
from sweep.study.origin import Origin
from sweep.study.records import MODEL, StudyRecord, read_study
from sweep.study.storage.folder import StudyFolder
from sweep.training.keras_config import refuse_keras_config
from sweep.training.messages import TrainingConfig

MAX_QUICK_BYTES = 200_000_000
"""Bytes of a file of data up to which it is read in about a second."""


@dataclass(frozen=True, eq=False)
class RestoredStudy:
    """A study and what its trials were trained with. Get it with `restore_study`.

    Args:
        study: the study's record.
        training_config: what the study's trials have in common.
        dataset: the data set that the study's trials were trained on, checked by its hash.
    """

    study: StudyRecord
    training_config: TrainingConfig
    dataset: Dataset


@importable()
def restore_study(
    results: Path,
    name: str,
    space: Path | Sweep | None = None,
    data: str | None = None,
    *,
    other_code: bool = False,
) -> RestoredStudy:
    """Find a study's model function and data again.

    The built-in model and named data need no file. For the user's own functions the search-space file is run, but one
    that lies in the results folder only if `space` names it: a folder from elsewhere can't bring its own code.

    Args:
        results: the results folder.
        name: name of the study.
        space: path of the search-space file, or the sweep itself. Default: the file that the study was run with.
        data: the name of a data set or a path. Default: what the study was run with.
        other_code: whether the model function may have been changed since the study was run. Default: no.

    Raises:
        InputError: if there is no such study, or if its search-space file or data is gone or has changed.
    """
    study = read_study(results, name)
    refuse_keras_config(built_in=study.origin is None or not study.origin.own_model)
    file, sweep = (None, space) if isinstance(space, Sweep) else (space, None)
    if space is None and (_data_is_own(study, data) or _known(study).own_model):
        file = _own_file(study, results)
    if file:
        sweep = load_sweep(file)
    dataset = _dataset(study, sweep, data)
    model_code = model_sha256(sweep, file, with_data=dataset.comes_in_batches) if sweep else ""
    if sweep:
        _refuse_other(study, file, sweep, dataset)
        if not other_code:
            _refuse_other_code(study, file, model_code)
        origin = study.origin or Origin.of(file, sweep, data or "auto", dataset)
    else:
        origin = _known(study)
    definition = study.definition
    training_config = TrainingConfig(
        model=sweep.model if sweep else None,
        epochs=definition.epochs,
        steps=tuple(definition.steps),
        threads=origin.cpus_per_trial,
        precision=study.precision,
        gpus=origin.gpus_per_trial,
        max_trial_seconds=origin.max_trial_seconds,
        file_sha256=fingerprint(file) if file and sweep and sweep.own_functions else "",
        model_sha256=model_code,
        fit=sweep.fit if sweep else None,
        train=sweep.train if sweep else None,
        data=sweep.data if sweep and callable(sweep.data) and dataset.comes_in_batches else None,
        folds=definition.folds,
        objectives=tuple(definition.directions),
    )
    return RestoredStudy(study, training_config, dataset)


@importable()
def restore_data(
    study: StudyRecord, results: Path, space: Path | Sweep | None = None, data: str | None = None
) -> Dataset:
    """Find a study's data again. The search-space file is run only if its own function makes the data.

    Args:
        study: the study's record.
        results: the results folder.
        space: path of the search-space file, or the sweep itself. Default: the file that the study was run with.
        data: the name of a data set or a path. Default: what the study was run with.

    Raises:
        InputError: if the search-space file or the data is gone, or the data is not what the study began with.
    """
    if not _data_is_own(study, data):
        return _dataset(study, None, data)
    source = space or _own_file(study, results)
    return _dataset(study, source if isinstance(source, Sweep) else load_sweep(source), data)


def data_at_hand(study: StudyRecord) -> Dataset:
    """A study's data if they are on this machine: nothing is downloaded, and no function of the user's is run.

    Args:
        study: the study's record.

    Raises:
        InputError: if they come from a function, are not here, are large, or are not what the study began with.
    """
    name = study.origin.data if study.origin else None
    if name is None:
        raise InputError("the data come from a function of the search-space file, which is not run for this")
    path = mnist_place(os.environ) if name == "mnist" else Path(name)
    if name == "mnist" and not path.is_file():
        raise InputError("MNIST is not on this machine")
    if path.is_file() and path.stat().st_size > MAX_QUICK_BYTES:
        raise InputError(f"{path.name} is too large to be read for this")
    return _dataset(study, None, None)


def _data_is_own(study: StudyRecord, data: str | None) -> bool:
    """Whether the search-space file is needed to get the data, or it is not known that it is not."""
    return data is None and (study.origin is None or study.origin.data is None)


def _known(study: StudyRecord) -> Origin:
    if study.origin is None:
        raise InputError(
            f"the ledger of study {study.name!r} does not say where its model and data came from, as it was last run "
            "by an earlier version; give its search-space file with --space FILE"
        )
    return study.origin


def _own_file(study: StudyRecord, results: Path) -> Path:
    """The search-space file that the study was run with."""
    folder = StudyFolder(results, study.name)
    if folder.path.resolve() != results.resolve() / study.name:
        raise InputError(
            "a study's functions are run again only if its folder is in the results folder, "
            f"but {folder.path} is a link to {folder.path.resolve()}; if you trust it, add --space {_known(study).file}"
        )
    if not _known(study).file:
        raise InputError(
            f"study {study.name!r} was run from Python with functions of its own, which only the process that made "
            "them has; use the study that sweep.run returned there, or give a search-space file that defines them "
            "with --space FILE"
        )
    file = Path(_known(study).file)
    if file != file.resolve():  # no run records it so: a journal from elsewhere may name a file beside it
        raise InputError(
            f"a search-space file is run again only from where it really is, but that of study {study.name!r} "
            f"is recorded as {file}; if you trust it, add --space {file}"
        )
    if file.resolve().is_relative_to(results.resolve()):
        raise InputError(
            f"a search-space file in the results folder is run only when it is named, but that of study "
            f"{study.name!r} is {file}; if you trust it, add --space {file}"
        )
    if not os.path.isfile(file):
        raise InputError(
            f"study {study.name!r} has functions of its own in {file}, but that file is gone; give it with --space FILE"
        )
    return file


def _dataset(study: StudyRecord, sweep: Sweep | None, data: str | None) -> Dataset:
    origin, definition = study.origin, study.definition
    restored = origin.data if origin else None
    if data is not None or restored is not None:
        choice = data or restored or ""
        dataset = resolve(choice, choice)  # so that "mnist" never becomes digits
    else:
        dataset = resolve(sweep.data if sweep else "mnist", "auto")
    if dataset.sha256 != definition.sha256:
        raise InputError(
            f"study {study.name!r} must be trained on the data it began with, {definition.dataset} "
            f"(sha256 {definition.sha256[:16]}), but {dataset.name} has sha256 {dataset.sha256[:16]}; "
            "give the same data with --data"
        )
    return replace(dataset, name=definition.dataset)


def _refuse_other_code(study: StudyRecord, file: Path | None, model_code: str) -> None:
    if model_code and not same_code(study.code.get(MODEL, model_code), model_code):
        raise InputError(
            f"the model function in {file or 'this sweep'}, and the code of yours that it uses, must be what study "
            f"{study.name!r} was trained with, but it has changed; give the file it was run with as --space FILE, or "
            "`run` it with --accept-changes"
        )


def _refuse_other(study: StudyRecord, file: Path | None, sweep: Sweep, dataset: Dataset) -> None:
    """Refuse a file that is not the study's. Its epochs and seed do not count, as flags may have changed them."""
    known = study.definition
    now = Definition.of(replace(sweep, epochs=known.epochs, seed=known.seed), dataset)
    differences = known.differences(now)
    if study.origin and study.origin.own_model != bool(sweep.own_functions):
        differences.append(f"it had {'a' if study.origin.own_model else 'no'} function of its own that trains")
    if differences:
        raise InputError(
            f"{file or 'a sweep'} must be what study {study.name!r} was run with, but {'; '.join(differences)}; "
            f"give the file it was run with as --space FILE{known.likely_cause(now)}"
        )
