"""From a search-space file to the `Sweep` it defines."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from sweep.errors import InputError, describe
from sweep.space import late_imports, own_modules
from sweep.space.code import function_sha256
from sweep.space.own_modules import PREFIX
from sweep.space.sweep import Sweep


def load_sweep(path: str | Path) -> Sweep:
    """Run a search-space file and return its `SWEEP`.

    The file, and modules of its own folder that it imports, travel to the workers by value
    (`sweep.space.own_modules`): a worker needs the installed packages, not the file. A file that was loaded before is
    run again, and so are these modules.

    Raises:
        InputError: if there is no such file, if it can't be run (with the line), or if it defines no `Sweep`.
    """
    file = Path(path)
    if not os.path.isfile(file):  # unlike Path's, it takes any text for a path
        kind = "is a folder, not a file" if file.is_dir() else "does not exist"
        raise InputError(f"{file} {kind}; give the path of a search-space file, such as search_spaces/default.py")
    defined = vars(_run(file))
    if "SWEEP" not in defined:
        raise InputError(f"{file} must define SWEEP = Sweep(space=..., baseline=...), but it defines no SWEEP")
    found = defined["SWEEP"]
    if not isinstance(found, Sweep):
        raise InputError(f"SWEEP in {file} must be a sweep.Sweep, but it is a {type(found).__name__}")
    try:
        return replace(found, data=_beside(found.data, file))  # checked again: the file may have changed it since
    except AttributeError as error:
        raise InputError(f"SWEEP in {file} must be made by Sweep(...), but {describe(error)}") from error


def _beside(data: Any, file: Path) -> Any:
    """Data as they are named in a search-space file: a relative path is looked for beside the file first."""
    if not isinstance(data, str) or data in ("mnist", "digits"):
        return data
    beside = file.resolve().parent / data
    return str(beside) if os.path.isfile(beside) else data


def fingerprint(path: str | Path) -> str:
    """The hash of a loaded search-space file and of the modules of its own folder that it imports."""
    file = Path(path).resolve()
    digest = hashlib.sha256(file.read_bytes())
    for name, source in sorted(own_modules.own_sources(file.parent).items()):
        if source.is_file() and not name.startswith(PREFIX):
            digest.update(name.encode())
            digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()


def model_sha256(sweep: Sweep, file: Path | None) -> str:
    """The hash of a sweep's model function, and of the user's code that it uses; empty for `sweep.build_model`.

    Args:
        sweep: the sweep.
        file: path of the search-space file that defines it; None if it was made in Python. Then the modules that its
            model function uses go to the workers by value from now on, as a file's do.
    """
    if sweep.model is None:
        return ""
    if file is not None:
        return function_sha256(sweep.model, file.resolve().parent)
    folder = own_modules.home_of(sweep.model)
    own_modules.remember_folder(folder)
    return function_sha256(sweep.model, folder)


def _run(file: Path) -> ModuleType:
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
        exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)
        own_modules.remember(module, set(sys.modules) - before, folder)
        late_imports.offer(late_imports.sources_beside(file.resolve()))
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
    return module


def _line_of(error: BaseException, file: Path) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return f"{file}, line {lines[-1]}" if lines else str(file)
