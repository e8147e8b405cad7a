"""From a search-space file to the `Sweep` it defines."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from sweep.errors import InputError, describe
from sweep.space import late_imports, own_modules
from sweep.space.code import function_sha256, joined_sha256
from sweep.space.hypermodel import HyperModelFunction
from sweep.space.own_modules import PREFIX
from sweep.space.sweep import Sweep

Functions = tuple[Callable[..., Any], ...]


@dataclass(frozen=True)
class _Hashes:
    """The hashes of a file that was loaded: of what was run then, whatever the file holds by now.

    Args:
        file: hash of the file and of the modules of its own folder that it imported.
        model: hash of its functions that train and of the user's code that they use; empty if it has none.
        with_data: the same, with its data function as one of them.
    """

    file: str
    model: str
    with_data: str


_hashes: dict[Path, _Hashes] = {}
"""Of the files that this process has loaded, by their resolved paths."""


def load_sweep(path: str | Path) -> Sweep:
    """Run a search-space file and return its `SWEEP`.

    The file, and modules of its own folder that it imports, travel to the workers by value
    (`sweep.space.own_modules`): a worker needs the installed packages, not the file. A file that was loaded before is
    run again, and so are these modules. The hashes that `fingerprint` and `model_sha256` give are taken now: the file
    may be edited while its data are loaded and Ray starts, but what was run is what is trained.

    Raises:
        InputError: if there is no such file, if it can't be run (with the line), or if it defines no `Sweep`.
    """
    file = Path(path)
    if not os.path.isfile(file):  # unlike Path's, it takes any text for a path
        kind = "is a folder, not a file" if file.is_dir() else "does not exist"
        raise InputError(f"{file} {kind}; give the path of a search-space file, such as search_spaces/default.py")
    module, file_sha256 = _run(file)
    defined = vars(module)
    if "SWEEP" not in defined:
        raise InputError(f"{file} must define SWEEP = Sweep(space=..., baseline=...), but it defines no SWEEP")
    sweep = defined["SWEEP"]
    if not isinstance(sweep, Sweep):
        raise InputError(f"SWEEP in {file} must be a sweep.Sweep, but it is a {type(sweep).__name__}")
    try:
        checked = replace(sweep, data=_beside(sweep.data, file))  # checked again: the file may have changed it since
    except AttributeError as error:
        raise InputError(f"SWEEP in {file} must be made by Sweep(...), but {describe(error)}") from error
    hashes = (_functions_sha256(functions, lambda _: file.resolve().parent) for functions in _functions(checked))
    _hashes[file.resolve()] = _Hashes(file_sha256, *hashes)
    return checked


def _beside(data: Any, file: Path) -> Any:
    """Data as they are named in a search-space file: a relative path is looked for beside the file first.

    A word without a dot or a slash is the name of a data set, not a path.
    """
    if not isinstance(data, str) or not {".", os.sep} & set(data):
        return data
    beside = file.resolve().parent / data
    return str(beside) if os.path.isfile(beside) else data


def fingerprint(path: str | Path) -> str:
    """The hash of a search-space file and of the modules of its own folder that it imports, as they were loaded."""
    return _hashes[Path(path).resolve()].file


def _fingerprint(content: bytes, folder: Path) -> str:
    digest = hashlib.sha256(content)
    for name, source in sorted(own_modules.own_sources(folder).items()):
        if source.is_file() and not name.startswith(PREFIX):
            digest.update(name.encode())
            digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()


def model_sha256(sweep: Sweep, file: Path | None, *, with_data: bool = False) -> str:
    """The hash of a sweep's functions that train, and of the user's code that they use; empty if it has none.

    Args:
        sweep: the sweep.
        file: path of the search-space file that defined it when it was loaded; None if it was made in Python. Then the
            modules that its model function uses go to the workers by value from now on, as a file's do.
        with_data: whether the data function is one of them, as where its examples can't be told by their content.
            Default: no.
    """
    if file is not None:
        hashes = _hashes[file.resolve()]
        return hashes.with_data if with_data else hashes.model
    functions = _functions(sweep)[with_data]
    for function in functions:
        own_modules.remember_folder(_home_of(function))
    return _functions_sha256(functions, _home_of)


def _functions(sweep: Sweep) -> tuple[Functions, Functions]:
    """The user's functions that train, and these with the data function."""
    return sweep.own_functions, (*sweep.own_functions, *((sweep.data,) if callable(sweep.data) else ()))


def _home_of(function: Callable[..., Any]) -> Path:
    return own_modules.home_of(function.hypermodel if isinstance(function, HyperModelFunction) else function)


def _functions_sha256(functions: Functions, folder_of: Callable[[Callable[..., Any]], Path]) -> str:
    hashes = [function_sha256(function, folder_of(function)) for function in functions]
    return joined_sha256(hashes) if hashes else ""


def _run(file: Path) -> tuple[ModuleType, str]:
    """Run a search-space file; returns its module, and the hash of what was run."""
    name = f"{PREFIX}{file.stem}"
    spec = importlib.util.spec_from_loader(name, None, origin=str(file))
    if spec is None:
        raise InputError(f"{file} can't be loaded as a Python module")
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(file.resolve())
    folder = file.resolve().parent
    late_imports.forget(folder)
    own_modules.forget(folder)
    before = set(sys.modules)
    sys.modules[name] = module
    sys.path.insert(0, str(folder))
    try:
        content = file.read_bytes()
        exec(compile(content, str(file), "exec"), module.__dict__)
        own_modules.remember(module, set(sys.modules) - before, folder)
        late_imports.keep(late_imports.sources_beside(file.resolve()))
        return module, _fingerprint(content, folder)
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise InputError(f"{error.filename or file}{line}: {error.msg or 'invalid syntax'}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise InputError(f"{_line_of(error, file)}: {describe(error)}") from error
    finally:
        with suppress(ValueError):  # the file may have taken it out itself
            sys.path.remove(str(folder))


def _line_of(error: BaseException, file: Path) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return f"{file}, line {lines[-1]}" if lines else str(file)
